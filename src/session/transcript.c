/* transcript.c - see transcript.h and shelf.h. */
#include <wilco/transcript.h>

#include "base/mem.h"
#include "session/exchange.h"
#include "session/shelf.h"
#include <stddef.h>
#include <stdlib.h>

/* A shelf is a small part of what the transcript holds, so that little more goes than must. */
enum { SHELF_PART = 64, SHELF_LEAST = 4 * 1024, SHELF_MOST = 128 * 1024 };

static size_t on_wire(const struct exchange *x)
{
	return x->held + x->sent.len + x->stray.len;
}

static size_t size_of(const struct exchange *x)
{
	return sizeof *x + on_wire(x) + x->payload.len;
}

void transcript_init(struct transcript *t, size_t cap)
{
	*t = (struct transcript){.cap = cap};
}

/* ---- shelves ---- */

static struct shelf *add_shelf(struct transcript *t, size_t size)
{
	struct shelf *shelf = mem_grow(NULL, 1, sizeof *shelf + size);
	*shelf = (struct shelf){.size = size};
	*(t->newest ? &t->newest->next : &t->oldest) = shelf;
	t->newest = shelf;
	return shelf;
}

static size_t share(const struct transcript *t)
{
	size_t part = t->cap / SHELF_PART;
	return part < SHELF_MOST ? part : SHELF_MOST;
}

/* As much again as the last one needed: only a flood gets large ones. */
static size_t next_size(const struct transcript *t)
{
	size_t most = share(t), size = t->newest ? t->newest->used * 2 : 0;
	size = size > SHELF_LEAST ? size : SHELF_LEAST;
	return size < most ? size : most;
}

static size_t aligned(size_t size)
{
	size_t unit = _Alignof(max_align_t);
	return (size + unit - 1) / unit * unit;
}

struct shelf *shelf_for(struct transcript *t, struct frame *frame, size_t size)
{
	struct shelf *shelf = t->newest;
	size_t need = aligned(size) + SPLIT_TEXT_MAX;
	if (!shelf || shelf->size - shelf->used < need || (shelf->frame && shelf->frame != frame)) {
		size_t room = next_size(t);
		if (room < need)
			return NULL;
		shelf = add_shelf(t, room);
	}
	if (!shelf->frame)
		shelf->frame = frame_ref(frame);
	return shelf;
}

void *shelf_take(struct shelf *shelf, size_t size)
{
	void *at = (uint8_t *)shelf->bytes + shelf->used;
	shelf->used += aligned(size);
	shelf->lent = true;
	return at;
}

const char *shelf_end_text(struct shelf *shelf, const struct split_event *event)
{
	char text[SPLIT_TEXT_MAX];
	if (event->end == END_DELIMITER && shelf->end && shelf->delimiter == event->end_bytes.at)
		return shelf->end;
	split_end_text(event, text);
	size_t size = strlen(text) + 1;
	char *end = shelf_take(shelf, size);
	memcpy(end, text, size);
	shelf->end = event->end == END_DELIMITER ? end : NULL;
	shelf->delimiter = event->end_bytes.at;
	return end;
}

/* ---- the transcript ---- */

static void free_loose(struct exchange *x, const struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++) {
		struct exchange *next = x->next;
		if (!x->shelved)
			exchange_free(x);
		x = next;
	}
}

static void drop_shelf(struct transcript *t)
{
	struct shelf *shelf = t->oldest;
	struct exchange *first = t->first;
	t->oldest = shelf->next;
	if (!t->oldest)
		t->newest = NULL;
	if (shelf->count)
		t->first = shelf->last->next;
	if (!t->first)
		t->last = NULL;
	t->count -= shelf->count;
	t->held -= shelf->held;
	t->dropped += shelf->count;
	t->dropped_bytes += shelf->wire;
	if (shelf->loose)
		free_loose(first, shelf);
	if (shelf->frame)
		frame_unref(shelf->frame);
	free(shelf);
}

/* The shelf that the exchange is of the time of. */
static struct shelf *shelf_now(struct transcript *t)
{
	struct shelf *shelf = t->newest;
	if (!shelf || (shelf->held > share(t) && !shelf->lent))
		shelf = add_shelf(t, 0);
	return shelf;
}

void transcript_add(struct transcript *t, struct exchange *x)
{
	if (!t->cap) {
		exchange_free(x);
		return;
	}
	struct shelf *shelf = shelf_now(t);
	size_t size = size_of(x);
	x->next = NULL;
	*(t->last ? &t->last->next : &t->first) = x;
	t->last = x;
	t->count++;
	t->held += size;
	shelf->last = x;
	shelf->count++;
	shelf->loose += !x->shelved;
	shelf->held += size;
	shelf->wire += on_wire(x);
	if (x->shelved)
		shelf->lent = false;
	while (t->held > t->cap && t->oldest && !t->oldest->lent)
		drop_shelf(t);
}

void transcript_free(struct transcript *t)
{
	while (t->oldest)
		drop_shelf(t);
}
