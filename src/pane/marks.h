/* marks.h - tells which of the bytes that are shown are marked: they belong to a place that the
 * search found, or to one of the patterns that somebody has highlighted.
 *
 * This is found out piece by piece, so that in a long reply only what is in the window is searched.
 */
#ifndef WILCO_PANE_MARKS_H
#define WILCO_PANE_MARKS_H

#include "pane/find.h"
#include "pane/highlight.h"

enum { MARKS_PIECE = 4096 };

/* What is marked.  Nothing of it is owned. */
struct marking {
	const struct find *find;        /* what is searched for; NULL: nothing */
	struct slice here;              /* the place of it at which somebody is; empty: none */
	const struct highlights *rules; /* NULL: none */
};

/* Bytes that are searched, of which others are shown. */
struct marks_layer {
	bool on;
	struct slice in; /* borrowed */
	size_t shift;    /* where the shown bytes begin in them, modulo SIZE_MAX + 1 */
	size_t piece;    /* the piece to which `found` belongs */
	uint8_t *found;  /* the style of each byte of the piece; NULL: no piece yet */
};

struct marks {
	struct marking marking;
	struct marks_layer search, rules;
};

/* Begins marks for `shown`, the payload of a frame or its bytes on the wire.  Bytes are searched
 * for on the wire, everything else in the payload; where the payload stands on the wire as it is, a
 * place in one is marked in the other, too. */
void marks_begin(struct marks *m, const struct marking *marking, struct slice shown,
	struct slice payload, struct slice wire);
void marks_free(struct marks *m);
/* Returns the style of a byte that is marked (enum style); 0: it is not. */
uint8_t marks_at(struct marks *m, size_t i);
/* Writes the styles of wilco's own text, a byte each. */
void marks_of_text(const struct marking *marking, struct slice text, uint8_t *styles);

#endif
