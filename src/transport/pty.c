/* pty.c - a pseudo-terminal whose other end a program opens like a serial port.  We hold that end
 * open, too, so that programs may come and go.  With PATH a link of that name leads to it. */
#include "transport/pty.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { PTS_MAX = 64 };
/* How often we look whether the program has read what it was sent. */
static const int64_t LOOK_AGAIN = 5ll * NS_PER_MS;

struct pty {
	struct stream stream;
	int master, slave;       /* -1: none; libuv owns the master once it has it */
	char name[PTS_MAX];      /* "/dev/pts/5" */
	char *link;              /* owned; NULL: there is none */
	void (*gone)(void *arg); /* NULL: nobody wants to know that it is closed */
	void *arg;
	struct loop_timer read; /* of a line that ends: the program reads the rest */
	int64_t read_until;     /* monotonic ns */
	/* Of one that is like a real port: */
	int opens;               /* tells when programs open and close it; -1: nobody does */
	struct loop_watch watch; /* of that */
	bool drops;              /* what is sent while nobody has it open is dropped */
	size_t open;             /* so many programs have it open */
	size_t dropped;          /* bytes, since the last one closed it */
};

static void close_opens(struct pty *p)
{
	if (p->watch.loop)
		loop_watch_close(&p->watch);
	else if (p->opens >= 0)
		close(p->opens);
	p->opens = -1;
}

/* Makes both ends, which change no byte. */
static bool open_ends(struct pty *p, struct error *err)
{
	struct termios raw;
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	bool good = p->master >= 0 && grantpt(p->master) == 0 && unlockpt(p->master) == 0 &&
		    ptsname_r(p->master, p->name, sizeof p->name) == 0;
	if (good)
		p->slave = open(p->name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	good = good && p->slave >= 0 && tcgetattr(p->slave, &raw) == 0;
	if (good) {
		cfmakeraw(&raw);
		good = tcsetattr(p->slave, TCSANOW, &raw) == 0;
	}
	return good || error_set(err, STATUS_CONNECT, "no pseudo-terminal: %s", strerror(errno));
}

static bool make_link(struct pty *p, const char *path, struct error *err)
{
	if (!*path)
		return true;
	if (symlink(p->name, path) < 0)
		return error_set(err, STATUS_CONNECT, "cannot make the link %s: %s",
			quote(slice_str(path)).text, strerror(errno));
	p->link = mem_str(path);
	return true;
}

/* Without it what is sent waits for a program. */
static void watch_opens(struct pty *p)
{
	p->opens = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->opens >= 0 && inotify_add_watch(p->opens, p->name, IN_OPEN | IN_CLOSE) >= 0)
		return;
	close_opens(p);
}

static bool pty_make(struct pty *p, const char *path, struct error *err)
{
	if (!open_ends(p, err))
		return false;
	watch_opens(p); /* as long as nobody knows its name */
	if (!make_link(p, path, err))
		return false;
	snprintf(p->stream.base.peer, sizeof p->stream.base.peer, "%s", p->name);
	return true;
}

static void pty_let_go(struct stream *stream)
{
	struct pty *p = (struct pty *)stream;
	char to[PTS_MAX];
	loop_timer_stop(&p->read);
	close_opens(p);
	if (p->master >= 0)
		close(p->master);
	if (p->slave >= 0)
		close(p->slave);
	p->master = p->slave = -1;
	/* Somebody may have put something else there. */
	ssize_t n = p->link ? readlink(p->link, to, sizeof to) : -1;
	if (n > 0 && slice_equal(slice_of(to, (size_t)n), slice_str(p->name)))
		unlink(p->link);
	free(p->link);
	p->link = NULL;
	if (p->gone)
		p->gone(p->arg);
}

/* ---- who has it open ---- */

/* The system has our bytes until the program reads them. */
static size_t pty_unread(const struct pty *p)
{
	int unread = 0;
	if (p->slave >= 0)
		ioctl(p->slave, FIONREAD, &unread);
	return unread > 0 ? (size_t)unread : 0;
}

static void pty_drop(struct pty *p, size_t count)
{
	if (!p->dropped && count)
		transport_tell(&p->stream.base, STEP_WARNING,
			"no program has the port open: what the device says is dropped");
	p->dropped += count;
}

/* Nobody reads what waits any more, and whoever opens the port next must not. */
static void pty_forget(struct pty *p)
{
	size_t count = pty_unread(p);
	tcflush(p->slave, TCIFLUSH);
	pty_drop(p, count + stream_forget(&p->stream.base));
}

static void pty_opened(struct pty *p)
{
	char text[96];
	if (p->open++ || !p->dropped)
		return;
	snprintf(text, sizeof text,
		"no program had the port open: %zu byte%s of the device %s dropped", p->dropped,
		plural(p->dropped), p->dropped == 1 ? "was" : "were");
	p->dropped = 0;
	transport_tell(&p->stream.base, STEP_WARNING, text);
}

/* Counts who has the port open, besides us. */
static void pty_look(struct pty *p)
{
	_Alignas(struct inotify_event) char events[1024];
	ssize_t n;
	while (p->opens >= 0 && (n = read(p->opens, events, sizeof events)) > 0)
		for (ssize_t at = 0; at < n; at += (ssize_t)sizeof(struct inotify_event)) {
			const struct inotify_event *e = (const void *)(events + at);
			at += (ssize_t)
				      e->len; /* a name, which no file has that is watched itself */
			if (e->mask & IN_OPEN)
				pty_opened(p);
			else if (e->mask & IN_CLOSE && p->open && !--p->open && p->drops)
				pty_forget(p);
		}
}

static void pty_on_opens(void *arg, int events)
{
	(void)events;
	pty_look(arg);
}

static void pty_as_port(struct transport *t)
{
	struct pty *p = (struct pty *)t;
	if (p->opens < 0)
		return;
	p->drops = loop_watch_start(&p->watch, t->loop, p->opens, WATCH_READ, pty_on_opens, p) == 0;
	if (p->drops)
		pty_look(p);
	else
		close_opens(p);
}

static void pty_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct pty *p = (struct pty *)t;
	if (p->drops)
		pty_look(p);
	if (!p->drops || p->open) {
		stream_send(t, bytes, how);
		return;
	}
	pty_drop(p, bytes.len);
	stream_send(t, SLICE(""), how);
}

/* ---- the end ---- */

/* The system drops what was not read when we close. */
static size_t pty_unsent(const struct transport *t)
{
	return stream_queued(t) + pty_unread((const struct pty *)t);
}

static void pty_on_look(void *arg)
{
	struct pty *p = arg;
	struct transport *t = &p->stream.base;
	if (pty_unsent(t) && loop_now(t->loop) < p->read_until)
		loop_timer_set(&p->read, LOOK_AGAIN);
	else
		stream_close(t);
}

static void end_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes;
}

static void end_now(void *owner)
{
	stream_close(owner);
}

static void end_fail(void *owner, const struct error *err)
{
	(void)err;
	stream_close(owner);
}

/* Looks a moment later for the first time: what is written does not arrive at once. */
static void pty_finish(struct transport *t, int64_t grace)
{
	static const struct transport_events ending = {
		.data = end_data, .end = end_now, .fail = end_fail};
	struct pty *p = (struct pty *)t;
	if (p->slave < 0) {
		stream_close(t);
		return;
	}
	t->events = &ending;
	t->owner = t;
	p->read_until = loop_now(t->loop) + grace;
	loop_timer_set(&p->read, LOOK_AGAIN);
	stream_read(t, true);
}

static void pty_init(struct pty *p, struct loop *loop)
{
	stream_init(&p->stream, &transport_pty, loop);
	p->stream.let_go = pty_let_go;
	p->master = p->slave = p->opens = -1;
	loop_timer_init(&p->read, loop, pty_on_look, p);
}

/* ---- a line of ours ---- */

struct pty_line {
	struct pty pty;
	struct loop_timer begin; /* opens it from the loop, after transport_open() returned */
	char *path;
};

static void line_let_go(struct stream *stream)
{
	loop_timer_stop(&((struct pty_line *)stream)->begin);
	pty_let_go(stream);
}

static void pty_on_begin(void *arg)
{
	struct pty_line *l = arg;
	struct stream *s = &l->pty.stream;
	struct error err;
	if (!pty_make(&l->pty, l->path, &err)) {
		transport_fail(&s->base, &err);
		return;
	}
	transport_tell(&s->base, STEP_LISTENING, l->pty.link ? l->pty.link : l->pty.name);
	int master = l->pty.master;
	l->pty.master = -1;
	if (!s->base.closing)
		stream_start(s, master, master);
	else
		close(master);
}

static void line_release(struct transport *t)
{
	free(((struct pty_line *)t)->path);
}

static struct transport *pty_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct pty_line *l = mem_new(sizeof *l);
	(void)connect_timeout; /* it is there at once, or not at all */
	pty_init(&l->pty, loop);
	l->pty.stream.let_go = line_let_go;
	l->pty.stream.base.release = line_release;
	l->path = mem_str(a->host);
	loop_timer_init(&l->begin, loop, pty_on_begin, l);
	loop_timer_set(&l->begin, 0);
	return &l->pty.stream.base;
}

/* ---- for a listener ---- */

struct transport *pty_serve(
	struct loop *loop, const char *path, void (*gone)(void *arg), void *arg, struct error *err)
{
	struct pty *p = mem_new(sizeof *p);
	pty_init(p, loop);
	bool made = pty_make(p, path, err);
	int master = p->master, rc = 0;
	if (made) {
		p->master = -1;
		rc = stream_own(&p->stream, master, master);
	}
	if (made && rc == 0) {
		p->gone = gone;
		p->arg = arg;
		return &p->stream.base;
	}
	if (rc < 0)
		error_set(err, STATUS_CONNECT, "%s", strerror(-rc));
	transport_close(&p->stream.base);
	return NULL;
}

void pty_leave(struct transport *t)
{
	((struct pty *)t)->gone = NULL;
}

const struct transport_kind transport_pty = {
	.name = "pty",
	.help = "a new pseudo-terminal, to which PATH leads, for a program that opens a serial "
		"port",
	.form = FORM_PATH,
	.nameless = true,
	.listens = true,
	.open = pty_open,
	.send = pty_send,
	.queued = stream_queued,
	.unsent = pty_unsent,
	.read = stream_read,
	.take = stream_take,
	.close = stream_close,
	.finish = pty_finish,
	.reset = stream_reset,
	.as_port = pty_as_port,
};
