/* encode.c - turns a payload into wire bytes.  Items are computed when something needs them, so a
 * len or check may come before what it covers; the compiler has refused loops.  The result is read
 * back before it is given out: a payload that the receiver would cut elsewhere is refused. */
#include "frame/encode_private.h"

#include "base/mem.h"
#include "frame/split_private.h"

static bool make(struct encoder *e, size_t i);

static bool is_absent(const struct encoder *e, const struct item *item)
{
	return item->group && e->v->group_payload[item->group] && e->payload.len == 0;
}

/* Says whether an item is there before anything is made. */
static bool is_given(const struct item *item)
{
	return item->kind == ITEM_BYTES || item->kind == ITEM_FILL || item->kind == ITEM_PAYLOAD ||
	       item->kind == ITEM_END;
}

/* Returns the end that is sent: of the device's the one that the notation names. */
static APART struct slice given_end(const struct encoder *e, const struct ends *ends)
{
	struct slice says = e->side == SIDE_REPLY ? e->frame->rules.says_end : SLICE("");
	for (size_t i = 0; says.len && i < ends->count; i++)
		if (slice_equal(ends->at[i], says))
			return says;
	return ends->count ? ends->at[0] : SLICE("");
}

static struct slice given(const struct encoder *e, const struct item *item)
{
	switch (item->kind) {
	case ITEM_BYTES:
	case ITEM_FILL:
		return item->bytes;
	case ITEM_PAYLOAD:
		return e->in_piece ? e->piece : e->payload;
	case ITEM_END:
		return given_end(e, item->ends);
	default:
		return SLICE("");
	}
}

/* Returns the bytes of an item that is made; valid until another item is made. */
static struct slice made(const struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	if (e->items[i].len)
		return slice_of(e->scratch->at + e->items[i].at, e->items[i].len);
	return is_absent(e, item) ? SLICE("") : given(e, item);
}

static bool size_of(struct encoder *e, size_t i, uint64_t *size)
{
	const struct item *item = &e->v->items[i];
	if (is_absent(e, item))
		*size = 0;
	else if (item->fixed >= 0 && item->kind != ITEM_PAYLOAD)
		*size = (uint64_t)item->fixed;
	else if (make(e, i))
		*size = made(e, i).len;
	else
		return false;
	return true;
}

static bool too_big(struct encoder *e)
{
	return error_set(
		e->err, STATUS_USAGE, "the frame is over the limit of %zu bytes", e->scratch->max);
}

static bool encode_keep(struct encoder *e, size_t i, struct slice bytes)
{
	e->items[i].at = e->scratch->len;
	e->items[i].len = bytes.len;
	return bytes_add(e->scratch, bytes) || too_big(e);
}

/* ---- fields ---- */

/* Writes a value as the wire has it; false: it does not fit. */
static bool put_field(const struct item *item, const struct field_value *v,
	uint8_t raw[INTTYPE_BYTES_MAX], size_t *size)
{
	if (!item->offset)
		return value_put(item->type, v, raw, size);
	struct field_value on_wire = *v;
	on_wire.number += item->offset;
	return on_wire.number >= item->offset && value_put(item->type, &on_wire, raw, size);
}

static struct field_value counted(const struct item *item, const struct field_value *last)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	size_t size;
	struct field_value v = {.set = true, .number = last->number + 1};
	if (item->modulo)
		v.number %= item->modulo;
	else if (!put_field(item, &v, raw, &size))
		v.number = 0;
	return v;
}

/* Returns the field of the command that a bare name of the reply repeats. */
static const struct item *repeated(const struct frame *frame, const struct item *ref)
{
	const struct side *s = frame_side_of(frame, SIDE_COMMAND);
	for (size_t v = 0; v < s->count; v++)
		for (size_t i = 0; i < s->variants[v].count; i++) {
			const struct item *item = &s->variants[v].items[i];
			if (item->kind == ITEM_FIELD && item->field == ref->field)
				return item;
		}
	return ref;
}

/* Returns what the user set, else one more than the last (a reply repeats it), else the default. */
static struct field_value field_value(const struct encoder *e, const struct item *item)
{
	const struct field_value *last = e->sent ? &e->sent[item->field] : NULL;
	bool known = last && last->set;
	if (item->kind == ITEM_REF)
		return known ? *last : repeated(e->frame, item)->standard;
	if (e->set && e->set[item->field].set)
		return e->set[item->field];
	if (known && item->reply_echo && e->side == SIDE_REPLY)
		return *last;
	if (known && item->counts)
		return counted(item, last);
	return item->standard;
}

static bool make_field(struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	uint8_t raw[INTTYPE_BYTES_MAX];
	e->used.at[item->field] = field_value(e, item);
	size_t n;
	return put_field(item, &e->used.at[item->field], raw, &n)
		       ? encode_keep(e, i, slice_of(raw, n))
		       : error_set(e->err, STATUS_USAGE, "the value of %s does not fit its type",
				 item->name);
}

/* Returns a field that is not on the wire: what was set, else its default. */
static uint64_t off_wire(struct encoder *e, const struct span *span)
{
	struct field_value *v = &e->used.at[span->field];
	*v = e->set && e->set[span->field].set
		     ? e->set[span->field]
		     : (struct field_value){.set = true, .number = span->standard};
	return v->number;
}

/* ---- lengths and checks ---- */

static bool covered_size(struct encoder *e, size_t i, uint64_t *total)
{
	const struct covers *c = e->v->items[i].covers;
	*total = 0;
	for (size_t s = 0; s < c->count; s++) {
		if (c->at[s].kind == SPAN_BYTES)
			*total += c->at[s].bytes.len;
		if (c->at[s].kind == SPAN_FIELD)
			*total += c->at[s].type.size;
		if (c->at[s].kind != SPAN_ITEMS)
			continue;
		for (size_t k = c->at[s].first; k <= c->at[s].last; k++) {
			uint64_t size = e->items[i].len; /* a len that counts itself */
			if (k != i && !size_of(e, k, &size))
				return false;
			*total += k == i && e->v->items[i].fixed >= 0
					  ? (uint64_t)e->v->items[i].fixed
					  : size;
		}
	}
	return true;
}

/* Makes a length; one of variable width that counts itself is computed until it stays the same. */
static bool make_len(struct encoder *e, size_t i)
{
	enum { ROUNDS = 8 };
	const struct item *item = &e->v->items[i];
	uint8_t raw[INTTYPE_BYTES_MAX];
	uint64_t total;
	e->items[i].len = 0;
	for (int round = 0; round < ROUNDS; round++) {
		size_t before = e->items[i].len;
		if (!covered_size(e, i, &total))
			return false;
		total = ops_apply(item->covers, total);
		e->items[i].len = inttype_put(item->type, total, raw);
		if (!e->items[i].len)
			return error_set(e->err, STATUS_USAGE,
				"the payload is too long: its length, %llu, does not fit the frame",
				(unsigned long long)total);
		if (e->items[i].len == before || item->fixed >= 0)
			return encode_keep(e, i, slice_of(raw, e->items[i].len));
	}
	return error_set(e->err, STATUS_USAGE, "a length that counts itself never becomes stable");
}

static bool add_covered(struct encoder *e, const struct item *item, const struct span *span,
	struct check_state *state)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	if (span->kind == SPAN_BYTES)
		check_add(item->check, state, span->bytes);
	if (span->kind == SPAN_FIELD)
		check_add(item->check, state,
			slice_of(raw, inttype_put(span->type, off_wire(e, span), raw)));
	if (span->kind != SPAN_ITEMS)
		return true;
	for (size_t k = span->first; k <= span->last; k++) {
		if (!make(e, k))
			return false;
		check_add(item->check, state, made(e, k));
	}
	return true;
}

static bool make_check(struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	struct check_state state;
	uint8_t raw[INTTYPE_BYTES_MAX];
	check_begin(item->check, &state);
	for (size_t s = 0; s < item->covers->count; s++)
		if (!add_covered(e, item, &item->covers->at[s], &state))
			return false;
	uint64_t value = ops_apply(item->covers, check_end(item->check, &state));
	if (item->type.kind == INT_UNSIGNED && item->type.size < 8)
		value &= (UINT64_C(1) << 8 * item->type.size) - 1;
	size_t n = inttype_put(item->type, value, raw);
	return n ? encode_keep(e, i, slice_of(raw, n))
		 : error_set(e->err, STATUS_USAGE, "%s, %llu, does not fit its type",
			   item->check->name, (unsigned long long)value);
}

/* ---- bits ---- */

/* Computes one part of ITEM_BITS. */
static bool part_value(struct encoder *e, size_t i, uint64_t *value)
{
	const struct item *item = &e->v->items[i];
	if (item->kind == ITEM_LEN) {
		if (!covered_size(e, i, value))
			return false;
		*value = ops_apply(item->covers, *value);
	} else {
		e->used.at[item->field] = field_value(e, item);
		*value = e->used.at[item->field].number + item->offset;
	}
	if (item->bits == 64 || !(*value >> item->bits))
		return true;
	return error_set(e->err, STATUS_USAGE, "%s, %llu, does not fit into %u bits",
		item->name ? item->name : "len", (unsigned long long)*value, item->bits);
}

static bool make_bits(struct encoder *e, size_t i)
{
	uint8_t raw[INTTYPE_BYTES_MAX];
	uint64_t all = 0, value;
	for (size_t k = i + 1; k < e->v->count && e->v->items[k].part == k - i; k++) {
		if (!part_value(e, k, &value))
			return false;
		all |= value << e->v->items[k].shift;
	}
	return encode_keep(e, i, slice_of(raw, inttype_put(e->v->items[i].type, all, raw)));
}

/* ---- transforms ---- */

/* Makes the items inside and joins them at the end of the scratch; *from is where they begin. */
static bool join(struct encoder *e, const struct level *l, size_t *from)
{
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++)
		if (!make(e, i))
			return false;
	*from = e->scratch->len;
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++) {
		struct slice bytes = made(e, i);
		bool own = e->v->items[i].kind != ITEM_PAYLOAD; /* it moves with the scratch */
		if (!bytes_space(e->scratch, bytes.len))
			return too_big(e);
		bytes_add(e->scratch, own ? made(e, i) : bytes);
	}
	return true;
}

static bool make_chunks(struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	const struct level *l = &e->v->levels[item->inner];
	struct bytes all;
	bool good = true;
	bytes_init(&all, e->scratch->max);
	e->in_piece = true;
	for (size_t at = 0; good && at < e->payload.len; at += item->xform->chunk) {
		size_t from;
		e->piece = slice_cut(e->payload, at, at + item->xform->chunk);
		for (size_t k = l->first; k < (size_t)l->first + l->count; k++)
			e->items[k].done = false;
		good = join(e, l, &from) &&
		       (bytes_add(&all, slice_cut(bytes_slice(e->scratch), from, SIZE_MAX)) ||
			       too_big(e));
		e->scratch->len = good ? from : e->scratch->len;
	}
	e->in_piece = false;
	good = good && encode_keep(e, i, bytes_slice(&all));
	bytes_free(&all);
	return good;
}

static bool make_xform(struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	struct bytes wire;
	size_t from;
	if (item->xform->chunk)
		return make_chunks(e, i);
	if (!join(e, &e->v->levels[item->inner], &from))
		return false;
	bytes_init(&wire, e->scratch->max);
	struct slice plain = slice_cut(bytes_slice(e->scratch), from, SIZE_MAX);
	bool good = item->xform->how->encode(item->xform, plain, &wire) || too_big(e);
	good = good && encode_keep(e, i, bytes_slice(&wire));
	bytes_free(&wire);
	return good;
}

/* Adds 00s up to the multiple, counted from the start of the level.  Fillers do not count, because
 * the receiver may find another number of them, or none. */
static bool make_align(struct encoder *e, size_t i)
{
	static const uint8_t zeros[256];
	const struct item *item = &e->v->items[i];
	uint64_t at = 0, size;
	for (size_t k = e->v->levels[item->level].first; k < i; k++) {
		if (!size_of(e, k, &size))
			return false;
		at += e->v->items[k].kind == ITEM_FILL ? 0 : size;
	}
	size_t missing = (size_t)((item->multiple - at % item->multiple) % item->multiple);
	size_t from = e->scratch->len;
	for (size_t left = missing; left;) {
		size_t n = left < sizeof zeros ? left : sizeof zeros;
		if (!bytes_add(e->scratch, slice_of(zeros, n)))
			return too_big(e);
		left -= n;
	}
	e->items[i].at = from;
	e->items[i].len = missing;
	return true;
}

static bool make_item(struct encoder *e, size_t i)
{
	const struct item *item = &e->v->items[i];
	if (is_absent(e, item) || item->bits)
		return true;
	switch (item->kind) {
	case ITEM_FIELD:
	case ITEM_REF:
		return make_field(e, i);
	case ITEM_LEN:
		return make_len(e, i);
	case ITEM_CHECK:
		return make_check(e, i);
	case ITEM_XFORM:
		return make_xform(e, i);
	case ITEM_ALIGN:
		return make_align(e, i);
	case ITEM_BITS:
		return make_bits(e, i);
	default:
		return true; /* it is given */
	}
}

static bool make(struct encoder *e, size_t i)
{
	if (!e->items[i].done && !make_item(e, i))
		return false;
	e->items[i].done = true;
	return true;
}

/* ---- which variant ---- */

static bool fits(const struct variant *v, struct slice payload)
{
	if (v->payload < 0)
		return payload.len == 0;
	return payload.len >= v->items[v->payload].least &&
	       payload.len <= v->items[v->payload].most;
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

/* Says whether only fillers would be sent, in which nobody sees a frame. */
static bool only_fillers(const struct encoder *e)
{
	for (size_t i = 0; i < e->v->levels[0].count; i++)
		if (e->v->items[i].kind != ITEM_FILL && made(e, i).len)
			return false;
	return true;
}

/* Reads the frame as its receiver will; false: err says why that would not work. */
static APART bool read_back(const struct encoder *e, struct slice wire)
{
	if (wire.len && only_fillers(e))
		return error_set(e->err, STATUS_USAGE,
			"without a payload this frame has only fillers, and no receiver takes "
			"those for a frame");
	return encode_back(e, wire);
}

static bool encode_variant(struct encoder *e, unsigned flags, struct bytes *wire)
{
	const struct level *l = &e->v->levels[0];
	size_t before = wire->len;
	e->scratch->len = 0;
	for (size_t i = 0; i < l->count; i++)
		if (!make(e, i))
			return false;
	for (size_t i = 0; i < l->count; i++)
		if (!bytes_add(wire, made(e, i))) {
			wire->len = before;
			return error_set(e->err, STATUS_USAGE,
				"the frame is over the limit of %zu bytes", wire->max);
		}
	struct slice all = slice_cut(bytes_slice(wire), before, SIZE_MAX);
	if ((flags & ENCODE_FORCE) ||
		fast_carries(frame_side_of(e->frame, e->side), all, e->payload) ||
		read_back(e, all))
		return true;
	wire->len = before;
	return false;
}

/* Clears only as much as this frame has: for a short command that is most of the work. */
static void encoder_begin(
	struct encoder *e, const struct frame *frame, const struct variant *variant)
{
	e->frame = frame;
	e->v = variant;
	e->in_piece = false;
	e->piece = slice_of(NULL, 0);
	for (size_t i = 0; i < variant->count; i++) {
		e->items[i].done = is_given(&variant->items[i]);
		e->items[i].len = 0;
	}
	for (size_t i = 0; i < frame->field_count; i++)
		e->used.at[i].set = false;
}

/* Returns which layout is tried at this turn, where the device says the one with this number. */
static APART size_t said_turn(size_t said, size_t turn)
{
	return !turn ? said - 1 : turn < said ? turn - 1 : turn;
}

bool frame_encode(const struct frame *frame, enum frame_side side, struct slice payload,
	const struct field_value *set, struct field_value *sent, unsigned flags,
	struct bytes *scratch, struct bytes *wire, struct error *err)
{
	const struct side *s = frame_side_of(frame, side);
	MEM_UNSET struct error first;
	struct error *report = err;
	size_t said = side == SIDE_REPLY ? frame->rules.says_layout : 0;
	for (size_t turn = 0; turn < s->count; turn++) {
		size_t v = said ? said_turn(said, turn) : turn;
		if (!fits(&s->variants[v], payload))
			continue;
		MEM_UNSET struct encoder e;
		encoder_begin(&e, frame, &s->variants[v]);
		e.side = side;
		e.payload = payload;
		e.set = set;
		e.sent = sent;
		e.scratch = scratch;
		e.err = report;
		if (!encode_variant(&e, flags, wire)) {
			report = &first; /* report the first reason */
			continue;
		}
		for (size_t i = 0; sent && i < frame->field_count; i++)
			if (e.used.at[i].set)
				sent[i] = e.used.at[i];
		return true;
	}
	return report == err ? refuse_size(s, payload, err) : false;
}
