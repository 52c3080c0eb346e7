/* spelled.h - shows a device's bytes in canonical spelling or as hex, in rows that are broken
 * between characters: an escape, a wide character and a pair of digits stay whole.  Text for people
 * is broken after its line ends and at blanks. */
#ifndef WILCO_PANE_SPELLED_H
#define WILCO_PANE_SPELLED_H

#include "pane/marks.h"
#include "pane/rows.h"

/* The text for no bytes, as in the language. */
#define SPELLED_EMPTY "(empty)"

struct span {
	size_t end; /* where it ends in the bytes */
	enum style style;
};

/* Spells each byte by itself, with blanks between. */
struct digits {
	size_t cells; /* of a byte and the blank */
	bool (*add)(struct bytes *out, struct slice bytes);
};
extern const struct digits digits_hex;

struct spelled {
	struct slice bytes;
	const struct digits *digits; /* NULL: it is text */
	unsigned charset;            /* of the bytes, enum charset */
	bool utf8;                   /* if not, characters beyond ASCII are escaped, too */
	bool combining;              /* combining marks stand behind their letters */
	bool words;                  /* rows that are full are broken at a blank */
	/* Rows are broken after each LF, with a dim mark for what ended the line; a tab is as wide
	 * as on a terminal.  Rows that go on stand two cells further in. */
	bool lines;
	bool unmarked; /* without those marks */
	enum style style;
	/* Only with digits, where the styles of bytes differ: one after the other. */
	const struct span *spans;
	size_t span_count;
	struct marks *marks; /* of a search; NULL: nothing is marked */
	size_t marked_from;  /* where the bytes begin in those of the marks */
};

/* Adds rows: the first begins on the line as it is, the others after `indent` blanks, and the last
 * is not ended.  It adds at most `most` rows (0: all), and one more if that shows the rest, and
 * returns the number of bytes in them.  Rows in front of the window are only counted. */
size_t spelled_rows(const struct spelled *s, size_t indent, size_t most, struct rows *out);
/* With `lines`: returns the cells of the longest line that fits into `most`, with its mark where
 * that fits, too; *all: all lines fit.  Of a long text only the beginning is looked at. */
size_t spelled_longest(const struct spelled *s, size_t most, bool *all);
/* Add as much as fits into so many cells of the line, of the beginning or of the end; '~' marks a
 * cut. */
void spelled_short(const struct spelled *s, size_t cells, struct styled *line);
void spelled_end(const struct spelled *s, size_t cells, struct styled *line);

#endif
