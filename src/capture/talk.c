/* talk.c - see talk.h. */
#include "capture/talk.h"

#include "base/mem.h"
#include <stdlib.h>
#include <wilco/limits.h>

void talk_init(struct talk *t)
{
	*t = (struct talk){0};
	bytes_init(&t->bytes, LIMIT_TRAFFIC);
}

void talk_free(struct talk *t)
{
	free(t->said);
	bytes_free(&t->bytes);
	talk_init(t);
}

bool talk_add(struct talk *t, const struct said *what, struct slice bytes)
{
	/* What is noted about many tiny pieces takes room, too. */
	if (t->count >= LIMIT_TRAFFIC / sizeof *t->said)
		return false;
	size_t at = t->bytes.len;
	if (!bytes_add(&t->bytes, bytes))
		return false;
	t->said = mem_more(t->said, t->count, &t->room, sizeof *t->said);
	struct said *s = &t->said[t->count++];
	*s = *what;
	s->at = at;
	if (s->kind == SAID_BYTES)
		s->len = bytes.len;
	return true;
}

/* ---- the order ---- */

/* Which of those that came with the same packet is the first. */
static int rank(const struct said *s)
{
	return s->kind == SAID_MISSING ? 0 : s->kind == SAID_BYTES ? 1 : 2;
}

static int compare(const void *one, const void *other)
{
	const struct said *a = one, *b = other;
	if (a->when.number != b->when.number)
		return a->when.number < b->when.number ? -1 : 1;
	if (a->side == b->side && a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return rank(a) != rank(b) ? rank(a) - rank(b) : a->side - b->side;
}

/* Returns the number of the next packet of the side behind entry i. */
static uint64_t next_number(const struct talk *t, size_t i, int side)
{
	for (size_t n = i + 1; n < t->count; n++)
		if (t->said[n].side == side && t->said[n].kind != SAID_MISSING)
			return t->said[n].when.number;
	return UINT64_MAX;
}

/* Walks all of what the other side said between two packets only once. */
struct talk_walk {
	const struct talk *t;
	size_t *bytes; /* entries with bytes, by their packets */
	size_t count, next;
};

/* Returns the first packet of the other side whose sender had got all up to an offset. */
static uint64_t confirmed_at(
	struct talk_walk *w, const struct said *hole, uint64_t from, uint64_t to)
{
	for (; w->next < w->count; w->next++) {
		const struct said *s = &w->t->said[w->bytes[w->next]];
		if (s->when.number >= to)
			break;
		if (s->when.number > from && s->when.acked >= hole->offset + hole->len)
			return s->when.number;
	}
	return to;
}

/* Gives what one side misses its place.  Entries of a side are in the order of their offsets. */
static void place_missing(struct talk *t, int side)
{
	struct talk_walk w = {.t = t};
	uint64_t before = 0;
	w.bytes = mem_grow(NULL, t->count + 1, sizeof *w.bytes);
	for (size_t i = 0; i < t->count; i++)
		if (t->said[i].side != side && t->said[i].kind == SAID_BYTES)
			w.bytes[w.count++] = i;
	for (size_t i = 0; i < t->count; i++) {
		struct said *s = &t->said[i];
		if (s->side != side)
			continue;
		if (s->kind == SAID_MISSING)
			s->when.number = confirmed_at(&w, s, before, next_number(t, i, side));
		else
			before = s->when.number;
	}
	free(w.bytes);
}

void talk_order(struct talk *t)
{
	for (int side = 0; side < 2; side++)
		place_missing(t, side);
	if (t->count)
		qsort(t->said, t->count, sizeof *t->said, compare);
}
