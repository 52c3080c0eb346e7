/* udp.c - datagrams to and from HOST:PORT: a send is one datagram, and the end of each that comes
 * is a boundary.  Sending is no proof that anybody is there; an ICMP refusal breaks the line.
 *
 * The socket is connected, so that the kernel takes only the peer's datagrams and reports refusals.
 * It is not connected where others may answer, too: those of `from`, or everybody where a broadcast
 * or multicast address is sent to. */
#include "transport/udp.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "transport/bind.h"
#include "transport/from.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct datagram {
	uv_udp_send_t request;
	struct udp *udp;
	size_t size;
	bool answer;
};

static void udp_fail(struct udp *u, enum status status, int code)
{
	char buffer[128];
	struct error err;
	const char *why = stream_reason(code, buffer, sizeof buffer);
	error_set(&err, status, *u->base.peer ? "%s (%s)" : "%s%s", why, u->base.peer);
	transport_fail(&u->base, &err);
}

static void udp_on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct udp *u = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(transport_space(&u->base), LIMIT_READ);
}

bool udp_takes(const struct from *from, const struct sockaddr *peer, bool *told,
	char text[UDP_REFUSAL_MAX])
{
	char where[TRANSPORT_PEER_MAX];
	text[0] = 0;
	if (!from || !peer || from_takes(from, peer))
		return true;
	transport_spell(peer, where);
	if (!*told)
		snprintf(text, UDP_REFUSAL_MAX,
			"a datagram from %s was dropped (from=); others are too", where);
	*told = true;
	return false;
}

/* Says whether a datagram from there is taken; the first one that is not is reported. */
static bool takes(struct udp *u, const struct sockaddr *from)
{
	char text[UDP_REFUSAL_MAX];
	bool taken = udp_takes(u->from, from, &u->strange, text);
	if (text[0])
		transport_tell(&u->base, STEP_WARNING, text);
	return taken;
}

void udp_boundary(struct udp *u)
{
	bool ends = u->within && !u->base.closing && u->base.events->boundary;
	u->within = false;
	if (ends)
		u->base.events->boundary(u->base.owner);
}

static void on_datagram(uv_udp_t *handle, ssize_t n, const uv_buf_t *buffer,
	const struct sockaddr *from, unsigned flags)
{
	struct udp *u = handle->data;
	(void)flags;
	if (u->base.closing || (n == 0 && !from) || (n >= 0 && !takes(u, from)))
		return;
	u->base.read_at = loop_now_fresh(u->base.loop);
	if (n < 0) {
		udp_fail(u, STATUS_REPLY, (int)n);
		return;
	}
	u->within = true;
	u->base.events->data(u->base.owner, slice_of(buffer->base, (size_t)n));
	udp_boundary(u);
}

static bool take_datagram(struct udp *u)
{
	uv_buf_t buffer = uv_buf_init(transport_space(&u->base), LIMIT_READ);
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	uv_os_fd_t fd;
	uv_fileno((uv_handle_t *)u->socket, &fd);
	ssize_t n = recvfrom(fd, buffer.base, buffer.len, 0, (struct sockaddr *)&from, &size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	on_datagram(u->socket, n < 0 ? uv_translate_sys_error(errno) : n, &buffer,
		(struct sockaddr *)&from, 0);
	return true;
}

static bool udp_take(struct transport *t)
{
	struct udp *u = (struct udp *)t;
	int reads = 0;
	udp_boundary(u);
	if (u->server)
		return !t->closing; /* its server reads */
	while (u->reading && !t->closing && take_datagram(u) && ++reads < TAKES_MOST)
		;
	return !t->closing;
}

/* Does what stream_follow() does for a stream. */
static void udp_follow(struct udp *u)
{
	bool full = u->answers > LIMIT_ANSWERS, on = u->wanted && !full;
	if (!u->socket || u->base.closing || u->server)
		return;
	if (on && !u->reading)
		uv_udp_recv_start(u->socket, udp_on_space, on_datagram);
	else if (!on && u->reading)
		uv_udp_recv_stop(u->socket);
	u->reading = on;
	if (full)
		transport_tell_full(&u->base);
}

static void udp_read(struct transport *t, bool on)
{
	struct udp *u = (struct udp *)t;
	u->wanted = on;
	udp_follow(u);
}

static bool is_multicast(const struct sockaddr *peer)
{
	if (peer->sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)peer)->sin6_addr);
	return IN_MULTICAST(ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr));
}

static int bind_socket(struct udp *u, sa_family_t family)
{
	static const struct bind anywhere;
	struct sockaddr_storage here = bind_for(u->bind ? u->bind : &anywhere, family);
	return uv_udp_bind(u->socket, (struct sockaddr *)&here, 0);
}

/* Opens the socket.  The kernel alone knows which addresses are broadcast addresses: it refuses to
 * connect to one as long as broadcasting was not asked for (EACCES, connect(2)).  libuv then binds
 * the socket. */
static int open_socket(struct udp *u)
{
	const struct sockaddr *peer = (const struct sockaddr *)&u->peer;
	bool several = u->from || is_multicast(peer);
	int rc = u->bind || several ? bind_socket(u, peer->sa_family) : 0;
	if (rc < 0)
		return rc;
	if (!several) {
		rc = uv_udp_connect(u->socket, peer);
		u->connected = rc == 0;
	}
	if (rc == UV_EACCES)
		rc = 0;
	if (rc == 0 && !u->connected && peer->sa_family == AF_INET)
		rc = uv_udp_set_broadcast(u->socket, 1);
	return rc < 0 ? rc : loop_reserve((uv_handle_t *)u->socket);
}

/* Returns the destination as libuv wants it; NULL where the kernel knows it. */
static const struct sockaddr *udp_send_to(const struct udp *u)
{
	return u->connected ? NULL : (const struct sockaddr *)&u->peer;
}

static void udp_on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct udp *u = arg;
	u->lookup = NULL;
	loop_timer_stop(&u->deadline);
	if (!count) {
		transport_fail(&u->base, err);
		return;
	}
	u->peer = list[0];
	transport_spell((const struct sockaddr *)&u->peer, u->base.peer);
	u->socket = mem_new(sizeof *u->socket);
	uv_udp_init(&u->base.loop->uv, u->socket);
	u->socket->data = u;
	int rc = open_socket(u);
	if (rc < 0) {
		udp_fail(u, STATUS_CONNECT, rc);
		return;
	}
	transport_tell(&u->base, STEP_CONNECTED, u->base.peer);
	if (u->base.closing)
		return;
	udp_read(&u->base, true);
	u->base.events->open(u->base.owner);
}

static void udp_on_deadline(void *arg)
{
	struct udp *u = arg;
	struct error err;
	char limit[DURATION_TEXT_MAX];
	if (u->overfull)
		error_set(&err, STATUS_REPLY, "too many bytes wait to be sent");
	else
		error_set(&err, STATUS_CONNECT, "no answer from the name service within %s",
			duration_text(u->connect_timeout, limit));
	transport_fail(&u->base, &err);
}

static void on_sent(uv_udp_send_t *request, int status)
{
	struct datagram *d = (struct datagram *)request;
	struct udp *u = d->udp;
	u->queued -= d->size;
	u->answers -= d->answer ? d->size : 0;
	free(d);
	if (u->lingers && !u->queued)
		transport_end(&u->base);
	if (u->base.closing || status == UV_ECANCELED)
		return;
	udp_follow(u);
	if (status < 0)
		udp_fail(u, STATUS_REPLY, status);
	else if (!u->queued && u->base.events->drained)
		u->base.events->drained(u->base.owner);
}

static void udp_enqueue(struct udp *u, struct slice bytes, bool answer)
{
	struct datagram *d = mem_grow(NULL, 1, sizeof *d + bytes.len);
	d->udp = u;
	d->size = sizeof *d + bytes.len;
	d->answer = answer;
	slice_copy(d + 1, bytes);
	uv_buf_t buffer = uv_buf_init((char *)(d + 1), (unsigned)bytes.len);
	u->queued += d->size;
	u->answers += answer ? d->size : 0;
	int rc = uv_udp_send(&d->request, u->socket, &buffer, 1, udp_send_to(u), on_sent);
	if (rc < 0)
		on_sent(&d->request, rc);
}

/* The kernel takes nearly every datagram at once.  If it does not, libuv tells why later. */
static void udp_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct udp *u = (struct udp *)t;
	uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes.at, (unsigned)bytes.len);
	/* SEND_END has no effect: address_half_closes() says so. */
	if (!u->socket || t->closing || u->overfull)
		return;
	if (uv_udp_try_send(u->socket, &buffer, 1, udp_send_to(u)) >= 0)
		return;
	if (u->queued > LIMIT_UNSENT) {
		u->overfull = true;
		loop_timer_set(&u->deadline, 0);
		return;
	}
	udp_enqueue(u, bytes, how & SEND_ANSWER);
	udp_follow(u);
}

static size_t udp_queued(const struct transport *t)
{
	return ((const struct udp *)t)->queued;
}

static void udp_close(struct transport *t)
{
	struct udp *u = (struct udp *)t;
	bool called = u->server;
	if (t->closing)
		return;
	if (u->server)
		udp_server_forget(u);
	/* libuv still has what waits: it goes out in the socket of others, and is called off in
	 * our own. */
	u->lingers = u->queued;
	t->closing = true;
	if (!u->lingers)
		transport_end(t);
	loop_timer_stop(&u->deadline);
	if (u->lookup)
		loop_lookup_cancel(u->lookup);
	if (u->socket && !called)
		stream_handle_close((uv_handle_t *)u->socket);
}

static void udp_release(struct transport *t)
{
	struct udp *u = (struct udp *)t;
	free(u->bind);
	free(u->from);
}

static void udp_finish(struct transport *t, int64_t grace)
{
	(void)grace; /* the kernel has what was sent, or it is lost */
	udp_close(t);
}

static struct transport *udp_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct udp *u = mem_new(sizeof *u);
	transport_init(&u->base, &transport_udp, loop);
	u->base.release = udp_release;
	u->connect_timeout = connect_timeout;
	u->bind = bind_of(a);
	u->from = from_of(a);
	loop_timer_init(&u->deadline, loop, udp_on_deadline, u);
	if (connect_timeout)
		loop_timer_set(&u->deadline, connect_timeout);
	u->lookup = loop_lookup_new(loop, a->host, a->port, udp_on_lookup, u);
	return &u->base;
}

struct udp *udp_caller_new(struct loop *loop, uv_udp_t *socket, const struct sockaddr *peer)
{
	struct udp *u = mem_new(sizeof *u);
	transport_init(&u->base, &transport_udp, loop);
	u->base.release = udp_release;
	loop_timer_init(&u->deadline, loop, udp_on_deadline, u);
	u->socket = socket;
	memcpy(&u->peer, peer,
		peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					    : sizeof(struct sockaddr_in));
	transport_spell(peer, u->base.peer);
	return u;
}

const struct transport_kind transport_udp = {
	.name = "udp",
	.help = "datagrams to and from HOST:PORT",
	.form = FORM_HOST,
	.uses = USE_FROM | USE_BIND,
	.reopens = true,
	.datagrams = true,
	.open = udp_open,
	.send = udp_send,
	.queued = udp_queued,
	.read = udp_read,
	.take = udp_take,
	.close = udp_close,
	.finish = udp_finish,
};
