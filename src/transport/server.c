/* server.c - a listening socket, TCP or Unix: under listen:// lines and under a simulated device.
 */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

enum { BACKLOG = 512 };

struct server {
	union {
		uv_handle_t any;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} socket; /* first: libuv's handle is the server */
	struct loop *loop;
	void (*caller)(void *arg, uv_stream_t *socket, const char *peer);
	void *arg;
	char address[TRANSPORT_PEER_MAX];
};

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static uv_stream_t *new_socket(struct server *s)
{
	if (s->socket.any.type == UV_TCP) {
		uv_tcp_t *tcp = mem_new(sizeof *tcp);
		uv_tcp_init(&s->loop->uv, tcp);
		return (uv_stream_t *)tcp;
	}
	uv_pipe_t *pipe = mem_new(sizeof *pipe);
	uv_pipe_init(&s->loop->uv, pipe, 0);
	return (uv_stream_t *)pipe;
}

static void spell_peer(const struct server *s, uv_stream_t *socket, char out[TRANSPORT_PEER_MAX])
{
	struct sockaddr_storage peer = {0};
	int size = sizeof peer;
	if (socket->type != UV_TCP) { /* a Unix socket's caller has no name of its own */
		memcpy(out, s->address, sizeof s->address);
		return;
	}
	uv_tcp_getpeername((uv_tcp_t *)socket, (struct sockaddr *)&peer, &size);
	transport_spell((struct sockaddr *)&peer, out);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct server *s = (struct server *)stream;
	char peer[TRANSPORT_PEER_MAX];
	if (status < 0)
		return; /* out of descriptors: libuv keeps one in reserve to turn the caller away */
	uv_stream_t *socket = new_socket(s);
	if (uv_accept(stream, socket) == 0) {
		spell_peer(s, socket, peer);
		s->caller(s->arg, socket, peer);
	} else {
		uv_close((uv_handle_t *)socket, free_handle);
	}
}

/* The numeric address to bind; without a host every interface, of both families where they are. */
static bool bind_tcp(struct server *s, const struct address *a, struct error *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	const char *host = strcmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;
	if (!*host) {
		uv_ip6_addr("::", a->port, &to.six);
		if (uv_tcp_bind(&s->socket.tcp, &to.any, 0) == 0)
			return true;
		host = "0.0.0.0";
	}
	if (uv_ip4_addr(host, a->port, &to.four) < 0 && uv_ip6_addr(host, a->port, &to.six) < 0)
		return error_set(err, STATUS_USAGE,
			"to listen, give a numeric address of this machine, not '%s'",
			quote(slice_str(host)).text);
	int rc = uv_tcp_bind(&s->socket.tcp, &to.any, 0);
	return rc == 0 || error_set(err, STATUS_CONNECT, "%s", uv_strerror(rc));
}

static bool bind_path(struct server *s, const char *path, struct error *err)
{
	if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
		return error_set(err, STATUS_USAGE, "the path is longer than a socket's may be");
	int rc = uv_pipe_bind(&s->socket.pipe, path);
	snprintf(s->address, sizeof s->address, "unix:%s", path);
	if (rc == UV_EADDRINUSE)
		return error_set(err, STATUS_CONNECT, "a file is there already");
	return rc == 0 || error_set(err, STATUS_CONNECT, "%s", uv_strerror(rc));
}

static bool start(struct server *s, const struct address *a, const char *path, struct error *err)
{
	struct sockaddr_storage name;
	int size = sizeof name;
	if (path ? !bind_path(s, path, err) : !bind_tcp(s, a, err))
		return false;
	int rc = uv_listen(&s->socket.stream, BACKLOG, on_connection);
	if (rc < 0)
		return error_set(err, STATUS_CONNECT, "%s",
			rc == UV_EADDRINUSE ? "the port is in use" : uv_strerror(rc));
	if (!path) {
		uv_tcp_getsockname(&s->socket.tcp, (struct sockaddr *)&name, &size);
		transport_spell((struct sockaddr *)&name, s->address);
	}
	return true;
}

/* The path of "unix:PATH", as an address of its own or behind "listen:"; NULL: none. */
static const char *path_of_address(const struct address *a)
{
	if (a->kind == &transport_unix)
		return a->host;
	return strncmp(a->host, "unix:", 5) == 0 ? a->host + 5 : NULL;
}

struct server *server_open(struct loop *loop, const struct address *a,
	void (*caller)(void *arg, uv_stream_t *socket, const char *peer), void *arg,
	struct error *err)
{
	struct server *s = mem_new(sizeof *s);
	struct error why;
	const char *path = path_of_address(a);
	if (path)
		uv_pipe_init(&loop->uv, &s->socket.pipe, 0);
	else
		uv_tcp_init(&loop->uv, &s->socket.tcp);
	s->loop = loop;
	s->caller = caller;
	s->arg = arg;
	if (start(s, a, path, &why))
		return s;
	server_close(s);
	if (path)
		error_set(err, why.status, "cannot listen at %s: %s", path, why.what);
	else
		error_set(err, why.status, "cannot listen on %s:%u: %s", *a->host ? a->host : "*",
			a->port, why.what);
	return NULL;
}

void server_close(struct server *s)
{
	uv_close(&s->socket.any, free_handle);
}

const char *server_address(const struct server *s)
{
	return s->address;
}
