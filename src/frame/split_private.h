/* split_private.h - shared by split.c (the stream) and resync.c (what a damaged frame hides). */
#ifndef WILCO_SPLIT_PRIVATE_H
#define WILCO_SPLIT_PRIVATE_H

#include "frame/match.h"

/* What a candidate came to. */
enum outcome_kind {
	OUTCOME_WAITS, /* more bytes are needed */
	OUTCOME_SKIP,  /* `size` bytes begin no frame */
	OUTCOME_FILL,  /* fillers only, and nothing more comes: they are in no event */
	OUTCOME_EVENT, /* `kind` */
};

struct outcome {
	enum outcome_kind what;
	enum split_kind kind;
	size_t size;
	size_t decided; /* bytes of the candidate that were needed to know */
	struct slice absorb;
	char absorb_times;
};

/* The candidate at `start` (in pending) against the variants from t->variant on. */
enum match split_try_variants(struct split *s, struct run *r, size_t start);
/* Fills in a run for the splitter. */
void split_run(struct split *s, struct run *r, struct split_try *t, struct split_event *event);
/* The candidate behind the stray bytes. */
struct outcome split_look(struct split *s, struct split_event *event);
/* Makes it the event; false when it gave none. */
bool split_commit(struct split *s, const struct outcome *o, struct split_event *event);
/* Makes the bytes [from, from + n) of pending the event's. */
void split_fill_event(
	struct split *s, struct split_event *event, enum split_kind kind, size_t from, size_t n);

/* Fillers that every frame may begin with, in front of the candidate. */
void split_take_fillers(struct split *s);

/* fast.c: whether a side has a shape that fast_next() knows; the next frame if it is whole and
 * right.  False says nothing: the general way has to look. */
bool fast_fits(const struct side *side);
bool fast_next(struct split *s, const struct side *side, struct split_event *event);

/* resync.c: after a damaged or partial frame of n bytes that began at stream offset `start`. */
void resync_begin(struct split *s, uint64_t start, uint64_t behind);
enum resync { RESYNC_EVENT, RESYNC_AGAIN, RESYNC_WAIT };
enum resync resync_next(struct split *s, struct split_event *event);

#endif
