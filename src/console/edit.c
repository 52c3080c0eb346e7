/* edit.c - the editor that has the terminal for a while.  The loop goes on meanwhile: devices are
 * read, and what happens is in the transcript afterwards. */
#include "console/console_private.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct external {
	pid_t pid;
	char *path; /* of the file that is edited */
	struct loop_signal *child;
};

/* Makes a group of processes the one that gets the keys.  A background process may do so only while
 * it ignores SIGTTOU. */
static void give_keys(int fd, pid_t group)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	sigaction(SIGTTOU, &ignore, &before);
	tcsetpgrp(fd, group);
	sigaction(SIGTTOU, &before, NULL);
}

/* Becomes the editor.  It gets the signals of an ordinary program, and a terminal that waits. */
static void become_editor(const char *path)
{
	static const int ignored[] = {SIGPIPE, SIGXFSZ};
	sigset_t none;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY);
	setpgid(0, 0);
	if (fd < 0)
		fd = STDIN_FILENO;
	give_keys(fd, getpid());
	for (int std = 0; fd > 2 && std <= 2; std++)
		dup2(fd, std);
	if (fd > 2)
		close(fd);
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", "eval \"${VISUAL:-${EDITOR:-vi}} \\\"\\$1\\\"\"", "sh", path,
		(char *)NULL);
	_exit(127);
}

void console_edit_end(struct console *c)
{
	struct external *x = c->external;
	if (!x)
		return;
	c->external = NULL;
	loop_signal_free(x->child);
	free(x->path);
	free(x);
}

static void take_terminal_back(struct console *c)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	give_keys(fd >= 0 ? fd : STDIN_FILENO, getpgrp());
	if (fd >= 0)
		close(fd);
	terminal_reclaim(c->terminal);
	c->dirty = c->pane_dirty = true;
}

static void tell_end(struct console *c, int how)
{
	char *path = c->external->path;
	c->external->path = NULL;
	console_edit_end(c);
	if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
		c->ui.ops->line(&c->ui, UI_ERROR,
			SLICE("the editor was not found: VISUAL or EDITOR names it"));
	else if (WIFEXITED(how) && WEXITSTATUS(how))
		console_say(c, "the editor ended with status %d", WEXITSTATUS(how));
	else if (WIFSIGNALED(how))
		console_say(c, "the editor was ended by signal %d", WTERMSIG(how));
	else
		shell_edited(c->shell, path);
	free(path);
}

static void on_child(void *arg, int signo)
{
	struct console *c = arg;
	int how;
	(void)signo;
	if (!c->external || waitpid(c->external->pid, &how, WNOHANG | WUNTRACED) <= 0)
		return;
	if (WIFSTOPPED(how)) { /* nothing could bring it back */
		kill(-c->external->pid, SIGCONT);
		return;
	}
	take_terminal_back(c);
	tell_end(c, how);
}

bool console_edit_line(struct ui *ui, const char *path, struct error *err)
{
	struct console *c = (struct console *)ui;
	if (c->external)
		return error_set(err, STATUS_USAGE, "an editor runs already");
	struct external *x = mem_new(sizeof *x);
	x->path = mem_str(path);
	x->child = loop_signal_new(c->loop, SIGCHLD, on_child, c);
	loop_signal_hold(x->child);
	c->external = x;
	terminal_lend(c->terminal);
	x->pid = fork();
	if (x->pid == 0)
		become_editor(path);
	if (x->pid > 0) {
		setpgid(x->pid, x->pid);
		return true;
	}
	int code = errno;
	terminal_reclaim(c->terminal);
	console_edit_end(c);
	return error_set(err, STATUS_OUTPUT, "cannot start the editor: %s", strerror(code));
}
