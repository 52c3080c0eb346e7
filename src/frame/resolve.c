/* resolve.c - resolves names to items: what lens and checks cover; nothing may need itself. */
#include "frame/frame_private.h"

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

/* Finds the item of that name nearest to the level: on it, inside it, then anywhere. */
static int find_item(const struct variant *v, struct slice name, uint8_t from_level)
{
	int best = -1;
	for (size_t i = 0; i < v->count; i++) {
		if (!is_called(&v->items[i], name))
			continue;
		if (v->items[i].level == from_level)
			return (int)i;
		if (best < 0 || level_holds(v, from_level, (uint8_t)i))
			best = (int)i;
	}
	return best;
}

static bool no_such_name(
	struct variant *v, const struct span *span, struct slice name, struct error *err)
{
	(void)v;
	return error_at(err, span->column, span->width, "'%s' names nothing on this side",
		quote(name).text);
}

static bool in_chunk(const struct variant *v, size_t index)
{
	uint8_t parent = v->levels[v->items[index].level].parent;
	return parent != NONE && v->items[parent].xform->chunk;
}

/* Resolves a..b, which is on one level: that of its names, or the item's own. */
static bool resolve_span(struct variant *v, size_t at, struct span *span, struct error *err)
{
	uint8_t level = v->items[at].level;
	int first = -1, last = -1;
	if (span->first_name.len && (first = find_item(v, span->first_name, level)) < 0)
		return no_such_name(v, span, span->first_name, err);
	if (span->last_name.len && (last = find_item(v, span->last_name, level)) < 0)
		return no_such_name(v, span, span->last_name, err);
	if (first >= 0 && last >= 0 && v->items[first].level != v->items[last].level)
		return error_at(
			err, span->column, span->width, "these two names are on different levels");
	if (first >= 0 || last >= 0)
		level = v->items[first >= 0 ? first : last].level;
	const struct level *l = &v->levels[level];
	if (first < 0)
		first = l->first;
	if (last < 0) {
		bool before = v->items[at].kind == ITEM_CHECK && level == v->items[at].level &&
			      (size_t)first < at;
		last = before ? (int)at - 1 : l->first + l->count - 1;
	}
	if (last < first)
		return error_at(err, span->column, span->width, "this span ends before it begins");
	for (int i = first; i <= last; i++)
		if (in_chunk(v, (size_t)i) && !in_chunk(v, at) && v->items[i].kind != ITEM_PAYLOAD)
			return error_at(err, span->column, span->width,
				"this is repeated by chunk, so it has no one value");
	span->first = (uint8_t)first;
	span->last = (uint8_t)last;
	return true;
}

/* Resolves what is bare (all bytes after a len, or before a check) and `all` (the whole level). */
static bool resolve_edges(struct variant *v, size_t at, struct error *err)
{
	struct item *item = &v->items[at];
	struct covers *c = item->covers;
	const struct level *l = &v->levels[item->level];
	size_t first = l->first, last = first + l->count - 1u;
	if (!c->all && item->kind == ITEM_LEN) {
		if (at == last)
			return error_at(err, item->column, item->width, "nothing follows this len");
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
		if (c->at[i].kind == SPAN_ITEMS && !resolve_span(v, at, &c->at[i], err))
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
	if (seen[at] == OPEN)
		return error_at(err, item->column, item->width,
			"this needs its own value: a loop of names");
	seen[at] = OPEN;
	if (item->covers && !visit_covered(v, at, seen, err))
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
	for (size_t i = 0; i < v->count; i++)
		if (!visit(v, i, seen, err))
			return false;
	return true;
}
