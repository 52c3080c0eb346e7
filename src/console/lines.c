/* lines.c - see lines.h. */
#include "console/lines.h"

static size_t end_of(const wchar_t *text, size_t length, size_t from)
{
	while (from < length && text[from] != LINE_BREAK)
		from++;
	return from;
}

struct line_at lines_nth(const wchar_t *text, size_t length, size_t number)
{
	struct line_at at = {.to = end_of(text, length, 0)};
	while (at.number < number && at.to < length) {
		at.number++;
		at.from = at.to + 1;
		at.to = end_of(text, length, at.from);
	}
	return at;
}

struct line_at lines_at(const wchar_t *text, size_t length, size_t cursor)
{
	size_t number = 0;
	for (size_t i = 0; i < cursor && i < length; i++)
		number += text[i] == LINE_BREAK;
	return lines_nth(text, length, number);
}

size_t lines_count(const wchar_t *text, size_t length)
{
	return lines_at(text, length, length).number + 1;
}

bool lines_move(const wchar_t *text, size_t length, size_t cursor, bool up, size_t *to)
{
	struct line_at here = lines_at(text, length, cursor), there;
	if (up ? here.from == 0 : here.to == length)
		return false;
	there = lines_nth(text, length, here.number + (up ? (size_t)-1 : 1));
	*to = there.from + (cursor - here.from);
	if (*to > there.to)
		*to = there.to;
	return true;
}
