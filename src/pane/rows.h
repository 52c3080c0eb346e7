/* rows.h - makes rows of styled text one after the other, of which only a window is wanted.
 *
 * It knows neither devices nor terminals.  Its text is safe already (base/text.h).
 */
#ifndef WILCO_PANE_ROWS_H
#define WILCO_PANE_ROWS_H

#include <wilco/bytes.h>

/* What a piece of text is.  The screen chooses colours, or attributes where it has no colours. */
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
	STYLE_BAR,     /* the session bar */
	STYLE_CURRENT, /* the current session in it */
	STYLE_FOUND,   /* what the search found */
	STYLE_HERE,    /* that of it at which somebody is */
	STYLE_RED,     /* what `.highlight` marks, and so on */
	STYLE_YELLOW,
	STYLE_GREEN,
	STYLE_CYAN,
	STYLE_BLUE,
	STYLE_MAGENTA,
	STYLE_SUGGESTION, /* what is offered, not typed */
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
	struct run runs[RUNS_MAX]; /* in order, without gaps; what finds no room joins the last */
	size_t run_count;
	bool blind; /* nobody will see it: only cells are counted */
};
void styled_init(struct styled *s);
void styled_free(struct styled *s);
void styled_clear(struct styled *s);
void styled_add(struct styled *s, enum style style, struct slice text);
void styled_addf(struct styled *s, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds text, in which a byte that is marked has its own style, marks[i]; 0, or marks NULL: it is
 * not. */
void styled_add_marked(struct styled *s, enum style style, struct slice text, const uint8_t *marks);
/* Adds a character of one cell several times. */
void styled_repeat(struct styled *s, enum style style, struct slice character, size_t times);
/* Adds blanks up to this cell. */
void styled_pad(struct styled *s, enum style style, size_t cell);
/* Cuts the row to so many cells; '~' in the last one says that the row was longer. */
void styled_cut(struct styled *s, size_t cells);
/* The same between two words, with ".." behind them. */
void styled_cut_words(struct styled *s, size_t cells);

/* Rows [skip, skip + want) go to row(); NULL: all rows are only counted. */
struct rows {
	size_t width; /* cells */
	size_t skip, want;
	void (*row)(void *arg, const struct styled *row);
	void *arg;
	size_t made;
	struct styled line;    /* the row in the making */
	const uint8_t *sought; /* a byte whose row is wanted; NULL: none */
	bool met;
	size_t met_at; /* that row */
};
void rows_init(struct rows *r, size_t width, size_t skip, size_t want,
	void (*row)(void *arg, const struct styled *row), void *arg);
void rows_free(struct rows *r);
void rows_end(struct rows *r);            /* the line becomes a row */
bool rows_enough(const struct rows *r);   /* no more rows are wanted */
bool rows_seen(const struct rows *r);     /* the row in the making is wanted */
void rows_pass(struct rows *r, size_t n); /* passes over n rows in front of the window */
/* Says that the next rows have these bytes, `each` in a row: the sought byte may be among them. */
void rows_hold(struct rows *r, struct slice bytes, size_t each);
/* Returns how many of the next rows are in front of the window. */
size_t rows_ahead(const struct rows *r);
/* Ends a line for folded bytes, and says how to see them; list: there is no window that could open
 * them. */
void rows_folded(struct rows *r, size_t indent, size_t bytes, bool list);
/* Adds words and ends the row; they continue below, after `indent` blanks, broken at a blank where
 * there is one.  marks: as above. */
void rows_words(
	struct rows *r, enum style style, size_t indent, struct slice text, const uint8_t *marks);

#endif
