/* tap.h - a tap: listens for programs, has a connection to the device for each of them, and tells
 * what both sides say.
 *
 * Bytes pass as they were read (relay.h) and are cut into frames beside (decode.h).  It never
 * prints.
 */
#ifndef WILCO_TAP_H
#define WILCO_TAP_H

#include "tap/relay.h"
#include <wilco/session.h>

enum { TAP_LINKS_MAX = 1024 }; /* programs at a time; others are turned away */

enum { TAP_FAULTS_MAX = 32 }; /* for each direction */

struct tap;

/* What goes wrong on purpose with a frame. */
struct tap_harm {
	struct slice faults[TAP_FAULTS_MAX]; /* that happen, as tap_fault() got them */
	size_t count;
	bool changed;      /* `sent` goes on instead of the frame */
	struct slice sent; /* empty: nothing does */
};

/* A program's connection. */
struct tap_link {
	uint64_t number; /* the first is 1 */
	unsigned lane;   /* the lowest number that no other connection has now; from 1 */
	char *program;   /* who called: "127.0.0.1:54321" */
	char *device;    /* what answered: "10.0.0.5:9100"; NULL: it has not yet */
	void *mine;      /* for the owner of the tap; NULL at first */
	const struct tap_harm *harm; /* in `frame`; NULL: none */
	bool held;                   /* in `frame`: it waits for tap_release() */
};

struct tap_counts {
	uint64_t links, bytes[2], frames[2], broken[2]; /* by enum tap_side */
};

/* Callbacks may not call the tap. */
struct tap_events {
	void (*called)(void *owner, struct tap_link *l);
	/* The device's line is open. */
	void (*opened)(void *owner, struct tap_link *l);
	void (*bytes)(void *owner, struct tap_link *l, enum tap_side from, struct slice bytes);
	/* fault: which side broke the frame, and why; NULL: neither did. */
	void (*frame)(void *owner, struct tap_link *l, enum tap_side from, struct split_event *e,
		const char *fault);
	/* Says whether a frame, whole or damaged, is to be held; it is asked where tap_hold() is
	 * on.  NULL: none is. */
	bool (*holds)(
		void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e);
	/* It was told by `frame`; its number is for tap_release(). */
	void (*held)(void *owner, struct tap_link *l, enum tap_side from,
		const struct split_event *e, uint64_t number);
	/* A command with its reply, or what answers none, when it is known what answers what; x is
	 * freed when the call returns.  NULL: nothing is paired. */
	void (*exchange)(void *owner, struct tap_link *l, struct exchange *x);
	/* A side says nothing more; broke: its line broke. */
	void (*ended)(void *owner, struct tap_link *l, enum tap_side side, bool broke);
	/* The link is gone after this call. */
	void (*closed)(void *owner, struct tap_link *l);
	/* Says something about a link, or about the tap (l NULL).  A warning concerns everybody who
	 * looks, any other note only whoever asked for more. */
	void (*note)(void *owner, struct tap_link *l, bool warning, const char *text);
	/* Nobody can call any more. */
	void (*failed)(void *owner, const struct error *err);
};

/* at: where programs call; device: borrowed until tap_close(). */
struct tap *tap_open(struct loop *loop, const struct address *at, const struct target *device,
	const struct tap_events *events, void *owner, struct error *err);
/* Something goes wrong with the whole frames towards a side: `KIND [ARG] [P% | nth N | every N]` as
 * `.fault` has it (doc/wilco-macro.5).  Errors are placed in the text.  This and tap_seed() belong
 * before the first program calls. */
bool tap_fault(struct tap *t, enum tap_side toward, struct slice text, struct error *err);
/* Datagrams have no end: a link with so many ns without one is closed; 0: none is; 60 s at first.
 */
void tap_limit_idle(struct tap *t, int64_t ns);
bool tap_has_faults(const struct tap *t);
/* Chooses what happens at random; 1 at first. */
void tap_seed(struct tap *t, uint64_t seed);
/* Has the owner asked whether frames of a side are to be held; off: what is held goes on. */
void tap_hold(struct tap *t, enum tap_side from, bool on);
/* Lets a frame that is held go on: as it came, changed (bytes, else NULL), or not at all (drop).
 * False: it is not held any more. */
bool tap_release(struct tap *t, uint64_t link, enum tap_side from, uint64_t number, bool drop,
	const struct slice *changed);
/* Sends bytes of our own as if the side had said them, behind what waits and behind a frame that
 * has begun.  Returns false where nothing goes that way on the link any more, or not yet, or too
 * much waits. */
bool tap_inject(
	struct tap *t, uint64_t number, enum tap_side from, struct slice bytes, struct error *err);
/* Tells as exchanges what passed so far, as batch_settle(). */
void tap_settle(struct tap *t, bool all);
/* The tap ends soon: of what waits for sides that are slow, goes out what they take within a
 * second. The first call begins that; false: nothing waits, or the second is over. */
bool tap_finish(struct tap *t);
/* The links are told as closed; *counts is all that there was. */
void tap_close(struct tap *t, struct tap_counts *counts);
const char *tap_address(const struct tap *t); /* with the actual port */
/* Says whether the program's side is a port (pty:), which is there whether a program has it open.
 */
bool tap_is_port(const struct tap *t);
size_t tap_links(const struct tap *t); /* connections that are open */
void tap_each(struct tap *t, void (*each)(void *arg, struct tap_link *l), void *arg);
const struct tap_counts *tap_counted(const struct tap *t);
/* Returns the fingerprint of the certificate that programs are shown; empty: there is none. */
const char *tap_certificate(const struct tap *t);

#endif
