/* combining.c - see combining.h. */
#include "base/combining.h"

#include "base/mem.h"
#include "base/scripts.h"
#include "base/text.h"

enum { FIRST_MARK_BYTE = 0xCC }; /* U+0300 and all above begin with it or with more */

/* A set of scripts. */
struct scripts {
	uint64_t low, high;
};

static struct scripts look_up(const struct script_row *rows, size_t count, uint32_t code)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (code < rows[mid].first)
			high = mid;
		else if (code > rows[mid].first + rows[mid].more)
			low = mid + 1;
		else
			return (struct scripts){
				script_sets[rows[mid].set][0], script_sets[rows[mid].set][1]};
	}
	return (struct scripts){0, 0};
}

static struct scripts of_mark(uint32_t code)
{
	return look_up(script_marks, sizeof script_marks / sizeof *script_marks, code);
}

static struct scripts of_bearer(uint32_t code)
{
	return look_up(script_bearers, sizeof script_bearers / sizeof *script_bearers, code);
}

/* Keeps the scripts that are in both sets; false: there is none. */
static bool share(struct scripts *s, struct scripts with)
{
	s->low &= with.low;
	s->high &= with.high;
	return s->low || s->high;
}

bool combining_is_mark(uint32_t code)
{
	struct scripts its = of_mark(code);
	return its.low || its.high;
}

size_t combining_behind(uint32_t code, struct slice rest)
{
	struct scripts scripts = {0, 0};
	size_t at = 0;
	for (size_t marks = 0; at < rest.len && rest.at[at] >= FIRST_MARK_BYTE; marks++) {
		uint32_t mark;
		size_t n = text_decode(slice_cut(rest, at, rest.len), &mark);
		struct scripts its = of_mark(mark);
		if (!marks && (its.low || its.high) && text_width(code))
			scripts = of_bearer(code);
		if (marks == COMBINING_MOST || !share(&scripts, its))
			break;
		at += n;
	}
	return at;
}
