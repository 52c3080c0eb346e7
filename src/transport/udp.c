/* udp.c - datagrams to and from HOST:PORT: a send is one datagram, and the end of each that comes
 * is a boundary.  Sending is no proof that anybody is there; an ICMP refusal breaks the line. */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

struct udp {
	struct transport base;
	uv_udp_t *socket; /* made by mem_new; NULL until it is connected */
	struct loop_lookup *lookup;
	struct loop_timer deadline;
	int64_t connect_timeout;
	size_t queued;
	bool reading;
};

struct datagram {
	uv_udp_send_t request;
	struct udp *udp;
	size_t size;
};

static void fail(struct udp *u, enum status status, int code)
{
	char buffer[128];
	struct error err;
	const char *why = stream_reason(code, buffer, sizeof buffer);
	error_set(&err, status, *u->base.peer ? "%s (%s)" : "%s%s", why, u->base.peer);
	transport_fail(&u->base, &err);
}

static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct udp *u = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(transport_space(&u->base), LIMIT_READ);
}

static void on_datagram(uv_udp_t *handle, ssize_t n, const uv_buf_t *buffer,
	const struct sockaddr *from, unsigned flags)
{
	struct udp *u = handle->data;
	(void)flags;
	if (u->base.closing || (n == 0 && !from))
		return;
	u->base.read_at = loop_now_fresh(u->base.loop);
	if (n < 0) {
		fail(u, STATUS_REPLY, (int)n);
		return;
	}
	u->base.events->data(u->base.owner, slice_of(buffer->base, (size_t)n));
	if (!u->base.closing && u->base.events->boundary)
		u->base.events->boundary(u->base.owner);
}

static void udp_read(struct transport *t, bool on)
{
	struct udp *u = (struct udp *)t;
	if (!u->socket || t->closing || on == u->reading)
		return;
	u->reading = on;
	if (on)
		uv_udp_recv_start(u->socket, on_space, on_datagram);
	else
		uv_udp_recv_stop(u->socket);
}

static void on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct udp *u = arg;
	u->lookup = NULL;
	loop_timer_stop(&u->deadline);
	if (!count) {
		transport_fail(&u->base, err);
		return;
	}
	transport_spell((const struct sockaddr *)&list[0], u->base.peer);
	u->socket = mem_new(sizeof *u->socket);
	uv_udp_init(&u->base.loop->uv, u->socket);
	u->socket->data = u;
	int rc = uv_udp_connect(u->socket, (const struct sockaddr *)&list[0]);
	if (rc < 0) {
		fail(u, STATUS_CONNECT, rc);
		return;
	}
	transport_tell(&u->base, STEP_CONNECTED, u->base.peer);
	if (u->base.closing)
		return;
	udp_read(&u->base, true);
	u->base.events->open(u->base.owner);
}

static void on_deadline(void *arg)
{
	struct udp *u = arg;
	struct error err;
	char limit[DURATION_TEXT_MAX];
	error_set(&err, STATUS_CONNECT, "no answer from the name service within %s",
		duration_text(u->connect_timeout, limit));
	transport_fail(&u->base, &err);
}

static void on_sent(uv_udp_send_t *request, int status)
{
	struct datagram *d = (struct datagram *)request;
	struct udp *u = d->udp;
	u->queued -= d->size;
	free(d);
	if (u->base.closing || status == UV_ECANCELED)
		return;
	if (status < 0)
		fail(u, STATUS_REPLY, status);
	else if (!u->queued && u->base.events->drained)
		u->base.events->drained(u->base.owner);
}

static void udp_send(struct transport *t, struct slice bytes, bool half_close)
{
	struct udp *u = (struct udp *)t;
	(void)half_close; /* there is none: address_half_closes() says so */
	if (!u->socket || t->closing)
		return;
	struct datagram *d = mem_grow(NULL, 1, sizeof *d + bytes.len);
	d->udp = u;
	d->size = bytes.len;
	if (bytes.len)
		memcpy(d + 1, bytes.at, bytes.len);
	uv_buf_t buffer = uv_buf_init((char *)(d + 1), (unsigned)bytes.len);
	u->queued += bytes.len;
	int rc = uv_udp_send(&d->request, u->socket, &buffer, 1, NULL, on_sent);
	if (rc < 0)
		on_sent(&d->request, rc);
}

static size_t udp_queued(const struct transport *t)
{
	return ((const struct udp *)t)->queued;
}

static void udp_close(struct transport *t)
{
	struct udp *u = (struct udp *)t;
	if (t->closing)
		return;
	transport_end(t);
	loop_timer_stop(&u->deadline);
	if (u->lookup)
		loop_lookup_cancel(u->lookup);
	if (u->socket)
		stream_handle_close((uv_handle_t *)u->socket);
}

static void udp_finish(struct transport *t, int64_t grace)
{
	(void)grace; /* what was sent is with the kernel, or nowhere */
	udp_close(t);
}

static struct transport *udp_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct udp *u = mem_new(sizeof *u);
	transport_init(&u->base, &transport_udp, loop);
	u->connect_timeout = connect_timeout;
	loop_timer_init(&u->deadline, loop, on_deadline, u);
	if (connect_timeout)
		loop_timer_set(&u->deadline, connect_timeout);
	u->lookup = loop_lookup_new(loop, a->host, a->port, on_lookup, u);
	return &u->base;
}

const struct transport_kind transport_udp = {
	.name = "udp",
	.help = "datagrams to and from HOST:PORT",
	.form = FORM_HOST,
	.reopens = true,
	.open = udp_open,
	.send = udp_send,
	.queued = udp_queued,
	.read = udp_read,
	.close = udp_close,
	.finish = udp_finish,
};
