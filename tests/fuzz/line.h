/* line.h - lines that lead nowhere: the kinds tcp, serial and udp of the program under test, whose
 * other end is the input of a fuzz target.
 *
 * A target that links this file does not link the program's own kinds.  Nothing here waits: what
 * is told to the owner is told in the call, as a line of the program would from the loop.
 */
#ifndef WILCO_FUZZ_LINE_H
#define WILCO_FUZZ_LINE_H

#include "transport/transport_private.h"

struct fuzz_line {
	struct transport base;
	bool up, over, dead; /* open; the peer has closed; it failed */
	bool shut;           /* our side is closed */
	bool reading;
};

/* The line that was opened last and is not closed; NULL: none. */
extern struct fuzz_line *fuzz_line;
extern size_t fuzz_lines_alive; /* not freed yet */
/* What the program sends; NULL: nobody looks. */
extern void (*fuzz_line_sent)(struct slice bytes, unsigned how);
/* The program has let go of fuzz_line; NULL: nobody looks. */
extern void (*fuzz_line_closed)(void);

/* Whether bytes of the peer would reach the program now. */
bool fuzz_line_listens(void);
/* Each has no effect where the line cannot do that now. */
void fuzz_line_open(void);
void fuzz_line_says(struct slice bytes);
void fuzz_line_ends(void);
void fuzz_line_fails(void); /* not opened, or broken */
void fuzz_line_drained(void);
void fuzz_line_boundary(void);

/* The one loop of a target, whose clock moves by fuzz_wait() alone. */
struct loop *fuzz_loop(void);
void fuzz_wait(int64_t ns);
/* Turns until what was closed is freed. */
void fuzz_settle(void);

#endif
