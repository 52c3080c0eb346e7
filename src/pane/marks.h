/* marks.h - tells which of the bytes that are shown belong to a place that the search found.
 *
 * This is found out piece by piece, so that in a long reply only what is in the window is searched.
 */
#ifndef WILCO_PANE_MARKS_H
#define WILCO_PANE_MARKS_H

#include "pane/find.h"

enum { MARKS_PIECE = 4096 };

struct marks {
	const struct find *find; /* NULL: nothing is marked */
	struct slice in;         /* the bytes that are searched; borrowed */
	size_t shift;            /* where the shown bytes begin in them, modulo SIZE_MAX + 1 */
	size_t piece;            /* the piece to which `found` belongs */
	uint8_t *found;          /* a flag for each byte of the piece; NULL: no piece yet */
};

/* Begins marks for `shown`, the payload of a frame or its bytes on the wire.  Bytes are searched
 * for on the wire, everything else in the payload; where the payload stands on the wire as it is, a
 * place in one is marked in the other, too.  f NULL: there is no search. */
void marks_begin(struct marks *m, const struct find *f, struct slice shown, struct slice payload,
	struct slice wire);
void marks_free(struct marks *m);
bool marks_at(struct marks *m, size_t i);

#endif
