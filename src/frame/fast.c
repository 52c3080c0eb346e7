/* fast.c - reads the frames that come by the million: one layout of fixed items around one item of
 * unknown size, whole in the buffer, and correct.  Everything else - a frame that is not complete,
 * broken, too long, of another shape - is left to the general way, which begins anew, so this can
 * only be quicker and never different.  Several ends are of that shape if the last of them ends all
 * the others (CR LF | LF): the frame ends where the last one comes first. */
#include "frame/fast.h"

#include "base/mem.h"

static bool is_fixed_number(const struct item *item)
{
	bool number =
		item->kind == ITEM_FIELD || item->kind == ITEM_LEN || item->kind == ITEM_CHECK;
	return number && item->type.kind == INT_UNSIGNED && !item->reply_echo && !item->offset;
}

static bool is_plain_variable(const struct variant *v, const struct item *item)
{
	if (item->group)
		return false;
	if (item->kind == ITEM_PAYLOAD)
		return item->least == 0 && item->most == SIZE_MAX;
	const struct level *inner = &v->levels[item->inner];
	const struct item *in = &v->items[inner->first];
	return !item->xform->chunk && inner->count == 1 && in->kind == ITEM_PAYLOAD &&
	       in->least == 0 && in->most == SIZE_MAX && !in->group;
}

/* Says whether the last end ends all others, and none continues another, to be absorbed. */
static bool ends_with_last(const struct ends *ends)
{
	if (!ends->count || ends->eof || ends->gap)
		return false;
	for (size_t i = 0; i < ends->count; i++)
		for (size_t k = 0; k < ends->count; k++)
			if (!slice_ends(ends->at[i], ends->at[ends->count - 1u]) ||
				(i != k && slice_starts(ends->at[i], ends->at[k])))
				return false;
	return true;
}

static bool is_plain_end(const struct item *item)
{
	return item->kind == ITEM_BYTES || (item->kind == ITEM_END && ends_with_last(item->ends));
}

bool fast_fits(const struct side *side)
{
	const struct variant *v = &side->variants[0];
	const struct level *l = &v->levels[0];
	if (side->count != 1 || l->variable == NONE || v->levels[0].back ||
		!is_plain_variable(v, &v->items[l->variable]))
		return false;
	bool by_length = l->ends_by == ENDS_LENGTH && l->exact;
	bool by_search = l->ends_by == ENDS_SEARCH && l->search == SEARCH_PLAIN &&
			 is_plain_end(&v->items[l->ends_item]);
	if (!by_length && !by_search)
		return false;
	for (size_t i = side->common_fill.len ? 1 : 0; i < l->count; i++) {
		const struct item *item = &v->items[i];
		bool known = i == l->variable || (by_search && i == l->ends_item) ||
			     item->kind == ITEM_BYTES || is_fixed_number(item);
		if (item->group || !known)
			return false;
	}
	return true;
}

APART struct slice fast_longest_end(const struct ends *ends, struct slice all)
{
	struct slice longest = ends->at[ends->count - 1u];
	for (size_t i = 0; i + 1u < ends->count; i++)
		if (ends->at[i].len > longest.len && slice_ends(all, ends->at[i]))
			longest = ends->at[i];
	return longest;
}

bool fast_carries(const struct side *side, struct slice wire, struct slice payload)
{
	const struct variant *v = &side->variants[0];
	const struct level *l = &v->levels[0];
	struct slice end;
	size_t at = 0, place;
	if (!side->fast || side->common_fill.len || v->items[l->variable].kind != ITEM_PAYLOAD)
		return false;
	if (l->ends_by == ENDS_LENGTH)
		return true;
	for (size_t i = 0; i < l->variable; i++)
		at += (size_t)v->items[i].fixed;
	return fast_find_end(&v->items[l->ends_item], slice_cut(wire, at + l->least, wire.len),
		       &place, &end) &&
	       place == payload.len;
}

/* Takes a fixed item at `at`; false: a literal differs. */
static inline bool take_fixed(
	struct split *s, const struct item *item, size_t i, const uint8_t *in, size_t at)
{
	struct split_try *t = &s->state;
	t->from[i] = at;
	t->size[i] = (size_t)item->fixed;
	if (item->kind == ITEM_BYTES)
		return item->bytes.len == 1 ? in[at] == item->bytes.at[0]
					    : memcmp(in + at, item->bytes.at, item->bytes.len) == 0;
	t->number[i] = fast_number(in + at, item->type);
	if (item->field >= 0) {
		struct field_value *value = &s->values[item->field];
		value->set = true;
		value->len = 0;
		value->form = FIELD_UNSIGNED;
		value->number = t->number[i];
	}
	return true;
}

/* Finds the variable item's size; false: it is not known, or not all bytes are there. */
static inline bool find_size(const struct split *s, const struct variant *v, const uint8_t *in,
	size_t n, size_t at, size_t *size, struct split_event *event)
{
	const struct level *l = &v->levels[0];
	if (l->ends_by == ENDS_LENGTH) {
		uint64_t said = s->state.number[l->ends_item];
		if (said < l->minus || said - l->minus > n - at)
			return false;
		*size = (size_t)(said - l->minus);
		event->end = END_LENGTH;
		event->end_bytes = (struct slice){0};
		return true;
	}
	size_t from = at + l->least, place;
	if (from >= n || !fast_find_end(&v->items[l->ends_item], slice_of(in + from, n - from),
				 &place, &event->end_bytes))
		return false;
	*size = place;
	event->end = END_DELIMITER;
	return true;
}

bool fast_undo(struct split *s, const struct variant *v, size_t i, struct slice wire,
	struct split_event *event)
{
	const struct item *item = &v->items[i];
	size_t used = 0;
	if (item->xform->how->part && !v->verify_count) { /* a check may cover the plain bytes */
		event->payload = item->xform->how->part(wire);
		return true;
	}
	bytes_clear(s->scratch);
	if (xform_decode(item->xform, wire, &used, s->scratch, 0, SIZE_MAX) != XFORM_DONE ||
		s->scratch->over)
		return false;
	s->state.level_at[item->inner] = 0;
	s->state.level_len[item->inner] = s->scratch->len;
	event->payload = bytes_slice(s->scratch);
	return true;
}

bool fast_is_plain_crc(const struct variant *v)
{
	const struct item *item = &v->items[v->verify[0]];
	const struct covers *c = item->covers;
	return item->kind == ITEM_CHECK && item->check->kind == CHECK_CRC && c->count == 1 &&
	       c->at[0].kind == SPAN_ITEMS && c->op_count == 0 &&
	       v->items[c->at[0].first].level == 0;
}

static APART bool verify(
	struct split *s, const struct variant *v, struct slice in, struct split_event *event)
{
	MEM_UNSET struct matching r;
	const struct item *item = &v->items[v->verify[0]];
	const struct span *span = &item->covers->at[0];
	if (v->verify_count == 1 && fast_is_plain_crc(v)) {
		size_t from = s->state.from[span->first];
		size_t to = s->state.from[span->last] + s->state.size[span->last];
		const struct crc *crc = item->check->crc;
		return crc_end(crc, crc_add(crc, crc->start, slice_of(in.at + from, to - from))) ==
		       s->state.number[v->verify[0]];
	}
	r.v = v;
	r.in = in;
	r.t = &s->state;
	r.scratch = s->scratch;
	r.sent = s->sent;
	r.event = event;
	return match_verify(&r) == MATCH_FRAME;
}

/* Makes the next `size` bytes the event of a frame, whose payload and end are in it. */
static inline void take_frame(struct split *s, size_t size, struct split_event *event)
{
	event->kind = SPLIT_FRAME;
	event->mark = MARK_NONE;
	event->tied = 0;
	event->token = TOKEN_NO;
	event->has_payload = true;
	event->given_up = false;
	event->raw = slice_of(s->pending->at + s->pos, size);
	event->offset = s->base + s->pos;
	event->values = s->values;
	s->pos += size;
}

bool fast_next(struct split *s, const struct side *side, struct split_event *event)
{
	const struct variant *v = &side->variants[0];
	const struct level *l = &v->levels[0];
	const struct slice fill = side->common_fill;
	while (fill.len && s->pending->len - s->pos >= fill.len &&
		memcmp(s->pending->at + s->pos, fill.at, fill.len) == 0)
		s->pos += fill.len;
	const uint8_t *in = s->pending->at + s->pos;
	size_t n = s->pending->len - s->pos, at = 0, size, i = fill.len ? 1 : 0;
	for (; i < l->variable; i++) {
		const struct item *item = &v->items[i];
		if (n - at < (size_t)item->fixed || !take_fixed(s, item, i, in, at))
			return false;
		at += (size_t)item->fixed;
	}
	if (!find_size(s, v, in, n, at, &size, event))
		return false;
	event->payload = slice_of(in + at, size);
	s->state.from[i] = at;
	s->state.size[i] = size;
	if (v->items[i].kind == ITEM_XFORM && !fast_undo(s, v, i, event->payload, event))
		return false;
	at += size;
	for (i++; i < l->count; i++) {
		const struct item *item = &v->items[i];
		if (l->ends_by == ENDS_SEARCH && i == l->ends_item) {
			s->state.from[i] = at;
			s->state.size[i] = event->end_bytes.len;
			at += event->end_bytes.len;
			continue;
		}
		if (n - at < (size_t)item->fixed || !take_fixed(s, item, i, in, at))
			return false;
		at += (size_t)item->fixed;
	}
	event->fault = FAULT_NONE;
	if (at > s->max || (v->verify_count && !verify(s, v, slice_of(in, at), event)))
		return false;
	take_frame(s, at, event);
	return true;
}
