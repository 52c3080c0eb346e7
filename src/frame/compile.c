/* compile.c - what the items of a variant mean together: which items a len covers, and what ends
 * the payload.  The rule that is found first decides: a length before it, [n], a literal or
 * alternatives behind it with only fixed sizes between, silence or close. */
#include "frame/frame_private.h"

#include "base/text.h"
#include <stdlib.h>

long item_fixed_size(const struct item *item)
{
	switch (item->kind) {
	case ITEM_BYTES:
		return (long)item->bytes.len;
	case ITEM_PAYLOAD:
		return item->least == item->most ? (long)item->least : -1;
	case ITEM_FIELD:
	case ITEM_REF:
	case ITEM_LEN:
		return item->type.size ? item->type.size : -1;
	case ITEM_EOF:
	case ITEM_GAP:
		return 0;
	default:
		return -1;
	}
}

uint64_t ops_apply(const struct item *item, uint64_t value)
{
	for (size_t i = 0; i < item->op_count; i++) {
		uint64_t n = item->ops[i].number;
		switch (item->ops[i].sign) {
		case '+':
			value += n;
			break;
		case '-':
			value -= n;
			break;
		case '*':
			value *= n;
			break;
		case '/':
			value /= n;
			break;
		case '|':
			value |= n;
			break;
		default:
			value ^= n;
		}
	}
	return value;
}

bool ops_undo(const struct item *item, uint64_t *value)
{
	for (size_t i = item->op_count; i-- > 0;) {
		uint64_t n = item->ops[i].number;
		switch (item->ops[i].sign) {
		case '+':
			if (*value < n)
				return false;
			*value -= n;
			break;
		case '-':
			*value += n;
			break;
		case '*':
			if (*value % n)
				return false;
			*value /= n;
			break;
		case '/':
			if (*value > UINT64_MAX / n)
				return false;
			*value *= n;
			break;
		case '|':
			if ((*value & n) != n)
				return false;
			*value &= ~n;
			break;
		default:
			*value ^= n;
		}
	}
	return true;
}

static int find_item(const struct variant *v, struct slice name)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct item *item = &v->items[i];
		const char *own = item->name                   ? item->name
				  : item->kind == ITEM_PAYLOAD ? "payload"
				  : item->kind == ITEM_LEN     ? "len"
							       : NULL;
		if (own && slice_is(name, own))
			return (int)i;
		if (item->kind == ITEM_PAYLOAD && slice_is(name, "payload"))
			return (int)i;
	}
	return -1;
}

static bool resolve_name(const struct variant *v, struct slice name, size_t edge,
	const struct span *span, uint8_t *index, struct error *err)
{
	*index = (uint8_t)edge;
	if (!name.len)
		return true;
	int found = find_item(v, name);
	if (found < 0)
		return error_at(err, span->column, span->width, "'%s' names nothing on this side",
			quote(name).text);
	*index = (uint8_t)found;
	return true;
}

/* Bare: all bytes behind it.  `all`: the whole level. */
static bool resolve_spans(struct variant *v, size_t at, struct error *err)
{
	struct item *item = &v->items[at];
	size_t last = v->count - 1;
	if (item->spans_all || !item->span_count) {
		bool all = item->spans_all;
		if (!all && at == last)
			return error_at(err, item->column, item->width, "nothing follows this len");
		item->span_count = 1;
		item->spans[0].first = (uint8_t)(all ? 0 : at + 1);
		item->spans[0].last = (uint8_t)last;
		return true;
	}
	for (size_t i = 0; i < item->span_count; i++) {
		struct span *span = &item->spans[i];
		if (!resolve_name(v, span->first_name, 0, span, &span->first, err) ||
			!resolve_name(v, span->last_name, last, span, &span->last, err))
			return false;
		if (span->last < span->first)
			return error_at(
				err, span->column, span->width, "this span ends before it begins");
	}
	return true;
}

static bool covers(const struct item *len, size_t index)
{
	for (size_t i = 0; i < len->span_count; i++)
		if (index >= len->spans[i].first && index <= len->spans[i].last)
			return true;
	return false;
}

/* An item behind the payload that ends it, or a reason why there is none. */
static bool find_end_behind(struct variant *v, size_t at)
{
	size_t between = 0;
	for (size_t i = at + 1; i < v->count; i++) {
		const struct item *item = &v->items[i];
		if (item->kind == ITEM_BYTES)
			v->ends_by = ENDS_LITERAL;
		else if (item->kind == ITEM_END)
			v->ends_by = ENDS_ANY;
		else if (item->kind == ITEM_EOF)
			v->ends_by = ENDS_CLOSE;
		else if (item->kind == ITEM_GAP)
			v->ends_by = ENDS_SILENCE;
		else if (item_fixed_size(item) < 0)
			return false;
		else {
			between += (size_t)item_fixed_size(item);
			continue;
		}
		v->ends_item = i;
		v->between = between;
		return true;
	}
	return false;
}

static bool find_end(struct variant *v, struct error *err)
{
	if (v->payload < 0) {
		v->ends_by = ENDS_NO_PAYLOAD;
		return true;
	}
	size_t at = (size_t)v->payload;
	const struct item *payload = &v->items[at];
	for (size_t i = 0; i < at; i++)
		if (v->items[i].kind == ITEM_LEN && covers(&v->items[i], at)) {
			v->ends_by = ENDS_LENGTH;
			v->ends_item = i;
			return true;
		}
	if (payload->least == payload->most) {
		v->ends_by = ENDS_FIXED;
		return true;
	}
	if (find_end_behind(v, at))
		return true;
	error_at(err, payload->column, payload->width, "nothing says where this ends");
	return error_hint(err,
		"add a terminator after it, a length field before it, [n], gap(...) or "
		"eof");
}

static bool compile_variant(struct variant *v, struct error *err)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].kind == ITEM_LEN && !resolve_spans(v, i, err))
			return false;
	return find_end(v, err);
}

/* What the session has to know of a side: half-close, gaps, whether silence or close end it. */
static void summarise(struct side *side, const struct variant *v)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct item *item = &v->items[i];
		bool ends = v->payload >= 0 && i == v->ends_item;
		if (item->kind == ITEM_EOF) {
			side->half_closes = true;
			side->ends_by_close |= ends && v->ends_by == ENDS_CLOSE;
		} else if (item->kind == ITEM_GAP) {
			side->gap_after = item->gap;
			if (ends && v->ends_by == ENDS_SILENCE)
				side->gap_within = item->gap;
		} else if (item->kind == ITEM_END) {
			side->ends_by_close |= item->end_eof;
			if (item->end_gap)
				side->gap_within = item->gap;
		}
	}
}

bool compile_frame(struct frame *frame, struct error *err)
{
	for (size_t s = 0; s < (frame->one_side ? 1 : 2); s++)
		for (size_t i = 0; i < frame->sides[s].count; i++) {
			if (!compile_variant(&frame->sides[s].variants[i], err))
				return false;
			summarise(&frame->sides[s], &frame->sides[s].variants[i]);
		}
	return true;
}
