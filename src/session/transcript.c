/* transcript.c - see transcript.h. */
#include <wilco/transcript.h>

#include "session/exchange.h"

static size_t size_of(const struct exchange *x)
{
	return sizeof *x + x->held + x->sent.len + x->stray.len + x->payload.len;
}

void transcript_init(struct transcript *t, size_t cap)
{
	*t = (struct transcript){.cap = cap};
}

enum { LINE = 64, AHEAD = 2048, FETCHED = 512 };

/* What is oldest is long out of the caches, and waiting for it would be a third of all time in a
 * flood.  Blocks that were made one after the other mostly lie so: what goes in a few frames is
 * fetched now.  A wrong guess costs nothing but the fetch. */
static void fetch_ahead(const struct exchange *x)
{
	uintptr_t from = (uintptr_t)x + AHEAD;
	for (size_t at = 0; at < FETCHED; at += LINE)
		__builtin_prefetch((const void *)(from + at));
}

static void drop_first(struct transcript *t)
{
	struct exchange *x = t->first;
	t->first = x->next;
	if (!t->first)
		t->last = NULL;
	t->count--;
	t->held -= size_of(x);
	t->dropped++;
	fetch_ahead(x);
	t->dropped_bytes += x->held + x->sent.len + x->stray.len;
	exchange_free(x);
}

void transcript_add(struct transcript *t, struct exchange *x)
{
	if (!t->cap) {
		exchange_free(x);
		return;
	}
	x->next = NULL;
	*(t->last ? &t->last->next : &t->first) = x;
	t->last = x;
	t->count++;
	t->held += size_of(x);
	while (t->held > t->cap && t->first)
		drop_first(t);
}

void transcript_free(struct transcript *t)
{
	while (t->first)
		drop_first(t);
}
