/* stream.c - see stream.h. */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes that go out in one piece.  While one goes out, the next is gathered, so that an answer of
 * one byte does not cost a piece. */
struct write {
	struct bytes bytes;
	size_t done;    /* of them, what the kernel has taken */
	size_t answers; /* those of them that nobody asked for */
};

const char *stream_reason(int code, char *buffer, size_t size)
{
	switch (code) {
	case UV_ECONNREFUSED:
		return "connection refused: nothing listens there";
	case UV_EHOSTUNREACH:
		return "no route to the host";
	case UV_ENETUNREACH:
		return "no route to its network";
	case UV_EADDRNOTAVAIL:
		return "this machine has no such address, or no free port";
	case UV_EADDRINUSE:
		return "another program has this port";
	case UV_EAFNOSUPPORT:
		return "the address of bind is of another family than the device's";
	case UV_ETIMEDOUT:
		return "nothing answered: a firewall may drop the packets";
	case UV_ECONNRESET:
		return "connection reset by the peer";
	case UV_EPIPE:
		return "the peer closed the connection";
	case UV_EIO:
	case UV_ENXIO:
	case UV_ENODEV:
		return "the port is gone";
	default:
		return uv_strerror_r(code, buffer, size);
	}
}

void stream_fail(struct stream *s, enum status status, const char *why, const char *where)
{
	struct error err;
	error_set(&err, status, *where ? "%s (%s)" : "%s%s", why, where);
	transport_fail(&s->base, &err);
}

static void line_broke(struct stream *s, int code)
{
	char buffer[128];
	const char *why = code == UV_ETIMEDOUT
				  ? "the peer is not there any more: it acknowledges nothing"
				  : stream_reason(code, buffer, sizeof buffer);
	stream_fail(s, STATUS_REPLY, why, "");
}

/* ---- reading ---- */

/* A turn of the loop that took so long reads no more of a flood, while signals, keys and all other
 * lines wait; and one stream is read so often at most. */
static const uint64_t TURN_MS = 10;
enum { READS_A_TURN = 32 };

static void stream_follow(struct stream *s);
static void stream_on_ready(void *arg, int events);

/* n: bytes that were read into the buffer that all lines share; otherwise the reason. */
static void has_read(struct stream *s, ssize_t n)
{
	struct loop *loop = s->base.loop;
	s->base.read_at = loop_now_fresh(loop);
	if (n > 0) {
		if (s->on_bytes)
			s->on_bytes(s, (uint8_t *)transport_space(&s->base), (size_t)n);
		else
			s->base.events->data(
				s->base.owner, slice_of(transport_space(&s->base), (size_t)n));
		s->full = n == LIMIT_READ;
		s->filled = s->full && uv_hrtime() / NS_PER_MS >= uv_now(&loop->uv) + TURN_MS;
		return;
	}
	s->over = true;
	stream_follow(s);
	if (n == UV_EIO && s->hangs_up)
		n = UV_EOF;
	if (n == UV_EOF && s->was_reset)
		n = UV_ECONNRESET;
	if (n == UV_EOF && s->on_end)
		s->on_end(s);
	else if (n == UV_EOF)
		s->base.events->end(s->base.owner);
	else
		line_broke(s, (int)n);
}

/* Reads once, into the buffer that all lines share, because what is there is used up at once.
 * False: nothing came, or so much that more is for another turn. */
static bool take_once(struct stream *s)
{
	ssize_t n = read(s->in, transport_space(&s->base), LIMIT_READ);
	s->full = s->filled = false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	has_read(s, n > 0 ? n : n == 0 ? UV_EOF : -errno);
	return !s->filled;
}

bool stream_take(struct transport *t)
{
	struct stream *s = (struct stream *)t;
	int reads = 0;
	while (s->reading && take_once(s) && ++reads < TAKES_MOST)
		;
	return !s->over && !t->closing;
}

static size_t answers(const struct stream *s)
{
	return (s->writing ? s->writing->answers : 0) + (s->waiting ? s->waiting->answers : 0);
}

/* Waits for what is wanted.  An `out` of its own is watched while something waits for it. */
static void stream_watch(struct stream *s)
{
	int read = s->reading ? WATCH_READ : 0, write = s->writing ? WATCH_WRITE : 0;
	if (s->in == s->out) {
		loop_watch_set(&s->watch, read | write);
		return;
	}
	loop_watch_set(&s->watch, read);
	if (s->out_watch.loop)
		loop_watch_set(&s->out_watch, write);
	else if (write && loop_watch_start(&s->out_watch, s->base.loop, s->out, write,
				  stream_on_ready, s) < 0)
		mem_lacks();
}

/* Reads if the owner wants to, unless the peer makes us answer and takes no answers. */
static void stream_follow(struct stream *s)
{
	bool full = answers(s) > LIMIT_ANSWERS, on = s->wanted && !full && !s->over;
	if (!s->watch.loop || s->base.closing)
		return;
	s->reading = on;
	stream_watch(s);
	if (full)
		transport_tell_full(&s->base);
}

void stream_read(struct transport *t, bool on)
{
	struct stream *s = (struct stream *)t;
	s->wanted = on;
	stream_follow(s);
}

static void write_more(struct stream *s);

static void stream_on_ready(void *arg, int events)
{
	struct stream *s = arg;
	if (events & WATCH_READ)
		for (int i = 0; s->reading && take_once(s) && s->full && i < READS_A_TURN; i++)
			;
	if (events & WATCH_WRITE && s->writing && !s->base.closing)
		write_more(s);
}

int stream_own(struct stream *s, int in, int out)
{
	s->in = in;
	s->out = out;
	return loop_watch_start(&s->watch, s->base.loop, in, WATCH_READ, stream_on_ready, s);
}

static void stream_begin(struct stream *s)
{
	transport_tell(&s->base, STEP_CONNECTED, s->base.peer);
	if (s->base.closing)
		return;
	stream_read(&s->base, true);
	s->base.events->open(s->base.owner);
}

void stream_start(struct stream *s, int in, int out)
{
	char buffer[128];
	int rc = stream_own(s, in, out);
	if (rc < 0)
		stream_fail(
			s, STATUS_CONNECT, stream_reason(rc, buffer, sizeof buffer), s->base.peer);
	else
		stream_begin(s);
}

void stream_start_watched(struct stream *s, struct loop_watch *watch)
{
	loop_watch_move(&s->watch, watch, stream_on_ready, s);
	s->in = s->out = s->watch.fd;
	stream_begin(s);
}

/* ---- writing ---- */

static void stream_on_closed(uv_handle_t *handle)
{
	free(handle);
}

void stream_handle_close(uv_handle_t *handle)
{
	uv_close(handle, stream_on_closed);
}

size_t stream_queued(const struct transport *t)
{
	const struct stream *s = (const struct stream *)t;
	return (s->writing ? s->writing->bytes.len - s->writing->done : 0) +
	       (s->waiting ? s->waiting->bytes.len : 0);
}

/* What is in a Unix socket stays there when we go, so nobody has to wait for it. */
size_t stream_unsent(const struct transport *t)
{
	const struct stream *s = (const struct stream *)t;
	int unsent = 0;
	if (s->out < 0 || t->closing)
		return 0;
	if (s->tcp || t->kind->uses & USE_SERIAL)
		ioctl(s->out, TIOCOUTQ, &unsent); /* for a socket it is SIOCOUTQ */
	else if (s->out != s->in)
		ioctl(s->out, FIONREAD, &unsent);
	return stream_queued(t) + (unsent > 0 ? (size_t)unsent : 0);
}

static void drop_write(struct write **w)
{
	if (*w)
		bytes_free(&(*w)->bytes);
	free(*w);
	*w = NULL;
}

/* Closes an `out` of its own. */
static void close_out(struct stream *s)
{
	if (s->out_watch.loop)
		loop_watch_close(&s->out_watch);
	else if (s->out >= 0)
		close(s->out);
	s->out = -1;
}

/* Shuts our side down once nothing waits any more.  A pipe that only sends is closed, so that its
 * reader sees the end. */
static void shut_behind(struct stream *s)
{
	if (!s->shut || s->writing || s->out < 0)
		return;
	if (s->out != s->in)
		close_out(s);
	else /* at once: the end travels in the segment of the last bytes */
		shutdown(s->out, SHUT_WR);
}

/* The reason of a write is told once: the next one, and reading, see only that the line is shut. */
static APART void write_refused(struct stream *s)
{
	s->was_reset = s->was_reset || errno == ECONNRESET;
}

/* Gives up writing only: what the peer said before it went is still read, and reading also says why
 * it went. */
static void write_failed(struct stream *s, int code)
{
	drop_write(&s->writing);
	drop_write(&s->waiting);
	stream_follow(s);
	if (s->outlives && s->base.events->drained)
		s->base.events->drained(s->base.owner);
	else if (!s->reading)
		line_broke(s, code);
}

/* Writes what the kernel takes of what waits. */
static void write_more(struct stream *s)
{
	struct write *w = s->writing;
	ssize_t n = write(s->out, w->bytes.at + w->done, w->bytes.len - w->done);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		write_refused(s);
		write_failed(s, s->was_reset ? -ECONNRESET : -errno);
		return;
	}
	w->done += n > 0 ? (size_t)n : 0;
	if (w->done < w->bytes.len)
		return;
	drop_write(&s->writing);
	s->writing = s->waiting;
	s->waiting = NULL;
	stream_follow(s);
	shut_behind(s);
	if (!s->writing && !s->base.closing && s->base.events->drained)
		s->base.events->drained(s->base.owner);
}

size_t stream_forget(struct transport *t)
{
	struct stream *s = (struct stream *)t;
	size_t count = stream_queued(t);
	drop_write(&s->writing);
	drop_write(&s->waiting);
	stream_follow(s);
	if (count && !t->closing && t->events->drained)
		t->events->drained(t->owner);
	return count;
}

/* Copies the bytes that the kernel does not take at once. */
static void stream_enqueue(struct stream *s, struct slice bytes, bool answer)
{
	if (bytes.len > LIMIT_UNSENT - stream_queued(&s->base)) {
		s->overfull = true;
		loop_timer_set(&s->timer, 0);
		return;
	}
	struct write **piece = s->writing ? &s->waiting : &s->writing;
	if (!*piece) {
		*piece = mem_new(sizeof **piece);
		bytes_init(&(*piece)->bytes, LIMIT_UNSENT);
	}
	bytes_add(&(*piece)->bytes, bytes);
	(*piece)->answers += answer ? bytes.len : 0;
}

/* Writes what the kernel takes at once; a failure shows when the rest is written.  TCP holds the
 * bytes back for the end that follows them. */
static ssize_t write_now(const struct stream *s, struct slice bytes, bool ends)
{
	if (ends && s->tcp)
		return send(s->out, bytes.at, bytes.len, MSG_MORE | MSG_NOSIGNAL);
	return write(s->out, bytes.at, bytes.len);
}

/* TCP holds small pieces back until what went before has arrived (Nagle).  Before the first there
 * is nothing, and many lines have but one. */
static void send_at_once(struct stream *s)
{
	int on = 1;
	if (s->tcp && s->sent && !s->eager) {
		setsockopt(s->out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		s->eager = true;
	}
	s->sent = true;
}

void stream_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct stream *s = (struct stream *)t;
	if (s->out < 0 || s->shut || t->closing || s->overfull)
		return;
	ssize_t n = 0;
	if (bytes.len && !s->writing) {
		send_at_once(s);
		n = write_now(s, bytes, how & SEND_END);
		if (n > 0)
			bytes = slice_cut(bytes, (size_t)n, bytes.len);
	}
	if (bytes.len) {
		if (n < 0)
			write_refused(s);
		stream_enqueue(s, bytes, how & SEND_ANSWER);
		stream_follow(s);
	}
	s->shut = how & SEND_END;
	shut_behind(s);
}

/* ---- letting go ---- */

void stream_close(struct transport *t)
{
	struct stream *s = (struct stream *)t;
	if (t->closing)
		return;
	transport_end(t);
	loop_timer_stop(&s->timer);
	drop_write(&s->writing);
	drop_write(&s->waiting);
	if (s->let_go)
		s->let_go(s);
	if (s->out != s->in)
		close_out(s);
	if (s->watch.loop)
		loop_watch_close(&s->watch);
	else if (s->in >= 0)
		close(s->in);
	s->in = s->out = -1;
	s->reading = false;
}

/* TCP says by a reset that it is closed when nothing may linger. */
void stream_reset(struct transport *t)
{
	const struct stream *s = (const struct stream *)t;
	const struct linger none = {.l_onoff = 1, .l_linger = 0};
	if (s->out >= 0 && s->tcp)
		setsockopt(s->out, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	stream_close(t);
}

static void stream_on_time(void *arg)
{
	struct stream *s = arg;
	if (s->overfull)
		stream_fail(s, STATUS_REPLY,
			"the peer reads nothing, and too many bytes wait for it", s->base.peer);
	else
		stream_close(&s->base);
}

void stream_init(struct stream *s, const struct transport_kind *kind, struct loop *loop)
{
	transport_init(&s->base, kind, loop);
	s->in = s->out = -1;
	loop_timer_init(&s->timer, loop, stream_on_time, s);
}

static void finish_now(void *arg)
{
	stream_close(arg);
}

static void finish_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes;
}

static void finish_fail(void *owner, const struct error *err)
{
	(void)err;
	stream_close(owner);
}

/* Says whether the peer's end is still to come, so that the stream waits for it. */
static bool ends_later(const struct stream *s)
{
	return s->base.kind->half_closes && !s->over;
}

static void finish_drained(void *owner)
{
	struct stream *s = owner;
	if (!ends_later(s))
		stream_close(&s->base);
}

/* Sends what is queued, closes our side, and waits for the peer to close its own.  If unread bytes
 * were left at the close, the connection would be reset, and what the peer has not read yet would
 * be lost. */
void stream_finish(struct transport *t, int64_t grace)
{
	static const struct transport_events finishing = {.data = finish_data,
		.end = finish_now,
		.fail = finish_fail,
		.drained = finish_drained};
	struct stream *s = (struct stream *)t;
	t->events = &finishing;
	t->owner = s;
	if (s->in < 0 || (!ends_later(s) && !s->writing)) {
		stream_close(t);
		return;
	}
	loop_timer_set(&s->timer, grace);
	if (!s->shut && t->kind->half_closes) {
		s->shut = true;
		shut_behind(s);
	}
	stream_read(t, true);
}
