/* verify.c - verifies the lengths and checks of a frame whose end is known. */
#include "frame/match.h"

/* Returns the bytes of items first..last of one level, which are next to each other. */
static struct slice items_bytes(const struct matching *r, size_t first, size_t last)
{
	struct slice level = match_level_bytes(r, r->v->items[first].level);
	return slice_cut(level, r->t->from[first], r->t->from[last] + r->t->size[last]);
}

static uint64_t off_wire_value(const struct matching *r, const struct span *span)
{
	const struct field_value *sent = r->sent ? &r->sent[span->field] : NULL;
	return sent && sent->set ? sent->number : span->standard;
}

static uint64_t expected_check(const struct matching *r, const struct item *item)
{
	struct check_state state;
	uint8_t raw[INTTYPE_BYTES_MAX];
	check_begin(item->check, &state);
	for (size_t i = 0; i < item->covers->count; i++) {
		const struct span *span = &item->covers->at[i];
		if (span->kind == SPAN_ITEMS)
			check_add(item->check, &state, items_bytes(r, span->first, span->last));
		else if (span->kind == SPAN_BYTES)
			check_add(item->check, &state, span->bytes);
		else
			check_add(item->check, &state,
				slice_of(raw,
					inttype_put(span->type, off_wire_value(r, span), raw)));
	}
	return ops_apply(item->covers, check_end(item->check, &state));
}

static uint64_t expected_length(const struct matching *r, const struct item *item)
{
	uint64_t size = 0;
	for (size_t s = 0; s < item->covers->count; s++) {
		const struct span *span = &item->covers->at[s];
		if (span->kind == SPAN_BYTES)
			size += span->bytes.len;
		else if (span->kind == SPAN_FIELD)
			size += span->type.size;
		else
			for (size_t i = span->first; i <= span->last; i++)
				size += r->t->size[i];
	}
	return ops_apply(item->covers, size);
}

/* Cuts a value to the item's bytes, as the sender did: ^0xFF on one byte, a wide sum's low byte. */
static uint64_t cut_to_type(const struct item *item, uint64_t value)
{
	if (item->type.kind == INT_UNSIGNED && item->type.size < 8)
		return value & ((UINT64_C(1) << 8 * item->type.size) - 1);
	return value;
}

uint8_t match_hex_digits(const struct item *item)
{
	if (item->kind == ITEM_LEN || item->type.kind == INT_DEC)
		return 0;
	return item->type.kind == INT_UNSIGNED ? (uint8_t)(2 * item->type.size)
					       : (uint8_t)(2 * check_bytes(item->check));
}

bool match_verify_one(struct matching *r, size_t index, uint64_t *expected)
{
	const struct item *item = &r->v->items[index];
	struct split_event *e = r->event;
	*expected = cut_to_type(
		item, item->kind == ITEM_LEN ? expected_length(r, item) : expected_check(r, item));
	if (*expected == r->t->number[index])
		return true;
	if (e->fault != FAULT_CHECK) {
		e->fault = FAULT_CHECK;
		e->check_count = 0;
	}
	if (e->check_count < SPLIT_CHECKS_MAX)
		e->checks[e->check_count++] = (struct split_check){
			item->kind == ITEM_LEN ? item->name ? item->name : "len"
					       : item->check->name,
			*expected, r->t->number[index], match_hex_digits(item)};
	return false;
}

enum match match_verify(struct matching *r)
{
	bool good = true;
	uint64_t expected;
	for (size_t i = 0; i < r->v->verify_count; i++) {
		uint8_t index = r->v->verify[i];
		if (!match_is_absent(r->t, &r->v->items[index]))
			good &= match_verify_one(r, index, &expected);
	}
	return good ? MATCH_FRAME : MATCH_BAD;
}
