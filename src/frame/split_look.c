/* split_look.c - looks at a candidate, the bytes at which a frame may begin: is it one? */
#include "frame/split_private.h"

#include "base/mem.h"

void split_run(struct split *s, struct matching *r, struct split_try *t, struct split_event *event)
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
	r->values = s->values;
	r->event = event;
}

enum match split_try_variants(struct split *s, struct matching *r, size_t start)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	size_t first = r->t->variant, reached = 0, furthest = SIZE_MAX, seen = 0;
	r->in = slice_of(s->pending->at + start, s->pending->len - start);
	for (size_t i = first;; i++) {
		if (i == side->count && first > 0) {
			/* An earlier call ruled those before out, and forgot how far they got. */
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

/* Returns how many bytes at the candidate's start cannot start a frame either. */
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

/* Finds a token of ack, nak or bid at a frame's boundary; *may: the bytes may still become one. */
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

/* Says whether only fillers have come: they wait for a frame, and nothing is missing. */
static bool only_fillers(const struct matching *r)
{
	for (size_t i = 0; i < r->t->item; i++)
		if (r->v->items[i].kind != ITEM_FILL)
			return false;
	const struct item *item = &r->v->items[r->t->item];
	struct slice rest = slice_cut(r->in, r->t->at, r->in.len);
	return r->t->item > 0 ? rest.len == 0
			      : item->kind == ITEM_FILL && slice_starts(item->bytes, rest);
}

/* Makes the outcome of more bytes than a frame may have. */
static APART struct outcome of_oversize(const struct split *s, struct split_event *event)
{
	event->fault = FAULT_LIMIT;
	event->a = s->max + 1;
	event->b = s->max;
	event->within = s->max_set ? ".set max=" : "max in the frame";
	return (struct outcome){.what = OUTCOME_EVENT,
		.kind = SPLIT_OVERSIZE,
		.size = s->max,
		.decided = s->max + 1};
}

/* Nothing matches: the bytes up to where the layout that got furthest broke are damaged, and where
 * none got anywhere, no frame begins here. */
static struct outcome of_no_match(const struct split *s, const struct matching *r, size_t reached)
{
	struct outcome o = {
		.what = OUTCOME_EVENT, .kind = SPLIT_DAMAGED, .size = reached, .decided = r->seen};
	r->event->has_payload = false;
	if (reached == 0) {
		o.what = OUTCOME_SKIP;
		o.size = skip_size(frame_side_of(s->frame, s->side), r->in);
	}
	return o;
}

static struct outcome of_more(const struct matching *r, bool ended)
{
	struct outcome o = {.kind = SPLIT_PARTIAL, .size = r->in.len, .decided = r->in.len};
	o.what = !ended ? OUTCOME_WAITS : only_fillers(r) ? OUTCOME_FILL : OUTCOME_EVENT;
	if (!ended)
		r->t->wanted = r->in.len + (r->missing ? r->missing : 1);
	return o;
}

static struct outcome of_frame(const struct split *s, const struct matching *r, enum match m)
{
	enum split_end end = r->event->end;
	bool cut = s->broken && (end == END_CLOSE || end == END_SILENCE);
	return (struct outcome){.what = OUTCOME_EVENT,
		.kind = m == MATCH_BAD ? SPLIT_DAMAGED
			: cut          ? SPLIT_PARTIAL
				       : SPLIT_FRAME,
		.size = r->size,
		.decided = r->seen > r->size ? r->seen : r->size,
		.absorb = r->absorb,
		.absorb_times = r->absorb_times};
}

static struct outcome of_match(struct split *s, struct matching *r, enum match m)
{
	struct outcome o;
	bool ended = s->silent || s->closed, frame = m == MATCH_FRAME || m == MATCH_BAD;
	if (m == MATCH_BAD && r->size && s->patient && !ended && r->event->end == END_SILENCE) {
		s->torn = true;
		s->begun = false; /* with more bytes it is read from its beginning */
		return (struct outcome){.what = OUTCOME_WAITS};
	}
	if (m == MATCH_MORE)
		o = of_more(r, ended);
	else if (frame && r->size)
		o = of_frame(s, r, m);
	else
		o = of_no_match(s, r, frame ? 0 : r->reached); /* a frame has bytes */
	return o.size > s->max && o.what != OUTCOME_SKIP ? of_oversize(s, r->event) : o;
}

struct outcome split_look(struct split *s, struct split_event *event)
{
	struct matching r;
	size_t start = s->pos + s->stray;
	struct slice in = slice_of(s->pending->at + start, s->pending->len - start);
	struct outcome o = {.what = OUTCOME_WAITS};
	if (!s->begun) {
		bool may;
		for (size_t i = 0; i < s->frame->field_count; i++)
			s->values[i].set = false;
		match_begin(&s->state, 0);
		s->begun = true;
		enum split_token token = TOKEN_NO;
		may = false;
		if (s->frame->tokens)
			token = find_token(s, in, &o.size, &may);
		if (token) {
			split_clear_event(event);
			event->token = token;
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
