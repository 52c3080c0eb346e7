/* line.c - handles the events of a session's line, and opens it again; see session.h.
 *
 * A line that was lost is opened again at once, then with pauses that grow to RETRY_MOST; a line
 * that could not be opened waits for the first pause.  Looking for a port of this machine costs
 * nobody anything, and what a device says when it is switched on must not be missed: RETRY_LOCAL.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/secret.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t RETRY_FIRST = 100 * NS_PER_MS;
static const int64_t RETRY_LOCAL = 200 * NS_PER_MS;
static const int64_t RETRY_MOST = 10ll * NS_PER_S;

/* ---- the line ---- */

/* Says whether commands follow each other on one line. */
static bool keeps_line(const struct session *s)
{
	return !frame_half_closes(s->frame, SIDE_COMMAND) && !session_each(s);
}

static bool tries_again(const struct session *s)
{
	bool keeps = s->keep_open && keeps_line(s);
	return (s->direct ? !direct_ends(s) : keeps) && !s->barred;
}

void session_line_drop(struct session *s)
{
	if (s->login)
		login_drop(s);
	session_tell_rest(s);
	if (s->direct)
		direct_line_gone(s);
	session_pace_stop(s);
	if (s->unlogged.len)
		session_log_came(s, false);
	if (s->log && s->line_told) {
		log_disconnected(s->log);
		session_log_flush(s);
	}
	if (!s->lender)
		transport_close(s->line);
	s->line = NULL;
	s->line_open = s->line_told = s->spent = s->single = s->told = false;
	loop_timer_stop(&s->silence_timer);
	split_reset(s->split);
	session_take_back_buffers(s);
}

/* Says why the line is down, once for each reason: a device may be off for a night. */
static void tell_down(struct session *s, const char *why)
{
	if (s->down && strcmp(s->down, why) == 0)
		return;
	free(s->down);
	s->down = mem_str(why);
	session_note(s, "cannot connect: %s%s", why,
		tries_again(s) ? "; trying again until it answers"
		: s->barred    ? "; only .open tries it again, because a wrong password might "
				 "lock an account"
			       : "");
}

static void tell_up(struct session *s)
{
	if (s->down)
		session_note(s, "the line is open");
	free(s->down);
	s->down = NULL;
}

/* Tells that a line was opened afresh, because the device may have begun anew: a login is gone, or
 * a mode.  Whoever called us is told anyway. */
static void tell_opened(struct session *s)
{
	bool told = s->down || address_listens(&s->address);
	tell_up(s);
	told |= late_line_opened(s);
	if (s->again && !told && keeps_line(s))
		session_warn(s,
			"the line was opened again: what was set on it before (%sa mode) "
			"may be gone",
			session_login(s) ? "" : "a login, ");
	s->again = false;
}

static void retry_later(struct session *s)
{
	/* The owner, who was told what ended, may have closed the line or opened another one. */
	if (s->line || s->state == SESSION_CLOSED)
		return;
	if (!tries_again(s)) {
		session_set_state(s, SESSION_CLOSED);
		return;
	}
	session_set_state(s, SESSION_RETRYING);
	loop_timer_set(&s->retry_timer, s->retry_pause);
	int64_t most = address_is_local(&s->address) ? RETRY_LOCAL : RETRY_MOST;
	s->retry_pause = s->retry_pause ? s->retry_pause * 2 : RETRY_FIRST;
	if (s->retry_pause > most)
		s->retry_pause = most;
}

/* Handles a line that ended before the command for which it was opened went out.  It is opened
 * afresh, but a peer that closes each line at once takes no commands. */
static void ended_unused(struct session *s, const char *why)
{
	char error[ERROR_WHAT_MAX];
	s->unused = !s->unused;
	if (s->unused)
		return;
	snprintf(error, sizeof error, "%s before the command was sent, twice", why);
	session_queue_end(s, EXCHANGE_LOST, error);
}

static void lose_current(struct session *s, const char *why, bool spent)
{
	char error[ERROR_WHAT_MAX];
	snprintf(error, sizeof error, "%s%s", why,
		spent ? "; wilco half-closed the connection: try a frame without eof" : "");
	session_current_end(s, EXCHANGE_LOST, NULL, error);
	each_line_lost(s);
}

/* Handles a line that ended; `why` says how. */
static void line_lost(struct session *s, const char *why)
{
	bool unheard = !s->current, outer = s->busy;
	bool spent = s->spent && !s->file;
	s->again = true;
	if (loop_now(s->loop) - s->opened_at > RETRY_MOST)
		s->retry_pause = 0;
	session_line_drop(s);
	s->busy = true;
	if (s->current)
		lose_current(s, why, spent);
	else if (s->queue && s->awaited)
		ended_unused(s, why);
	s->busy = outer;
	if (unheard && s->keep_open)
		session_note(s, "%s", why);
	retry_later(s);
	session_pump(s);
}

/* A telnet line is open some time after it was connected, and bytes come before. */
void session_line_told(struct session *s, const char *peer)
{
	if (s->log && !s->line_told)
		log_connected(s->log, peer);
	s->line_told = true;
}

static void line_is_open(struct session *s)
{
	s->line_open = true;
	s->answered = 0;
	s->awaited = s->queue;
	s->opened_at = loop_now(s->loop);
	session_set_state(s, SESSION_OPEN);
	tell_opened(s);
}

static void on_line_open(void *owner)
{
	struct session *s = owner;
	session_line_told(s, transport_peer(s->line));
	if (login_begins(s))
		return;
	line_is_open(s);
	greeting_line_opened(s);
	session_pump(s);
}

/* What came is logged when its frame is known, which may hold a secret. */
static APART void keep_unlogged(struct session *s, struct slice bytes)
{
	if (bytes_add(&s->unlogged, bytes))
		return;
	session_log_came(s, false);
	if (!bytes_add(&s->unlogged, bytes))
		log_hidden(s->log, false, bytes.len);
}

/* Every reply passes here. */
static inline __attribute__((always_inline)) void take_bytes(struct session *s, struct slice bytes)
{
	s->received += bytes.len;
	s->came_at = loop_now(s->loop);
	s->counted = s->gap_over = false;
	if (s->direct) {
		direct_came(s, bytes);
		return;
	}
	if (tell_waits(s) && s->spent &&
		!s->current->file) /* our side is closed: what comes is dropped */
		return;
	tell_heard(s);
	if (!s->line) /* the owner, who was told, has closed it */
		return;
	split_feed(s->split, bytes);
	session_drain(s);
	if (s->unlogged.len && !split_pending(s->split))
		session_log_came(s, false);
	if (s->current)
		session_reply_goes_on(s);
	if (tell_waits(s))
		tell_go_on(s);
	if (s->late.quiet || s->late.left)
		late_bytes_came(s);
	if (s->greeting.awaited)
		greeting_bytes_came(s);
	session_silence_start(s);
	session_pump(s);
}

void session_take_bytes(struct session *s, struct slice bytes)
{
	take_bytes(s, bytes);
}

static void on_line_data(void *owner, struct slice bytes)
{
	struct session *s = owner;
	if (s->direct)
		direct_heard(s);
	if (s->log && secret_any())
		keep_unlogged(s, bytes);
	else if (s->log)
		log_bytes(s->log, false, bytes, frame_rules(s->frame)->bin);
	bool early = !s->line_open || s->lender;
	if (!early || !login_keeps(s, bytes))
		take_bytes(s, bytes);
}

static void on_line_damage(void *owner, enum line_damage what, unsigned count, size_t at)
{
	damage_came(owner, what, count, at);
}

/* The device says nothing more, behind what waits to be logged. */
static void log_device_end(struct session *s, bool broke)
{
	if (s->unlogged.len)
		session_log_came(s, false);
	if (s->log)
		log_side_ended(s->log, false, broke);
}

static const char *closed_unasked(const struct session *s)
{
	return transport_exit_status(s->line) < 0 ? "peer closed the line"
						  : "the command has ended";
}

static void on_line_end(void *owner)
{
	struct session *s = owner;
	char error[ERROR_WHAT_MAX];
	log_device_end(s, false);
	split_close(s->split);
	session_drain(s);
	tell_peer_closed(s);
	if (!s->line) { /* the close completed the reply, the last one of its line */
		session_pump(s);
		return;
	}
	if (s->current && s->received)
		snprintf(error, sizeof error,
			"peer closed in the middle of the reply, after %zu byte%s", s->received,
			plural(s->received));
	else
		snprintf(error, sizeof error, "%s",
			!s->current     ? closed_unasked(s)
			: tell_waits(s) ? "peer closed before the command had arrived"
			: s->answered && each_is_possible(s)
				? "peer closed without a reply; it answered on this line before: "
				  "if it closes after each reply, connection=each opens a line for "
				  "each command"
				: "peer closed without a reply");
	line_lost(s, error);
}

/* A datagram ends like silence and close, but the line stays. */
static void on_line_boundary(void *owner)
{
	struct session *s = owner;
	split_close(s->split);
	session_drain(s);
	session_silence_start(s);
	session_pump(s);
}

void session_line_failed(struct session *s, const struct error *err)
{
	bool outer = s->busy;
	session_line_drop(s);
	s->busy = true;
	if (s->queue)
		session_queue_end(s, EXCHANGE_CONNECT, err->what);
	else
		tell_down(s, err->what);
	s->busy = outer;
	if (!s->retry_pause)
		s->retry_pause = RETRY_FIRST;
	retry_later(s);
	session_pump(s);
}

static void on_line_fail(void *owner, const struct error *err)
{
	struct session *s = owner;
	if (err->status != STATUS_CONNECT) {
		log_device_end(s, true);
		split_break(s->split);
		session_drain(s);
		line_lost(s, err->what);
		return;
	}
	session_line_failed(s, err);
}

/* Keeps the port that was chosen, so that a device which calls again finds the same one. */
static void keep_port(struct address *a, const char *where)
{
	const char *colon = strrchr(where, ':');
	long port = colon ? strtol(colon + 1, NULL, 10) : 0;
	if (*where != '/' && a->port == 0 && port > 0 && port <= 65535)
		a->port = (uint16_t)port;
}

static void on_line_step(void *owner, enum transport_step step, const char *text)
{
	struct session *s = owner;
	struct bytes line; /* the text may come from a peer or a command */
	if (step == STEP_LISTENING)
		keep_port(&s->address, text);
	if (step == STEP_CONNECTED)
		session_line_told(s, text);
	bool called = step == STEP_CONNECTED && address_listens(&s->address);
	if (!called && !s->verbose && step != STEP_LISTENING && step < STEP_WARNING)
		return;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line, "%s ", called ? "called by" : transport_step_text(step));
	text_add(&line, slice_str(text), TEXT_PLAIN);
	session_tell(s, step >= STEP_WARNING, bytes_str(&line));
	bytes_free(&line);
}

/* Starts the reply's time at the last byte sent: a long command takes its own time first. */
static void on_line_drained(void *owner)
{
	struct session *s = owner;
	if (s->file)
		file_go_on(s);
	else if (s->current && !s->received && !s->pace)
		session_wait(s);
	if (ahead_is_set(s))
		session_pump(s);
	if (s->direct)
		direct_drained(s);
}

static void on_line_binary(void *owner, bool granted)
{
	struct session *s = owner;
	if (s->direct)
		direct_binary(s, granted);
	else if (s->file)
		file_binary(s, granted);
}

static const struct transport_events line_events = {
	.step = on_line_step,
	.open = on_line_open,
	.data = on_line_data,
	.damage = on_line_damage,
	.end = on_line_end,
	.boundary = on_line_boundary,
	.fail = on_line_fail,
	.drained = on_line_drained,
	.binary = on_line_binary,
};

/* A lent line is not opened again, and a login that failed not by itself. */
static bool may_start(struct session *s)
{
	if (s->lender)
		session_queue_end(s, EXCHANGE_LOST, "the line has ended");
	else if (s->barred)
		session_queue_end(s, EXCHANGE_CONNECT, s->barred);
	return !s->lender && !s->barred;
}

void session_line_lent(struct session *on)
{
	on->opened_at = on->since = loop_now(on->loop);
	on->state = SESSION_OPEN;
	greeting_line_starts(on);
	transport_adopt(on->line, &line_events, on);
	greeting_line_opened(on);
}

void session_line_back(struct session *s)
{
	transport_adopt(s->line, &line_events, s);
	line_is_open(s);
	session_pump(s);
}

void session_line_start(struct session *s)
{
	loop_timer_stop(&s->retry_timer);
	if (!may_start(s))
		return;
	s->address.settings = s->settings;
	s->shut = false;
	greeting_line_starts(s);
	s->line = transport_open(
		s->loop, &s->address, address_patience(&s->address), &line_events, s);
	session_set_state(s, SESSION_CONNECTING);
}

void session_on_retry(void *arg)
{
	session_line_start(arg);
}
