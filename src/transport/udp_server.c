/* udp_server.c - a socket for datagrams of anybody, for simulated devices; see udp.h. */
#include "transport/udp.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

struct udp_server {
	struct loop *loop;
	uv_udp_t *socket;
	const struct udp_server_events *events;
	void *arg;
	char address[TRANSPORT_PEER_MAX];
	struct from *from;        /* owned; NULL: anybody */
	bool told;                /* of a datagram that was not taken */
	struct udp *first, *last; /* callers; the one that sent last comes first */
	size_t count;
};

const char *udp_server_address(const struct udp_server *s)
{
	return s->address;
}

/* ---- callers ---- */

static void take_out(struct udp_server *s, struct udp *u)
{
	*(u->before ? &u->before->next : &s->first) = u->next;
	*(u->next ? &u->next->before : &s->last) = u->before;
	s->count--;
}

static void put_first(struct udp_server *s, struct udp *u)
{
	u->before = NULL;
	u->next = s->first;
	*(s->first ? &s->first->before : &s->last) = u;
	s->first = u;
	s->count++;
}

void udp_server_forget(struct udp *u)
{
	take_out(u->server, u);
	u->server = NULL;
}

static bool same_peer(const struct udp *u, const struct sockaddr *from)
{
	const struct sockaddr *peer = (const struct sockaddr *)&u->peer;
	if (peer->sa_family != from->sa_family)
		return false;
	if (from->sa_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)peer,
					  *b = (const struct sockaddr_in6 *)from;
		return a->sin6_port == b->sin6_port && a->sin6_scope_id == b->sin6_scope_id &&
		       memcmp(&a->sin6_addr, &b->sin6_addr, sizeof a->sin6_addr) == 0;
	}
	const struct sockaddr_in *a = (const struct sockaddr_in *)peer,
				 *b = (const struct sockaddr_in *)from;
	return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
}

static struct udp *find(struct udp_server *s, const struct sockaddr *from)
{
	struct udp *u = s->first;
	while (u && !same_peer(u, from))
		u = u->next;
	if (u) {
		take_out(s, u);
		put_first(s, u);
	}
	return u;
}

/* Makes a caller; NULL: there is no room, or its owner does not want it. */
static struct udp *add(struct udp_server *s, const struct sockaddr *from)
{
	if (s->count == UDP_CALLERS_MAX)
		s->last->base.events->end(s->last->base.owner);
	if (s->count == UDP_CALLERS_MAX)
		return NULL;
	struct udp *u = udp_caller_new(s->loop, s->socket, from);
	u->server = s;
	put_first(s, u);
	s->events->caller(s->arg, &u->base);
	return u->base.closing ? NULL : u;
}

/* ---- the socket ---- */

/* Says whether a datagram from there is taken; the first one that is not is reported. */
static bool may_send(struct udp_server *s, const struct sockaddr *from)
{
	char text[UDP_REFUSAL_MAX];
	bool taken = udp_takes(s->from, from, &s->told, text);
	if (text[0])
		s->events->refused(s->arg, text);
	return taken;
}

/* libuv reads into the buffer that all lines share. */
static void on_server_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct udp_server *s = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(loop_read_space(s->loop), LIMIT_READ);
}

static void on_server_datagram(uv_udp_t *handle, ssize_t n, const uv_buf_t *buffer,
	const struct sockaddr *from, unsigned flags)
{
	struct udp_server *s = handle->data;
	(void)flags;
	if (n < 0 || !from || !may_send(s, from))
		return;
	struct udp *u = find(s, from);
	if (!u)
		u = add(s, from);
	if (!u || !u->wanted) /* it sends more than it takes answers: such datagrams are lost */
		return;
	u->base.read_at = loop_now_fresh(s->loop);
	u->within = true;
	u->base.events->data(u->base.owner, slice_of(buffer->base, (size_t)n));
	udp_boundary(u);
}

static bool bind_server(struct udp_server *s, const struct address *a, struct error *err)
{
	struct sockaddr_storage name;
	int size = sizeof name;
	if (!transport_local(a, true, &name, err))
		return false;
	int rc = uv_udp_bind(s->socket, (struct sockaddr *)&name, 0);
	if (rc < 0 && !*a->host && transport_local(a, false, &name, err))
		rc = uv_udp_bind(s->socket, (struct sockaddr *)&name, 0);
	if (rc == 0)
		rc = loop_reserve((uv_handle_t *)s->socket);
	if (rc == 0)
		rc = uv_udp_getsockname(s->socket, (struct sockaddr *)&name, &size);
	if (rc == 0)
		rc = uv_udp_recv_start(s->socket, on_server_space, on_server_datagram);
	if (rc < 0)
		return error_set(err, STATUS_CONNECT, "%s",
			rc == UV_EADDRINUSE ? "the port is in use" : uv_strerror(rc));
	transport_spell((struct sockaddr *)&name, s->address);
	return true;
}

struct udp_server *udp_server_open(struct loop *loop, const struct address *a,
	const struct udp_server_events *events, void *arg, struct error *err)
{
	struct udp_server *s = mem_new(sizeof *s);
	struct error why;
	s->loop = loop;
	s->events = events;
	s->arg = arg;
	s->from = from_of(a);
	s->socket = mem_new(sizeof *s->socket);
	uv_udp_init(&loop->uv, s->socket);
	s->socket->data = s;
	if (bind_server(s, a, &why))
		return s;
	udp_server_close(s);
	error_set(err, why.status, "cannot listen on %s:%u: %s", *a->host ? a->host : "*", a->port,
		why.what);
	return NULL;
}

void udp_server_close(struct udp_server *s)
{
	while (s->first) {
		struct udp *u = s->first;
		udp_server_forget(u);
		u->socket = NULL;
	}
	uv_udp_recv_stop(s->socket);
	stream_handle_close((uv_handle_t *)s->socket);
	free(s->from);
	free(s);
}
