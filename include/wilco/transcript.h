/* transcript.h - what happened in a session: its ended exchanges, oldest first.
 *
 * Append-only, and the one model that views, recorder and comparison read.  Bounded: beyond `cap`
 * bytes the oldest go, a few at a time, and are counted.  A log (session_log) gets everything,
 * whatever the cap.
 */
#ifndef WILCO_TRANSCRIPT_H
#define WILCO_TRANSCRIPT_H

#include "bytes.h"

struct exchange;
struct shelf;

struct transcript {
	struct exchange *first, *last; /* linked by `next` */
	size_t count;
	size_t held, cap; /* bytes */
	uint64_t dropped; /* exchanges that had to go, and their bytes on the wire */
	uint64_t dropped_bytes;
	struct shelf *oldest, *newest; /* runs of exchanges, which go together; private */
};

void transcript_init(struct transcript *t, size_t cap); /* cap 0: nothing is kept */
/* Takes the exchange over, which may be gone after the call. */
void transcript_add(struct transcript *t, struct exchange *x);
void transcript_free(struct transcript *t);

#endif
