/* stream.c - see stream.h. */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes that libuv gets in one piece.  While it has one, the next is gathered, so that an answer of
 * one byte does not cost a request. */
struct write {
	uv_write_t request;
	struct stream *stream;
	struct bytes bytes;
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

/* A turn of the loop that took so long reads no more of a flood. */
static const uint64_t TURN_MS = 10;

/* All lines share one buffer, because its data is used up within the callback.  libuv goes on
 * reading a stream that filled it, 32 times, while signals, keys and all other lines wait: a stream
 * that is `filled` does not get it again in this turn. */
static void stream_on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct stream *s = handle->data;
	(void)suggested;
	*buffer = s->filled ? uv_buf_init(NULL, 0)
			    : uv_buf_init(transport_space(&s->base), LIMIT_READ);
	s->filled = false;
}

static void stream_follow(struct stream *s);

/* n: bytes that were read into the buffer that all lines share; otherwise libuv's reason. */
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
		s->filled =
			n == LIMIT_READ && uv_hrtime() / NS_PER_MS >= uv_now(&loop->uv) + TURN_MS;
		return;
	}
	s->over = true;
	stream_follow(s);
	if (n == UV_EOF && s->on_end)
		s->on_end(s);
	else if (n == UV_EOF)
		s->base.events->end(s->base.owner);
	else
		line_broke(s, (int)n);
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buffer)
{
	struct stream *s = handle->data;
	bool refused = n == UV_ENOBUFS && !buffer->base; /* by us; the kernel may say it, too */
	if (n != 0 && !refused && !s->base.closing)
		has_read(s, n);
}

/* Reads once without libuv, which would have to go round the loop for it.  False: nothing came, or
 * so much that more is for another turn. */
static bool take_once(struct stream *s)
{
	ssize_t n = read(s->in_fd, transport_space(&s->base), LIMIT_READ);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	has_read(s, n > 0 ? n : n == 0 ? UV_EOF : uv_translate_sys_error(errno));
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

/* Reads if the owner wants to, unless the peer makes us answer and takes no answers. */
static void stream_follow(struct stream *s)
{
	bool full = answers(s) > LIMIT_ANSWERS, on = s->wanted && !full && !s->over;
	if (!s->in || s->base.closing)
		return;
	if (on && !s->reading)
		uv_read_start(s->in, stream_on_space, on_read);
	else if (!on && s->reading)
		uv_read_stop(s->in);
	s->reading = on;
	if (full)
		transport_tell_full(&s->base);
}

void stream_read(struct transport *t, bool on)
{
	struct stream *s = (struct stream *)t;
	s->wanted = on;
	stream_follow(s);
}

void stream_own(struct stream *s, uv_stream_t *in, uv_stream_t *out)
{
	s->in = in;
	s->out = out;
	in->data = out->data = s;
	uv_fileno((uv_handle_t *)in, &s->in_fd);
	uv_fileno((uv_handle_t *)out, &s->out_fd);
}

void stream_start(struct stream *s, uv_stream_t *in, uv_stream_t *out)
{
	stream_own(s, in, out);
	transport_tell(&s->base, STEP_CONNECTED, s->base.peer);
	if (s->base.closing)
		return;
	stream_read(&s->base, true);
	s->base.events->open(s->base.owner);
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
	return (s->writing ? uv_stream_get_write_queue_size(s->out) : 0) +
	       (s->waiting ? s->waiting->bytes.len : 0);
}

/* What is in a Unix socket stays there when we go, so nobody has to wait for it. */
size_t stream_unsent(const struct transport *t)
{
	const struct stream *s = (const struct stream *)t;
	int unsent = 0;
	if (!s->out || t->closing)
		return 0;
	if (s->out->type == UV_TCP || t->kind->uses & USE_SERIAL)
		ioctl(s->out_fd, TIOCOUTQ, &unsent); /* for a socket it is SIOCOUTQ */
	else if (s->out != s->in)
		ioctl(s->out_fd, FIONREAD, &unsent);
	return stream_queued(t) + (unsent > 0 ? (size_t)unsent : 0);
}

static void drop_write(struct write **w)
{
	if (*w)
		bytes_free(&(*w)->bytes);
	free(*w);
	*w = NULL;
}

/* Closes the pipe that only sends as soon as it is empty, so that its reader sees the end. */
static void close_empty_pipe(struct stream *s)
{
	if (s->shut && !s->writing && s->out && s->out != s->in) {
		stream_handle_close((uv_handle_t *)s->out);
		s->out = NULL;
	}
}

static void on_shut(uv_shutdown_t *request, int status)
{
	(void)status; /* reading shows that a peer is gone */
	free(request);
}

/* Shuts our side down once nothing is gathered any more; libuv first sends what it has. */
static void shut_behind(struct stream *s)
{
	if (!s->shut || s->waiting)
		return;
	if (s->out != s->in) {
		close_empty_pipe(s);
		return;
	}
	if (!s->writing) { /* at once: the end travels in the segment of the last bytes */
		shutdown(s->out_fd, SHUT_WR);
		return;
	}
	uv_shutdown_t *request = mem_new(sizeof *request);
	if (uv_shutdown(request, s->out, on_shut) < 0)
		free(request);
}

static void on_written(uv_write_t *request, int status);

static void write_next(struct stream *s)
{
	struct write *w = s->writing = s->waiting;
	s->waiting = NULL;
	if (!w)
		return;
	uv_buf_t buffer = uv_buf_init((char *)w->bytes.at, (unsigned)w->bytes.len);
	/* libuv refuses only a stream without a descriptor; reading says why it has none */
	if (uv_write(&w->request, s->out, &buffer, 1, on_written) < 0)
		drop_write(&s->writing);
	shut_behind(s);
}

/* Gives up writing only: what the peer said before it went is still read, and reading also says why
 * it went. */
static void write_failed(struct stream *s, int status)
{
	drop_write(&s->waiting);
	stream_follow(s);
	if (!s->reading)
		line_broke(s, status);
}

static void on_written(uv_write_t *request, int status)
{
	struct stream *s = ((struct write *)request)->stream;
	drop_write(&s->writing);
	if (s->base.closing || status == UV_ECANCELED)
		return;
	if (status < 0) {
		write_failed(s, status);
		return;
	}
	write_next(s);
	stream_follow(s);
	if (s->writing)
		return;
	close_empty_pipe(s);
	if (s->base.events->drained)
		s->base.events->drained(s->base.owner);
}

/* Copies the bytes that the kernel does not take at once. */
static void stream_enqueue(struct stream *s, struct slice bytes, bool answer)
{
	if (bytes.len > LIMIT_UNSENT - stream_queued(&s->base)) {
		s->overfull = true;
		loop_timer_set(&s->timer, 0);
		return;
	}
	if (!s->waiting) {
		s->waiting = mem_new(sizeof *s->waiting);
		s->waiting->stream = s;
		bytes_init(&s->waiting->bytes, LIMIT_UNSENT);
	}
	bytes_add(&s->waiting->bytes, bytes);
	s->waiting->answers += answer ? bytes.len : 0;
	if (!s->writing)
		write_next(s);
}

/* Writes what the kernel takes at once; libuv learns of a failure.  TCP holds the bytes back for
 * the end that follows them. */
static ssize_t write_now(const struct stream *s, struct slice bytes, bool ends)
{
	if (ends && s->out->type == UV_TCP)
		return send(s->out_fd, bytes.at, bytes.len, MSG_MORE | MSG_NOSIGNAL);
	return write(s->out_fd, bytes.at, bytes.len);
}

void stream_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct stream *s = (struct stream *)t;
	if (!s->out || s->shut || t->closing || s->overfull)
		return;
	if (bytes.len && !s->writing) {
		ssize_t n = write_now(s, bytes, how & SEND_END);
		if (n > 0)
			bytes = slice_cut(bytes, (size_t)n, bytes.len);
	}
	if (bytes.len) {
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
	/* libuv calls back first the handle that was closed last, and cancelled writes still need
	 * the stream. */
	transport_end(t);
	loop_timer_stop(&s->timer);
	drop_write(&s->waiting);
	if (s->let_go)
		s->let_go(s);
	if (s->out && s->out != s->in)
		stream_handle_close((uv_handle_t *)s->out);
	if (s->in)
		stream_handle_close((uv_handle_t *)s->in);
}

/* TCP says by a reset that it is closed when nothing may linger. */
void stream_reset(struct transport *t)
{
	const struct stream *s = (const struct stream *)t;
	const struct linger none = {.l_onoff = 1, .l_linger = 0};
	if (s->out && s->out->type == UV_TCP)
		setsockopt(s->out_fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
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
	if (!s->in || (!ends_later(s) && !s->writing)) {
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
