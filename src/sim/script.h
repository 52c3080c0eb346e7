/* script.h - a device's file, read: what answers which command. */
#ifndef WILCO_SCRIPT_H
#define WILCO_SCRIPT_H

#include "sim/sim.h"
#include <wilco/macro.h>

/* One step of an answer, in the order of the file. */
struct step {
	struct step *next;
	enum expect_kind kind; /* EXPECT_NONE: sends nothing */
	int64_t delay;         /* ns to wait before it */
	struct slice payload;  /* owned */
};

/* A command with its answers; a command that stands several times cycles through them. */
struct block {
	struct block *next;
	struct slice command; /* owned */
	struct step *steps;
};

struct sim_script {
	struct frame *frame;
	struct block *blocks;
	struct block *otherwise; /* `.else`, NULL: silence */
	size_t count;            /* of blocks */
};

#endif
