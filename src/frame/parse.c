/* parse.c - the grammar from the top: sides, variants, and words that all its parts need.  Names
 * are only noted; resolve.c finds them when the whole side is known. */
#include "frame/parse.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "frame/folk.h"
#include <stdlib.h>

bool parse_is_sign(const struct parser *p, int sign)
{
	return p->lexer.token.kind == TOKEN_SIGN && p->lexer.token.sign == sign;
}

bool parse_is_name(const struct parser *p, const char *name)
{
	return p->lexer.token.kind == TOKEN_NAME && slice_is(p->lexer.token.text, name);
}

bool parse_next(struct parser *p)
{
	bytes_clear(&p->bytes);
	return lex_next(&p->lexer);
}

bool parse_again(struct parser *p, bool (*lex)(struct lexer *))
{
	p->lexer.at = p->lexer.token.column;
	bytes_clear(&p->bytes);
	return lex(&p->lexer);
}

const char *parse_shown(const struct parser *p, struct quoted *q)
{
	if (p->lexer.token.kind == TOKEN_END)
		return "the end";
	*q = quote(p->lexer.token.text);
	return q->text;
}

bool parse_expect(struct parser *p, int sign, const char *after)
{
	struct quoted q;
	if (parse_is_sign(p, sign))
		return parse_next(p);
	return FAIL(p, "expected '%c' %s, not %s", sign, after, parse_shown(p, &q));
}

struct slice parse_keep(struct slice s)
{
	return slice_of(mem_strn(s.at, s.len), s.len);
}

/* ---- numbers, times, types ---- */

static uint8_t next_byte(const struct parser *p)
{
	return p->lexer.at < p->lexer.text.len ? p->lexer.text.at[p->lexer.at] : 0;
}

static bool no_number(struct parser *p, const char *what)
{
	struct token *token = &p->lexer.token;
	struct quoted q;
	/* Of 7F the digit was taken. */
	for (; token->kind == TOKEN_NUMBER && is_alnum(next_byte(p)); p->lexer.at++)
		token->width++;
	token->text = slice_cut(p->lexer.text, token->column, token->column + token->width);
	FAIL(p, "expected %s, not %s", what, parse_shown(p, &q));
	if (slice_is_hex(token->text))
		error_hint(p->err, "numbers are decimal, or 0x and hex: 0x%s",
			quote(token->text).text);
	return false;
}

bool parse_number(struct parser *p, const char *what, uint64_t most, uint64_t *value)
{
	if (!parse_again(p, lex_number))
		return false;
	if (p->lexer.token.kind != TOKEN_NUMBER || is_alnum(next_byte(p)))
		return no_number(p, what);
	if (!number_parse(p->lexer.token.text, what, 0, most, value, p->err)) {
		p->err->placed = true;
		p->err->column = p->lexer.token.column;
		p->err->width = p->lexer.token.width;
		return false;
	}
	return parse_next(p);
}

bool parse_time(struct parser *p, const char *word, bool characters, struct frame_gap *gap)
{
	size_t from, to;
	const char *hint = characters ? "a gap is a time: gap(50ms), gap(1.5s), gap(3.5ch)"
				      : "a time: idle(50ms), idle(1.5s)";
	if (!parse_next(p))
		return false;
	if (!parse_is_sign(p, '(')) {
		FAIL(p, "%s needs its time", word);
		return error_hint(p->err, "%s", hint);
	}
	from = to = p->lexer.at;
	while (to < p->lexer.text.len && p->lexer.text.at[to] != ')')
		to++;
	struct slice text = slice_trim(slice_cut(p->lexer.text, from, to));
	struct slice digits = text;
	bool in_characters =
		characters && text.len > 2 && memcmp(text.at + text.len - 2, "ch", 2) == 0;
	if (in_characters)
		digits.len -= 2;
	bool unit = text.len && text.at[text.len - 1] == 's';
	/* As seconds: three and a half "characters" are parsed as 3.5 s. */
	if (to == p->lexer.text.len || (!in_characters && !unit) ||
		!duration_parse(digits, word, &gap->ns, p->err) || gap->ns <= 0) {
		error_at(p->err, from, to > from ? to - from : 1, "'%s' is not a time",
			quote(text).text);
		return error_hint(p->err, "%s", hint);
	}
	gap->present = true;
	gap->characters = in_characters;
	gap->amount = (double)gap->ns / NS_PER_S;
	p->lexer.at = to + 1;
	return parse_next(p);
}

bool parse_type(struct parser *p, bool field, struct inttype *type)
{
	struct quoted q;
	if (!parse_again(p, lex_word))
		return false;
	bool known = p->lexer.token.kind == TOKEN_NAME && inttype_parse(p->lexer.token.text, type);
	if (!known || (!field && (type->kind == INT_SIGNED || type->kind == INT_FLOAT ||
					 type->kind == INT_BYTES))) {
		FAIL(p, "expected a type, not %s", parse_shown(p, &q));
		if (folk_type(p->lexer.token.text, p->err))
			return false;
		return error_hint(p->err,
			"types are u8 u16be u16le u24be ... u64le i8 i16be ... f32be f64le "
			"varint vlq ber dec decN hexN HEXN bcdN nibN sN xN");
	}
	return parse_next(p);
}

/* ---- bytes ---- */

/* Names that people use for different things, as letters and digits in lower case. */
#define CCITT                                                                                 \
	"write crc16-ibm-3740 (init FFFF), crc16-xmodem (init 0), crc16-kermit (reflected), " \
	"crc16-ibm-sdlc (X.25) or crc16-spi-fujitsu (init 1D0F)"
static const struct {
	char name[12], hint[160];
} ambiguous[] = {
	{"lrc", "write nsum8 (Modbus, ISO 1155) or xor8 (STX/ETX terminals)"},
	{"bcc", "write xor8 (most terminals), nsum8 (DF1) or sum8"},
	{"crc16", "write crc16-arc, crc16-modbus, crc16-xmodem or crc16-ibm-3740"},
	{"ccitt", CCITT},
	{"crcccitt", CCITT},
	{"crc16ccitt", CCITT},
	{"ccittcrc", CCITT},
	{"ccitt16", CCITT},
	{"crc", "write the CRC's name (wilco frame list crc), or crc[width=16 poly=0x1021 ...]"},
	{"checksum", "write sum8, nsum8, xor8 or a CRC's name"},
	{"chksum", "write sum8, nsum8, xor8 or a CRC's name"},
	{"fcs", "write crc16-ibm-sdlc (HDLC, PPP), crc32, xor8 or sum8"},
};

bool parse_is_ambiguous(struct parser *p, struct slice name, size_t column)
{
	char plain[16] = "";
	size_t n = 0;
	for (size_t i = 0; i < name.len && n + 1 < sizeof plain; i++)
		if (is_alnum(name.at[i]))
			plain[n++] = (char)(is_digit(name.at[i]) ? name.at[i] : name.at[i] | 32);
	for (size_t i = 0; i < sizeof ambiguous / sizeof ambiguous[0]; i++)
		if (strcmp(plain, ambiguous[i].name) == 0) {
			error_at(p->err, column, name.len, "'%s' alone is ambiguous",
				quote(name).text);
			error_hint(p->err, "%s", ambiguous[i].hint);
			return true;
		}
	return false;
}

static bool cannot_be_name(struct parser *p, struct slice word, size_t column)
{
	error_at(p->err, column, word.len, "'%s' reads as bytes, so it cannot be a name",
		quote(word).text);
	return error_hint(p->err, "choose a name that is not all hex digits");
}

/* Takes "u16be(300)"; the current token is the type's name. */
static bool take_typed(struct parser *p, struct bytes *all)
{
	const struct token *token = &p->lexer.token;
	size_t to = p->lexer.at;
	while (to < p->lexer.text.len && p->lexer.text.at[to] != ')')
		to++;
	if (to < p->lexer.text.len)
		to++;
	if (!escape_bytes(slice_cut(p->lexer.text, token->column, to), all, p->err)) {
		p->err->column += token->column;
		return false;
	}
	p->lexer.at = to;
	return parse_next(p);
}

bool parse_bytes(struct parser *p, struct bytes *all)
{
	const struct token *token = &p->lexer.token;
	struct slice word = token->text;
	size_t column = token->column;
	bool was_text = token->is_text;
	if (token->kind == TOKEN_NAME)
		return take_typed(p, all);
	if (token->no_bytes && slice_starts(token->text, SLICE("0x"))) {
		FAIL(p, "write bytes as bare hex");
		return error_hint(
			p->err, "here: %s", quote(slice_cut(token->text, 2, token->text.len)).text);
	}
	if (token->no_bytes && lex_before(&p->lexer, ':'))
		return cannot_be_name(p, word, column);
	if (token->no_bytes)
		return !parse_is_ambiguous(p, word, column) &&
		       FAIL(p, "half a byte: hex digits come in pairs");
	if (!bytes_add(all, bytes_slice(&p->bytes)) || !parse_next(p))
		return false;
	if (!parse_is_sign(p, ':') || !p->lexer.token.glued || was_text)
		return true;
	return cannot_be_name(p, word, column);
}

bool parse_is_hex_name(const struct parser *p)
{
	const struct token *t = &p->lexer.token;
	bool hex = t->kind == TOKEN_BYTES && !t->is_text && is_letter(t->text.at[0]) &&
		   slice_is_hex(t->text) && control_find(t->text) < 0;
	return hex && (lex_before(&p->lexer, ':') ||
			      (t->no_bytes && parse_field_index(p->frame, t->text) >= 0));
}

bool parse_is_bytes(const struct parser *p)
{
	struct inttype type;
	return p->lexer.token.kind == TOKEN_BYTES ||
	       (p->lexer.token.kind == TOKEN_NAME && lex_before(&p->lexer, '(') &&
		       inttype_parse(p->lexer.token.text, &type));
}

bool parse_all_bytes(struct parser *p, struct slice *bytes)
{
	struct bytes all;
	struct quoted q;
	bytes_init(&all, LIMIT_NOTATION);
	bool good = true;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	if (!parse_is_bytes(p))
		good = FAIL(p, "expected bytes, not %s", parse_shown(p, &q));
	while (good && parse_is_bytes(p))
		good = parse_bytes(p, &all);
	if (good && !all.len)
		good = error_at(p->err, column, width, "an empty text sends nothing");
	if (good)
		*bytes = parse_keep(bytes_slice(&all));
	bytes_free(&all);
	return good;
}

/* ---- fields ---- */

int parse_field_index(const struct frame *f, struct slice name)
{
	for (size_t i = 0; i < f->field_count; i++)
		if (slice_is(name, f->fields[i]))
			return (int)i;
	return -1;
}

int parse_field_declare(struct parser *p, struct slice name, struct inttype type, size_t column)
{
	struct frame *f = p->frame;
	int index = parse_field_index(f, name);
	if (index < 0 && f->field_count == LIMIT_NAMES) {
		error_at(p->err, column, name.len, "a frame has at most %d fields", LIMIT_NAMES);
		return -1;
	}
	if (index < 0) {
		index = (int)f->field_count++;
		f->fields[index] = mem_strn(name.at, name.len);
	}
	f->field_types[index] = type;
	if (slice_is(name, "more"))
		f->more = index;
	return index;
}

/* Takes the text of a number with a sign or a fraction, which is no token. */
static bool take_signed(struct parser *p, struct inttype type, struct field_value *value)
{
	struct slice text = p->lexer.text;
	size_t from = p->lexer.token.column, to = from;
	while (to < text.len &&
		(is_alnum(text.at[to]) || text.at[to] == '.' ||
			(text.at[to] == '-' && (to == from || (text.at[to - 1] | 32) == 'e'))))
		to++;
	if (!value_read(type, slice_cut(text, from, to), value))
		return error_at(p->err, from, to > from ? to - from : 1,
			"'%s' is no value of its type", quote(slice_cut(text, from, to)).text);
	p->lexer.at = to;
	return parse_next(p);
}

/* Takes one literal word. */
static bool take_bytes_value(struct parser *p, struct inttype type, struct field_value *value)
{
	struct quoted q;
	struct bytes all;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	if (!parse_is_bytes(p))
		return FAIL(p, "expected bytes, not %s", parse_shown(p, &q));
	bytes_init(&all, LIMIT_NOTATION);
	bool good = parse_bytes(p, &all);
	if (good && (type.size ? all.len != type.size : all.len > FIELD_TEXT_MAX))
		good = error_at(p->err, column, width, "the default has %zu bytes, the field %s%u",
			all.len, type.size ? "" : "at most ",
			type.size ? type.size : FIELD_TEXT_MAX);
	if (good)
		value_take(type, bytes_slice(&all), 0, value);
	bytes_free(&all);
	return good;
}

bool parse_default(struct parser *p, struct inttype type, struct field_value *value)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	uint64_t number;
	if (!parse_next(p))
		return false;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	if (type.kind == INT_BYTES)
		return take_bytes_value(p, type, value);
	if (type.kind == INT_SIGNED || type.kind == INT_FLOAT)
		return take_signed(p, type, value);
	if (type.kind == INT_TEXT) {
		if (p->lexer.token.kind != TOKEN_BYTES || !p->lexer.token.is_text)
			return FAIL(p, "the default of a text field must be in quotes");
		if (p->bytes.len > type.size)
			return FAIL(p, "the default has %zu bytes, the field %u", p->bytes.len,
				type.size);
		value_take(type, bytes_slice(&p->bytes), 0, value);
		return parse_next(p);
	}
	if (!parse_number(p, "a default value", UINT64_MAX, &number))
		return false;
	value_take(type, (struct slice){0}, number, value);
	return inttype_put(type, number, raw) > 0 ||
	       error_at(p->err, column, width, "%llu does not fit its type",
		       (unsigned long long)number);
}

/* ---- sides ---- */

static bool ends_variant(const struct parser *p)
{
	return p->lexer.token.kind == TOKEN_END || parse_is_sign(p, '|') ||
	       parse_is_sign(p, SIGN_ARROW) || parse_is_sign(p, ';');
}

bool parse_no_item(struct parser *p)
{
	struct quoted q;
	const struct token *token = &p->lexer.token;
	FAIL(p, "expected an item, not %s", parse_shown(p, &q));
	folk_text(slice_cut(p->lexer.text, token->column, p->lexer.text.len), p->err);
	return false;
}

static bool take_variant(struct parser *p, struct variant *v)
{
	p->variant = v;
	p->barrier = 0;
	v->payload = -1;
	v->level_count = 1;
	v->levels[0] = (struct level){.parent = NONE, .variable = NONE};
	if (ends_variant(p))
		return parse_no_item(p);
	if (!parse_items(p, 0, 0, 0))
		return false;
	return ends_variant(p) || parse_no_item(p);
}

static bool take_side(struct parser *p, struct side *side)
{
	do {
		if (side->count && !parse_next(p))
			return false;
		if (side->count == LIMIT_VARIANTS)
			return FAIL(p, "a side has at most %d variants", LIMIT_VARIANTS);
		if (!take_variant(p, &side->variants[side->count++]))
			return false;
	} while (parse_is_sign(p, '|'));
	return true;
}

static bool take_frame(struct parser *p)
{
	struct quoted q;
	if (!take_side(p, &p->frame->sides[SIDE_COMMAND]))
		return false;
	p->frame->one_side = !parse_is_sign(p, SIGN_ARROW);
	p->reply_side = true;
	if (!p->frame->one_side && (!parse_next(p) || !take_side(p, &p->frame->sides[SIDE_REPLY])))
		return false;
	while (parse_is_sign(p, ';'))
		if (!parse_next(p) || !parse_clause(p))
			return false;
	return p->lexer.token.kind == TOKEN_END ||
	       FAIL(p, "expected the end of the notation, not %s", parse_shown(p, &q));
}

/* Finds the bare word in the text that is bytes, and is called so, too. */
static bool check_hex_name(struct parser *p, struct slice name)
{
	struct error ignored;
	struct bytes bytes;
	struct lexer l = {.text = p->lexer.text, .bytes = &bytes, .err = &ignored};
	bool bare = false;
	if (name.len % 2 || !slice_is_hex(name))
		return true;
	bytes_init(&bytes, LIMIT_NOTATION);
	while (!bare && lex_next(&l) && l.token.kind != TOKEN_END)
		bare = l.token.kind == TOKEN_BYTES && !l.token.is_text &&
		       slice_equal(l.token.text, name) && !lex_before(&l, ':');
	bytes_free(&bytes);
	if (!bare)
		return true;
	error_at(p->err, l.token.column, name.len, "'%s' is a byte, and a name here",
		quote(name).text);
	return error_hint(p->err, "choose a name that is not all hex digits");
}

/* Checks that no name of even hex digits stands anywhere without its colon. */
static bool check_hex_names(struct parser *p)
{
	const struct frame *f = p->frame;
	bool good = true;
	for (size_t i = 0; good && i < f->field_count; i++)
		good = check_hex_name(p, slice_str(f->fields[i]));
	for (size_t s = 0; s < 2; s++)
		for (size_t k = 0; k < f->sides[s].count; k++) {
			const struct variant *v = &f->sides[s].variants[k];
			for (size_t i = 0; good && i < v->count; i++)
				good = !v->items[i].name ||
				       check_hex_name(p, slice_str(v->items[i].name));
			for (size_t i = 0; good && i < v->mark_count; i++)
				good = !v->marks[i].name ||
				       check_hex_name(p, slice_str(v->marks[i].name));
		}
	return good;
}

bool parse_frame(
	const struct frame_book *book, struct frame *frame, struct slice text, struct error *err)
{
	struct parser p = {.book = book, .frame = frame, .err = err};
	if (text.len > LIMIT_NOTATION)
		return error_at(
			err, LIMIT_NOTATION, 1, "a notation has at most %d bytes", LIMIT_NOTATION);
	bytes_init(&p.bytes, LIMIT_NOTATION);
	p.lexer = (struct lexer){.text = text, .bytes = &p.bytes, .err = err};
	bool good = parse_next(&p) && take_frame(&p) && check_hex_names(&p);
	bytes_free(&p.bytes);
	return good;
}
