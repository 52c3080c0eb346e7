/* resolve.c - resolves names to items: what lens and checks cover; nothing may need itself. */
#include "frame/frame_private.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

/* Sorts items by level, so that those of a level are next to each other, in the order written. */
static void sort_by_level(struct variant *v)
{
	struct item sorted[LIMIT_ITEMS];
	uint8_t moved[LIMIT_ITEMS];
	size_t n = 0;
	for (size_t level = 0; level < v->level_count; level++) {
		v->levels[level].first = (uint8_t)n;
		for (size_t i = 0; i < v->count; i++)
			if (v->items[i].level == level) {
				moved[i] = (uint8_t)n;
				sorted[n++] = v->items[i];
			}
		v->levels[level].count = (uint8_t)(n - v->levels[level].first);
	}
	memcpy(v->items, sorted, v->count * sizeof *sorted);
	for (size_t i = 0; i < v->mark_count; i++) {
		v->marks[i].first = moved[v->marks[i].first];
		v->marks[i].last = moved[v->marks[i].last];
	}
	for (size_t level = 1; level < v->level_count; level++)
		v->levels[level].parent = moved[v->levels[level].parent];
	if (v->payload >= 0)
		v->payload = moved[v->payload];
}

bool level_holds(const struct variant *v, uint8_t outer, uint8_t item)
{
	uint8_t level = v->items[item].level;
	while (level != outer && v->levels[level].parent != NONE)
		level = v->items[v->levels[level].parent].level;
	return level == outer;
}

/* Says whether an item has this name; `payload` and an unlabelled len have names of their own. */
static bool is_called(const struct item *item, struct slice name)
{
	if (item->name && slice_is(name, item->name))
		return true;
	return (item->kind == ITEM_PAYLOAD && slice_is(name, "payload")) ||
	       (item->kind == ITEM_LEN && !item->name && slice_is(name, "len"));
}

static bool in_chunk(const struct variant *v, size_t index)
{
	uint8_t parent = v->levels[v->items[index].level].parent;
	return parent != NONE && v->items[parent].xform->chunk;
}

/* ---- ranges ---- */

/* What an edge of a range names: items of one level, and where in the first and in the last. */
struct place {
	size_t first, last; /* items */
	size_t from, to;    /* bytes of these, if they are literals */
};

/* A part of ITEM_BITS stands for all of it, because it has no bytes of its own. */
static struct place whole_item(const struct variant *v, size_t item)
{
	size_t first = item - v->items[item].part, last = item;
	bool bits = v->items[first].kind == ITEM_BITS;
	while (bits && last + 1 < v->count && v->items[last + 1].part == last + 1 - first)
		last++;
	return (struct place){first, last, 0, v->items[last].bytes.len};
}

/* Takes a place with the wanted name if it is nearer to the level than the one before: on it,
 * inside of it, then anywhere. */
static void take_nearer(const struct variant *v, uint8_t level, struct place found,
	struct place *place, int *distance)
{
	int far = v->items[found.first].level == level          ? 0
		  : level_holds(v, level, (uint8_t)found.first) ? 1
								: 2;
	if (*distance >= 0 && *distance <= far)
		return;
	*place = found;
	*distance = far;
}

/* Finds what is called so; false: nothing on this side is. */
static bool find_name(
	const struct variant *v, struct slice name, uint8_t level, struct place *place)
{
	int distance = -1;
	for (size_t i = 0; i < v->count; i++)
		if (is_called(&v->items[i], name))
			take_nearer(v, level, whole_item(v, i), place, &distance);
	for (size_t i = 0; i < v->mark_count; i++) {
		const struct mark *m = &v->marks[i];
		struct place marked = {m->first, m->last, m->from, m->to};
		if (m->name && slice_is(name, m->name))
			take_nearer(v, level, marked, place, &distance);
	}
	return distance >= 0;
}

/* Says whether a word of the literal begins or ends at this byte. */
static bool is_word_edge(const struct variant *v, size_t item, size_t at)
{
	for (size_t i = 0; i < v->mark_count; i++) {
		const struct mark *m = &v->marks[i];
		bool word = m->first == item && m->last == item;
		if (word &&
			(m->from == at || m->to == at || (m->pairs && m->from < at && at < m->to)))
			return true;
	}
	return false;
}

/* Finds the one place on the level where these bytes stand as words of a literal. */
static bool find_literal(const struct variant *v, uint8_t level, const struct span *span,
	const struct span_edge *edge, struct place *place, struct error *err)
{
	const struct level *l = &v->levels[level];
	struct slice bytes = edge->bytes;
	size_t times = 0;
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++) {
		struct slice in = v->items[i].bytes;
		for (size_t at = 0; v->items[i].kind == ITEM_BYTES && at + bytes.len <= in.len;
			at++)
			if (memcmp(in.at + at, bytes.at, bytes.len) == 0 &&
				is_word_edge(v, i, at) && is_word_edge(v, i, at + bytes.len) &&
				!times++)
				*place = (struct place){i, i, at, at + bytes.len};
	}
	if (times == 1)
		return true;
	struct quoted shown = quote(edge->text);
	if (times)
		error_at(err, span->column, span->width, "%s stands %zu times as a literal here",
			shown.text, times);
	else
		error_at(err, span->column, span->width,
			"%s is no literal on the level of this range", shown.text);
	return error_hint(err, "label what is meant, and name that: edge:%s", shown.text);
}

static bool find_edge(const struct variant *v, uint8_t level, const struct span *span,
	const struct span_edge *edge, struct place *place, struct error *err)
{
	if (edge->bytes.len)
		return find_literal(v, level, span, edge, place, err);
	if (find_name(v, edge->text, level, place))
		return true;
	error_at(err, span->column, span->width, "'%s' names nothing on this side",
		quote(edge->text).text);
	return slice_is_hex(edge->text) &&
	       error_hint(err, "if it is bytes: hex digits come in pairs");
}

/* Returns the level of a range: that of its names, or the item's own. */
static uint8_t span_level(const struct variant *v, uint8_t level, const struct span *span)
{
	const struct span_edge *edges[] = {&span->from, &span->to};
	for (size_t i = 0; i < 2; i++) {
		bool named = edges[i]->text.len && !edges[i]->bytes.len;
		struct place place;
		if (named && find_name(v, edges[i]->text, level, &place))
			return v->items[place.first].level;
	}
	return level;
}

/* Finds both edges of a..b. */
static bool find_edges(const struct variant *v, size_t at, const struct span *span,
	struct place *first, struct place *last, struct error *err)
{
	const struct item *item = &v->items[at];
	uint8_t level = span_level(v, item->level, span);
	const struct level *l = &v->levels[level];
	size_t end = (size_t)l->first + l->count - 1;
	*first = whole_item(v, l->first);
	if (span->from.text.len && !find_edge(v, level, span, &span->from, first, err))
		return false;
	bool before = item->kind == ITEM_CHECK && level == item->level && first->first < at;
	*last = span->one ? *first : whole_item(v, before ? at - 1 : end);
	if (span->to.text.len && !find_edge(v, level, span, &span->to, last, err))
		return false;
	if (v->items[first->first].level != v->items[last->last].level)
		return error_at(
			err, span->column, span->width, "these two names are on different levels");
	bool literal = v->items[last->last].kind == ITEM_BYTES;
	if (last->last < first->first ||
		(last->last == first->first && literal && last->to <= first->from))
		return error_at(err, span->column, span->width, "this span ends before it begins");
	return true;
}

/* Makes room for one more element at `index`, which stands where `like` does. */
static bool insert_span(struct covers *c, size_t index, const struct span *like, struct error *err)
{
	if (c->count == SPANS_MAX)
		return error_at(
			err, like->column, like->width, "at most %d elements in a span", SPANS_MAX);
	memmove(&c->at[index + 1], &c->at[index], (c->count++ - index) * sizeof c->at[0]);
	c->at[index] = (struct span){.column = like->column, .width = like->width};
	return true;
}

static void set_bytes(struct span *span, struct slice literal, size_t from, size_t to)
{
	span->kind = SPAN_BYTES;
	span->bytes = slice_of(mem_strn(literal.at + from, to - from), to - from);
}

/* Makes the range that was found: of literals that it cuts the bytes are known, the rest is items.
 */
static bool set_range(struct variant *v, struct covers *c, size_t *index, struct place first,
	struct place last, struct error *err)
{
	const struct span like = c->at[*index];
	struct slice head = v->items[first.first].bytes, tail = v->items[last.last].bytes;
	bool cut_head = first.from > 0, cut_tail = last.to < tail.len;
	if ((cut_head && v->items[first.first].group) || (cut_tail && v->items[last.last].group))
		return error_at(err, like.column, like.width,
			"this is a part of a literal that may not be there");
	if (first.first == last.last && (cut_head || cut_tail)) {
		set_bytes(&c->at[*index], tail, first.from, last.to);
		return true;
	}
	c->at[*index].first = (uint8_t)(first.first + cut_head);
	c->at[*index].last = (uint8_t)(last.last - cut_tail);
	bool inner = first.first + cut_head + cut_tail <= last.last;
	if (cut_head && inner && !insert_span(c, *index, &like, err))
		return false;
	if (cut_head)
		set_bytes(&c->at[*index], head, first.from, head.len);
	*index += cut_head && (inner || cut_tail);
	if (cut_tail && (inner || cut_head) && !insert_span(c, *index + inner, &like, err))
		return false;
	*index += cut_tail && inner;
	if (cut_tail)
		set_bytes(&c->at[*index], tail, 0, last.to);
	return true;
}

static bool resolve_span(struct variant *v, size_t at, size_t *index, struct error *err)
{
	struct covers *c = v->items[at].covers;
	struct span *span = &c->at[*index];
	struct place first, last;
	if (!find_edges(v, at, span, &first, &last, err))
		return false;
	for (size_t i = first.first; i <= last.last; i++)
		if (in_chunk(v, i) && !in_chunk(v, at) && v->items[i].kind != ITEM_PAYLOAD)
			return error_at(err, span->column, span->width,
				"this is repeated by chunk, so it has no one value");
	return set_range(v, c, index, first, last, err);
}

/* Resolves what is bare (all bytes after a len, or before a check) and `all` (the whole level). */
static bool resolve_edges(struct variant *v, size_t at, struct error *err)
{
	struct item *item = &v->items[at];
	struct covers *c = item->covers;
	const struct level *l = &v->levels[item->level];
	size_t first = l->first, last = first + l->count - 1u;
	if (!c->all && item->kind == ITEM_LEN) {
		if (at == last) {
			error_at(err, item->column, item->width, "nothing follows this len");
			return error_hint(err, "alone it counts what follows; len(payload):u8 "
					       "counts the payload");
		}
		first = at + 1;
	} else if (!c->all) {
		if (at == first)
			return error_at(
				err, item->column, item->width, "nothing comes before this check");
		last = at - 1;
	}
	/* It never covers fillers at its edges. */
	while (first < last && v->items[first].kind == ITEM_FILL)
		first++;
	while (last > first && v->items[last].kind == ITEM_FILL)
		last--;
	c->at[0] = (struct span){.column = item->column,
		.width = item->width,
		.first = (uint8_t)first,
		.last = (uint8_t)last};
	c->count = 1;
	return true;
}

static bool resolve_covers(struct variant *v, size_t at, struct error *err)
{
	struct covers *c = v->items[at].covers;
	if (c->all || c->bare)
		return resolve_edges(v, at, err);
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i].kind == SPAN_ITEMS && !resolve_span(v, at, &i, err))
			return false;
	return true;
}

/* ---- nothing may need its own value ---- */

enum visit { UNSEEN, OPEN, CLOSED };

static bool visit(struct variant *v, size_t at, enum visit *seen, struct error *err);

static bool needs_value(const struct item *item)
{
	return item->type.size == 0 && item->kind != ITEM_BYTES && item->kind != ITEM_PAYLOAD;
}

/* Visits what is covered: a check needs all its bytes, a len only sizes that are not fixed. */
static bool visit_covered(struct variant *v, size_t at, enum visit *seen, struct error *err)
{
	const struct item *item = &v->items[at];
	for (size_t s = 0; s < item->covers->count; s++) {
		const struct span *span = &item->covers->at[s];
		if (span->kind != SPAN_ITEMS)
			continue;
		for (size_t i = span->first; i <= span->last; i++) {
			bool needed = item->kind == ITEM_CHECK || needs_value(&v->items[i]);
			bool self_len = item->kind == ITEM_LEN && i == at;
			if (needed && !self_len && !visit(v, i, seen, err))
				return false;
		}
	}
	return true;
}

static bool visit(struct variant *v, size_t at, enum visit *seen, struct error *err)
{
	const struct item *item = &v->items[at];
	if (seen[at] == CLOSED)
		return true;
	if (seen[at] == OPEN) {
		error_at(err, item->column, item->width,
			"this needs its own value: a loop of names");
		if (item->kind == ITEM_CHECK && item->covers->all)
			error_hint(err, "a check alone covers all that stands before it");
		return false;
	}
	seen[at] = OPEN;
	if (item->covers && !visit_covered(v, at, seen, err))
		return false;
	bool bits = item->kind == ITEM_BITS;
	for (size_t i = at + 1; bits && i < v->count && v->items[i].part == i - at; i++)
		if (!visit(v, i, seen, err))
			return false;
	/* The size of an align follows from the items before it. */
	for (size_t i = v->levels[item->level].first; item->kind == ITEM_ALIGN && i < at; i++)
		if (needs_value(&v->items[i]) && !visit(v, i, seen, err))
			return false;
	if (item->kind == ITEM_XFORM) {
		const struct level *l = &v->levels[item->inner];
		for (size_t i = l->first; i < (size_t)l->first + l->count; i++)
			if (!visit(v, i, seen, err))
				return false;
	}
	seen[at] = CLOSED;
	return true;
}

bool resolve_variant(struct frame *frame, struct variant *v, struct error *err)
{
	enum visit seen[LIMIT_ITEMS] = {UNSEEN};
	(void)frame;
	sort_by_level(v);
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].covers && !resolve_covers(v, i, err))
			return false;
	variant_forget(v);
	for (size_t i = 0; i < v->count; i++)
		if (!visit(v, i, seen, err))
			return false;
	return true;
}
