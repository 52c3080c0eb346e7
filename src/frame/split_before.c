/* split_before.c - takes what stands before a frame and belongs to none: the rest of what ended the
 * one before, fillers, and the echo of what was sent. */
#include "frame/split_private.h"

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

bool split_take_absorbed(struct split *s)
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

void split_drop_fillers(struct split *s)
{
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

bool split_take_echo(struct split *s, struct split_event *event)
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
	split_clear_event(event);
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
