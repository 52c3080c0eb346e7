/* events.c - what the splitter found: a part of the reply, or of what answers no command.
 *
 * A frame whose first byte came before the last byte of the command left does not answer it.  Large
 * buffers lent to the splitter are taken back whenever nothing is pending, so that an idle session
 * is its own struct and little more. */
#include "base/mem.h"
#include "session/session_private.h"
#include "session/shelf.h"
#include <stdio.h>

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

void session_take_back_buffers(struct session *s)
{
	if (split_pending(s->split) == 0) {
		take_back(&s->pending);
		take_back(&s->scratch);
	}
}

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
	if (s->ahead && ahead_left(s))
		return;
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
	if (s->ahead)
		ahead_mark(s, event);
	enum reply_state reply = reply_take(&s->tracker, event); /* it sets the event's mark */
	s->counted |= event->mark != MARK_ASYNC && event->mark != MARK_NOT_OURS;
	if (event->mark == MARK_ASYNC || event->mark == MARK_NOT_OURS) {
		if (s->ahead && event->mark == MARK_NOT_OURS && ahead_takes(s, event))
			return;
		s->elsewhere += event->raw.len;
		if (event->mark == MARK_NOT_OURS)
			note_other(s, event);
		report_alone(s, event);
		return;
	}
	if (s->damage)
		s->damage->replied |= s->damage->here;
	if (!exchange_take(s->current, event)) {
		session_current_end(s, EXCHANGE_DAMAGED, NULL, "the reply is over the size limit");
		return;
	}
	if (s->events->frame)
		s->events->frame(s->owner, s, s->current);
	if (reply == REPLY_DONE && s->current)
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
	if (!s->current || early || (s->ahead && ahead_ignores(s, event))) {
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
	session_take_back_buffers(s);
}

void session_tell_rest(struct session *s)
{
	if (!split_pending(s->split))
		return;
	split_break(s->split);
	session_drain(s);
}

/* ---- a session that is never opened ---- */

static void no_state(void *owner, struct session *s)
{
	(void)owner, (void)s;
}

static void no_note(void *owner, struct session *s, bool warning, const char *text)
{
	(void)owner, (void)s, (void)warning, (void)text;
}

static bool not_taken(void *asker, struct session *s, struct exchange *x)
{
	(void)asker, (void)s, (void)x;
	return false;
}

const struct session_events session_unheard = {
	.state = no_state, .note = no_note, .unasked = not_taken};
