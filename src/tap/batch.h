/* batch.h - makes exchanges of what passes on a link, as soon as it is known what answers what.
 *
 * What passes is paired in batches (session/pairing.h): one is over when the program begins to
 * speak and has got as many replies as it sent commands, or when the device spoke last and is
 * silent.
 */
#ifndef WILCO_TAP_BATCH_H
#define WILCO_TAP_BATCH_H

#include <wilco/session.h>

struct loop;
struct batch;

/* Takes an exchange, which is freed when the call returns. */
typedef void batch_take(void *owner, struct exchange *x);

/* runs: each run of bytes is a command or a reply.  A reference of the frame is taken. */
struct batch *batch_new(
	struct loop *loop, struct frame *frame, bool runs, batch_take *take, void *owner);
/* Gives what it still has, and frees it; NULL is allowed. */
void batch_free(struct batch *b);
/* A side speaks.  whole: no frame of either side has begun before these bytes. */
void batch_bytes(struct batch *b, enum frame_side side, struct slice bytes, bool whole);
/* A frame of the side came, whatever was wrong with it. */
void batch_frame(struct batch *b, enum frame_side side);
void batch_closed(struct batch *b, enum frame_side side);

#endif
