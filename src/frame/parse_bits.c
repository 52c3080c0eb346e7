/* parse_bits.c - parses <mode:2 len(payload):30>le: fields and lengths that share bytes, the first
 * in the high bits. */
#include "frame/parse.h"

#include "base/mem.h"
#include "base/text.h"

bool parse_is_bits(const struct parser *p)
{
	struct slice text = p->lexer.text;
	size_t at = p->lexer.at;
	if (!parse_is_sign(p, '<'))
		return false;
	while (at < text.len && text.at[at] != '>' && text.at[at] != ':')
		at++;
	return at < text.len && text.at[at] == ':'; /* <STX> is the way of others */
}

/* Takes ":4"; the current token is the colon. */
static bool take_width(struct parser *p, struct item *item)
{
	uint64_t bits;
	if (!parse_expect(p, ':', "and the number of bits"))
		return false;
	size_t column = p->lexer.token.column;
	if (!parse_number(p, "a number of bits", 64, &bits))
		return false;
	item->bits = (uint8_t)bits;
	return bits || error_at(p->err, column, 1, "a part of no bits has no value");
}

static bool take_part_len(struct parser *p, struct item *item)
{
	item->kind = ITEM_LEN;
	item->covers = mem_new(sizeof *item->covers);
	item->type = (struct inttype){INT_UNSIGNED, 8, false};
	return parse_next(p) && parse_covers(p, item->covers) && take_width(p, item);
}

static bool take_part_field(struct parser *p, struct item *item, struct slice name)
{
	item->type = (struct inttype){INT_UNSIGNED, 8, false};
	item->field = parse_field_declare(p, name, item->type, item->column);
	if (item->field < 0 || !take_width(p, item) || !parse_field_rest(p, item))
		return false;
	if (item->counts && !item->modulo && item->bits < 64)
		item->modulo = UINT64_C(1) << item->bits;
	uint64_t most = item->bits < 64 ? (UINT64_C(1) << item->bits) - 1 : UINT64_MAX;
	return item->standard.number + item->offset <= most ||
	       error_at(p->err, item->column, item->width, "%llu does not fit into %u bits",
		       (unsigned long long)item->standard.number, item->bits);
}

/* Takes one part: len(..):bits, NAME:bits or NAME:len(..):bits. */
static bool take_part(struct parser *p, struct item *item)
{
	struct quoted q;
	struct slice name = p->lexer.token.text;
	if (p->lexer.token.kind != TOKEN_NAME || !is_letter(name.at[0]))
		return FAIL(p, "expected NAME:BITS or len:BITS, not %s", parse_shown(p, &q));
	if (slice_is(name, "len"))
		return take_part_len(p, item);
	if (parse_is_reserved(p, name))
		return FAIL(p, "'%s' has a meaning of its own, so it cannot be a name",
			parse_shown(p, &q));
	item->name = mem_strn(name.at, name.len);
	if (!parse_next(p))
		return false;
	struct lexer after = p->lexer;
	struct error ignored;
	after.err = &ignored;
	bool labels =
		parse_is_sign(p, ':') && lex_word(&after) && slice_is(after.token.text, "len");
	if (labels)
		return parse_next(p) && take_part_len(p, item);
	return take_part_field(p, item, name);
}

/* Takes "le" or "be" right behind the bracket. */
static bool take_bits_order(struct parser *p, struct item *item)
{
	if (!p->lexer.token.glued)
		return true;
	item->type.little = slice_is(p->lexer.token.text, "le");
	return (!item->type.little && !slice_is(p->lexer.token.text, "be")) || parse_next(p);
}

/* Gives each part its place, from the high bits down. */
static bool place_parts(struct parser *p, size_t whole, size_t parts)
{
	struct item *items = p->variant->items;
	unsigned bits = 0, place;
	for (size_t i = 1; i <= parts; i++)
		bits += items[whole + i].bits;
	if (!bits || bits % 8 || bits > 64)
		return error_at(p->err, items[whole].column, items[whole].width,
			"these are %u bits; whole bytes, of at most 64 bits, are needed", bits);
	place = bits;
	for (size_t i = 1; i <= parts; i++)
		items[whole + i].shift = (uint8_t)(place -= items[whole + i].bits);
	items[whole].type = (struct inttype){INT_UNSIGNED, (uint8_t)(bits / 8), false};
	return true;
}

bool parse_bits(struct parser *p, uint8_t level, uint8_t group, struct slice label)
{
	struct variant *v = p->variant;
	size_t whole = v->count, parts = 0;
	struct item *item = parse_item_add(p, level, group, ITEM_BITS);
	if (!item)
		return false;
	item->name = label.len ? mem_strn(label.at, label.len) : NULL;
	for (p->lexer.at = item->column + 1;;) { /* hex digits are letters of a name here */
		bytes_clear(&p->bytes);
		if (!lex_word(&p->lexer))
			return false;
		if (parse_is_sign(p, '>'))
			break;
		struct item *part = parse_item_add(p, level, group, ITEM_FIELD);
		if (!part)
			return false;
		part->part = (uint8_t)++parts;
		if (!take_part(p, part))
			return false;
		p->lexer.at = p->lexer.token.column; /* the next part is read as a word again */
	}
	item = &v->items[whole];
	item->width = p->lexer.token.column + 1 - item->column;
	p->barrier = v->count;
	return place_parts(p, whole, parts) && parse_next(p) && take_bits_order(p, item);
}
