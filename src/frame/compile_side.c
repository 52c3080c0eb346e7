/* compile_side.c - with which bytes a frame of a side can begin, and what ends its last one. */
#include "frame/compile.h"

#include "frame/split_private.h"

/* Collects what the session needs to know of a side: half-close, gaps, whether close ends it. */
static void summarise(struct side *side, const struct variant *v)
{
	const struct level *l = &v->levels[0];
	for (size_t i = 0; i < l->count; i++) {
		const struct item *item = &v->items[i];
		bool ends = l->variable != NONE && l->ends_by == ENDS_SEARCH && i == l->ends_item;
		if (item->kind == ITEM_EOF) {
			side->half_closes = true;
			side->ends_by_close |= ends;
		} else if (item->kind == ITEM_GAP) {
			side->gap_after = item->gap;
			if (ends)
				side->gap_within = item->gap;
		} else if (item->kind == ITEM_END) {
			side->ends_by_close |= item->ends->eof;
			if (item->ends->gap)
				side->gap_within = item->gap;
		}
	}
}

bool compile_closes_each(const struct frame *frame)
{
	const struct side *side = &frame->sides[SIDE_REPLY];
	bool each = !frame->one_side;
	for (size_t i = 0; each && i < side->count; i++) {
		const struct variant *v = &side->variants[i];
		each = v->items[v->levels[0].count - 1].kind == ITEM_EOF;
	}
	return each;
}

/* Finds a literal that every frame of the variant has at the same place. */
static bool find_anchor(struct variant *v, struct slice *bytes, size_t *place)
{
	size_t at = 0;
	v->anchor = NONE;
	for (size_t i = 0; i < v->levels[0].count; i++) {
		const struct item *item = &v->items[i];
		if (item->kind == ITEM_FILL && at == 0)
			continue; /* fillers before the frame are not part of its start */
		if (item->fixed < 0 || item->group)
			return false;
		if (item->kind == ITEM_BYTES) {
			*bytes = item->bytes;
			*place = at;
			v->anchor = (uint8_t)i;
			return true;
		}
		at += (size_t)item->fixed;
	}
	return false;
}

static void add_first(struct side *side, struct slice bytes)
{
	side->first_bytes[bytes.at[0] >> 3] |= (uint8_t)(1 << (bytes.at[0] & 7));
}

/* Collects the bytes with which a frame can begin, so that a search can skip all others; false: it
 * can be any byte. */
static bool add_variant_first(struct side *side, const struct variant *v)
{
	for (size_t i = 0; i < v->levels[0].count; i++) {
		const struct item *item = &v->items[i];
		if ((item->kind != ITEM_BYTES && item->kind != ITEM_FILL) || item->group)
			return false;
		add_first(side, item->bytes);
		if (item->kind == ITEM_BYTES || item->quantifier == '+')
			return true;
	}
	return false;
}

static void add_tokens_first(struct side *side, const struct frame_rules *r)
{
	const struct slice tokens[] = {r->ack, r->nak, r->bid[0], r->bid[1], r->bid[2]};
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
		if (tokens[i].len)
			add_first(side, tokens[i]);
}

/* Finds the filler X* with which every variant begins. */
static struct slice find_common_fill(const struct side *side)
{
	struct slice common = {0};
	for (size_t i = 0; i < side->count; i++) {
		const struct item *first = &side->variants[i].items[0];
		bool fill = first->kind == ITEM_FILL && first->quantifier == '*' && !first->group;
		if (!fill || (i && !slice_equal(first->bytes, common)))
			return (struct slice){0};
		common = first->bytes;
	}
	return common;
}

static void find_starts(const struct frame *frame, struct side *side)
{
	const struct item *first = &side->variants[0].items[0];
	side->first_known = true;
	for (size_t i = 0; i < side->count; i++) {
		struct slice bytes;
		size_t place;
		side->first_known &= add_variant_first(side, &side->variants[i]);
		if (find_anchor(&side->variants[i], &bytes, &place)) {
			side->resync = side->variants[i].anchored = true;
			side->anchor = side->count == 1 ? bytes : (struct slice){0};
			side->anchor_at = place;
		}
	}
	add_tokens_first(side, &frame->rules);
	side->one_start =
		side->count == 1 && first->kind == ITEM_BYTES && !first->group && !frame->tokens;
	side->common_fill = find_common_fill(side);
}

void compile_side(const struct frame *frame, struct side *side)
{
	for (size_t i = 0; i < side->count; i++)
		summarise(side, &side->variants[i]);
	find_starts(frame, side);
	side->fast = !frame->tokens && fast_fits(side);
}
