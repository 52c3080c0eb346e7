/* honest.h - a device that answers each command once, in order and with its number, when the target
 * says: at times so late that the command was given up. */
#ifndef WILCO_FUZZ_HONEST_H
#define WILCO_FUZZ_HONEST_H

#include <wilco/session.h>

/* Bytes of the command went out: with the last of them it is asked. */
void honest_asked(const struct exchange *x, struct slice bytes);
/* The next answer, in pieces that come at once. */
void honest_answer(struct slice *input, void (*says)(struct slice bytes));
/* The session waits for a late answer so long; after that none comes. */
void honest_given_up(const struct exchange *x, int64_t timeout, int64_t resync);
/* What answers this command is its own answer. */
void honest_check(const struct exchange *x);
/* The line was closed: what was on its way is lost. */
void honest_forget(void);

#endif
