/* encode_private.h - shared by encode.c (makes a frame) and encode_back.c (reads it back). */
#ifndef WILCO_ENCODE_PRIVATE_H
#define WILCO_ENCODE_PRIVATE_H

#include "frame/frame_private.h"

struct encoder {
	const struct frame *frame;
	enum frame_side side;
	const struct variant *v;
	struct slice payload;
	const struct field_value *set, *sent;
	struct frame_values used; /* the values in this frame */
	struct bytes *scratch;
	struct {
		bool done;
		size_t at, len; /* in the scratch */
	} items[LIMIT_ITEMS];
	bool in_piece;
	struct slice piece; /* part of the payload, inside chunk[n] */
	struct error *err;
};

/* Reads the frame as its receiver will; false: that would read another payload, which err says. */
bool encode_back(const struct encoder *e, struct slice wire);

#endif
