/* compile.h - what the files of the compiler share: compile.c (levels, and what ends an item),
 * compile_length.c (which length gives a size) and compile_side.c (how a frame may begin and end).
 */
#ifndef WILCO_COMPILE_H
#define WILCO_COMPILE_H

#include "frame/frame_private.h"

/* Returns the index behind the level's last item. */
static inline size_t compile_level_end(const struct level *l)
{
	return (size_t)l->first + l->count;
}

/* ---- compile_length.c; a len is given by its index, NONE is none ---- */

/* Says whether a size follows from a value that was computed from it. */
bool compile_undoes(const struct covers *covers);
/* Says whether item k is read before `target` is reached. */
bool compile_is_before(const struct variant *v, size_t k, size_t target);
/* Says whether the len covers the item at `index`. */
bool compile_covers(const struct item *len, size_t index);
/* Finds the len from which the size of `target` follows. */
uint8_t compile_length(const struct variant *v, size_t target);
/* Finds a len for the payload in a transform, from which the wire size of the transform follows. */
uint8_t compile_length_plain(const struct variant *v, size_t target);
/* Makes the size of the level's variable item value - minus, where its len has no operators, and
 * one span, of which all else is fixed and in no group. */
void compile_length_exact(struct variant *v, struct level *l);
/* Finds the len that gives the size of an align that is met before what it follows is known; `end`
 * is the item that ends the variable one. */
bool compile_length_align(
	struct variant *v, const struct level *l, size_t align, size_t end, struct error *err);

/* ---- compile_side.c ---- */

/* Collects what the splitter and the session need to know of a side whose variants are compiled. */
void compile_side(const struct frame *frame, struct side *side);
/* Says whether each frame of the device is the last of its line. */
bool compile_closes_each(const struct frame *frame);

#endif
