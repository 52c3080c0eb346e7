/* shelf.h - exchanges of a transcript that go together.
 *
 * A device that talks without end makes frames by the million, and the transcript keeps the newest
 * of them.  Made and forgotten one by one, each costs several waits for memory that is long out of
 * the caches; so frames that answer nothing lie one behind the other on a shelf, and the oldest
 * shelf goes at once.  Exchanges with memory of their own (commands, damaged frames) are counted
 * on the shelf of their time.
 */
#ifndef WILCO_SHELF_H
#define WILCO_SHELF_H

#include <wilco/session.h>

struct shelf {
	struct shelf *next;
	struct frame *frame;         /* a reference, for all that lie here; NULL: nothing does */
	const struct exchange *last; /* of its time */
	size_t count;                /* of its time, and of these with memory of their own: */
	size_t loose;
	size_t held, wire; /* bytes: in memory, on the wire */
	bool lent;         /* one lies here that the transcript does not have yet */
	/* In a flood all frames end alike: said once. */
	const uint8_t *delimiter;
	const char *end;
	size_t used, size; /* bytes */
	max_align_t bytes[];
};

/* A place on the newest shelf for `size` bytes and a word on how they ended, and the exchange goes
 * to transcript_add next; NULL: it needs memory of its own. */
struct shelf *shelf_for(struct transcript *t, struct frame *frame, size_t size);
/* The bytes promised by shelf_for. */
void *shelf_take(struct shelf *shelf, size_t size);
/* Why the event ended, kept as long as the shelf. */
const char *shelf_end_text(struct shelf *shelf, const struct split_event *event);

#endif
