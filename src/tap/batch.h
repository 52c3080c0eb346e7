/* batch.h - makes exchanges of what passes on a link, as soon as it is known what answers what.
 *
 * What passes is paired in batches (session/pairing.h): one is over when the program begins to
 * speak and has got as many replies as it sent commands, or when the device spoke last and is
 * silent.  A command that has begun and is not whole then is a part of the next one.
 */
#ifndef WILCO_TAP_BATCH_H
#define WILCO_TAP_BATCH_H

#include "tap/decode.h"
#include <wilco/session.h>

struct loop;
struct batch;

/* Takes an exchange, which is freed when the call returns. */
typedef void batch_take(void *owner, struct exchange *x);

struct batch_config {
	struct loop *loop;
	struct frame *frame; /* a reference is taken */
	bool runs;           /* each run of bytes is a command or a reply */
	/* By enum frame_side, borrowed until batch_free(): they say whether a frame has begun. */
	struct decode *const *sides;
	batch_take *take;
	void *owner;
};
struct batch *batch_new(const struct batch_config *config);
/* Gives what it still has, and frees it; NULL is allowed. */
void batch_free(struct batch *b);
/* A side speaks; its decoder has not got these bytes yet. */
void batch_bytes(struct batch *b, enum frame_side side, struct slice bytes);
/* The same for bytes that its decoder has got: they are in the batch in which their frame began. */
void batch_goes_on(struct batch *b, enum frame_side side, struct slice bytes);
/* A frame of the side came, whatever was wrong with it. */
void batch_frame(struct batch *b, enum frame_side side);
void batch_closed(struct batch *b, enum frame_side side);
/* Gives what it has, with replies that are still to come left out (all), or only where all commands
 * were answered; NULL is allowed. */
void batch_settle(struct batch *b, bool all);

#endif
