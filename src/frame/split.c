/* split.c - cuts a stream of bytes into frames; see frame.h for the contract and the notation's
 * manual for the rules.
 *
 *   pending:  [ in events | stray | candidate ... )
 *              0          pos     pos + stray
 *
 * Every byte is in exactly one event, except fillers, what a longer terminator leaves behind, and
 * frames found inside a damaged one (resync.c).  The events do not depend on the pieces in which
 * bytes come.
 */
#include "frame/split_private.h"

#include "base/mem.h"
#include <stdlib.h>

void split_limit(struct split *s, size_t max)
{
	size_t own = s->frame->rules.max;
	s->max = own ? own : max ? max : LIMIT_FRAME;
	s->max_set = !own && max;
}

struct split *split_new(const struct frame *frame, enum frame_side side,
	const struct field_value *sent, struct field_value *values, size_t max,
	struct bytes *pending, struct bytes *scratch)
{
	struct split *s = mem_new(sizeof *s);
	s->frame = frame;
	s->side = side;
	s->sent = sent;
	s->values = values;
	s->pending = pending;
	s->scratch = scratch;
	split_limit(s, max);
	memset(values, 0, frame->field_count * sizeof *values);
	return s;
}

void split_free(struct split *s)
{
	if (!s)
		return;
	echo_expect(&s->echo, (struct slice){0});
	free(s->watches);
	free(s);
}

/* Returns where the bytes begin that must stay in the buffer. */
static size_t kept_from(const struct split *s)
{
	size_t inside = s->watching ? (size_t)(s->inside - s->base) : s->pos;
	return inside < s->pos ? inside : s->pos;
}

uint8_t *split_space(struct split *s, size_t n)
{
	size_t drop = kept_from(s);
	if (drop) {
		s->base += drop;
		s->pos -= drop;
		bytes_drop(s->pending, drop);
	}
	return bytes_space(s->pending, n);
}

void split_add(struct split *s, size_t n)
{
	s->pending->len += n;
	s->gap = s->silent = s->closed = s->broken = s->patient = s->torn = false;
}

/* Empties the buffer: everything is in events, and its memory may be taken back. */
static void forget_taken(struct split *s)
{
	s->base += s->pos;
	s->pos = 0;
	bytes_clear(s->pending);
}

void split_feed(struct split *s, struct slice data)
{
	uint8_t *to = s->unheld ? NULL : split_space(s, data.len);
	if (to && data.len)
		slice_copy(to, data);
	s->unheld += to ? 0 : data.len;
	split_add(s, to ? data.len : 0);
}

void split_gap(struct split *s)
{
	s->gap = true;
}

void split_gap_maybe(struct split *s)
{
	s->gap = s->patient = true;
}

bool split_torn(const struct split *s)
{
	return s->torn;
}

void split_silence(struct split *s)
{
	s->torn = false;
	s->gap = s->silent = true;
}

void split_give_up(struct split *s)
{
	split_silence(s);
	s->broken = true;
}

void split_close(struct split *s)
{
	s->gap = s->silent = s->closed = true;
}

void split_break(struct split *s)
{
	split_close(s);
	s->broken = true;
}

size_t split_pending(const struct split *s)
{
	return s->pending->len - kept_from(s);
}

struct slice split_rest(const struct split *s)
{
	return slice_cut(bytes_slice(s->pending), s->pos, s->pending->len);
}

uint64_t split_offset(const struct split *s)
{
	return s->base + s->pending->len + s->unheld;
}

bool split_expects_echo(const struct split *s)
{
	return s->echo.sent.len > 0;
}

void split_expect_echo(struct split *s, struct slice sent)
{
	if (sent.len || s->echo.sent.len)
		echo_expect(&s->echo, sent);
	s->echo_maybe = s->frame->rules.echo_maybe;
}

void split_expect_echo_maybe(struct split *s, struct slice sent)
{
	echo_expect(&s->echo, sent);
	s->echo_maybe = true;
}

void split_reset(struct split *s)
{
	s->base = split_offset(s);
	bytes_clear(s->pending);
	s->pos = s->stray = s->unheld = 0;
	s->absorb = (struct slice){0};
	echo_expect(&s->echo, (struct slice){0});
	s->gap = s->silent = s->closed = s->broken = false;
	s->begun = s->watching = s->given_up = false;
}

/* ---- events ---- */

void split_fill_event(
	struct split *s, struct split_event *event, enum split_kind kind, size_t from, size_t n)
{
	event->kind = kind;
	event->raw = slice_of(s->pending->at + from, n);
	event->offset = s->base + from;
	event->given_up = s->given_up;
	event->values = s->values;
	if (kind != SPLIT_ACK)
		event->token = TOKEN_NO;
	s->given_up = false;
	if (kind == SPLIT_FRAME)
		return;
	event->end = END_BREAK;
	if (kind != SPLIT_DAMAGED)
		event->has_payload = false;
}

/* Reports what was pending, of which the end found no room. */
static bool emit_unheld(struct split *s, struct split_event *event)
{
	size_t held = s->pending->len - s->pos;
	split_clear_event(event);
	split_fill_event(s, event, SPLIT_OVERSIZE, s->pos, held);
	event->values = NULL;
	event->fault = FAULT_LIMIT;
	event->a = held + s->unheld;
	event->b = held;
	s->pos = s->pending->len;
	s->base += s->unheld;
	s->unheld = s->stray = 0;
	s->absorb = (struct slice){0};
	echo_expect(&s->echo, (struct slice){0});
	s->begun = s->watching = s->given_up = false;
	return true;
}

static bool emit_stray(struct split *s, struct split_event *event)
{
	split_clear_event(event);
	split_fill_event(s, event, SPLIT_STRAY, s->pos, s->stray);
	event->values = NULL;
	s->pos += s->stray;
	s->stray = 0;
	return true;
}

bool split_commit(struct split *s, const struct outcome *o, struct split_event *event)
{
	if (o->what == OUTCOME_SKIP)
		s->stray += o->size;
	if (o->what == OUTCOME_SKIP || o->what == OUTCOME_FILL)
		s->begun = false;
	if (o->what == OUTCOME_FILL)
		s->pos += o->size; /* there is no stray before it: it was reported earlier */
	if (o->what != OUTCOME_EVENT)
		return false;
	split_fill_event(s, event, o->kind, s->pos, o->size);
	uint64_t start = event->offset;
	s->pos += o->size;
	s->begun = false;
	s->absorb = o->absorb;
	s->absorb_times = o->absorb_times;
	if (o->kind == SPLIT_FRAME)
		s->watching = false;
	if (o->kind == SPLIT_DAMAGED || o->kind == SPLIT_PARTIAL)
		resync_begin(s, start, start + o->size);
	return true;
}

/* What one look at the bytes came to. */
enum turn { TURN_EVENT, TURN_WAITS, TURN_AGAIN };

/* Looks for frames inside of a damaged one. */
static enum turn look_inside(struct split *s, struct split_event *event)
{
	split_clear_event(event);
	enum resync found = resync_next(s, event);
	if (found == RESYNC_WAIT && !split_pending(s))
		forget_taken(s);
	return found == RESYNC_EVENT ? TURN_EVENT : found == RESYNC_WAIT ? TURN_WAITS : TURN_AGAIN;
}

static enum turn look_at_candidate(struct split *s, struct split_event *event)
{
	split_take_fillers(s);
	if (s->pos + s->stray == s->pending->len) {
		bool over = s->stray && (s->silent || s->closed || s->stray > s->max);
		if (!s->stray)
			forget_taken(s);
		return over && emit_stray(s, event) ? TURN_EVENT : TURN_WAITS;
	}
	split_clear_event(event);
	struct outcome o = split_look(s, event);
	if (o.what == OUTCOME_WAITS)
		return TURN_WAITS;
	if (s->stray && o.what != OUTCOME_SKIP) {
		s->begun = false; /* it is looked at again, alone */
		emit_stray(s, event);
		return TURN_EVENT;
	}
	return split_commit(s, &o, event) ? TURN_EVENT : TURN_AGAIN;
}

/* Takes what stands before a candidate, which may be an event. */
static enum turn look_before(struct split *s, struct split_event *event)
{
	if (s->absorb.len && !split_take_absorbed(s))
		return TURN_WAITS;
	if (!s->echo.sent.len || s->pending->len == s->pos)
		return TURN_AGAIN;
	if (s->stray) { /* it was there before what is echoed */
		emit_stray(s, event);
		return TURN_EVENT;
	}
	if (split_take_echo(s, event))
		return TURN_EVENT;
	return s->echo.sent.len ? TURN_WAITS : TURN_AGAIN;
}

static APART bool next_held(struct split *s, struct split_event *event)
{
	if (!s->pending->at)
		return false; /* nothing has come */
	enum turn turn = look_before(s, event);
	while (turn == TURN_AGAIN)
		turn = s->watching ? look_inside(s, event) : look_at_candidate(s, event);
	return turn == TURN_EVENT;
}

/* Says whether the next frame begins where the last one ended, and is of a shape for fast.c. */
static bool at_plain_frame(const struct split *s, const struct side *side)
{
	return side->fast && s->pending->len > s->pos && !s->begun && !s->stray && !s->absorb.len &&
	       !s->watching && !s->given_up && !s->echo.sent.len;
}

size_t split_count(struct split *s)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	return at_plain_frame(s, side) ? tally_frames(s, side) : 0;
}

bool split_next(struct split *s, struct split_event *event)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	if (at_plain_frame(s, side) && fast_next(s, side, event))
		return true;
	return next_held(s, event) || (s->unheld && emit_unheld(s, event));
}
