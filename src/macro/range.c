/* range.c - see range.h. */
#include "macro/range.h"

#include "base/number.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { NUMBER_MOST = 63 };

bool range_number(struct slice text, long double *number)
{
	char digits[NUMBER_MOST + 1], *end;
	struct error unused;
	uint64_t whole;
	text = slice_trim(text);
	if (!text.len || text.len > NUMBER_MOST)
		return false;
	if (slice_starts(text, SLICE("0x"))) {
		bool good = number_parse(text, "", 0, UINT64_MAX, &whole, &unused);
		*number = good ? (long double)whole : 0;
		return good;
	}
	slice_copy(digits, text);
	digits[text.len] = 0;
	if (strspn(digits, "+-.0123456789eE") != text.len)
		return false;
	*number = strtold(digits, &end);
	return end == digits + text.len && isfinite(*number);
}

/* Finds where `sign` stands in the text; false: nowhere. */
static bool find_sign(
	struct slice text, const char *sign, struct slice *before, struct slice *behind)
{
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.at[i] == (uint8_t)sign[0] && text.at[i + 1] == (uint8_t)sign[1]) {
			*before = slice_cut(text, 0, i);
			*behind = slice_cut(text, i + 2, text.len);
			return true;
		}
	return false;
}

static bool bad_range(struct slice text, struct error *err)
{
	error_at(err, 0, text.len, "'%s' is no number and no range of numbers", quote(text).text);
	return error_hint(err, "a range is V, A..B, A.., ..B or V+-T, as in 20..25 or 0x1f");
}

static bool read_ends(struct slice low, struct slice high, struct range *range)
{
	range->has_low = low.len > 0;
	range->has_high = high.len > 0;
	return (low.len || high.len) && (!low.len || range_number(low, &range->low)) &&
	       (!high.len || range_number(high, &range->high));
}

bool range_read(struct slice text, struct range *range, struct error *err)
{
	struct slice low, high;
	*range = (struct range){0};
	if (find_sign(text, "..", &low, &high)) {
		if (!read_ends(low, high, range))
			return bad_range(text, err);
		return !low.len || !high.len || range->low <= range->high ||
		       error_at(err, 0, text.len,
			       "no number is in the range '%s': write the lower end first",
			       quote(text).text);
	}
	range->around = find_sign(text, "+-", &low, &high);
	range->has_low = range->has_high = true;
	if (!range->around)
		low = high = text;
	if (!range_number(low, &range->low) || !range_number(high, &range->high))
		return bad_range(text, err);
	return true;
}

bool range_has(const struct range *range, long double number)
{
	if (range->around) { /* 0.3 and 0.1 are not what they seem, and 0.4 is in 0.3+-0.1 */
		long double slack = DBL_EPSILON * (fabsl(range->low) + range->high);
		return fabsl(number - range->low) <= range->high + slack;
	}
	return (!range->has_low || number >= range->low) &&
	       (!range->has_high || number <= range->high);
}
