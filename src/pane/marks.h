/* marks.h - which of the bytes that are shown belong to a place of the search.
 *
 * Known piece by piece, as it is asked for: of a long reply only what is in the window is searched.
 */
#ifndef WILCO_PANE_MARKS_H
#define WILCO_PANE_MARKS_H

#include "pane/find.h"

enum { MARKS_PIECE = 4096 };

struct marks {
	const struct find *find; /* NULL: nothing is marked */
	struct slice in;         /* what is searched; borrowed */
	size_t shift;            /* where what is shown begins in it, modulo SIZE_MAX + 1 */
	size_t piece;            /* the one that `found` is of */
	uint8_t *found;          /* a flag for each of its bytes; NULL: of none yet */
};

/* `shown` is the payload of a frame or its bytes on the wire.  Bytes are searched for on the wire,
 * all else in the payload; where the payload stands on the wire as it is, the one is marked in the
 * other, too.  f NULL: nothing is searched for. */
void marks_begin(struct marks *m, const struct find *f, struct slice shown, struct slice payload,
	struct slice wire);
void marks_free(struct marks *m);
bool marks_at(struct marks *m, size_t i);

#endif
