/* compile_length.c - finds the length that gives the size of an item.
 *
 * It has to be read before the size is asked for, and the size has to follow from it.
 */
#include "frame/compile.h"

bool compile_undoes(const struct covers *covers)
{
	for (size_t i = 0; i < covers->op_count; i++)
		if (covers->ops[i].sign == '%' || covers->ops[i].sign == '&')
			return false;
	return true;
}

/* Returns the item of this level in which `target` is, or `target` itself; NONE: it is elsewhere.
 */
static size_t item_around(const struct variant *v, uint8_t level, size_t target)
{
	while (target != NONE && v->items[target].level != level)
		target = v->levels[v->items[target].level].parent;
	return target;
}

bool compile_is_before(const struct variant *v, size_t k, size_t target)
{
	size_t around = item_around(v, v->items[k].level, target);
	return around != NONE && k < around;
}

/* Says whether item k was read whenever the size of `target` is asked for.  In an optional group it
 * was only if the group is there; and what its payload's size tells is whether it is there. */
static bool is_read(const struct variant *v, size_t k, size_t target)
{
	uint8_t group = v->items[k].group;
	size_t around = item_around(v, v->items[k].level, target);
	if (!compile_is_before(v, k, target))
		return false;
	return !group ||
	       (v->items[around].group == group && (around != target || !v->group_payload[group]));
}

static bool span_has(const struct span *span, size_t index)
{
	return span->kind == SPAN_ITEMS && index >= span->first && index <= span->last;
}

bool compile_covers(const struct item *len, size_t index)
{
	for (size_t i = 0; i < len->covers->count; i++)
		if (span_has(&len->covers->at[i], index))
			return true;
	return false;
}

/* Says whether the size of everything else that the len covers is known at `target`. */
static bool is_solvable(const struct variant *v, size_t len, size_t target)
{
	const struct covers *c = v->items[len].covers;
	size_t times = 0;
	for (size_t s = 0; s < c->count; s++) {
		if (c->at[s].kind != SPAN_ITEMS)
			continue;
		for (size_t i = c->at[s].first; i <= c->at[s].last; i++) {
			const struct item *item = &v->items[i];
			times += i == target;
			if (i != target && item->fixed < 0 && !compile_is_before(v, i, target))
				return false;
			if (item->group && item->group != v->items[target].group &&
				!compile_is_before(v, i, target))
				return false;
		}
	}
	return times == 1 && compile_undoes(c);
}

uint8_t compile_length(const struct variant *v, size_t target)
{
	for (size_t k = 0; k < v->count; k++)
		if (v->items[k].kind == ITEM_LEN && is_read(v, k, target) &&
			compile_covers(&v->items[k], target) && is_solvable(v, k, target))
			return (uint8_t)k;
	return NONE;
}

void compile_length_exact(struct variant *v, struct level *l)
{
	const struct covers *c = v->items[l->ends_item].covers;
	uint8_t group = l->in_group ? v->items[l->variable].group : 0;
	uint64_t minus = 0;
	for (size_t s = 0; s < c->count; s++)
		for (size_t i = c->at[s].first; i <= c->at[s].last; i++) {
			const struct item *item = &v->items[i];
			if (c->at[s].kind != SPAN_ITEMS)
				return;
			if (i == l->variable || (group && item->group == group))
				continue;
			if (item->fixed < 0 || item->group)
				return;
			minus += (uint64_t)item->fixed;
		}
	if (c->op_count)
		return;
	l->minus = minus;
	l->exact = true;
	v->items[l->ends_item].trusted = !group;
}

uint8_t compile_length_plain(const struct variant *v, size_t target)
{
	const struct item *item = &v->items[target];
	if (item->kind != ITEM_XFORM || v->payload < 0 ||
		v->items[v->payload].level != item->inner || v->items[v->payload].group)
		return NONE;
	if (!item->xform->chunk && !item->xform->how->ratio)
		return NONE;
	const struct level *l = &v->levels[item->inner];
	for (size_t i = l->first; i < compile_level_end(l); i++)
		if ((int)i != v->payload && (v->items[i].fixed < 0 || v->items[i].group))
			return NONE;
	for (size_t k = 0; k < v->count; k++)
		if (v->items[k].kind == ITEM_LEN && is_read(v, k, target) &&
			compile_covers(&v->items[k], (size_t)v->payload) &&
			is_solvable(v, k, (size_t)v->payload))
			return (uint8_t)k;
	return NONE;
}

/* Says whether a len in front of the variable item gives the size of an align behind that, of which
 * nothing but its end is known yet. */
static bool gives_align(const struct variant *v, const struct level *l, size_t k, size_t align)
{
	if (v->items[k].kind != ITEM_LEN || !is_read(v, k, l->variable) ||
		!compile_covers(&v->items[k], align) || !is_solvable(v, k, align))
		return false;
	for (size_t i = l->variable; i < compile_level_end(l); i++)
		if (i != align && compile_covers(&v->items[k], i) &&
			(v->items[i].fixed < 0 || v->items[i].group))
			return false;
	return true;
}

bool compile_length_align(
	struct variant *v, const struct level *l, size_t align, size_t end, struct error *err)
{
	struct item *item = &v->items[align];
	for (size_t k = 0; k < v->count && item->sized_by == NONE; k++)
		if (gives_align(v, l, k, align))
			item->sized_by = (uint8_t)k;
	for (size_t k = end; k < v->count && item->sized_by == NONE; k++) {
		const struct covers *c = v->items[k].covers;
		bool fixed = true;
		if (v->items[k].kind != ITEM_LEN || v->items[k].level != item->level ||
			c->count != 1 || c->at[0].first != align || c->at[0].last != align ||
			!compile_undoes(c) || !v->items[k].type.size)
			continue;
		for (size_t i = end; i < k; i++)
			fixed &= v->items[i].fixed >= 0 && !v->items[i].group;
		if (fixed)
			item->sized_by = (uint8_t)k;
	}
	if (item->sized_by != NONE)
		return true;
	error_at(err, item->column, item->width, "nothing says how many bytes this is");
	return error_hint(err, "name it and add its size after it: fill:align(4) ... len(fill):u8");
}
