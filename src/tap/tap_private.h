/* tap_private.h - a tap's links, and who waits for whom. */
#ifndef WILCO_TAP_PRIVATE_H
#define WILCO_TAP_PRIVATE_H

#include "loop/loop.h"
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
	bool over;            /* its end is no fault of either side */
};

struct tap {
	struct loop *loop;
	struct listener *listener;
	const struct target *device;
	const struct tap_events *events;
	void *owner;
	struct link *links;
	struct tap_counts counts;
	bool single; /* the device has one line for all */
};

/* tap.c */
/* Says something about the link. */
void link_note(struct link *l, bool warning, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* patience.c */
void patience_begin(struct link *l);
void patience_end(struct link *l);
/* Bytes came. */
void patience_bytes(struct link *l);
/* A frame came from this side. */
void patience_frame(struct link *l, enum tap_side from, const struct split_event *e);

#endif
