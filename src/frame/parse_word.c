/* parse_word.c - the words with a meaning of their own, and what is said where a word has none. */
#include "frame/parse.h"

#include "base/table.h"
#include "frame/folk.h"

static bool take_limits(struct parser *p, struct item *item)
{
	uint64_t number;
	if (parse_is_sign(p, '(') && p->lexer.token.glued) {
		FAIL(p, "the size of the payload stands in square brackets");
		return error_hint(p->err, "payload[5] has five bytes, payload[1..9] one to nine");
	}
	if (!parse_is_sign(p, '['))
		return true;
	if (!parse_next(p) || !parse_number(p, "a number of bytes", LIMIT_FRAME_MOST, &number))
		return false;
	item->least = item->most = (size_t)number;
	if (parse_is_sign(p, SIGN_RANGE)) {
		item->most = SIZE_MAX;
		if (!parse_next(p))
			return false;
		if (!parse_is_sign(p, ']')) {
			if (!parse_number(p, "a number of bytes", LIMIT_FRAME_MOST, &number))
				return false;
			item->most = (size_t)number;
		}
	}
	if (item->most < item->least)
		return error_at(p->err, item->column, item->width,
			"the limits of the payload are the wrong way round");
	return parse_expect(p, ']', "after the number of bytes");
}

static bool take_payload(struct parser *p, struct item *item)
{
	if (p->variant->payload >= 0)
		return FAIL(p, "payload is given twice");
	p->variant->payload = (int)p->variant->count - 1;
	return parse_next(p) && take_limits(p, item);
}

static bool take_align(struct parser *p, struct item *item)
{
	uint64_t multiple;
	if (!parse_next(p) || !parse_expect(p, '(', "after align") ||
		!parse_number(p, "a multiple", 65536, &multiple))
		return false;
	item->multiple = (size_t)multiple;
	if (!multiple)
		return error_at(p->err, item->column, item->width, "a multiple of 0 never comes");
	return parse_expect(p, ')', "after the multiple");
}

static bool take_eof(struct parser *p, struct item *item)
{
	(void)item;
	return parse_next(p);
}

static bool take_gap(struct parser *p, struct item *item)
{
	return parse_time(p, "gap", true, &item->gap);
}

static const struct parse_word words[] = {{"payload", ITEM_PAYLOAD, take_payload},
	{"len", ITEM_LEN, parse_calc}, {"eof", ITEM_EOF, take_eof}, {"gap", ITEM_GAP, take_gap},
	{"align", ITEM_ALIGN, take_align}};
enum { WORDS = sizeof words / sizeof *words };

/* Says whether the index-th transform is one whose name means nothing else: not add and xor. */
static bool has_own_name(size_t index)
{
	const char *name = xform_name(index);
	return name && strcmp(name, "add") != 0;
}

static const char *word_at(const void *book, size_t index)
{
	size_t transforms = 0;
	if (index < WORDS)
		return words[index].name;
	index -= WORDS;
	while (has_own_name(transforms))
		transforms++;
	return index < transforms ? xform_name(index) : check_or_own_name(book, index - transforms);
}

/* Returns the word that is called so; NULL: there is none. */
static const struct parse_word *word_of(struct slice name)
{
	for (size_t i = 0; i < WORDS; i++)
		if (slice_is(name, words[i].name))
			return &words[i];
	return NULL;
}

static bool is_xform(struct slice name)
{
	struct xform ignored;
	return xform_find(name, &ignored) || slice_is(name, "esc") || slice_is(name, "chunk");
}

bool parse_is_reserved(const struct parser *p, struct slice name)
{
	struct inttype type;
	return word_of(name) || is_xform(name) || slice_is(name, "all") ||
	       (inttype_parse(name, &type) && type.kind != INT_BYTES) || slice_is(name, "be") ||
	       slice_is(name, "le") || parse_is_check(p, name, false);
}

const struct parse_word *parse_find_word(const struct parser *p)
{
	static const struct parse_word xform = {"", ITEM_XFORM, parse_xform};
	static const struct parse_word check = {"", ITEM_CHECK, parse_calc};
	struct slice name = p->lexer.token.text;
	bool bracket = lex_before(&p->lexer, '[');
	if (p->lexer.token.kind != TOKEN_NAME)
		return NULL;
	const struct parse_word *word = word_of(name);
	if (word)
		return word;
	if ((bracket && (slice_is(name, "add") || slice_is(name, "xor"))) || is_xform(name))
		return &xform;
	return parse_is_check(p, name, bracket) ? &check : NULL;
}

/* Says whether a word is meant as the name of a CRC. */
static bool is_like_crc(struct slice name)
{
	return name.len > 3 && (name.at[0] | 32) == 'c' && (name.at[1] | 32) == 'r' &&
	       (name.at[2] | 32) == 'c' && !is_letter(name.at[3]);
}

static bool no_such_crc(struct parser *p, struct slice name, size_t column)
{
	const char *near = crc_near(name);
	struct slice begin = name;
	if (slice_is(name, "CRC-82/DARC") || slice_is(name, "crc82-darc"))
		return error_at(p->err, column, name.len, "%s has 82 bits; at most 64 are computed",
			quote(name).text);
	error_at(p->err, column, name.len, "'%s' is not a check", quote(name).text);
	while (begin.len && begin.at[begin.len - 1] != '-')
		begin.len--;
	bool minus = begin.len && begin.len < name.len && is_digit(name.at[begin.len]) &&
		     book_crc(p->book, slice_cut(begin, 0, begin.len - 1));
	if (minus && !near)
		return error_hint(p->err, "a minus that subtracts needs a blank before it");
	if (!near)
		return error_hint(p->err, "wilco frame list crc shows all of them");
	return error_hint(p->err, "did you mean %s?%s", near,
		minus ? " A minus that subtracts needs a blank before it" : "");
}

bool parse_unknown(struct parser *p, struct slice name, size_t column, bool function)
{
	if (parse_is_ambiguous(p, name, column))
		return false;
	const char *near = table_near(name, word_at, p->book);
	if (is_like_crc(name) && !near)
		return no_such_crc(p, name, column);
	bool check = function || parse_is_sign(p, ':') ||
		     (near && parse_is_check(p, slice_str(near), false));
	error_at(p->err, column, name.len, "'%s' is %s", quote(name).text,
		check ? "not a check or transform" : "not known here");
	if (folk_word(name, p->err))
		return false;
	if (near)
		return error_hint(p->err, "did you mean %s?", near);
	return error_hint(p->err,
		"items are bytes (1B), control names (ESC), 'text', payload, len:TYPE, "
		"NAME:TYPE, checks, transforms, (A | B), eof, gap(TIME)");
}
