/* outlet.h - standard output and standard error, whose reader may not read.
 *
 * What is written waits for its reader.  A signal that ends the program ends that wait: the reader
 * has OUTLET_GRACE more, and what it has not taken then is lost.
 *
 * Who must go on all the same (a tap, a simulated device) lets them go: what cannot be written then
 * waits in memory, and beyond OUTLET_WAITING it is left out whole, and counted.
 */
#ifndef WILCO_OUTLET_H
#define WILCO_OUTLET_H

#include "cli/spool.h"
#include "loop/loop.h"

enum {
	OUTLET_WAITING = 8 * 1024 * 1024, /* bytes that wait before a line is left out */
	OUTLET_GRACE = 500                /* ms without a byte read */
};

/* Writes all of it, or lets it wait.  False: nothing can be written, and errno says why; later
 * calls fail, too. */
bool outlet_write(enum spool_kind to, struct slice bytes);

/* Nobody waits for a reader from now on.  failed() is told where writing what waited fails. */
void outlet_let_go(struct loop *loop, void (*failed)(enum spool_kind of, int code));
/* Says whether one more line, however long, may be written; false: it is counted as left out. */
bool outlet_room(enum spool_kind to);
/* Says how much was left out, where that is over, because all has been written or `ends`; false:
 * there is nothing to say.  what: a noun for one ("line"). */
enum { OUTLET_TEXT_MAX = 128 };
bool outlet_left_out(enum spool_kind to, const char *what, bool ends, char out[OUTLET_TEXT_MAX]);
/* Writes what waits, as if it had not been let go.  False as outlet_write(). */
bool outlet_finish(enum spool_kind to);

#endif
