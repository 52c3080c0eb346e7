/* tap_private.h - a tap's links, and who waits for whom. */
#ifndef WILCO_TAP_PRIVATE_H
#define WILCO_TAP_PRIVATE_H

#include "loop/loop.h"
#include "sim/faults.h"
#include "tap/batch.h"
#include "tap/decode.h"
#include "tap/tap.h"

struct link {
	struct tap_link shown; /* first: the owner gets it */
	struct tap *tap;
	struct link *next, **place;
	struct relay *relay;
	struct decode *sides[2];
	struct batch *batch; /* NULL: nothing is paired */
	struct loop_timer patience;
	int64_t silent_since; /* when the last bytes came */
	bool waits;           /* a command has no reply yet */
	bool told;            /* that nothing comes */
	bool unreachable;     /* it was said that the device is */
	bool ended; /* one side has said all: who it was is told, and the other one follows */
	struct loop_timer idle; /* of datagrams */
	bool over;              /* its end is no fault of either side */
	size_t held;            /* frames that wait for whoever holds them */
	/* By the side that they are from: bytes of our own that go behind the frame that has begun;
	 * bytes that passed, and those of the last ones that were not told yet. */
	struct bytes after[2];
	uint64_t passed[2];
	struct slice untold[2];
};

/* What goes wrong with the frames of one direction. */
struct tap_faults {
	struct sim_fault *first, **end; /* by `all` */
	size_t count;
	uint64_t counts[TAP_FAULTS_MAX];
	struct faults state;
};

/* All that goes wrong with one frame. */
struct harm {
	struct tap_harm shown;
	struct fault_plan plan;
	struct bytes bytes; /* what is sent instead, where that is something else */
};

struct tap {
	struct loop *loop;
	struct listener *listener;
	const struct target *device;
	const struct tap_events *events;
	void *owner;
	struct link *links;
	struct tap_counts counts;
	struct loop_timer finish; /* of tap_finish(), until when; 0: it has not begun */
	int64_t finish_by;
	bool single; /* the device has one line for all */
	bool datagrams;
	int64_t idle_limit;          /* of datagrams, ns; 0: none */
	bool port;                   /* programs open a port of ours instead of calling */
	bool holding[2];             /* by the side: the owner is asked which frames to hold */
	struct tap_faults faults[2]; /* by the side that the frames come from */
	struct harm harm;            /* of the frame that is being shown */
};

/* tap.c */
const char *side_name(enum tap_side side);
enum frame_side frame_side_of(enum tap_side side);
/* Returns a link that is open, by its number; NULL: err says that it is not. */
struct link *link_find(const struct tap *t, uint64_t number, struct error *err);
/* Says something about the link. */
void link_note(struct link *l, bool warning, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* fault.c */
void faults_init(struct tap *t);
void faults_free(struct tap *t);
/* Decides what goes wrong with a frame; NULL: nothing.  Valid until the next frame. */
const struct harm *faults_meet(
	const struct link *l, enum tap_side from, const struct split_event *e);
/* Says so. */
void faults_note(struct link *l, enum tap_side from, const struct harm *h);
/* Returns how the frame goes on; NULL: as it came. */
struct gate_way faults_way(const struct harm *h);

/* inject.c */
void inject_init(struct link *l);
/* Bytes passed, which are read by their decoder next: tells them, where nothing of our own waits
 * for a frame that ends in them. */
void inject_begin(struct link *l, enum tap_side from, struct slice bytes);
/* A frame came: tells what passed up to its end. */
void inject_frame(struct link *l, enum tap_side from, const struct split_event *e);
/* It went its way: what waited for it goes behind it, and is told. */
void inject_goes(struct link *l, enum tap_side from);
/* The decoder has read the bytes: tells what is left of them. */
void inject_end(struct link *l, enum tap_side from);
/* The link is closed: says what did not go out. */
void inject_close(struct link *l);

/* patience.c */
void patience_begin(struct link *l);
void patience_end(struct link *l);
/* Bytes came. */
void patience_bytes(struct link *l);
/* A frame came from this side. */
void patience_frame(struct link *l, enum tap_side from, const struct split_event *e);

#endif
