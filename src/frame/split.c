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
	s->max = frame->rules.max ? frame->rules.max : max ? max : LIMIT_FRAME;
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

/* Clears what the caller's struct held before, or what was found out about a candidate. */
static void clear_event(struct split_event *event)
{
	*event = (struct split_event){.end = END_BREAK};
}

/* Reports what was pending, of which the end found no room. */
static bool emit_unheld(struct split *s, struct split_event *event)
{
	size_t held = s->pending->len - s->pos;
	clear_event(event);
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

/* ---- candidates ---- */

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

/* Matches variants: the first that is not ruled out decides, else the one that got furthest. */
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

static struct outcome of_match(struct split *s, struct matching *r, enum match m)
{
	struct outcome o = {.what = OUTCOME_EVENT, .size = r->size};
	o.decided = r->seen > r->size ? r->seen : r->size;
	if ((m == MATCH_FRAME || m == MATCH_BAD) && r->size == 0) {
		m = MATCH_OUT; /* a frame has bytes */
		r->reached = 0;
	}
	bool ended = s->silent || s->closed;
	if (m == MATCH_BAD && s->patient && !ended && r->event->end == END_SILENCE) {
		s->torn = true;
		s->begun = false; /* with more bytes it is read from its beginning */
		o.what = OUTCOME_WAITS;
		return o;
	}
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
		r->event->within = s->frame->rules.max ? "max in the frame" : ".set max=";
	}
	return o;
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
			clear_event(event);
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

/* ---- before candidates ---- */

/* Says whether the bytes are an end of more than LF, such as that and a prompt: the reply is empty.
 */
static bool is_end(struct slice rest, struct slice end, bool *may)
{
	*may |= rest.len < end.len && slice_starts(end, rest);
	return end.len > 1 && slice_starts(rest, end);
}

static bool ends_at_once(const struct split *s, struct slice rest, bool *may)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	bool ends = false;
	for (size_t i = 0; i < side->count; i++) {
		const struct variant *v = &side->variants[i];
		const struct level *l = &v->levels[0];
		if (l->variable == NONE || l->ends_by != ENDS_SEARCH)
			continue;
		const struct item *end = &v->items[l->ends_item];
		ends |= end->kind == ITEM_BYTES && is_end(rest, end->bytes, may);
		for (size_t k = 0; end->kind == ITEM_END && k < end->ends->count; k++)
			ends |= is_end(rest, end->ends->at[k], may);
	}
	return ends;
}

/* Takes the rest of a longer terminator, or of fillers at a frame's end; false: it may follow. */
static bool take_absorbed(struct split *s)
{
	while (s->absorb.len && s->pending->len > s->pos) {
		struct slice rest = slice_of(s->pending->at + s->pos, s->pending->len - s->pos);
		bool may = false,
		     ends = s->absorb_times == AFTER_ECHO && ends_at_once(s, rest, &may);
		bool whole = !ends && slice_starts(rest, s->absorb);
		if (may && !ends && !s->silent && !s->closed)
			return false;
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

struct slice frame_filler(const struct frame *frame, enum frame_side side)
{
	return frame_side_of(frame, side)->common_fill;
}

struct slice frame_without_fillers(
	const struct frame *frame, enum frame_side side, struct slice wire)
{
	struct slice fill = frame_side_of(frame, side)->common_fill;
	while (fill.len && slice_starts(wire, fill))
		wire = slice_cut(wire, fill.len, wire.len);
	return wire;
}

/* Takes fillers that may begin every frame at once, so that a long run of them costs nothing. */
void split_take_fillers(struct split *s)
{
	if (!frame_side_of(s->frame, s->side)->common_fill.len || s->stray)
		return;
	struct slice rest = slice_of(s->pending->at + s->pos, s->pending->len - s->pos);
	size_t fill = rest.len - frame_without_fillers(s->frame, s->side, rest).len;
	s->pos += fill;
	s->begun = s->begun && !fill;
}

static enum echo_line echo_line(const struct frame *frame)
{
	return frame->rules.bin ? ECHO_BYTES : frame->rules.echo_maybe ? ECHO_MAYBE : ECHO_TERMINAL;
}

/* Takes the LF of an echo that ended by CR, unless replies begin so. */
static void absorb_line_feed(struct split *s, struct slice echo)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	bool begins = side->first_known && side->first_bytes['\n' >> 3] >> ('\n' & 7) & 1;
	if (s->frame->rules.bin || begins || !echo.len || echo.at[echo.len - 1] != '\r')
		return;
	s->absorb = SLICE("\n");
	s->absorb_times = AFTER_ECHO;
}

/* Compares what the line echoes as it comes.  False: it waits for more, or there is no echo. */
static bool take_echo(struct split *s, struct split_event *event)
{
	struct slice rest = slice_of(s->pending->at + s->pos, s->pending->len - s->pos);
	size_t size;
	enum echo_is is = echo_compare(&s->echo, echo_line(s->frame), rest, &size);
	bool whole = is == ECHO_WHOLE;
	if (is == ECHO_WAITS && !s->silent && !s->closed)
		return false;
	struct echo other = s->echo;
	if (!whole && s->echo_maybe) {
		echo_expect(&s->echo, (struct slice){0});
		return false;
	}
	clear_event(event);
	size = whole ? size : 0;
	split_fill_event(s, event, whole ? SPLIT_FRAME : SPLIT_DAMAGED, s->pos, size);
	event->mark = MARK_ECHO;
	event->values = NULL;
	event->payload = event->raw;
	event->has_payload = whole;
	event->end = whole ? END_LENGTH : END_BREAK;
	if (!whole) {
		event->fault = FAULT_ECHO;
		event->at = other.came;
		event->expected = slice_cut(other.sent, other.same, other.same + 1);
		event->got = slice_cut(rest, other.came, other.came + 1);
	} else
		absorb_line_feed(s, event->raw);
	s->pos += size;
	echo_expect(&s->echo, (struct slice){0});
	return true;
}

static APART bool next_held(struct split *s, struct split_event *event)
{
	if (!s->pending->at)
		return false; /* nothing has come */
	if (s->absorb.len && !take_absorbed(s))
		return false;
	if (s->echo.sent.len && s->pending->len > s->pos) {
		if (s->stray) /* it was there before what is echoed */
			return emit_stray(s, event);
		if (take_echo(s, event))
			return true;
		if (s->echo.sent.len)
			return false;
	}
	for (;;) {
		if (s->watching) {
			clear_event(event);
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
		clear_event(event);
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
