/* match.c - one candidate against one variant: a frame of n bytes, more is needed, or out at byte
 * n because ...
 *
 * The items in front of the payload are read again with each call: they are few and short.  The
 * search for the payload's end goes on where it stopped (`scanned`), so that bytes that come one
 * by one cost the same as all at once.
 */
#include "frame/match.h"

#include "base/text.h"

static struct slice rest_of(const struct candidate *c, size_t at)
{
	return slice_cut(c->bytes, at, c->bytes.len);
}

static enum match out(struct candidate *c, enum split_fault fault, size_t at)
{
	c->event->fault = fault;
	c->event->at = at;
	c->size = at;
	return MATCH_OUT;
}

static enum match more(struct candidate *c, size_t missing)
{
	c->event->fault = missing ? FAULT_MISSING : FAULT_UNENDED;
	c->event->a = missing;
	return MATCH_MORE;
}

/* ---- items of known size ---- */

static enum match match_bytes(const struct item *item, size_t at, struct candidate *c)
{
	struct slice rest = rest_of(c, at);
	size_t n = 0;
	while (n < item->bytes.len && n < rest.len && rest.at[n] == item->bytes.at[n])
		n++;
	if (n == item->bytes.len)
		return MATCH_FRAME;
	if (n == rest.len)
		return more(c, item->bytes.len - n);
	c->event->expected = slice_cut(item->bytes, n, n + 1);
	c->event->got = slice_cut(rest, n, n + 1);
	return out(c, FAULT_EXPECTED, at + n);
}

static void keep_field(
	const struct item *item, struct slice raw, uint64_t number, struct candidate *c)
{
	struct field_value *v = &c->values->at[item->field];
	*v = (struct field_value){.set = true, .number = number};
	if (item->type.kind != INT_TEXT)
		return;
	v->is_text = true;
	while (raw.len && raw.at[raw.len - 1] == ' ')
		raw.len--;
	v->len = (uint8_t)raw.len;
	if (raw.len)
		memcpy(v->text, raw.at, raw.len);
}

/* The size an item must have by a length in front of it; false when none says so. */
static bool size_by_length(
	const struct variant *v, const struct candidate *c, size_t at, size_t *size, size_t *from)
{
	for (size_t i = 0; i < at; i++) {
		const struct item *len = &v->items[i];
		uint64_t total = c->numbers[i], others = 0;
		bool covered = false;
		if (len->kind != ITEM_LEN)
			continue;
		for (size_t s = 0; s < len->span_count; s++)
			for (size_t k = len->spans[s].first; k <= len->spans[s].last; k++) {
				long fixed = item_fixed_size(&v->items[k]);
				if (k == at)
					covered = true;
				else
					others += k < at      ? c->sizes[k]
						  : fixed > 0 ? (size_t)fixed
							      : 0;
			}
		if (!covered)
			continue;
		*from = i;
		if (!ops_undo(len, &total) || total < others)
			return false;
		*size = total - others > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)(total - others);
		return true;
	}
	return false;
}

static enum match match_number(
	const struct variant *v, size_t index, size_t at, struct candidate *c)
{
	const struct item *item = &v->items[index];
	struct slice rest = rest_of(c, at);
	size_t said, from;
	bool bounded = !item->type.size && size_by_length(v, c, index, &said, &from);
	if (bounded && rest.len < said)
		return more(c, said - rest.len);
	if (bounded)
		rest.len = said;
	if (item->type.kind == INT_TEXT) {
		if (rest.len < item->type.size)
			return more(c, item->type.size - rest.len);
		c->sizes[index] = item->type.size;
		keep_field(item, slice_cut(rest, 0, item->type.size), 0, c);
		return MATCH_FRAME;
	}
	int n = inttype_get(
		item->type, rest, bounded || c->closed || c->silent, &c->numbers[index]);
	if (n == 0)
		return more(c, item->type.size > rest.len ? item->type.size - rest.len : 1);
	if (n < 0 || (bounded && (size_t)n != said)) {
		c->event->got = slice_cut(rest, 0, 1);
		return out(c, FAULT_NUMBER, at);
	}
	c->sizes[index] = (size_t)n;
	if (item->field >= 0)
		keep_field(item, slice_cut(rest, 0, (size_t)n), c->numbers[index], c);
	return MATCH_FRAME;
}

/* ---- the end of the payload ---- */

static bool stands_at(struct slice bytes, size_t at, struct slice what)
{
	return at + what.len <= bytes.len && memcmp(bytes.at + at, what.at, what.len) == 0;
}

/* The first place at or behind `from` where one of `ends` stands, the longest of those there.
 * Searched in windows, so that an alternative that never comes is not searched for in all that
 * is there for every frame. */
static bool find_first(const struct candidate *c, const struct slice *ends, size_t count,
	size_t from, size_t *place, size_t *which)
{
	enum { WINDOW = 512 };
	struct slice bytes = c->bytes;
	for (; from<bytes.len; from += count> 1 ? WINDOW : bytes.len) {
		size_t to = count > 1 && from + WINDOW < bytes.len ? from + WINDOW : bytes.len;
		bool found = false;
		for (size_t i = 0; i < count; i++) {
			const uint8_t *p = bytes.at + from;
			while (p < bytes.at + to &&
				(p = memchr(p, ends[i].at[0], (size_t)(bytes.at + to - p)))) {
				size_t at = (size_t)(p - bytes.at);
				if (stands_at(bytes, at, ends[i])) {
					if (!found || at < *place ||
						(at == *place && ends[i].len > ends[*which].len)) {
						*place = at;
						*which = i;
					}
					found = true;
					to = at + 1;
					break;
				}
				p++;
			}
		}
		if (found)
			return true;
	}
	return false;
}

static size_t longest(const struct slice *ends, size_t count)
{
	size_t most = 0;
	for (size_t i = 0; i < count; i++)
		if (ends[i].len > most)
			most = ends[i].len;
	return most;
}

/* R8: a longer alternative that begins like the one found may still come to its end. */
static void set_absorb(struct candidate *c, const struct slice *ends, size_t count, size_t which)
{
	for (size_t i = 0; i < count; i++)
		if (ends[i].len > ends[which].len && slice_starts(ends[i], ends[which]))
			c->absorb = slice_cut(ends[i], ends[which].len, ends[i].len);
}

static enum match end_of_input(
	const struct item *item, size_t at, struct candidate *c, size_t *size)
{
	bool close = item->kind == ITEM_EOF || item->end_eof;
	bool gap = item->kind == ITEM_GAP || item->end_gap;
	if (close && c->closed)
		c->event->end = END_CLOSE;
	else if (gap && (c->gap || c->silent || c->closed))
		c->event->end = END_SILENCE;
	else
		return MATCH_MORE;
	*size = c->bytes.len - at;
	return MATCH_FRAME;
}

static enum match find_by_search(
	const struct variant *v, size_t at, struct candidate *c, size_t *size)
{
	const struct item *item = &v->items[v->ends_item];
	const struct slice *ends = item->kind == ITEM_BYTES ? &item->bytes : item->ends;
	size_t count = item->kind == ITEM_BYTES ? 1 : item->end_count;
	size_t from = at + v->items[v->payload].least + v->between, place = 0, which = 0;
	if (from < c->scanned)
		from = c->scanned;
	if (count && find_first(c, ends, count, from, &place, &which)) {
		c->event->end = END_DELIMITER;
		c->event->end_bytes = ends[which];
		*size = place - v->between - at;
		if (item->kind == ITEM_END) {
			c->sizes[v->ends_item] = ends[which].len;
			set_absorb(c, ends, count, which);
		}
		return MATCH_FRAME;
	}
	size_t tail = count ? longest(ends, count) - 1 : 0;
	if (c->bytes.len > tail && c->bytes.len - tail > c->scanned)
		c->scanned = c->bytes.len - tail;
	if (end_of_input(item, at, c, size) == MATCH_FRAME) {
		c->sizes[v->ends_item] = 0;
		return MATCH_FRAME;
	}
	c->event->expected = count ? ends[0] : (struct slice){0};
	return more(c, 0);
}

static enum match find_by_length(
	const struct variant *v, size_t at, struct candidate *c, size_t *size)
{
	size_t from = v->ends_item;
	c->event->end = END_LENGTH;
	if (!size_by_length(v, c, (size_t)v->payload, size, &from)) {
		c->event->a = (size_t)c->numbers[from];
		return out(c, FAULT_LENGTH, c->at[from]);
	}
	if (*size > c->max || at + *size > c->max) {
		c->event->a = *size;
		c->event->b = c->max;
		return out(c, FAULT_LIMIT, at);
	}
	return c->bytes.len - at < *size ? more(c, *size - (c->bytes.len - at)) : MATCH_FRAME;
}

static enum match find_payload(
	const struct variant *v, size_t at, struct candidate *c, size_t *size)
{
	const struct item *payload = &v->items[v->payload];
	switch (v->ends_by) {
	case ENDS_LENGTH:
		return find_by_length(v, at, c, size);
	case ENDS_FIXED:
		*size = payload->least;
		c->event->end = END_FIXED;
		return c->bytes.len - at < *size ? more(c, *size - (c->bytes.len - at))
						 : MATCH_FRAME;
	case ENDS_CLOSE:
	case ENDS_SILENCE:
		if (end_of_input(&v->items[v->ends_item], at, c, size) == MATCH_FRAME)
			return MATCH_FRAME;
		c->event->expected = (struct slice){0};
		return more(c, 0);
	default:
		return find_by_search(v, at, c, size);
	}
}

/* `trim`: white space and NUL go, at both ends. */
static struct slice trim(struct slice s)
{
	static const char blanks[] = " \t\n\v\f\r"; /* and its NUL */
	while (s.len && memchr(blanks, s.at[0], sizeof blanks))
		s = slice_cut(s, 1, s.len);
	while (s.len && memchr(blanks, s.at[s.len - 1], sizeof blanks))
		s.len--;
	return s;
}

static enum match match_payload(const struct variant *v, size_t at, struct candidate *c)
{
	const struct item *item = &v->items[v->payload];
	size_t size = 0;
	enum match m = find_payload(v, at, c, &size);
	if (m != MATCH_FRAME)
		return m;
	if (size > item->most || size < item->least) {
		c->event->a = size;
		c->event->b = size > item->most ? item->most : item->least;
		return out(c, FAULT_LIMIT, at);
	}
	c->sizes[v->payload] = size;
	c->event->has_payload = true;
	c->event->payload = slice_cut(c->bytes, at, at + size);
	if (item->trim)
		c->event->payload = trim(c->event->payload);
	return MATCH_FRAME;
}

/* ---- the whole ---- */

static enum match match_end(const struct variant *v, size_t index, size_t at, struct candidate *c)
{
	const struct item *item = &v->items[index];
	if (v->payload >= 0 && index == v->ends_item &&
		(v->ends_by == ENDS_ANY || v->ends_by == ENDS_LITERAL))
		return MATCH_FRAME; /* found by the payload's search */
	for (size_t i = 0; i < item->end_count; i++)
		if (stands_at(c->bytes, at, item->ends[i])) {
			c->sizes[index] = item->ends[i].len;
			set_absorb(c, item->ends, item->end_count, i);
			return MATCH_FRAME;
		}
	if (item->end_eof || item->end_gap ||
		rest_of(c, at).len >= longest(item->ends, item->end_count)) {
		c->event->expected = item->end_count ? item->ends[0] : (struct slice){0};
		c->event->got = slice_cut(c->bytes, at, at + 1);
		return c->event->got.len ? out(c, FAULT_EXPECTED, at) : more(c, 0);
	}
	return more(c, longest(item->ends, item->end_count) - rest_of(c, at).len);
}

/* Every length is compared with what it covers, also where something else ended the payload. */
static enum match check_lengths(const struct variant *v, struct candidate *c)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct item *len = &v->items[i];
		uint64_t size = 0;
		if (len->kind != ITEM_LEN)
			continue;
		for (size_t s = 0; s < len->span_count; s++)
			for (size_t k = len->spans[s].first; k <= len->spans[s].last; k++)
				size += c->sizes[k];
		if (ops_apply(len, size) == c->numbers[i])
			continue;
		c->event->a = (size_t)c->numbers[i];
		c->event->b = (size_t)ops_apply(len, size);
		c->event->fault = FAULT_LENGTH;
		c->event->at = c->at[i];
		return MATCH_OUT; /* c->size is the whole frame: it could be delimited */
	}
	return MATCH_FRAME;
}

static bool is_ours(const struct item *item, size_t index, const struct candidate *c)
{
	const struct field_value *sent = c->sent ? &c->sent->at[item->field] : NULL;
	return !sent || !sent->set || sent->number == c->numbers[index];
}

enum match match_variant(const struct variant *v, struct candidate *c)
{
	size_t at = 0;
	enum match m;
	c->event->end = END_LITERAL;
	for (size_t i = 0; i < v->count; i++) {
		const struct item *item = &v->items[i];
		c->at[i] = at;
		if (item->kind != ITEM_END)
			c->sizes[i] = 0;
		switch (item->kind) {
		case ITEM_BYTES:
			c->sizes[i] = item->bytes.len;
			m = match_bytes(item, at, c);
			break;
		case ITEM_PAYLOAD:
			m = match_payload(v, at, c);
			break;
		case ITEM_END:
			m = match_end(v, i, at, c);
			break;
		case ITEM_EOF:
		case ITEM_GAP:
			m = MATCH_FRAME;
			break;
		default:
			m = match_number(v, i, at, c);
		}
		if (m != MATCH_FRAME)
			return m;
		if (item->kind == ITEM_REF && !is_ours(item, i, c))
			c->event->mark = MARK_NOT_OURS;
		at += c->sizes[i];
	}
	c->size = at;
	return check_lengths(v, c);
}
