/* fast.h - shared by fast.c, which tells of frames, and tally.c, which counts them. */
#ifndef WILCO_FAST_H
#define WILCO_FAST_H

#include "frame/split_private.h"

/* Returns the longest end that is at the end of these bytes. */
struct slice fast_longest_end(const struct ends *ends, struct slice all);
/* Undoes the transform of item `i` into event->payload; false: its bytes are none of it. */
bool fast_undo(struct split *s, const struct variant *v, size_t i, struct slice wire,
	struct split_event *event);
/* Says whether the first check is one CRC over neighbours on the wire, the usual case. */
bool fast_is_plain_crc(const struct variant *v);

/* Finds the first end in the bytes. */
static inline bool fast_find_end(
	const struct item *item, struct slice in, size_t *place, struct slice *end)
{
	const struct ends *ends = item->kind == ITEM_END ? item->ends : NULL;
	struct slice last = ends ? ends->at[ends->count - 1u] : item->bytes;
	const uint8_t *found = last.len == 1 ? memchr(in.at, last.at[0], in.len)
					     : memmem(in.at, in.len, last.at, last.len);
	if (!found)
		return false;
	size_t size = (size_t)(found - in.at) + last.len;
	*end = ends ? fast_longest_end(ends, slice_of(in.at, size)) : last;
	*place = size - end->len;
	return true;
}

static inline uint64_t fast_number(const uint8_t *at, struct inttype type)
{
	uint64_t value = 0;
	if (type.size == 1)
		return at[0];
	if (type.size == 2)
		return type.little ? (uint64_t)(at[0] | at[1] << 8)
				   : (uint64_t)(at[0] << 8 | at[1]);
	for (unsigned i = 0; i < type.size; i++)
		value = value << 8 | at[type.little ? type.size - 1u - i : i];
	return value;
}

#endif
