/* parse_item.c - parses items: literals, fillers, payload, fields, groups. */
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "frame/folk.h"
#include "frame/parse.h"
#include <stdlib.h>

struct item *parse_item_add(struct parser *p, uint8_t level, uint8_t group, enum item_kind kind)
{
	struct variant *v = p->variant;
	if (v->count == LIMIT_ITEMS) {
		FAIL(p, "a frame has at most %d items", LIMIT_ITEMS);
		return NULL;
	}
	v->items = mem_grow(v->items, v->count + 1, sizeof *v->items);
	struct item *item = &v->items[v->count++];
	*item = (struct item){.kind = kind,
		.level = level,
		.group = group,
		.sized_by = NONE,
		.column = p->lexer.token.column,
		.width = p->lexer.token.width,
		.field = -1,
		.fixed = -1,
		.most = SIZE_MAX};
	return item;
}

/* ---- fields ---- */

/* Takes the %64 of ++%64+32. */
static bool take_modulo(struct parser *p, struct item *item)
{
	size_t column = p->lexer.token.column;
	if (!parse_is_sign(p, '%'))
		return true;
	if (!parse_next(p) || !parse_number(p, "the modulo", UINT32_MAX, &item->modulo))
		return false;
	return item->modulo || error_at(p->err, column, 1, "modulo 0 has no meaning");
}

/* Takes the +32 of ++%64+32, which the wire has in addition. */
static bool take_offset(struct parser *p, struct item *item)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	if (!parse_is_sign(p, '+'))
		return true;
	size_t column = p->lexer.token.column;
	if (!parse_next(p) || !parse_number(p, "the number to add", UINT32_MAX, &item->offset))
		return false;
	p->frame->field_offsets[item->field] = item->offset;
	return inttype_put(item->type, item->standard.number + item->offset, raw) > 0 ||
	       error_at(p->err, column, p->lexer.token.column - column,
		       "the counter and this do not fit its type");
}

bool parse_field_rest(struct parser *p, struct item *item)
{
	value_clear(item->type, &item->standard);
	if (parse_is_sign(p, '=') && !parse_default(p, item->type, &item->standard))
		return false;
	if (!parse_is_sign(p, SIGN_COUNT))
		return true;
	if (item->type.kind == INT_TEXT)
		return FAIL(p, "a text field cannot count up");
	if (item->standard.form != FIELD_UNSIGNED)
		return FAIL(p, "only a number without a sign or a fraction counts up");
	item->counts = true;
	return parse_next(p) && take_modulo(p, item) && take_offset(p, item);
}

/* Takes what follows NAME: of a field. */
static bool take_field(struct parser *p, struct item *item, struct slice name)
{
	if (!parse_type(p, true, &item->type))
		return false;
	item->field = parse_field_declare(p, name, item->type, item->column);
	return item->field >= 0 && parse_field_rest(p, item);
}

void parse_mark(struct variant *v, struct mark mark)
{
	v->marks = mem_grow(v->marks, v->mark_count + 1, sizeof *v->marks);
	v->marks[v->mark_count++] = mark;
}

/* ---- literals ---- */

static bool is_typed(const struct parser *p)
{
	struct inttype type;
	return p->lexer.token.kind == TOKEN_NAME && lex_before(&p->lexer, '(') &&
	       inttype_parse(p->lexer.token.text, &type);
}

/* Notes the last `n` bytes of a literal as one word of it. */
static void mark_word(
	struct variant *v, const struct item *item, size_t n, bool pairs, struct slice label)
{
	size_t to = item->bytes.len;
	uint8_t index = (uint8_t)(item - v->items);
	parse_mark(v, (struct mark){label.len ? mem_strn(label.at, label.len) : NULL, index, index,
			      (uint16_t)(to - n), (uint16_t)to, pairs});
}

/* Puts these bytes behind those of the literal, whose label then is only a part of it. */
static void join_literal(struct item *item, struct slice bytes)
{
	struct bytes joined;
	bytes_init(&joined, LIMIT_NOTATION);
	bytes_add(&joined, item->bytes);
	bytes_add(&joined, bytes);
	free((void *)item->bytes.at);
	free(item->name);
	item->name = NULL;
	item->bytes = parse_keep(bytes_slice(&joined));
	bytes_free(&joined);
}

/* Takes one word, which joins the literal before it unless a quantifier follows. */
static bool take_literal(struct parser *p, uint8_t level, uint8_t group, struct slice label)
{
	struct variant *v = p->variant;
	struct item *before;
	struct bytes all;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	bool pairs = p->lexer.token.kind == TOKEN_BYTES && !p->lexer.token.is_text;
	struct item *item = parse_item_add(p, level, group, ITEM_BYTES);
	if (!item)
		return false;
	before = v->count - 1 > p->barrier ? item - 1 : NULL;
	bytes_init(&all, LIMIT_NOTATION);
	bool good = parse_bytes(p, &all);
	if (good && !all.len)
		good = error_at(p->err, column, width, "an empty text sends nothing");
	bool joins = before && before->kind == ITEM_BYTES && before->level == level &&
		     before->group == group;
	if (good && joins && !parse_is_quantifier(p)) {
		join_literal(before, bytes_slice(&all));
		before->width = column + width - before->column;
		mark_word(v, before, all.len, pairs, label);
		v->count--;
	} else if (good) {
		item->bytes = parse_keep(bytes_slice(&all));
		item->name = label.len ? mem_strn(label.at, label.len) : NULL;
		if (parse_is_quantifier(p))
			good = parse_quantifier(p, item);
		else
			mark_word(v, item, all.len, pairs, label);
	}
	bytes_free(&all);
	return good;
}

static bool take_word(struct parser *p, const struct parse_word *word, uint8_t level, uint8_t group,
	struct slice name)
{
	struct item *item = parse_item_add(p, level, group, word->kind);
	if (!item)
		return false;
	item->name = name.len ? mem_strn(name.at, name.len) : NULL;
	return word->take(p, item);
}

/* Takes a bare name, which on the reply side repeats the field that was sent. */
static bool take_ref(struct parser *p, uint8_t level, uint8_t group, struct slice name,
	size_t column, bool function)
{
	int field = parse_field_index(p->frame, name);
	if (field < 0 || function)
		return parse_unknown(p, name, column, function);
	if (!p->reply_side) {
		error_at(p->err, column, name.len, "a bare name such as '%s' can only follow ->",
			quote(name).text);
		return error_hint(p->err, "there it repeats the field that was sent");
	}
	struct item *item = parse_item_add(p, level, group, ITEM_REF);
	if (!item)
		return false;
	item->column = column;
	item->width = name.len;
	item->field = field;
	item->type = p->frame->field_types[field];
	item->offset = p->frame->field_offsets[field];
	item->name = mem_strn(name.at, name.len);
	return true;
}

/* Says whether what follows a label is a literal: a word that is a type is one. */
static bool is_labelled_bytes(const struct parser *p)
{
	struct inttype type;
	const struct token *t = &p->lexer.token;
	return is_typed(p) ||
	       (t->kind == TOKEN_BYTES && (t->is_text || !inttype_parse(t->text, &type)));
}

/* Returns the word behind the current token, a colon. */
static struct slice word_behind(const struct parser *p)
{
	struct lexer l = p->lexer;
	struct error ignored;
	l.err = &ignored;
	return lex_word(&l) && l.token.kind == TOKEN_NAME ? l.token.text : (struct slice){0};
}

/* Says whether `:be` or `:le` follows, as only behind a check. */
static bool is_order(const struct parser *p)
{
	struct slice word = word_behind(p);
	return slice_is(word, "be") || slice_is(word, "le");
}

/* Says whether NAME: stands before something that is no field. */
static bool is_label(const struct parser *p)
{
	struct inttype type;
	struct slice word = word_behind(p);
	return !word.len || !inttype_parse(word, &type);
}

/* Takes NAME:..., or a bare name. */
static bool take_named(struct parser *p, uint8_t level, uint8_t group)
{
	struct slice name = p->lexer.token.text;
	size_t column = p->lexer.token.column;
	bool function = lex_before(&p->lexer, '(') || lex_before(&p->lexer, '[');
	if (!parse_next(p))
		return false;
	bool labels = parse_is_sign(p, ':') && !function;
	if (!labels || (is_order(p) && !parse_is_reserved(p, name)) ||
		(!is_label(p) && parse_is_ambiguous(p, name, column)))
		return take_ref(p, level, group, name, column, function);
	if (parse_is_reserved(p, name))
		return error_at(p->err, column, name.len,
			"'%s' has a meaning of its own, so it cannot be a name", quote(name).text);
	if (!parse_next(p))
		return false;
	const struct parse_word *word = parse_find_word(p);
	if (word)
		return take_word(p, word, level, group, name);
	if (parse_is_sign(p, '('))
		return parse_bracket(p, level, group, name);
	if (parse_is_bits(p))
		return parse_bits(p, level, group, name);
	if (is_labelled_bytes(p))
		return take_literal(p, level, group, name);
	struct item *item = parse_item_add(p, level, group, ITEM_FIELD);
	if (!item)
		return false;
	item->column = column;
	item->width = name.len;
	item->name = mem_strn(name.at, name.len);
	return take_field(p, item, name);
}

static bool take_item(struct parser *p, uint8_t level, uint8_t group)
{
	struct quoted q;
	if (parse_is_hex_name(p))
		return take_named(p, level, group);
	if (p->lexer.token.kind == TOKEN_BYTES || is_typed(p))
		return take_literal(p, level, group, (struct slice){0});
	if (parse_is_sign(p, '('))
		return parse_bracket(p, level, group, (struct slice){0});
	if (parse_is_bits(p))
		return parse_bits(p, level, group, (struct slice){0});
	const struct parse_word *word = parse_find_word(p);
	bool typed = word && (word->kind == ITEM_LEN || word->kind == ITEM_CHECK);
	if (word && !typed && lex_before(&p->lexer, ':'))
		return FAIL(p, "'%s' has a meaning of its own, so it cannot be a name",
			parse_shown(p, &q));
	if (word)
		return take_word(p, word, level, group, (struct slice){0});
	if (p->lexer.token.kind == TOKEN_NAME)
		return take_named(p, level, group);
	return parse_no_item(p);
}

bool parse_items(struct parser *p, uint8_t level, uint8_t group, int stop)
{
	struct quoted q;
	for (;;) {
		const struct token *t = &p->lexer.token;
		if (stop && parse_is_sign(p, stop))
			return parse_next(p);
		bool ends = t->kind == TOKEN_END || parse_is_sign(p, '|') ||
			    parse_is_sign(p, SIGN_ARROW) || parse_is_sign(p, ';');
		if (ends && stop)
			return FAIL(p, "expected '%c', not %s", stop, parse_shown(p, &q));
		if (ends)
			return true;
		if (!take_item(p, level, group))
			return false;
	}
}
