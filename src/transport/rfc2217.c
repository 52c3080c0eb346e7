/* rfc2217.c - a serial port behind a telnet server: its settings travel as COM-PORT-OPTION
 * (RFC 2217).  The line is open when the server has confirmed them; one that it cannot set is an
 * error that says what it offers. */
#include "transport/telnet.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

enum command {
	SET_BAUDRATE = 1,
	SET_DATASIZE = 2,
	SET_PARITY = 3,
	SET_STOPSIZE = 4,
	SET_CONTROL = 5,
	FLOW_SUSPEND = 8,
	FLOW_RESUME = 9,
	SERVER = 100, /* added to a command: the server's side of it */
};

enum control {
	CONTROL_FLOW_NONE = 1,
	CONTROL_FLOW_XONXOFF = 2,
	CONTROL_FLOW_RTSCTS = 3,
	CONTROL_BREAK_ON = 5,
	CONTROL_BREAK_OFF = 6,
	CONTROL_DTR_ON = 8,
	CONTROL_DTR_OFF = 9,
	CONTROL_RTS_ON = 11,
	CONTROL_RTS_OFF = 12,
};

enum { BAUD_TOLERANCE = 50 }; /* the server may miss the rate by one part in so many */

struct rfc2217 {
	struct telnet telnet;
	struct settings settings;
	unsigned waiting;  /* bits of the commands that are not confirmed yet */
	bool held;         /* the server asked us to be quiet */
	bool held_end;     /* half-close behind what is held */
	struct bytes kept; /* meanwhile */
};

/* ---- what is asked ---- */

static void ask(struct rfc2217 *r, enum command command, uint32_t value)
{
	char bytes[5] = {(char)command};
	size_t size = command == SET_BAUDRATE ? 5 : 2;
	for (size_t i = 1; i < size; i++)
		bytes[i] = (char)(value >> (8 * (size - 1 - i)));
	r->telnet.functions->subnegotiation(r->telnet.protocol, TELNET_COM_PORT, bytes, size);
}

static uint32_t parity_code(int64_t mode)
{
	static const char order[] = "NOEMS"; /* 1 none, 2 odd, 3 even, 4 mark, 5 space */
	return (uint32_t)(strchr(order, SERIAL_PARITY(mode)) - order) + 1;
}

static uint32_t flow_code(int64_t flow)
{
	return flow == FLOW_RTSCTS    ? CONTROL_FLOW_RTSCTS
	       : flow == FLOW_XONXOFF ? CONTROL_FLOW_XONXOFF
				      : CONTROL_FLOW_NONE;
}

static void ask_all(struct rfc2217 *r)
{
	const struct setting *at = r->settings.at;
	int64_t mode = at[SET_MODE].value;
	ask(r, SET_BAUDRATE, (uint32_t)at[SET_BAUD].value);
	ask(r, SET_DATASIZE, (uint32_t)SERIAL_BITS(mode));
	ask(r, SET_PARITY, parity_code(mode));
	ask(r, SET_STOPSIZE, (uint32_t)SERIAL_STOP(mode));
	ask(r, SET_CONTROL, flow_code(at[SET_FLOW].value));
	if (at[SET_DTR].set)
		ask(r, SET_CONTROL, at[SET_DTR].value ? CONTROL_DTR_ON : CONTROL_DTR_OFF);
	if (at[SET_RTS].set)
		ask(r, SET_CONTROL, at[SET_RTS].value ? CONTROL_RTS_ON : CONTROL_RTS_OFF);
}

/* ---- what is answered ---- */

static bool differs(const struct rfc2217 *r, unsigned command, uint32_t value, const char **what)
{
	const struct setting *at = r->settings.at;
	int64_t mode = at[SET_MODE].value, baud = at[SET_BAUD].value;
	switch (command) {
	case SET_BAUDRATE:
		*what = "baud rate";
		return llabs((int64_t)value - baud) * BAUD_TOLERANCE > baud;
	case SET_DATASIZE:
		*what = "number of data bits";
		return value != (uint32_t)SERIAL_BITS(mode);
	case SET_PARITY:
		*what = "parity (1 none, 2 odd, 3 even, 4 mark, 5 space)";
		return value != parity_code(mode);
	case SET_STOPSIZE:
		*what = "number of stop bits";
		return value != (uint32_t)SERIAL_STOP(mode);
	default:
		return false;
	}
}

static void confirmed(struct rfc2217 *r, unsigned command, uint32_t value)
{
	const char *what;
	struct filter *f = &r->telnet.filter;
	bool wrong = differs(r, command, value, &what);
	char text[160];
	if (wrong)
		snprintf(text, sizeof text, "the server does not set this %s: it says %u", what,
			value);
	if (wrong && f->up) {
		transport_tell(&f->base, STEP_WARNING, text);
		return;
	}
	if (wrong) {
		filter_fail(f, "%s", text);
		return;
	}
	r->waiting &= ~(1u << command);
	if (!r->waiting && !f->up)
		filter_up(f);
}

static void suspend(struct rfc2217 *r, bool on)
{
	r->held = on;
	if (on || (!r->kept.len && !r->held_end))
		return;
	telnet_put(&r->telnet.filter.base, bytes_slice(&r->kept), r->held_end);
	bytes_free(&r->kept);
}

static void on_told(struct telnet *t, unsigned char option, struct slice bytes)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	uint32_t value = 0;
	if (option != TELNET_COM_PORT || !bytes.len || bytes.at[0] < SERVER)
		return;
	unsigned command = bytes.at[0] - (unsigned)SERVER;
	for (size_t i = 1; i < bytes.len && i < 5; i++)
		value = value << 8 | bytes.at[i];
	if (command >= SET_BAUDRATE && command <= SET_CONTROL)
		confirmed(r, command, value);
	else if (command == FLOW_SUSPEND || command == FLOW_RESUME)
		suspend(r, command == FLOW_SUSPEND);
}

static void on_agreed(struct telnet *t, unsigned char option, bool yes)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	if (option != TELNET_COM_PORT || t->filter.up)
		return;
	if (!yes) {
		filter_fail(&t->filter,
			"the server does not take serial settings (it refuses COM-PORT-OPTION, RFC "
			"2217); telnet:// reaches it without them");
		return;
	}
	r->waiting = 1u << SET_BAUDRATE | 1u << SET_DATASIZE | 1u << SET_PARITY |
		     1u << SET_STOPSIZE | 1u << SET_CONTROL;
	ask_all(r);
}

/* libtelnet does not tell that an offer of ours was refused.  Before the line is up nothing but
 * negotiation comes, so the bytes can be looked at; a refusal cut in two ends by the time limit. */
static void on_data(void *owner, struct slice bytes)
{
	static const char refusal[] = {(char)TELNET_IAC, (char)TELNET_DONT, TELNET_COM_PORT};
	struct telnet *t = owner;
	if (!t->filter.up && bytes.len && memmem(bytes.at, bytes.len, refusal, sizeof refusal))
		on_agreed(t, TELNET_COM_PORT, false);
	else
		telnet_on_data(owner, bytes);
}

static void on_open(void *owner)
{
	struct telnet *t = owner;
	filter_under_open(&t->filter);
	t->functions->negotiate(t->protocol, TELNET_WILL, TELNET_TELOPT_BINARY);
	t->functions->negotiate(t->protocol, TELNET_DO, TELNET_TELOPT_BINARY);
	t->functions->negotiate(t->protocol, TELNET_DO, TELNET_TELOPT_SGA);
	t->functions->negotiate(t->protocol, TELNET_WILL, TELNET_COM_PORT);
}

/* ---- the owner's side ---- */

static void rfc2217_send(struct transport *t, struct slice bytes, bool half_close)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	if (!r->held) {
		telnet_put(t, bytes, half_close);
		return;
	}
	bytes_add(&r->kept, bytes);
	r->held_end |= half_close;
}

static size_t rfc2217_queued(const struct transport *t)
{
	return filter_queued(t) + ((const struct rfc2217 *)t)->kept.len;
}

static bool rfc2217_change(struct transport *t, const struct settings *s, struct error *err)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	(void)err; /* the server's answer comes later, as a warning if it is a no */
	r->settings = *s;
	if (r->telnet.filter.up)
		ask_all(r);
	return true;
}

static void on_break_over(void *arg)
{
	ask(arg, SET_CONTROL, CONTROL_BREAK_OFF);
}

static bool rfc2217_break(struct transport *t, int64_t ns, struct error *err)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	if (!r->telnet.filter.up)
		return error_set(err, STATUS_CONNECT, "the line is not open");
	ask(r, SET_CONTROL, CONTROL_BREAK_ON);
	loop_timer_set(&r->telnet.break_over, ns);
	return true;
}

static void rfc2217_close(struct transport *t)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	bytes_free(&r->kept);
	telnet_kind_close(t);
}

static struct transport *open_line(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	static const struct transport_events events = {.step = filter_on_step,
		.open = on_open,
		.data = on_data,
		.end = filter_on_end,
		.fail = filter_on_fail,
		.drained = filter_on_drained};
	struct rfc2217 *r = mem_new(sizeof *r);
	telnet_open(&r->telnet, &transport_rfc2217, loop, a, connect_timeout,
		"the server did not confirm the serial settings (RFC 2217)", &events);
	loop_timer_init(&r->telnet.break_over, loop, on_break_over, r);
	r->telnet.agreed = on_agreed;
	r->telnet.told = on_told;
	r->settings = a->settings;
	bytes_init(&r->kept, LIMIT_FRAME_MOST);
	return &r->telnet.filter.base;
}

const struct transport_kind transport_rfc2217 = {
	.name = "rfc2217",
	.help = "a serial port behind a telnet server at HOST:PORT, with its settings (RFC 2217)",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_VIA | USE_SERIAL,
	.open = open_line,
	.send = rfc2217_send,
	.queued = rfc2217_queued,
	.read = filter_read,
	.close = rfc2217_close,
	.finish = filter_finish,
	.change = rfc2217_change,
	.send_break = rfc2217_break,
};
