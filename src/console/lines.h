/* lines.h - several lines in the one that the editor edits.
 *
 * U+2028 stands between two of them.  That character itself is typed, pasted and recalled as an
 * escape (console_spell()), and Tab offers no name that has it, so nothing else can be meant by it.
 */
#ifndef WILCO_LINES_H
#define WILCO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum { LINE_BREAK = 0x2028 };

struct line_at {
	size_t number;   /* counts from 0 */
	size_t from, to; /* characters of the text; the breaks do not belong to it */
};

size_t lines_count(const wchar_t *text, size_t length); /* at least 1 */
/* Returns the line with the cursor. */
struct line_at lines_at(const wchar_t *text, size_t length, size_t cursor);
/* Returns the line of this number, or the last one. */
struct line_at lines_nth(const wchar_t *text, size_t length, size_t number);
/* Finds the same column in the line above or below; false: there is no such line. */
bool lines_move(const wchar_t *text, size_t length, size_t cursor, bool up, size_t *to);

#endif
