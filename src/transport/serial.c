/* serial.c - a serial port, or anything that is a terminal device (port.c), as a line.
 *
 * Other settings take effect when the bytes that were sent before have left the port, as tcdrain()
 * would tell: the driver's queue is empty, and the time that they take on the line is over.  What
 * is sent meanwhile waits.
 */
#include "transport/marks.h"
#include "transport/port.h"
#include "transport/ports.h"
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct serial {
	struct stream stream;
	/* Opens the port from the loop, after transport_open() returned. */
	struct loop_timer begin;
	struct loop_timer break_over;
	struct settings settings;
	int64_t leaves_at; /* when the last byte sent has left the port, at the earliest */
	bool changing;     /* the settings wait for that, and `held` for the settings */
	struct bytes held;
	struct loop_timer change_time;
	struct port port; /* once it is open, the stream owns its descriptor */
	struct marks marks;
	unsigned counted[DAMAGE_COUNT]; /* by the driver, and not told yet */
	char *path;
};

/* ---- what comes ---- */

/* Says what is wrong with a byte that the driver marked.  It counts what it marks, or marks alone.
 */
static enum line_damage judge_mark(const struct serial *s, uint8_t byte)
{
	const unsigned *counted = s->counted;
	if (byte == 0 &&
		(counted[DAMAGE_BREAK] || (!counted[DAMAGE_PARITY] && !counted[DAMAGE_FRAMING])))
		return DAMAGE_BREAK;
	if (counted[DAMAGE_PARITY])
		return DAMAGE_PARITY;
	if (counted[DAMAGE_FRAMING] || SERIAL_PARITY(s->settings.at[SET_MODE].value) == 'N')
		return DAMAGE_FRAMING;
	return DAMAGE_BYTE;
}

static void tell_damage(struct serial *s, enum line_damage what, unsigned count, size_t at)
{
	struct transport *t = &s->stream.base;
	if (count && t->events->damage)
		t->events->damage(t->owner, what, count, at);
}

static bool serial_on_bad(void *arg, size_t at, uint8_t byte)
{
	struct serial *s = arg;
	enum line_damage what = judge_mark(s, byte);
	if (s->counted[what])
		s->counted[what]--;
	tell_damage(s, what, 1, at);
	return what != DAMAGE_BREAK;
}

static void serial_on_bytes(struct stream *stream, uint8_t *at, size_t n)
{
	struct serial *s = (struct serial *)stream;
	struct transport *t = &stream->base;
	port_count(&s->port, s->counted);
	tell_damage(s, DAMAGE_OVERRUN, s->counted[DAMAGE_OVERRUN], 0);
	s->counted[DAMAGE_OVERRUN] = 0;
	size_t kept = marks_take(&s->marks, at, n, serial_on_bad, s);
	if (kept)
		t->events->data(t->owner, slice_of(at, kept));
}

/* ---- sending, and other settings behind it ---- */

static void serial_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct serial *s = (struct serial *)t;
	if (s->changing) {
		if (!bytes_add(&s->held, bytes))
			stream_fail(&s->stream, STATUS_REPLY,
				"the port sends nothing, and too many bytes wait for it", t->peer);
		return;
	}
	transport_occupy(t, &s->settings, bytes.len, &s->leaves_at);
	stream_send(t, bytes, how);
}

static size_t serial_queued(const struct transport *t)
{
	return stream_queued(t) + ((const struct serial *)t)->held.len;
}

static size_t serial_unsent(const struct transport *t)
{
	return stream_unsent(t) + ((const struct serial *)t)->held.len;
}

/* Waits until what was sent has left the port; false: it has. */
static bool waits_to_change(struct serial *s)
{
	int64_t now = loop_now_fresh(s->stream.base.loop);
	int64_t wait = s->leaves_at > now ? s->leaves_at - now : 0;
	if (!wait && stream_unsent(&s->stream.base))
		wait = NS_PER_MS;
	if (wait)
		loop_timer_set(&s->change_time, wait);
	s->changing = wait > 0;
	return s->changing;
}

static void serial_on_change_time(void *arg)
{
	struct serial *s = arg;
	struct transport *t = &s->stream.base;
	struct error err;
	if (waits_to_change(s))
		return;
	if (!port_apply(&s->port, &s->settings, &err))
		transport_tell(t, STEP_WARNING, err.what);
	if (!s->held.len || t->closing)
		return;
	serial_send(t, bytes_slice(&s->held), 0);
	bytes_free(&s->held);
	if (!stream_queued(t) && t->events->drained)
		t->events->drained(t->owner);
}

/* ---- opening and closing ---- */

/* A name or a pattern is looked up at each opening, because a port that comes again may have
 * another path. */
static bool find_path(struct serial *s, struct error *err)
{
	char *path = ports_path(s->path, err);
	if (!path)
		return false;
	free(s->path);
	s->path = path;
	snprintf(s->stream.base.peer, sizeof s->stream.base.peer, "%s", path);
	return true;
}

static void serial_on_begin(void *arg)
{
	struct serial *s = arg;
	struct error err, shown;
	if (!find_path(s, &err)) {
		transport_fail(&s->stream.base, &err);
		return;
	}
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
	stream_start(&s->stream, s->port.fd, s->port.fd);
}

static void serial_let_go(struct stream *stream)
{
	struct serial *s = (struct serial *)stream;
	loop_timer_stop(&s->begin);
	loop_timer_stop(&s->change_time);
	bytes_free(&s->held);
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
	bool same = settings_same_serial(&s->settings, settings);
	s->settings = *settings;
	return same || s->port.fd < 0 || waits_to_change(s) || port_apply(&s->port, settings, err);
}

static void serial_on_break_over(void *arg)
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

static void serial_wires(struct transport *t, struct bytes *out)
{
	port_wires(&((struct serial *)t)->port, out);
}

static struct transport *serial_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct serial *s = mem_new(sizeof *s);
	(void)connect_timeout; /* a port opens at once or not at all */
	stream_init(&s->stream, &transport_serial, loop);
	s->stream.let_go = serial_let_go;
	s->stream.on_bytes = serial_on_bytes;
	s->settings = a->settings;
	s->port.fd = -1;
	s->path = mem_str(a->host);
	snprintf(s->stream.base.peer, sizeof s->stream.base.peer, "%s", a->host);
	loop_timer_init(&s->begin, loop, serial_on_begin, s);
	loop_timer_init(&s->change_time, loop, serial_on_change_time, s);
	bytes_init(&s->held, LIMIT_UNSENT);
	loop_timer_init(&s->break_over, loop, serial_on_break_over, s);
	loop_timer_set(&s->begin, 0);
	return &s->stream.base;
}

const struct transport_kind transport_serial = {
	.name = "serial",
	.help = "a serial port, such as /dev/ttyUSB0",
	.form = FORM_PATH,
	.nameless = true,
	.uses = USE_SERIAL,
	.open = serial_open,
	.change = serial_change,
	.send_break = serial_break,
	.wires = serial_wires,
	.send = serial_send,
	.queued = serial_queued,
	.unsent = serial_unsent,
	.read = stream_read,
	.take = stream_take,
	.close = stream_close,
	.finish = stream_finish,
};
