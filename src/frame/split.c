/* split.c - a stream of bytes to frames; see frame.h for the contract and the notation's manual for
 * the rules (R1 to R8).
 *
 *   pending:  [ in events | stray | candidate ... )
 *              0          pos     pos + stray
 *
 * Every byte is in exactly one event, except fillers, what a longer terminator leaves behind (R8),
 * and frames found inside a damaged one (resync.c).  Whatever the pieces in which bytes come, the
 * events are the same.
 */
#include "frame/split_private.h"

void split_init(struct split *s, const struct frame *frame, enum frame_side side,
	const struct frame_values *sent, size_t max, struct bytes *pending, struct bytes *scratch)
{
	*s = (struct split){
		.frame = frame, .side = side, .sent = sent, .pending = pending, .scratch = scratch};
	s->max = frame->rules.max ? frame->rules.max : max ? max : LIMIT_FRAME;
}

/* What has to stay in the buffer begins here. */
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
	s->gap = s->silent = s->closed = s->broken = false;
}

/* Everything is in events: the buffer is empty, and may be taken back. */
static void forget_taken(struct split *s)
{
	s->base += s->pos;
	s->pos = 0;
	bytes_clear(s->pending);
}

void split_feed(struct split *s, struct slice data)
{
	uint8_t *to = split_space(s, data.len);
	if (to && data.len)
		memcpy(to, data.at, data.len);
	split_add(s, to ? data.len : 0);
}

void split_gap(struct split *s)
{
	s->gap = true;
}

void split_silence(struct split *s)
{
	s->gap = s->silent = true;
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

void split_expect_echo(struct split *s, struct slice sent)
{
	s->echo = sent;
}

void split_reset(struct split *s)
{
	s->base += s->pending->len;
	bytes_clear(s->pending);
	s->pos = s->stray = 0;
	s->absorb = s->echo = (struct slice){0};
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
	event->values = &s->values;
	if (kind != SPLIT_ACK)
		event->token = TOKEN_NO;
	s->given_up = false;
	if (kind == SPLIT_FRAME)
		return;
	event->end = END_BREAK;
	if (kind != SPLIT_DAMAGED)
		event->has_payload = false;
}

static void clear_event(struct split_event *event)
{
	event->mark = MARK_NONE;
	event->end = END_BREAK;
	event->has_payload = false;
	event->fault = FAULT_NONE;
	event->payload = (struct slice){0};
	event->within = NULL;
	event->check_count = 0;
}

static bool emit_stray(struct split *s, struct split_event *event)
{
	clear_event(event);
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
		s->pos += o->size; /* there is no stray in front: it was reported before */
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

/* ---- candidates ---- */

void split_run(struct split *s, struct run *r, struct split_try *t, struct split_event *event)
{
	r->gap = s->gap;
	r->silent = s->silent;
	r->closed = s->closed;
	r->strict = false;
	r->compare = s->side == SIDE_REPLY;
	r->max = s->max;
	r->t = t;
	r->scratch = s->scratch;
	r->sent = s->sent;
	r->values = &s->values;
	r->event = event;
}

/* R1: the first variant that is not ruled out decides; when all are, the one that got furthest. */
enum match split_try_variants(struct split *s, struct run *r, size_t start)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	size_t first = r->t->variant, reached = 0, furthest = SIZE_MAX, seen = 0;
	r->in = slice_of(s->pending->at + start, s->pending->len - start);
	for (size_t i = first;; i++) {
		if (i == side->count && first > 0) {
			/* Those before were ruled out in an earlier call: how far did they get? */
			first = i = 0;
			furthest = SIZE_MAX;
			match_begin(r->t, 0);
		}
		if (i == side->count)
			break;
		r->v = &side->variants[i];
		r->last = i + 1 == side->count;
		enum match m = match_run(r);
		if (r->seen > seen)
			seen = r->seen;
		if (m != MATCH_OUT)
			return m;
		if (furthest == SIZE_MAX || r->reached > reached) {
			furthest = i;
			reached = r->reached;
		}
		if (i + 1 < side->count)
			match_begin(r->t, i + 1);
	}
	if (side->count > 1 && furthest + 1 < side->count) {
		r->v = &side->variants[furthest];
		r->last = false;
		match_begin(r->t, furthest);
		match_run(r);
	}
	r->reached = reached;
	r->seen = seen;
	return MATCH_OUT;
}

/* R2: how many bytes at the candidate's start cannot start a frame either. */
static size_t skip_size(const struct side *side, struct slice candidate)
{
	size_t n = 1;
	if (side->one_start && candidate.len > 1) {
		const uint8_t *next =
			memchr(candidate.at + 1, side->anchor.at[0], candidate.len - 1);
		return next ? (size_t)(next - candidate.at) : candidate.len;
	}
	while (side->first_known && n < candidate.len &&
		!(side->first_bytes[candidate.at[n] >> 3] >> (candidate.at[n] & 7) & 1))
		n++;
	return n;
}

/* A token of ack, nak or bid at a frame's boundary: its kind, or how it may still become one. */
static enum split_token find_token(const struct split *s, struct slice in, size_t *size, bool *may)
{
	const struct frame_rules *rules = &s->frame->rules;
	const struct {
		struct slice bytes;
		enum split_token token;
	} tokens[] = {{rules->ack, TOKEN_ACK}, {rules->nak, TOKEN_NAK}, {rules->bid[0], TOKEN_BID},
		{rules->bid[1], TOKEN_BID_REPLY}, {rules->bid[2], TOKEN_BID_END}};
	*may = false;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		if (tokens[i].bytes.len && slice_starts(in, tokens[i].bytes)) {
			*size = tokens[i].bytes.len;
			return tokens[i].token;
		}
		*may |= in.len < tokens[i].bytes.len && slice_starts(tokens[i].bytes, in);
	}
	return TOKEN_NO;
}

/* Only fillers have come: they wait for a frame, and nothing is missing. */
static bool only_fillers(const struct run *r)
{
	for (size_t i = 0; i < r->t->item; i++)
		if (r->v->items[i].kind != ITEM_FILL)
			return false;
	const struct item *item = &r->v->items[r->t->item];
	struct slice rest = slice_cut(r->in, r->t->at, r->in.len);
	return r->t->item > 0 ? rest.len == 0
			      : item->kind == ITEM_FILL && slice_starts(item->bytes, rest);
}

static struct outcome of_match(struct split *s, struct run *r, enum match m)
{
	struct outcome o = {.what = OUTCOME_EVENT, .size = r->size};
	o.decided = r->seen > r->size ? r->seen : r->size;
	if ((m == MATCH_FRAME || m == MATCH_BAD) && r->size == 0) {
		m = MATCH_OUT; /* nothing is no frame */
		r->reached = 0;
	}
	bool ended = s->silent || s->closed;
	switch (m) {
	case MATCH_FRAME:
	case MATCH_BAD:
		o.kind = m == MATCH_FRAME ? SPLIT_FRAME : SPLIT_DAMAGED;
		o.absorb = r->absorb;
		o.absorb_times = r->absorb_times;
		break;
	case MATCH_OUT:
		o.size = r->reached;
		o.decided = r->seen;
		o.kind = SPLIT_DAMAGED;
		r->event->has_payload = false;
		if (r->reached == 0) {
			o.what = OUTCOME_SKIP;
			o.size = skip_size(frame_side_of(s->frame, s->side), r->in);
		}
		break;
	case MATCH_MORE:
		o.size = o.decided = r->in.len;
		o.what = ended && only_fillers(r) ? OUTCOME_FILL
			 : ended                  ? OUTCOME_EVENT
						  : OUTCOME_WAITS;
		o.kind = SPLIT_PARTIAL;
		if (!ended)
			r->t->wanted = r->in.len + (r->missing ? r->missing : 1);
	}
	enum split_end end = r->event->end;
	if (s->broken && o.kind == SPLIT_FRAME && (end == END_CLOSE || end == END_SILENCE))
		o.kind = SPLIT_PARTIAL;
	bool over = m == MATCH_MORE ? r->in.len > s->max : o.size > s->max;
	if (over && o.what != OUTCOME_SKIP) {
		o = (struct outcome){.what = OUTCOME_EVENT, .kind = SPLIT_OVERSIZE, .size = s->max};
		o.decided = s->max + 1;
		r->event->fault = FAULT_LIMIT;
		r->event->a = s->max + 1;
		r->event->b = s->max;
	}
	return o;
}

struct outcome split_look(struct split *s, struct split_event *event)
{
	struct run r;
	size_t start = s->pos + s->stray;
	struct slice in = slice_of(s->pending->at + start, s->pending->len - start);
	struct outcome o = {.what = OUTCOME_WAITS};
	if (!s->begun) {
		bool may;
		for (size_t i = 0; i < s->frame->field_count; i++)
			s->values.at[i].set = false;
		match_begin(&s->state, 0);
		s->begun = true;
		event->token = TOKEN_NO;
		may = false;
		if (s->frame->tokens)
			event->token = find_token(s, in, &o.size, &may);
		if (event->token) {
			clear_event(event);
			o.what = OUTCOME_EVENT;
			o.kind = SPLIT_ACK;
			o.decided = o.size;
			return o;
		}
		if (may && !s->silent && !s->closed) {
			s->begun = false;
			return o;
		}
	} else if (in.len < s->state.wanted && in.len <= s->max && !s->gap && !s->silent &&
		   !s->closed) {
		return o;
	}
	event->check_count = 0;
	event->has_payload = false;
	event->payload = event->expected = event->got = (struct slice){0};
	split_run(s, &r, &s->state, event);
	enum match m = split_try_variants(s, &r, start);
	return of_match(s, &r, m);
}

/* ---- in front of candidates ---- */

/* The rest of a longer terminator, or of the fillers at a frame's end; false: it may still come. */
static bool take_absorbed(struct split *s)
{
	while (s->absorb.len && s->pending->len > s->pos) {
		struct slice rest = slice_of(s->pending->at + s->pos, s->pending->len - s->pos);
		bool whole = slice_starts(rest, s->absorb);
		if (!whole && rest.len < s->absorb.len && slice_starts(s->absorb, rest) &&
			!s->silent && !s->closed)
			return false;
		if (whole)
			s->pos += s->absorb.len;
		if (!whole || s->absorb_times != '*')
			s->absorb.len = 0;
	}
	return true;
}

/* Fillers that every frame may begin with go at once, so that a long run of them costs nothing. */
void split_take_fillers(struct split *s)
{
	struct slice fill = frame_side_of(s->frame, s->side)->common_fill;
	while (fill.len && !s->stray && s->pending->len - s->pos >= fill.len &&
		memcmp(s->pending->at + s->pos, fill.at, fill.len) == 0) {
		s->pos += fill.len;
		s->begun = false;
	}
}

/* What the line echoes is compared as it comes. */
static bool take_echo(struct split *s, struct split_event *event)
{
	struct slice rest = slice_of(s->pending->at + s->pos, s->pending->len - s->pos);
	size_t n = 0;
	while (n < rest.len && n < s->echo.len && rest.at[n] == s->echo.at[n])
		n++;
	bool whole = n == s->echo.len;
	if (!whole && n == rest.len && !s->silent && !s->closed)
		return false;
	clear_event(event);
	size_t size = whole ? n : 0;
	split_fill_event(s, event, whole ? SPLIT_FRAME : SPLIT_DAMAGED, s->pos, size);
	event->mark = MARK_ECHO;
	event->values = NULL;
	event->payload = event->raw;
	event->has_payload = whole;
	event->end = whole ? END_LENGTH : END_BREAK;
	if (!whole) {
		event->fault = FAULT_ECHO;
		event->at = n;
		event->expected = slice_cut(s->echo, n, n + 1);
		event->got = slice_cut(rest, n, n + 1);
	}
	s->pos += size;
	s->echo.len = 0;
	return true;
}

bool split_next(struct split *s, struct split_event *event)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	if (!s->pending->at)
		return false; /* nothing has come */
	if (side->fast && !s->begun && !s->stray && !s->absorb.len && !s->watching &&
		!s->given_up && !s->echo.len && fast_next(s, side, event))
		return true;
	if (s->absorb.len && !take_absorbed(s))
		return false;
	if (s->echo.len && s->pending->len > s->pos) {
		if (take_echo(s, event))
			return true;
		return false;
	}
	for (;;) {
		if (s->watching) {
			enum resync found = resync_next(s, event);
			if (found == RESYNC_EVENT)
				return true;
			if (found == RESYNC_WAIT) {
				if (!split_pending(s))
					forget_taken(s);
				return false;
			}
			continue;
		}
		split_take_fillers(s);
		if (s->pos + s->stray == s->pending->len) {
			if (s->stray && (s->silent || s->closed || s->stray > s->max))
				return emit_stray(s, event);
			if (!s->stray)
				forget_taken(s);
			return false;
		}
		struct outcome o = split_look(s, event);
		if (o.what == OUTCOME_WAITS)
			return false;
		if (s->stray && o.what != OUTCOME_SKIP) {
			s->begun = false; /* it is looked at again, alone */
			return emit_stray(s, event);
		}
		if (split_commit(s, &o, event))
			return true;
	}
}
