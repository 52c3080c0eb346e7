/* shelf.c - see shelf.h. */
#include "session/shelf.h"

#include "base/mem.h"
#include <stddef.h>
#include <stdlib.h>

/* Bytes of a shelf: twice what the last one needed.  So only a flood gets large shelves, and little
 * is lost where a part of one is not needed any more. */
enum { SHELF_LEAST = 4 * 1024, SHELF_MOST = 32 * 1024 };

static size_t aligned(size_t size)
{
	size_t unit = _Alignof(max_align_t);
	return (size + unit - 1) / unit * unit;
}

struct shelf *shelf_for(struct shelf **newest, struct frame *frame, size_t size)
{
	struct shelf *shelf = *newest;
	size_t need = aligned(size), room = shelf ? shelf->used * 2 : 0;
	if (shelf && shelf->frame == frame && shelf->size - shelf->used >= need)
		return shelf;
	room = room < SHELF_LEAST ? SHELF_LEAST : room > SHELF_MOST ? SHELF_MOST : room;
	if (room < need)
		return NULL;
	shelf_leave(shelf);
	*newest = shelf = mem_grow(NULL, 1, sizeof *shelf + room);
	*shelf = (struct shelf){.frame = frame_ref(frame), .users = 1, .size = room};
	return shelf;
}

void *shelf_take(struct shelf *shelf, size_t size)
{
	void *at = (uint8_t *)shelf->bytes + shelf->used;
	shelf->used += aligned(size);
	shelf->users++;
	return at;
}

void shelf_leave(struct shelf *shelf)
{
	if (!shelf || --shelf->users)
		return;
	frame_unref(shelf->frame);
	free(shelf);
}
