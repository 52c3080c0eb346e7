/* escape.c - see escape.h. */
#include "escape.h"

#include "calc.h"
#include "inttype.h"
#include "mem.h"
#include "named.h"
#include "paste.h"
#include "table.h"
#include "text.h"
#include <wilco/limits.h>

/* ASCII names (RFC 20) and the usual second names.  The first name of a byte is the one that is
 * shown. */
static const struct {
	char name[5];
	uint8_t byte;
} controls[] = {{"NUL", 0x00}, {"SOH", 0x01}, {"STX", 0x02}, {"ETX", 0x03}, {"EOT", 0x04},
	{"ENQ", 0x05}, {"ACK", 0x06}, {"BEL", 0x07}, {"BS", 0x08}, {"HT", 0x09}, {"TAB", 0x09},
	{"LF", 0x0a}, {"VT", 0x0b}, {"CR", 0x0d}, {"SO", 0x0e}, {"SI", 0x0f}, {"DLE", 0x10},
	{"DC1", 0x11}, {"XON", 0x11}, {"DC2", 0x12}, {"DC3", 0x13}, {"XOFF", 0x13}, {"DC4", 0x14},
	{"NAK", 0x15}, {"SYN", 0x16}, {"ETB", 0x17}, {"CAN", 0x18}, {"EM", 0x19}, {"SUB", 0x1a},
	{"ESC", 0x1b}, {"FS", 0x1c}, {"GS", 0x1d}, {"RS", 0x1e}, {"US", 0x1f}, {"SP", 0x20},
	{"DEL", 0x7f}};

enum { CONTROLS = sizeof controls / sizeof controls[0] };

static const char *control_at(const void *table, size_t index)
{
	(void)table;
	return index < CONTROLS ? controls[index].name : NULL;
}

int control_find(struct slice name)
{
	int i = table_exact(name, control_at, NULL);
	return i < 0 ? -1 : controls[i].byte;
}

const char *control_name(uint8_t byte)
{
	for (size_t i = 0; i < CONTROLS; i++)
		if (controls[i].byte == byte)
			return controls[i].name;
	return NULL;
}

int hex_digit(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Errors in a piece are placed in the piece; this moves the place into the text around it. */
static bool escape_place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return false;
}

static bool room(bool added, struct error *err)
{
	return added || error_at(err, 0, 0, "too long: these bytes do not fit below the limit");
}

/* ---- byte lists ---- */

static bool is_word(uint8_t c)
{
	return hex_digit(c) >= 0 || (c >= 'G' && c <= 'Z') || (c >= 'g' && c <= 'z') || c == '_' ||
	       c == '.' || c == '-' || c == '+';
}

static bool is_separator(uint8_t c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static bool add_hex_run(struct slice run, struct bytes *out, struct error *err)
{
	if (run.len % 2)
		return error_at(err, run.len - 1, 1, "half a byte: hex digits come in pairs");
	for (size_t i = 0; i < run.len; i += 2)
		if (!room(bytes_add_byte(out,
				  (uint8_t)(hex_digit(run.at[i]) << 4 | hex_digit(run.at[i + 1]))),
			    err))
			return false;
	return true;
}

bool slice_is_hex(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (hex_digit(word.at[i]) < 0)
			return false;
	return word.len > 0;
}

static bool bad_word(struct slice word, struct error *err)
{
	const char *near = table_near(word, control_at, NULL);
	error_at(err, 0, word.len, "'%s' is not a byte", quote(word).text);
	if (near)
		return error_hint(err, "did you mean %s?", near);
	return error_hint(err, "bytes are hex pairs (1b 0d), control names (ESC CR), 'text' or "
			       "TYPE(NUMBER) such as u16be(300)");
}

/* A number of TYPE(NUMBER,...) while it is read. */
struct sum {
	struct inttype type;
	struct names *names;
	struct bytes operand; /* owned */
	bool later;           /* it has a name without a value yet: any number stands for it */
};

static size_t skip_blanks(struct slice text, size_t from)
{
	while (from < text.len && is_blank(text.at[from]))
		from++;
	return from;
}

/* Reads the operand at the front of `text` into sum->operand: a number, or a name.  Returns its
 * length, 0 on error.  In a number with a fraction + and - belong to the exponent. */
static size_t take_operand(struct sum *sum, struct slice text, struct error *err)
{
	bytes_clear(&sum->operand);
	if (sum->names && named_begins(text)) {
		bool before = sum->names->later;
		sum->names->later = false;
		size_t n = named_add(text, sum->names, &sum->operand, err);
		sum->later |= sum->names->later;
		sum->names->later |= before;
		return n;
	}
	size_t n = 0;
	while (n < text.len && is_word(text.at[n]) &&
		(!n || sum->type.kind == INT_FLOAT || !calc_is_sign(text.at[n])))
		n++;
	if (!room(bytes_add(&sum->operand, slice_cut(text, 0, n)), err))
		return 0;
	return n ? n : error_at(err, 0, 1, "expected a number");
}

/* Goes on behind the first operand, as long as operators follow.  Returns the length used; 0 where
 * none follows, -1 on error. */
static long add_operands(
	struct sum *sum, struct slice text, char out[CALC_TEXT_MAX], struct error *err)
{
	bool below = sum->type.kind == INT_SIGNED;
	uint64_t value = 0;
	size_t i = 0, sign;
	for (;;) {
		sign = skip_blanks(text, i);
		if (sign == text.len || !calc_is_sign(text.at[sign]) || sum->type.kind == INT_FLOAT)
			break;
		if (!i && !sum->later &&
			!calc_number(bytes_slice(&sum->operand), below, &value, err)) {
			err->column = 0; /* of the sign; the number before it is named */
			return -1;
		}
		size_t from = skip_blanks(text, sign + 1);
		size_t n = take_operand(sum, slice_cut(text, from, text.len), err);
		if (n && !sum->later &&
			!calc_apply(
				&value, text.at[sign], bytes_slice(&sum->operand), below, err)) {
			err->width = n;
			n = 0;
		}
		if (!n) {
			escape_place_behind(err, from);
			return -1;
		}
		i = from + n;
	}
	calc_text(value, below, out);
	return (long)i;
}

/* Adds one number.  Returns its length, 0 on error. */
static size_t add_number(struct sum *sum, struct slice text, struct bytes *out, struct error *err)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	char result[CALC_TEXT_MAX];
	sum->later = false;
	size_t first = take_operand(sum, text, err);
	if (!first)
		return 0;
	long more = add_operands(sum, slice_cut(text, first, text.len), result, err);
	if (more < 0)
		return escape_place_behind(err, first);
	struct slice number = sum->later ? SLICE("0")
			      : more     ? slice_str(result)
					 : bytes_slice(&sum->operand);
	if (sum->names)
		sum->names->later |= sum->later;
	size_t n = inttype_put_text(sum->type, number, raw, err);
	if (!n) {
		err->width = first + (size_t)more;
		return 0;
	}
	return room(bytes_add(out, slice_of(raw, n)), err) ? first + (size_t)more : 0;
}

/* Adds the numbers of TYPE(NUMBER,...); `list` begins after the opening bracket.  Returns their
 * length with ')'. */
static size_t add_list_of_numbers(
	struct sum *sum, struct slice list, struct bytes *out, struct error *err)
{
	size_t i = 0;
	for (;;) {
		i = skip_blanks(list, i);
		size_t n = add_number(sum, slice_cut(list, i, list.len), out, err);
		if (!n)
			return escape_place_behind(err, i);
		i = skip_blanks(list, i + n);
		if (i < list.len && list.at[i] == ')')
			return i + 1;
		if (i == list.len || list.at[i] != ',')
			return error_at(
				err, i, 1, "numbers are separated by commas and end with ')'");
		i++;
	}
}

static size_t add_numbers(struct inttype type, struct slice list, struct names *names,
	struct bytes *out, struct error *err)
{
	struct sum sum = {.type = type, .names = names};
	bytes_init(&sum.operand, LIMIT_LINE);
	size_t n = add_list_of_numbers(&sum, list, out, err);
	bytes_free(&sum.operand);
	return n;
}

/* The length of "01:02:ff" or "01-02-ff", as other programs spell bytes; 0: the list begins with
 * none. */
static size_t pairs_length(struct slice list)
{
	uint8_t between = list.len > 2 ? list.at[2] : 0;
	size_t n = 2;
	if ((between != ':' && between != '-') || !slice_is_hex(slice_cut(list, 0, 2)))
		return 0;
	while (n + 2 < list.len && list.at[n] == between &&
		slice_is_hex(slice_cut(list, n + 1, n + 3)))
		n += 3;
	bool ends = n == list.len || (!is_word(list.at[n]) && list.at[n] != ':');
	return ends ? n : 0;
}

static bool add_pairs(struct slice pairs, struct bytes *out, struct error *err)
{
	for (size_t i = 0; i < pairs.len; i += 3)
		if (!add_hex_run(slice_cut(pairs, i, i + 2), out, err))
			return false;
	return true;
}

/* Adds a word or, where a bracket follows it, TYPE(...).  Returns the length used, 0 on error. */
static size_t add_word(struct slice list, struct names *names, struct bytes *out, struct error *err)
{
	size_t n = pairs_length(list);
	if (n)
		return add_pairs(slice_cut(list, 0, n), out, err) ? n : 0;
	while (n < list.len && is_word(list.at[n]))
		n++;
	struct slice word = slice_cut(list, 0, n);
	struct inttype type;
	if (n < list.len && list.at[n] == '(') {
		if (!inttype_parse(word, &type) || !inttype_is_number(type)) {
			error_at(err, 0, n, "'%s' is not a number type", quote(word).text);
			return error_hint(err, INTTYPE_NAMES);
		}
		size_t used = add_numbers(type, slice_cut(list, n + 1, list.len), names, out, err);
		return used ? n + 1 + used : escape_place_behind(err, n + 1);
	}
	if (slice_starts(word, SLICE("0x")) && slice_is_hex(slice_cut(word, 2, n)))
		return add_hex_run(slice_cut(word, 2, n), out, err) ? n
								    : escape_place_behind(err, 2);
	bool hex = slice_is_hex(word);
	int control = hex && n % 2 == 0 ? -1 : control_find(word); /* DC1 has hex digits, too */
	if (control >= 0)
		return room(bytes_add_byte(out, (uint8_t)control), err) ? n : 0;
	if (hex)
		return add_hex_run(word, out, err) ? n : 0;
	return bad_word(word, err);
}

size_t escape_element(struct slice list, struct names *names, struct bytes *out, struct error *err)
{
	uint8_t c = list.at[0];
	if (c == '\'' || c == '"')
		return escape_quoted(list, names, out, err);
	if (is_word(c))
		return add_word(list, names, out, err);
	if (names && named_begins(list))
		return named_add(list, names, out, err);
	error_at(err, 0, 1, "'%s' is not a byte", quote(slice_cut(list, 0, 1)).text);
	return error_hint(err, "bytes are hex pairs (1b 0d), control names (ESC CR), 'text' or "
			       "TYPE(NUMBER) such as u16be(300)");
}

/* Adds elements up to `stop` (0: the end of the text).  Returns where it stopped, or -1. */
static long add_list(
	struct slice list, uint8_t stop, struct names *names, struct bytes *out, struct error *err)
{
	size_t i = 0;
	while (i < list.len && (!stop || list.at[i] != stop)) {
		if (is_separator(list.at[i])) {
			i++;
			continue;
		}
		size_t n = escape_element(slice_cut(list, i, list.len), names, out, err);
		if (!n) {
			escape_place_behind(err, i);
			return -1;
		}
		i += n;
	}
	return (long)i;
}

bool escape_list(struct slice list, struct names *names, struct bytes *out, struct error *err)
{
	return add_list(list, 0, names, out, err) >= 0;
}

bool escape_bytes(struct slice list, struct bytes *out, struct error *err)
{
	return escape_list(list, NULL, out, err);
}

/* ---- text ---- */

/* Adds the bytes of "\<...>".  Returns its length, 0 on error. */
static size_t add_angle(
	struct slice text, struct names *names, struct bytes *out, struct error *err)
{
	long n = add_list(slice_cut(text, 2, text.len), '>', names, out, err);
	if (n < 0)
		return escape_place_behind(err, 2);
	if ((size_t)n + 2 >= text.len)
		return error_at(err, 0, 2, "\\< has no closing >");
	return (size_t)n + 3;
}

/* Adds the character of "\u{20ac}".  Returns its length, 0 on error. */
static size_t add_unicode(struct slice text, struct bytes *out, struct error *err)
{
	uint32_t code = 0;
	uint8_t utf8[4];
	size_t i = 3;
	if (text.len > 2 && text.at[2] == '{') {
		for (; i < text.len && i < 9 && hex_digit(text.at[i]) >= 0; i++)
			code = code << 4 | (uint32_t)hex_digit(text.at[i]);
		if (i > 3 && i < text.len && text.at[i] == '}') {
			size_t n = text_encode(code, utf8);
			if (n)
				return room(bytes_add(out, slice_of(utf8, n)), err) ? i + 1 : 0;
		}
	}
	error_at(err, 0, i < text.len ? i : text.len, "a character is \\u{HEX}, up to 10ffff");
	return error_hint(err, "for example \\u{20ac}");
}

static size_t bad_escape(struct slice text, struct error *err)
{
	uint8_t c = text.len > 1 ? text.at[1] : 0;
	uint8_t d = text.len > 2 ? text.at[2] : 0;
	if (text.len < 2) {
		error_at(err, 0, 1, "a backslash at the end");
		return error_hint(err, "a backslash itself is \\\\");
	}
	size_t width = 1 + text_decode(slice_cut(text, 1, text.len), &(uint32_t){0});
	error_at(err, 0, width, "'\\%s' is not an escape", quote(slice_cut(text, 1, width)).text);
	if (c == '{')
		return error_hint(err, "\\{name} stands for a value in macro files; there is none "
				       "to look up here");
	if (c == 'x')
		return error_hint(err, "hex is \\x and two digits, as in \\x1b");
	if (is_digit(c) && is_digit(d))
		return error_hint(err, "ambiguous (octal?): write hex, as in \\x00 or \\x1b");
	if (hex_digit(c) >= 0 && hex_digit(d) >= 0)
		return error_hint(err, "hex is \\x%c%c", c, d);
	return error_hint(err,
		"escapes are \\n \\r \\t \\e \\0 \\a \\b \\f \\v \\\\ \\' \\\" \\xHH "
		"\\u{HEX} \\<BYTES>");
}

static size_t add_hex_escape(struct slice text, struct bytes *out, struct error *err)
{
	int high = text.len > 2 ? hex_digit(text.at[2]) : -1;
	int low = text.len > 3 ? hex_digit(text.at[3]) : -1;
	if (high < 0 || low < 0)
		return bad_escape(text, err);
	return room(bytes_add_byte(out, (uint8_t)(high << 4 | low)), err) ? 4 : 0;
}

size_t escape_one(struct slice text, struct names *names, struct bytes *out, struct error *err)
{
	static const char letters[] = "nrte0abfv\\'\"";
	static const char values[] = "\n\r\t\033\0\a\b\f\v\\'\"";
	uint8_t c = text.len > 1 ? text.at[1] : 0;
	if (c == 'x')
		return add_hex_escape(text, out, err);
	if (c == 'u')
		return add_unicode(text, out, err);
	if (c == '<')
		return add_angle(text, names, out, err);
	if (c == '{' && names)
		return named_add(text, names, out, err);
	const char *found = c ? memchr(letters, c, sizeof letters - 1) : NULL;
	bool octal = c == '0' && text.len > 2 && is_digit(text.at[2]);
	if (!found || octal)
		return bad_escape(text, err);
	return room(bytes_add_byte(out, (uint8_t)values[found - letters]), err) ? 2 : 0;
}

/* Makes the character of "\u{...}", which is UTF-8, one of the charset. */
static bool recode(struct slice escape, enum charset charset, size_t from, struct bytes *out,
	struct error *err)
{
	uint8_t utf8[4];
	size_t n = out->len - from;
	if (charset == CHARSET_UTF8 || escape.at[1] != 'u')
		return true;
	memcpy(utf8, out->at + from, n);
	out->len = from;
	if (charset_encode(charset, slice_of(utf8, n), out, err))
		return true;
	err->width = escape.len;
	return false;
}

static APART bool decode_typed(struct slice text, enum charset charset, struct names *names,
	struct bytes *out, struct error *err)
{
	for (size_t i = 0; i < text.len;) {
		struct slice rest = slice_cut(text, i, text.len);
		const uint8_t *backslash = memchr(rest.at, '\\', rest.len);
		size_t n = backslash ? (size_t)(backslash - rest.at) : rest.len;
		if (charset == CHARSET_UTF8
				? !room(bytes_add(out, slice_cut(rest, 0, n)), err)
				: !charset_encode(charset, slice_cut(rest, 0, n), out, err))
			return escape_place_behind(err, i);
		i += n;
		if (i == text.len)
			break;
		rest = slice_cut(text, i, text.len);
		size_t before = out->len;
		n = escape_one(rest, names, out, err);
		if (!n || !recode(slice_cut(rest, 0, n), charset, before, out, err))
			return escape_place_behind(err, i);
		i += n;
	}
	return true;
}

bool escape_typed(struct slice text, enum charset charset, struct names *names, struct bytes *out,
	struct error *err)
{
	bool escapes = text.len && memchr(text.at, '\\', text.len);
	bool plain = charset == CHARSET_UTF8 && !escapes;
	return plain ? room(bytes_add(out, text), err)
		     : decode_typed(text, charset, names, out, err);
}

bool escape_decode(struct slice text, struct bytes *out, struct error *err)
{
	return escape_typed(text, CHARSET_UTF8, NULL, out, err);
}

size_t escape_quoted(struct slice text, struct names *names, struct bytes *out, struct error *err)
{
	uint8_t mark = text.at[0];
	for (size_t i = 1; i < text.len;) {
		if (text.at[i] == mark)
			return i + 1;
		if (text.at[i] != '\\') {
			if (!room(bytes_add_byte(out, text.at[i]), err))
				return escape_place_behind(err, i);
			i++;
			continue;
		}
		size_t n = escape_one(slice_cut(text, i, text.len), names, out, err);
		if (!n)
			return escape_place_behind(err, i);
		i += n;
	}
	return error_at(err, 0, 1, "the text has no closing %c", mark);
}

bool escape_add_word(struct bytes *out, struct slice word, unsigned flags)
{
	bool plain = word.len > 0;
	for (size_t i = 0; i < word.len; i++)
		plain = plain && paste_plain(word.at[i]);
	if (plain)
		return bytes_add(out, word);
	bool good = bytes_add_byte(out, '\'');
	while (good && word.len) {
		const uint8_t *mark = memchr(word.at, '\'', word.len);
		size_t n = mark ? (size_t)(mark - word.at) : word.len;
		good = text_add(out, slice_cut(word, 0, n), flags) &&
		       (!mark || bytes_add_str(out, "\\x27"));
		word = slice_cut(word, mark ? n + 1 : n, word.len);
	}
	return good && bytes_add_byte(out, '\'');
}
