/* script.h - the content of a device's file: which answer belongs to which command. */
#ifndef WILCO_SCRIPT_H
#define WILCO_SCRIPT_H

#include "sim/faults.h"
#include "sim/match.h"
#include "sim/sim.h"
#include <wilco/macro.h>

/* One step of an answer, in the order of the file. */
struct step {
	struct step *next;
	enum expect_kind kind;
	int64_t delay;                  /* ns to wait before it */
	const struct sim_fault *faults; /* those of this reply; of the script */
	struct frame_values *with;      /* fields; owned; NULL: none are given */
	struct slice payload;           /* owned */
	/* What the file says, where names in it have to be read for each command, and behind
	 * `.let`; owned. */
	struct slice text;
	bool let;  /* it gives a name a value, and sends nothing */
	bool wire; /* the payload is the whole frame on the wire */
};

/* Says whether the step is sent in the frame, as other than nothing or bytes on the wire. */
static inline bool step_is_framed(const struct step *step)
{
	return step->kind != EXPECT_NONE && step->kind < EXPECT_DAMAGED && !step->wire;
}

/* Says whether the step sends bytes, with which something can go wrong. */
static inline bool step_is_sent(const struct step *step)
{
	return step->kind != EXPECT_NONE && step->kind != EXPECT_LOST;
}

static inline const struct field_value *step_fields(const struct step *step)
{
	return step->with ? step->with->at : NULL;
}

/* A command with its answers.  A command that stands several times in the file cycles through its
 * blocks. */
struct sim_block {
	struct sim_block *next;
	size_t index;              /* among all of the file */
	struct slice command;      /* owned */
	bool wire;                 /* the command is bytes on the wire, without the frame */
	struct frame_values *with; /* the fields with which it comes; owned; NULL: any */
	struct sim_match *on;      /* of `.on`, in place of a command; owned */
	/* Of `.every`: its interval in ns, and how often it is said; 0: without an end. */
	int64_t period;
	uint64_t times;
	bool named; /* there are names or `.let` in its steps: see answer.h */
	bool made;  /* its steps are those of one answer, which owns it */
	struct step *steps;
};

enum { SIM_WIRES_MAX = 64, SIM_TALK_MAX = 64 };
struct sim_script {
	struct frame *frame;
	struct sim_block *blocks;
	struct sim_block *patterns; /* of `.on`, which are tried in this order */
	struct sim_block *talk;     /* of `.every`, which the device says by itself */
	size_t talk_count;
	struct sim_block *otherwise; /* `.else`; NULL: other commands get no answer */
	struct sim_block *greeting;  /* `.greeting`; NULL: it says nothing when it is connected */
	size_t count;                /* number of blocks of commands, */
	size_t all;                  /* and of all */
	struct sim_fault *faults;    /* all of the file */
	size_t fault_count;
	const struct sim_fault *general; /* those of all replies; of `faults` */
	struct variables first;          /* the values that names have at first */
	/* Bytes without a frame with which no command begins; of the blocks. */
	struct slice wires[SIM_WIRES_MAX];
	size_t wire_count;
};

#endif
