/* lex.c - the words of a notation.  What a word is depends on its place (hex digits are bytes, but
 * a type after `:` and a number after an operator), so the parser asks for the next token as the
 * kind that it needs. */
#include "frame/frame_private.h"

#include "base/escape.h"
#include "base/text.h"
#include "frame/folk.h"

static bool is_word(uint8_t c)
{
	return is_alnum(c) || c == '_';
}

static bool is_sign(uint8_t c)
{
	return c && strchr("()[]:=|;,+-*/%&^?.<>", c);
}

static uint8_t peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->text.len ? l->text.at[l->at + ahead] : 0;
}

static bool is_capital(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || is_digit(c);
}

/* Counts the characters of a CRC's name as the catalogue has it: CRC-16/IBM-3740, X-25. */
static size_t catalog_name_length(const struct lexer *l)
{
	size_t n = 0;
	while (is_capital(peek(l, n)) ||
		(n && (peek(l, n) == '-' || peek(l, n) == '/') && is_capital(peek(l, n + 1))))
		n++;
	bool names = peek(l, n) != '_' && !is_letter(peek(l, n));
	return names && (slice_starts(slice_cut(l->text, l->at, l->text.len), SLICE("CRC-")) ||
				crc_find(slice_cut(l->text, l->at, l->at + n)))
		       ? n
		       : 0;
}

/* Counts the characters of crc64-ecma-182, where a minus with a blank subtracts. */
static size_t crc_name_length(const struct lexer *l)
{
	size_t n = peek(l, 3) == '-' ? 4 : 3;
	if (!slice_starts(slice_cut(l->text, l->at, l->text.len), SLICE("crc")) ||
		!is_digit(peek(l, n)))
		return 0;
	while (is_word(peek(l, n)) || (peek(l, n) == '-' && is_word(peek(l, n + 1))))
		n++;
	return n;
}

/* Counts letters and digits, and `-` before a letter: crc16-modbus, but len-1. */
static size_t word_length(const struct lexer *l)
{
	size_t n = crc_name_length(l);
	if (n)
		return n;
	while (is_word(peek(l, n)) || (n && peek(l, n) == '-' && is_letter(peek(l, n + 1))))
		n++;
	bool may_go_on = peek(l, n) == '-' || peek(l, n) == '/';
	size_t more = may_go_on && is_capital(peek(l, n + 1)) ? catalog_name_length(l) : 0;
	return more > n ? more : n;
}

static bool lex_begin(struct lexer *l)
{
	size_t before = l->at;
	while (is_blank(peek(l, 0)))
		l->at++;
	l->token = (struct token){
		.kind = TOKEN_END, .column = l->at, .glued = l->at == before && l->at > 0};
	return l->at < l->text.len;
}

static bool lex_finish(struct lexer *l, enum token_kind kind, size_t width)
{
	l->token.kind = kind;
	l->token.width = width;
	l->token.text = slice_cut(l->text, l->at, l->at + width);
	l->at += width;
	return true;
}

static bool take_sign(struct lexer *l)
{
	static const struct {
		const char *text;
		int sign;
	} pairs[] = {{"->", SIGN_ARROW}, {"..", SIGN_RANGE}, {"++", SIGN_COUNT}, {"??", SIGN_ANY}};
	struct slice rest = slice_cut(l->text, l->at, l->text.len);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (slice_starts(rest, slice_str(pairs[i].text))) {
			l->token.sign = pairs[i].sign;
			return lex_finish(l, TOKEN_SIGN, 2);
		}
	l->token.sign = rest.at[0];
	if (is_sign(rest.at[0]))
		return lex_finish(l, TOKEN_SIGN, 1);
	uint32_t code;
	size_t n = text_decode(rest, &code);
	error_at(l->err, l->at, n, "'%s' has no meaning here", quote(slice_cut(rest, 0, n)).text);
	if (folk_text(rest, l->err))
		return false;
	return error_hint(
		l->err, "put text to send in quotes: '%s'", quote(slice_cut(rest, 0, n)).text);
}

static bool take_text(struct lexer *l)
{
	size_t n = escape_quoted(slice_cut(l->text, l->at, l->text.len), NULL, l->bytes, l->err);
	if (!n) {
		l->err->column += l->at;
		return false;
	}
	l->token.is_text = true;
	return lex_finish(l, TOKEN_BYTES, n);
}

/* Takes a word.  Hex pairs and control names are bytes; everything else is a name, and so is a word
 * directly before a bracket. */
static bool take_word(struct lexer *l)
{
	size_t n = word_length(l);
	struct slice word = slice_cut(l->text, l->at, l->at + n);
	if (peek(l, n) == '(' || peek(l, n) == '[')
		return lex_finish(l, TOKEN_NAME, n);
	bool prefixed =
		slice_starts(word, SLICE("0x")) && slice_is_hex(slice_cut(word, 2, word.len));
	bool hex = prefixed || slice_is_hex(word);
	int control = hex && n % 2 == 0 ? -1 : control_find(word); /* DC1 has hex digits, too */
	if (hex && control < 0) {
		l->token.no_bytes = prefixed || n % 2;
		for (size_t i = 0; i < n && !l->token.no_bytes; i += 2)
			bytes_add_byte(l->bytes,
				(uint8_t)(hex_digit(word.at[i]) << 4 | hex_digit(word.at[i + 1])));
		return lex_finish(l, TOKEN_BYTES, n);
	}
	if (control >= 0) {
		bytes_add_byte(l->bytes, (uint8_t)control);
		return lex_finish(l, TOKEN_BYTES, n);
	}
	return lex_finish(l, TOKEN_NAME, n);
}

bool lex_next(struct lexer *l)
{
	if (!lex_begin(l))
		return true;
	uint8_t c = peek(l, 0);
	if (c == '\'' || c == '"')
		return take_text(l);
	return is_word(c) ? take_word(l) : take_sign(l);
}

bool lex_word(struct lexer *l)
{
	if (!lex_begin(l))
		return true;
	return is_word(peek(l, 0)) ? lex_finish(l, TOKEN_NAME, word_length(l)) : take_sign(l);
}

bool lex_number(struct lexer *l)
{
	size_t n = 0;
	if (!lex_begin(l))
		return true;
	if (!is_digit(peek(l, 0)))
		return lex_next(l);
	bool hex = peek(l, 0) == '0' && peek(l, 1) == 'x';
	if (hex)
		n = 2;
	while (hex ? hex_digit(peek(l, n)) >= 0 : is_digit(peek(l, n)))
		n++;
	return lex_finish(l, TOKEN_NUMBER, n);
}

bool lex_before(const struct lexer *l, uint8_t c)
{
	return peek(l, 0) == c;
}
