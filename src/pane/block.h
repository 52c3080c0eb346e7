/* block.h - a part of an exchange as rows: a head (time, mark, text, detail at the right edge) and,
 * by the view, a body. */
#ifndef WILCO_PANE_BLOCK_H
#define WILCO_PANE_BLOCK_H

#include "pane/entry.h"

struct block {
	const struct look *look;
	const char *mark;
	enum style style;
	struct timespec time; /* tv_sec 0: none is known */
	const struct session *session;
	const struct frame *frame;
	enum frame_side side;
	struct slice payload; /* for text and hex */
	struct slice raw;     /* for dump and anatomy */
	bool open, unframed;
	const char *detail;
	const char *end;     /* why a good frame ended: the first to go where there is no room */
	int64_t since;       /* ns from the line above; shown where there is room, from 1 ms on */
	struct marks *marks; /* of what the view shows: payload or raw */
};

void block_rows(struct block *b, struct rows *out);
/* Only what stands in front of the text; the cells that it takes. */
size_t block_begin(const struct block *b, struct rows *out);

#endif
