/* spelled.h - a device's bytes in canonical spelling or as hex, broken into rows between
 * characters: an escape, a wide character and a pair of digits stay whole.
 */
#ifndef WILCO_PANE_SPELLED_H
#define WILCO_PANE_SPELLED_H

#include "pane/marks.h"
#include "pane/rows.h"

/* Stands where there are no bytes, as in the language. */
#define SPELLED_EMPTY "(empty)"

struct spelled {
	struct slice bytes;
	bool hex;
	bool utf8; /* else characters beyond ASCII are escapes, too */
	enum style style;
	struct marks *marks; /* of the search; NULL: nothing is marked */
	size_t marked_from;  /* where in what these are of the bytes begin */
};

/* Begins on the line as it is and goes on below, behind `indent` blanks; the last row is not ended.
 * At most `most` rows (0: any number), one more when that shows the rest.  The bytes that found a
 * place.  Rows in front of the window are only counted. */
size_t spelled_rows(const struct spelled *s, size_t indent, size_t most, struct rows *out);
/* As much as fits into so many cells of the line; a cut is marked by '~'. */
void spelled_short(const struct spelled *s, size_t cells, struct styled *line);

#endif
