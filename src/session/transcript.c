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

/* What is oldest is long out of the caches: in a flood waiting for it would be half of all time.
 * The one that goes next is fetched a frame ahead, and the one behind it begun. */
static void fetch_ahead(const struct exchange *x)
{
	const char *next = x ? (const char *)x->next : NULL;
	if (!next)
		return;
	for (size_t at = 0; at < sizeof *x; at += 64)
		__builtin_prefetch(next + at);
	for (size_t at = 0; x->replies && at < sizeof(struct reply); at += 64)
		__builtin_prefetch((const char *)x->replies + at);
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
	fetch_ahead(t->first);
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
