/* screen.h - a screen of rows.  ncurses draws it into memory, and the bytes for the terminal come
 * out in a struct bytes, so that only terminal.c writes to it. */
#ifndef WILCO_SCREEN_H
#define WILCO_SCREEN_H

#include "pane/rows.h"
#include <wilco/error.h>

struct screen;

/* Gives the colours of marked text (<curses.h>): that behind it, and that of the text, which is
 * readable on it.  False: the style is no mark. */
bool screen_mark(enum style style, short *ground, short *text);
/* Opens a screen for a terminal of this name; there is one at a time.  colours: it may use them. */
struct screen *screen_open(
	const char *name, size_t width, size_t height, bool utf8, bool colours, struct error *err);
/* Adds the bytes that restore the terminal.  NULL is allowed. */
void screen_close(struct screen *s, struct bytes *out);
/* Returns the bytes that leave the screen in an emergency. */
const char *screen_leave(const struct screen *s);
/* Says whether STYLE_SUGGESTION looks different from typed text. */
bool screen_offers(const struct screen *s);
void screen_size(struct screen *s, size_t width, size_t height);
void screen_row(struct screen *s, size_t y, const struct styled *row, bool selected);
/* One character of an emulated terminal, with what a program chose for it. */
struct screen_cell {
	uint32_t code; /* one that may be shown; 0: the cell is covered by the one before */
	bool bold, underline, inverse, blink;
	int16_t fore, ground; /* of 256 colours; -1: the terminal's own */
};
void screen_cells(struct screen *s, size_t y, const struct screen_cell *cells, size_t count);
/* Draws all rows anew when they are drawn next, because others were drawn in their places. */
void screen_forget(struct screen *s);
/* Moves `height` rows from y on up by `rows`, or down by -rows; rows that come in are empty. */
void screen_scroll(struct screen *s, size_t y, size_t height, long rows);
void screen_cursor(struct screen *s, size_t y, size_t x); /* shows it there */
void screen_hide_cursor(struct screen *s);
/* Paints everything anew, because the terminal may show anything. */
void screen_again(struct screen *s);
/* Adds the bytes that turn what the terminal shows into what was drawn. */
void screen_paint(struct screen *s, struct bytes *out);
/* Leaves the screen for a while; the next paint takes it back. */
void screen_rest(struct screen *s, struct bytes *out);

#endif
