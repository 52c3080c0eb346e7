/* rows.h - rows of styled text, made one after the other, of which only a window is wanted.
 *
 * Pure: knows neither devices nor terminals.  Text is safe already (base/text.h).
 */
#ifndef WILCO_PANE_ROWS_H
#define WILCO_PANE_ROWS_H

#include <wilco/bytes.h>

/* What a piece of text is; the screen chooses colours, and attributes where there are none. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,     /* times, offsets, details */
	STYLE_SENT,    /* commands */
	STYLE_EVENT,   /* unsolicited, late */
	STYLE_WRONG,   /* damaged, lost, refused */
	STYLE_GOOD,    /* a check that is right */
	STYLE_LITERAL, /* parts of a frame */
	STYLE_FIELD,
	STYLE_PAYLOAD,
	STYLE_BAR,        /* the session bar */
	STYLE_CURRENT,    /* the current session in it */
	STYLE_FOUND,      /* what was searched for */
	STYLE_SUGGESTION, /* what is not typed, only offered */
	STYLE_COUNT
};

enum { RUNS_MAX = 256, ROW_MAX = 16 * 1024 };

struct run {
	uint16_t from, len; /* in text */
	enum style style;
};

struct styled {
	struct bytes text; /* UTF-8, printable */
	size_t cells;
	struct run runs[RUNS_MAX]; /* in order, without gaps; what finds no room is in the last */
	size_t run_count;
	bool blind; /* nobody will see it: only the cells count */
};
void styled_init(struct styled *s);
void styled_free(struct styled *s);
void styled_clear(struct styled *s);
void styled_add(struct styled *s, enum style style, struct slice text);
void styled_addf(struct styled *s, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, where found[i] is set in STYLE_FOUND; NULL: nowhere. */
void styled_add_found(struct styled *s, enum style style, struct slice text, const uint8_t *found);
/* Blanks up to this cell. */
void styled_pad(struct styled *s, enum style style, size_t cell);
/* At most so many cells; a cut is marked by '~' in the last one. */
void styled_cut(struct styled *s, size_t cells);

/* Rows [skip, skip + want) go to row(), which may be NULL: then they are only counted. */
struct rows {
	size_t width; /* cells */
	size_t skip, want;
	void (*row)(void *arg, const struct styled *row);
	void *arg;
	size_t made;
	struct styled line;    /* the row that is being made */
	const uint8_t *sought; /* a byte whose row is asked for; NULL: none */
	bool met;
	size_t met_at; /* that row */
};
void rows_init(struct rows *r, size_t width, size_t skip, size_t want,
	void (*row)(void *arg, const struct styled *row), void *arg);
void rows_free(struct rows *r);
void rows_end(struct rows *r);            /* the line is a row */
bool rows_enough(const struct rows *r);   /* no further row is wanted */
bool rows_seen(const struct rows *r);     /* the row that is being made is wanted */
void rows_pass(struct rows *r, size_t n); /* n rows that are in front of the window */
/* The next rows have these bytes, so many each: one of them may be sought. */
void rows_hold(struct rows *r, struct slice bytes, size_t each);
/* How many of the next rows lie in front of the window. */
size_t rows_ahead(const struct rows *r);
/* Ends the line, which stands for bytes that are folded, and says how to see them; list: not in a
 * window that could open them. */
void rows_folded(struct rows *r, size_t indent, size_t bytes, bool list);
/* Words that may be longer than a row, and ends it: go on below, behind `indent` blanks, at a blank
 * where there is one.  found: as above. */
void rows_words(
	struct rows *r, enum style style, size_t indent, struct slice text, const uint8_t *found);

#endif
