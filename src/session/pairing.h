/* pairing.h - makes exchanges of what others said: of the bytes that went by in both directions.
 *
 * Commands and replies are cut by the frame.  A reply belongs to the command whose counters or bare
 * names it repeats; where the frame has none, to the oldest one that waits.  Where that leaves
 * commands over although the device went on talking, some had no reply: then the replies between
 * two commands belong to the last ones before them.
 */
#ifndef WILCO_SESSION_PAIRING_H
#define WILCO_SESSION_PAIRING_H

#include <wilco/session.h>

/* Something that happened, in the order in which it ended. */
struct paired {
	struct exchange *x;   /* owned; NULL: bytes are missing */
	uint64_t number;      /* of the piece with which it ended, */
	uint64_t began;       /* and with which its command, or lone frame, was whole */
	size_t item;          /* which grows, too: the order of those that ended with one piece */
	bool cut;             /* bytes of the command are missing: it is not what was sent */
	bool incomplete;      /* bytes of the reply are missing */
	enum frame_side side; /* x NULL: who said the missing bytes, where, and how many */
	uint64_t offset, missing;
};

struct pairing;
/* runs: the frame is only to write them down, and all that one side says before the other one does
 * is one command, or one reply.  A reference of the frame is taken. */
struct pairing *pairing_new(struct frame *frame, bool runs);
void pairing_free(struct pairing *p); /* NULL is allowed */

/* Where and when a piece was. */
struct pairing_at {
	uint64_t number; /* which grows */
	struct timespec time;
	bool apart; /* it is a datagram */
};
void pairing_bytes(
	struct pairing *p, enum frame_side side, struct slice bytes, const struct pairing_at *at);
/* Bytes are missing here. */
void pairing_missing(struct pairing *p, enum frame_side side, uint64_t offset, uint64_t count,
	const struct pairing_at *at);
/* The side says nothing more. */
void pairing_closed(struct pairing *p, enum frame_side side, const struct pairing_at *at);
/* Says whether a part of what was said is over when the program speaks now: the device spoke last,
 * and all that began is whole and answered. */
bool pairing_rests(const struct pairing *p);
/* Takes what a side has begun and not ended out of it, to be given to the next pairing; valid until
 * the next call. */
struct slice pairing_rest(struct pairing *p, enum frame_side side);
/* Ends it.  What happened is in order; *count of them, which stay the pairing's but may be taken
 * (set x NULL). */
struct paired *pairing_end(struct pairing *p, size_t *count);
/* Says of the command itself which fields it had, in `with`, and nothing in `set`: to a device the
 * same bytes with other fields are another command. */
void pairing_give_fields(struct exchange *x);
/* Returns how many events were damaged, partial, oversize, or bytes of no frame. */
uint64_t pairing_damaged(const struct pairing *p);
/* Says whether there was more than LIMIT_PAIRED commands and frames, which are not all here. */
bool pairing_over(const struct pairing *p);

#endif
