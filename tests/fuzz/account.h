/* account.h - the book that the session target keeps: what went out for each command, what came
 * meanwhile, and how it ended.  It aborts when a command goes out twice, ends twice or not at all,
 * or gets bytes that came before it went out. */
#ifndef WILCO_FUZZ_ACCOUNT_H
#define WILCO_FUZZ_ACCOUNT_H

#include <wilco/session.h>

enum { ACCOUNT_COMMANDS = 128 };

/* paced: bytes go out one by one.  loose: commands go out of turn. */
void account_begin(struct session *s, bool paced, bool loose);
/* The number of one more command, from 1, for the session to keep as its asker; 0: too many. */
uint64_t account_ask(void);
uint64_t account_number(const struct exchange *x); /* 0: it answers no command */
void account_sent(struct slice bytes);             /* by the session */
void account_came(struct slice bytes);             /* to the session */
void account_line_closed(void);
void account_ended(const struct exchange *x);
/* How many commands there are; all have ended. */
void account_done(void);

#endif
