/* shelf.h - memory for exchanges that come and go together.
 *
 * A device that talks without end makes frames by the million, and their owner forgets the oldest.
 * If each is made and forgotten by itself, it costs several waits for memory that has left the
 * caches long ago.  So frames that answer nothing are next to each other on a shelf, which is freed
 * when nobody needs any of them.
 */
#ifndef WILCO_SHELF_H
#define WILCO_SHELF_H

#include <wilco/session.h>

struct shelf {
	struct frame *frame; /* a reference for everything on the shelf */
	size_t users;        /* exchanges on it, and the session that fills it */
	size_t used, size;   /* bytes */
	max_align_t bytes[];
};

/* Finds a place for an exchange of `size` bytes, on *newest or on a shelf that replaces it; NULL:
 * it needs memory of its own. */
struct shelf *shelf_for(struct shelf **newest, struct frame *frame, size_t size);
/* Takes the bytes that shelf_for() promised, for one more user. */
void *shelf_take(struct shelf *shelf, size_t size);
void shelf_leave(struct shelf *shelf); /* NULL is allowed */

#endif
