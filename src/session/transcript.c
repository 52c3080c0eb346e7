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

static void drop_first(struct transcript *t)
{
	struct exchange *x = t->first;
	t->first = x->next;
	if (!t->first)
		t->last = NULL;
	t->count--;
	t->held -= size_of(x);
	t->dropped++;
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
