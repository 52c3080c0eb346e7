/* server.c - a listening socket, TCP or Unix, for listen:// lines and simulated devices.
 */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "transport/from.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Callers who wait to be accepted; the system allows net.core.somaxconn of them, 4096 unless it was
 * changed. */
enum { BACKLOG = 4096 };

struct server {
	struct loop *loop;
	int fd;    /* -1: none yet */
	int spare; /* a descriptor to give up for a caller who is turned away; -1: none */
	bool tcp;
	char *path;  /* of a Unix socket that is removed at the end; owned; NULL: none */
	bool closed; /* nobody is told of callers any more */
	struct loop_watch watch;
	struct loop_soon life;
	const struct server_events *events;
	void *arg;
	char address[TRANSPORT_PEER_MAX];
	struct from from;
	char *from_text;                       /* owned; NULL: anybody */
	struct in6_addr told[SERVER_TOLD_MAX]; /* hosts that were refused */
	size_t told_count;
};

/* A Unix socket's caller has no name of its own. */
static void spell_peer(
	const struct server *s, const struct sockaddr_storage *peer, char out[TRANSPORT_PEER_MAX])
{
	if (s->tcp)
		transport_spell((const struct sockaddr *)peer, out);
	else
		memcpy(out, s->address, sizeof s->address);
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
		s->told_count == SERVER_TOLD_MAX ? "; further ones are not named" : "");
	s->events->refused(s->arg, text);
}

/* Says whether the caller may call; a Unix socket's caller has no address and always may. */
static bool may_call(struct server *s, const struct sockaddr_storage *peer)
{
	if (!s->tcp || !s->from_text || from_takes(&s->from, (const struct sockaddr *)peer))
		return true;
	refuse(s, (const struct sockaddr *)peer);
	return false;
}

/* ---- accepting ---- */

enum { CALLERS_A_TURN = 64 };

static void take_spare(struct server *s)
{
	s->spare = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
}

/* A caller for whom the system has no descriptor stays in the queue, and would be told of again and
 * again while nothing else is done.  The spare descriptor is given up to turn them away. */
static bool turn_away(struct server *s)
{
	if (s->spare < 0)
		return false;
	close(s->spare);
	for (int fd; (fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
		close(fd);
	int code = errno;
	take_spare(s);
	return code == EAGAIN;
}

/* A caller that has hung up has left the queue; this is for a system that lacks something. */
static void cannot_accept(struct server *s, int code)
{
	struct error err;
	bool lacks = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
	if (!lacks || turn_away(s))
		return;
	error_set(&err, STATUS_CONNECT, "cannot accept callers at %s any more: %s", s->address,
		strerror(code));
	s->events->failed(s->arg, &err); /* this closes the server */
}

static void on_caller(struct server *s, int fd, const struct sockaddr_storage *peer)
{
	char name[TRANSPORT_PEER_MAX];
	if (!may_call(s, peer)) {
		close(fd);
		return;
	}
	spell_peer(s, peer, name);
	s->events->caller(s->arg, fd, name);
}

static void server_on_ready(void *arg, int events)
{
	struct server *s = arg;
	(void)events;
	for (int i = 0; i < CALLERS_A_TURN && !s->closed; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t size = sizeof peer;
		int fd = accept4(
			s->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno != EAGAIN)
				cannot_accept(s, errno);
			return;
		}
		on_caller(s, fd, &peer);
	}
}

/* ---- the beginning and the end ---- */

/* Binds a socket, which is new or that of the last address that did not go; 0, or the negative
 * errno. */
static int server_bind(struct server *s, const struct sockaddr *to, socklen_t size)
{
	int on = 1, off = 0;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (s->tcp)
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (to->sa_family == AF_INET6)
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	return bind(s->fd, to, size) < 0 ? -errno : 0;
}

/* Says what is wrong with a TCP port. */
static bool port_failed(int code, struct error *err)
{
	return error_set(err, STATUS_CONNECT, "%s",
		code == -EADDRINUSE ? "the port is in use" : uv_strerror(code));
}

bool transport_local(
	const struct address *a, bool six, struct sockaddr_storage *out, struct error *err)
{
	const char *host = strcmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;
	memset(out, 0, sizeof *out);
	host = *host ? host : six ? "::" : "0.0.0.0";
	if (uv_ip4_addr(host, a->port, (struct sockaddr_in *)out) == 0 ||
		uv_ip6_addr(host, a->port, (struct sockaddr_in6 *)out) == 0)
		return true;
	return error_set(err, STATUS_USAGE,
		"to listen, give a numeric address of this machine, not '%s'",
		quote(slice_str(host)).text);
}

/* Binds to the numeric address; without a host to every interface, of both families where they
 * exist. */
static bool bind_tcp(struct server *s, const struct address *a, struct error *err)
{
	struct sockaddr_storage to;
	const struct sockaddr *any = (const struct sockaddr *)&to;
	if (!transport_local(a, true, &to, err))
		return false;
	int rc = server_bind(s, any, transport_size(any));
	if (rc < 0 && !*a->host && transport_local(a, false, &to, err))
		rc = server_bind(s, any, transport_size(any));
	return rc == 0 || port_failed(rc, err);
}

static bool bind_path(struct server *s, const char *path, struct error *err)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof to.sun_path)
		return error_set(err, STATUS_USAGE, "the path is too long for a socket");
	strcpy(to.sun_path, path);
	snprintf(s->address, sizeof s->address, "unix:%s", path);
	int rc = server_bind(s, (struct sockaddr *)&to, sizeof to);
	if (rc == -EADDRINUSE)
		return error_set(err, STATUS_CONNECT, "a file with this name exists already");
	if (rc < 0)
		return error_set(err, STATUS_CONNECT, "%s", uv_strerror(rc));
	s->path = mem_str(path);
	return true;
}

static bool server_start(
	struct server *s, const struct address *a, const char *path, struct error *err)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	if (path ? !bind_path(s, path, err) : !bind_tcp(s, a, err))
		return false;
	if (listen(s->fd, BACKLOG) < 0 ||
		(!path && getsockname(s->fd, (struct sockaddr *)&name, &size) < 0))
		return port_failed(-errno, err);
	int rc = loop_watch_start(&s->watch, s->loop, s->fd, WATCH_READ, server_on_ready, s);
	if (rc < 0)
		return port_failed(rc, err);
	take_spare(s);
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
	if (a->kind == &transport_tcp || a->kind == &transport_unix ||
		a->kind == &transport_listen || a->kind == &transport_tls ||
		a->kind == &transport_telnet)
		return true;
	return error_set(err, STATUS_USAGE,
		"wilco cannot listen on %s: it listens on tcp, tls, telnet, udp, unix and pty "
		"lines",
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
	s->loop = loop;
	s->fd = s->spare = -1;
	s->tcp = !path;
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

static void server_free(void *arg)
{
	struct server *s = arg;
	free(s->from_text);
	free(s->path);
	free(s);
}

void server_close(struct server *s)
{
	s->closed = true;
	if (s->path)
		unlink(s->path);
	if (s->watch.loop)
		loop_watch_close(&s->watch);
	else if (s->fd >= 0)
		close(s->fd);
	if (s->spare >= 0)
		close(s->spare);
	s->life = (struct loop_soon){.fire = server_free, .arg = s};
	loop_soon(s->loop, &s->life);
}

const char *server_address(const struct server *s)
{
	return s->address;
}

bool server_is_tcp(const struct server *s)
{
	return s->tcp;
}
