/* bracket.c - see bracket.h. */
#include "fleet/bracket.h"

#include "base/text.h"
#include <stdlib.h>
#include <wilco/limits.h>

enum { DIGITS_MAX = 9, RANGES_MAX = 8 };

/* Says whether a range begins here, and where it ends. */
static bool bracket_is_at(struct slice text, size_t at, size_t *to)
{
	size_t i = at + 1;
	if (text.at[at] != '[')
		return false;
	while (i < text.len && (is_digit(text.at[i]) || text.at[i] == ',' || text.at[i] == '-'))
		i++;
	*to = i + 1;
	return i < text.len && i > at + 1 && text.at[i] == ']';
}

bool bracket_find(struct slice text, size_t *from, size_t *to)
{
	for (*from = 0; *from < text.len; ++*from)
		if (bracket_is_at(text, *from, to))
			return true;
	return false;
}

bool bracket_part(struct slice *rest, struct slice *part)
{
	size_t at = 0, to;
	if (!rest->at)
		return false;
	while (at < rest->len && rest->at[at] != ',')
		at = bracket_is_at(*rest, at, &to) ? to : at + 1;
	*part = slice_cut(*rest, 0, at);
	/* Behind a last comma is one more part, which is empty. */
	*rest = at < rest->len ? slice_cut(*rest, at + 1, rest->len) : (struct slice){0};
	return true;
}

/* ---- walking ---- */

struct bracket_walk {
	struct slice text;
	struct bytes name;
	bracket_each *each;
	void *arg;
	unsigned depth;
};

/* One item of a range. */
struct span {
	uint64_t from, to;
	int width; /* digits at least */
};

static bool walk_rest(struct bracket_walk *w, struct slice rest, struct error *err);

static bool read_number(struct slice *text, uint64_t *value)
{
	size_t n = 0;
	for (*value = 0; n < text->len && is_digit(text->at[n]); n++)
		*value = n < DIGITS_MAX ? *value * 10 + text->at[n] - '0' : UINT64_MAX;
	*text = slice_cut(*text, n, text->len);
	return n > 0 && n <= DIGITS_MAX;
}

static bool read_span(
	const struct bracket_walk *w, struct slice item, struct span *s, struct error *err)
{
	struct slice rest = item;
	bool good = read_number(&rest, &s->from);
	s->width = item.len && item.at[0] == '0' ? (int)(item.len - rest.len) : 1;
	s->to = s->from;
	if (good && rest.len && rest.at[0] == '-') {
		rest = slice_cut(rest, 1, rest.len);
		good = read_number(&rest, &s->to);
	}
	if (good && !rest.len && s->from <= s->to)
		return true;
	return error_at(err, (size_t)(item.at - w->text.at), item.len ? item.len : 1,
		"a range is numbers, of at most %d digits and rising, such as [1-20,25], not '%s'",
		DIGITS_MAX, quote(item).text);
}

static bool walk_span(
	struct bracket_walk *w, const struct span *s, struct slice rest, struct error *err)
{
	size_t before = w->name.len;
	for (uint64_t n = s->from; n <= s->to; n++) {
		bytes_addf(&w->name, "%0*llu", s->width, (unsigned long long)n);
		if (!walk_rest(w, rest, err))
			return false;
		w->name.len = before;
	}
	return true;
}

static bool walk_range(
	struct bracket_walk *w, struct slice range, struct slice rest, struct error *err)
{
	struct slice item;
	struct span span;
	if (w->depth++ == RANGES_MAX)
		return error_at(err, (size_t)(range.at - w->text.at), range.len,
			"a name has at most %d ranges", RANGES_MAX);
	while (bracket_part(&range, &item))
		if (!read_span(w, item, &span, err) || !walk_span(w, &span, rest, err))
			return false;
	w->depth--;
	return true;
}

/* Adds what is left of the text to the name, and gives it when it is whole. */
static bool walk_rest(struct bracket_walk *w, struct slice rest, struct error *err)
{
	size_t from, to, before = w->name.len;
	bool good;
	if (bracket_find(rest, &from, &to)) {
		bytes_add(&w->name, slice_cut(rest, 0, from));
		good = walk_range(
			w, slice_cut(rest, from + 1, to - 1), slice_cut(rest, to, rest.len), err);
	} else {
		good = bytes_add(&w->name, rest)
			       ? w->each(w->arg, bytes_slice(&w->name), err)
			       : error_at(err, 0, w->text.len, "a name has at most %d bytes",
					 LIMIT_ADDRESS);
	}
	w->name.len = before;
	return good;
}

bool bracket_walk(struct slice text, bracket_each *each, void *arg, struct error *err)
{
	struct bracket_walk w = {.text = text, .each = each, .arg = arg};
	bytes_init(&w.name, LIMIT_ADDRESS);
	bool good = walk_rest(&w, text, err);
	bytes_free(&w.name);
	return good;
}
