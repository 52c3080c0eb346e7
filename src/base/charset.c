/* charset.c - see charset.h. */
#include "base/charset.h"

#include "base/text.h"
#include <iconv.h>

const char *const charset_names[] = {[CHARSET_UTF8] = "utf-8",
	[CHARSET_LATIN1] = "latin1",
	[CHARSET_WINDOWS_1252] = "windows-1252",
	[CHARSET_CP437] = "cp437",
	[CHARSET_SHIFT_JIS] = "shift-jis",
	NULL};

/* The C library's names.  Its SHIFT_JIS has no backslash: CP932 is the one that holds ASCII. */
static const char *const systems[] = {[CHARSET_LATIN1] = "ISO-8859-1",
	[CHARSET_WINDOWS_1252] = "CP1252",
	[CHARSET_CP437] = "CP437",
	[CHARSET_SHIFT_JIS] = "CP932"};

enum direction { TO_CODE, FROM_CODE };
enum { ROOM = 8 }; /* for one character */

/* Returns NULL where this system does not know the charset. */
static iconv_t converter(enum charset charset, enum direction direction)
{
	static iconv_t open[CHARSET_COUNT][2];
	iconv_t *cd = &open[charset][direction];
	if (!*cd)
		*cd = direction == TO_CODE ? iconv_open("UTF-32LE", systems[charset])
					   : iconv_open(systems[charset], "UTF-32LE");
	if (*cd == (iconv_t)-1)
		*cd = NULL;
	return *cd;
}

/* Converts one character, and returns its length; 0: there is none such. */
static size_t convert(enum charset charset, enum direction direction, const void *in, size_t in_len,
	uint8_t out[ROOM])
{
	iconv_t cd = converter(charset, direction);
	char *from = (char *)(uintptr_t)in, *to = (char *)out;
	size_t room = ROOM;
	if (!cd)
		return 0;
	if (iconv(cd, &from, &in_len, &to, &room) == 0 && !in_len)
		return ROOM - room;
	iconv(cd, NULL, NULL, NULL, NULL);
	return 0;
}

bool charset_begins(enum charset charset, uint8_t byte)
{
	return charset == CHARSET_SHIFT_JIS &&
	       ((byte >= 0x81 && byte < 0xA0) || (byte >= 0xE0 && byte < 0xFD));
}

/* Says whether these bytes are what a character is converted to: two spellings of one character
 * could not be read back. */
static bool is_spelling(enum charset charset, const uint8_t code[4], struct slice bytes)
{
	uint8_t back[ROOM];
	size_t n = convert(charset, FROM_CODE, code, 4, back);
	return slice_equal(slice_of(back, n), bytes);
}

size_t charset_decode(enum charset charset, struct slice in, uint32_t *code)
{
	uint8_t out[ROOM];
	if (charset == CHARSET_UTF8)
		return text_decode(in, code);
	*code = 0xFFFFFFFF;
	if (!in.len)
		return 0;
	if (in.at[0] < 0x80) {
		*code = in.at[0];
		return 1;
	}
	struct slice bytes = slice_cut(in, 0, charset_begins(charset, in.at[0]) ? 2 : 1);
	if (convert(charset, TO_CODE, bytes.at, bytes.len, out) != 4 ||
		!is_spelling(charset, out, bytes))
		return 1;
	*code = (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16;
	return bytes.len;
}

static bool lacks(enum charset charset, struct slice character, size_t at, struct error *err)
{
	const char *name = charset_names[charset];
	return converter(charset, FROM_CODE)
		       ? error_at(err, at, character.len, "charset=%s has no %s", name,
				 quote(character).text)
		       : error_at(err, at, character.len,
				 "this system cannot convert to charset=%s (iconv)", name);
}

bool charset_encode(enum charset charset, struct slice text, struct bytes *out, struct error *err)
{
	uint32_t code;
	uint8_t to[ROOM];
	bool good = true;
	size_t n, at = 0;
	for (; good && (n = text_decode(slice_cut(text, at, text.len), &code)) > 0; at += n) {
		struct slice one = slice_cut(text, at, at + n);
		const uint8_t wide[4] = {
			(uint8_t)code, (uint8_t)(code >> 8), (uint8_t)(code >> 16)};
		if (charset != CHARSET_UTF8 && code >= 0x80) {
			size_t len = convert(charset, FROM_CODE, wide, sizeof wide, to);
			if (!len)
				return lacks(charset, one, at, err);
			one = slice_of(to, len);
		}
		good = bytes_add(out, one);
	}
	return good || error_at(err, 0, 0, "too long: these bytes do not fit below the limit");
}
