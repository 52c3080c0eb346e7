/* unix.c - a Unix stream socket at a path. */
#include "transport/stream.h"

#include "base/mem.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct unix_line {
	struct stream stream;
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

/* Returns a socket that is connected, or the negative errno. */
static int unix_connect(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof to.sun_path)
		return -ENAMETOOLONG;
	strcpy(to.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	int rc;
	do
		rc = connect(fd, (struct sockaddr *)&to, sizeof to);
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		return fd;
	int code = -errno;
	close(fd);
	return code;
}

static void unix_on_begin(void *arg)
{
	struct unix_line *u = arg;
	transport_tell(&u->stream.base, STEP_TRYING, u->path);
	if (u->stream.base.closing)
		return;
	int fd = unix_connect(u->path);
	if (fd < 0)
		unix_fail(u, fd);
	else
		stream_start(&u->stream, fd, fd);
}

static void unix_let_go(struct stream *s)
{
	struct unix_line *u = (struct unix_line *)s;
	loop_timer_stop(&u->begin);
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
