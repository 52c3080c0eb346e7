/* server.c - a listening socket, TCP or Unix, for listen:// lines and simulated devices.
 */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "transport/from.h"
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
	const struct server_events *events;
	void *arg;
	char address[TRANSPORT_PEER_MAX];
	struct from from;
	char *from_text;                       /* owned; NULL: anybody */
	struct in6_addr told[SERVER_TOLD_MAX]; /* hosts that were refused */
	size_t told_count;
};

static void server_free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void free_server(uv_handle_t *handle)
{
	free(((struct server *)handle)->from_text);
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

/* A caller that has hung up has left the queue.  One for whom the system has no descriptor stays in
 * it.  libuv would be told of that caller again and again and do nothing else, so it keeps a
 * descriptor in reserve to turn the caller away.  This is called when even that one is gone. */
static void cannot_accept(struct server *s, int status)
{
	struct error err;
	if (status != UV_EMFILE && status != UV_ENFILE && status != UV_ENOBUFS &&
		status != UV_ENOMEM)
		return;
	error_set(&err, STATUS_CONNECT, "cannot accept callers at %s any more: %s", s->address,
		uv_strerror(status));
	s->events->failed(s->arg, &err); /* this closes the server */
}

/* ---- who may call ---- */

static bool server_is_told(struct server *s, const struct in6_addr *host)
{
	for (size_t i = 0; i < s->told_count; i++)
		if (memcmp(&s->told[i], host, sizeof *host) == 0)
			return true;
	if (s->told_count == SERVER_TOLD_MAX)
		return true;
	s->told[s->told_count++] = *host;
	return false;
}

static void refuse(struct server *s, const struct sockaddr *peer)
{
	char where[TRANSPORT_PEER_MAX], text[2 * TRANSPORT_PEER_MAX];
	struct in6_addr host = from_host(peer);
	if (server_is_told(s, &host))
		return;
	transport_spell(peer, where);
	snprintf(text, sizeof text, "%s called and was turned away (from=%s)%s", where,
		s->from_text,
		s->told_count == SERVER_TOLD_MAX ? "; others are not named any more" : "");
	s->events->refused(s->arg, text);
}

/* Says whether the caller may call; a Unix socket's caller has no address and always may. */
static bool may_call(struct server *s, uv_stream_t *socket)
{
	struct sockaddr_storage peer = {0};
	int size = sizeof peer;
	if (socket->type != UV_TCP || !s->from_text)
		return true;
	uv_tcp_getpeername((uv_tcp_t *)socket, (struct sockaddr *)&peer, &size);
	if (from_takes(&s->from, (const struct sockaddr *)&peer))
		return true;
	refuse(s, (const struct sockaddr *)&peer);
	return false;
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct server *s = (struct server *)stream;
	char peer[TRANSPORT_PEER_MAX];
	if (status < 0) {
		cannot_accept(s, status);
		return;
	}
	uv_stream_t *socket = new_socket(s);
	if (uv_accept(stream, socket) == 0 && may_call(s, socket) &&
		loop_reserve((uv_handle_t *)socket) == 0) {
		spell_peer(s, socket, peer);
		s->events->caller(s->arg, socket, peer);
	} else {
		uv_close((uv_handle_t *)socket, server_free_handle);
	}
}

/* Binds to the numeric address; without a host to every interface, of both families where they
 * exist. */
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
		return error_set(err, STATUS_USAGE, "the path is too long for a socket");
	int rc = uv_pipe_bind(&s->socket.pipe, path);
	snprintf(s->address, sizeof s->address, "unix:%s", path);
	if (rc == UV_EADDRINUSE)
		return error_set(err, STATUS_CONNECT, "a file with this name exists already");
	return rc == 0 || error_set(err, STATUS_CONNECT, "%s", uv_strerror(rc));
}

static bool server_start(
	struct server *s, const struct address *a, const char *path, struct error *err)
{
	struct sockaddr_storage name;
	int size = sizeof name;
	if (path ? !bind_path(s, path, err) : !bind_tcp(s, a, err))
		return false;
	int rc = uv_listen(&s->socket.stream, BACKLOG, on_connection);
	if (rc == 0)
		rc = loop_reserve(&s->socket.any);
	if (rc == 0 && !path)
		rc = uv_tcp_getsockname(&s->socket.tcp, (struct sockaddr *)&name, &size);
	if (rc < 0)
		return error_set(err, STATUS_CONNECT, "%s",
			rc == UV_EADDRINUSE ? "the port is in use" : uv_strerror(rc));
	if (!path)
		transport_spell((struct sockaddr *)&name, s->address);
	return true;
}

/* Returns the path of "unix:PATH", which may follow "listen:"; NULL: the address is no path. */
static const char *path_of_address(const struct address *a)
{
	if (a->kind == &transport_unix)
		return a->host;
	return strncmp(a->host, "unix:", 5) == 0 ? a->host + 5 : NULL;
}

/* Says whether this is a kind of line on which others can call. */
static bool can_serve(const struct address *a, struct error *err)
{
	if (a->kind == &transport_tcp || a->kind == &transport_unix || a->kind == &transport_listen)
		return true;
	return error_set(err, STATUS_USAGE,
		"wilco cannot listen on %s://: it listens on TCP (HOST:PORT) and at unix:PATH",
		a->kind->name);
}

struct server *server_open(struct loop *loop, const struct address *a,
	const struct server_events *events, void *arg, struct error *err)
{
	struct error why;
	if (!can_serve(a, err))
		return NULL;
	struct server *s = mem_new(sizeof *s);
	const char *path = path_of_address(a);
	if (path)
		uv_pipe_init(&loop->uv, &s->socket.pipe, 0);
	else
		uv_tcp_init(&loop->uv, &s->socket.tcp);
	s->loop = loop;
	s->events = events;
	s->arg = arg;
	if (a->text[TEXT_FROM] && from_parse(slice_str(a->text[TEXT_FROM]), &s->from, &why))
		s->from_text = mem_str(a->text[TEXT_FROM]);
	if (server_start(s, a, path, &why))
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
	uv_close(&s->socket.any, free_server);
}

const char *server_address(const struct server *s)
{
	return s->address;
}
