/* fleet_private.h - shared by fleet.c (whose turn it is) and member.c (one device). */
#ifndef WILCO_FLEET_FLEET_PRIVATE_H
#define WILCO_FLEET_FLEET_PRIVATE_H

#include "fleet/fleet.h"
#include "loop/loop.h"

struct member {
	struct fleet *fleet;
	size_t target;
	size_t command;   /* whose result comes next */
	size_t asked;     /* those before it were begun; with `ahead` several are under way */
	size_t under_way; /* commands */
	struct fleet_device device;
	struct member *next, **link; /* in the fleet's list of those that run */
	struct exchange *held, *held_last;
	struct loop_timer wait; /* for `.wait` */
	int64_t begun_at, connect;
	enum exchange_status worst;
	bool holds;  /* its `.wait` begins when the line is open, or could not be opened */
	bool asking; /* member_next() is at work */
	bool done;
};

struct fleet {
	struct fleet_config config;
	struct member *running, *done;
	size_t running_count;
	size_t begun;     /* targets */
	size_t next;      /* the next target that no other has to let begin */
	uint32_t *behind; /* of each target the one that may begin after it; NULL: there are none */
	uint32_t *queue;  /* of each target the next that may begin now, */
	uint32_t ready, ready_last; /* from the first to the last of them */
	uint64_t round;
	struct member **resting; /* in rounds, of each target; NULL: not begun yet */
	struct loop_timer turn, pause, rounds;
	int64_t next_at; /* when the next one may be begun */
	int64_t round_at;
	size_t held;
	char *stopped; /* why no other is begun; NULL: they are */
	bool cancelled, over;
	bool sung; /* the canaries were good */
};

/* ---- fleet.c ---- */

/* Goes on with the fleet in the next turn of the loop. */
void fleet_soon(struct fleet *f);
/* Says that a target has ended: one behind the same gateway may begin. */
void fleet_let_next(struct fleet *f, size_t target);

/* ---- member.c ---- */

/* Makes the device of a target; the fleet frees it, outside of the session's callbacks. */
struct member *member_new(struct fleet *f, size_t target);
void member_free(struct member *m);
/* Puts it among those that run, before its first command. */
void member_run(struct member *m);
/* Begins what comes next.  A command may end while it is begun: whoever began it goes on. */
void member_next(struct member *m);
/* Ends it: all of its results are there. */
void member_over(struct member *m);
/* Ends it without the commands that were not tried yet, and says why. */
void member_skip(struct member *m, const char *why);
/* Gives up what is under way. */
void member_cancel(struct member *m);

#endif
