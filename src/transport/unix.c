/* unix.c - a Unix stream socket at a path. */
#include "transport/stream.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

struct unix_line {
	struct stream stream;
	uv_connect_t request;
	uv_pipe_t *socket; /* until the stream owns it */
	/* Opens the socket from the loop, after transport_open() returned. */
	struct loop_timer begin;
	char *path;
};

static const char *unix_reason(int code, char *buffer, size_t size)
{
	switch (code) {
	case UV_ENOENT:
		return "no such socket";
	case UV_EACCES:
		return "permission denied";
	case UV_ECONNREFUSED:
		return "connection refused: nothing listens there any more";
	case UV_ENOTSOCK:
		return "this is not a socket";
	default:
		return uv_strerror_r(code, buffer, size);
	}
}

static void unix_fail(struct unix_line *u, int code)
{
	char buffer[128];
	stream_fail(&u->stream, STATUS_CONNECT, unix_reason(code, buffer, sizeof buffer), u->path);
}

static void unix_on_connected(uv_connect_t *request, int status)
{
	struct unix_line *u = request->data;
	uv_stream_t *socket = (uv_stream_t *)u->socket;
	if (u->stream.base.closing || status == UV_ECANCELED)
		return;
	if (status < 0) {
		unix_fail(u, status);
		return;
	}
	u->socket = NULL;
	stream_start(&u->stream, socket, socket);
}

static void unix_on_begin(void *arg)
{
	struct unix_line *u = arg;
	transport_tell(&u->stream.base, STEP_TRYING, u->path);
	if (u->stream.base.closing)
		return;
	if (strlen(u->path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
		unix_fail(u, UV_ENAMETOOLONG); /* libuv would cut the path */
		return;
	}
	u->request.data = u;
	uv_pipe_connect(&u->request, u->socket, u->path, unix_on_connected);
	int rc = loop_reserve((uv_handle_t *)u->socket);
	if (rc < 0 && rc != UV_EBADF) /* without a socket unix_on_connected() learns the reason */
		unix_fail(u, rc);
}

static void unix_let_go(struct stream *s)
{
	struct unix_line *u = (struct unix_line *)s;
	loop_timer_stop(&u->begin);
	if (u->socket)
		stream_handle_close((uv_handle_t *)u->socket);
	free(u->path);
}

static struct transport *unix_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct unix_line *u = mem_new(sizeof *u);
	(void)connect_timeout; /* a local socket answers at once, or its queue is full */
	stream_init(&u->stream, &transport_unix, loop);
	u->stream.let_go = unix_let_go;
	u->path = mem_str(a->host);
	snprintf(u->stream.base.peer, sizeof u->stream.base.peer, "%s", a->host);
	u->socket = mem_new(sizeof *u->socket);
	uv_pipe_init(&loop->uv, u->socket, 0);
	loop_timer_init(&u->begin, loop, unix_on_begin, u);
	loop_timer_set(&u->begin, 0);
	return &u->stream.base;
}

const struct transport_kind transport_unix = {
	.name = "unix",
	.help = "a Unix socket at PATH",
	.form = FORM_PATH,
	.uses = USE_EACH,
	.half_closes = true,
	.reopens = true,
	.direct = true,
	.open = unix_open,
	STREAM_OPERATIONS,
};
