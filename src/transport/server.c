/* server.c - a listening TCP socket: under listen:// lines and under a simulated device. */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

enum { BACKLOG = 512 };

struct server {
	uv_tcp_t socket; /* first: libuv's handle is the server */
	struct loop *loop;
	void (*caller)(void *arg, uv_tcp_t *socket);
	void *arg;
	char address[80];
};

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct server *s = (struct server *)stream;
	if (status < 0)
		return; /* out of descriptors: libuv keeps one in reserve to turn the caller away */
	uv_tcp_t *socket = mem_new(sizeof *socket);
	uv_tcp_init(&s->loop->uv, socket);
	if (uv_accept(stream, (uv_stream_t *)socket) == 0)
		s->caller(s->arg, socket);
	else
		uv_close((uv_handle_t *)socket, free_handle);
}

/* The numeric address to bind; without a host every interface, of both families where they are. */
static bool bind_to(struct server *s, const struct address *a, struct error *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	const char *host = strcmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;
	if (!*host) {
		uv_ip6_addr("::", a->port, &to.six);
		if (uv_tcp_bind(&s->socket, &to.any, 0) == 0)
			return true;
		host = "0.0.0.0";
	}
	if (uv_ip4_addr(host, a->port, &to.four) < 0 && uv_ip6_addr(host, a->port, &to.six) < 0)
		return error_set(err, STATUS_USAGE,
			"to listen, give a numeric address of this machine, not '%s'",
			quote(slice_str(host)).text);
	int rc = uv_tcp_bind(&s->socket, &to.any, 0);
	return rc == 0 || error_set(err, STATUS_CONNECT, "%s", uv_strerror(rc));
}

static bool start(struct server *s, const struct address *a, struct error *err)
{
	struct sockaddr_storage name;
	int size = sizeof name;
	if (!bind_to(s, a, err))
		return false;
	int rc = uv_listen((uv_stream_t *)&s->socket, BACKLOG, on_connection);
	if (rc < 0)
		return error_set(err, STATUS_CONNECT, "%s",
			rc == UV_EADDRINUSE ? "the port is in use" : uv_strerror(rc));
	uv_tcp_getsockname(&s->socket, (struct sockaddr *)&name, &size);
	transport_spell((struct sockaddr *)&name, s->address);
	return true;
}

struct server *server_open(struct loop *loop, const struct address *a,
	void (*caller)(void *arg, uv_tcp_t *socket), void *arg, struct error *err)
{
	struct server *s = mem_new(sizeof *s);
	struct error why;
	uv_tcp_init(&loop->uv, &s->socket);
	s->loop = loop;
	s->caller = caller;
	s->arg = arg;
	if (start(s, a, &why))
		return s;
	server_close(s);
	error_set(err, why.status, "cannot listen on %s:%u: %s", *a->host ? a->host : "*", a->port,
		why.what);
	return NULL;
}

void server_close(struct server *s)
{
	uv_close((uv_handle_t *)&s->socket, free_handle);
}

const char *server_address(const struct server *s)
{
	return s->address;
}
