/* parse_bracket.c - parses what stands in brackets: fillers, alternatives that end the payload, and
 * groups. */
#include "frame/parse.h"

#include "base/mem.h"

bool parse_quantifier(struct parser *p, struct item *item)
{
	item->kind = ITEM_FILL;
	item->quantifier = (char)p->lexer.token.sign;
	item->width = p->lexer.token.column + 1 - item->column;
	return parse_next(p);
}

bool parse_is_quantifier(const struct parser *p)
{
	return p->lexer.token.glued && p->lexer.token.kind == TOKEN_SIGN &&
	       (p->lexer.token.sign == '*' || p->lexer.token.sign == '+' ||
		       p->lexer.token.sign == '?');
}

/* Takes one alternative of "(A | B)". */
static bool take_end(struct parser *p, struct item *item)
{
	struct ends *ends = item->ends;
	if (parse_is_name(p, "eof")) {
		ends->eof = true;
		return parse_next(p);
	}
	if (parse_is_name(p, "gap")) {
		ends->gap = true;
		return parse_time(p, "gap", true, &item->gap);
	}
	if (ends->count == ALTERNATIVES_MAX)
		return FAIL(p, "at most %d alternatives", ALTERNATIVES_MAX);
	if (!parse_all_bytes(p, &ends->at[ends->count]))
		return false;
	ends->count++;
	return true;
}

static bool take_ends(struct parser *p, struct item *item)
{
	item->ends = mem_new(sizeof *item->ends);
	do {
		if (!parse_next(p) || !take_end(p, item))
			return false;
	} while (parse_is_sign(p, '|'));
	return parse_expect(p, ')', "after the alternatives");
}

enum bracket { BRACKET_GROUP, BRACKET_ENDS, BRACKET_FILL };

/* What stands in a bracket, found without taking anything. */
struct inside {
	struct slice text;
	size_t behind; /* where the text behind the bracket begins */
	bool choice;   /* it has alternatives */
	bool colon;
};

/* Looks ahead from behind the bracket that opens to the one that closes. */
static struct inside look_inside(struct slice text, size_t start)
{
	struct inside in = {0};
	uint8_t mark = 0; /* the quote that is open; 0: none */
	int depth = 1;
	size_t i = start;
	for (; i < text.len && depth; i++) {
		uint8_t c = text.at[i];
		if (mark) {
			if (c == '\\')
				i++;
			else if (c == mark)
				mark = 0;
		} else if (c == '\'' || c == '"') {
			mark = c;
		} else if (c == '|' && depth == 1 &&
			   !slice_starts(slice_cut(text, i + 1, text.len), SLICE("0x"))) {
			in.choice = true;
		} else if (c == '(' || c == '[') {
			depth++;
		} else if (c == ')' || c == ']') {
			depth--;
		} else if (c == ':') {
			in.colon = true;
		}
	}
	in.text = slice_trim(slice_cut(text, start, i ? i - 1 : 0));
	in.behind = i;
	return in;
}

/* Says whether there are only literal words. */
static bool is_only_bytes(struct slice text)
{
	bool only = true;
	while (only && text.len) {
		struct bytes ignored;
		struct error err;
		bytes_init(&ignored, LIMIT_NOTATION);
		struct lexer l = {.text = text, .bytes = &ignored, .err = &err};
		only = lex_next(&l) && l.token.kind == TOKEN_BYTES;
		text = slice_trim(slice_cut(text, l.at, text.len));
		bytes_free(&ignored);
	}
	return only;
}

/* Says what the bracket at the current token is. */
static enum bracket bracket_kind(const struct parser *p)
{
	struct slice text = p->lexer.text;
	const struct inside in = look_inside(text, p->lexer.at);
	int sign = in.behind < text.len ? text.at[in.behind] : 0;
	if (in.choice || slice_is(in.text, "eof") || slice_starts(in.text, SLICE("gap(")))
		return BRACKET_ENDS;
	if (sign == '*' || sign == '+')
		return BRACKET_FILL;
	return sign == '?' && !in.colon && is_only_bytes(in.text) ? BRACKET_FILL : BRACKET_GROUP;
}

static bool take_fill(struct parser *p, struct item *item)
{
	struct quoted q;
	if (!parse_next(p) || !parse_all_bytes(p, &item->bytes) ||
		!parse_expect(p, ')', "after the bytes"))
		return false;
	if (!parse_is_quantifier(p))
		return FAIL(p, "expected * + or ?, not %s", parse_shown(p, &q));
	return parse_quantifier(p, item);
}

/* Makes the items from `first` on an optional group. */
static bool make_optional(struct parser *p, uint8_t level, size_t first)
{
	struct variant *v = p->variant;
	for (size_t i = first; i < v->count; i++)
		if (v->items[i].group)
			return FAIL(p, "an optional group inside another one");
	uint8_t number = ++v->groups;
	for (size_t i = first; i < v->count; i++) {
		v->items[i].group = v->items[i].level == level ? number : 0;
		if ((int)i == v->payload)
			v->group_payload[number] = true;
	}
	if (!v->group_payload[number] && v->items[first].kind != ITEM_BYTES) {
		error_at(p->err, v->items[first].column, v->items[first].width,
			"nothing says whether this optional group is there");
		return error_hint(p->err, "begin it with a literal, or put the payload into it");
	}
	return parse_next(p);
}

/* Notes the label of a group, which stands for its items. */
static void mark_group(struct parser *p, uint8_t level, size_t first, struct slice label)
{
	struct variant *v = p->variant;
	size_t last = v->count - 1;
	while (v->items[last].level != level)
		last--;
	parse_mark(v, (struct mark){mem_strn(label.at, label.len), (uint8_t)first, (uint8_t)last, 0,
			      (uint16_t)v->items[last].bytes.len, false});
}

static bool take_group(struct parser *p, uint8_t level, uint8_t group, struct slice label)
{
	struct variant *v = p->variant;
	size_t column = p->lexer.token.column, first = v->count;
	if (p->depth == LIMIT_LEVELS)
		return FAIL(p, "at most %d brackets inside each other", LIMIT_LEVELS);
	p->depth++;
	p->barrier = first;
	bool good = parse_next(p) && parse_items(p, level, group, ')');
	p->barrier = v->count;
	p->depth--;
	if (!good)
		return false;
	if (v->count == first)
		return error_at(p->err, column, 1, "this bracket is empty");
	if (label.len)
		mark_group(p, level, first, label);
	if (!parse_is_sign(p, '?') || !p->lexer.token.glued)
		return true;
	return make_optional(p, level, first);
}

bool parse_bracket(struct parser *p, uint8_t level, uint8_t group, struct slice name)
{
	enum bracket kind = bracket_kind(p);
	if (kind == BRACKET_GROUP)
		return take_group(p, level, group, name);
	struct item *item =
		parse_item_add(p, level, group, kind == BRACKET_ENDS ? ITEM_END : ITEM_FILL);
	if (!item)
		return false;
	item->name = name.len ? mem_strn(name.at, name.len) : NULL;
	return kind == BRACKET_ENDS ? take_ends(p, item) : take_fill(p, item);
}
