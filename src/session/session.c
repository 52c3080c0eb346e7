/* session.c - the state machine over a line and a frame; see session.h.
 *
 *   queue --> current --> ended (told once; then owned by whoever took it, or freed)
 *
 * Invariants:
 * - At most one exchange is current; it is current from the moment its bytes went out.
 * - Nothing is sent while events are being drained.
 * - A line of which either side is closed is never used for another command.
 * - A frame whose first byte came before the last byte of the command left does not answer it.
 * - What can be read before a command is written is taken first (line_take()).
 * - After a reply was given up, what comes is late, and the next command waits (giving_up.c).
 * - Large buffers lent to the splitter are taken back whenever nothing is pending, so that an idle
 * session is its own struct and little more.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "session/session_private.h"
#include "session/shelf.h"
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

static void tell_formatted(struct session *s, bool warning, const char *format, va_list args)
{
	char text[ERROR_WHAT_MAX];
	text_format(text, sizeof text, format, args);
	session_tell(s, warning, text);
}

void session_note(struct session *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell_formatted(s, false, format, args);
	va_end(args);
}

void session_warn(struct session *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell_formatted(s, true, format, args);
	va_end(args);
}

void session_finish(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	/* A reply came when it was read: in a flood the clock would cost as much as all else. */
	bool came = !x->command || status == EXCHANGE_OK;
	int64_t now = came ? loop_now(s->loop) : loop_now_fresh(s->loop);
	exchange_end(x, status, now, end, error);
	if (s->log) {
		log_exchange(s->log, x);
		session_log_flush(s);
	}
	exchange_told *told = x->command ? x->ended : s->events->unasked;
	if (!told || !told(x->command ? x->asker : s->owner, s, x))
		exchange_free(x);
}

/* ---- the splitter's buffers ---- */

void session_split_begin(struct session *s)
{
	split_free(s->split);
	s->split = split_new(s->frame, SIDE_REPLY, s->sent, s->came,
		(size_t)s->settings.at[SET_MAX].value, &s->pending, &s->scratch);
	s->answers_from = 0;
	if (s->damage)
		damage_forget(s->damage);
	reply_begin(&s->late.tracker, s->frame, SLICE(""), NULL);
}

/* Frees a large buffer.  A little memory is kept, so that a short reply costs no allocation. */
static void take_back(struct bytes *b)
{
	enum { KEPT = 128 };
	if (b->cap > KEPT)
		bytes_free(b);
}

static void take_back_buffers(struct session *s)
{
	if (split_pending(s->split) == 0) {
		take_back(&s->pending);
		take_back(&s->scratch);
	}
}

/* ---- how an exchange ends ---- */

/* Keeps bytes after a reply that is the last of its line; they belong to no frame. */
static void keep_leftover(struct session *s)
{
	exchange_stray(s->current, split_rest(s->split));
	split_reset(s->split);
}

void session_tell_rest(struct session *s)
{
	if (!split_pending(s->split))
		return;
	split_break(s->split);
	session_drain(s);
}

void session_line_drop(struct session *s)
{
	session_tell_rest(s);
	session_pace_stop(s);
	if (s->log && s->line_told) {
		log_disconnected(s->log);
		session_log_flush(s);
	}
	transport_close(s->line);
	s->line = NULL;
	s->line_open = s->line_told = s->spent = s->single = s->told = false;
	loop_timer_stop(&s->silence_timer);
	split_reset(s->split);
	take_back_buffers(s);
}

static void answered(struct session *s, const struct exchange *x)
{
	s->rtt = s->came_at - x->sent_at;
	s->retry_pause = 0;
	s->answered++;
	s->answered_at = loop_now(s->loop);
	s->surplus_until = s->answered_at + s->settings.at[s->told ? SET_TIMEOUT : SET_GAP].value;
	late_answered(s);
	s->greeting.expected = false;
}

/* Ends a command on a line that has damaged bytes before: a reply that came damaged is not ok. */
static APART void finish_judged(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	char text[ERROR_WHAT_MAX];
	error = damage_judge(s->damage, &status, error, text);
	session_finish(s, x, status, end, error);
}

void session_current_end(
	struct session *s, enum exchange_status status, const char *end, const char *error)
{
	struct exchange *x = s->current;
	bool last_of_line = s->single;
	if (last_of_line)
		keep_leftover(s);
	x->heard = s->received > 0;
	x->came_at = x->heard && !x->tell ? s->came_at : 0;
	bool sent = s->bid != BID_ASKED;
	s->current = NULL;
	s->bid = BID_NONE;
	split_expect_echo(s->split, (struct slice){0});
	if (x->tell)
		s->told = true;
	else if (status == EXCHANGE_OK)
		answered(s, x);
	else if (!late_given_up(s, status))
		session_warn(s,
			"resync=off: a late reply will be taken for the reply to the next command");
	session_pace_cut(s);
	loop_timer_stop(&s->reply_timer);
	if (last_of_line) {
		session_line_drop(s);
		session_set_state(s, SESSION_CLOSED);
	}
	if (s->now || s->now_out || s->echo.cap)
		now_current_ended(s, sent);
	if (s->damage)
		finish_judged(s, x, status, end, error);
	else
		session_finish(s, x, status, end, error);
}

void session_queue_end(struct session *s, enum exchange_status status, const char *error)
{
	struct exchange *x = s->queue;
	s->queue = s->queue_last = NULL;
	s->queued = 0;
	while (x) {
		struct exchange *next = x->next;
		session_finish(s, x, status, NULL, error);
		x = next;
	}
}

/* ---- events of the splitter ---- */

/* Warns, once for each reply, of one more frame right after it: the device may have answered twice,
 * or this may answer the next command. */
static void look_for_surplus(struct session *s, const struct split_event *event)
{
	if (event->kind != SPLIT_FRAME || event->mark != MARK_NONE ||
		loop_now(s->loop) >= s->surplus_until || !late_matters(s))
		return;
	s->surplus_until = 0;
	s->told = false;
	session_warn(s, "one more frame came right after a reply: replies may be shifted by one");
}

/* Reports frames and bytes that answer no command as exchanges of their own. */
static void report_alone(struct session *s, struct split_event *event)
{
	bool owed = s->late.owed, late = late_takes(s, event);
	bool greets = s->greeting.expected && greeting_takes(s, event, owed);
	enum exchange_status status = greets ? EXCHANGE_GREETING
				      : late ? EXCHANGE_LATE
					     : EXCHANGE_UNSOLICITED;
	struct exchange *x = exchange_alone(&s->shelf, s->frame, loop_wall(s->loop), event);
	const char *error = x->last ? x->last->error : NULL;
	x->charset = (unsigned)s->settings.at[SET_CHARSET].value;
	session_finish(s, x, status, NULL,
		error || !s->damage || !s->damage->here ? error : "the line damaged these bytes");
	if (greets)
		greeting_told(s);
	if (s->current || status != EXCHANGE_UNSOLICITED)
		return;
	look_for_surplus(s, event);
	s->told = false; /* what came before the next command cannot answer it */
}

void session_command_left(struct session *s)
{
	s->answers_from = split_offset(s->split);
	s->left_at = loop_now(s->loop);
	if (tell_waits(s))
		loop_timer_set(&s->send_timer, 0);
}

static void note_other(struct session *s, const struct split_event *event)
{
	s->others++;
	s->other = event->other;
	s->other_value = event->values[event->other];
}

static void take_frame(struct session *s, struct split_event *event)
{
	if (event->mark == MARK_ECHO) {
		s->elsewhere += event->raw.len;
		exchange_take(s->current, event);
		now_echo_came(s);
		return;
	}
	handshake_good(s);
	if (s->greeting.expected && greeting_came_late(s, event))
		return;
	enum reply_state reply = reply_take(&s->tracker, event); /* it sets the event's mark */
	s->counted |= event->mark != MARK_ASYNC && event->mark != MARK_NOT_OURS;
	if (event->mark == MARK_ASYNC || event->mark == MARK_NOT_OURS) {
		s->elsewhere += event->raw.len;
		if (event->mark == MARK_NOT_OURS)
			note_other(s, event);
		report_alone(s, event);
		return;
	}
	if (s->damage)
		s->damage->replied |= s->damage->here;
	if (!exchange_take(s->current, event))
		session_current_end(s, EXCHANGE_DAMAGED, NULL, "the reply is over the size limit");
	else if (reply == REPLY_DONE)
		session_current_end(s, EXCHANGE_OK, NULL, NULL);
}

/* Describes damage; an adapter that delivers in lumps may have torn a frame before a silence. */
static const char *damage_text(
	const struct session *s, const struct split_event *event, char text[ERROR_WHAT_MAX])
{
	char fault[SPLIT_TEXT_MAX];
	bool torn = s->gap_over && frame_gap_within(s->frame, SIDE_REPLY).present;
	snprintf(text, ERROR_WHAT_MAX, "%s%s", split_error_text(event, fault),
		torn ? "; if the adapter delivers in lumps, gap-more=200ms waits longer" : "");
	return text;
}

static void take_damaged(struct session *s, const struct split_event *event)
{
	char text[ERROR_WHAT_MAX];
	exchange_take(s->current, event);
	if (event->mark == MARK_ECHO || !handshake_damaged(s))
		session_current_end(s, EXCHANGE_DAMAGED, NULL, damage_text(s, event, text));
}

static void take_event(struct session *s, struct split_event *event)
{
	if (s->damage)
		damage_see(s->damage, event);
	bool early = s->current && (s->current->tell || event->offset < s->answers_from) &&
		     event->mark != MARK_ECHO && event->kind != SPLIT_ACK;
	if (early)
		s->elsewhere += event->raw.len;
	if (!s->current || early) {
		if (event->kind == SPLIT_FRAME)
			handshake_good(s);
		if (event->kind == SPLIT_ACK)
			handshake_token(s, event);
		if (event->token != TOKEN_BID_END) /* it ends what was reported already */
			report_alone(s, event);
		return;
	}
	switch (event->kind) {
	case SPLIT_FRAME:
		take_frame(s, event);
		break;
	case SPLIT_DAMAGED:
	case SPLIT_OVERSIZE:
		s->counted = true;
		take_damaged(s, event);
		break;
	case SPLIT_PARTIAL:
	case SPLIT_STRAY:
		s->counted = true;
		exchange_take(s->current, event);
		break;
	case SPLIT_ACK:
		s->elsewhere += event->raw.len;
		exchange_take(s->current, event);
		handshake_token(s, event);
		break;
	}
}

void session_drain(struct session *s)
{
	MEM_UNSET struct split_event event;
	bool outer = s->busy;
	s->busy = true;
	while (split_next(s->split, &event))
		take_event(s, &event);
	s->busy = outer;
	take_back_buffers(s);
}

/* ---- no reply in time ---- */

static void on_reply_time(void *arg)
{
	struct session *s = arg;
	char end[64], error[ERROR_WHAT_MAX];
	if (frame_gap_within(s->frame, SIDE_REPLY).present && !s->gap_over)
		split_give_up(s->split);
	else
		split_silence(s->split);
	session_drain(s);
	if (!s->current || s->current->tell) {
		if (s->current)
			tell_time_is_up(s);
		session_pump(s);
		return;
	}
	snprintf(end, sizeof end, "timeout after %zu byte%s", s->received, plural(s->received));
	session_explain_timeout(s, error);
	session_current_end(s, EXCHANGE_TIMEOUT, end, error);
	session_pump(s);
}

/* ---- sending ---- */

/* Says whether the next command can go out now; if not, what makes that possible is under way. */
static bool line_ready(struct session *s)
{
	if (s->line && s->line_open && (s->single || late_wants_fresh_line(s))) {
		s->again = !s->single;
		session_line_drop(s);
	}
	if (!s->line) {
		session_line_start(s);
		return false;
	}
	if (!s->line_open)
		return false;
	if (s->queue)
		late_holds(s);
	int64_t now = loop_now(s->loop), late = session_waits_until(s);
	int64_t until = late > s->quiet_until ? late : s->quiet_until;
	if (s->greeting.awaited)
		until = greeting_until(s, until);
	if (until > now)
		loop_timer_set(&s->send_timer, until - now);
	return until <= now;
}

bool session_synchronised(struct session *s)
{
	bool rests = session_rests(s) && !late_waits(s) && !s->late.listens;
	return s->current || rests || line_ready(s);
}

/* Takes what is readable before a command is written: it answers nothing, and a line whose peer
 * closed it takes no command.  False: the command cannot go out now. */
static bool line_take(struct session *s)
{
	const struct transport *line = s->line;
	uint64_t before = split_offset(s->split);
	s->busy = true;
	bool open = transport_take(s->line);
	s->busy = false;
	if (s->line == line && (!open || split_offset(s->split) == before))
		return open;
	return s->queue && line_ready(s); /* the owner, who was told, may have given it up */
}

static void on_send_time(void *arg)
{
	greeting_on_time(arg);
	if (tell_waits(arg))
		tell_go_on(arg);
	session_pump(arg);
}

/* Ends what is pending: an echo is compared with the next bytes, which that cannot begin.  False:
 * the owner, who was told, left nothing that can go out. */
static bool end_pending(struct session *s)
{
	if (!split_pending(s->split) || !frame_rules(s->frame)->echo)
		return true;
	split_silence(s->split);
	session_drain(s);
	return !s->current && s->queue && line_ready(s);
}

/* Merges the fields that the user set for the session with those of this command alone. */
static void merge_fields(
	const struct session *s, const struct field_value *with, struct field_value *set)
{
	for (size_t i = 0; i < frame_field_count(s->frame); i++)
		set[i] = with && with[i].set ? with[i] : s->set[i];
}

bool session_encode(struct session *s, const struct request *r, struct field_value *sent,
	struct bytes *out, struct error *err)
{
	struct bytes scratch; /* the session's own has the splitter's work */
	MEM_UNSET struct frame_values set;
	if (r->wire)
		return bytes_add(out, r->payload);
	merge_fields(s, r->with, set.at);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(
		s->frame, SIDE_COMMAND, r->payload, set.at, sent, 0, &scratch, out, err);
	bytes_free(&scratch);
	return good;
}

bool session_encode_command(
	struct session *s, struct exchange *x, struct field_value *sent, struct error *err)
{
	MEM_UNSET struct request r;
	struct bytes wire;
	r.payload = x->payload;
	r.wire = x->wire;
	r.with = x->with;
	bytes_init(&wire, LIMIT_WIRE);
	if (session_encode(s, &r, sent, &wire, err)) {
		exchange_wire(x, &wire);
		return true;
	}
	bytes_free(&wire);
	return false;
}

static void put_on_line(struct session *s, struct exchange *x)
{
	struct frame_gap gap = frame_gap_after(s->frame, SIDE_COMMAND);
	s->current = x;
	s->received = s->elsewhere = s->others = 0;
	s->spent = !x->wire && frame_half_closes(s->frame, SIDE_COMMAND);
	s->single = s->spent || session_each(s);
	s->awaited = s->unused = false;
	s->answers_from = UINT64_MAX;
	s->told = s->told && (!s->surplus_until || loop_now(s->loop) < s->surplus_until);
	s->surplus_until = 0;
	s->unsent = 0;
	s->late.waits = false;
	if (s->damage)
		damage_begin(s->damage);
	reply_begin(&s->tracker, s->frame, x->payload, s->sent);
	x->tell |= reply_answers_none(&s->tracker);
	clock_gettime(CLOCK_REALTIME, &x->time);
	handshake_begin(s);
	if (!session_pace_goes_on(s)) /* else its last byte begins the time */
		session_wait(s);
	x->sent_at = loop_now(s->loop); /* the timer has just read the clock */
	if (gap.present)
		s->quiet_until = x->sent_at + session_gap(s, gap);
}

/* Sends the next command, if one waits and nothing prevents it. */
void session_pump(struct session *s)
{
	MEM_UNSET struct error err;
	if (s->busy)
		return;
	if (s->now)
		now_pump(s);
	while (!s->current && s->queue && line_ready(s) && line_take(s) && end_pending(s)) {
		struct exchange *x = s->queue;
		s->queue = x->next;
		if (!s->queue)
			s->queue_last = NULL;
		s->queued--;
		s->busy = true; /* an owner that answers a refusal by the next command does not
				   recurse */
		if (s->counters)
			now_merge_counters(s);
		if (session_may_send(s, &err) && session_encode_command(s, x, s->sent, &err))
			put_on_line(s, x);
		else
			session_finish(s, x, EXCHANGE_REFUSED, NULL, err.what);
		s->busy = false;
		if (s->now)
			now_pump(s);
	}
}

/* ---- the owner's side ---- */

/* Makes room for the values of the frame's fields, and takes those that the user set. */
static void set_fields(struct session *s, const struct field_value *set)
{
	size_t count = frame_field_count(s->frame);
	free(s->counters);
	s->counters = NULL;
	free(s->set);
	s->set = mem_new(3 * count * sizeof *s->set);
	s->sent = s->set + count;
	s->came = s->sent + count;
	if (set)
		memcpy(s->set, set, count * sizeof *set);
}

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
	set_fields(s, config->fields);
	bytes_init(&s->pending, LIMIT_PENDING);
	bytes_init(&s->scratch, LIMIT_FRAME_MOST);
	bytes_init(&s->echo, LIMIT_WIRE);
	loop_timer_init(&s->reply_timer, s->loop, on_reply_time, s);
	loop_timer_init(&s->silence_timer, s->loop, session_on_silence, s);
	loop_timer_init(&s->send_timer, s->loop, on_send_time, s);
	loop_timer_init(&s->retry_timer, s->loop, session_on_retry, s);
	session_split_begin(s);
	if (s->keep_open)
		session_open(s);
	return s;
}

static void free_all(struct exchange *x)
{
	while (x) {
		struct exchange *next = x->next;
		exchange_free(x);
		x = next;
	}
}

void session_free(struct session *s)
{
	if (!s)
		return;
	split_reset(s->split); /* the owner is told nothing more */
	session_line_drop(s);
	loop_timer_stop(&s->reply_timer);
	loop_timer_stop(&s->send_timer);
	loop_timer_stop(&s->retry_timer);
	if (s->current)
		exchange_free(s->current);
	if (s->now_out)
		exchange_free(s->now_out);
	free_all(s->now);
	free_all(s->queue);
	session_log_end(s);
	shelf_leave(s->shelf);
	split_free(s->split);
	bytes_free(&s->pending);
	bytes_free(&s->scratch);
	bytes_free(&s->echo);
	free(s->counters);
	free(s->set);
	frame_unref(s->frame);
	address_free(&s->address);
	free(s->damage);
	free(s->down);
	free(s->name);
	free(s);
}

void session_open(struct session *s)
{
	if (!s->line)
		session_line_start(s);
}

bool session_cancel(struct session *s)
{
	bool waited = session_pending(s) > 0;
	now_cancel(s);
	session_queue_end(s, EXCHANGE_CANCELLED, "cancelled before it was sent");
	if (s->current)
		session_tell_rest(s);
	if (s->current)
		session_current_end(s, EXCHANGE_CANCELLED, NULL,
			s->answers_from == UINT64_MAX ? "given up while it was being sent"
						      : "given up while waiting for the reply");
	return waited;
}

void session_close(struct session *s)
{
	bool asked = s->current || late_waits(s) || late_wants_fresh_line(s), outer = s->busy;
	s->busy = true; /* what the owner asks for meanwhile does not go onto this line */
	session_cancel(s);
	loop_timer_stop(&s->retry_timer);
	loop_timer_stop(&s->send_timer);
	session_line_drop(s);
	s->shut = true;
	s->again = false;
	late_forget(s, asked);
	s->retry_pause = 0;
	free(s->down);
	s->down = NULL;
	session_set_state(s, SESSION_CLOSED);
	s->busy = outer;
	session_pump(s);
}

bool session_frame_fits(const struct address *a, const struct frame *frame, struct error *err)
{
	struct bytes line;
	if (address_half_closes(a) || !frame_half_closes(frame, SIDE_COMMAND))
		return true;
	bytes_init(&line, LIMIT_MESSAGE);
	address_text(a, &line);
	error_set(err, STATUS_USAGE,
		"the frame %s closes our side after a command (eof), which %s cannot do",
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
	split_close(s->split);
	session_drain(s);
	frame_ref(frame);
	frame_unref(s->frame);
	s->frame = frame;
	set_fields(s, NULL);
	each_chosen(s);
	greeting_over(s);
	session_split_begin(s);
	return true;
}

void session_ask(struct session *s, const struct request *r)
{
	struct exchange *x = exchange_command(s->frame, r->payload, r->wire);
	x->tell = r->tell;
	x->charset = (unsigned)s->settings.at[SET_CHARSET].value;
	x->ended = r->ended;
	x->asker = r->asker;
	if (r->with)
		x->with = exchange_fields_copy(s->frame, r->with);
	if (s->queued >= LIMIT_COMMANDS) {
		session_finish(s, x, EXCHANGE_REFUSED, NULL, "too many commands wait already");
		return;
	}
	if (r->now && now_takes(s, x)) {
		session_pump(s);
		return;
	}
	*(s->queue_last ? &s->queue_last->next : &s->queue) = x;
	s->queue_last = x;
	s->queued++;
	session_pump(s);
}

bool session_take_back(struct session *s, const void *asker)
{
	size_t before = s->queued;
	s->queue_last = NULL;
	for (struct exchange **link = &s->queue; *link;) {
		struct exchange *x = *link;
		if (x->asker == asker) {
			*link = x->next;
			exchange_free(x);
			s->queued--;
		} else {
			s->queue_last = x;
			link = &x->next;
		}
	}
	return s->queued < before;
}

void session_hand_over(struct session *s, const void *from, exchange_told *ended, void *asker)
{
	struct exchange *x = s->current ? s->current : s->queue;
	while (x) {
		if (x->asker == from) {
			x->ended = ended;
			x->asker = asker;
		}
		x = x == s->current ? s->queue : x->next;
	}
}

bool session_preview(
	struct session *s, const struct request *r, struct bytes *out, struct error *err)
{
	MEM_UNSET struct frame_values sent;
	memcpy(sent.at, session_counters(s), frame_field_count(s->frame) * sizeof *s->sent);
	return session_encode(s, r, sent.at, out, err);
}
