/* anatomy.h - the parts of a frame on the wire, named. */
#ifndef WILCO_PANE_ANATOMY_H
#define WILCO_PANE_ANATOMY_H

#include "pane/marks.h"
#include "pane/rows.h"
#include <wilco/frame.h>

/* Rows behind `indent` blanks: bytes, name, value, and what is wrong.  False: the bytes are no
 * frame of this side, and no row was added.  marks: of the raw bytes; NULL: none. */
bool anatomy_rows(const struct frame *frame, enum frame_side side, struct slice raw, size_t indent,
	bool utf8, struct marks *marks, struct rows *out);

#endif
