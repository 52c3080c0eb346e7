/* decode.h - reads one direction of a tap beside the bytes that pass: cuts them into frames. */
#ifndef WILCO_TAP_DECODE_H
#define WILCO_TAP_DECODE_H

#include <wilco/session.h>

struct loop;
struct decode;

/* Takes an event; its slices are valid during the call. */
typedef void decode_event(void *owner, struct split_event *event);

/* All that is given is borrowed.  The address and the settings say how long silence lasts. */
struct decode *decode_new(struct loop *loop, const struct target *target, enum frame_side side,
	decode_event *event, void *owner);
void decode_free(struct decode *d); /* NULL is allowed */
void decode_bytes(struct decode *d, struct slice bytes);
/* The other side begins to speak, so that a frame of this one that only silence ends is over. */
void decode_turn(struct decode *d);
/* A datagram is over, and so is the frame that it ends. */
void decode_boundary(struct decode *d);
/* The side has closed its half; broke: nobody ended what has begun. */
void decode_end(struct decode *d, bool broke);
/* Returns how many bytes have begun a frame that is not complete. */
size_t decode_pending(const struct decode *d);

#endif
