/* respell.c - see respell.h. */
#include "macro/respell.h"

#include "base/combining.h"
#include "base/escape.h"
#include "base/text.h"
#include <wilco/limits.h>

/* Where the piece stands that is spelled. */
struct piece {
	struct bytes *out;
	unsigned flags;
	uint8_t quote; /* the mark that ends the quoted text around it; 0: there is none */
	bool first, last;
};

static size_t respell_place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return 0;
}

/* Says whether the byte would mean something else at this place if it stood for itself. */
static bool stays_escaped(uint8_t byte, const struct piece *p)
{
	bool edge = p->first || p->last;
	if (byte == ' ')
		return edge || p->flags & RESPELL_WORD;
	if (byte == '(' || byte == ')')
		return (byte == '(' ? p->first : p->last) || p->flags & RESPELL_WORD;
	return (byte == '#' && p->first) || (byte == p->quote && p->quote) ||
	       (p->flags & RESPELL_GLOB && (byte == '*' || byte == '?'));
}

/* Adds a byte that was written as an escape.  Above 7f it stays one, because the charset of the
 * device decides what a character is. */
static bool add_byte(uint8_t byte, const struct piece *p)
{
	if (byte >= 0x7f || stays_escaped(byte, p))
		return bytes_addf(p->out, "\\x%02x", byte);
	return text_add(p->out, slice_of(&byte, 1), 0);
}

static bool add_character(uint32_t code, struct slice utf8, const struct piece *p)
{
	if (code < 0x80)
		return add_byte((uint8_t)code, p);
	return text_width(code) ? bytes_add(p->out, utf8)
				: bytes_addf(p->out, "\\u{%x}", (unsigned)code);
}

/* Adds a character that stands for itself, with the marks behind it. */
static size_t respell_plain(struct slice text, const struct piece *p)
{
	uint32_t code;
	size_t n = text_decode(text, &code);
	bool blank = code == ' ' && !p->quote && (p->first || p->last);
	if (text_width(code) && !blank) {
		n += combining_behind(code, slice_cut(text, n, text.len));
		bytes_add(p->out, slice_cut(text, 0, n));
	} else
		add_character(code, slice_cut(text, 0, n), p);
	return n;
}

/* Adds `\{name}` as it is.  Returns its length, 0 on error. */
static size_t respell_variable(struct slice text, struct bytes *out, struct error *err)
{
	const uint8_t *end = memchr(text.at, '}', text.len);
	size_t n = end ? (size_t)(end - text.at) + 1 : 0;
	if (!end)
		return error_at(err, 0, 2, "\\{ has no closing }");
	if (n == 3)
		return error_at(err, 0, 3, "\\{} has no name in it");
	bytes_add(out, slice_cut(text, 0, n));
	return n;
}

/* ---- byte lists ---- */

static bool is_list_separator(uint8_t c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static bool is_variable(struct slice text)
{
	return slice_starts(text, SLICE("\\{"));
}

static enum name_is later(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	(void)n;
	(void)name;
	(void)optional;
	(void)out;
	(void)err;
	return NAME_LATER;
}

bool respell_read_bytes(struct slice list, struct bytes *out, struct error *err)
{
	struct names any = {.get = later};
	return escape_list(list, &any, out, err);
}

/* Checks an element that stays as it is. */
static size_t keep_element(struct slice element, struct bytes *out, struct error *err)
{
	struct bytes ignored;
	bytes_init(&ignored, LIMIT_LINE);
	bool good = respell_read_bytes(element, &ignored, err);
	bytes_free(&ignored);
	bytes_add(out, element);
	return good ? element.len : 0;
}

/* Returns the length of "(...)", in which a variable may have brackets; 0 on error. */
static size_t brackets_length(struct slice text, struct error *err)
{
	for (size_t i = 1; i < text.len; i++) {
		struct slice rest = slice_cut(text, i, text.len);
		const uint8_t *end = is_variable(rest) ? memchr(rest.at, '}', rest.len) : NULL;
		if (rest.at[0] == ')')
			return i + 1;
		if (end)
			i += (size_t)(end - rest.at);
	}
	return error_at(err, 0, 1, "the bracket is not closed");
}

/* Adds a word: hex in pairs, a control name, or TYPE(...). */
static size_t respell_word(struct slice list, uint8_t stop, struct bytes *out, struct error *err)
{
	struct bytes raw;
	size_t n = 0;
	while (n < list.len && !is_list_separator(list.at[n]) && list.at[n] != stop &&
		!memchr("'\"(\\", list.at[n], 4))
		n++;
	struct slice word = slice_cut(list, 0, n);
	if (n < list.len && list.at[n] == '(') {
		size_t more = brackets_length(slice_cut(list, n, list.len), err);
		return more ? keep_element(slice_cut(list, 0, n + more), out, err)
			    : respell_place_behind(err, n);
	}
	bytes_init(&raw, LIMIT_LINE);
	bool good = escape_bytes(word, &raw, err);
	if (good && control_find(word) >= 0)
		bytes_add(out, word);
	else if (good)
		text_add_hex(out, bytes_slice(&raw), true);
	bytes_free(&raw);
	return good ? n : 0;
}

static size_t respell_one(struct slice text, const struct piece *p, struct error *err);

/* Adds 'text'.  Returns its length, 0 on error. */
static size_t respell_quoted(struct slice list, struct bytes *out, struct error *err)
{
	struct piece p = {.out = out, .quote = list.at[0]};
	bytes_add_byte(out, p.quote);
	for (size_t i = 1, n; i < list.len; i += n) {
		if (list.at[i] == p.quote) {
			bytes_add_byte(out, p.quote);
			return i + 1;
		}
		n = respell_one(slice_cut(list, i, list.len), &p, err);
		if (!n)
			return respell_place_behind(err, i);
	}
	return error_at(err, 0, 1, "the text has no closing %c", p.quote);
}

static size_t respell_element(
	struct slice list, uint8_t stop, unsigned flags, struct bytes *out, struct error *err)
{
	uint8_t c = list.at[0];
	if (c == '\'' || c == '"')
		return respell_quoted(list, out, err);
	if (is_variable(list))
		return respell_variable(list, out, err);
	if (flags & RESPELL_MASK && slice_starts(list, SLICE("??")))
		return bytes_add_str(out, "??") ? 2 : 0;
	if (c == '(' || c == '\\')
		return keep_element(slice_cut(list, 0, 1), out, err) ||
		       error_at(err, 0, 1, "'%c' is not a byte", c);
	return respell_word(list, stop, out, err);
}

/* Adds elements up to `stop` (0: the end of the text).  Returns where it stopped, or -1. */
static long respell_list(
	struct slice list, uint8_t stop, unsigned flags, struct bytes *out, struct error *err)
{
	size_t i = 0, n = 0;
	while (i < list.len && (!stop || list.at[i] != stop)) {
		if (is_list_separator(list.at[i])) {
			i++;
			continue;
		}
		bytes_add_str(out, n ? " " : "");
		n = respell_element(slice_cut(list, i, list.len), stop, flags, out, err);
		if (!n) {
			respell_place_behind(err, i);
			return -1;
		}
		i += n;
	}
	return (long)i;
}

bool respell_bytes(struct slice list, unsigned flags, struct bytes *out, struct error *err)
{
	return respell_list(list, 0, flags, out, err) >= 0;
}

/* ---- escapes ---- */

/* Adds "\<...>", as bytes of the text around it where it is not all of the text.  Returns its
 * length, 0 on error. */
static size_t respell_angle(struct slice text, const struct piece *p, struct error *err)
{
	struct bytes list, raw;
	struct error unread;
	bytes_init(&list, 4 * LIMIT_LINE);
	bytes_init(&raw, LIMIT_LINE);
	long n = respell_list(slice_cut(text, 2, text.len), '>', p->flags, &list, err);
	bool closed = n >= 0 && (size_t)n + 2 < text.len;
	size_t length = closed ? (size_t)n + 3 : 0;
	bool whole = true; /* it stays, or it is wrong */
	if (n < 0)
		respell_place_behind(err, 2);
	else if (!closed)
		error_at(err, 0, 2, "\\< has no closing >");
	else if ((p->first && length == text.len && !p->quote) ||
		 !escape_bytes(bytes_slice(&list), &raw, &unread))
		bytes_addf(p->out, "\\<%.*s>", SLICE_ARG(bytes_slice(&list)));
	else
		whole = false;
	for (size_t i = 0; i < raw.len && !whole; i++) {
		struct piece one = *p;
		one.first = p->first && i == 0;
		one.last = length == text.len && i + 1 == raw.len;
		add_byte(raw.at[i], &one);
	}
	bytes_free(&list);
	bytes_free(&raw);
	return length;
}

/* Adds an escape.  Returns its length, 0 on error. */
static size_t respell_escape(struct slice text, const struct piece *p, struct error *err)
{
	struct bytes raw;
	uint32_t code;
	uint8_t kind = text.len > 1 ? text.at[1] : 0;
	if (kind == '{')
		return respell_variable(text, p->out, err);
	if (kind == '<')
		return respell_angle(text, p, err);
	bytes_init(&raw, LIMIT_LINE);
	size_t n = escape_one(text, NULL, &raw, err);
	struct piece here = *p;
	here.last = n == text.len;
	if (n && kind == 'u' && text_decode(bytes_slice(&raw), &code))
		add_character(code, bytes_slice(&raw), &here);
	else if (n)
		add_byte(raw.at[0], &here);
	bytes_free(&raw);
	return n;
}

static size_t respell_one(struct slice text, const struct piece *p, struct error *err)
{
	return text.at[0] == '\\' ? respell_escape(text, p, err) : respell_plain(text, p);
}

bool respell_text(struct slice text, unsigned flags, struct bytes *out, struct error *err)
{
	for (size_t i = 0, n; i < text.len; i += n) {
		struct piece p = {
			.out = out, .flags = flags, .first = i == 0, .last = i + 1 == text.len};
		n = respell_one(slice_cut(text, i, text.len), &p, err);
		if (!n)
			return respell_place_behind(err, i);
	}
	return true;
}
