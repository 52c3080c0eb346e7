/* exec.c - a command whose stdin and stdout are the line: exec:COMMAND, `via` of an address, and a
 * program that a line is handed to (transport_run()).
 *
 * The command gets pipes, or with tty=yes a terminal, and runs in a session of its own, so that it
 * cannot ask anything on our terminal.  What it writes to its stderr is told line by line.  When it
 * ends, its exit status says how the line ended.  A command that outlives its line is terminated,
 * then killed.
 *
 * A program that lets others name the devices can refuse all commands.  Whoever opens a line asks
 * beforehand (address_may_open()) for a better message; exec_run() asks in every case.
 */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SAID_MAX = 1024, SAID_PIECES = 128 /* 64 KiB, which a pipe holds */ };
/* What a program may write ahead of a slow line: it counts what it wrote, and what it writes at its
 * end (sz: that it gives up) is behind that. */
enum { PROGRAM_PIPE = 4096 };
static const int64_t EXIT_GRACE =
	250ll * NS_PER_MS; /* from the end of the command's output to its exit */
static const int64_t KILL_AFTER = 2ll * NS_PER_S;

#define REFUSED "commands are refused in this process (--no-exec, .set exec=no)"
static bool refuses;

void transport_refuse_commands(void)
{
	refuses = true;
}

bool transport_refuses_commands(void)
{
	return refuses;
}

bool transport_may_run(const char *what, struct error *err)
{
	return !refuses || error_set(err, STATUS_USAGE, "%s runs a command; " REFUSED, what);
}

bool address_may_open(const struct address *a, struct error *err)
{
	bool exec = a->kind == &transport_exec;
	return !(exec || a->text[TEXT_VIA]) || transport_may_run(exec ? "exec:" : "via", err);
}

/* A process of a command.  It outlives its line until it has been waited for. */
struct child {
	uv_process_t process; /* first: libuv's handle is the child */
	struct exec *line;    /* NULL: closed */
	struct loop_timer kill;
	bool exited;
	int64_t status;
	int signo;
};

struct exec {
	struct stream stream;
	struct child *child;
	int in, out;                  /* until the stream owns them; -1: none */
	bool tty;                     /* they are one: our side of a terminal */
	bool program;                 /* of transport_run(): its end is the end of the line */
	struct loop_watch said_watch; /* of the command's stderr */
	struct loop_timer begin;      /* reports from the loop, after transport_open() returned */
	struct loop_timer exit_wait;
	bool output_over;
	int failed;          /* why it could not be started; 0: it was started */
	bool refused;        /* it must not be started */
	char said[SAID_MAX]; /* the beginning of a line of its stderr */
	size_t said_len;
	bool said_again; /* it is written over: a CR came behind it */
	char *settings;  /* the end of the command that looks like some; NULL: none does */
};

/* ---- the child ---- */

static void on_kill_time(void *arg)
{
	struct child *c = arg;
	kill(-c->process.pid, SIGKILL);
}

static void tell_end(struct exec *x);

static void on_child_exit(uv_process_t *process, int64_t status, int signo)
{
	struct child *c = (struct child *)process;
	c->exited = true;
	c->status = status;
	c->signo = signo;
	loop_timer_stop(&c->kill);
	if (!c->line) {
		c->kill.loop->lingering--;
		stream_handle_close((uv_handle_t *)process);
		return;
	}
	if (c->line->output_over)
		tell_end(c->line);
	else if (c->line->program)
		loop_timer_set(&c->line->exit_wait, EXIT_GRACE);
}

/* Lets the command go, because its line is closed; it is told to end. */
static void child_leave(struct child *c)
{
	c->line = NULL;
	if (c->exited) {
		stream_handle_close((uv_handle_t *)&c->process);
		return;
	}
	kill(-c->process.pid, SIGTERM);
	c->kill.loop->lingering++;
	uv_unref((uv_handle_t *)&c->process);
	loop_timer_set(&c->kill, KILL_AFTER);
}

/* ---- its stderr ---- */

static void said_line(struct exec *x)
{
	x->said[x->said_len] = 0;
	x->said_len = 0;
	if (x->said[0])
		transport_tell(&x->stream.base, STEP_SAID, x->said);
}

/* What a program writes over is its progress. */
static void said_so_far(struct exec *x)
{
	x->said[x->said_len] = 0;
	x->said_again = true;
	if (x->said[0])
		transport_tell(&x->stream.base, STEP_PROGRESS, x->said);
}

static void said_byte(struct exec *x, char c)
{
	bool again = x->said_again && c != '\n';
	x->said_again = false;
	if (again)
		x->said_len = 0;
	if (c == '\n' || x->said_len == SAID_MAX - 1)
		said_line(x);
	if (c == '\r' && x->program)
		said_so_far(x);
	else if (c != '\n' && c != '\r' && c)
		x->said[x->said_len++] = c;
}

/* Reads a piece; false: nothing more is there now, or ever. */
static bool hear_said(struct exec *x)
{
	MEM_UNSET char space[512];
	ssize_t n = read(x->said_watch.fd, space, sizeof space);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	for (ssize_t i = 0; i < n && !x->stream.base.closing; i++)
		said_byte(x, space[i]);
	if (n <= 0) {
		loop_watch_close(&x->said_watch);
		said_line(x);
	}
	return n > 0;
}

static void on_said(void *arg, int events)
{
	(void)events;
	hear_said(arg);
}

/* What it said at last tells why it ended, and comes before that. */
static void hear_rest(struct exec *x)
{
	for (size_t i = 0; i < SAID_PIECES && x->said_watch.loop && !x->stream.base.closing; i++)
		if (!hear_said(x))
			return;
}

/* ---- the end ---- */

/* Says how it ended; who wrote settings behind a command finds them in it. */
static void ended_badly(const struct exec *x, struct error *err)
{
	long long status = (long long)x->child->status;
	if (x->settings)
		error_set(err, STATUS_REPLY,
			"the command ended with status %lld; '%s' is a part of it: .set or "
			".device NAME 'exec:COMMAND' takes %s as a setting",
			status, quote(slice_str(x->settings)).text,
			quote(slice_str(x->settings + 1)).text);
	else
		error_set(err, STATUS_REPLY, "the command ended with status %lld", status);
}

/* Reports the end: the command's output is over, and the command has ended too or takes its
 * time. */
static void tell_end(struct exec *x)
{
	const struct child *c = x->child;
	struct error err;
	loop_timer_stop(&x->exit_wait);
	hear_rest(x);
	if (x->stream.base.closing)
		return;
	if (c->exited && c->signo)
		error_set(&err, STATUS_REPLY, "the command was ended by signal %d", c->signo);
	else if (c->exited && c->status)
		ended_badly(x, &err);
	else {
		x->stream.base.events->end(x->stream.base.owner);
		return;
	}
	transport_fail(&x->stream.base, &err);
}

/* What a program wrote before it ended is read, however slowly; then others may still have its
 * output open. */
static void on_exit_wait(void *arg)
{
	struct exec *x = arg;
	int unread = 0;
	if (x->program && ioctl(x->stream.in, FIONREAD, &unread) == 0 && unread)
		loop_timer_set(&x->exit_wait, EXIT_GRACE);
	else
		tell_end(x);
}

/* Called instead of the owner's `end` when the command's output is over. */
static void on_output_over(struct stream *s)
{
	struct exec *x = (struct exec *)s;
	x->output_over = true;
	if (x->child->exited)
		tell_end(x);
	else if (!x->program)
		loop_timer_set(&x->exit_wait, EXIT_GRACE);
}

/* ---- the beginning ---- */

static void exec_on_begin(void *arg)
{
	struct exec *x = arg;
	int in = x->in, out = x->out;
	if (x->refused) {
		stream_fail(&x->stream, STATUS_CONNECT, REFUSED, "");
		return;
	}
	if (x->failed) {
		char buffer[128], what[TRANSPORT_PEER_MAX + 16];
		snprintf(what, sizeof what, "cannot start %s",
			x->program ? x->stream.base.peer : "/bin/sh");
		stream_fail(&x->stream, STATUS_CONNECT,
			uv_strerror_r(x->failed, buffer, sizeof buffer), what);
		return;
	}
	x->in = x->out = -1;
	stream_start(&x->stream, in, x->tty ? in : out);
}

/* Makes a pipe: our end, which does not block, and the child's. */
static int make_pipe(bool to_child, int *ours, int *theirs)
{
	uv_file fds[2];
	int mine = to_child ? 1 : 0;
	int rc = uv_pipe(fds, to_child ? 0 : UV_NONBLOCK_PIPE, to_child ? UV_NONBLOCK_PIPE : 0);
	if (rc < 0)
		return rc;
	*theirs = fds[!mine];
	*ours = fds[mine];
	return 0;
}

/* Does the same for the child's stderr, which is watched. */
static int make_said(struct exec *x, int *theirs)
{
	int fd, rc = make_pipe(false, &fd, theirs);
	if (rc < 0)
		return rc;
	rc = loop_watch_start(&x->said_watch, x->stream.base.loop, fd, WATCH_READ, on_said, x);
	if (rc < 0)
		close(fd);
	return rc;
}

/* ---- a terminal of its own ---- */

/* What a shell does first: whoever leads a session gets the terminal that it opens.  The emulation
 * of terminal mode is of this kind. */
#define TTY_BEGIN                                                       \
	"exec <\"$0\" >\"$0\" 2>&1; TERM=xterm-256color; export TERM; " \
	"exec /bin/sh -c \"$1\""
enum { PTS_NAME_MAX = 64, TTY_COLUMNS = 80, TTY_ROWS = 24 };

static void exec_window(struct transport *t, uint16_t columns, uint16_t rows)
{
	struct exec *x = (struct exec *)t;
	const struct winsize size = {.ws_col = columns, .ws_row = rows};
	int fd = x->in >= 0 ? x->in : x->stream.in;
	if (x->tty && columns && fd >= 0)
		ioctl(fd, TIOCSWINSZ, &size);
}

/* Makes a terminal: our side, which does not block, and the command's.  Ours tells the end only
 * when somebody has had the other side open, so we hand that one to the command. */
static int make_terminal(
	struct exec *x, const struct address *a, char name[PTS_NAME_MAX], int *theirs)
{
	x->in = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (x->in < 0 || grantpt(x->in) < 0 || unlockpt(x->in) < 0 ||
		ptsname_r(x->in, name, PTS_NAME_MAX) != 0)
		return -errno;
	x->tty = x->stream.hangs_up = true;
	exec_window(&x->stream.base, a->columns ? a->columns : TTY_COLUMNS,
		a->rows ? a->rows : TTY_ROWS);
	theirs[0] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	theirs[1] = theirs[0] < 0 ? -1 : fcntl(theirs[0], F_DUPFD_CLOEXEC, 3);
	return theirs[1] < 0 ? -errno : 0;
}

static int spawn(struct exec *x, const struct program *program, int theirs[3])
{
	char **args = (char **)program->words; /* which libuv leaves as they are */
	uv_stdio_container_t stdio[3];
	for (int i = 0; i < 3; i++)
		stdio[i] =
			(uv_stdio_container_t){.flags = UV_INHERIT_FD, .data = {.fd = theirs[i]}};
	uv_process_options_t options = {.exit_cb = on_child_exit,
		.file = args[0],
		.args = args,
		.cwd = program->folder,
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = 3,
		.stdio = stdio};
	return uv_spawn(&x->stream.base.loop->uv, &x->child->process, &options);
}

/* A command gets a terminal where tty is the address that wants it. */
static void exec_start(struct exec *x, const struct program *program, const struct address *tty)
{
	int theirs[3] = {-1, -1, -1};
	char name[PTS_NAME_MAX];
	const char *on_tty[] = {
		"/bin/sh", "-c", TTY_BEGIN, name, tty ? program->words[2] : NULL, NULL};
	const struct program in_tty = {.words = on_tty};
	x->child = mem_new(sizeof *x->child);
	x->child->line = x;
	loop_timer_init(&x->child->kill, x->stream.base.loop, on_kill_time, x->child);
	x->failed =
		tty ? make_terminal(x, tty, name, theirs) : make_pipe(true, &x->out, &theirs[0]);
	if (!x->failed && !tty)
		x->failed = make_pipe(false, &x->in, &theirs[1]);
	if (!x->failed)
		x->failed = make_said(x, &theirs[2]);
	bool tried = !x->failed;
	if (tried)
		x->failed = spawn(x, tty ? &in_tty : program, theirs);
	for (int i = 0; i < 3; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	if (!x->failed)
		return;
	if (tried) /* libuv has the handle in any case */
		stream_handle_close((uv_handle_t *)&x->child->process);
	else
		free(x->child);
	x->child = NULL;
}

static void exec_let_go(struct stream *s)
{
	struct exec *x = (struct exec *)s;
	const int pipes[] = {x->in, x->out};
	loop_timer_stop(&x->begin);
	loop_timer_stop(&x->exit_wait);
	for (size_t i = 0; i < sizeof pipes / sizeof pipes[0]; i++)
		if (pipes[i] >= 0)
			close(pipes[i]);
	loop_watch_close(&x->said_watch);
	free(x->settings);
	x->settings = NULL;
	if (x->child)
		child_leave(x->child);
}

static struct exec *exec_new(struct loop *loop, const char *name)
{
	struct exec *x = mem_new(sizeof *x);
	stream_init(&x->stream, &transport_exec, loop);
	x->stream.let_go = exec_let_go;
	x->stream.on_end = on_output_over;
	x->in = x->out = -1;
	snprintf(
		x->stream.base.peer, sizeof x->stream.base.peer, "%s", quote(slice_str(name)).text);
	loop_timer_init(&x->begin, loop, exec_on_begin, x);
	loop_timer_init(&x->exit_wait, loop, on_exit_wait, x);
	x->refused = refuses;
	loop_timer_set(&x->begin, 0);
	return x;
}

static struct transport *exec_run(
	struct loop *loop, const struct address *a, const char *command, const char *name)
{
	struct exec *x = exec_new(loop, name);
	const char *const words[] = {"/bin/sh", "-c", command, NULL};
	const struct program program = {.words = words};
	bool tty = a->kind == &transport_exec && a->settings.at[SET_TTY].value;
	if (!x->refused)
		exec_start(x, &program, tty ? a : NULL);
	return &x->stream.base;
}

/* ---- a program that a line is handed to ---- */

struct transport *transport_run(struct loop *loop, const struct program *program,
	const struct transport_events *events, void *owner)
{
	struct exec *x = exec_new(loop, program->words[0]);
	x->program = x->stream.outlives = true;
	x->stream.base.events = events;
	x->stream.base.owner = owner;
	if (!x->refused)
		exec_start(x, program, NULL);
	if (x->in >= 0)
		fcntl(x->in, F_SETPIPE_SZ, PROGRAM_PIPE);
	return &x->stream.base;
}

void transport_terminate(struct transport *t, bool now)
{
	struct child *c = ((struct exec *)t)->child;
	if (!c || c->exited)
		return;
	kill(-c->process.pid, now ? SIGKILL : SIGTERM);
	if (!now && !loop_timer_running(&c->kill))
		loop_timer_set(&c->kill, KILL_AFTER);
}

int transport_exit_status(const struct transport *t)
{
	const struct child *c = t->kind == &transport_exec ? ((const struct exec *)t)->child : NULL;
	if (!c || !c->exited)
		return -1;
	return c->signo ? 128 + c->signo : (int)c->status;
}

static struct transport *exec_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	(void)connect_timeout; /* nothing says when a command is connected */
	struct transport *t = exec_run(loop, a, a->host, a->host);
	struct slice settings = setting_in_command(&transport_exec, slice_str(a->host));
	if (settings.len)
		((struct exec *)t)->settings = mem_strn(settings.at, settings.len);
	return t;
}

/* ---- via ---- */

/* Writes the command of a `via`: %h becomes the host, %p the port, %% a percent sign. */
static void exec_fill_in(const struct address *a, struct bytes *out)
{
	for (const char *c = a->text[TEXT_VIA]; *c; c++) {
		if (*c != '%' || !c[1] || !strchr("hp%", c[1])) {
			bytes_add_byte(out, (uint8_t)*c);
			continue;
		}
		switch (*++c) {
		case 'h':
			bytes_add_str(out, a->host);
			break;
		case 'p':
			bytes_addf(out, "%u", a->port);
			break;
		default:
			bytes_add_byte(out, '%');
		}
	}
}

struct transport *via_open(struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct bytes command;
	(void)connect_timeout;
	/* %h, which grows most, makes a host out of two characters: the result always fits. */
	bytes_init(&command, LIMIT_ADDRESS / 2 * LIMIT_HOST + 1);
	exec_fill_in(a, &command);
	struct transport *t = exec_run(loop, a, bytes_str(&command), a->text[TEXT_VIA]);
	bytes_free(&command);
	return t;
}

const struct transport_kind transport_exec = {
	.name = "exec",
	.help = "a COMMAND, run by /bin/sh, whose stdin and stdout are the line",
	.form = FORM_COMMAND,
	.uses = USE_EACH | USE_RUN,
	.half_closes = true,
	.reopens = true,
	.direct = true,
	.open = exec_open,
	.window = exec_window,
	STREAM_OPERATIONS,
};
