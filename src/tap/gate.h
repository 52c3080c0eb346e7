/* gate.h - lets the frames of one direction through one by one, where something asks for it.
 *
 * Bytes pass as they are given while nothing asks.  Else they are kept until their frame is whole,
 * and go on in order, each frame in its way: late, changed, in pieces, or not at all.  Bytes
 * between frames pass as they are.  A gate knows neither lines nor frames: its owner gives it the
 * bytes that came, and says where in the stream frames are.
 */
#ifndef WILCO_TAP_GATE_H
#define WILCO_TAP_GATE_H

#include <wilco/bytes.h>

struct loop;

/* How much of whole frames may wait before the side that sends them is not read: gate_full(). */
enum { GATE_BYTES = 256 * 1024, GATE_FRAMES = 4096 };

/* How a frame goes on. */
struct gate_way {
	bool held;         /* not before gate_release() */
	bool drop;         /* not at all */
	bool stall;        /* not at all, and neither does anything behind it, an end included */
	bool close, reset; /* the line is cut behind it */
	bool paced;        /* `pause` is between all bytes, else between two pieces */
	int64_t pause;     /* ns; 0: it goes on in one piece */
	int64_t delay;     /* ns after it came */
};

/* None of them may free the gate. */
struct gate_events {
	void (*send)(void *owner, struct slice bytes); /* the bytes go on now */
	void (*cut)(void *owner, bool reset);          /* nothing more is sent */
	void (*left)(void *owner); /* frames went, so that less waits, or nothing */
};

struct gate;

struct gate *gate_new(struct loop *loop, const struct gate_events *events, void *owner);
void gate_free(struct gate *g); /* NULL is allowed; what waits is gone */
/* Whole frames are asked for from the next one on.  Each call with true takes one with false; after
 * the last of these, what waits goes on in its order, and bytes pass again. */
void gate_ask(struct gate *g, bool on);
/* Bytes came. */
void gate_bytes(struct gate *g, struct slice bytes);
/* Says whether a frame that begins at this offset of the stream is still here, so that its way can
 * be another one than to pass. */
bool gate_takes(const struct gate *g, uint64_t offset);
/* The bytes from `offset` on, `len` of them, are a frame.  changed: what goes on instead (NULL: the
 * frame as it came).  Returns the frame's number, from 1; 0: gate_takes() did not hold, and the
 * bytes pass. */
uint64_t gate_frame(struct gate *g, uint64_t offset, size_t len, const struct gate_way *way,
	const struct slice *changed);
/* Of the bytes that came the last `len` may be a frame that has begun, and the frames before them
 * were given: what is left between those goes on, such as fillers, which a line may send for ever.
 */
void gate_begun(struct gate *g, size_t len);
/* A frame that was held goes on in its way: as it came, changed, or (drop) not at all.  False: no
 * such frame is held. */
bool gate_release(struct gate *g, uint64_t number, bool drop, const struct slice *changed);
/* Adds bytes of our own, behind what waits.  within: a frame has begun to come, behind which they
 * go, if it ever ends.  False: gate_has_room() did not hold, and nothing was added. */
bool gate_inject(struct gate *g, struct slice bytes, bool within);
/* Says whether so many bytes of our own may wait, too: LIMIT_WIRE behind a frame that has begun,
 * any frame else unless more than that waits. */
bool gate_has_room(const struct gate *g, size_t len, bool within);
/* Nothing more comes: what is kept of a frame that is not whole goes on, too. */
void gate_end(struct gate *g);
/* Forgets all that waits, and lets nothing through any more. */
void gate_stop(struct gate *g);
bool gate_idle(const struct gate *g);    /* nothing waits */
bool gate_full(const struct gate *g);    /* so much waits that no more should come */
bool gate_stalled(const struct gate *g); /* by a frame's way; an end should not pass either */
bool gate_stopped(const struct gate *g); /* nothing goes through it any more */

#endif
