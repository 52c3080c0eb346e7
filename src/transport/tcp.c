/* tcp.c - a TCP connection: name, addresses in turn, bytes, half-close.
 *
 * Connecting follows RFC 8305: the addresses are tried in order, the next one when the last failed
 * or after ATTEMPT_DELAY, and the first that answers wins.  The struct lives until the last of its
 * handles is closed; `closing` means that the owner has let go and hears nothing more.
 */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t ATTEMPT_DELAY = 250ll * NS_PER_MS; /* RFC 8305 section 5 */

struct tcp;

/* One connection that is being tried. */
struct attempt {
	uv_tcp_t socket; /* first: libuv's handle is the attempt */
	uv_connect_t request;
	struct tcp *tcp; /* NULL: given up */
	struct attempt *next;
	char where[80];
};

struct tcp {
	struct transport base;
	uv_idle_t life;   /* never runs: libuv calls back when it is closed, after this turn */
	uv_tcp_t *socket; /* the one that won; NULL until then */
	struct loop_lookup *lookup;
	struct sockaddr_storage *addresses;
	size_t count, at;
	struct attempt *attempts;
	struct loop_timer deadline, next_attempt, grace;
	int64_t connect_timeout;
	int64_t keepalive; /* ns, -1: off */
	char *host;
	struct error failure; /* of the last address that failed */
	size_t failures;
	size_t queued; /* bytes handed to libuv and not yet to the kernel */
	bool shut;     /* our side is closed behind what is queued */
	bool closing, reading;
	void (*release)(void *arg); /* of what waits for a caller in its place; NULL: nothing */
	void *release_arg;
};

struct write {
	uv_write_t request;
	struct tcp *tcp;
	size_t size;
};

static void attempt_next(void *arg);

/* ---- reasons ---- */

static const char *reason(int code, char *buffer, size_t size)
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
	default:
		return uv_strerror_r(code, buffer, size);
	}
}

static void fail(struct tcp *t, enum status status, const char *why, const char *where)
{
	struct error err;
	error_set(&err, status, *where ? "%s (%s)" : "%s%s", why, where);
	loop_timer_stop(&t->deadline);
	loop_timer_stop(&t->next_attempt);
	if (!t->closing)
		t->base.events->fail(t->base.owner, &err);
}

/* ---- connecting ---- */

static void on_attempt_closed(uv_handle_t *handle)
{
	free(handle);
}

static void attempt_forget(struct attempt *a)
{
	struct attempt **link = &a->tcp->attempts;
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	a->tcp = NULL;
	if (!uv_is_closing((uv_handle_t *)&a->socket))
		uv_close((uv_handle_t *)&a->socket, on_attempt_closed);
}

static void attempts_forget(struct tcp *t)
{
	while (t->attempts)
		attempt_forget(t->attempts);
	loop_timer_stop(&t->next_attempt);
	loop_timer_stop(&t->deadline);
}

static void socket_options(struct tcp *t)
{
	uv_tcp_nodelay(t->socket, 1);
	if (t->keepalive > 0)
		uv_tcp_keepalive(t->socket, 1, (unsigned)(t->keepalive / NS_PER_S));
}

static void attempt_won(struct attempt *a)
{
	struct tcp *t = a->tcp;
	struct attempt **link = &t->attempts;
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	t->socket = &a->socket;
	t->socket->data = t;
	snprintf(t->base.peer, sizeof t->base.peer, "%s", a->where);
	attempts_forget(t);
	socket_options(t);
	transport_tell(&t->base, STEP_CONNECTED, t->base.peer);
	if (t->closing)
		return;
	transport_read(&t->base, true);
	t->base.events->open(t->base.owner);
}

static void attempt_failed(struct tcp *t, const char *where, int status)
{
	char buffer[128], text[256];
	const char *why = reason(status, buffer, sizeof buffer);
	snprintf(text, sizeof text, "%s: %s", where, why);
	transport_tell(&t->base, STEP_FAILED, text);
	if (t->closing)
		return;
	t->failures++;
	error_set(&t->failure, STATUS_CONNECT, "%s (%s)", why, where);
	if (t->at < t->count)
		attempt_next(t);
	else if (!t->attempts && t->failures > 1)
		fail(t, STATUS_CONNECT, t->failure.what, "the last of several addresses");
	else if (!t->attempts)
		fail(t, STATUS_CONNECT, t->failure.what, "");
}

static void on_connected(uv_connect_t *request, int status)
{
	struct attempt *a = request->data;
	char where[80];
	if (!a->tcp || status == UV_ECANCELED)
		return;
	if (status == 0) {
		attempt_won(a);
		return;
	}
	struct tcp *t = a->tcp;
	memcpy(where, a->where, sizeof where);
	attempt_forget(a);
	attempt_failed(t, where, status);
}

/* The next address, while the ones before may still answer. */
static void attempt_next(void *arg)
{
	struct tcp *t = arg;
	if (t->at == t->count)
		return;
	struct attempt *a = mem_new(sizeof *a);
	const struct sockaddr *to = (const struct sockaddr *)&t->addresses[t->at++];
	transport_spell(to, a->where);
	uv_tcp_init(&t->base.loop->uv, &a->socket);
	a->tcp = t;
	a->request.data = a;
	a->next = t->attempts;
	t->attempts = a;
	transport_tell(&t->base, STEP_TRYING, a->where);
	if (t->closing)
		return;
	if (t->at < t->count)
		loop_timer_set(&t->next_attempt, ATTEMPT_DELAY);
	int rc = uv_tcp_connect(&a->request, &a->socket, to, on_connected);
	if (rc < 0) {
		char where[80];
		memcpy(where, a->where, sizeof where);
		attempt_forget(a);
		attempt_failed(t, where, rc);
	}
}

static void tell_addresses(struct tcp *t)
{
	struct bytes text;
	char one[80];
	bytes_init(&text, LIMIT_MESSAGE);
	for (size_t i = 0; i < t->count; i++) {
		transport_spell((struct sockaddr *)&t->addresses[i], one);
		bytes_addf(&text, "%s%s", i ? ", " : "", one);
	}
	transport_tell(&t->base, STEP_RESOLVED, bytes_str(&text));
	bytes_free(&text);
}

static void on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct tcp *t = arg;
	t->lookup = NULL;
	if (!count) {
		fail(t, STATUS_CONNECT, err->what, "");
		return;
	}
	t->addresses = mem_grow(NULL, count, sizeof *list);
	memcpy(t->addresses, list, count * sizeof *list);
	t->count = count;
	tell_addresses(t);
	if (!t->closing)
		attempt_next(t);
}

static void on_deadline(void *arg)
{
	struct tcp *t = arg;
	char limit[DURATION_TEXT_MAX], why[160], where[80] = "";
	duration_text(t->connect_timeout, limit);
	if (t->release)
		snprintf(why, sizeof why, "nobody called within %s", limit);
	else if (t->lookup)
		snprintf(why, sizeof why, "no answer from the name service within %s", limit);
	else
		snprintf(why, sizeof why,
			"no answer within %s: nothing answered, a firewall may drop it", limit);
	if (t->attempts)
		memcpy(where, t->attempts->where, sizeof where);
	attempts_forget(t);
	fail(t, STATUS_CONNECT, why, where);
}

static struct tcp *tcp_new(struct loop *loop, const struct transport_kind *kind)
{
	struct tcp *t = mem_new(sizeof *t);
	t->base.kind = kind;
	t->base.loop = loop;
	t->keepalive = -1;
	uv_idle_init(&loop->uv, &t->life);
	t->life.data = t;
	loop_timer_init(&t->deadline, loop, on_deadline, t);
	loop_timer_init(&t->next_attempt, loop, attempt_next, t);
	return t;
}

static struct transport *tcp_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct tcp *t = tcp_new(loop, &transport_tcp);
	t->connect_timeout = connect_timeout;
	t->keepalive = a->settings.at[SET_KEEPALIVE].value;
	t->host = mem_str(a->host);
	t->lookup = loop_lookup_new(loop, a->host, a->port, on_lookup, t);
	if (connect_timeout)
		loop_timer_set(&t->deadline, connect_timeout);
	return &t->base;
}

static void take_over(struct tcp *t, uv_tcp_t *socket)
{
	struct sockaddr_storage peer = {0};
	int size = sizeof peer;
	t->socket = socket;
	socket->data = t;
	socket_options(t);
	uv_tcp_getpeername(socket, (struct sockaddr *)&peer, &size);
	transport_spell((struct sockaddr *)&peer, t->base.peer);
}

struct transport *tcp_adopt(struct loop *loop, uv_tcp_t *socket)
{
	struct tcp *t = tcp_new(loop, &transport_tcp);
	take_over(t, socket);
	return &t->base;
}

struct transport *tcp_waiting(struct loop *loop, const struct transport_kind *kind,
	const struct address *a, int64_t connect_timeout, void (*release)(void *),
	void *release_arg)
{
	struct tcp *t = tcp_new(loop, kind);
	t->connect_timeout = connect_timeout;
	t->keepalive = a->settings.at[SET_KEEPALIVE].value;
	t->release = release;
	t->release_arg = release_arg;
	if (connect_timeout)
		loop_timer_set(&t->deadline, connect_timeout);
	return &t->base;
}

static void released(struct tcp *t)
{
	if (t->release)
		t->release(t->release_arg);
	t->release = NULL;
}

void tcp_called(struct transport *transport, uv_tcp_t *socket)
{
	struct tcp *t = (struct tcp *)transport;
	take_over(t, socket);
	loop_timer_stop(&t->deadline);
	released(t);
	transport_tell(&t->base, STEP_CONNECTED, t->base.peer);
	if (t->closing)
		return;
	transport_read(&t->base, true);
	t->base.events->open(t->base.owner);
}

void tcp_refuse(struct transport *transport, const struct error *err)
{
	fail((struct tcp *)transport, STATUS_CONNECT, err->what, "");
}

/* ---- bytes ---- */

static void line_broke(struct tcp *t, int code)
{
	char buffer[128];
	if (!t->closing)
		fail(t, STATUS_REPLY, reason(code, buffer, sizeof buffer), "");
}

/* Data is used up within the callback, so that all lines share one buffer. */
static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct tcp *t = handle->data;
	struct loop *loop = t->base.loop;
	(void)suggested;
	if (!loop->read_buffer)
		loop->read_buffer = mem_grow(NULL, LIMIT_READ, 1);
	*buffer = uv_buf_init((char *)loop->read_buffer, LIMIT_READ);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct tcp *t = stream->data;
	if (n == 0 || t->closing)
		return;
	t->base.read_at = loop_now_fresh(t->base.loop);
	if (n > 0) {
		t->base.events->data(t->base.owner, slice_of(buffer->base, (size_t)n));
	} else {
		transport_read(&t->base, false);
		if (n == UV_EOF)
			t->base.events->end(t->base.owner);
		else
			line_broke(t, (int)n);
	}
}

void tcp_read(struct transport *transport, bool on)
{
	struct tcp *t = (struct tcp *)transport;
	if (!t->socket || t->closing || on == t->reading)
		return;
	t->reading = on;
	if (on)
		uv_read_start((uv_stream_t *)t->socket, on_space, on_read);
	else
		uv_read_stop((uv_stream_t *)t->socket);
}

static void on_written(uv_write_t *request, int status)
{
	struct write *w = (struct write *)request;
	struct tcp *t = w->tcp;
	t->queued -= w->size;
	free(w);
	if (t->closing || status == UV_ECANCELED)
		return;
	/* What the peer said before it went is still to be read; reading also says why it went. */
	if (status < 0 && !t->reading)
		line_broke(t, status);
	else if (status < 0)
		return;
	else if (!t->queued && t->base.events->drained)
		t->base.events->drained(t->base.owner);
}

static void on_shut(uv_shutdown_t *request, int status)
{
	(void)status; /* a peer that is gone shows when reading */
	free(request);
}

static void shut(struct tcp *t)
{
	uv_shutdown_t *request = mem_new(sizeof *request);
	t->shut = true;
	if (uv_shutdown(request, (uv_stream_t *)t->socket, on_shut) < 0)
		free(request);
}

/* What the kernel does not take at once is copied behind the request. */
static void enqueue(struct tcp *t, struct slice bytes)
{
	struct write *w = mem_grow(NULL, 1, sizeof *w + bytes.len);
	w->tcp = t;
	w->size = bytes.len;
	memcpy(w + 1, bytes.at, bytes.len);
	uv_buf_t buffer = uv_buf_init((char *)(w + 1), (unsigned)bytes.len);
	t->queued += bytes.len;
	if (uv_write(&w->request, (uv_stream_t *)t->socket, &buffer, 1, on_written) < 0) {
		t->queued -= bytes.len;
		free(w);
	}
}

void tcp_send(struct transport *transport, struct slice bytes, bool half_close)
{
	struct tcp *t = (struct tcp *)transport;
	if (!t->socket || t->shut || t->closing)
		return;
	if (bytes.len && !t->queued) {
		uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes.at, (unsigned)bytes.len);
		int n = uv_try_write((uv_stream_t *)t->socket, &buffer, 1);
		if (n > 0)
			bytes = slice_cut(bytes, (size_t)n, bytes.len);
	}
	if (bytes.len)
		enqueue(t, bytes);
	if (half_close)
		shut(t);
}

size_t tcp_queued(const struct transport *t)
{
	return ((const struct tcp *)t)->queued;
}

/* ---- letting go ---- */

static void on_life_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* The struct stays until the turn is over: callbacks that led here still look at `closing`. */
void tcp_close(struct transport *transport)
{
	struct tcp *t = (struct tcp *)transport;
	if (t->closing)
		return;
	t->closing = true;
	if (t->lookup)
		loop_lookup_cancel(t->lookup);
	attempts_forget(t);
	released(t);
	loop_timer_stop(&t->grace);
	free(t->addresses);
	free(t->host);
	/* The handle that is closed last is called back first: its cancelled writes need us. */
	uv_close((uv_handle_t *)&t->life, on_life_closed);
	if (t->socket)
		uv_close((uv_handle_t *)t->socket, on_attempt_closed);
}

static void finish_now(void *arg)
{
	tcp_close(arg);
}

static void finish_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes;
}

static void finish_fail(void *owner, const struct error *err)
{
	(void)err;
	tcp_close(owner);
}

/* Sends what is queued, closes our side, and waits for the peer to close its own: closing with
 * unread bytes would reset the connection and lose what the peer has not read yet. */
void tcp_finish(struct transport *transport, int64_t grace)
{
	static const struct transport_events finishing = {
		.data = finish_data, .end = finish_now, .fail = finish_fail};
	struct tcp *t = (struct tcp *)transport;
	t->base.events = &finishing;
	t->base.owner = t;
	loop_timer_init(&t->grace, t->base.loop, finish_now, t);
	if (!t->socket) {
		tcp_close(transport);
		return;
	}
	loop_timer_set(&t->grace, grace);
	if (!t->shut)
		shut(t);
	tcp_read(transport, true);
}

const struct transport_kind transport_tcp = {
	.name = "tcp",
	.help = "a TCP connection to HOST:PORT",
	.half_closes = true,
	.open = tcp_open,
	.send = tcp_send,
	.queued = tcp_queued,
	.read = tcp_read,
	.close = tcp_close,
	.finish = tcp_finish,
};
