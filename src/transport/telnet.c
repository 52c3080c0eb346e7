/* telnet.c - see telnet.h. */
#include "transport/telnet.h"

#include "adapter/module.h"
#include "base/mem.h"
#include <stdlib.h>

/* What we agree to; everything else is refused.  The first one is rfc2217's alone. */
static const telnet_telopt_t options[] = {{TELNET_COM_PORT, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO}, {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO}, {-1, 0, 0}};

/* Outside binary mode a CR that stands alone travels as CR NUL (RFC 854): the NUL is no data. */
static void deliver(struct telnet *t, const char *buffer, size_t size)
{
	struct transport *base = &t->filter.base;
	size_t from = 0;
	for (size_t i = 0; i < size && !t->binary_in; i++) {
		if (buffer[i] == 0 && t->came_cr) {
			if (i > from)
				base->events->data(base->owner, slice_of(buffer + from, i - from));
			if (base->closing)
				return;
			from = i + 1;
		}
		t->came_cr = buffer[i] == '\r';
	}
	if (size > from)
		base->events->data(base->owner, slice_of(buffer + from, size - from));
}

static void negotiated(struct telnet *t, const telnet_event_t *event)
{
	bool yes = event->type == TELNET_EV_WILL || event->type == TELNET_EV_DO;
	bool his = event->type == TELNET_EV_WILL || event->type == TELNET_EV_WONT;
	if (event->neg.telopt == TELNET_TELOPT_BINARY)
		t->binary_in = his ? yes : t->binary_in;
	if (!his && t->agreed)
		t->agreed(t, event->neg.telopt, yes);
}

static void on_event(telnet_t *protocol, telnet_event_t *event, void *arg)
{
	struct telnet *t = arg;
	(void)protocol;
	if (t->filter.base.closing)
		return;
	switch (event->type) {
	case TELNET_EV_DATA:
		deliver(t, event->data.buffer, event->data.size);
		break;
	case TELNET_EV_SEND:
		transport_send(
			t->filter.line, slice_of(event->data.buffer, event->data.size), false);
		break;
	case TELNET_EV_WILL:
	case TELNET_EV_WONT:
	case TELNET_EV_DO:
	case TELNET_EV_DONT:
		negotiated(t, event);
		break;
	case TELNET_EV_SUBNEGOTIATION:
		if (t->told)
			t->told(t, event->sub.telopt, slice_of(event->sub.buffer, event->sub.size));
		break;
	default:
		break;
	}
}

void telnet_on_data(void *owner, struct slice bytes)
{
	struct telnet *t = owner;
	t->filter.base.read_at = transport_read_at(t->filter.line);
	t->functions->recv(t->protocol, (const char *)bytes.at, bytes.len);
}

/* One write for all of it: a command must not be split over two segments.  A lone CR should travel
 * as CR NUL (RFC 854), but terminal servers (ser2net among them) hand the NUL to the device. */
static void add_escaped(struct slice bytes, struct bytes *out)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.at[i];
		bytes_add_byte(out, c);
		if (c == TELNET_IAC)
			bytes_add_byte(out, c);
	}
}

void telnet_put(struct transport *base, struct slice bytes, bool half_close)
{
	struct telnet *t = (struct telnet *)base;
	struct bytes wire;
	if (!t->filter.line || base->closing)
		return;
	bytes_init(&wire, bytes.len * 2 + 1);
	add_escaped(bytes, &wire);
	transport_send(t->filter.line, bytes_slice(&wire), half_close);
	bytes_free(&wire);
}

static void release(struct transport *base)
{
	struct telnet *t = (struct telnet *)base;
	if (t->protocol)
		t->functions->free(t->protocol);
	free(t->trouble);
}

static void on_begin(void *arg)
{
	struct telnet *t = arg;
	filter_fail(&t->filter, "%s", t->trouble->what);
}

static void on_break_over(void *arg)
{
	(void)arg;
}

void telnet_open(struct telnet *t, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events)
{
	struct error err;
	t->functions = module_telnet(&err);
	loop_timer_init(&t->break_over, loop, on_break_over, t);
	loop_timer_init(&t->begin, loop, on_begin, t);
	if (t->functions) {
		filter_open(&t->filter, kind, loop, a, connect_timeout, slow, events);
		t->protocol = t->functions->init(
			kind->uses & USE_SERIAL ? options : options + 1, on_event, 0, t);
	} else {
		transport_init(&t->filter.base, kind, loop);
		t->trouble = mem_new(sizeof *t->trouble);
		*t->trouble = err;
		loop_timer_set(&t->begin, 0);
	}
	t->filter.base.release = release;
}

void telnet_kind_close(struct transport *t)
{
	loop_timer_stop(&((struct telnet *)t)->break_over);
	loop_timer_stop(&((struct telnet *)t)->begin);
	filter_close(t);
}

/* ---- telnet:// ---- */

static void on_open(void *owner)
{
	struct telnet *t = owner;
	filter_under_open(&t->filter);
	filter_up(&t->filter);
}

static bool telnet_break(struct transport *base, int64_t ns, struct error *err)
{
	struct telnet *t = (struct telnet *)base;
	(void)ns; /* the peer knows how long its own is */
	(void)err;
	t->functions->iac(t->protocol, TELNET_BREAK);
	return true;
}

static struct transport *open_line(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	static const struct transport_events events = {.step = filter_on_step,
		.open = on_open,
		.data = telnet_on_data,
		.end = filter_on_end,
		.fail = filter_on_fail,
		.drained = filter_on_drained};
	struct telnet *t = mem_new(sizeof *t);
	telnet_open(t, &transport_telnet, loop, a, connect_timeout, "", &events);
	return &t->filter.base;
}

const struct transport_kind transport_telnet = {
	.name = "telnet",
	.help = "a telnet server at HOST:PORT; its option negotiation is kept out of the data",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_VIA,
	.port = 23,
	.half_closes = true,
	.reopens = true,
	.open = open_line,
	.send = telnet_put,
	.queued = filter_queued,
	.read = filter_read,
	.close = telnet_kind_close,
	.finish = filter_finish,
	.send_break = telnet_break,
};
