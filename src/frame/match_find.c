/* match_find.c - finds where the item of unknown size ends: by a length, by a search, by the end of
 * what is around it.  The search goes on where it stopped. */
#include "frame/match.h"

/* ---- by a length ---- */

bool match_solve(const struct matching *r, size_t len, size_t target, uint64_t *size)
{
	const struct covers *c = r->v->items[len].covers;
	uint8_t group = r->v->items[target].group;
	uint64_t others = 0, own = 0;
	*size = r->t->number[len];
	if (!ops_undo(c, size))
		return false;
	for (size_t s = 0; s < c->count; s++) {
		if (c->at[s].kind == SPAN_BYTES)
			others += c->at[s].bytes.len;
		if (c->at[s].kind == SPAN_FIELD)
			others += c->at[s].type.size;
		if (c->at[s].kind != SPAN_ITEMS)
			continue;
		for (size_t i = c->at[s].first; i <= c->at[s].last; i++) {
			const struct item *item = &r->v->items[i];
			if (i == target)
				continue;
			uint64_t n = item->fixed >= 0 && !item->group      ? (uint64_t)item->fixed
				     : item->group && item->group == group ? (uint64_t)item->fixed
									   : r->t->size[i];
			*(group && item->group == group ? &own : &others) += n;
		}
	}
	if (*size < others)
		return false;
	*size -= others;
	if (r->v->group_payload[group] && *size == 0)
		return true;
	if (*size < own)
		return false;
	*size -= own;
	return true;
}

static enum match bad_length(struct matching *r, const struct level *l, size_t len)
{
	r->event->a = (size_t)r->t->number[len];
	r->event->b = 0;
	return match_out(r, l, FAULT_LENGTH, r->t->from[len]);
}

static enum match over_limit(struct matching *r, const struct level *l, uint64_t size, size_t at)
{
	r->event->a = size > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)size;
	r->event->b = r->max;
	return match_out(r, l, FAULT_LIMIT, at);
}

/* Returns the fixed bytes after the variable item, so that missing bytes count the whole frame. */
static size_t tail_of(const struct matching *r, const struct level *l)
{
	size_t n = 0;
	for (size_t i = l->variable + 1u; i < (size_t)l->first + l->count; i++)
		if (r->v->items[i].fixed > 0 && !match_is_absent(r->t, &r->v->items[i]))
			n += (size_t)r->v->items[i].fixed;
	return n;
}

static enum match room_for(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t size)
{
	size_t there = match_level_bytes(r, (size_t)(l - r->v->levels)).len - at;
	match_see(r, l, at + size);
	if (there >= size)
		return MATCH_FRAME;
	enum match m = match_more(r, l, whole, at, size - there);
	r->event->a += tail_of(r, l);
	return m;
}

static enum match by_length(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t *size)
{
	uint64_t said = r->t->number[l->ends_item];
	if (l->exact && !l->in_group) {
		if (said < l->minus)
			return bad_length(r, l, l->ends_item);
		said -= l->minus;
	} else if (!match_solve(r, l->ends_item, l->variable, &said)) {
		return bad_length(r, l, l->ends_item);
	}
	if (said > r->max || at + said > r->max)
		return over_limit(r, l, said, at);
	*size = (size_t)said;
	r->event->end = END_LENGTH;
	return room_for(r, l, at, whole, *size);
}

/* Computes the size of a transform from that of the payload in it. */
static enum match by_plain_length(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t *size)
{
	const struct item *item = &r->v->items[l->variable];
	const struct level *inner = &r->v->levels[item->inner];
	uint64_t payload;
	size_t others = 0;
	if (!match_solve(r, l->ends_item, (size_t)r->v->payload, &payload))
		return bad_length(r, l, l->ends_item);
	if (payload > r->max)
		return over_limit(r, l, payload, at);
	for (size_t i = inner->first; i < (size_t)inner->first + inner->count; i++)
		if ((int)i != r->v->payload)
			others += (size_t)r->v->items[i].fixed;
	size_t chunk = item->xform->chunk;
	*size = chunk ? (size_t)payload + ((size_t)payload + chunk - 1) / chunk * others
		      : ((size_t)payload + others) * item->xform->how->ratio;
	if (*size > r->max)
		return over_limit(r, l, *size, at);
	r->event->end = END_LENGTH;
	return room_for(r, l, at, whole, *size);
}

/* ---- by a search ---- */

struct found {
	size_t place, which;
	bool found;
	size_t scanned; /* no end begins before this */
};

static bool stands_at(struct slice bytes, size_t at, struct slice what)
{
	return at + what.len <= bytes.len && memcmp(bytes.at + at, what.at, what.len) == 0;
}

/* Says whether this alternative ends before the one found, or at the same place but is longer. */
static bool is_better(const struct found *f, const struct slice *ends, size_t place, size_t which)
{
	size_t end = place + ends[which].len, best = f->place + ends[f->which].len;
	return !f->found || end < best || (end == best && place < f->place);
}

static void find_one(struct slice bytes, const struct slice *ends, size_t which, size_t from,
	size_t to, struct found *f)
{
	struct slice end = ends[which];
	const uint8_t *p = bytes.at + from, *stop = bytes.at + to;
	while (p < stop && (p = memchr(p, end.at[0], (size_t)(stop - p)))) {
		size_t at = (size_t)(p - bytes.at);
		if (stands_at(bytes, at, end)) {
			if (is_better(f, ends, at, which)) {
				f->found = true;
				f->place = at;
				f->which = which;
			}
			return;
		}
		p++;
	}
}

/* Searches in windows if there are several ends, so that one that never comes is not searched for
 * in everything.  A byte is looked at once for each end, however often the search is repeated. */
static void find_plain(
	struct slice bytes, const struct slice *ends, size_t count, size_t from, struct found *f)
{
	enum { WINDOW = 512 };
	size_t longest = 0;
	if (count == 1 && ends[0].len == 1 && from < bytes.len) {
		const uint8_t *p = memchr(bytes.at + from, ends[0].at[0], bytes.len - from);
		f->found = p != NULL;
		f->place = p ? (size_t)(p - bytes.at) : 0;
		f->scanned = bytes.len;
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (ends[i].len > longest)
			longest = ends[i].len;
	while (from < bytes.len && !f->found) {
		size_t to = count > 1 && from + WINDOW < bytes.len ? from + WINDOW : bytes.len;
		for (size_t i = 0; i < count; i++)
			find_one(bytes, ends, i, from, to, f);
		from = to;
	}
	/* An end that began in this window may be complete only after one of the next. */
	for (size_t i = 0; i < count && f->found && count > 1; i++) {
		size_t end = f->place + ends[f->which].len;
		if (end > from)
			find_one(bytes, ends, i, from, end < bytes.len ? end : bytes.len, f);
	}
	f->scanned = bytes.len >= longest ? bytes.len - longest + 1 : 0;
}

/* Returns the size of what a transform wrote as one: a pair after the lead, doubled marks. */
static size_t unit_at(const struct xform *x, enum xform_search search, struct slice rest)
{
	static const uint8_t mark[] = {0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B};
	if (search == SEARCH_PAIRS)
		return rest.at[0] == x->lead ? 2 : 1;
	return rest.len >= 8 && memcmp(rest.at, mark, 8) == 0 ? 8 : 1;
}

static void find_stepping(const struct xform *x, enum xform_search search, struct slice bytes,
	const struct slice *ends, size_t count, size_t from, struct found *f)
{
	size_t at = from;
	while (at < bytes.len && !f->found) {
		struct slice rest = slice_cut(bytes, at, bytes.len);
		bool partial = false;
		for (size_t i = 0; i < count; i++) {
			if (stands_at(bytes, at, ends[i]) && is_better(f, ends, at, i)) {
				f->found = true;
				f->place = at;
				f->which = i;
			}
			partial |= rest.len < ends[i].len && slice_starts(ends[i], rest);
		}
		if (search == SEARCH_SML && rest.len < 8 && rest.at[0] == 0x1B)
			partial = true;
		size_t unit = unit_at(x, search, rest);
		if (f->found || partial || unit > rest.len)
			break;
		at += unit;
	}
	f->scanned = at;
}

static enum match end_of_input(
	const struct matching *r, const struct level *l, const struct item *item)
{
	bool close = item->kind == ITEM_EOF || (item->kind == ITEM_END && item->ends->eof);
	bool gap = item->kind == ITEM_GAP || (item->kind == ITEM_END && item->ends->gap);
	if (l != &r->v->levels[0])
		return MATCH_MORE;
	if (close && r->closed)
		r->event->end = END_CLOSE;
	else if (gap && (r->gap || r->silent || r->closed))
		r->event->end = END_SILENCE;
	else
		return MATCH_MORE;
	return MATCH_FRAME;
}

/* ---- back from the end to the item's own ---- */

static bool walk_fill(struct matching *r, size_t index, struct slice bytes, size_t at, size_t *pos)
{
	const struct item *item = &r->v->items[index];
	size_t n = item->bytes.len, times = 0, most = item->quantifier == '?' ? 1 : SIZE_MAX;
	while (times < most && *pos >= at + n && stands_at(bytes, *pos - n, item->bytes)) {
		*pos -= n;
		times++;
	}
	r->t->size[index] = times * n;
	return times || item->quantifier != '+';
}

static bool walk_group(struct matching *r, const struct level *l, size_t *i, struct slice bytes,
	size_t at, size_t *pos)
{
	uint8_t group = r->v->items[*i].group;
	size_t size = 0, first = *i;
	for (;; first--) {
		size += (size_t)r->v->items[first].fixed;
		if (first == l->variable + 1u || r->v->items[first - 1].group != group)
			break;
	}
	*i = first;
	r->t->decided |= UINT64_C(1) << group;
	if (*pos >= at + size && stands_at(bytes, *pos - size, r->v->items[first].bytes))
		*pos -= size;
	else
		r->t->absent |= UINT64_C(1) << group;
	return true;
}

/* Walks back over an align.  A len at a fixed distance after `end` gives its size. */
static enum match walk_align(struct matching *r, const struct level *l, size_t i, size_t end_item,
	size_t end, bool whole, size_t at, size_t *pos)
{
	const struct item *item = &r->v->items[i];
	const struct item *len = &r->v->items[item->sized_by];
	struct slice bytes = match_level_bytes(r, (size_t)(l - r->v->levels));
	uint64_t size = 0;
	if (item->sized_by < i) {
		if (!match_solve(r, item->sized_by, i, &size))
			return bad_length(r, l, item->sized_by);
	} else {
		size_t place = end;
		for (size_t k = end_item; k < item->sized_by; k++)
			place += (size_t)r->v->items[k].fixed;
		int n = inttype_get(len->type, slice_cut(bytes, place, bytes.len), true, &size);
		if (n == 0)
			return match_more(r, l, whole, at, place + len->type.size - bytes.len);
		if (n < 0 || !ops_undo(len->covers, &size))
			return match_out(r, l, FAULT_NUMBER, place);
	}
	if (*pos < at + size)
		return match_out(r, l, FAULT_LENGTH, at);
	r->t->size[i] = (size_t)size;
	*pos -= (size_t)size;
	return MATCH_FRAME;
}

/* Walks from `end`, where the items end_item.. begin, back to the end of the variable item. */
static enum match walk_back(struct matching *r, const struct level *l, size_t at, bool whole,
	size_t end_item, size_t end, size_t *size)
{
	size_t pos = end, level = (size_t)(l - r->v->levels);
	struct slice bytes = match_level_bytes(r, level);
	uint8_t own = r->v->items[l->variable].group;
	for (size_t i = end_item; l->back && i-- > l->variable + 1u;) {
		const struct item *item = &r->v->items[i];
		bool beside = item->group && item->group == own; /* of the variable item */
		if (beside && l->in_group)
			continue; /* counted when the group was entered */
		bool good = true;
		enum match m = MATCH_FRAME;
		if (item->group && !beside)
			good = walk_group(r, l, &i, bytes, at, &pos);
		else if (item->kind == ITEM_FILL)
			good = walk_fill(r, i, bytes, at, &pos);
		else if (item->kind == ITEM_ALIGN)
			m = walk_align(r, l, i, end_item, end, whole, at, &pos);
		else if (pos >= at + (size_t)item->fixed)
			pos -= (size_t)item->fixed;
		else
			good = false;
		if (m != MATCH_FRAME)
			return m;
		if (!good)
			return match_out(r, l, FAULT_UNENDED, at);
	}
	if (!l->back)
		pos = end >= l->least ? end - l->least : 0;
	if (pos < at || end < l->least)
		return match_more(r, l, true, at, at + l->least - end);
	*size = pos - at;
	return MATCH_FRAME;
}

static const struct item *payload_of(const struct matching *r, const struct level *l)
{
	const struct item *item = &r->v->items[l->variable];
	return item->kind == ITEM_PAYLOAD && !item->group ? item : NULL;
}

/* Returns the literals that end the level's variable item; *count: how many there are. */
static const struct slice *ends_of(const struct item *item, size_t *count)
{
	*count = item->kind == ITEM_BYTES ? 1 : item->kind == ITEM_END ? item->ends->count : 0;
	return item->kind == ITEM_BYTES ? &item->bytes
	       : item->kind == ITEM_END ? item->ends->at
					: NULL;
}

/* Takes the end that was found for the level's variable item, which begins at `at`. */
static enum match take_end(struct matching *r, const struct level *l, size_t at, bool whole,
	struct slice end, const struct found *f, size_t *size)
{
	r->event->end = END_DELIMITER;
	r->event->end_bytes = end;
	r->t->size[l->ends_item] = end.len;
	r->t->number[l->ends_item] = f->which;
	/* An align needs what comes after the end: the search begins there again. */
	r->t->scanned[l - r->v->levels] = f->place;
	match_see(r, l, f->place + end.len);
	return walk_back(r, l, at, whole, l->ends_item, f->place, size);
}

static enum match by_search(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t *size)
{
	const struct item *item = &r->v->items[l->ends_item], *payload = payload_of(r, l);
	size_t count;
	const struct slice *ends = ends_of(item, &count);
	size_t level = (size_t)(l - r->v->levels), *scanned = &r->t->scanned[level];
	struct slice bytes = match_level_bytes(r, level);
	struct found f = {0};
	size_t from = at + l->least + (payload ? payload->least : 0);
	if (from < *scanned)
		from = *scanned;
	if (count && from < bytes.len) {
		if (l->search == SEARCH_PLAIN)
			find_plain(bytes, ends, count, from, &f);
		else
			find_stepping(r->v->items[l->variable].xform, l->search, bytes, ends, count,
				from, &f);
		if (!f.found && f.scanned > *scanned)
			*scanned = f.scanned;
	}
	if (f.found)
		return take_end(r, l, at, whole, ends[f.which], &f, size);
	size_t first = count ? ends[0].len : 0;
	if (payload && payload->most < bytes.len && !r->last &&
		bytes.len - at > payload->most + l->least + first) {
		match_see(r, l, at + payload->most + l->least + first + 1);
		r->event->a = bytes.len - at;
		r->event->b = payload->most;
		return match_out(r, l, FAULT_LIMIT, at);
	}
	if (end_of_input(r, l, item) == MATCH_FRAME) {
		r->t->size[l->ends_item] = 0;
		return walk_back(r, l, at, whole, l->ends_item, bytes.len, size);
	}
	r->event->expected = count ? ends[0] : (struct slice){0};
	return match_more(r, l, whole, at, 0);
}

enum match match_find(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t *size)
{
	switch (l->ends_by) {
	case ENDS_LENGTH:
		return by_length(r, l, at, whole, size);
	case ENDS_PLAIN:
		return by_plain_length(r, l, at, whole, size);
	case ENDS_SEARCH:
		return by_search(r, l, at, whole, size);
	default:
		return walk_back(r, l, at, whole, (size_t)l->first + l->count,
			match_level_bytes(r, (size_t)(l - r->v->levels)).len, size);
	}
}
