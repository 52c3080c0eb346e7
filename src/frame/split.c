/* split.c - a stream of bytes to frames; see frame.h for the contract and the notation's manual for
 * the rules (R1 to R8).
 *
 *   pending:  [ in events | stray | candidate ... )
 *              0          pos     pos + stray
 *
 * Every byte is in exactly one event, except what a longer terminator leaves behind (R8).
 */
#include "frame/match.h"

#include "base/escape.h"
#include "base/text.h"
#include <stdio.h>

void split_init(struct split *s, const struct frame *frame, enum frame_side side,
	const struct frame_values *sent, size_t max, struct bytes *pending, struct bytes *scratch)
{
	*s = (struct split){
		.frame = frame, .side = side, .sent = sent, .pending = pending, .scratch = scratch};
	s->max = frame->rules.max ? frame->rules.max : max ? max : LIMIT_FRAME;
}

uint8_t *split_space(struct split *s, size_t n)
{
	s->base += s->pos;
	bytes_drop(s->pending, s->pos);
	s->pos = 0;
	return bytes_space(s->pending, n);
}

void split_add(struct split *s, size_t n)
{
	s->pending->len += n;
	s->gap = s->silent = s->closed = false;
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

size_t split_pending(const struct split *s)
{
	return s->pending->len - s->pos;
}

static void forget_candidate(struct split *s)
{
	s->scanned = 0;
	s->scanned_variant = 0;
}

void split_reset(struct split *s)
{
	s->base += s->pending->len;
	bytes_clear(s->pending);
	s->pos = s->stray = 0;
	s->absorb = (struct slice){0};
	s->gap = s->silent = s->closed = false;
	forget_candidate(s);
}

/* Makes the n bytes at pos the event's, and goes behind them. */
static bool emit(struct split *s, struct split_event *event, enum split_kind kind, size_t n)
{
	event->kind = kind;
	event->raw = slice_of(s->pending->at + s->pos, n);
	event->offset = s->base + s->pos;
	if (kind != SPLIT_FRAME)
		event->end = END_BREAK;
	event->values = kind == SPLIT_STRAY ? NULL : &s->values;
	s->pos += n;
	s->stray = s->stray > n ? s->stray - n : 0;
	forget_candidate(s);
	return true;
}

static bool emit_stray(struct split *s, struct split_event *event)
{
	*event = (struct split_event){0};
	return emit(s, event, SPLIT_STRAY, s->stray);
}

/* R1: the first variant that is not ruled out decides; when all are, the one that got furthest. */
static enum match match_any(struct split *s, struct candidate *c, struct split_event *event)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	struct split_event furthest = {0};
	size_t reached = 0;
	for (size_t i = s->scanned_variant; i < side->count; i++) {
		*event = (struct split_event){0};
		s->values = (struct frame_values){0};
		c->scanned = i == s->scanned_variant ? s->scanned : 0;
		c->absorb = (struct slice){0};
		enum match m = match_variant(&side->variants[i], c);
		if (m != MATCH_OUT) {
			s->scanned_variant = i;
			s->scanned = c->scanned;
			return m;
		}
		if (!furthest.fault || c->size > reached) {
			furthest = *event;
			reached = c->size;
		}
	}
	*event = furthest;
	c->size = reached;
	return MATCH_OUT;
}

/* The literal that every frame of the side begins with; empty: there is none. */
static struct slice first_literal(const struct split *s)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	const struct item *first = &side->variants[0].items[0];
	return side->count == 1 && first->kind == ITEM_BYTES ? first->bytes : (struct slice){0};
}

/* R2: bytes that cannot start a frame are collected. */
static void skip_stray(struct split *s, struct slice candidate)
{
	struct slice literal = first_literal(s);
	size_t n = 1;
	if (literal.len && candidate.len > 1) {
		const uint8_t *next = memchr(candidate.at + 1, literal.at[0], candidate.len - 1);
		n = next ? (size_t)(next - candidate.at) : candidate.len;
	}
	s->stray += n;
	forget_candidate(s);
}

/* The rest of a longer terminator belongs to the frame before. */
static void absorb_rest(struct split *s)
{
	while (s->absorb.len && split_pending(s)) {
		if (s->pending->at[s->pos] != s->absorb.at[0]) {
			s->absorb.len = 0;
			return;
		}
		s->pos++;
		s->absorb = slice_cut(s->absorb, 1, s->absorb.len);
	}
}

static bool emit_oversize(struct split *s, struct split_event *event, size_t n)
{
	event->fault = FAULT_LIMIT;
	event->a = n;
	event->b = s->max;
	return emit(s, event, SPLIT_OVERSIZE, n);
}

/* What the candidate's match means; -1: nothing yet, look again. */
static int take_match(struct split *s, enum match m, struct candidate *c, struct split_event *event)
{
	bool over = m == MATCH_MORE && c->bytes.len > s->max;
	bool ended = m == MATCH_MORE && (s->silent || s->closed);
	if (m == MATCH_OUT && c->size == 0) {
		skip_stray(s, c->bytes);
		return -1;
	}
	if (m == MATCH_MORE && !over && !ended)
		return false;
	if (s->stray)
		return emit_stray(s, event);
	if (over)
		return emit_oversize(s, event, c->bytes.len);
	if (m == MATCH_MORE)
		return emit(s, event, SPLIT_PARTIAL, c->bytes.len);
	s->absorb = m == MATCH_FRAME ? c->absorb : (struct slice){0};
	return emit(s, event, m == MATCH_FRAME ? SPLIT_FRAME : SPLIT_DAMAGED, c->size);
}

bool split_next(struct split *s, struct split_event *event)
{
	struct candidate c; /* its arrays are written item by item before they are read */
	absorb_rest(s);
	for (;;) {
		size_t start = s->pos + s->stray;
		c.bytes = slice_of(s->pending->at + start, s->pending->len - start);
		if (!c.bytes.len) {
			bool ended = s->silent || s->closed || s->stray > s->max;
			if (s->stray && ended)
				return emit_stray(s, event);
			if (!s->stray)
				forget_taken(s);
			return false;
		}
		c.gap = s->gap;
		c.silent = s->silent;
		c.closed = s->closed;
		c.max = s->max;
		c.event = event;
		c.values = &s->values;
		c.sent = s->sent;
		int taken = take_match(s, match_any(s, &c, event), &c, event);
		if (taken >= 0)
			return taken;
	}
}

/* ---- words ---- */

/* "NUL", "CR LF", "2c": control names where there are, hex elsewhere. */
static void spell(struct bytes *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len && i < 8; i++) {
		const char *name = control_name(bytes.at[i]);
		if (i)
			bytes_add_byte(out, ' ');
		if (name)
			bytes_add_str(out, name);
		else
			text_add_hex(out, slice_cut(bytes, i, i + 1), false);
	}
}

static const char *finish(struct bytes *text, char *out)
{
	size_t n = text->len < SPLIT_TEXT_MAX - 1 ? text->len : SPLIT_TEXT_MAX - 1;
	if (n)
		memcpy(out, text->at, n);
	out[n] = 0;
	bytes_free(text);
	return out;
}

const char *split_end_text(const struct split_event *event, char out[SPLIT_TEXT_MAX])
{
	static const char *const words[] = {[END_LITERAL] = "literal",
		[END_CLOSE] = "peer closed",
		[END_SILENCE] = "silence",
		[END_CONTENT] = "content complete",
		[END_BREAK] = "not ended"};
	struct bytes text;
	bytes_init(&text, 4096);
	if (event->end == END_DELIMITER) {
		bytes_add_str(&text, "delimiter ");
		spell(&text, event->end_bytes);
	} else if (event->end == END_LENGTH || event->end == END_FIXED) {
		bytes_addf(&text, "%s %zu", event->end == END_LENGTH ? "length" : "fixed size",
			event->payload.len);
	} else {
		bytes_add_str(&text, words[event->end]);
	}
	return finish(&text, out);
}

const char *split_error_text(const struct split_event *event, char out[SPLIT_TEXT_MAX])
{
	struct bytes text;
	bytes_init(&text, 4096);
	switch (event->fault) {
	case FAULT_EXPECTED:
		bytes_add_str(&text, "expected ");
		spell(&text, event->expected);
		bytes_addf(&text, " at byte %zu, got ", event->at);
		spell(&text, event->got);
		break;
	case FAULT_NUMBER:
		bytes_addf(&text, "expected a number at byte %zu, got ", event->at);
		spell(&text, event->got);
		break;
	case FAULT_LENGTH:
		bytes_addf(&text, "the length at byte %zu says %zu, expected %zu", event->at,
			event->a, event->b);
		break;
	case FAULT_LIMIT:
		bytes_addf(&text, "%zu bytes, the limit is %zu (max)", event->a, event->b);
		break;
	case FAULT_MISSING:
		bytes_addf(&text, "%zu more byte%s expected", event->a, event->a == 1 ? "" : "s");
		break;
	case FAULT_UNENDED:
		bytes_add_str(&text, "no ");
		spell(&text, event->expected);
		bytes_add_str(&text, event->expected.len ? " came" : "end came");
		break;
	case FAULT_NONE:
		break;
	}
	return finish(&text, out);
}
