/* parse.c - the grammar: notation text to items.  Names are only noted here; compile.c resolves
 * them when the whole side is known. */
#include "frame/frame_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

struct parser {
	struct lexer lexer;
	struct bytes bytes; /* lent to the lexer */
	struct frame *frame;
	struct variant *variant;
	struct error *err;
};

static bool is_sign(const struct parser *p, int sign)
{
	return p->lexer.token.kind == TOKEN_SIGN && p->lexer.token.sign == sign;
}

static bool is_name(const struct parser *p, const char *name)
{
	return p->lexer.token.kind == TOKEN_NAME && slice_is(p->lexer.token.text, name);
}

static bool next(struct parser *p)
{
	bytes_clear(&p->bytes);
	return lex_next(&p->lexer);
}

/* Reads the current token again as something else. */
static bool again(struct parser *p, bool (*lex)(struct lexer *))
{
	p->lexer.at = p->lexer.token.column;
	bytes_clear(&p->bytes);
	return lex(&p->lexer);
}

/* Placed at the current token. */
#define FAIL(p, ...) \
	error_at((p)->err, (p)->lexer.token.column, (p)->lexer.token.width, __VA_ARGS__)

static const char *shown(const struct parser *p, struct quoted *q)
{
	if (p->lexer.token.kind == TOKEN_END)
		return "the end";
	*q = quote(p->lexer.token.text);
	return q->text;
}

static bool expect(struct parser *p, int sign, const char *after)
{
	struct quoted q;
	if (is_sign(p, sign))
		return next(p);
	return FAIL(p, "expected '%c' %s, not %s", sign, after, shown(p, &q));
}

static struct item *item_add(struct parser *p, enum item_kind kind)
{
	struct variant *v = p->variant;
	if (v->count == LIMIT_ITEMS) {
		FAIL(p, "a frame has at most %d items", LIMIT_ITEMS);
		return NULL;
	}
	v->items = mem_grow(v->items, v->count + 1, sizeof *v->items);
	struct item *item = &v->items[v->count++];
	*item = (struct item){.kind = kind,
		.column = p->lexer.token.column,
		.width = p->lexer.token.width,
		.field = -1,
		.most = SIZE_MAX};
	return item;
}

static struct slice keep(struct slice s)
{
	return slice_of(mem_strn(s.at, s.len), s.len);
}

/* ---- numbers ---- */

/* The number that the current token has to be, read by number rules. */
static bool take_number(struct parser *p, const char *what, uint64_t most, uint64_t *value)
{
	struct quoted q;
	if (!again(p, lex_number))
		return false;
	if (p->lexer.token.kind != TOKEN_NUMBER)
		return FAIL(p, "expected %s, not %s", what, shown(p, &q));
	if (!number_parse(p->lexer.token.text, what, 0, most, value, p->err)) {
		p->err->placed = true;
		p->err->column = p->lexer.token.column;
		p->err->width = p->lexer.token.width;
		return false;
	}
	return next(p);
}

/* "(50ms)" behind gap; the current token is the name. */
static bool take_time(struct parser *p, struct frame_gap *gap)
{
	size_t from, to;
	const char *hint = "a gap is a time: gap(50ms), gap(1.5s), gap(3.5ch)";
	if (!next(p))
		return false;
	if (!is_sign(p, '(')) {
		FAIL(p, "gap needs its time");
		return error_hint(p->err, "%s", hint);
	}
	from = to = p->lexer.at;
	while (to < p->lexer.text.len && p->lexer.text.at[to] != ')')
		to++;
	struct slice text = slice_trim(slice_cut(p->lexer.text, from, to));
	struct slice digits = text;
	bool characters = text.len > 2 && memcmp(text.at + text.len - 2, "ch", 2) == 0;
	if (characters)
		digits.len -= 2;
	bool unit = text.len && text.at[text.len - 1] == 's';
	/* As seconds: three and a half "characters" parse as 3.5 s. */
	if (to == p->lexer.text.len || (!characters && !unit) ||
		!duration_parse(digits, "a gap", &gap->ns, p->err) || gap->ns <= 0) {
		error_at(p->err, from, to > from ? to - from : 1, "'%s' is not a time",
			quote(text).text);
		return error_hint(p->err, "%s", hint);
	}
	gap->present = true;
	gap->characters = characters;
	gap->amount = (double)gap->ns / NS_PER_S;
	p->lexer.at = to + 1;
	return next(p);
}

/* ---- types ---- */

static bool take_type(struct parser *p, struct inttype *type)
{
	struct quoted q;
	if (!again(p, lex_word))
		return false;
	if (p->lexer.token.kind != TOKEN_NAME || !inttype_parse(p->lexer.token.text, type) ||
		type->kind == INT_SIGNED || type->kind == INT_FLOAT) {
		FAIL(p, "expected a type, not %s", shown(p, &q));
		return error_hint(p->err,
			"types are u8 u16be u16le u24be u24le u32be u32le u64be u64le "
			"varint vlq ber dec decN hexN HEXN bcdN sN");
	}
	return next(p);
}

/* ---- len ---- */

static bool is_op(const struct parser *p)
{
	if (p->lexer.token.kind != TOKEN_SIGN || !p->lexer.token.sign ||
		!strchr("+-*/%&^|", p->lexer.token.sign) || p->lexer.token.sign > 255)
		return false;
	/* `|` separates variants unless a 0x number follows. */
	return p->lexer.token.sign != '|' ||
	       slice_starts(slice_cut(p->lexer.text, p->lexer.at, p->lexer.text.len), SLICE("0x"));
}

static bool take_ops(struct parser *p, struct item *item)
{
	while (is_op(p)) {
		if (item->op_count == OPS_MAX)
			return FAIL(p, "at most %d operators", OPS_MAX);
		struct op *op = &item->ops[item->op_count++];
		op->sign = (char)p->lexer.token.sign;
		if (!next(p) ||
			!take_number(p, "a number behind the operator", UINT32_MAX, &op->number))
			return false;
		if ((op->sign == '*' || op->sign == '/' || op->sign == '%') && !op->number)
			return FAIL(p, "an operator with 0 has no meaning");
		if (op->sign == '%' || op->sign == '&')
			return FAIL(p, "a length cannot be computed back from '%c'", op->sign);
	}
	return true;
}

/* One element between the brackets of len(...). */
static bool take_span(struct parser *p, struct item *item)
{
	struct quoted q;
	if (item->span_count == SPANS_MAX)
		return FAIL(p, "at most %d elements in a span", SPANS_MAX);
	struct span *span = &item->spans[item->span_count++];
	*span = (struct span){.column = p->lexer.token.column, .width = p->lexer.token.width};
	if (is_name(p, "all")) {
		item->spans_all = true;
		return next(p);
	}
	if (p->lexer.token.kind == TOKEN_NAME) {
		span->first_name = span->last_name = p->lexer.token.text;
		if (!next(p))
			return false;
	}
	if (is_sign(p, SIGN_RANGE)) {
		span->last_name = (struct slice){0};
		if (!next(p))
			return false;
		if (p->lexer.token.kind == TOKEN_NAME) {
			span->last_name = p->lexer.token.text;
			return next(p);
		}
		return true;
	}
	return span->first_name.len ||
	       FAIL(p, "a span holds names, a..b or all, not %s", shown(p, &q));
}

static bool take_len(struct parser *p, struct item *item)
{
	if (!next(p))
		return false;
	if (is_sign(p, '(')) {
		if (!next(p))
			return false;
		while (!is_sign(p, ')'))
			if (!take_span(p, item))
				return false;
		if (!next(p))
			return false;
	}
	if (!take_ops(p, item))
		return false;
	item = &p->variant->items[p->variant->count - 1];
	if (!is_sign(p, ':')) {
		error_at(p->err, item->column, item->width, "len needs a type");
		return error_hint(p->err, "say how it is written: len:u8, len:u16be, len:dec");
	}
	return next(p) && take_type(p, &item->type);
}

/* ---- fields ---- */

static int field_index(struct frame *f, struct slice name)
{
	for (size_t i = 0; i < f->field_count; i++)
		if (slice_is(name, f->fields[i]))
			return (int)i;
	return -1;
}

static bool field_declare(struct parser *p, struct item *item, struct slice name)
{
	struct frame *f = p->frame;
	int index = field_index(f, name);
	if (index < 0 && f->field_count == LIMIT_NAMES)
		return error_at(p->err, item->column, item->width, "a frame has at most %d fields",
			LIMIT_NAMES);
	if (index < 0) {
		index = (int)f->field_count++;
		f->fields[index] = mem_strn(name.at, name.len);
	}
	f->field_types[index] = item->type;
	item->field = index;
	return true;
}

static bool take_standard(struct parser *p, struct item *item)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	if (!next(p))
		return false;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	if (item->type.kind == INT_TEXT) {
		if (p->lexer.token.kind != TOKEN_BYTES || !p->lexer.token.is_text)
			return FAIL(p, "the default of a text field stands in quotes");
		if (p->bytes.len > item->type.size)
			return FAIL(p, "the default has %zu bytes, the field %u", p->bytes.len,
				item->type.size);
		item->standard_text = keep(bytes_slice(&p->bytes));
		return next(p);
	}
	if (!take_number(p, "a default value", UINT64_MAX, &item->standard))
		return false;
	return inttype_put(item->type, item->standard, raw) > 0 ||
	       error_at(p->err, column, width, "%llu does not fit its type",
		       (unsigned long long)item->standard);
}

/* What may follow NAME:TYPE. */
static bool take_field(struct parser *p, struct item *item, struct slice name)
{
	if (!take_type(p, &item->type) || !field_declare(p, item, name))
		return false;
	if (is_sign(p, '=') && !take_standard(p, item))
		return false;
	if (!is_sign(p, SIGN_COUNT))
		return true;
	item->counts = true;
	if (!next(p))
		return false;
	return !is_sign(p, '%') ||
	       (next(p) && take_number(p, "the modulo", UINT32_MAX, &item->modulo));
}

/* ---- payload and its ends ---- */

static bool take_limits(struct parser *p, struct item *item)
{
	uint64_t number;
	if (!is_sign(p, '['))
		return true;
	if (!next(p) || !take_number(p, "a number of bytes", LIMIT_FRAME_MOST, &number))
		return false;
	item->least = item->most = (size_t)number;
	if (is_sign(p, SIGN_RANGE)) {
		item->most = SIZE_MAX;
		if (!next(p))
			return false;
		if (!is_sign(p, ']')) {
			if (!take_number(p, "a number of bytes", LIMIT_FRAME_MOST, &number))
				return false;
			item->most = (size_t)number;
		}
	}
	if (item->most < item->least)
		return error_at(p->err, item->column, item->width,
			"the limits of the payload are the wrong way round");
	return expect(p, ']', "behind the number of bytes");
}

static bool take_payload(struct parser *p, struct item *item)
{
	if (p->variant->payload >= 0)
		return FAIL(p, "payload stands twice");
	p->variant->payload = (int)p->variant->count - 1;
	return next(p) && take_limits(p, item);
}

static bool take_trim(struct parser *p, struct item *item)
{
	struct quoted q;
	if (!next(p) || !expect(p, '(', "behind trim"))
		return false;
	if (!is_name(p, "payload"))
		return FAIL(p, "trim holds the payload, not %s", shown(p, &q));
	item->trim = true;
	return take_payload(p, item) && expect(p, ')', "behind trim(payload");
}

/* The bytes of the current token, behind those before it. */
static bool take_bytes(struct parser *p, struct bytes *all)
{
	const struct token *token = &p->lexer.token;
	if (token->no_bytes && slice_starts(token->text, SLICE("0x"))) {
		FAIL(p, "write bytes as bare hex");
		return error_hint(
			p->err, "here: %s", quote(slice_cut(token->text, 2, token->text.len)).text);
	}
	if (token->no_bytes)
		return FAIL(p, "half a byte: hex digits come in pairs");
	return bytes_add(all, bytes_slice(&p->bytes)) && next(p);
}

static bool take_end(struct parser *p, struct item *item)
{
	struct bytes all;
	struct quoted q;
	bytes_init(&all, LIMIT_NOTATION);
	bool good = true;
	if (is_name(p, "eof")) {
		item->end_eof = true;
		good = next(p);
	} else if (is_name(p, "gap")) {
		item->end_gap = true;
		good = take_time(p, &item->gap);
	} else {
		while (good && p->lexer.token.kind == TOKEN_BYTES)
			good = take_bytes(p, &all);
		if (good && !all.len)
			good = FAIL(p, "expected bytes, eof or gap(...), not %s", shown(p, &q));
		else if (good && item->end_count == ALTERNATIVES_MAX)
			good = FAIL(p, "at most %d alternatives", ALTERNATIVES_MAX);
		else if (good)
			item->ends[item->end_count++] = keep(bytes_slice(&all));
	}
	bytes_free(&all);
	return good;
}

/* "(A | B)" */
static bool take_ends(struct parser *p, struct item *item)
{
	do {
		if (!next(p) || !take_end(p, item))
			return false;
	} while (is_sign(p, '|'));
	return expect(p, ')', "behind the alternatives");
}

static bool take_literal(struct parser *p)
{
	struct item *item = item_add(p, ITEM_BYTES);
	struct bytes all;
	if (!item)
		return false;
	bytes_init(&all, LIMIT_NOTATION);
	bool good = true;
	while (good && p->lexer.token.kind == TOKEN_BYTES) {
		item->width = p->lexer.token.column + p->lexer.token.width - item->column;
		struct slice word = p->lexer.token.text;
		bool was_text = p->lexer.token.is_text;
		good = take_bytes(p, &all);
		if (good && is_sign(p, ':') && p->lexer.token.glued && !was_text) {
			good = error_at(p->err, p->lexer.token.column - word.len, word.len,
				"'%s' reads as bytes, so it cannot be a name", quote(word).text);
			error_hint(p->err, "choose a name that is not all hex digits");
		}
	}
	item->bytes = keep(bytes_slice(&all));
	if (good && !item->bytes.len)
		good = error_at(p->err, item->column, item->width, "an empty text sends nothing");
	bytes_free(&all);
	return good;
}

/* ---- items ---- */

static const char *word_at(const void *unused, size_t index)
{
	static const char *const words[] = {"payload", "len", "eof", "gap", "trim"};
	(void)unused;
	return index < sizeof words / sizeof words[0] ? words[index] : NULL;
}

static bool take_unknown(struct parser *p, struct slice name, size_t column)
{
	const char *near = table_near(name, word_at, NULL);
	error_at(p->err, column, name.len, "'%s' is not known here", quote(name).text);
	if (near)
		return error_hint(p->err, "did you mean %s?", near);
	return error_hint(p->err,
		"items are bytes (1B), control names (ESC), 'text', payload, len:TYPE, "
		"NAME:TYPE, trim(payload), (A | B), eof, gap(TIME)");
}

static bool take_keyword(struct parser *p, struct slice name)
{
	static const struct {
		const char *name;
		enum item_kind kind;
		bool (*take)(struct parser *p, struct item *item);
	} keywords[] = {{"payload", ITEM_PAYLOAD, take_payload}, {"trim", ITEM_PAYLOAD, take_trim},
		{"len", ITEM_LEN, take_len}};
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (is_name(p, keywords[i].name)) {
			struct item *item = item_add(p, keywords[i].kind);
			if (!item)
				return false;
			item->name = name.len ? mem_strn(name.at, name.len) : NULL;
			return keywords[i].take(p, item);
		}
	return false;
}

static bool is_keyword(const struct parser *p)
{
	return is_name(p, "payload") || is_name(p, "trim") || is_name(p, "len");
}

/* A word that is no keyword: NAME:..., or a bare name. */
static bool take_named(struct parser *p)
{
	struct slice name = p->lexer.token.text;
	size_t column = p->lexer.token.column;
	struct item *item;
	if (!next(p))
		return false;
	if (!is_sign(p, ':')) {
		if (field_index(p->frame, name) < 0 || is_sign(p, '('))
			return take_unknown(p, name, column);
		if (!(item = item_add(p, ITEM_REF)))
			return false;
		item->column = column;
		item->width = name.len;
		item->field = field_index(p->frame, name);
		item->type = p->frame->field_types[item->field];
		item->name = mem_strn(name.at, name.len);
		return true;
	}
	if (!next(p))
		return false;
	if (is_keyword(p))
		return take_keyword(p, name);
	if (!(item = item_add(p, ITEM_FIELD)))
		return false;
	item->column = column;
	item->width = name.len;
	item->name = mem_strn(name.at, name.len);
	return take_field(p, item, name);
}

static bool take_item(struct parser *p)
{
	struct item *item;
	if (p->lexer.token.kind == TOKEN_BYTES)
		return take_literal(p);
	if (is_sign(p, '(')) {
		item = item_add(p, ITEM_END);
		return item && take_ends(p, item);
	}
	if (is_name(p, "eof"))
		return item_add(p, ITEM_EOF) && next(p);
	if (is_name(p, "gap")) {
		item = item_add(p, ITEM_GAP);
		return item && take_time(p, &item->gap);
	}
	if (is_keyword(p))
		return take_keyword(p, SLICE(""));
	if (p->lexer.token.kind == TOKEN_NAME)
		return take_named(p);
	struct quoted q;
	return FAIL(p, "expected an item, not %s", shown(p, &q));
}

static bool ends_variant(const struct parser *p)
{
	return p->lexer.token.kind == TOKEN_END || is_sign(p, '|') || is_sign(p, SIGN_ARROW) ||
	       is_sign(p, ';');
}

static bool take_side(struct parser *p, struct side *side)
{
	do {
		if (side->count && !next(p))
			return false;
		if (side->count == LIMIT_VARIANTS)
			return FAIL(p, "a side has at most %d variants", LIMIT_VARIANTS);
		p->variant = &side->variants[side->count++];
		p->variant->payload = -1;
		if (ends_variant(p)) {
			struct quoted q;
			return FAIL(p, "expected an item, not %s", shown(p, &q));
		}
		while (!ends_variant(p))
			if (!take_item(p))
				return false;
	} while (is_sign(p, '|'));
	return true;
}

static bool take_sides(struct parser *p)
{
	struct quoted q;
	if (!take_side(p, &p->frame->sides[SIDE_COMMAND]))
		return false;
	p->frame->one_side = !is_sign(p, SIGN_ARROW);
	if (!p->frame->one_side && (!next(p) || !take_side(p, &p->frame->sides[SIDE_REPLY])))
		return false;
	return p->lexer.token.kind == TOKEN_END ||
	       FAIL(p, "expected the end of the notation, not %s", shown(p, &q));
}

bool parse_frame(struct frame *frame, struct slice text, struct error *err)
{
	struct parser p = {.frame = frame, .err = err};
	if (text.len > LIMIT_NOTATION)
		return error_at(
			err, LIMIT_NOTATION, 1, "a notation has at most %d bytes", LIMIT_NOTATION);
	bytes_init(&p.bytes, LIMIT_NOTATION);
	p.lexer = (struct lexer){.text = text, .bytes = &p.bytes, .err = err};
	bool good = next(&p) && take_sides(&p);
	bytes_free(&p.bytes);
	return good;
}
