/* telnet.c - see telnet.h. */
#include "transport/telnet.h"

#include "adapter/module.h"
#include "base/mem.h"
#include "base/number.h"
#include <stdlib.h>

/* The options that we agree to; all others are refused.  Only rfc2217 agrees to the first one. */
static const telnet_telopt_t options[] = {{TELNET_COM_PORT, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO}, {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO}, {-1, 0, 0}};
/* The same where a terminal is shown: a login wants to know its kind and its size. */
static const telnet_telopt_t terminal_options[] = {{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO}, {TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO},
	{TELNET_TELOPT_NAWS, TELNET_WILL, TELNET_DONT},
	{TELNET_TELOPT_TTYPE, TELNET_WILL, TELNET_DONT}, {-1, 0, 0}};
/* What the emulation of terminal mode is (RFC 1091: IS and a name). */
#define TERMINAL_TYPE "\0XTERM-256COLOR"

static void on_event(telnet_t *protocol, telnet_event_t *event, void *arg);

/* ---- the terminal that is shown ---- */

/* RFC 1073. */
static void send_size(struct telnet *t)
{
	const char size[] = {
		(char)(t->columns >> 8), (char)t->columns, (char)(t->rows >> 8), (char)t->rows};
	if (t->wanted && t->columns)
		t->functions->subnegotiation(t->protocol, TELNET_TELOPT_NAWS, size, sizeof size);
}

/* Offers what a terminal has from the beginning, as long as nothing was said. */
static void be_terminal(struct telnet *t)
{
	t->functions->free(t->protocol);
	t->protocol = t->functions->init(terminal_options, on_event, 0, t);
}

static void telnet_window(struct transport *base, uint16_t columns, uint16_t rows)
{
	struct telnet *t = (struct telnet *)base;
	t->columns = columns;
	t->rows = rows;
	if (columns && !t->filter.up && !t->quiet_most && t->protocol)
		be_terminal(t);
	if (!t->filter.up || t->filter.base.closing || t->refused || t->inside)
		return;
	if (!t->offered && columns)
		t->functions->negotiate(t->protocol, TELNET_WILL, TELNET_TELOPT_NAWS);
	t->offered = t->offered || columns;
	send_size(t);
}

/* ---- all bytes as they are ---- */

static const int64_t BINARY_PATIENCE = 2 * NS_PER_S;

static void tell_binary(struct telnet *t, bool granted)
{
	const struct transport *base = &t->filter.base;
	loop_timer_stop(&t->binary_time);
	if (!granted)
		telnet_binary(&t->filter.base, false);
	if (!base->closing && base->events->binary)
		base->events->binary(base->owner, granted);
}

static void on_binary_time(void *arg)
{
	struct telnet *t = arg;
	tell_binary(t, t->binary_in && t->binary_out);
}

/* libtelnet does not tell that an offer of ours was refused, so the bytes are looked at while one
 * is out.  A refusal that is cut in two is missed, and BINARY_PATIENCE ends the wait. */
static void look_for_refusal(struct telnet *t, struct slice bytes)
{
	static const char out[] = {(char)TELNET_IAC, (char)TELNET_DONT, TELNET_TELOPT_BINARY};
	static const char in[] = {(char)TELNET_IAC, (char)TELNET_WONT, TELNET_TELOPT_BINARY};
	if (memmem(bytes.at, bytes.len, out, sizeof out) ||
		memmem(bytes.at, bytes.len, in, sizeof in))
		loop_timer_set(&t->binary_time, 0);
}

bool telnet_binary(struct transport *base, bool on)
{
	struct telnet *t = (struct telnet *)base;
	if (base->closing || (on && t->binary_in && t->binary_out) || (!on && !t->binary_asked))
		return false;
	t->binary_asked = on;
	if (on || t->binary_out)
		t->functions->negotiate(
			t->protocol, on ? TELNET_WILL : TELNET_WONT, TELNET_TELOPT_BINARY);
	if (on || t->binary_in)
		t->functions->negotiate(
			t->protocol, on ? TELNET_DO : TELNET_DONT, TELNET_TELOPT_BINARY);
	t->binary_out = t->binary_out && on; /* libtelnet does not tell that it is off */
	if (on)
		loop_timer_set(&t->binary_time, BINARY_PATIENCE);
	else
		loop_timer_stop(&t->binary_time);
	return true;
}

/* ---- what comes ---- */

/* Gathers data.  Outside binary mode a CR that stands alone travels as CR NUL (RFC 854), and the
 * NUL is no data. */
static void gather(struct telnet *t, const char *buffer, size_t size)
{
	size_t from = 0;
	for (size_t i = 0; i < size && !t->binary_in; i++) {
		if (buffer[i] == 0 && t->came_cr) {
			filter_gather(&t->filter, slice_of(buffer + from, i - from));
			from = i + 1;
		}
		t->came_cr = buffer[i] == '\r';
	}
	filter_gather(&t->filter, slice_of(buffer + from, size - from));
}

static void negotiated(struct telnet *t, const telnet_event_t *event)
{
	bool yes = event->type == TELNET_EV_WILL || event->type == TELNET_EV_DO;
	bool his = event->type == TELNET_EV_WILL || event->type == TELNET_EV_WONT;
	if (event->neg.telopt == TELNET_TELOPT_BINARY) {
		*(his ? &t->binary_in : &t->binary_out) = yes;
		if (t->binary_in && t->binary_out && loop_timer_running(&t->binary_time))
			loop_timer_set(&t->binary_time, 0);
	}
	if (!his && event->neg.telopt == TELNET_TELOPT_NAWS) {
		t->offered = true;
		t->wanted = yes;
		send_size(t);
	}
	if (!his && t->agreed)
		t->agreed(t, event->neg.telopt, yes);
}

static void on_event(telnet_t *protocol, telnet_event_t *event, void *arg)
{
	struct telnet *t = arg;
	(void)protocol;
	if (t->filter.base.closing || t->refused)
		return;
	switch (event->type) {
	case TELNET_EV_DATA:
		gather(t, event->data.buffer, event->data.size);
		break;
	case TELNET_EV_SEND:
		transport_send(t->filter.line, slice_of(event->data.buffer, event->data.size),
			SEND_ANSWER);
		break;
	case TELNET_EV_WILL:
	case TELNET_EV_WONT:
	case TELNET_EV_DO:
	case TELNET_EV_DONT:
		negotiated(t, event);
		break;
	case TELNET_EV_TTYPE:
		if (event->ttype.cmd == TELNET_TTYPE_SEND && t->columns)
			t->functions->subnegotiation(t->protocol, TELNET_TELOPT_TTYPE,
				TERMINAL_TYPE, sizeof TERMINAL_TYPE - 1);
		break;
	case TELNET_EV_SUBNEGOTIATION:
		if (t->told)
			t->told(t, event->sub.telopt, slice_of(event->sub.buffer, event->sub.size));
		break;
	case TELNET_EV_COMPRESS:
		/* libtelnet unpacks whether or not that was agreed on, and a packed flood could ask
		 * for a thousand times more answers than its bytes could. */
		t->refused = true;
		telnet_give_up(
			t, "the server compresses its bytes (MCCP2), which wilco did not agree to");
		break;
	default:
		break;
	}
}

static void telnet_take_in(struct telnet *t, struct slice bytes)
{
	t->filter.base.read_at = transport_read_at(t->filter.line);
	if (loop_timer_running(&t->binary_time))
		look_for_refusal(t, bytes);
	t->inside = true;
	t->functions->recv(t->protocol, (const char *)bytes.at, bytes.len);
	t->inside = false;
}

/* What it said in the read that is being worked off comes first; libtelnet is not asked twice at a
 * time. */
bool telnet_take(struct transport *base)
{
	struct telnet *t = (struct telnet *)base;
	bool open = t->inside || filter_take(base);
	if (!base->closing)
		filter_hand_on(&t->filter);
	return open && !base->closing;
}

void telnet_on_data(void *owner, struct slice bytes)
{
	struct telnet *t = owner;
	telnet_take_in(t, bytes);
	filter_hand_on(&t->filter);
}

/* Escapes all bytes for one write, because a command must not be split over two segments.  A lone
 * CR should travel as CR NUL (RFC 854), but terminal servers (ser2net among them) hand the NUL to
 * the device. */
static void telnet_add_escaped(struct slice bytes, struct bytes *out)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.at[i];
		bytes_add_byte(out, c);
		if (c == TELNET_IAC)
			bytes_add_byte(out, c);
	}
}

void telnet_put(struct transport *base, struct slice bytes, unsigned how)
{
	struct telnet *t = (struct telnet *)base;
	struct bytes wire;
	if (!t->filter.line || base->closing)
		return;
	bytes_init(&wire, bytes.len * 2 + 1);
	telnet_add_escaped(bytes, &wire);
	transport_send(t->filter.line, bytes_slice(&wire), how);
	bytes_free(&wire);
}

static void telnet_release(struct transport *base)
{
	struct telnet *t = (struct telnet *)base;
	if (t->protocol)
		t->functions->free(t->protocol);
	free(t->trouble);
}

static void on_fails(void *arg)
{
	struct telnet *t = arg;
	if (t->refused && t->filter.base.kind == &transport_telnet && !t->filter.up)
		filter_up(&t->filter); /* it was connected */
	if (!t->filter.base.closing)
		filter_fail(&t->filter, "%s", t->trouble->what);
}

void telnet_give_up(struct telnet *t, const char *why)
{
	if (t->trouble)
		return;
	t->trouble = mem_new(sizeof *t->trouble);
	error_set(t->trouble, STATUS_CONNECT, "%s", why);
	loop_timer_set(&t->fails, 0);
}

/* What came meanwhile is handed on first of all, unless the owner has taken it already. */
static void telnet_up(struct telnet *t)
{
	loop_timer_stop(&t->quiet);
	filter_up(&t->filter);
	if (!t->filter.base.closing)
		filter_hand_on(&t->filter);
}

static void on_quiet(void *arg)
{
	telnet_up(arg);
}

static void telnet_on_break_over(void *arg)
{
	(void)arg;
}

void telnet_open(struct telnet *t, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events)
{
	struct error err;
	t->functions = module_telnet(&err);
	loop_timer_init(&t->break_over, loop, telnet_on_break_over, t);
	loop_timer_init(&t->fails, loop, on_fails, t);
	loop_timer_init(&t->quiet, loop, on_quiet, t);
	loop_timer_init(&t->binary_time, loop, on_binary_time, t);
	if (t->functions) {
		filter_open(&t->filter, kind, loop, a, connect_timeout, slow, events);
		t->columns = a->columns;
		t->rows = a->rows;
		const telnet_telopt_t *of = t->columns ? terminal_options : options + 1;
		t->protocol =
			t->functions->init(kind->uses & USE_SERIAL ? options : of, on_event, 0, t);
	} else {
		transport_init(&t->filter.base, kind, loop);
		telnet_give_up(t, err.what);
	}
	t->filter.base.release = telnet_release;
}

void telnet_kind_close(struct transport *t)
{
	loop_timer_stop(&((struct telnet *)t)->break_over);
	loop_timer_stop(&((struct telnet *)t)->fails);
	loop_timer_stop(&((struct telnet *)t)->quiet);
	loop_timer_stop(&((struct telnet *)t)->binary_time);
	filter_close(t);
}

/* ---- telnet:// ---- */

/* Nothing is sent before the negotiation was quiet for QUIET: until a server knows our options it
 * may do something, such as to echo, that it does not do afterwards. */
static const int64_t QUIET = 50 * NS_PER_MS, QUIET_MOST = 300 * NS_PER_MS;

static void quiet_start(struct telnet *t)
{
	int64_t left = t->quiet_most - loop_now(t->filter.base.loop);
	loop_timer_set(&t->quiet, left < QUIET ? left > 0 ? left : 0 : QUIET);
}

static void telnet_on_open(void *owner)
{
	struct telnet *t = owner;
	filter_under_open(&t->filter);
	loop_timer_stop(&t->filter.deadline); /* QUIET_MOST limits this */
	t->quiet_most = loop_now_fresh(t->filter.base.loop) + QUIET_MOST;
	quiet_start(t);
}

static void telnet_line_on_data(void *owner, struct slice bytes)
{
	struct telnet *t = owner;
	if (t->filter.up) {
		telnet_on_data(owner, bytes);
		return;
	}
	telnet_take_in(t, bytes);
	if (t->filter.base.closing || t->refused)
		return;
	if (t->filter.came.len > LIMIT_READ)
		telnet_up(t); /* no more of it is kept */
	else
		quiet_start(t);
}

/* What came before it closed may be an answer that needed no command. */
static void telnet_line_on_end(void *owner)
{
	struct telnet *t = owner;
	if (!t->filter.up)
		telnet_up(t);
	if (!t->filter.base.closing)
		filter_on_end(owner);
}

static bool telnet_break(struct transport *base, int64_t ns, struct error *err)
{
	struct telnet *t = (struct telnet *)base;
	(void)ns; /* the peer decides how long it lasts */
	(void)err;
	t->functions->iac(t->protocol, TELNET_BREAK);
	return true;
}

static struct transport *telnet_open_line(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	static const struct transport_events events = {.step = filter_on_step,
		.open = telnet_on_open,
		.data = telnet_line_on_data,
		.end = telnet_line_on_end,
		.fail = filter_on_fail,
		.drained = filter_on_drained};
	struct telnet *t = mem_new(sizeof *t);
	telnet_open(t, &transport_telnet, loop, a, connect_timeout, "", &events);
	return &t->filter.base;
}

/* ---- being called ---- */

/* What a device agrees to: no more than it needs. */
static const telnet_telopt_t device_options[] = {{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO}, {TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DONT},
	{-1, 0, 0}};

struct transport *telnet_accept(
	const struct telnet_functions *functions, struct loop *loop, struct transport *line)
{
	static const struct transport_events events = {.data = telnet_on_data,
		.end = filter_on_end,
		.fail = filter_on_fail,
		.drained = filter_on_drained};
	struct telnet *t = mem_new(sizeof *t);
	t->functions = functions;
	loop_timer_init(&t->break_over, loop, telnet_on_break_over, t);
	loop_timer_init(&t->fails, loop, on_fails, t);
	loop_timer_init(&t->quiet, loop, on_quiet, t);
	loop_timer_init(&t->binary_time, loop, on_binary_time, t);
	filter_over(&t->filter, &transport_telnet, loop, line, &events);
	t->filter.base.release = telnet_release;
	t->filter.up = true;
	t->protocol = functions->init(device_options, on_event, 0, t);
	functions->negotiate(t->protocol, TELNET_WILL, TELNET_TELOPT_SGA);
	return &t->filter.base;
}

const struct transport_kind transport_telnet = {
	.name = "telnet",
	.help = "a telnet server at HOST:PORT; its option negotiation is kept out of the data",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_VIA | USE_BIND | USE_EACH,
	.port = 23,
	.half_closes = true,
	.reopens = true,
	.open = telnet_open_line,
	.window = telnet_window,
	.send = telnet_put,
	.queued = filter_queued,
	.unsent = filter_unsent,
	.read = filter_read,
	.take = telnet_take,
	.close = telnet_kind_close,
	.finish = filter_finish,
	.send_break = telnet_break,
	.binary = telnet_binary,
};
