/* lines.h - several lines in the one that the editor edits.
 *
 * Between two of them stands U+2028.  As a character it is typed and pasted as an escape
 * (base/text.h shows none that ends a line), so nothing else can be meant by it.  Pure.
 */
#ifndef WILCO_LINES_H
#define WILCO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum { LINE_BREAK = 0x2028 };

struct line_at {
	size_t number;   /* from 0 */
	size_t from, to; /* characters of the text, without the breaks */
};

size_t lines_count(const wchar_t *text, size_t length); /* at least 1 */
/* The line in which the cursor is. */
struct line_at lines_at(const wchar_t *text, size_t length, size_t cursor);
/* The line of this number, or the last one. */
struct line_at lines_nth(const wchar_t *text, size_t length, size_t number);
/* The same column in the line above or below; false: there is none. */
bool lines_move(const wchar_t *text, size_t length, size_t cursor, bool up, size_t *to);

#endif
