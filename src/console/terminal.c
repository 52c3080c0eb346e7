/* terminal.c - see terminal.h.
 *
 * The state that the fatal-signal handler needs is one static struct, because a handler gets no
 * argument and may use only what is async-signal-safe (signal-safety(7)).
 */
#include "console/terminal.h"

#include "base/fd.h"
#include "base/mem.h"
#include "console/screen.h"
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
/* These come last, because they define short names of their own. */
#include <term.h>

enum { QUEUE_MAX = 32 * 1024 * 1024, CLOSE_WAIT_MS = 1000, READ_SIZE = 4096 };

/* Pastes are marked, and the mouse's wheel does not type Up and Down, which would recall lines.
 * Where the terminal cannot restore the latter (XTRESTORE), it is left as most begin: on. */
#define MODES_ON  "\033[?2004h\033[?1007s\033[?1007l"
#define MODES_OFF "\033[?2004l\033[?1007h\033[?1007r"
/* Buttons are reported, the wheel among them, in digits (SGR) where the terminal knows that. */
#define MOUSE_ON  "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

struct terminal {
	struct loop *loop;
	const struct terminal_events *events;
	void *owner;
	int fd;
	int flags; /* of an inherited description, to restore; -1: it is our own */
	struct loop_watch *watch;
	struct loop_signal *resize, *stop, *go_on;
	struct terminal_can can;
	struct bytes queue;
	size_t width, height; /* in cells */
	bool reading;
	bool mouse; /* its buttons are reported */
	bool lent;  /* another program has it */
	bool lost;  /* nothing reaches it any more; the owner is told from the loop */
};

static struct {
	volatile sig_atomic_t raw; /* we have changed the modes */
	int fd, flags;
	bool paste;
	volatile sig_atomic_t mouse;
	char leave[128];
	size_t leave_len;
	struct termios before;
} saved;

/* ---- modes ---- */

/* Restores the terminal; async-signal-safe. */
static void restore(void)
{
	if (!saved.raw)
		return;
	saved.raw = 0;
	fd_write(saved.fd, slice_of(saved.leave, saved.leave_len), CLOSE_WAIT_MS);
	if (saved.mouse)
		fd_write(saved.fd, SLICE(MOUSE_OFF), CLOSE_WAIT_MS);
	saved.mouse = 0;
	if (saved.paste)
		fd_write(saved.fd, SLICE(MODES_OFF), CLOSE_WAIT_MS);
	tcsetattr(saved.fd, TCSADRAIN, &saved.before);
	if (saved.flags >= 0)
		fcntl(saved.fd, F_SETFL, saved.flags);
}

static void on_fatal(int signo)
{
	restore();
	raise(signo); /* the handler was reset: now the default acts */
}

/* Catches signals that end a program, by a fault or because somebody sent them. */
static void catch_fatal(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT,
		SIGTRAP, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU};
	struct sigaction action = {
		.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		sigaction(fatal[i], &action, NULL);
}

static void mouse_on(struct terminal *t)
{
	saved.mouse = 1;
	terminal_write(t, SLICE(MOUSE_ON));
}

static void make_raw(struct terminal *t)
{
	struct termios raw = saved.before;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (t->flags >= 0)
		fcntl(t->fd, F_SETFL, t->flags | O_NONBLOCK);
	tcsetattr(t->fd, TCSADRAIN, &raw);
	saved.raw = 1;
	if (t->can.paste)
		terminal_write(t, SLICE(MODES_ON));
	if (t->mouse)
		mouse_on(t);
}

void terminal_mouse(struct terminal *t, bool on)
{
	if (!t->can.mouse || t->mouse == on)
		return;
	t->mouse = on;
	if (t->lent)
		return; /* make_raw() switches it on */
	if (on)
		mouse_on(t);
	else
		terminal_write(t, SLICE(MOUSE_OFF));
}

/* ---- capabilities ----  */

static void take_capability(const char *name, char *out, size_t size)
{
	char *value = tigetstr((char *)(uintptr_t)name);
	out[0] = 0;
	/* Padding ("$<5>") is for old terminals. */
	if (value && value != (char *)-1 && strlen(value) < size && !strstr(value, "$<"))
		memcpy(out, value, strlen(value) + 1);
}

static bool has_capability(const char *name)
{
	char *value = tigetstr((char *)(uintptr_t)name);
	return value && value != (char *)-1;
}

static void take_colour(const char *name, int colour, char *out, size_t size)
{
	char *set = tigetstr((char *)(uintptr_t)name);
	out[0] = 0;
	if (!set || set == (char *)-1 || tigetnum((char *)(uintptr_t) "colors") < 8)
		return;
	char *value = tparm(set, (long)colour, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
	if (value && strlen(value) < size)
		memcpy(out, value, strlen(value) + 1);
}

/* Marks are bold where there are no colours. */
static void take_mark(struct terminal_can *can, enum style style)
{
	char *out = can->marks[style];
	size_t half = sizeof can->marks[style] / 2;
	short ground, text;
	if (!screen_mark(style, &ground, &text))
		return;
	take_colour("setab", ground, out, half);
	if (out[0])
		take_colour("setaf", text, out + strlen(out), half);
	else
		strcpy(out, can->bold);
}

static void take_colours(struct terminal_can *can)
{
	const char *none = getenv("NO_COLOR");
	if (none && *none)
		return;
	take_capability("sgr0", can->normal, sizeof can->normal);
	if (!can->normal[0])
		return;
	take_capability("dim", can->dim, sizeof can->dim);
	take_capability("bold", can->bold, sizeof can->bold);
	take_colour("setaf", COLOR_RED, can->red, sizeof can->red);
	take_colour("setaf", COLOR_MAGENTA, can->magenta, sizeof can->magenta);
	for (size_t i = 0; i < STYLE_COUNT; i++)
		take_mark(can, (enum style)i);
}

/* Returns the name by which terminfo knows the terminal; NULL: it does not.  Debian's lacks some
 * that understand what xterm does. */
static const char *known_name(int fd)
{
	static const char *const like_xterm[] = {
		"alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm", "xterm-"};
	const char *name = getenv("TERM");
	int status;
	if (!name || !*name || strcmp(name, "dumb") == 0)
		return NULL;
	if (setupterm(name, fd, &status) == OK)
		return name;
	for (size_t i = 0; i < sizeof like_xterm / sizeof like_xterm[0]; i++)
		if (strncmp(name, like_xterm[i], strlen(like_xterm[i])) == 0 &&
			setupterm("xterm-256color", fd, &status) == OK)
			return "xterm-256color";
	return NULL;
}

static void find_capabilities(struct terminal *t, bool plain)
{
	const char *name = plain ? NULL : known_name(t->fd);
	t->can.still = plain;
	if (!name)
		return;
	t->can.name = name;
	take_capability("el", t->can.clear_eol, sizeof t->can.clear_eol);
	take_capability("clear", t->can.wipe, sizeof t->can.wipe);
	/* Terminals of the ANSI family move the cursor in the same way; vt100 pads its `el`. */
	if (!t->can.clear_eol[0] && strncmp(name, "vt", 2) == 0)
		strcpy(t->can.clear_eol, "\033[K");
	t->can.cursor = strcmp(t->can.clear_eol, "\033[K") == 0;
	t->can.paste = t->can.cursor && strncmp(name, "vt", 2) != 0 && strcmp(name, "linux") != 0;
	t->can.mouse = t->can.paste && has_capability("kmous");
	if (t->can.cursor && !t->can.wipe[0])
		strcpy(t->can.wipe, "\033[H\033[J");
	take_colours(&t->can);
	t->can.screen = has_capability("cup") && has_capability("clear");
	t->can.clipboard = t->can.paste;
	const char *none = getenv("NO_COLOR");
	t->can.colours = !none || !*none;
	del_curterm(cur_term); /* the screen has its own */
}

static void take_size(struct terminal *t)
{
	struct winsize size;
	t->width = 80;
	t->height = 24;
	if (ioctl(t->fd, TIOCGWINSZ, &size) != 0)
		return;
	if (size.ws_col > 0)
		t->width = size.ws_col;
	if (size.ws_row > 0)
		t->height = size.ws_row;
}

/* ---- writing and reading ---- */

static void watch_again(struct terminal *t)
{
	bool writing = t->queue.len || (t->lost && t->reading);
	int events = (t->reading ? WATCH_READ : 0) | (writing ? WATCH_WRITE : 0);
	loop_watch_set(t->watch, t->lent ? 0 : events);
}

static void flush(struct terminal *t)
{
	size_t done = 0;
	while (done < t->queue.len) {
		ssize_t n = write(t->fd, t->queue.at + done, t->queue.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		t->lost = n < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	bytes_drop(&t->queue, t->lost ? t->queue.len : done);
}

bool terminal_write(struct terminal *t, struct slice bytes)
{
	bool idle = t->queue.len == 0;
	if (!bytes_add(&t->queue, bytes))
		return false;
	if (idle && !t->lent)
		flush(t);
	if (t->watch && idle && (t->queue.len || t->lost))
		watch_again(t);
	return true;
}

bool terminal_busy(const struct terminal *t)
{
	return t->queue.len > 0 || t->lent;
}

bool terminal_gone(const struct terminal *t)
{
	struct termios modes;
	return tcgetattr(t->fd, &modes) < 0;
}

void terminal_read(struct terminal *t, bool on)
{
	if (t->reading == on)
		return;
	t->reading = on;
	watch_again(t);
}

static void end(struct terminal *t)
{
	t->reading = false;
	watch_again(t);
	t->events->closed(t->owner);
}

static void read_keys(struct terminal *t)
{
	MEM_UNSET uint8_t buffer[READ_SIZE];
	ssize_t n = read(t->fd, buffer, sizeof buffer);
	if (n > 0) {
		t->events->keys(t->owner, slice_of(buffer, (size_t)n));
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		end(t);
	}
}

static void terminal_on_ready(void *arg, int events)
{
	struct terminal *t = arg;
	if (events & WATCH_WRITE && t->queue.len) {
		flush(t);
		watch_again(t);
		if (!t->queue.len && !t->lost)
			t->events->drained(t->owner);
	}
	if (t->lost && t->reading)
		end(t);
	else if (events & WATCH_READ && t->reading)
		read_keys(t);
}

/* ---- signals ---- */

static void on_resize(void *arg, int signo)
{
	struct terminal *t = arg;
	(void)signo;
	take_size(t);
	t->events->resized(t->owner);
}

/* Sets our modes again, because whoever had the terminal meanwhile may have changed them. */
static void take_back(struct terminal *t)
{
	make_raw(t);
	take_size(t);
	t->events->resized(t->owner);
}

static void on_continue(void *arg, int signo)
{
	struct terminal *t = arg;
	(void)signo;
	if (!t->lent)
		take_back(t);
}

void terminal_lend(struct terminal *t)
{
	t->events->leaving(t->owner);
	flush(t);
	restore();
	t->lent = true;
	watch_again(t);
}

void terminal_reclaim(struct terminal *t)
{
	t->lent = false;
	take_back(t);
	flush(t);
	watch_again(t);
}

void terminal_suspend(struct terminal *t)
{
	t->events->leaving(t->owner);
	flush(t);
	restore();
	kill(getpid(), SIGSTOP);
	take_back(t);
}

static void on_stop(void *arg, int signo)
{
	struct terminal *t = arg;
	(void)signo;
	if (!t->lent)
		terminal_suspend(t);
}

/* ---- opening and closing ---- */

static int find_terminal(int *flags)
{
	*flags = -1;
	int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	for (int std = 0; fd < 0 && std <= 2; std++) {
		const char *name = ttyname(std);
		if (name)
			fd = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	}
	/* Under `su -c` the terminal belongs to another user: use the shell's own description. */
	if (fd < 0 && isatty(STDIN_FILENO) && (fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) >= 0)
		*flags = fcntl(fd, F_GETFL);
	return fd;
}

struct terminal *terminal_open(struct loop *loop, bool plain, const struct terminal_events *events,
	void *owner, struct error *err)
{
	int flags, fd = find_terminal(&flags);
	if (fd < 0 || tcgetattr(fd, &saved.before) < 0) {
		error_set(err, STATUS_USAGE, "no terminal: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct terminal *t = mem_new(sizeof *t);
	t->watch = loop_watch_new(loop, fd, terminal_on_ready, t, err);
	if (!t->watch) {
		close(fd);
		free(t);
		return NULL;
	}
	t->loop = loop;
	t->events = events;
	t->owner = owner;
	t->fd = fd;
	t->flags = flags;
	bytes_init(&t->queue, QUEUE_MAX);
	find_capabilities(t, plain);
	take_size(t);
	saved.fd = fd;
	saved.flags = flags;
	saved.paste = t->can.paste;
	mem_on_failure(restore);
	atexit(restore);
	catch_fatal();
	make_raw(t);
	t->resize = loop_signal_new(loop, SIGWINCH, on_resize, t);
	t->stop = loop_signal_new(loop, SIGTSTP, on_stop, t);
	t->go_on = loop_signal_new(loop, SIGCONT, on_continue, t);
	terminal_read(t, true);
	return t;
}

static void flush_last(struct terminal *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLOUT};
	flush(t);
	while (t->queue.len && poll(&p, 1, CLOSE_WAIT_MS) > 0 && !(p.revents & (POLLERR | POLLHUP)))
		flush(t);
}

void terminal_close(struct terminal *t)
{
	if (!t)
		return;
	flush_last(t);
	restore();
	loop_signal_free(t->resize);
	loop_signal_free(t->stop);
	loop_signal_free(t->go_on);
	loop_watch_free(t->watch);
	close(t->fd);
	bytes_free(&t->queue);
	free(t);
}

const struct terminal_can *terminal_can(const struct terminal *t)
{
	return &t->can;
}

size_t terminal_columns(const struct terminal *t)
{
	return t->width;
}

size_t terminal_rows(const struct terminal *t)
{
	return t->height;
}

void terminal_set_leave(struct terminal *t, const char *bytes)
{
	(void)t;
	saved.leave_len = 0;
	if (strlen(bytes) >= sizeof saved.leave)
		return;
	memcpy(saved.leave, bytes, strlen(bytes));
	saved.leave_len = strlen(bytes);
}
