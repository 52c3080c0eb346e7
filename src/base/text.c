/* text.c - see text.h.
 *
 * Everything foreign that wilco shows passes text_add().  It spells as an escape whatever is not on
 * the list of printable characters (printable.h), so no control byte, no C1, no bidirectional mark
 * and no broken UTF-8 can reach a terminal, a log or JSON.
 */
#include "text.h"

#include "charset.h"
#include "combining.h"
#include "mem.h"
#include "printable.h"
#include "secret.h"
#include "spelling.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char hex_digits[] = "0123456789abcdef";
static const uint32_t invalid = 0xFFFFFFFF;

size_t text_decode(struct slice in, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	*code = invalid;
	if (!in.len)
		return 0;
	uint8_t c = in.at[0];
	size_t len = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
	if (len == 0 || len > in.len)
		return 1;
	uint32_t value = len == 1 ? c : c & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((in.at[i] & 0xC0) != 0x80)
			return 1;
		value = value << 6 | (in.at[i] & 0x3F);
	}
	if (value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
		return 1;
	*code = value;
	return len;
}

size_t text_encode(uint32_t code, uint8_t out[4])
{
	if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
		return 0;
	if (code < 0x80) {
		out[0] = (uint8_t)code;
		return 1;
	}
	size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		out[i] = (uint8_t)(0x80 | (code & 0x3F));
	out[0] = (uint8_t)((0xF00u >> len) | code);
	return len;
}

int text_width(uint32_t code)
{
	if (code < 0x7F)
		return code >= 0x20;
	size_t low = 0, high = sizeof printable / sizeof printable[0];
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (code < printable[mid].first)
			high = mid;
		else if (code > printable[mid].last)
			low = mid + 1;
		else
			return (int)printable[mid].cells;
	}
	return 0;
}

/* Says whether eight bytes are shown as themselves, but for backslashes, and whether one of those
 * may be among them.  They are one number, so that nothing is asked about each. */
static bool eight_plain(const uint8_t *at, bool *slash)
{
	static const uint64_t tops = 0x8080808080808080, ones = 0x0101010101010101;
	uint64_t eight;
	memcpy(&eight, at, sizeof eight);
	uint64_t slashes = eight ^ ones * '\\';
	*slash = (slashes - ones) & ~slashes & tops;
	/* A byte over 7e has its top bit set with one more; taking 20 sets that of one below. */
	return !((eight | (eight + ones) | (eight - ones * ' ')) & tops);
}

/* Returns the length of the longest run at the front whose bytes are shown as themselves. */
static size_t plain_run(struct slice in, unsigned flags)
{
	size_t n = 0;
	for (bool slash; in.len - n >= 8 && eight_plain(in.at + n, &slash); n += 8)
		if (slash && !(flags & TEXT_PLAIN))
			break;
	while (n < in.len && in.at[n] >= 0x20 && in.at[n] < 0x7F &&
		(in.at[n] != '\\' || (flags & TEXT_PLAIN)))
		n++;
	return n;
}

size_t text_cells(struct slice in)
{
	size_t cells = 0, i = 0;
	while (i < in.len) {
		uint32_t code;
		size_t plain = plain_run(slice_cut(in, i, in.len), TEXT_PLAIN);
		cells += plain;
		i += plain;
		if (i == in.len)
			break;
		i += text_decode(slice_cut(in, i, in.len), &code);
		cells += code == invalid ? 1 : (size_t)text_width(code);
	}
	return cells;
}

bool text_is_utf8(struct slice in)
{
	uint32_t code;
	for (size_t n; (n = text_decode(in, &code)) > 0; in = slice_cut(in, n, in.len))
		if (code == invalid)
			return false;
	return true;
}

bool text_is_plain(struct slice in)
{
	uint32_t code;
	for (size_t n; (n = text_decode(in, &code)) > 0; in = slice_cut(in, n, in.len))
		if (text_width(code) == 0)
			return false;
	return true;
}

bool text_locale_utf8(void)
{
	static const char names[][12] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);
		if (!value || !*value)
			continue;
		const char *dot = strchr(value, '.');
		return dot && (strncasecmp(dot + 1, "utf-8", 5) == 0 ||
				      strncasecmp(dot + 1, "utf8", 4) == 0);
	}
	return false;
}

static size_t decode(struct slice in, unsigned flags, uint32_t *code)
{
	unsigned charset = flags / TEXT_CHARSET;
	return charset ? charset_decode(charset, in, code) : text_decode(in, code);
}

/* Returns the cells of a character beyond ASCII; 0: it is escaped. */
static int shown_width(uint32_t code)
{
	return code < 0x80 || code == invalid ? 0 : text_width(code);
}

static bool add_character(
	struct bytes *out, struct slice in, size_t len, uint32_t code, unsigned flags)
{
	if (in.at[0] == '\\')
		return bytes_add(out, SLICE("\\\\"));
	if (!shown_width(code)) {
		uint8_t spelled[4 * TEXT_MOST], *at = spelled;
		for (size_t i = 0; i < len; i++)
			at = spelling_put(at, in.at[i]);
		return bytes_add(out, slice_of(spelled, (size_t)(at - spelled)));
	}
	if (flags & TEXT_ASCII)
		return bytes_addf(out, "\\u{%x}", (unsigned)code);
	uint8_t utf8[4];
	return bytes_add(out, slice_of(utf8, text_encode(code, utf8)));
}

static size_t escape_cells(uint8_t byte)
{
	return byte == '\t' || byte == '\n' || byte == '\r' ? 2 : 4;
}

/* No charset but UTF-8 has marks, and ASCII has none. */
static bool shows_marks(unsigned flags)
{
	return (flags & TEXT_MARKS) && !(flags & (TEXT_ASCII | TEXT_BIN)) &&
	       !(flags / TEXT_CHARSET);
}

size_t text_step(struct slice in, unsigned flags, size_t *cells)
{
	uint32_t code;
	size_t len = decode(in, flags, &code);
	*cells = 0;
	if (len == 1 && code >= 0x20 && code < 0x7F)
		*cells = code == '\\' && !(flags & TEXT_PLAIN) && !secret_named(in) ? 2 : 1;
	else if (!shown_width(code))
		for (size_t i = 0; i < len; i++)
			*cells += escape_cells(in.at[i]);
	else if (flags & TEXT_ASCII)
		*cells = (size_t)snprintf(NULL, 0, "\\u{%x}", (unsigned)code);
	else
		*cells = (size_t)text_width(code);
	return shows_marks(flags) ? len + combining_behind(code, slice_cut(in, len, in.len)) : len;
}

static bool add_inner(struct bytes *out, struct slice in, unsigned flags)
{
	while (in.len) {
		size_t n = plain_run(in, flags), many = 0;
		if (n && n < in.len && in.at[n] >= 0x80 && is_alnum(in.at[n - 1]) &&
			shows_marks(flags))
			n--; /* a letter, whose mark may follow */
		if (!n && flags < TEXT_CHARSET)
			many = spelling_add(out, in, flags);
		if (many) {
			in = slice_cut(in, many, in.len);
			continue;
		}
		if (!n && in.at[0] == '\\')
			n = secret_named(in);
		if (n) {
			if (!bytes_add(out, slice_cut(in, 0, n)))
				return false;
		} else {
			uint32_t code;
			n = decode(in, flags, &code);
			struct slice behind = slice_cut(in, n, in.len);
			size_t marks = shows_marks(flags) ? combining_behind(code, behind) : 0;
			if (!(marks ? bytes_add(out, slice_cut(in, 0, n + marks))
				    : add_character(out, in, n, code, flags)))
				return false;
			n += marks;
		}
		in = slice_cut(in, n, in.len);
	}
	return true;
}

bool text_stays(struct slice in, unsigned flags)
{
	bool blanks =
		in.len && (flags & TEXT_EDGES) && (in.at[0] == ' ' || in.at[in.len - 1] == ' ');
	return !blanks && plain_run(in, flags) == in.len;
}

bool text_add(struct bytes *out, struct slice in, unsigned flags)
{
	if (flags & TEXT_BIN)
		return text_add_hex(out, in, true);
	bool blank_first = in.len && (flags & TEXT_EDGES) && in.at[0] == ' ';
	if (blank_first)
		in = slice_cut(in, 1, in.len);
	bool blank_last = in.len && (flags & TEXT_EDGES) && in.at[in.len - 1] == ' ';
	if (blank_last)
		in.len--;
	return (!blank_first || bytes_add(out, SLICE("\\x20"))) && add_inner(out, in, flags) &&
	       (!blank_last || bytes_add(out, SLICE("\\x20")));
}

/* The bytes that are spelled at a time, so that a stream need not hold more. */
enum { HEX_PIECE = 1024 };

static bool add_hex(struct bytes *out, struct slice in, bool spaced)
{
	size_t each = spaced ? 3 : 2;
	for (size_t at = 0, end; at < in.len; at = end) {
		end = in.len - at > HEX_PIECE ? at + HEX_PIECE : in.len;
		uint8_t *to = bytes_space(out, (end - at) * each - (spaced && !at));
		if (!to)
			return false;
		for (size_t i = at; i < end; i++) {
			if (spaced && i)
				*to++ = ' ';
			*to++ = (uint8_t)hex_digits[in.at[i] >> 4];
			*to++ = (uint8_t)hex_digits[in.at[i] & 15];
		}
		out->len = (size_t)(to - out->at);
	}
	return true;
}

/* Adds the names that stand for secrets as they are. */
static APART bool add_hex_named(struct bytes *out, struct slice in, bool spaced)
{
	size_t from = 0, n;
	for (size_t i = 0; i < in.len; i = n ? from : i + 1) {
		n = secret_named(slice_cut(in, i, in.len));
		if (!n)
			continue;
		if (!add_hex(out, slice_cut(in, from, i), spaced) ||
			(spaced && i && !bytes_add_byte(out, ' ')) ||
			!bytes_add(out, slice_cut(in, i, i + n)) ||
			(spaced && i + n < in.len && !bytes_add_byte(out, ' ')))
			return false;
		from = i + n;
	}
	return add_hex(out, slice_cut(in, from, in.len), spaced);
}

bool text_add_hex(struct bytes *out, struct slice in, bool spaced)
{
	return secret_any() ? add_hex_named(out, in, spaced) : add_hex(out, in, spaced);
}

struct slice text_cut(struct slice text, size_t most)
{
	size_t n = text.len > most ? most : text.len, back = 0;
	while (n < text.len && back < 4 && back < n && (text.at[n - back] & 0xC0) == 0x80)
		back++;
	/* More than three such bytes in a row are no character. */
	return slice_cut(text, 0, back < 4 ? n - back : n);
}

void text_format(char *out, size_t size, const char *format, va_list args)
{
	int n = vsnprintf(out, size, format, args);
	if (n < 0 || (size_t)n < size)
		return;
	struct slice kept = text_cut(slice_of(out, size - 1), size - sizeof BYTES_CUT);
	memcpy(out + kept.len, BYTES_CUT, sizeof BYTES_CUT);
}

struct quoted quote(struct slice in)
{
	struct quoted q = {""};
	struct bytes out;
	bytes_init(&out, QUOTE_MAX * sizeof "\\u{10ffff}");
	/* A few bytes more than fit are enough to show that the text was cut. */
	text_add(&out, slice_cut(in, 0, QUOTE_MAX), TEXT_ASCII);
	bool cut = in.len > QUOTE_MAX || out.len >= QUOTE_MAX;
	size_t n = cut && out.len > QUOTE_MAX - 4 ? QUOTE_MAX - 4 : out.len;
	if (n)
		memcpy(q.text, out.at, n);
	memcpy(q.text + n, cut ? "..." : "", cut ? 4 : 1);
	bytes_free(&out);
	return q;
}
