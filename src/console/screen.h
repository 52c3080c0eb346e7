/* screen.h - a screen of rows, by ncurses, which draws into memory: the bytes for the terminal come
 * out in a struct bytes, so that only terminal.c writes to it.
 */
#ifndef WILCO_SCREEN_H
#define WILCO_SCREEN_H

#include "pane/rows.h"
#include <wilco/error.h>

struct screen;

/* For the terminal of $TERM; one at a time.  colours: it may use them. */
struct screen *screen_open(size_t width, size_t height, bool utf8, bool colours, struct error *err);
/* Adds the bytes that give the terminal back as it was.  NULL is allowed. */
void screen_close(struct screen *s, struct bytes *out);
/* What leaves the screen in an emergency. */
const char *screen_leave(const struct screen *s);
/* Whether STYLE_SUGGESTION looks other than what is typed. */
bool screen_offers(const struct screen *s);
void screen_size(struct screen *s, size_t width, size_t height);
void screen_row(struct screen *s, size_t y, const struct styled *row, bool selected);
/* `height` rows from y on move up by `rows`, or down by -rows; what comes in is empty. */
void screen_scroll(struct screen *s, size_t y, size_t height, long rows);
void screen_cursor(struct screen *s, size_t y, size_t x);
/* Whatever the terminal shows now is not to be relied on. */
void screen_again(struct screen *s);
/* Adds the bytes that turn what is shown into what was drawn. */
void screen_paint(struct screen *s, struct bytes *out);
/* Leaves the screen for a while; the next paint takes it again. */
void screen_rest(struct screen *s, struct bytes *out);

#endif
