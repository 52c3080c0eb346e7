/* match.h - one candidate against one variant. */
#ifndef WILCO_MATCH_H
#define WILCO_MATCH_H

#include "frame/frame_private.h"

enum match { MATCH_FRAME, MATCH_MORE, MATCH_OUT };

struct candidate {
	struct slice bytes;          /* all that is there from its first byte */
	bool gap, silent, closed;    /* nothing more came, comes, will come */
	size_t max;                  /* bytes of a frame */
	size_t scanned;              /* in and out: no end begins before this */
	struct slice absorb;         /* out: rest of a longer terminator */
	size_t size;                 /* out: MATCH_FRAME: of the frame; MATCH_OUT: matched so far */
	struct split_event *event;   /* out: payload, end, fault */
	struct frame_values *values; /* out */
	const struct frame_values *sent;
	/* where the items are */
	size_t at[LIMIT_ITEMS], sizes[LIMIT_ITEMS];
	uint64_t numbers[LIMIT_ITEMS];
};

enum match match_variant(const struct variant *v, struct candidate *c);

#endif
