/* stream.c - see stream.h. */
#include "transport/stream.h"

#include "base/mem.h"
#include <stdlib.h>

struct write {
	uv_write_t request;
	struct stream *stream;
	size_t size;
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
	case UV_ETIMEDOUT:
		return "nothing answered: a firewall may drop it";
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

void stream_init(struct stream *s, const struct transport_kind *kind, struct loop *loop)
{
	transport_init(&s->base, kind, loop);
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

/* Data is used up within the callback, so that all lines share one buffer. */
static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct stream *s = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(transport_space(&s->base), LIMIT_READ);
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buffer)
{
	struct stream *s = handle->data;
	if (n == 0 || s->base.closing)
		return;
	s->base.read_at = loop_now_fresh(s->base.loop);
	if (n > 0) {
		s->base.events->data(s->base.owner, slice_of(buffer->base, (size_t)n));
		return;
	}
	stream_read(&s->base, false);
	if (n == UV_EOF && s->on_end)
		s->on_end(s);
	else if (n == UV_EOF)
		s->base.events->end(s->base.owner);
	else
		line_broke(s, (int)n);
}

void stream_read(struct transport *t, bool on)
{
	struct stream *s = (struct stream *)t;
	if (!s->in || t->closing || on == s->reading)
		return;
	s->reading = on;
	if (on)
		uv_read_start(s->in, on_space, on_read);
	else
		uv_read_stop(s->in);
}

void stream_take(struct stream *s, uv_stream_t *in, uv_stream_t *out)
{
	s->in = in;
	s->out = out;
	in->data = out->data = s;
}

void stream_start(struct stream *s, uv_stream_t *in, uv_stream_t *out)
{
	stream_take(s, in, out);
	transport_tell(&s->base, STEP_CONNECTED, s->base.peer);
	if (s->base.closing)
		return;
	stream_read(&s->base, true);
	s->base.events->open(s->base.owner);
}

/* ---- writing ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void stream_handle_close(uv_handle_t *handle)
{
	uv_close(handle, on_closed);
}

/* A pipe of its own for this way is closed as soon as it is empty: its reader sees the end. */
static void close_empty_pipe(struct stream *s)
{
	if (s->shut && !s->queued && s->out && s->out != s->in) {
		stream_handle_close((uv_handle_t *)s->out);
		s->out = NULL;
	}
}

static void on_written(uv_write_t *request, int status)
{
	struct write *w = (struct write *)request;
	struct stream *s = w->stream;
	s->queued -= w->size;
	free(w);
	if (s->base.closing || status == UV_ECANCELED)
		return;
	/* What the peer said before it went is still to be read; reading also says why it went. */
	if (status < 0) {
		if (!s->reading)
			line_broke(s, status);
		return;
	}
	close_empty_pipe(s);
	if (!s->queued && s->base.events->drained)
		s->base.events->drained(s->base.owner);
}

static void on_shut(uv_shutdown_t *request, int status)
{
	(void)status; /* a peer that is gone shows when reading */
	free(request);
}

static void shut(struct stream *s)
{
	s->shut = true;
	if (s->out != s->in) {
		close_empty_pipe(s);
		return;
	}
	uv_shutdown_t *request = mem_new(sizeof *request);
	if (uv_shutdown(request, s->out, on_shut) < 0)
		free(request);
}

/* What the kernel does not take at once is copied behind the request. */
static void enqueue(struct stream *s, struct slice bytes)
{
	struct write *w = mem_grow(NULL, 1, sizeof *w + bytes.len);
	w->stream = s;
	w->size = bytes.len;
	memcpy(w + 1, bytes.at, bytes.len);
	uv_buf_t buffer = uv_buf_init((char *)(w + 1), (unsigned)bytes.len);
	s->queued += bytes.len;
	/* libuv refuses a stream only that has no descriptor any more; reading says why. */
	if (uv_write(&w->request, s->out, &buffer, 1, on_written) < 0) {
		s->queued -= bytes.len;
		free(w);
	}
}

void stream_send(struct transport *t, struct slice bytes, bool half_close)
{
	struct stream *s = (struct stream *)t;
	if (!s->out || s->shut || t->closing)
		return;
	if (bytes.len && !s->queued) {
		uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes.at, (unsigned)bytes.len);
		int n = uv_try_write(s->out, &buffer, 1);
		if (n > 0)
			bytes = slice_cut(bytes, (size_t)n, bytes.len);
	}
	if (bytes.len)
		enqueue(s, bytes);
	if (half_close)
		shut(s);
}

size_t stream_queued(const struct transport *t)
{
	return ((const struct stream *)t)->queued;
}

/* ---- letting go ---- */

void stream_close(struct transport *t)
{
	struct stream *s = (struct stream *)t;
	if (t->closing)
		return;
	/* The handle that is closed last is called back first: its cancelled writes need us. */
	transport_end(t);
	loop_timer_stop(&s->grace);
	if (s->let_go)
		s->let_go(s);
	if (s->out && s->out != s->in)
		stream_handle_close((uv_handle_t *)s->out);
	if (s->in)
		stream_handle_close((uv_handle_t *)s->in);
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

/* A line without half-close has nothing more to wait for. */
static void finish_drained(void *owner)
{
	struct stream *s = owner;
	if (!s->base.kind->half_closes)
		stream_close(&s->base);
}

/* Sends what is queued, closes our side, and waits for the peer to close its own: closing with
 * unread bytes would reset the connection and lose what the peer has not read yet. */
void stream_finish(struct transport *t, int64_t grace)
{
	static const struct transport_events finishing = {.data = finish_data,
		.end = finish_now,
		.fail = finish_fail,
		.drained = finish_drained};
	struct stream *s = (struct stream *)t;
	t->events = &finishing;
	t->owner = s;
	loop_timer_init(&s->grace, t->loop, finish_now, s);
	if (!s->in || (!t->kind->half_closes && !s->queued)) {
		stream_close(t);
		return;
	}
	loop_timer_set(&s->grace, grace);
	if (!s->shut && t->kind->half_closes)
		shut(s);
	stream_read(t, true);
}
