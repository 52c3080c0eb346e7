/* serial.c - a serial port, or anything that is a terminal device (port.c), as a line. */
#include "transport/port.h"
#include "transport/stream.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct serial {
	struct stream stream;
	struct loop_timer begin; /* opens from the loop, after transport_open() returned */
	struct loop_timer break_over;
	struct settings settings;
	struct port port; /* its descriptor is libuv's as soon as it is open */
	char *path;
};

static void on_begin(void *arg)
{
	struct serial *s = arg;
	struct error err, shown;
	transport_tell(&s->stream.base, STEP_TRYING, s->path);
	if (s->stream.base.closing)
		return;
	if (!port_open(&s->port, s->path, &s->settings, &err)) {
		port_put_back(&s->port);
		if (s->port.fd >= 0)
			close(s->port.fd);
		s->port.fd = -1;
		error_set(&shown, err.status, "%s (%s)", err.what, s->path);
		transport_fail(&s->stream.base, &shown);
		return;
	}
	uv_pipe_t *handle = mem_new(sizeof *handle);
	uv_pipe_init(&s->stream.base.loop->uv, handle, 0);
	uv_pipe_open(handle, s->port.fd);
	stream_start(&s->stream, (uv_stream_t *)handle, (uv_stream_t *)handle);
}

static void let_go(struct stream *stream)
{
	struct serial *s = (struct serial *)stream;
	loop_timer_stop(&s->begin);
	if (loop_timer_running(&s->break_over))
		port_break(&s->port, false);
	loop_timer_stop(&s->break_over);
	port_put_back(&s->port);
	free(s->path);
}

/* ---- while it is open ---- */

static bool serial_change(struct transport *t, const struct settings *settings, struct error *err)
{
	struct serial *s = (struct serial *)t;
	s->settings = *settings;
	return s->port.fd < 0 || port_apply(&s->port, settings, err);
}

static void on_break_over(void *arg)
{
	struct serial *s = arg;
	port_break(&s->port, false);
}

static bool serial_break(struct transport *t, int64_t ns, struct error *err)
{
	struct serial *s = (struct serial *)t;
	if (!port_break(&s->port, true))
		return error_set(err, STATUS_CONNECT, "the port cannot send a break");
	loop_timer_set(&s->break_over, ns);
	return true;
}

static struct transport *serial_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct serial *s = mem_new(sizeof *s);
	(void)connect_timeout; /* a port opens at once or not */
	stream_init(&s->stream, &transport_serial, loop);
	s->stream.let_go = let_go;
	s->settings = a->settings;
	s->port.fd = -1;
	s->path = mem_str(a->host);
	snprintf(s->stream.base.peer, sizeof s->stream.base.peer, "%s", a->host);
	loop_timer_init(&s->begin, loop, on_begin, s);
	loop_timer_init(&s->break_over, loop, on_break_over, s);
	loop_timer_set(&s->begin, 0);
	return &s->stream.base;
}

const struct transport_kind transport_serial = {
	.name = "serial",
	.help = "a serial port, such as /dev/ttyUSB0",
	.form = FORM_PATH,
	.uses = USE_SERIAL,
	.open = serial_open,
	.change = serial_change,
	.send_break = serial_break,
	STREAM_OPERATIONS,
};
