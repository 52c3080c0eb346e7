/* cut.c - see cut.h. */
#include "macro/cut.h"

#include "base/number.h"
#include "base/text.h"
#include <ctype.h>
#include <wilco/limits.h>

static struct slice type_of(struct slice word)
{
	const uint8_t *sign = word.len ? memchr(word.at, '@', word.len) : NULL;
	return slice_cut(word, 0, sign ? (size_t)(sign - word.at) : 0);
}

bool cut_is(struct slice word)
{
	size_t n = type_of(word).len;
	for (size_t i = 0; i < word.len; i++)
		if (i < n ? !isalnum(word.at[i]) : i > n && !isdigit(word.at[i]))
			return false;
	return n && n + 1 < word.len;
}

bool cut_read(struct slice word, struct cut *cut, struct error *err)
{
	uint64_t number;
	struct slice type = type_of(word);
	if (!inttype_parse(type, &cut->type) || !inttype_is_number(cut->type))
		return error_set(err, STATUS_USAGE,
			"TYPE@OFFSET needs a type of numbers, such as u8, u16be, i16le, f32be, "
			"dec4 or bcd2, not '%s'",
			quote(type).text);
	if (!number_parse(slice_cut(word, type.len + 1, word.len), "the offset", 0,
		    LIMIT_FRAME_MOST, &number, err))
		return false;
	cut->at = (size_t)number;
	return true;
}
