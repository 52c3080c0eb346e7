/* tally.c - counts the frames that fast.c would read one by one.  What is to be compared, and
 * where, is found out once for all frames in the buffer, so that each costs little more than the
 * search for its end.  As in fast.c, what is not a whole and correct frame is left to the general
 * way. */
#include "frame/fast.h"

#include "base/mem.h"
#include "frame/crc.h"

/* The sizes that are known only from the frame: of the variable item, and of its end. */
struct sizes {
	size_t variable, end;
};

/* Where an item is in a frame: all bits of `behind` are set where the variable item is before it,
 * and those of `beyond` where the end is. */
struct place {
	const struct item *item;
	size_t at, behind, beyond;
};

/* What is looked at in each frame. */
struct tally {
	const struct variant *v;
	const struct level *l;
	struct slice fill;
	size_t max;
	struct place variable, length, end; /* length: with ENDS_LENGTH */
	struct place check, from, to;       /* the CRC, and what it covers */
	struct place literal[LIMIT_ITEMS];
	size_t literals;
};

static void note_place(struct tally *y, size_t i, struct place place)
{
	const struct variant *v = y->v;
	if (i == y->l->variable)
		y->variable = place;
	else if (i == y->l->ends_item && y->l->ends_by == ENDS_LENGTH)
		y->length = place;
	else if (place.item->kind == ITEM_BYTES && i != y->l->ends_item)
		y->literal[y->literals++] = place;
	if (!v->verify_count)
		return;
	if (i == v->verify[0])
		y->check = place;
	if (i == v->items[v->verify[0]].covers->at[0].first)
		y->from = place;
}

/* Finds out what is where; false: these frames cannot be counted so. */
static bool tally_begin(struct tally *y, const struct split *s, const struct side *side)
{
	const struct variant *v = y->v = &side->variants[0];
	const struct level *l = y->l = &v->levels[0];
	struct place place = {0};
	y->max = s->max;
	y->fill = side->common_fill;
	if (v->verify_count > 1 || (v->verify_count && !fast_is_plain_crc(v)))
		return false;
	for (size_t i = y->fill.len ? 1 : 0; i < l->count; i++) {
		place.item = &v->items[i];
		note_place(y, i, place);
		if (i == l->variable)
			place.behind = SIZE_MAX;
		else if (i == l->ends_item && l->ends_by == ENDS_SEARCH)
			place.beyond = SIZE_MAX;
		else
			place.at += (size_t)place.item->fixed;
		if (v->verify_count && i == v->items[v->verify[0]].covers->at[0].last)
			y->to = place;
	}
	y->end = place;
	return true;
}

static inline size_t place_at(const struct place *place, struct sizes sizes)
{
	return place->at + (sizes.variable & place->behind) + (sizes.end & place->beyond);
}

/* Finds the sizes that only the frame tells; false: not all of it is there. */
static inline bool find_sizes(const struct tally *y, struct slice in, struct sizes *sizes)
{
	const struct level *l = y->l;
	size_t head = y->variable.at, from = head + l->least;
	if (l->ends_by == ENDS_LENGTH) {
		if (in.len < head)
			return false;
		uint64_t said = fast_number(in.at + y->length.at, y->length.item->type);
		if (said < l->minus || said - l->minus > in.len - head)
			return false;
		*sizes = (struct sizes){.variable = (size_t)(said - l->minus)};
		return true;
	}
	struct slice end;
	if (from >= in.len ||
		!fast_find_end(&y->v->items[l->ends_item], slice_of(in.at + from, in.len - from),
			&sizes->variable, &end))
		return false;
	sizes->end = end.len;
	return true;
}

static inline bool literals_are_right(const struct tally *y, const uint8_t *in, struct sizes sizes)
{
	for (size_t i = 0; i < y->literals; i++) {
		const struct place *place = &y->literal[i];
		struct slice said = place->item->bytes;
		if (!slice_equal(slice_of(in + place_at(place, sizes), said.len), said))
			return false;
	}
	return true;
}

static inline bool crc_is_right(const struct tally *y, const uint8_t *in, struct sizes sizes)
{
	const struct crc *crc = y->check.item->check->crc;
	size_t from = place_at(&y->from, sizes), to = place_at(&y->to, sizes);
	uint64_t sum = crc_end(crc, crc_add(crc, crc->start, slice_of(in + from, to - from)));
	return sum == fast_number(in + place_at(&y->check, sizes), y->check.item->type);
}

static inline bool transform_is_right(
	struct split *s, const struct tally *y, const uint8_t *in, struct sizes sizes)
{
	MEM_UNSET struct split_event event;
	struct slice wire = slice_of(in + y->variable.at, sizes.variable);
	return fast_undo(s, y->v, y->l->variable, wire, &event);
}

/* Returns the size of the next frame; 0: it is not a whole and correct one. */
static inline size_t tally_frame(struct split *s, const struct tally *y, struct slice in)
{
	struct sizes sizes = {0};
	if (!find_sizes(y, in, &sizes))
		return 0;
	size_t size = place_at(&y->end, sizes);
	bool right = size <= in.len && size <= y->max && literals_are_right(y, in.at, sizes);
	if (right && y->variable.item->kind == ITEM_XFORM)
		right = transform_is_right(s, y, in.at, sizes);
	if (right && y->v->verify_count)
		right = crc_is_right(y, in.at, sizes);
	return right ? size : 0;
}

size_t tally_frames(struct split *s, const struct side *side)
{
	struct tally y = {0};
	struct slice rest = split_rest(s);
	size_t count = 0, size;
	if (!tally_begin(&y, s, side))
		return 0;
	do {
		while (y.fill.len && slice_starts(rest, y.fill))
			rest = slice_of(rest.at + y.fill.len, rest.len - y.fill.len);
		size = tally_frame(s, &y, rest);
		rest = slice_of(rest.at + size, rest.len - size);
		count += size > 0;
	} while (size > 0);
	s->pos = s->pending->len - rest.len;
	return count;
}
