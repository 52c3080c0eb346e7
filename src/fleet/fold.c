/* fold.c - see fold.h.
 *
 * What is folded is the last number of a name, but not the port behind it.  Numbers with zeros in
 * front are of one width.
 */
#include "fleet/fold.h"

#include "base/text.h"
#include <stdlib.h>

enum { DIGITS_MAX = 9 };

/* A name cut at its number. */
struct cut_name {
	struct slice before, digits, behind;
	uint64_t number;
};

/* Returns where the digits begin that end at `to`. */
static size_t digits_before(struct slice name, size_t to)
{
	while (to && is_digit(name.at[to - 1]))
		to--;
	return to;
}

/* Returns where the last number ends; 0: there is none. */
static size_t number_end(struct slice name)
{
	size_t to = name.len;
	while (to && !is_digit(name.at[to - 1]))
		to--;
	return to;
}

static struct cut_name cut_name(struct slice name)
{
	size_t to = number_end(name), from = digits_before(name, to);
	if (to == name.len && from > 1 && name.at[from - 1] == ':') { /* a port */
		size_t host = number_end(slice_cut(name, 0, from - 1));
		if (host) {
			to = host;
			from = digits_before(name, to);
		}
	}
	if (to - from > DIGITS_MAX)
		from = to = 0;
	struct cut_name cut = {.before = slice_cut(name, 0, from),
		.digits = slice_cut(name, from, to),
		.behind = slice_cut(name, to, name.len)};
	for (size_t i = from; i < to; i++)
		cut.number = cut.number * 10 + name.at[i] - '0';
	return cut;
}

static int compare(struct slice a, struct slice b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least ? memcmp(a.at, b.at, least) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_number(const void *one, const void *other)
{
	struct cut_name a = cut_name(*(const struct slice *)one);
	struct cut_name b = cut_name(*(const struct slice *)other);
	int order = compare(a.before, b.before);
	order = order ? order : compare(a.behind, b.behind);
	order = order ? order : (a.number > b.number) - (a.number < b.number);
	return order ? order : compare(a.digits, b.digits);
}

/* Returns the width of a number with zeros in front; 0: it has none. */
static size_t padding(const struct cut_name *n)
{
	return n->digits.len > 1 && n->digits.at[0] == '0' ? n->digits.len : 0;
}

/* Says whether `b` can stand in the brackets that `a` begins. */
static bool joins(const struct cut_name *a, const struct cut_name *b, size_t width)
{
	size_t own = padding(b);
	return a->digits.len && b->digits.len && slice_equal(a->before, b->before) &&
	       slice_equal(a->behind, b->behind) &&
	       (own == width || (!own && b->digits.len == width));
}

/* Adds the numbers of names from *at on that stand in the same brackets. */
static void add_numbers(struct slice *names, size_t count, size_t *at, struct bytes *out)
{
	struct cut_name first = cut_name(names[*at]), last = first, next;
	size_t width = padding(&first);
	for (;;) {
		struct cut_name from = last;
		while (++*at < count &&
			(next = cut_name(names[*at]), joins(&first, &next, width)) &&
			next.number == last.number + 1)
			last = next;
		bytes_add(out, from.digits);
		if (from.number != last.number) {
			bytes_add_byte(out, '-');
			bytes_add(out, last.digits);
		}
		if (*at == count || !joins(&first, &next, width))
			return;
		bytes_add_byte(out, ',');
		last = next;
	}
}

/* Adds the next name, and those that fold with it. */
static void add_next(
	struct slice *names, size_t count, size_t *at, unsigned flags, struct bytes *out)
{
	struct cut_name first = cut_name(names[*at]), next;
	bool alone = *at + 1 == count ||
		     (next = cut_name(names[*at + 1]), !joins(&first, &next, padding(&first)));
	text_add(out, first.before, flags);
	if (alone) {
		bytes_add(out, first.digits);
		++*at;
	} else {
		bytes_add_byte(out, '[');
		add_numbers(names, count, at, out);
		bytes_add_byte(out, ']');
	}
	text_add(out, first.behind, flags);
}

void fold_names(struct slice *names, size_t count, size_t most, unsigned flags, struct bytes *out)
{
	size_t begin = out->len;
	qsort(names, count, sizeof *names, by_number);
	for (size_t at = 0; at < count;) {
		if (at)
			bytes_add_byte(out, ',');
		if (out->len - begin > most) {
			bytes_addf(out, " and %zu more", count - at);
			return;
		}
		add_next(names, count, &at, TEXT_PLAIN | flags, out);
	}
}
