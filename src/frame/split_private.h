/* split_private.h - shared by split.c (the stream), split_look.c (one candidate), split_before.c
 * (what stands before it), resync.c (inside damaged frames), fast.c and tally.c (frames that are
 * whole). */
#ifndef WILCO_SPLIT_PRIVATE_H
#define WILCO_SPLIT_PRIVATE_H

#include "frame/echo.h"
#include "frame/match.h"

/* A start inside a damaged frame that may yet become a frame. */
struct split_watch {
	uint64_t start, decided; /* stream offsets; decided: UINT64_MAX while it is incomplete */
	uint64_t wanted;
	size_t scanned, filled, seen;
	uint8_t variant, filler;
	bool good;
};
enum { SPLIT_WATCHES = 16 };
enum { AFTER_ECHO = 'e' }; /* one that is not the end of an empty reply */

/* One direction of one stream: all state of it but what is in the two buffers. */
struct split {
	const struct frame *frame;
	enum frame_side side;
	const struct field_value *sent;
	struct field_value *values;
	size_t max;
	bool max_set; /* a setting says it; otherwise a `max` in the frame can */
	struct bytes *pending, *scratch;
	uint64_t base; /* stream offset of pending->at[0] */
	size_t pos;    /* in pending: where the next event begins */
	size_t stray;  /* bytes at pos that begin no frame */
	size_t unheld; /* bytes for which pending had no room */
	/* Bytes that may follow and belong to no frame (trailing fillers, the rest of a longer
	 * alternative). */
	struct slice absorb;
	size_t absorbed; /* bytes of it that have come */
	/* How often they may follow: 0: the rest of one, ?: one, *: any number, or AFTER_ECHO. */
	char absorb_times;
	bool gap, silent, closed; /* reported by the caller since bytes last came */
	bool patient, torn;       /* split_gap_maybe(): it was called, and a frame waits for more */
	bool broken;              /* the line broke: nobody ended it */
	bool begun;               /* `state` belongs to the candidate at pos */
	/* Bytes that the line must echo first; lent by split_expect_echo(). */
	struct echo echo;
	bool echo_maybe; /* other bytes are no collision */
	/* Inside a damaged frame: the bytes in [inside, pos) were reported already. */
	bool watching, given_up;
	uint64_t inside, watched;    /* stream offsets: the first start, the next one to look at */
	uint64_t behind;             /* where the reported bytes end */
	struct split_watch *watches; /* SPLIT_WATCHES of them; NULL: nothing came damaged yet */
	size_t watch_count;
	struct split_try state;
};

/* What became of a candidate. */
enum outcome_kind {
	OUTCOME_WAITS, /* more bytes are needed */
	OUTCOME_SKIP,  /* `size` bytes begin no frame */
	OUTCOME_FILL,  /* only fillers came, and nothing more comes: they are in no event */
	OUTCOME_EVENT, /* `kind` */
};

struct outcome {
	enum outcome_kind what;
	enum split_kind kind;
	size_t size;
	size_t decided; /* bytes of the candidate that decided it */
	struct slice absorb;
	char absorb_times;
};

/* Clears what the caller's struct held before, or what was found out about a candidate. */
static inline void split_clear_event(struct split_event *event)
{
	*event = (struct split_event){.end = END_BREAK};
}
/* Makes the outcome the event; false: it is none. */
bool split_commit(struct split *s, const struct outcome *o, struct split_event *event);
/* Makes the bytes [from, from + n) of pending those of the event. */
void split_fill_event(
	struct split *s, struct split_event *event, enum split_kind kind, size_t from, size_t n);

/* split_look.c: matches the candidate at `start` (in pending) with the variants from t->variant on:
 * the first that is not ruled out decides, else the one that got furthest. */
enum match split_try_variants(struct split *s, struct matching *r, size_t start);
/* Fills in a run for the splitter. */
void split_run(struct split *s, struct matching *r, struct split_try *t, struct split_event *event);
/* Looks at the candidate after the stray bytes. */
struct outcome split_look(struct split *s, struct split_event *event);

/* split_before.c: takes fillers that may begin every frame before the candidate, all at once, so
 * that a long run of them costs nothing.  Most frames have none, so that is asked inline. */
void split_drop_fillers(struct split *s);
static inline void split_take_fillers(struct split *s)
{
	if (frame_side_of(s->frame, s->side)->common_fill.len && !s->stray)
		split_drop_fillers(s);
}
/* Takes the rest of a longer terminator, or of fillers at a frame's end; false: it may follow. */
bool split_take_absorbed(struct split *s);
/* Compares what the line echoes as it comes.  False: it waits for more, or there is no echo. */
bool split_take_echo(struct split *s, struct split_event *event);

/* fast.c: says whether a side has a shape that fast_next() knows, which then reads the next frame
 * if that is whole and correct.  False says nothing: the general way must look. */
bool fast_fits(const struct side *side);
/* Says whether the wire bytes made of the payload will be read as it; false says nothing. */
bool fast_carries(const struct side *side, struct slice wire, struct slice payload);
bool fast_next(struct split *s, const struct side *side, struct split_event *event);
/* tally.c: takes the frames that fast_next() would read one after the other; returns how many. */
size_t tally_frames(struct split *s, const struct side *side);

/* resync.c: begins after a damaged or partial frame of the stream bytes [start, behind). */
void resync_begin(struct split *s, uint64_t start, uint64_t behind);
enum resync { RESYNC_EVENT, RESYNC_AGAIN, RESYNC_WAIT };
enum resync resync_next(struct split *s, struct split_event *event);

#endif
