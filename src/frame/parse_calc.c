/* parse_calc.c - parses lens and checks: what they cover, the operators, and how they are written.
 */
#include "base/text.h"
#include "frame/parse.h"

#include "base/mem.h"
#include <stdlib.h>

/* ---- operators ---- */

static bool is_op(const struct parser *p)
{
	if (p->lexer.token.kind != TOKEN_SIGN || p->lexer.token.sign > 255 ||
		!p->lexer.token.sign || !strchr("+-*/%&^|", p->lexer.token.sign))
		return false;
	/* `|` separates variants unless a 0x number follows. */
	return p->lexer.token.sign != '|' ||
	       slice_starts(slice_cut(p->lexer.text, p->lexer.at, p->lexer.text.len), SLICE("0x"));
}

static bool take_ops(struct parser *p, struct covers *covers)
{
	while (is_op(p)) {
		if (covers->op_count == OPS_MAX)
			return FAIL(p, "at most %d operators", OPS_MAX);
		struct op *op = &covers->ops[covers->op_count++];
		op->sign = (char)p->lexer.token.sign;
		if (!parse_next(p))
			return false;
		size_t column = p->lexer.token.column, width = p->lexer.token.width;
		if (!parse_number(p, "a number after the operator", UINT64_MAX, &op->number))
			return false;
		if (strchr("*/%", op->sign) && !op->number)
			return error_at(p->err, column, width, "an operator with 0 has no meaning");
	}
	return true;
}

/* ---- spans ---- */

/* Takes name:type[=default] in a span: a field that is not on the wire. */
static bool take_span_field(struct parser *p, struct span *span, struct slice name)
{
	struct field_value standard = {0};
	span->kind = SPAN_FIELD;
	if (parse_is_reserved(p, name))
		return error_at(p->err, span->column, name.len,
			"'%s' has a meaning of its own, so it cannot be a name", quote(name).text);
	if (!parse_next(p) || !parse_type(p, false, &span->type))
		return false;
	if (span->type.kind == INT_TEXT)
		return error_at(p->err, span->column, span->width,
			"a field that is not on the wire must be a number");
	span->field = parse_field_declare(p, name, span->type, span->column);
	if (span->field < 0)
		return false;
	if (parse_is_sign(p, '=') && !parse_default(p, span->type, &standard))
		return false;
	span->standard = standard.number;
	return true;
}

/* Says where the text ends that was taken from `column` on. */
static size_t width_taken(const struct parser *p, size_t column)
{
	size_t end = p->lexer.token.column;
	while (end > column && is_blank(p->lexer.text.at[end - 1]))
		end--;
	return end - column;
}

static bool no_offsets(struct parser *p)
{
	return error_hint(p->err, "what is covered is named, and a range is a..b: cmd..payload, "
				  "STX..ETX, ..payload");
}

/* Takes a name or a literal; neither: it is open. */
static bool take_edge(struct parser *p, struct span_edge *edge)
{
	size_t column = p->lexer.token.column;
	const struct token *t = &p->lexer.token;
	bool half = t->no_bytes && is_letter(t->text.at[0]); /* what it names may come later */
	bool bytes = parse_is_bytes(p) && !half && !parse_is_hex_name(p);
	if (!bytes && !half && p->lexer.token.kind != TOKEN_NAME)
		return true;
	if (!(bytes ? parse_all_bytes(p, &edge->bytes) : parse_next(p)))
		return t->no_bytes && !half ? no_offsets(p) : false;
	edge->text = slice_cut(p->lexer.text, column, column + width_taken(p, column));
	return true;
}

/* Takes what follows the first edge: the rest of a range, of a field, or nothing. */
static bool take_span_rest(struct parser *p, struct span *span)
{
	struct quoted q;
	if (parse_is_sign(p, ':') && !span->from.bytes.len && span->from.text.len)
		return take_span_field(p, span, span->from.text);
	span->one = !parse_is_sign(p, SIGN_RANGE);
	if (!span->one)
		return parse_next(p) && take_edge(p, &span->to);
	if (span->from.bytes.len) {
		span->kind = SPAN_BYTES;
		span->bytes = span->from.bytes;
		span->from.bytes = (struct slice){0};
	}
	if (span->from.text.len)
		return true;
	FAIL(p, "a span holds names, a..b, bytes or all, not %s", parse_shown(p, &q));
	return no_offsets(p);
}

static bool take_span(struct parser *p, struct covers *covers)
{
	if (covers->count == SPANS_MAX)
		return FAIL(p, "at most %d elements in a span", SPANS_MAX);
	if (parse_is_name(p, "all")) {
		covers->all = true;
		return parse_next(p);
	}
	struct span *span = &covers->at[covers->count++];
	*span = (struct span){.column = p->lexer.token.column, .width = p->lexer.token.width};
	if (!take_edge(p, &span->from) || !take_span_rest(p, span))
		return false;
	span->width = width_taken(p, span->column);
	return true;
}

bool parse_covers(struct parser *p, struct covers *covers)
{
	covers->bare = !parse_is_sign(p, '(');
	if (!covers->bare) {
		if (!parse_next(p))
			return false;
		if (parse_is_sign(p, ')'))
			return FAIL(p, "this bracket is empty");
		while (!parse_is_sign(p, ')'))
			if (!take_span(p, covers))
				return false;
		if (covers->all && covers->count)
			return error_at(p->err, covers->at[0].column, covers->at[0].width,
				"all covers this too");
		if (!parse_next(p))
			return false;
	}
	return take_ops(p, covers);
}

/* ---- the check itself ---- */

static const struct check *find_builtin(struct slice name)
{
	const struct check *check;
	for (size_t i = 0; (check = check_builtin(i)); i++)
		if (slice_is(name, check->name))
			return check;
	return NULL;
}

static bool crc_of_frame(
	const struct check *check, struct slice name, bool in_line, const struct crc_params *params)
{
	return check->in_line == in_line && crc_same(&check->crc->params, params) &&
	       (in_line || slice_is(name, check->name));
}

/* Returns the frame's only copy of a CRC with this name, with its tables. */
static const struct check *frame_crc_check(
	struct parser *p, struct slice name, bool in_line, const struct crc_params *params)
{
	struct frame *f = p->frame;
	for (size_t i = 0; i < f->check_count; i++)
		if (crc_of_frame(f->checks[i], name, in_line, params))
			return f->checks[i];
	struct crc *crc = mem_new(sizeof *crc);
	struct check *check = mem_new(sizeof *check);
	crc_build(crc, params);
	*check = (struct check){.name = mem_strn(name.at, name.len),
		.kind = CHECK_CRC,
		.bits = params->width,
		.crc = crc,
		.in_line = in_line};
	f->checks = mem_grow(f->checks, ++f->check_count, sizeof(struct check *));
	f->checks[f->check_count - 1] = check;
	return check;
}

/* Takes crc[width=16 poly=0x1021 ...]; the current token is `crc`. */
static bool take_own_crc(struct parser *p, struct item *item)
{
	struct crc_params params;
	size_t from = p->lexer.at + 1, to = from;
	while (to < p->lexer.text.len && p->lexer.text.at[to] != ']')
		to++;
	if (to == p->lexer.text.len)
		return FAIL(p, "crc[... has no ']'");
	if (!crc_line_parse(slice_cut(p->lexer.text, from, to), false, &params, p->err)) {
		p->err->column += from;
		return false;
	}
	item->width = to + 1 - item->column;
	item->check = frame_crc_check(p, SLICE("crc"), true, &params);
	p->lexer.at = to + 1;
	return parse_next(p);
}

static bool take_check(struct parser *p, struct item *item)
{
	struct slice name = p->lexer.token.text;
	item->check = find_builtin(name);
	if (item->check)
		return parse_next(p);
	if (lex_before(&p->lexer, '['))
		return take_own_crc(p, item);
	item->check = frame_crc_check(p, name, false, book_crc(p->book, name));
	return parse_next(p);
}

bool parse_is_check(const struct parser *p, struct slice name, bool bracket)
{
	return bracket ? slice_is(name, "crc") : find_builtin(name) || book_crc(p->book, name);
}

/* Takes ":be" or ":le": the check's own width, in this order. */
static bool take_order(struct parser *p, struct item *item, bool *taken)
{
	*taken = false;
	if (!parse_again(p, lex_word))
		return false;
	bool little = parse_is_name(p, "le");
	if (!little && !parse_is_name(p, "be"))
		return true;
	*taken = true;
	item->type = (struct inttype){
		INT_UNSIGNED, (uint8_t)check_bytes(item->check), little && item->check->bits > 8};
	return parse_next(p);
}

static bool take_check_type(struct parser *p, struct item *item)
{
	unsigned natural = check_bytes(item->check);
	bool taken;
	item->type_said = parse_is_sign(p, ':');
	if (item->type_said) {
		if (!parse_next(p) || !take_order(p, item, &taken))
			return false;
		return taken || parse_type(p, false, &item->type);
	}
	if (natural > 1) {
		error_at(p->err, item->column, item->width, "%s is %u bytes: say :be or :le",
			item->check->name, natural);
		return error_hint(p->err, "%s:le sends the low byte first", item->check->name);
	}
	item->type = (struct inttype){INT_UNSIGNED, 1, false};
	return true;
}

static bool take_len_type(struct parser *p, struct item *item)
{
	if (!parse_is_sign(p, ':')) {
		error_at(p->err, item->column, item->width, "len needs a type");
		return error_hint(p->err, "say how it is written: len:u8, len:u16be, len:dec");
	}
	if (!parse_next(p) || !parse_type(p, false, &item->type))
		return false;
	return item->type.kind != INT_TEXT ||
	       error_at(p->err, item->column, item->width, "a length is a number, not text");
}

bool parse_calc(struct parser *p, struct item *item)
{
	bool check = item->kind == ITEM_CHECK;
	item->covers = mem_new(sizeof *item->covers);
	if (!(check ? take_check(p, item) : parse_next(p)) || !parse_covers(p, item->covers) ||
		!(check ? take_check_type(p, item) : take_len_type(p, item)))
		return false;
	if (!parse_is_sign(p, '(') || !p->lexer.token.glued)
		return true;
	FAIL(p, "what a len or check covers stands before the colon");
	return error_hint(p->err, "%s(payload):TYPE", check ? item->check->name : "len");
}
