/* anatomy.h - names the parts of a frame on the wire. */
#ifndef WILCO_PANE_ANATOMY_H
#define WILCO_PANE_ANATOMY_H

#include "pane/marks.h"
#include "pane/rows.h"
#include <wilco/frame.h>

struct anatomy {
	const struct frame *frame;
	enum frame_side side;
	struct slice raw;
	bool utf8;
	bool folded;         /* a long value shows only its beginning */
	bool list;           /* not in a window; see rows_folded() */
	struct marks *marks; /* in the raw bytes; NULL: none */
};

/* Adds rows after `indent` blanks: bytes, name, value, and what is wrong.  False: the bytes are no
 * frame of this side, and no row was added. */
bool anatomy_rows(const struct anatomy *a, size_t indent, struct rows *out);

#endif
