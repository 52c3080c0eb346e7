/* echo.h - compares what a line echoes with what was sent.
 *
 * A terminal does not repeat bytes but shows what is typed: CR and LF as CR LF, and it may draw its
 * line again, so that only what stands there at last counts.  Bytes (`bin`) are repeated as they
 * are.
 */
#ifndef WILCO_ECHO_H
#define WILCO_ECHO_H

#include <wilco/bytes.h>

struct redraw;

struct echo {
	struct slice sent;     /* lent; empty: no echo is expected */
	size_t came, same;     /* bytes that came as they were sent, and those of `sent` */
	struct redraw *redraw; /* NULL: the line was not drawn again */
};

enum echo_is { ECHO_WAITS, ECHO_WHOLE, ECHO_OTHER };
enum echo_line { ECHO_BYTES, ECHO_MAYBE, ECHO_TERMINAL };

void echo_expect(struct echo *e, struct slice sent); /* empty: no longer */
/* Goes on comparing; rest: all that came.  A whole echo has *size bytes of it. */
enum echo_is echo_compare(struct echo *e, enum echo_line line, struct slice rest, size_t *size);

#endif
