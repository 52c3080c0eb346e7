/* match_inside.c - matches what is inside a transform: it is decoded into the scratch buffer, and
 * read there by the same code as the wire.
 *
 * The coded bytes of a transform in a transform are in that buffer, too, which moves when it grows:
 * so they are looked up again whenever something was added.
 */
#include "frame/match.h"

/* Returns the coded bytes of the level, from `at` on. */
static struct slice coded(const struct matching *r, const struct level *l, size_t at, size_t to)
{
	return slice_cut(match_level_bytes(r, (size_t)(l - r->v->levels)), at, to);
}

/* Says that the transform cannot hold these bytes, which are at `at`. */
static enum match bad_escape(struct matching *r, const struct level *l, const struct item *item,
	struct slice bytes, size_t at)
{
	r->event->got = bytes;
	match_out(r, l, FAULT_ESCAPE, at);
	r->event->within = item->xform->name;
	return MATCH_OUT;
}

/* Decodes a transform whose wire bytes are known, and reads it as a whole. */
enum match match_inside(struct matching *r, const struct level *l, size_t index, size_t at)
{
	const struct item *item = &r->v->items[index];
	const struct level *inner = &r->v->levels[item->inner];
	size_t used = 0, start = r->scratch->len, first = inner->first, inner_at = 0;
	size_t end = at + r->t->size[index];
	r->t->level_at[item->inner] = start;
	r->t->level_len[item->inner] = 0;
	enum xform_result x =
		xform_decode(item->xform, coded(r, l, at, end), &used, r->scratch, start, SIZE_MAX);
	if (x != XFORM_DONE)
		return bad_escape(
			r, l, item, slice_cut(coded(r, l, at, end), used, used + 2), at + used);
	r->t->level_len[item->inner] = r->scratch->len - start;
	enum match m = match_items(r, item->inner, &first, &inner_at, true);
	if (m != MATCH_FRAME)
		return m;
	if (inner_at == r->t->level_len[item->inner])
		return MATCH_FRAME;
	r->event->a = r->t->level_len[item->inner] - inner_at;
	return match_out(r, inner, FAULT_REST, inner_at);
}

/* Returns how many bytes at `used` are needed to see that they are not allowed. */
static size_t bad_width(struct matching *r, const struct level *l, const struct xform *x, size_t at,
	size_t used, size_t start)
{
	size_t before = r->scratch->len, n = 1;
	for (enum xform_result result = XFORM_MORE; n < 8; n++) {
		size_t from = used;
		result = xform_decode(
			x, coded(r, l, at, at + used + n), &from, r->scratch, start, SIZE_MAX);
		r->scratch->len = before;
		if (result == XFORM_BAD)
			break;
	}
	return n;
}

/* Takes the transform, of which `plain` bytes are the content; more may have been decoded. */
static void take_content(
	struct matching *r, const struct level *l, size_t index, size_t at, size_t plain)
{
	const struct item *item = &r->v->items[index];
	size_t size = 0, behind = r->scratch->len;
	xform_decode(item->xform, coded(r, l, at, SIZE_MAX), &size, r->scratch, behind, plain);
	r->scratch->len = behind;
	r->t->level_len[item->inner] = plain;
	r->t->size[index] = size;
	r->event->end = END_CONTENT;
}

/* Matches a transform of which only the content shows where it ends.  Bytes are decoded as far as
 * they are needed, at least half as many again each time, because the content is then read from its
 * beginning.  So no byte that comes at once is decoded or read more than a few times; one that
 * comes in pieces, once for each, and where pieces are watched (resync.c), SPLIT_WATCHES times. */
enum match match_content(
	struct matching *r, const struct level *l, size_t index, size_t at, bool whole)
{
	enum { AHEAD = 32 };
	const struct item *item = &r->v->items[index];
	const struct level *inner = &r->v->levels[item->inner];
	size_t fresh = 0, *used = l->parent == NONE ? &r->t->undone : &fresh;
	if (*used == 0) {
		r->t->level_at[item->inner] = r->scratch->len;
		r->t->level_len[item->inner] = 0;
	}
	size_t start = r->t->level_at[item->inner];
	for (;;) {
		size_t first = inner->first, inner_at = 0, have = r->scratch->len - start;
		r->t->level_len[item->inner] = have;
		enum match m = match_items(r, item->inner, &first, &inner_at, false);
		if (m == MATCH_FRAME)
			take_content(r, l, index, at, inner_at);
		if (m != MATCH_MORE)
			return m;
		size_t missing = r->missing, more = have / 2 > AHEAD ? have / 2 : AHEAD;
		size_t want = have + (missing > more ? missing : more);
		/* Bytes that an inner item (another transform) added are not this level's. */
		r->scratch->len = start + have;
		enum xform_result x = xform_decode(
			item->xform, coded(r, l, at, SIZE_MAX), used, r->scratch, start, want);
		if (r->scratch->len > start + have)
			continue;
		if (x == XFORM_BAD) {
			size_t from = at + *used;
			size_t to = from + bad_width(r, l, item->xform, at, *used, start);
			match_see(r, l, to);
			return bad_escape(r, l, item, coded(r, l, from, to), from);
		}
		r->missing = missing;
		return match_more(r, l, whole, at, missing);
	}
}

/* Matches chunk[n]: the inner items repeat, and the pieces of payload are joined in the scratch. */
enum match match_chunks(struct matching *r, const struct level *l, size_t index, size_t at)
{
	const struct item *item = &r->v->items[index];
	const struct level *inner = &r->v->levels[item->inner];
	size_t end = at + r->t->size[index], whole = item->xform->chunk, from = r->scratch->len;
	size_t payload = (size_t)r->v->payload;
	uint64_t expected;
	bool good = true;
	for (size_t i = inner->first; i < (size_t)inner->first + inner->count; i++)
		whole += r->v->items[i].fixed > 0 ? (size_t)r->v->items[i].fixed : 0;
	/* Pieces are read from a copy after the joined payload. */
	size_t joined_room = r->t->size[index];
	uint8_t *room = bytes_space(r->scratch, 2 * joined_room + 1);
	if (!room)
		return match_out(r, inner, FAULT_LIMIT, at);
	r->scratch->len += 2 * joined_room + 1;
	size_t copy = from + joined_room, joined = 0;
	if (joined_room)
		memcpy(r->scratch->at + copy, coded(r, l, at, end).at, joined_room);
	for (size_t place = at; place < end; place += whole) {
		size_t first = inner->first, inner_at = 0;
		size_t len = end - place < whole ? end - place : whole;
		r->t->level_at[item->inner] = copy + (place - at);
		r->t->level_len[item->inner] = len;
		enum match m = match_items(r, item->inner, &first, &inner_at, true);
		if (m != MATCH_FRAME)
			return m;
		for (size_t i = inner->first; i < (size_t)inner->first + inner->count; i++)
			if (r->v->items[i].covers && !match_verify_one(r, i, &expected))
				good = false;
		memcpy(r->scratch->at + from + joined,
			r->scratch->at + r->t->level_at[item->inner] + r->t->from[payload],
			r->t->size[payload]);
		joined += r->t->size[payload];
	}
	r->t->level_at[item->inner] = from;
	r->t->level_len[item->inner] = joined;
	for (size_t i = inner->first; i < (size_t)inner->first + inner->count; i++)
		r->t->size[i] = r->t->from[i] = 0;
	r->t->size[payload] = joined;
	return good ? MATCH_FRAME : MATCH_BAD;
}
