/* match.c - matches one candidate with one variant: it is a frame of n bytes, it needs more, or it
 * is ruled out at byte n because ...
 *
 * Items are read one after the other, and those of level 0 only once: a candidate that is not
 * complete goes on at the item where it stopped (struct split_try).  The content of a transform is
 * decoded into the scratch buffer, where the same code reads it.
 */
#include "frame/match.h"

struct slice match_level_bytes(const struct matching *r, size_t level)
{
	if (level == 0)
		return r->in;
	if (!r->t->level_len[level])
		return (struct slice){(const uint8_t *)"", 0}; /* there may be no buffer yet */
	return slice_of(r->scratch->at + r->t->level_at[level], r->t->level_len[level]);
}

static const char *level_name(const struct matching *r, const struct level *l)
{
	return l->parent == NONE ? NULL : r->v->items[l->parent].xform->name;
}

enum match match_out(struct matching *r, const struct level *l, enum split_fault fault, size_t at)
{
	r->event->fault = fault;
	r->event->at = at;
	r->event->within = level_name(r, l);
	r->reached = at;
	return MATCH_OUT;
}

enum match match_more(
	struct matching *r, const struct level *l, bool whole, size_t at, size_t missing)
{
	r->event->fault = missing ? FAULT_MISSING : FAULT_UNENDED;
	r->event->a = missing;
	r->event->at = at;
	r->event->within = level_name(r, l);
	r->missing = missing;
	r->reached = at;
	return whole ? MATCH_OUT : MATCH_MORE;
}

/* ---- items of known size ---- */

static enum match match_bytes(struct matching *r, const struct level *l, const struct item *item,
	struct slice in, size_t at, bool whole)
{
	size_t n = 0, left = in.len - at;
	while (n < item->bytes.len && n < left && in.at[at + n] == item->bytes.at[n])
		n++;
	if (n == item->bytes.len)
		return MATCH_FRAME;
	if (n == left)
		return match_more(r, l, whole, at, item->bytes.len - n);
	r->event->expected = slice_cut(item->bytes, n, n + 1);
	r->event->got = slice_cut(in, at + n, at + n + 1);
	match_out(r, l, FAULT_EXPECTED, at + n);
	match_see(r, l, at + n + 1);
	/* Before the first literal nothing has shown that this is a frame at all. */
	if (n == 0 && l->parent == NONE && r->v->anchor != NONE &&
		item == &r->v->items[r->v->anchor])
		r->reached = 0;
	return MATCH_OUT;
}

/* Returns the bytes of fillers that are known: a run that comes in pieces is not walked through for
 * each of them. */
static size_t known_fillers(
	const struct matching *r, const struct level *l, size_t index, size_t at)
{
	const struct split_try *t = r->t;
	return l->parent == NONE && t->filler == index && t->filled > at ? t->filled - at : 0;
}

static void keep_fillers(struct matching *r, const struct level *l, size_t index, size_t end)
{
	if (l->parent != NONE)
		return;
	r->t->filler = (uint8_t)index;
	r->t->filled = end;
}

/* Takes fillers.  At the end of the frame that waits for nothing. */
static enum match match_fill(struct matching *r, const struct level *l, size_t index,
	struct slice in, size_t at, bool whole)
{
	const struct item *item = &r->v->items[index];
	size_t n = item->bytes.len, size = known_fillers(r, l, index, at), times = size / n;
	size_t most = item->quantifier == '?' ? 1 : SIZE_MAX;
	bool at_end = whole || r->silent || r->closed;
	bool last = l->parent == NONE && index + 1u == (size_t)l->first + l->count;
	if (l->variable < index && match_walks_back(l) &&
		(l->ends_by != ENDS_SEARCH || index < l->ends_item))
		return MATCH_FRAME; /* those in front of the end were found on the way back from it
				     */
	while (times < most && in.len - at - size >= n &&
		memcmp(in.at + at + size, item->bytes.at, n) == 0) {
		size += n;
		times++;
		if (last)
			break; /* the rest is absorbed, like the rest of a longer terminator */
	}
	struct slice rest = slice_cut(in, at + size, in.len);
	if (last && (times || item->quantifier != '+')) {
		r->t->size[index] = 0;
		r->absorb = item->bytes;
		r->absorb_times = item->quantifier == '?' ? '?' : '*';
		if (item->quantifier == '+')
			r->t->size[index] = n;
		return MATCH_FRAME;
	}
	if (times < most && rest.len < n && slice_starts(item->bytes, rest) && !at_end) {
		keep_fillers(r, l, index, at + size);
		return match_more(r, l, false, at, 0);
	}
	r->t->size[index] = size;
	if (times || item->quantifier != '+')
		return MATCH_FRAME;
	r->event->expected = item->bytes;
	r->event->got = slice_cut(rest, 0, 1);
	return rest.len ? match_out(r, l, FAULT_EXPECTED, at) : match_more(r, l, whole, at, n);
}

static void keep_field(
	struct matching *r, const struct item *item, struct slice raw, uint64_t number)
{
	struct field_value *v = &r->values[item->field];
	value_take(item->type, raw, number, v);
	/* A bare name, and a counter that the reply repeats, must have the value that was sent. */
	const struct field_value *sent = r->sent ? &r->sent[item->field] : NULL;
	if (!r->compare || (item->kind != ITEM_REF && !item->reply_echo))
		return;
	r->event->tied |= UINT64_C(1) << item->field;
	if (sent && sent->set && !field_value_same(sent, v)) {
		r->event->mark = MARK_NOT_OURS;
		r->event->other = item->field;
	}
}

/* Keeps the value of a number that was read. */
static inline enum match keep_number(
	struct matching *r, const struct level *l, size_t index, struct slice raw, size_t at)
{
	const struct item *item = &r->v->items[index];
	r->t->size[index] = raw.len;
	if (item->offset > r->t->number[index]) { /* of a counter, the wire has more than it */
		match_see(r, l, at + raw.len);
		r->event->got = slice_cut(raw, 0, 1);
		return match_out(r, l, FAULT_NUMBER, at);
	}
	r->t->number[index] -= item->offset;
	if (item->field >= 0)
		keep_field(r, item, raw, r->t->number[index]);
	return MATCH_FRAME;
}

/* Reads a number of one to eight bytes, the most frequent kind, without a call. */
static inline uint64_t read_fixed(const uint8_t *at, unsigned size, bool little)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < size; i++)
		value = value << 8 | at[little ? size - 1 - i : i];
	return value;
}

/* Says whether bytes of the type have to be read to know whether they are a value of it. */
static bool is_coded(struct inttype type)
{
	return inttype_is_number(type) && type.kind != INT_SIGNED && type.kind != INT_FLOAT;
}

/* Reads a number whose bytes show where it ends, such as decimal digits.  bounded: a length before
 * it gave its size, and `rest` is all of it. */
static enum match match_coded(struct matching *r, const struct level *l, size_t index,
	struct slice rest, size_t at, bool bounded, bool whole)
{
	const struct inttype type = r->v->items[index].type;
	bool ends = bounded || whole || r->closed || r->silent;
	int n = inttype_get(type, rest, ends, &r->t->number[index]);
	if (n == 0)
		return match_more(r, l, whole, at, type.size > rest.len ? type.size - rest.len : 1);
	if (n < 0 || (bounded && (size_t)n != rest.len)) {
		size_t k = 1; /* bytes that show that it is none: at most INTTYPE_BYTES_MAX */
		uint64_t ignored;
		while (k < rest.len &&
			inttype_get(type, slice_cut(rest, 0, k), false, &ignored) >= 0)
			k++;
		match_see(r, l, at + (bounded ? rest.len : k));
		r->event->got = slice_cut(rest, 0, 1);
		return match_out(r, l, FAULT_NUMBER, at);
	}
	if (!bounded && type.kind == INT_DEC && !type.size)
		match_see(r, l, at + (size_t)n + 1); /* what follows ended it */
	return keep_number(r, l, index, slice_cut(rest, 0, (size_t)n), at);
}

/* Reads a value of `size` bytes, whatever they are. */
static enum match match_fixed(struct matching *r, const struct level *l, size_t index,
	struct slice rest, size_t size, size_t at, bool whole)
{
	const struct inttype type = r->v->items[index].type;
	if (rest.len < size)
		return match_more(r, l, whole, at, size - rest.len);
	r->t->number[index] =
		inttype_is_number(type) ? read_fixed(rest.at, type.size, type.little) : 0;
	return keep_number(r, l, index, slice_cut(rest, 0, size), at);
}

static enum match match_number(struct matching *r, const struct level *l, size_t index,
	struct slice in, size_t at, bool whole)
{
	const struct item *item = &r->v->items[index];
	struct slice rest = slice_cut(in, at, in.len);
	if (item->bits) { /* of bytes that were read */
		r->t->number[index] = r->t->number[index - item->part] >> item->shift &
				      UINT64_MAX >> (64 - item->bits);
		return keep_number(r, l, index, slice_cut(rest, 0, 0), at);
	}
	if (item->type.kind == INT_UNSIGNED)
		return match_fixed(r, l, index, rest, item->type.size, at, whole);
	bool bounded = item->sized_by != NONE && item->sized_by < index;
	if (bounded) {
		uint64_t said;
		if (!match_solve(r, item->sized_by, index, &said) || said > INTTYPE_BYTES_MAX)
			return match_out(r, l, FAULT_LENGTH, r->t->from[item->sized_by]);
		if (rest.len < said)
			return match_more(r, l, whole, at, (size_t)said - rest.len);
		rest.len = (size_t)said;
	}
	if (is_coded(item->type))
		return match_coded(r, l, index, rest, at, bounded, whole);
	size_t size = item->type.size ? item->type.size : bounded ? rest.len : 0;
	return match_fixed(r, l, index, rest, size, at, whole);
}

/* Returns the bytes that the multiple lacks.  Fillers do not count: any number may come. */
static size_t align_lacks(const struct matching *r, const struct level *l, size_t index, size_t at)
{
	const struct item *items = r->v->items;
	for (size_t i = l->first; i < index; i++)
		at -= items[i].kind == ITEM_FILL ? r->t->size[i] : 0;
	return (items[index].multiple - at % items[index].multiple) % items[index].multiple;
}

static enum match match_align(struct matching *r, const struct level *l, size_t index,
	struct slice in, size_t at, bool whole)
{
	const struct item *item = &r->v->items[index];
	/* It was found on the way back from an end, or follows from the place. */
	size_t size = item->sized_by != NONE ? r->t->size[index] : align_lacks(r, l, index, at);
	if (in.len - at < size)
		return match_more(r, l, whole, at, size - (in.len - at));
	for (size_t i = 0; i < size; i++)
		if (in.at[at + i]) {
			match_see(r, l, at + size);
			r->event->expected = SLICE("\0");
			r->event->got = slice_cut(in, at + i, at + i + 1);
			return match_out(r, l, FAULT_EXPECTED, at + i);
		}
	r->t->size[index] = size;
	return MATCH_FRAME;
}

/* ---- alternatives ---- */

/* Has the rest absorbed of a longer alternative that begins like the one found. */
static void set_absorb(struct matching *r, const struct ends *ends, size_t which)
{
	for (size_t i = 0; i < ends->count; i++)
		if (ends->at[i].len > ends->at[which].len &&
			slice_starts(ends->at[i], ends->at[which])) {
			r->absorb = slice_cut(ends->at[i], ends->at[which].len, ends->at[i].len);
			r->absorb_times = 0;
		}
}

static enum match match_end(struct matching *r, const struct level *l, size_t index,
	struct slice in, size_t at, bool whole)
{
	const struct item *item = &r->v->items[index];
	const struct ends *ends = item->ends;
	size_t best = SIZE_MAX, longest = 0;
	if (l->variable != NONE && l->ends_by == ENDS_SEARCH && index == l->ends_item) {
		if (r->t->size[index])
			set_absorb(r, ends, (size_t)r->t->number[index]);
		return MATCH_FRAME; /* the search found it */
	}
	for (size_t i = 0; i < ends->count; i++) {
		if (ends->at[i].len > longest)
			longest = ends->at[i].len;
		if (slice_starts(slice_cut(in, at, in.len), ends->at[i]) &&
			(best == SIZE_MAX || ends->at[i].len < ends->at[best].len))
			best = i;
	}
	if (best != SIZE_MAX) {
		r->t->size[index] = ends->at[best].len;
		set_absorb(r, ends, best);
		return MATCH_FRAME;
	}
	if ((ends->eof && r->closed) || (ends->gap && r->gap)) {
		r->t->size[index] = 0;
		if (in.len == at)
			return MATCH_FRAME;
	}
	r->event->expected = ends->count ? ends->at[0] : (struct slice){0};
	r->event->got = slice_cut(in, at, at + 1);
	bool possible = in.len == at;
	for (size_t i = 0; i < ends->count; i++)
		possible |= slice_starts(ends->at[i], slice_cut(in, at, in.len));
	if (possible)
		return match_more(r, l, whole, at, longest > in.len - at ? 1 : 0);
	return match_out(r, l, FAULT_EXPECTED, at);
}

/* ---- the item of unknown size ---- */

static enum match check_limits(struct matching *r, const struct level *l, size_t index, size_t at)
{
	const struct item *item = &r->v->items[index];
	size_t size = r->t->size[index];
	if (size >= item->least && size <= item->most)
		return MATCH_FRAME;
	r->event->a = size;
	r->event->b = size > item->most ? item->most : item->least;
	match_out(r, l, FAULT_LIMIT, at);
	r->reached = at + size;
	if (r->last && l->variable != NONE && l->ends_by == ENDS_SEARCH)
		r->reached += l->least + r->t->size[l->ends_item];
	return MATCH_OUT;
}

/* Matches a transform.  With wrong content it breaks as a whole, up to its end and terminator. */
static enum match match_xform(
	struct matching *r, const struct level *l, size_t index, size_t at, bool whole)
{
	const struct item *item = &r->v->items[index];
	if (l->variable == index && l->ends_by == ENDS_CONTENT)
		return match_content(r, l, index, at, whole);
	enum match m =
		item->xform->chunk ? match_chunks(r, l, index, at) : match_inside(r, l, index, at);
	if (m == MATCH_OUT) {
		r->reached = at + r->t->size[index];
		if (l->variable == index && l->ends_by == ENDS_SEARCH)
			r->reached += l->least + r->t->size[l->ends_item];
		if (l->parent == NONE && r->reached > r->in.len)
			r->reached = r->in.len;
	}
	return m;
}

/* ---- optional groups ---- */

static bool begins_group(const struct matching *r, const struct level *l, size_t i)
{
	uint8_t group = r->v->items[i].group;
	return group && (i == l->first || r->v->items[i - 1].group != group);
}

/* Empties an item that is not there, with all that is inside of it: a check may cover that. */
static void leave_out(struct matching *r, size_t i)
{
	const struct item *item = &r->v->items[i];
	r->t->size[i] = 0;
	if (item->kind != ITEM_XFORM)
		return;
	const struct level *l = &r->v->levels[item->inner];
	r->t->level_at[item->inner] = r->t->level_len[item->inner] = 0;
	for (size_t k = l->first; k < (size_t)l->first + l->count; k++) {
		r->t->from[k] = 0;
		leave_out(r, k);
	}
}

/* Finds out whether the group is there: its literal shows it, or what is left for its payload. */
static enum match enter_group(
	struct matching *r, const struct level *l, size_t i, size_t at, bool whole)
{
	const struct item *item = &r->v->items[i];
	uint64_t bit = UINT64_C(1) << item->group;
	if (r->t->decided & bit)
		return MATCH_FRAME;
	if (r->v->group_payload[item->group] && l->variable != NONE &&
		r->v->items[l->variable].group == item->group) {
		size_t size, rest = 0;
		enum match m = match_find(r, l, at, whole, &size);
		if (m != MATCH_FRAME)
			return m;
		bool counted = l->ends_by == ENDS_LENGTH; /* it was solved for the payload */
		for (size_t k = i;
			k < (size_t)l->first + l->count && r->v->items[k].group == item->group; k++)
			rest += r->v->items[k].fixed > 0 ? (size_t)r->v->items[k].fixed : 0;
		if (size == 0)
			r->t->absent |= bit;
		else if (!counted && size < rest)
			return match_more(r, l, true, at, rest - size);
		r->t->size[l->variable] = size == 0 || counted ? size : size - rest;
	} else if (item->kind == ITEM_BYTES) {
		struct slice rest =
			slice_cut(match_level_bytes(r, (size_t)(l - r->v->levels)), at, SIZE_MAX);
		bool ended = whole || r->silent || r->closed;
		if (rest.len < item->bytes.len && slice_starts(item->bytes, rest) && !ended)
			return match_more(r, l, whole, at, item->bytes.len - rest.len);
		if (!slice_starts(rest, item->bytes))
			r->t->absent |= bit;
	}
	r->t->decided |= bit;
	return MATCH_FRAME;
}

/* ---- the whole ---- */

static enum match match_item(
	struct matching *r, const struct level *l, size_t i, struct slice in, size_t at, bool whole)
{
	const struct item *item = &r->v->items[i];
	enum match m;
	switch (item->kind) {
	case ITEM_BYTES:
		if (item->group == 0 && l->variable != NONE && l->ends_by == ENDS_SEARCH &&
			i == l->ends_item)
			return MATCH_FRAME; /* the search found it */
		r->t->size[i] = item->bytes.len;
		return match_bytes(r, l, item, in, at, whole);
	case ITEM_FILL:
		return match_fill(r, l, i, in, at, whole);
	case ITEM_PAYLOAD:
	case ITEM_XFORM:
		if (item->fixed >= 0) {
			r->t->size[i] = (size_t)item->fixed;
			r->event->end = END_FIXED;
			if (in.len - at < r->t->size[i])
				return match_more(r, l, whole, at, r->t->size[i] - (in.len - at));
		} else if (!l->in_group && l->ends_by != ENDS_CONTENT) {
			m = match_find(r, l, at, whole, &r->t->size[i]);
			if (m != MATCH_FRAME)
				return m;
		} else if (l->ends_by != ENDS_CONTENT && in.len - at < r->t->size[i]) {
			return match_more(r, l, whole, at, r->t->size[i] - (in.len - at));
		}
		return item->kind == ITEM_PAYLOAD ? check_limits(r, l, i, at)
						  : match_xform(r, l, i, at, whole);
	case ITEM_END:
		return match_end(r, l, i, in, at, whole);
	case ITEM_EOF:
	case ITEM_GAP:
		r->t->size[i] = 0;
		return MATCH_FRAME;
	case ITEM_ALIGN:
		return match_align(r, l, i, in, at, whole);
	default:
		return match_number(r, l, i, in, at, whole);
	}
}

/* Says whether a check can be compared already and is wrong, when only a good frame counts. */
static bool is_wrong_already(struct matching *r, const struct item *item, size_t index)
{
	uint64_t expected;
	if (!r->strict || !item->covers || item->trusted)
		return false;
	for (size_t s = 0; s < item->covers->count; s++)
		if (item->covers->at[s].kind == SPAN_ITEMS && item->covers->at[s].last >= index)
			return false;
	return !match_verify_one(r, index, &expected);
}

enum match match_items(struct matching *r, size_t level, size_t *first, size_t *at, bool whole)
{
	const struct level *l = &r->v->levels[level];
	size_t end = (size_t)l->first + l->count, bad = 0;
	enum match worst = MATCH_FRAME;
	for (size_t i = *first; i < end; i++) {
		const struct item *item = &r->v->items[i];
		enum match m = MATCH_FRAME;
		*first = i;
		r->t->from[i] = *at;
		if (begins_group(r, l, i) && (m = enter_group(r, l, i, *at, whole)) != MATCH_FRAME)
			return m;
		if (match_is_absent(r->t, item)) {
			leave_out(r, i);
			continue;
		}
		m = match_item(r, l, i, match_level_bytes(r, level), *at, whole);
		if (m == MATCH_BAD && worst != MATCH_BAD) {
			worst = m;
			bad = i;
		} else if (m == MATCH_MORE && worst == MATCH_BAD) {
			/* What is wrong is found again when the rest has come. */
			*first = bad;
			*at = r->t->from[bad];
			return m;
		} else if (m != MATCH_FRAME && m != MATCH_BAD) {
			match_see(r, l, *at);
			return m;
		}
		if (level == 0 && is_wrong_already(r, item, i)) {
			match_see(r, l, *at + r->t->size[i]);
			return match_out(r, l, FAULT_CHECK, *at);
		}
		*at += r->t->size[i];
		if (r->absorb.len && r->t->size[i] && item->kind != ITEM_END &&
			item->kind != ITEM_FILL)
			r->absorb.len = 0; /* something follows, so it belongs to the frame */
	}
	return worst;
}

void match_begin(struct split_try *t, size_t variant)
{
	t->variant = (uint8_t)variant;
	t->item = 0;
	t->at = 0;
	t->undone = 0;
	t->filler = 0;
	t->filled = 0;
	t->wanted = 0;
	t->absent = t->decided = t->tied = 0;
	t->end = END_LITERAL;
	t->mark = MARK_NONE;
	t->other = 0;
	t->end_bytes.len = 0;
	for (size_t i = 0; i < LEVELS_MAX; i++)
		t->scanned[i] = 0;
}

static void set_payload(struct matching *r)
{
	struct split_event *e = r->event;
	e->has_payload = true;
	if (r->v->payload < 0) {
		e->payload = slice_of(r->in.at, 0);
		return;
	}
	size_t p = (size_t)r->v->payload;
	e->payload = slice_cut(match_level_bytes(r, r->v->items[p].level), r->t->from[p],
		r->t->from[p] + r->t->size[p]);
}

/* The content of a transform has a cap of its own, and a part of it is not the whole. */
static enum match no_room_inside(struct matching *r)
{
	r->event->a = r->scratch->max + 1;
	r->event->b = r->scratch->max;
	match_out(r, &r->v->levels[0], FAULT_LIMIT, 0);
	r->reached = r->seen = r->in.len;
	return MATCH_OUT;
}

enum match match_run(struct matching *r)
{
	size_t item = r->t->item, at = r->t->at;
	r->event->fault = FAULT_NONE;
	r->event->within = NULL;
	if (item == 0 && r->t->undone == 0) {
		r->scratch->len = 0;
		r->scratch->over = false;
	}
	r->event->end = (enum split_end)r->t->end;
	r->event->end_bytes = r->t->end_bytes;
	r->event->mark = (enum split_mark)r->t->mark;
	r->event->other = r->t->other;
	r->event->tied = r->t->tied;
	r->absorb.len = 0;
	r->missing = 0;
	r->seen = r->size = 0;
	enum match m = match_items(r, 0, &item, &at, false);
	if (r->scratch->over)
		m = no_room_inside(r);
	if (m == MATCH_MORE || m == MATCH_OUT) {
		r->t->item = (uint8_t)item;
		r->t->at = at;
		r->t->end = (uint8_t)r->event->end;
		r->t->end_bytes = r->event->end_bytes;
		r->t->mark = (uint8_t)r->event->mark;
		r->t->other = (uint8_t)r->event->other;
		r->t->tied = r->event->tied;
		return m;
	}
	r->size = at;
	set_payload(r);
	if (m == MATCH_FRAME)
		r->event->fault = FAULT_NONE; /* an attempt with fewer bytes lacked them */
	if (match_verify(r) == MATCH_BAD)
		m = MATCH_BAD;
	return m;
}
