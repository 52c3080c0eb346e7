/* row.h - the row that is typed on: what it must look like, and the fewest bytes to get there.
 *
 * Bytes for the terminal are added to a struct bytes.  Movement uses CR, BS and what stands on the
 * row already, so that it works on every terminal; only clearing needs to know what it can do.
 */
#ifndef WILCO_ROW_H
#define WILCO_ROW_H

#include <wchar.h>
#include <wilco/bytes.h>

struct row {
	struct bytes text; /* as painted: UTF-8, printable */
	size_t cells;      /* of text */
	size_t cursor;     /* in cells */
	size_t offset;     /* first character of the line that is visible */
};

void row_init(struct row *r);
/* Leaves an empty row: nothing is painted, and the cursor is at the left edge. */
void row_free(struct row *r);

/* Composes prompt and line for `columns` cells; of a longer line a part is visible, with < and > at
 * its ends.  r->offset is where that part began before, so that it moves little. */
/* Returns how many cells a prompt may have; of a longer one the end is shown. */
size_t row_prompt_most(size_t columns);
void row_compose(struct row *r, struct slice prompt, const wchar_t *line, size_t length,
	size_t cursor, size_t columns, bool utf8);
/* Adds the bytes that turn `from` (as painted) into `to`. */
void row_paint(
	const struct row *from, const struct row *to, const char *clear_eol, struct bytes *out);
/* Adds the bytes that clear `from` and leave the cursor at the left edge. */
void row_erase(const struct row *from, const char *clear_eol, struct bytes *out);
/* Does the same without moving the cursor: what is added is written, and what is taken from the end
 * is wiped out as a terminal does it by itself; anything else is a row of its own. */
void row_print(const struct row *from, const struct row *to, struct bytes *out);

#endif
