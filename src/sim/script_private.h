/* script_private.h - a device's file while it is read. */
#ifndef WILCO_SCRIPT_PRIVATE_H
#define WILCO_SCRIPT_PRIVATE_H

#include "sim/answer.h"

struct reader {
	struct sim_script *script;
	char **devices;           /* that the file opens, in this order */
	int device_count, device; /* device: whose the lines are; -1: nobody's yet */
	int owner;                /* whose commands the script has; -1: there are none */
	const struct sim_source *from;
	struct sim_block *current;                    /* NULL: no command has come yet */
	struct sim_block **end, **on_end, **talk_end; /* of commands, .on, .every */
	struct step **step_end, *last;                /* of its steps; NULL: there is none */
	int64_t delay;                                /* ns; of the next reply */
	bool begun; /* a block has begun: a .fault is for its next reply */
	struct sim_fault **fault_end;
	const struct sim_fault *faults; /* of the next reply */
	struct slice left;              /* the lines below */
	unsigned number;                /* of the line */
	struct slice line, head_line;
	const char *head_verb;
	unsigned head; /* the line of the .on that waits for its .end; 0: there is none */
	struct order order;
};

/* script.c */
/* Places an error of an argument in the line; returns false. */
bool script_place(const struct order *o, struct error *err);
/* Says whether replies stand below the line, which the device says by itself then. */
bool script_is_talk(const struct reader *r);

/* script_check.c */
/* Checks that every reply fits the frame: a person should learn that at the start, not a client
 * later. */
bool script_check_all(const struct sim_script *script, struct error *err);
/* Notes the `.wire` lines with which no command of the file begins, so that they can be told from
 * commands as soon as they are there. */
void script_find_wires(struct sim_script *script);

/* owner.c */
/* Says whether the next line is for the device to be. */
bool owner_is_meant(const struct reader *r);
/* Says whether a line for another device matters: what chooses a device, and definitions. */
bool owner_concerns_all(struct slice text);
/* Refuses a line for another device than those above are for. */
bool owner_may_have(struct reader *r, const struct order *o, struct slice text, struct error *err);
/* Takes `.open` and `.use`, which say whose the next lines are. */
bool owner_take(struct reader *r, const struct order *o, struct error *err);
/* Says whether the file opens the device to be; if not, err lists those that it opens. */
bool owner_found(const struct reader *r, struct error *err);

#endif
