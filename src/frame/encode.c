/* encode.c - payload to wire bytes: sizes first, then lengths, then the bytes. */
#include "frame/frame_private.h"

#include "base/text.h"

struct encoder {
	const struct frame *frame;
	const struct variant *variant;
	struct slice payload;
	const struct frame_values *set, *sent;
	struct frame_values used; /* what this frame carries */
	size_t sizes[LIMIT_ITEMS];
	uint64_t lengths[LIMIT_ITEMS];
	struct error *err;
};

/* The first variant whose limits the payload fits. */
static const struct variant *choose(const struct side *side, struct slice payload)
{
	for (size_t i = 0; i < side->count; i++) {
		const struct variant *v = &side->variants[i];
		if (v->payload < 0 ? payload.len == 0
				   : payload.len >= v->items[v->payload].least &&
					     payload.len <= v->items[v->payload].most)
			return v;
	}
	return NULL;
}

static bool refuse_size(const struct side *side, struct slice payload, struct error *err)
{
	const struct variant *v = &side->variants[0];
	if (v->payload < 0)
		return error_set(err, STATUS_USAGE,
			"this frame carries no payload, not even %zu bytes", payload.len);
	const struct item *item = &v->items[v->payload];
	if (payload.len < item->least)
		return error_set(err, STATUS_USAGE,
			"the frame needs a payload of at least %zu bytes, this one has %zu",
			item->least, payload.len);
	return error_set(err, STATUS_USAGE,
		"the frame carries a payload of at most %zu bytes, this one has %zu", item->most,
		payload.len);
}

/* What the user set, else one more than the last, else the default. */
static struct field_value field_value(const struct encoder *e, const struct item *item)
{
	const struct field_value *last = e->sent ? &e->sent->at[item->field] : NULL;
	struct field_value v = {.set = true, .number = item->standard};
	if (e->set && e->set->at[item->field].set)
		return e->set->at[item->field];
	if (item->type.kind == INT_TEXT) {
		v.is_text = true;
		v.len = (uint8_t)item->standard_text.len;
		if (v.len)
			memcpy(v.text, item->standard_text.at, v.len);
	} else if (item->counts && last && last->set) {
		uint8_t raw[INTTYPE_BYTES_MAX];
		v.number = last->number + 1;
		if (item->modulo)
			v.number %= item->modulo;
		else if (!inttype_put(item->type, v.number, raw))
			v.number = 0;
	}
	return v;
}

static size_t put_value(
	struct inttype type, const struct field_value *v, uint8_t raw[INTTYPE_BYTES_MAX])
{
	if (type.kind != INT_TEXT)
		return inttype_put(type, v->number, raw);
	memset(raw, ' ', type.size);
	memcpy(raw, v->text, v->len < type.size ? v->len : type.size);
	return type.size;
}

static bool prepare_fields(struct encoder *e)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	for (size_t i = 0; i < e->variant->count; i++) {
		const struct item *item = &e->variant->items[i];
		if (item->kind == ITEM_FIELD)
			e->used.at[item->field] = field_value(e, item);
		else if (item->kind == ITEM_REF)
			e->used.at[item->field] = e->sent ? e->sent->at[item->field]
							  : (struct field_value){.set = true};
		else
			continue;
		e->sizes[i] = put_value(item->type, &e->used.at[item->field], raw);
		if (!e->sizes[i])
			return error_set(e->err, STATUS_USAGE,
				"the value of %s does not fit its type", item->name);
	}
	return true;
}

static uint64_t span_size(const struct encoder *e, const struct item *item)
{
	uint64_t size = 0;
	for (size_t s = 0; s < item->span_count; s++)
		for (size_t i = item->spans[s].first; i <= item->spans[s].last; i++)
			size += e->sizes[i];
	return size;
}

/* A length of variable width that counts itself is computed until it stays the same. */
static bool prepare_lengths(struct encoder *e)
{
	enum { ROUNDS = 8 };
	uint8_t raw[INTTYPE_BYTES_MAX];
	bool stable = false;
	for (int round = 0; round < ROUNDS && !stable; round++) {
		stable = true;
		for (size_t i = 0; i < e->variant->count; i++) {
			const struct item *item = &e->variant->items[i];
			if (item->kind != ITEM_LEN)
				continue;
			e->lengths[i] = ops_apply(item, span_size(e, item));
			size_t size = inttype_put(item->type, e->lengths[i], raw);
			if (!size && !item->type.size)
				return false;
			if (!size)
				return error_set(e->err, STATUS_USAGE,
					"the payload is too long: its length, %llu, does not fit "
					"the "
					"frame",
					(unsigned long long)e->lengths[i]);
			stable &= size == e->sizes[i];
			e->sizes[i] = size;
		}
	}
	return stable ||
	       error_set(e->err, STATUS_USAGE, "a length that counts itself never becomes stable");
}

static void prepare_sizes(struct encoder *e)
{
	for (size_t i = 0; i < e->variant->count; i++) {
		const struct item *item = &e->variant->items[i];
		if (item->kind == ITEM_BYTES)
			e->sizes[i] = item->bytes.len;
		else if (item->kind == ITEM_PAYLOAD)
			e->sizes[i] = e->payload.len;
		else if (item->kind == ITEM_END)
			e->sizes[i] = item->end_count ? item->ends[0].len : 0;
		else if (item->kind == ITEM_LEN)
			e->sizes[i] = item->type.size;
	}
}

/* A payload that holds what ends it would be cut there by the receiver. */
static bool check_terminator(const struct encoder *e)
{
	const struct variant *v = e->variant;
	const struct item *item = &v->items[v->ends_item];
	size_t count = v->ends_by == ENDS_LITERAL ? 1
		       : v->ends_by == ENDS_ANY   ? item->end_count
						  : 0;
	for (size_t i = 0; i < count; i++) {
		struct slice end = v->ends_by == ENDS_LITERAL ? item->bytes : item->ends[i];
		const uint8_t *found =
			e->payload.len ? memmem(e->payload.at, e->payload.len, end.at, end.len)
				       : NULL;
		if (!found)
			continue;
		error_set(e->err, STATUS_USAGE,
			"the payload holds its own terminator, %s, at byte %zu", quote(end).text,
			(size_t)(found - e->payload.at));
		return error_hint(e->err, "the device would take it as the end of the command");
	}
	return true;
}

static bool put_item(const struct encoder *e, size_t i, struct bytes *wire)
{
	const struct item *item = &e->variant->items[i];
	uint8_t raw[INTTYPE_BYTES_MAX];
	switch (item->kind) {
	case ITEM_BYTES:
		return bytes_add(wire, item->bytes);
	case ITEM_PAYLOAD:
		return bytes_add(wire, e->payload);
	case ITEM_END:
		return !item->end_count || bytes_add(wire, item->ends[0]);
	case ITEM_LEN:
		return bytes_add(wire, slice_of(raw, inttype_put(item->type, e->lengths[i], raw)));
	case ITEM_FIELD:
	case ITEM_REF:
		return bytes_add(
			wire, slice_of(raw, put_value(item->type, &e->used.at[item->field], raw)));
	default:
		return true;
	}
}

bool frame_encode(const struct frame *frame, enum frame_side side, struct slice payload,
	const struct frame_values *set, struct frame_values *sent, unsigned flags,
	struct bytes *scratch, struct bytes *wire, struct error *err)
{
	const struct side *s = frame_side_of(frame, side);
	struct encoder e = {.frame = frame,
		.variant = choose(s, payload),
		.payload = payload,
		.set = set,
		.sent = sent,
		.err = err};
	size_t before = wire->len;
	(void)scratch;
	if (!e.variant)
		return refuse_size(s, payload, err);
	if (e.variant->payload >= 0 && !(flags & ENCODE_FORCE) && !check_terminator(&e))
		return false;
	prepare_sizes(&e);
	if (!prepare_fields(&e) || !prepare_lengths(&e))
		return false;
	for (size_t i = 0; i < e.variant->count; i++)
		if (!put_item(&e, i, wire)) {
			wire->len = before;
			return error_set(err, STATUS_USAGE,
				"the frame is over the limit of %zu bytes", wire->max);
		}
	if (sent)
		for (size_t i = 0; i < frame->field_count; i++)
			if (e.used.at[i].set)
				sent->at[i] = e.used.at[i];
	return true;
}
