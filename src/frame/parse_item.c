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

/* ---- payload ---- */

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

/* ---- brackets: fillers, alternatives, groups ---- */

static bool take_quantifier(struct parser *p, struct item *item)
{
	item->kind = ITEM_FILL;
	item->quantifier = (char)p->lexer.token.sign;
	item->width = p->lexer.token.column + 1 - item->column;
	return parse_next(p);
}

static bool is_quantifier(const struct parser *p)
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

/* Looks ahead to find out what the bracket at the current token holds, without taking anything. */
enum bracket { BRACKET_GROUP, BRACKET_ENDS, BRACKET_FILL };

static enum bracket bracket_kind(const struct parser *p)
{
	struct slice text = p->lexer.text;
	bool quoted = false, only_bytes = true;
	int depth = 1;
	size_t i = p->lexer.at, start = i;
	for (uint8_t mark = 0; i < text.len && depth; i++) {
		uint8_t c = text.at[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == mark)
				quoted = false;
		} else if (c == '\'' || c == '"') {
			quoted = true;
			mark = c;
		} else if (c == '|' && depth == 1 &&
			   !slice_starts(slice_cut(text, i + 1, text.len), SLICE("0x"))) {
			return BRACKET_ENDS;
		} else if (c == '(' || c == '[') {
			depth++;
		} else if (c == ')' || c == ']') {
			depth--;
		} else if (c == ':') {
			only_bytes = false;
		}
	}
	struct slice inside = slice_trim(slice_cut(text, start, i ? i - 1 : 0));
	if (slice_is(inside, "eof") || slice_starts(inside, SLICE("gap(")))
		return BRACKET_ENDS;
	bool quantified = i < text.len && (text.at[i] == '*' || text.at[i] == '+');
	if (i >= text.len || text.at[i] != '?')
		return quantified ? BRACKET_FILL : BRACKET_GROUP;
	/* "(..)?" is a filler if there are only literal words in it. */
	while (only_bytes && inside.len) {
		struct bytes ignored;
		struct error err;
		bytes_init(&ignored, LIMIT_NOTATION);
		struct parser q = {.err = &err};
		q.lexer = (struct lexer){.text = inside, .bytes = &ignored, .err = &err};
		only_bytes = lex_next(&q.lexer) && (q.lexer.token.kind == TOKEN_BYTES);
		inside = slice_trim(slice_cut(inside, q.lexer.at, inside.len));
		bytes_free(&ignored);
	}
	return only_bytes ? BRACKET_FILL : BRACKET_GROUP;
}

static bool take_fill(struct parser *p, struct item *item)
{
	struct quoted q;
	if (!parse_next(p) || !parse_all_bytes(p, &item->bytes) ||
		!parse_expect(p, ')', "after the bytes"))
		return false;
	if (!is_quantifier(p))
		return FAIL(p, "expected * + or ?, not %s", parse_shown(p, &q));
	return take_quantifier(p, item);
}

static void add_mark(struct variant *v, struct mark mark)
{
	v->marks = mem_grow(v->marks, v->mark_count + 1, sizeof *v->marks);
	v->marks[v->mark_count++] = mark;
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
	add_mark(v, (struct mark){mem_strn(label.at, label.len), (uint8_t)first, (uint8_t)last, 0,
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

static bool take_bracket(struct parser *p, uint8_t level, uint8_t group, struct slice name)
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
	add_mark(v, (struct mark){label.len ? mem_strn(label.at, label.len) : NULL, index, index,
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
	if (good && joins && !is_quantifier(p)) {
		join_literal(before, bytes_slice(&all));
		before->width = column + width - before->column;
		mark_word(v, before, all.len, pairs, label);
		v->count--;
	} else if (good) {
		item->bytes = parse_keep(bytes_slice(&all));
		item->name = label.len ? mem_strn(label.at, label.len) : NULL;
		if (is_quantifier(p))
			good = take_quantifier(p, item);
		else
			mark_word(v, item, all.len, pairs, label);
	}
	bytes_free(&all);
	return good;
}

/* ---- words ---- */

/* Says whether the index-th transform is one whose name means nothing else: not add and xor. */
static bool has_own_name(size_t index)
{
	const char *name = xform_name(index);
	return name && strcmp(name, "add") != 0;
}

static const char *word_at(const void *book, size_t index)
{
	static const char *const words[] = {"payload", "len", "eof", "gap", "align"};
	size_t n = sizeof words / sizeof words[0];
	if (index < n)
		return words[index];
	for (size_t i = 0; has_own_name(i); i++)
		if (index == n + i)
			return xform_name(i);
	for (n = 0; has_own_name(n); n++)
		;
	return check_or_own_name(book, index - n - sizeof words / sizeof words[0]);
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

static bool take_unknown(struct parser *p, struct slice name, size_t column, bool function)
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

/* Says whether a word is reserved, so that no field can have it as its name. */
bool parse_is_reserved(const struct parser *p, struct slice name)
{
	struct xform ignored;
	struct inttype type;
	static const char *const words[] = {"payload", "len", "all", "eof", "gap", "align"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_is(name, words[i]))
			return true;
	return xform_find(name, &ignored) || slice_is(name, "esc") || slice_is(name, "chunk") ||
	       (inttype_parse(name, &type) && type.kind != INT_BYTES) || slice_is(name, "be") ||
	       slice_is(name, "le") || parse_is_check(p, name, false);
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

struct word {
	const char *name;
	enum item_kind kind;
	bool (*take)(struct parser *p, struct item *item);
};

/* Returns the current token as a word with a meaning of its own; NULL: it has none. */
static const struct word *find_word(const struct parser *p)
{
	static const struct word words[] = {{"payload", ITEM_PAYLOAD, take_payload},
		{"len", ITEM_LEN, parse_calc}, {"eof", ITEM_EOF, take_eof},
		{"gap", ITEM_GAP, take_gap}, {"align", ITEM_ALIGN, take_align}};
	static const struct word xform = {"", ITEM_XFORM, parse_xform};
	static const struct word check = {"", ITEM_CHECK, parse_calc};
	struct xform ignored;
	struct slice name = p->lexer.token.text;
	if (p->lexer.token.kind != TOKEN_NAME)
		return NULL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_is(name, words[i].name))
			return &words[i];
	bool map = lex_before(&p->lexer, '[') && (slice_is(name, "add") || slice_is(name, "xor"));
	if (map || xform_find(name, &ignored) || slice_is(name, "esc") || slice_is(name, "chunk"))
		return &xform;
	return parse_is_check(p, name, lex_before(&p->lexer, '[')) ? &check : NULL;
}

static bool take_word(
	struct parser *p, const struct word *word, uint8_t level, uint8_t group, struct slice name)
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
		return take_unknown(p, name, column, function);
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
	const struct word *word = find_word(p);
	if (word)
		return take_word(p, word, level, group, name);
	if (parse_is_sign(p, '('))
		return take_bracket(p, level, group, name);
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
		return take_bracket(p, level, group, (struct slice){0});
	if (parse_is_bits(p))
		return parse_bits(p, level, group, (struct slice){0});
	const struct word *word = find_word(p);
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
