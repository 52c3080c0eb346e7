/* rfc2217.c - a serial port behind a telnet server: its settings travel as COM-PORT-OPTION (RFC
 * 2217).  The line is open when the server has confirmed all settings.  A setting that the server
 * cannot make is an error that says what it offers. */
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
	SERVER = 100, /* added to a command in the server's answer */
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

enum { BAUD_TOLERANCE = 50 }; /* the server may miss the rate by 1/50 */

struct rfc2217 {
	struct telnet telnet;
	struct settings settings;
	unsigned waiting;  /* a bit for each command that is not confirmed yet */
	bool held;         /* the server has asked us to send nothing */
	bool changing;     /* other settings wait until what was sent has left the port: */
	int64_t leaves_at; /* at this time, if the server sends as it gets */
	struct loop_timer change_time;
	struct bytes kept; /* bytes that wait meanwhile */
	size_t answers;    /* those of them that nobody asked for */
};

/* ---- what is asked ---- */

static void rfc2217_ask(struct rfc2217 *r, enum command command, uint32_t value)
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
	rfc2217_ask(r, SET_BAUDRATE, (uint32_t)at[SET_BAUD].value);
	rfc2217_ask(r, SET_DATASIZE, (uint32_t)SERIAL_BITS(mode));
	rfc2217_ask(r, SET_PARITY, parity_code(mode));
	rfc2217_ask(r, SET_STOPSIZE, (uint32_t)SERIAL_STOP(mode));
	rfc2217_ask(r, SET_CONTROL, flow_code(at[SET_FLOW].value));
	if (at[SET_DTR].set)
		rfc2217_ask(r, SET_CONTROL, at[SET_DTR].value ? CONTROL_DTR_ON : CONTROL_DTR_OFF);
	if (at[SET_RTS].set)
		rfc2217_ask(r, SET_CONTROL, at[SET_RTS].value ? CONTROL_RTS_ON : CONTROL_RTS_OFF);
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
		snprintf(text, sizeof text, "the server did not set the %s: it answers %u", what,
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

/* Sends what was kept, unless something still holds it. */
static void rfc2217_go_on(struct rfc2217 *r)
{
	if (r->held || r->changing || !r->kept.len)
		return;
	transport_occupy(&r->telnet.filter.base, &r->settings, r->kept.len, &r->leaves_at);
	/* If some of it are answers, all of it is sent as answers: a server that suspends us again
	 * and again must not get around their cap. */
	telnet_put(&r->telnet.filter.base, bytes_slice(&r->kept), r->answers ? SEND_ANSWER : 0);
	bytes_free(&r->kept);
	r->answers = 0;
}

static void suspend(struct rfc2217 *r, bool on)
{
	r->held = on;
	rfc2217_go_on(r);
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
			"2217); use telnet:// to reach it without them");
		return;
	}
	r->waiting = 1u << SET_BAUDRATE | 1u << SET_DATASIZE | 1u << SET_PARITY |
		     1u << SET_STOPSIZE | 1u << SET_CONTROL;
	ask_all(r);
}

/* Looks for a refusal, because libtelnet does not tell that an offer of ours was refused.  Before
 * the line is up only negotiation comes, so the bytes can be looked at.  A refusal that is cut in
 * two is missed, and the time limit ends the line. */
static void rfc2217_on_data(void *owner, struct slice bytes)
{
	static const char refusal[] = {(char)TELNET_IAC, (char)TELNET_DONT, TELNET_COM_PORT};
	struct telnet *t = owner;
	if (!t->filter.up && bytes.len && memmem(bytes.at, bytes.len, refusal, sizeof refusal))
		on_agreed(t, TELNET_COM_PORT, false);
	else
		telnet_on_data(owner, bytes);
}

static void rfc2217_on_open(void *owner)
{
	struct telnet *t = owner;
	filter_under_open(&t->filter);
	t->functions->negotiate(t->protocol, TELNET_WILL, TELNET_TELOPT_BINARY);
	t->functions->negotiate(t->protocol, TELNET_DO, TELNET_TELOPT_BINARY);
	t->functions->negotiate(t->protocol, TELNET_DO, TELNET_TELOPT_SGA);
	t->functions->negotiate(t->protocol, TELNET_WILL, TELNET_COM_PORT);
}

/* ---- the owner's side ---- */

/* Keeps the bytes while the server suspends us, or other settings wait.  Reading cannot stop
 * meanwhile, because the word to go on is among the bytes that come. */
static void rfc2217_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	if (!r->held && !r->changing) {
		transport_occupy(t, &r->settings, bytes.len, &r->leaves_at);
		telnet_put(t, bytes, how);
		return;
	}
	r->answers += how & SEND_ANSWER ? bytes.len : 0;
	if (!bytes_add(&r->kept, bytes) || r->answers > LIMIT_ANSWERS)
		telnet_give_up(&r->telnet, "the server has told wilco to stop sending "
					   "(FLOWCONTROL-SUSPEND), and too many bytes wait");
}

static size_t rfc2217_queued(const struct transport *t)
{
	return filter_queued(t) + ((const struct rfc2217 *)t)->kept.len;
}

static bool rfc2217_change(struct transport *t, const struct settings *s, struct error *err)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	(void)err; /* the server answers later; a refusal becomes a warning */
	int64_t wait = r->leaves_at - loop_now_fresh(t->loop);
	bool same = settings_same_serial(&r->settings, s);
	r->settings = *s;
	if (same)
		return true;
	r->changing = wait > 0 || r->changing;
	if (r->changing)
		loop_timer_set(&r->change_time, wait > 0 ? wait : 0);
	else if (r->telnet.filter.up)
		ask_all(r);
	return true;
}

static void rfc2217_on_change_time(void *arg)
{
	struct rfc2217 *r = arg;
	r->changing = false;
	ask_all(r);
	rfc2217_go_on(r);
}

static void rfc2217_on_break_over(void *arg)
{
	rfc2217_ask(arg, SET_CONTROL, CONTROL_BREAK_OFF);
}

static bool rfc2217_break(struct transport *t, int64_t ns, struct error *err)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	if (!r->telnet.filter.up)
		return error_set(err, STATUS_CONNECT, "the line is not open");
	rfc2217_ask(r, SET_CONTROL, CONTROL_BREAK_ON);
	loop_timer_set(&r->telnet.break_over, ns);
	return true;
}

static void rfc2217_close(struct transport *t)
{
	struct rfc2217 *r = (struct rfc2217 *)t;
	loop_timer_stop(&r->change_time);
	bytes_free(&r->kept);
	telnet_kind_close(t);
}

static struct transport *rfc2217_open_line(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	static const struct transport_events events = {.step = filter_on_step,
		.open = rfc2217_on_open,
		.data = rfc2217_on_data,
		.end = filter_on_end,
		.fail = filter_on_fail,
		.drained = filter_on_drained};
	struct rfc2217 *r = mem_new(sizeof *r);
	telnet_open(&r->telnet, &transport_rfc2217, loop, a, connect_timeout,
		"the server did not confirm the serial settings (RFC 2217)", &events);
	loop_timer_init(&r->telnet.break_over, loop, rfc2217_on_break_over, r);
	loop_timer_init(&r->change_time, loop, rfc2217_on_change_time, r);
	r->telnet.agreed = on_agreed;
	r->telnet.told = on_told;
	r->settings = a->settings;
	bytes_init(&r->kept, LIMIT_UNSENT);
	return &r->telnet.filter.base;
}

const struct transport_kind transport_rfc2217 = {
	.name = "rfc2217",
	.help = "a serial port behind a telnet server at HOST:PORT, with its settings (RFC 2217)",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_VIA | USE_SERIAL | USE_BIND | USE_EACH,
	.open = rfc2217_open_line,
	.send = rfc2217_send,
	.queued = rfc2217_queued,
	.unsent = filter_unsent,
	.read = filter_read,
	.take = telnet_take,
	.close = rfc2217_close,
	.finish = filter_finish,
	.change = rfc2217_change,
	.send_break = rfc2217_break,
	.binary = telnet_binary,
};
