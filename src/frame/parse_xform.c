/* parse_xform.c - parses transforms: NAME(...), esc[...](...), chunk[...](...), add[...](...). */
#include "base/mem.h"
#include "base/text.h"
#include "frame/parse.h"

/* Takes one byte in esc[...]. */
static bool take_esc_byte(struct parser *p, uint8_t *byte)
{
	struct quoted q;
	if (p->lexer.token.kind != TOKEN_BYTES || p->lexer.token.no_bytes || p->bytes.len != 1)
		return FAIL(p, "expected a byte in esc[...], not %s", parse_shown(p, &q));
	*byte = p->bytes.at[0];
	return parse_next(p);
}

/* Takes esc[7D^20: 7E 7D] or esc[DB: C0=DC DB=DD]; the current token is the bracket. */
static bool take_esc(struct parser *p, struct xform *x)
{
	uint8_t lead, mask = 0, byte, code;
	size_t column = p->lexer.token.column;
	if (!parse_next(p) || !take_esc_byte(p, &lead))
		return false;
	bool masked = parse_is_sign(p, '^');
	if (masked && (!parse_next(p) || !take_esc_byte(p, &mask)))
		return false;
	if (!parse_expect(p, ':', "after the escape byte"))
		return false;
	xform_escape(x, lead);
	while (!parse_is_sign(p, ']')) {
		size_t place = p->lexer.token.column;
		if (!take_esc_byte(p, &byte))
			return false;
		code = byte ^ mask;
		if (!masked && (!parse_expect(p, '=', "and a code after each byte") ||
				       !take_esc_byte(p, &code)))
			return false;
		if (x->escaped[byte] || x->back[code] >= 0)
			return error_at(p->err, place, 2, "this byte, or its code, is given twice");
		xform_escape_add(x, byte, code);
	}
	if (!x->escaped[lead])
		return error_at(p->err, column, 1, "the escape byte itself must be escaped, too");
	if (masked)
		xform_escape_mask(x, mask);
	return parse_next(p);
}

/* Takes chunk[16]; the current token is the bracket. */
static bool take_chunk_size(struct parser *p, struct xform *x)
{
	uint64_t size;
	size_t column = p->lexer.token.column;
	if (!parse_next(p) ||
		!parse_number(p, "a number of payload bytes", LIMIT_FRAME_MOST, &size))
		return false;
	xform_chunk(x, (size_t)size);
	return size ? parse_expect(p, ']', "after the size")
		    : error_at(p->err, column, 1, "chunks of 0 bytes never end");
}

/* Takes add[33] or xor[FF 01]; the current token is the bracket. */
static bool take_key(struct parser *p, struct xform *x)
{
	struct quoted q;
	if (!parse_next(p))
		return false;
	while (!parse_is_sign(p, ']')) {
		if (p->lexer.token.kind != TOKEN_BYTES || p->lexer.token.no_bytes)
			return FAIL(p, "expected bytes in %s[...], not %s", x->name,
				parse_shown(p, &q));
		for (size_t i = 0; i < p->bytes.len; i++) {
			if (x->key == XFORM_KEY_MAX)
				return FAIL(p, "at most %d bytes", XFORM_KEY_MAX);
			xform_map_key(x, p->bytes.at[i]);
		}
		if (!parse_next(p))
			return false;
	}
	return x->key ? parse_next(p) : FAIL(p, "%s[...] needs at least one byte", x->name);
}

/* Takes the square brackets of a transform that has some; the current token is its name. */
static bool take_xform_brackets(struct parser *p, struct slice word, struct xform *x)
{
	bool esc = slice_is(word, "esc"), chunk = slice_is(word, "chunk");
	if (!parse_is_sign(p, '['))
		return FAIL(p, "%s needs its bytes: %s", esc ? "esc" : "chunk",
			esc ? "esc[7D^20: 7E 7D](...)" : "chunk[16](...)");
	if (esc)
		return take_esc(p, x);
	if (chunk)
		return take_chunk_size(p, x);
	xform_map(x, slice_is(word, "add"));
	return take_key(p, x);
}

static bool open_level(struct parser *p, struct item *item, uint8_t *level)
{
	struct variant *v = p->variant;
	if (v->level_count == LEVELS_MAX || p->depth == LIMIT_LEVELS)
		return error_at(p->err, item->column, item->width,
			"at most %d transforms inside each other, %d in all", LIMIT_LEVELS,
			LEVELS_MAX - 1);
	*level = (uint8_t)v->level_count++;
	item->inner = *level;
	v->levels[*level] = (struct level){.parent = (uint8_t)(item - v->items), .variable = NONE};
	return true;
}

bool parse_xform(struct parser *p, struct item *item)
{
	struct xform x;
	uint8_t level = 0, parent = (uint8_t)(item - p->variant->items);
	struct slice word = p->lexer.token.text;
	bool named = xform_find(word, &x);
	if (!parse_next(p) || (!named && !take_xform_brackets(p, word, &x)))
		return false;
	item->xform = mem_new(sizeof x);
	*item->xform = x;
	if (!parse_expect(p, '(', "and what it holds") || !open_level(p, item, &level))
		return false;
	p->depth++;
	bool good = parse_items(p, level, 0, ')');
	p->depth--;
	if (!good)
		return false;
	item = &p->variant->items[parent];
	bool empty = &p->variant->items[p->variant->count - 1] == item;
	return !empty || error_at(p->err, item->column, item->width, "this transform is empty");
}
