/* answer.h - the steps of an answer: how they are read, and what they are when a command comes,
 * where names in them stand for values. */
#ifndef WILCO_SIM_ANSWER_H
#define WILCO_SIM_ANSWER_H

#include "macro/variables.h"
#include "sim/script.h"

/* Reads a reply; errors are placed in the text.  NULL on error. */
struct step *step_reply(
	struct slice text, const struct frame *frame, struct names *names, struct error *err);
void step_free(struct step *step);
/* Adds the bytes of `more` to those of the step; neither has names. */
void step_join(struct step *step, const struct step *more);
/* Reads what follows `.let`; *name is in it.  The value is added to `value`. */
bool let_read(struct slice rest, const struct frame *frame, struct variables *v, struct slice *name,
	struct bytes *value, struct error *err);
/* Makes the step of a `.let` that was read. */
struct step *step_let(struct slice rest);

struct sim_block *sim_block_new(struct slice command);
void sim_block_free(struct sim_block *b);
/* Makes the answer of a block whose steps have names: the `.let` among them are done.  Where err
 * says that a step has no value, it ends before that one: *good is false. */
struct sim_block *answer_make(const struct sim_block *b, const struct frame *frame,
	struct variables *v, bool *good, struct error *err);

#endif
