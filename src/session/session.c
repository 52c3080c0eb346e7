/* session.c - the state machine over a line and a frame; see session.h.
 *
 *   queue --> current --> ended (reported once, then freed)
 *
 * Invariants:
 * - At most one exchange is current; it is current from the moment its bytes went out.
 * - What the splitter still holds when a command goes out came before it and cannot answer it:
 *   nothing is sent while events are being drained.
 * - A line whose peer, or whose own side, is closed is never used for another command.
 * - After a reply was given up (timeout, damage, cancel) the session is `unsynced`: what comes
 *   then answers nothing, and the next command goes out on a fresh line, or after a quiet time
 *   where the line cannot be opened afresh by us (the device calls).
 * - The buffers lent to the splitter are taken back whenever nothing is pending, so that an idle
 *   session is its own struct and little more.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- telling the owner ---- */

void session_set_state(struct session *s, enum session_state state)
{
	if (s->state == state)
		return;
	s->state = state;
	s->since = loop_now(s->loop);
	if (s->events->state)
		s->events->state(s->owner, s);
}

void session_tell(struct session *s, bool warning, const char *text)
{
	if (s->log)
		log_note(s->log, text);
	if (s->events->note)
		s->events->note(s->owner, s, warning, text);
}

void session_note(struct session *s, const char *format, ...)
{
	char text[ERROR_WHAT_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	session_tell(s, false, text);
}

static void finish(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	/* What comes unasked came when it was read: in a flood the clock would cost as much as all
	 * else. */
	int64_t now = x->command ? loop_now_fresh(s->loop) : loop_now(s->loop);
	exchange_end(x, status, now, end, error);
	if (s->log) {
		log_exchange(s->log, x);
		session_log_flush(s);
	}
	s->events->exchange(s->owner, s, x);
	transcript_add(&s->transcript, x);
}

/* ---- the splitter's buffers ---- */

void session_split_begin(struct session *s)
{
	split_init(&s->split, s->frame, SIDE_REPLY, &s->sent, (size_t)s->settings.at[SET_MAX].value,
		&s->pending, &s->scratch);
}

static void take_back_buffers(struct session *s)
{
	if (split_pending(&s->split) == 0) {
		bytes_free(&s->pending);
		bytes_free(&s->scratch);
	}
}

/* ---- how an exchange ends ---- */

/* Bytes behind a reply that is the last of its line belong to no frame; they are kept. */
static void keep_leftover(struct session *s)
{
	bytes_add(&s->current->stray,
		slice_cut(bytes_slice(&s->pending), s->split.pos, s->pending.len));
}

void session_line_drop(struct session *s)
{
	session_pace_stop(s);
	if (s->log && s->line_open) {
		log_disconnected(s->log);
		session_log_flush(s);
	}
	transport_close(s->line);
	s->line = NULL;
	s->line_open = s->spent = false;
	loop_timer_stop(&s->silence_timer);
	split_reset(&s->split);
	take_back_buffers(s);
}

void session_current_end(
	struct session *s, enum exchange_status status, const char *end, const char *error)
{
	struct exchange *x = s->current;
	bool last_of_line = s->spent;
	if (last_of_line)
		keep_leftover(s);
	x->heard = s->received > 0;
	s->current = NULL;
	s->bid = BID_NONE;
	split_expect_echo(&s->split, (struct slice){0});
	loop_timer_stop(&s->reply_timer);
	if (status == EXCHANGE_OK) {
		s->rtt = loop_now(s->loop) - x->sent_at; /* the clock was read with the bytes */
		s->retry_pause = 0;
		s->answered = true;
	}
	/* A reply that repeats a number of its command cannot be taken for another's. */
	s->unsynced = (status == EXCHANGE_TIMEOUT || status == EXCHANGE_DAMAGED ||
			      status == EXCHANGE_CANCELLED) &&
		      !frame_matches_replies(s->frame);
	if (last_of_line) {
		session_line_drop(s);
		s->unsynced = false;
		session_set_state(s, SESSION_CLOSED);
	}
	finish(s, x, status, end, error);
}

void session_queue_end(struct session *s, enum exchange_status status, const char *error)
{
	struct exchange *x = s->queue;
	s->queue = s->queue_last = NULL;
	s->queued = 0;
	while (x) {
		struct exchange *next = x->next;
		finish(s, x, status, NULL, error);
		x = next;
	}
}

/* ---- events of the splitter ---- */

/* Frames and bytes that answer no command are exchanges of their own. */
static void report_alone(struct session *s, const struct split_event *event)
{
	struct exchange *x = exchange_alone(&s->transcript, s->frame, loop_wall(s->loop), event);
	finish(s, x, s->unsynced ? EXCHANGE_LATE : EXCHANGE_UNSOLICITED, NULL,
		x->last ? x->last->error : NULL);
}

void session_wait(struct session *s)
{
	loop_timer_set(&s->reply_timer, s->settings.at[SET_TIMEOUT].value);
}

static void note_other(struct session *s, const struct split_event *event)
{
	s->others++;
	s->other = event->other;
	s->other_value = event->values->at[event->other];
}

static void take_frame(struct session *s, struct split_event *event)
{
	if (event->mark == MARK_ECHO) {
		exchange_take(s->current, event);
		return;
	}
	handshake_good(s);
	enum reply_state reply = reply_take(&s->tracker, event);
	if (event->mark == MARK_ASYNC || event->mark == MARK_NOT_OURS) {
		s->elsewhere += event->raw.len;
		if (event->mark == MARK_NOT_OURS)
			note_other(s, event);
		report_alone(s, event);
		return;
	}
	if (!exchange_take(s->current, event))
		session_current_end(s, EXCHANGE_DAMAGED, NULL, "the reply is over the size limit");
	else if (reply == REPLY_DONE)
		session_current_end(s, EXCHANGE_OK, NULL, NULL);
	else
		session_wait(s);
}

static void take_event(struct session *s, struct split_event *event)
{
	char text[SPLIT_TEXT_MAX];
	if (!s->current) {
		if (event->kind == SPLIT_FRAME)
			handshake_good(s);
		if (event->kind == SPLIT_ACK)
			handshake_token(s, event);
		if (event->token != TOKEN_BID_END) /* the end of what was said already */
			report_alone(s, event);
		return;
	}
	switch (event->kind) {
	case SPLIT_FRAME:
		take_frame(s, event);
		break;
	case SPLIT_DAMAGED:
	case SPLIT_OVERSIZE:
		exchange_take(s->current, event);
		if (event->mark != MARK_ECHO && handshake_damaged(s))
			break;
		session_current_end(s, EXCHANGE_DAMAGED, NULL, split_error_text(event, text));
		break;
	case SPLIT_PARTIAL:
	case SPLIT_STRAY:
		exchange_take(s->current, event);
		break;
	case SPLIT_ACK:
		exchange_take(s->current, event);
		handshake_token(s, event);
		break;
	}
}

void session_drain(struct session *s)
{
	struct split_event event;
	bool outer = s->busy;
	s->busy = true;
	while (split_next(&s->split, &event))
		take_event(s, &event);
	s->busy = outer;
	take_back_buffers(s);
}

/* ---- no reply in time ---- */

/* "... 2 frames came that answer another command (tid 3, not 4)" */
static void explain_others(const struct session *s, const char *limit, char error[ERROR_WHAT_MAX])
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "%s ", frame_field_name(s->frame, s->other));
	frame_field_text(&s->other_value, &text);
	bytes_add_str(&text, ", not ");
	frame_field_text(&s->sent.at[s->other], &text);
	snprintf(error, ERROR_WHAT_MAX,
		"no reply within %s: %zu frame%s came that %s another command (%s)", limit,
		s->others, s->others == 1 ? "" : "s", s->others == 1 ? "answers" : "answer",
		bytes_str(&text));
	bytes_free(&text);
}

/* What came has no end, or was whole and of another command; or nothing came. */
static void explain_timeout(const struct session *s, char error[ERROR_WHAT_MAX])
{
	char limit[DURATION_TEXT_MAX];
	size_t open = s->received > s->elsewhere ? s->received - s->elsewhere : 0;
	duration_text(s->settings.at[SET_TIMEOUT].value, limit);
	if (open)
		snprintf(error, ERROR_WHAT_MAX,
			"no complete reply within %s: %zu byte%s came without an end", limit, open,
			open == 1 ? "" : "s");
	else if (s->others)
		explain_others(s, limit, error);
	else
		snprintf(error, ERROR_WHAT_MAX, "no reply within %s", limit);
}

static void on_reply_time(void *arg)
{
	struct session *s = arg;
	char end[64], error[ERROR_WHAT_MAX];
	split_silence(&s->split);
	session_drain(s);
	if (!s->current) {
		session_pump(s);
		return;
	}
	snprintf(end, sizeof end, "timeout after %zu byte%s", s->received,
		s->received == 1 ? "" : "s");
	explain_timeout(s, error);
	session_current_end(s, EXCHANGE_TIMEOUT, end, error);
	session_pump(s);
}

/* ---- sending ---- */

/* Whether the next command can go out now; if not, what makes it so is under way. */
static bool line_ready(struct session *s)
{
	int64_t resync = s->settings.at[SET_RESYNC].value;
	if (s->line && s->line_open && (s->spent || (s->unsynced && resync >= 0))) {
		if (!address_reopens(&s->address) && !s->spent) {
			if (!loop_timer_running(&s->send_timer))
				loop_timer_set(&s->send_timer, resync);
			return false;
		}
		session_line_drop(s);
	}
	if (!s->line) {
		session_line_start(s);
		return false;
	}
	if (s->line_open && s->quiet_until > loop_now(s->loop)) {
		loop_timer_set(&s->send_timer, s->quiet_until - loop_now(s->loop));
		return false;
	}
	return s->line_open;
}

static void on_send_time(void *arg)
{
	struct session *s = arg;
	if (!address_reopens(&s->address))
		s->unsynced = false; /* it was quiet for long enough */
	session_pump(s);
}

/* What the user set for the session, and over it what this command alone has. */
static void merge_fields(
	const struct session *s, const struct frame_values *with, struct frame_values *set)
{
	for (size_t i = 0; i < frame_field_count(s->frame); i++)
		set->at[i] = with && with->at[i].set ? with->at[i] : s->set.at[i];
}

static bool encode(struct session *s, const struct exchange *x, struct frame_values *sent,
	struct bytes *out, struct error *err)
{
	struct bytes scratch; /* the session's own holds the splitter's parse */
	struct frame_values set;
	if (x->wire)
		return bytes_add(out, x->payload);
	merge_fields(s, x->with, &set);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good =
		frame_encode(s->frame, SIDE_COMMAND, x->payload, &set, sent, 0, &scratch, out, err);
	bytes_free(&scratch);
	return good;
}

static void put_on_line(struct session *s, struct exchange *x)
{
	struct frame_gap gap = frame_gap_after(s->frame, SIDE_COMMAND);
	s->current = x;
	s->received = s->elsewhere = s->others = 0;
	s->spent = !x->wire && frame_half_closes(s->frame, SIDE_COMMAND);
	reply_begin(&s->tracker, s->frame);
	clock_gettime(CLOCK_REALTIME, &x->time);
	handshake_begin(s);
	x->sent_at = loop_now_fresh(s->loop);
	if (gap.present)
		s->quiet_until = x->sent_at + session_gap(s, gap);
	session_wait(s);
}

/* Sends the next command, if one waits and nothing stands in its way. */
void session_pump(struct session *s)
{
	struct error err;
	if (s->busy)
		return;
	while (!s->current && s->queue && line_ready(s)) {
		struct exchange *x = s->queue;
		s->queue = x->next;
		if (!s->queue)
			s->queue_last = NULL;
		s->queued--;
		s->busy = true; /* an owner that answers a refusal by the next command does not
				   recurse */
		if (encode(s, x, &s->sent, &x->sent, &err))
			put_on_line(s, x);
		else
			finish(s, x, EXCHANGE_REFUSED, NULL, err.what);
		s->busy = false;
	}
}

/* ---- the owner's side ---- */

struct session *session_new(const struct session_config *config)
{
	struct session *s = mem_new(sizeof *s);
	s->loop = config->loop;
	s->name = mem_str(config->name);
	address_copy(&s->address, config->address);
	s->settings = *config->settings;
	settings_merge(&s->settings, &config->address->settings);
	s->frame = frame_ref(config->frame);
	s->keep_open = config->keep_open;
	s->verbose = config->verbose;
	s->events = config->events;
	s->owner = config->owner;
	s->rtt = -1;
	if (config->fields)
		s->set = *config->fields;
	bytes_init(&s->pending, LIMIT_FRAME_MOST);
	bytes_init(&s->scratch, LIMIT_FRAME_MOST);
	loop_timer_init(&s->reply_timer, s->loop, on_reply_time, s);
	loop_timer_init(&s->silence_timer, s->loop, session_on_silence, s);
	loop_timer_init(&s->send_timer, s->loop, on_send_time, s);
	loop_timer_init(&s->retry_timer, s->loop, session_on_retry, s);
	transcript_init(
		&s->transcript, config->keep ? (size_t)s->settings.at[SET_TRANSCRIPT].value : 0);
	session_split_begin(s);
	if (s->keep_open)
		session_open(s);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	session_line_drop(s);
	loop_timer_stop(&s->reply_timer);
	loop_timer_stop(&s->send_timer);
	loop_timer_stop(&s->retry_timer);
	if (s->current)
		exchange_free(s->current);
	while (s->queue) {
		struct exchange *next = s->queue->next;
		exchange_free(s->queue);
		s->queue = next;
	}
	struct error ignored; /* nobody is left to be told */
	log_close(s->log, &ignored);
	transcript_free(&s->transcript);
	bytes_free(&s->pending);
	bytes_free(&s->scratch);
	frame_unref(s->frame);
	address_free(&s->address);
	free(s->down);
	free(s->name);
	free(s);
}

const char *session_name(const struct session *s)
{
	return s->name;
}

const struct address *session_address(const struct session *s)
{
	return &s->address;
}

struct frame *session_frame(const struct session *s)
{
	return s->frame;
}

enum session_state session_state(const struct session *s)
{
	return s->state;
}

const struct settings *session_settings(const struct session *s)
{
	return &s->settings;
}

bool session_change(struct session *s, const struct settings *settings, struct error *err)
{
	if (s->line && s->line_open && !transport_change(s->line, settings, err))
		return false;
	s->settings = *settings;
	if (s->transcript.cap)
		s->transcript.cap = (size_t)settings->at[SET_TRANSCRIPT].value;
	return true;
}

const struct transcript *session_transcript(const struct session *s)
{
	return &s->transcript;
}

void session_log_flush(struct session *s)
{
	struct error err;
	if (!s->log || log_flush(s->log, &err))
		return;
	struct error ignored;
	log_close(s->log, &ignored);
	s->log = NULL;
	if (s->events->log_failed)
		s->events->log_failed(s->owner, s, &err);
}

bool session_log(struct session *s, const char *name, bool capture, struct error *err)
{
	struct log *log = name ? log_open(name, capture, s->name, &s->address, err) : NULL;
	if (name && !log)
		return false;
	bool good = log_close(s->log, err);
	s->log = log;
	if (log && s->line_open)
		log_connected(log, transport_peer(s->line));
	return good;
}

const char *session_log_path(const struct session *s)
{
	return s->log ? log_path(s->log) : NULL;
}

bool session_break(struct session *s, int64_t ns, struct error *err)
{
	if (!s->line || !s->line_open)
		return error_set(err, STATUS_CONNECT, "the line is not open");
	return transport_break(s->line, ns, err);
}

struct frame_values *session_fields(struct session *s)
{
	return &s->set;
}

size_t session_pending(const struct session *s)
{
	return s->queued + (s->current != NULL);
}

const struct exchange *session_current(const struct session *s)
{
	return s->current;
}

const struct exchange *session_next(const struct session *s)
{
	return s->queue;
}

int64_t session_opened_at(const struct session *s)
{
	return s->line_open ? s->opened_at : 0;
}

int64_t session_since(const struct session *s)
{
	return s->since;
}

int64_t session_retry_at(const struct session *s)
{
	return loop_timer_running(&s->retry_timer) ? s->retry_timer.due : 0;
}

int64_t session_rtt(const struct session *s)
{
	return s->rtt;
}

void session_open(struct session *s)
{
	if (!s->line)
		session_line_start(s);
}

bool session_cancel(struct session *s)
{
	bool waited = session_pending(s) > 0;
	session_queue_end(s, EXCHANGE_CANCELLED, "cancelled before it was sent");
	if (s->current)
		session_current_end(
			s, EXCHANGE_CANCELLED, NULL, "given up while waiting for the reply");
	return waited;
}

void session_close(struct session *s)
{
	session_cancel(s);
	loop_timer_stop(&s->retry_timer);
	loop_timer_stop(&s->send_timer);
	session_line_drop(s);
	s->unsynced = false;
	s->retry_pause = 0;
	free(s->down);
	s->down = NULL;
	session_set_state(s, SESSION_CLOSED);
}

bool session_frame_fits(const struct address *a, const struct frame *frame, struct error *err)
{
	struct bytes line;
	if (address_half_closes(a) || !frame_half_closes(frame, SIDE_COMMAND))
		return true;
	bytes_init(&line, LIMIT_MESSAGE);
	address_text(a, &line);
	error_set(err, STATUS_USAGE,
		"the frame %s closes our side behind a command (eof), which %s cannot",
		frame_name(frame), bytes_str(&line));
	bytes_free(&line);
	return error_hint(err, "esc-cr-nul is esc-cr on a line that stays open");
}

bool session_set_frame(struct session *s, struct frame *frame, struct error *err)
{
	if (session_pending(s) || s->busy)
		return error_set(err, STATUS_USAGE,
			"a command waits for its reply: the frame stays %s until then",
			frame_name(s->frame));
	if (!session_frame_fits(&s->address, frame, err))
		return false;
	split_close(&s->split);
	session_drain(s);
	frame_ref(frame);
	frame_unref(s->frame);
	s->frame = frame;
	s->set = s->sent = (struct frame_values){0};
	session_split_begin(s);
	return true;
}

uint64_t session_next_number(const struct session *s)
{
	return s->numbered + 1;
}

void session_send(struct session *s, struct slice payload, bool wire)
{
	session_send_with(s, payload, wire, NULL);
}

void session_send_with(
	struct session *s, struct slice payload, bool wire, const struct frame_values *with)
{
	struct exchange *x = exchange_command(s->frame, payload, wire);
	x->number = ++s->numbered;
	if (with) {
		x->with = mem_new(sizeof *with);
		*x->with = *with;
	}
	if (s->queued >= LIMIT_COMMANDS) {
		finish(s, x, EXCHANGE_REFUSED, NULL, "too many commands wait already");
		return;
	}
	*(s->queue_last ? &s->queue_last->next : &s->queue) = x;
	s->queue_last = x;
	s->queued++;
	session_pump(s);
}

bool session_preview(struct session *s, struct slice payload, bool wire,
	const struct frame_values *with, struct bytes *out, struct error *err)
{
	struct frame_values sent = s->sent, fields;
	struct exchange x = {.payload = payload, .wire = wire};
	if (with) {
		fields = *with;
		x.with = &fields;
	}
	return encode(s, &x, &sent, out, err);
}
