/* overheard.h - cuts what both sides of a line say into frames, by one who only listens.
 *
 * A frame that silence ends is over when its side was silent, or when the other one speaks: it had
 * the whole then.
 */
#ifndef WILCO_SESSION_OVERHEARD_H
#define WILCO_SESSION_OVERHEARD_H

#include <time.h>
#include <wilco/frame.h>

static inline enum frame_side other_side(enum frame_side side)
{
	return side == SIDE_REPLY ? SIDE_COMMAND : SIDE_REPLY;
}

/* Takes an event; replies that devices send unasked are marked. */
typedef void overheard_event(void *arg, enum frame_side side, struct split_event *e);

struct overheard;
/* runs: all that one side says before the other one does is one frame, whatever the frame says
 * about silence.  A reference of the frame is taken. */
struct overheard *overheard_new(struct frame *frame, bool runs, overheard_event *event, void *arg);
void overheard_free(struct overheard *o); /* NULL is allowed */
/* Say whether a frame of the side has come that its silence ends; whether no other one has begun.
 */
bool overheard_ends(const struct overheard *o, enum frame_side side);
bool overheard_is_whole(const struct overheard *o, enum frame_side side);
/* Ends the frame of a side that has become silent. */
void overheard_silence(struct overheard *o, enum frame_side side);
/* `apart`: the bytes are a datagram. */
void overheard_bytes(struct overheard *o, enum frame_side side, struct slice bytes,
	const struct timespec *time, bool apart);
/* Bytes are missing: what is pending has no end.  It is forgotten and returned, valid until the
 * next call. */
struct slice overheard_missing(struct overheard *o, enum frame_side side);
/* Takes what a side has begun, to be given to another `o`; the other side is left alone.  It is
 * valid until the next call. */
struct slice overheard_rest(struct overheard *o, enum frame_side side);
/* The side says nothing more on this connection. */
void overheard_closed(struct overheard *o, enum frame_side side);
/* A command went by that the line may echo; lent until its echo came or `o` is freed. */
void overheard_echo(struct overheard *o, struct slice sent);

#endif
