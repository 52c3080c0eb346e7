/* faults.h - what goes wrong with the replies of a device, by its `.fault` lines. */
#ifndef WILCO_FAULTS_H
#define WILCO_FAULTS_H

#include "macro/fault.h"

struct sim_fault {
	struct sim_fault *all;  /* the next one of the file, in its order */
	struct sim_fault *next; /* the next one for the same replies */
	size_t index;           /* in the file */
	struct fault fault;
	struct slice text; /* as it is written; owned */
};

struct sim_fault *sim_fault_new(struct slice text, const struct fault *fault);
void sim_fault_free(struct sim_fault *fault);

/* How often each was asked for, and what decides about P%; one for all clients. */
struct faults {
	uint64_t random;
	uint64_t *counts;
};

/* All that goes wrong with one reply. */
struct fault_plan {
	bool drop, stall, close, reset;
	bool paced;       /* `pause` is between all bytes, else between two pieces */
	int64_t delay;    /* ns */
	int64_t pause;    /* ns; 0: it goes out at once */
	uint64_t lost;    /* bytes at the end that are not sent */
	uint64_t damaged; /* bytes that are changed */
};

/* Says whether the fault happens this time. */
bool faults_happens(struct faults *state, const struct sim_fault *fault);
void fault_plan_add(struct fault_plan *plan, const struct fault *fault);
/* Changes the bytes of a reply, which are those of `wire` from `from` on. */
void faults_change(
	struct faults *state, const struct fault_plan *plan, struct bytes *wire, size_t from);

#endif
