/* probing.c - see probing.h.
 *
 * Over a line that can be opened again at no cost the plan is that of `wilco check --probe`.  All
 * else (a serial port, telnet, a device that calls) keeps its line, where a login may be: there the
 * command goes out once, and what ends a line follows it piece by piece.  A serial line on which
 * nothing readable came may have another speed, about which a person is asked.
 */
#include "cmd/probing_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t WAIT = NS_PER_S; /* for the first byte of an answer, if nobody set more */
static const int64_t UNENDED = 400 * NS_PER_MS;
static const int64_t GREETING = NS_PER_S / 2;
static const int64_t LONGEST = 10 * (int64_t)NS_PER_S; /* cuts an endless answer */
static const int64_t SOON = 50 * NS_PER_MS;
enum { REPLY_MOST = 64 * 1024, LISTENED_MOST = 10 };

static void try_it(struct probing *p);

const int64_t probing_speeds[PROBE_SPEEDS] = {115200, 57600, 38400, 19200, 9600, 4800, 2400, 1200};

bool probing_is_serial(const struct probing *p)
{
	return address_byte_time(session_address(probing_session(p))) > 0;
}

long long probing_baud(const struct probing *p)
{
	return (long long)p->settings.at[SET_BAUD].value;
}

size_t probing_attempts(const struct probing *p)
{
	return p->same_line ? p->plan->count
			    : probe_plan_attempts(p->plan, session_address(probing_session(p)));
}

/* ---- settings and frames ---- */

/* Sets what an attempt needs: it waits for a short time, and no line is opened again or waited for
 * because an attempt was in vain. */
static void choose_settings(struct probing *p)
{
	struct setting *at = p->settings.at;
	p->settings = p->before_settings;
	if (!at[SET_TIMEOUT].set)
		at[SET_TIMEOUT] = (struct setting){true, WAIT};
	at[SET_SILENCE] = (struct setting){true, WAIT};
	at[SET_DEADLINE] = (struct setting){true, LONGEST};
	at[SET_RESYNC] = (struct setting){true, 1};
	at[SET_GATEWAY] = (struct setting){true, 1};
	at[SET_CONNECTION] = (struct setting){true, CONNECTION_KEEP};
	at[SET_AHEAD] = (struct setting){true, 1};
	if (!at[SET_GREET].set && address_reopens(session_address(probing_session(p))))
		at[SET_GREET] = (struct setting){true, GREETING};
}

static bool set_frame(struct probing *p, struct slice notation, struct error *err)
{
	struct frame *frame = frame_find(p->shell->context->book, notation, err);
	bool good = frame && session_set_frame(probing_session(p), frame, err);
	frame_unref(frame);
	return good;
}

/* Puts the frame and the settings back; false: something is still on its way. */
static bool put_back(struct probing *p)
{
	struct error err;
	struct session *s = probing_session(p);
	if (session_pending(s) || !session_set_frame(s, p->before, &err))
		return false;
	if (!session_change(s, &p->before_settings, &err))
		shell_complain(p->shell, &err, SLICE(""));
	return true;
}

/* Describes what was sent and what came. */
static struct guess_seen seen_of(const struct probing *p)
{
	bool asks = p->plan != NULL;
	if (!asks)
		return (struct guess_seen){
			.reply = bytes_slice(&p->reply), .silence = NS_PER_S / 2};
	const struct probe_end *end = probe_end_of(&p->asked, probing_attempt(p));
	return (struct guess_seen){.asked = true,
		.command = bytes_slice(&p->asked.command),
		.end = slice_of(end->bytes, end->size),
		.half_close = probing_attempt(p)->half,
		.reply = probe_whole_lines(bytes_slice(&p->reply), p->endless),
		.closed = p->closed,
		.datagrams = address_datagrams(session_address(probing_session(p))),
		.endless = p->endless,
		.varies = true,
		.silence = NS_PER_S / 2};
}

/* ---- the end ---- */

static void probing_over(struct probing *p)
{
	struct shell *sh = p->shell;
	loop_timer_stop(&p->timer);
	sh->probing = NULL;
	frame_unref(p->before);
	probe_asked_free(&p->asked);
	bytes_free(&p->sent);
	bytes_free(&p->reply);
	free(p);
}

/* Ends the probe: everything is as it was before. */
static void finish(struct probing *p)
{
	struct shell *sh = p->shell;
	p->phase = PROBE_FINISHES;
	if (!put_back(p)) {
		loop_timer_set(&p->timer, SOON);
		return;
	}
	if (p->stopped)
		probing_say(p, "stopped; the frame and the settings are as before");
	else if (!p->found)
		probing_tell_reason(p);
	/* Half a command may lie in the device, or its line was closed. */
	bool closed = p->stopped && session_state(probing_session(p)) == SESSION_CLOSED;
	if (!p->found && !p->same_line && p->plan && !closed) {
		session_close(probing_session(p));
		if (!p->was_shut)
			session_open(probing_session(p));
	}
	probing_over(p);
	shell_run_soon(sh);
	shell_refresh(sh);
}

/* Looks for the frame of what came. */
static void conclude(struct probing *p)
{
	struct bytes notation, because;
	const struct guess_seen seen = seen_of(p);
	const struct frame_book *book = p->shell->context->book;
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&because, LIMIT_MESSAGE);
	p->found = true;
	if (!guess_frame(book, &seen, &notation, &because)) {
		probing_say(p, "something answered, but no frame is known that fits it");
	} else {
		if (seen.asked)
			guess_name(book, &seen, seen.command, &notation);
		/* Where the line ends with the reply, a frame must say so. */
		bool fits = strcmp(frame_notation(p->before), bytes_str(&notation)) == 0 ||
			    (!seen.closed && guess_holds(p->before, &seen, seen.command, NULL));
		probing_tell_proposal(p, bytes_str(&notation), bytes_str(&because), fits);
	}
	bytes_free(&notation);
	bytes_free(&because);
	finish(p);
}

/* ---- other speeds ---- */

/* Goes on at the next speed; false: all were tried. */
static bool next_speed(struct probing *p)
{
	struct error err;
	while (p->speed < PROBE_SPEEDS &&
		probing_speeds[p->speed] == p->before_settings.at[SET_BAUD].value)
		p->speed++;
	if (p->speed == PROBE_SPEEDS)
		return false;
	p->settings.at[SET_BAUD] = (struct setting){true, probing_speeds[p->speed++]};
	if (!session_change(probing_session(p), &p->settings, &err)) {
		probing_say(p, "%lld baud cannot be set: %s", probing_baud(p), err.what);
		return next_speed(p);
	}
	p->plan = &probe_plan_speed;
	p->attempt = 0;
	p->other_speeds = true;
	bytes_clear(&p->sent);
	return true;
}

static void put_question(struct probing *p)
{
	struct ui *ui = p->shell->ui;
	p->unasked = !ui->ops->ask(ui, SLICE("try the other speeds?"), false);
}

bool probing_asks(const struct shell *sh)
{
	return sh->probing && sh->probing->phase == PROBE_WAITS_FOR_YES && !sh->probing->unasked;
}

void probing_asks_again(struct shell *sh)
{
	if (sh->probing && sh->probing->phase == PROBE_WAITS_FOR_YES && sh->probing->unasked)
		put_question(sh->probing);
}

void probing_answer(struct shell *sh, bool given)
{
	struct probing *p = sh->probing;
	p->phase = PROBE_BEGINS;
	if (given && !p->stopped && next_speed(p))
		loop_timer_set(&p->timer, 0);
	else
		finish(p);
}

/* ---- the attempts ---- */

/* All attempts of the plan were in vain. */
static void in_vain(struct probing *p)
{
	bool serial = probing_is_serial(p) && !p->echoes && !p->asked.own;
	if (p->other_speeds && next_speed(p)) {
		try_it(p);
	} else if (serial && !p->other_speeds && p->shell->ui->ops->ask) {
		p->phase = PROBE_WAITS_FOR_YES;
		probing_tell_speeds(p);
		put_question(p);
	} else {
		finish(p);
	}
}

static void next_attempt(struct probing *p)
{
	p->attempt++;
	if (p->attempt >= probing_attempts(p) || (p->same_line && p->closed))
		in_vain(p);
	else
		try_it(p);
}

/* Says whether these bytes are what a line at another speed makes of a text. */
static bool is_noise(const struct probing *p)
{
	struct slice s = bytes_slice(&p->reply);
	uint32_t code;
	size_t odd = 0;
	if (!probing_is_serial(p) || !guess_is_text(bytes_slice(&p->asked.command)))
		return false;
	for (size_t n; (n = text_decode(s, &code)) > 0; s = slice_cut(s, n, s.len))
		odd += code == 0xFFFFFFFF;
	return p->status == EXCHANGE_DAMAGED || !guess_is_text(bytes_slice(&p->reply)) ||
	       odd * 4 > p->reply.len;
}

/* Judges what came for the attempt. */
static void judge(struct probing *p)
{
	bool typed = p->plan == &probe_plan_lines && p->attempt == 0;
	if (!p->reply.len) {
		next_attempt(p);
	} else if (is_noise(p)) {
		p->noise = true;
		next_attempt(p);
	} else if (probe_only_echo(&p->asked, probing_attempt(p), bytes_slice(&p->reply))) {
		p->echoes = true;
		p->plan = typed ? &probe_plan_typed : p->plan;
		next_attempt(p);
	} else {
		conclude(p);
	}
}

static void take(struct probing *p, struct slice bytes)
{
	size_t room = REPLY_MOST - p->reply.len;
	bytes_add(&p->reply, slice_cut(bytes, 0, bytes.len < room ? bytes.len : room));
}

/* Takes what came.  The frame waits for silence; what ended before that, the device's close ended.
 */
static void take_reply(struct probing *p, const struct exchange *x)
{
	bool datagrams = address_datagrams(session_address(probing_session(p)));
	bool at_once = x->status == EXCHANGE_OK && x->ended_at - x->came_at < NS_PER_S / 4;
	for (const struct reply *r = x->replies; r; r = r->next)
		take(p, r->raw);
	take(p, x->stray);
	p->closed = p->closed || x->status == EXCHANGE_LOST || (at_once && !datagrams);
	p->endless = x->status == EXCHANGE_TIMEOUT && p->reply.len;
}

static void cannot_go_on(struct probing *p, enum status exit, const char *why)
{
	snprintf(p->why, sizeof p->why, "%s", why);
	p->exit = exit;
}

static bool probing_told(void *asker, struct session *s, struct exchange *x)
{
	struct shell *sh = asker;
	struct probing *p = sh->probing;
	if (!p)
		return shell_show_exchange(sh, s, x);
	take_reply(p, x);
	p->stopped = p->stopped || x->status == EXCHANGE_CANCELLED;
	if (x->status == EXCHANGE_CONNECT || x->status == EXCHANGE_REFUSED)
		cannot_go_on(p, exchange_exit(x->status), x->error ? x->error : "nothing was sent");
	p->status = x->status;
	loop_timer_set(&p->timer, 0);
	return shell_show_exchange(sh, s, x);
}

/* Sets the frame that sends the attempt and takes whatever comes. */
static bool choose_frame(struct probing *p, struct error *err)
{
	struct bytes notation;
	const struct guess_seen seen = seen_of(p);
	bytes_init(&notation, LIMIT_NOTATION);
	guess_add_any(&seen, &notation);
	bool good = set_frame(p, bytes_slice(&notation), err);
	bytes_free(&notation);
	return good;
}

/* Sends the attempt, or what is missing of it on this line. */
static void send_it(struct probing *p)
{
	struct bytes wire, unused;
	struct error err;
	bytes_init(&wire, LIMIT_LINE + PROBE_END_MOST);
	bytes_init(&unused, LIMIT_FRAME_MOST);
	probe_add(&p->asked, probing_attempt(p), &wire);
	struct slice missing = bytes_slice(&wire);
	bool goes_on = p->sent.len && slice_starts(missing, bytes_slice(&p->sent)) &&
		       !address_datagrams(session_address(probing_session(p)));
	struct request r = {.payload = bytes_slice(&p->asked.command),
		.ended = probing_told,
		.asker = p->shell};
	if (goes_on)
		missing = slice_cut(missing, p->sent.len, missing.len);
	/* A command with line ends inside it does not fit such a frame. */
	if (goes_on || !session_preview(probing_session(p), &r, &unused, &err)) {
		r.payload = missing;
		r.wire = true;
	}
	if (!goes_on || !p->echoes)
		p->reply.len = 0; /* else the echo is the beginning of what comes */
	bytes_clear(&p->sent);
	bytes_add(&p->sent, bytes_slice(&wire));
	session_ask(probing_session(p), &r);
	bytes_free(&wire);
	bytes_free(&unused);
}

/* Waits for a greeting on the first line that is opened, and on others only if there was one. */
static void expect_greeting(struct probing *p)
{
	if (session_opened_at(probing_session(p)))
		return;
	if (p->opened && !p->greets)
		p->settings.at[SET_GREET] = p->before_settings.at[SET_GREET];
	p->opened = true;
}

/* Waits only shortly for an answer to a command without an end: a device may forget one that is
 * finished late. */
static void choose_timeout(struct probing *p)
{
	struct setting *timeout = &p->settings.at[SET_TIMEOUT];
	*timeout = p->before_settings.at[SET_TIMEOUT];
	if (!timeout->set)
		*timeout = (struct setting){true, WAIT};
	bool unended = !p->asked.own && !probing_attempt(p)->half &&
		       probing_attempt(p)->end == PROBE_NOTHING && probing_attempts(p) > 1;
	if (unended && timeout->value > UNENDED)
		timeout->value = UNENDED;
}

static void try_it(struct probing *p)
{
	struct error err;
	struct session *s = probing_session(p);
	bool fresh = !p->same_line && p->attempt && (probing_attempt(p)->fresh || p->closed);
	if (fresh && !address_datagrams(session_address(s)))
		session_close(s); /* it is opened again by the command */
	if (fresh || probing_attempt(p)->fresh)
		bytes_clear(&p->sent);
	p->closed = p->endless = false;
	expect_greeting(p);
	choose_timeout(p);
	if (!session_change(s, &p->settings, &err) || !choose_frame(p, &err)) {
		cannot_go_on(p, err.status, err.what);
		finish(p);
		return;
	}
	probing_tell_attempt(p);
	send_it(p);
}

/* ---- listening ---- */

void probing_unasked(struct opened *device, const struct exchange *x)
{
	struct probing *p = device->shell->probing;
	if (!p || p->device != device)
		return;
	p->greets = p->greets || x->status == EXCHANGE_GREETING;
	if (p->plan)
		return;
	for (const struct reply *r = x->replies; r; r = r->next)
		take(p, r->raw);
	take(p, x->stray);
}

static void tell_silence(const struct probing *p, bool open)
{
	if (open)
		probing_say(p,
			"it says nothing by itself; .probe COMMAND sends a command with one line "
			"end after the other");
	else
		probing_say(p, "the line did not open, so nothing could be heard");
}

static void listen_on(struct probing *p)
{
	struct session *s = probing_session(p);
	bool open = session_opened_at(s) != 0;
	if (!open && !p->stopped && p->listened++ < LISTENED_MOST) {
		loop_timer_set(&p->timer, p->settings.at[SET_TIMEOUT].value);
		return;
	}
	/* What has no end yet comes now. */
	if (!put_back(p)) {
		loop_timer_set(&p->timer, SOON);
		return;
	}
	if (p->reply.len && !p->stopped) {
		conclude(p);
		return;
	}
	if (!p->stopped)
		tell_silence(p, open);
	p->found = true; /* nothing was sought */
	finish(p);
}

static bool begin_listening(struct probing *p, struct error *err)
{
	int64_t turn = p->settings.at[SET_TIMEOUT].value;
	char text[DURATION_TEXT_MAX];
	p->phase = PROBE_LISTENS;
	if (!session_change(probing_session(p), &p->settings, err) || !choose_frame(p, err))
		return false;
	session_open(probing_session(p));
	probing_say(p, "listening for %s; nothing is sent", duration_text(turn, text));
	loop_timer_set(&p->timer, turn);
	return true;
}

/* ---- beginning, and stopping ---- */

/* Returns how long to wait before the first attempt: the line is being opened, or was opened so
 * lately that a greeting may come.  0: no time. */
static int64_t wait_for_line(const struct probing *p)
{
	const struct session *s = probing_session(p);
	int64_t since = session_opened_at(s);
	if (!since)
		return session_state(s) == SESSION_CONNECTING ? SOON : 0;
	int64_t left = since + GREETING - loop_now_fresh(p->shell->loop);
	return left > 0 && !p->other_speeds ? left : 0;
}

static void probing_on_time(void *arg)
{
	struct probing *p = arg;
	if (p->phase == PROBE_LISTENS) {
		listen_on(p);
	} else if (p->phase == PROBE_FINISHES || p->stopped || p->why[0]) {
		finish(p);
	} else if (p->phase == PROBE_BEGINS && wait_for_line(p) > 0) {
		loop_timer_set(&p->timer, wait_for_line(p));
	} else if (p->phase == PROBE_BEGINS) {
		p->phase = PROBE_ASKS;
		try_it(p);
	} else {
		judge(p);
	}
}

static struct probing *probing_new(struct shell *sh, struct slice command)
{
	struct probing *p = mem_new(sizeof *p);
	struct session *s = shell_now(sh);
	const struct address *a = session_address(s);
	p->shell = sh;
	p->device = shell_current(sh);
	p->before = frame_ref(session_frame(s));
	p->before_settings = *session_settings(s);
	p->was_shut = session_state(s) == SESSION_CLOSED;
	p->same_line = (!address_is_direct(a) && !address_datagrams(a)) || session_login(s);
	bytes_init(&p->sent, LIMIT_LINE + PROBE_END_MOST);
	bytes_init(&p->reply, REPLY_MOST);
	probe_asked_init(&p->asked, command);
	p->plan = command.len ? probe_plan_for(a, p->asked.own, p->same_line) : NULL;
	loop_timer_init(&p->timer, sh->loop, probing_on_time, p);
	choose_settings(p);
	sh->probing = p;
	return p;
}

static bool begin(struct shell *sh, struct slice command, struct error *err)
{
	struct probing *p = probing_new(sh, command);
	if (!p->plan && !begin_listening(p, err)) {
		struct error ignored;
		session_change(probing_session(p), &p->before_settings, &ignored);
		probing_over(p);
		return false;
	}
	if (p->plan) {
		probing_tell_beginning(p);
		loop_timer_set(&p->timer, 0);
	}
	return true;
}

bool probing_start(struct shell *sh, struct slice command, struct error *err)
{
	struct order o;
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	if (sh->probing)
		return error_set(err, STATUS_USAGE, "%s is being probed already: Ctrl-C stops that",
			session_name(probing_session(sh->probing)));
	if (!command.len)
		return begin(sh, command, err);
	order_init(&o);
	bool good = probe_read(command, &o, err) && begin(sh, bytes_slice(&o.payload), err);
	order_free(&o);
	return good;
}

bool probing_wire(struct slice command, struct bytes *out, struct error *err)
{
	struct order o;
	order_init(&o);
	bool good = probe_read(command, &o, err);
	if (good)
		bytes_add(out, bytes_slice(&o.payload));
	order_free(&o);
	return good;
}

bool probing_at(const struct opened *device)
{
	return device->shell->probing && device->shell->probing->device == device;
}

bool probing_stop(struct shell *sh, const struct opened *device)
{
	struct probing *p = sh->probing;
	if (!p || (device && p->device != device) || p->stopped)
		return false;
	p->stopped = true;
	if (session_pending(probing_session(p)))
		session_cancel(probing_session(p));
	else if (p->phase != PROBE_WAITS_FOR_YES)
		loop_timer_set(&p->timer, 0);
	return true;
}

void probing_free(struct shell *sh)
{
	if (sh->probing)
		probing_over(sh->probing);
}
