/* pty.h - pseudo-terminals for a listener. */
#ifndef WILCO_TRANSPORT_PTY_H
#define WILCO_TRANSPORT_PTY_H

#include "transport/stream.h"

/* Makes a pseudo-terminal as a line that is open, whose peer is the path that programs open.  path
 * "": without a link.  `gone` is called when the line is closed, at once.  NULL: err says why. */
struct transport *pty_serve(
	struct loop *loop, const char *path, void (*gone)(void *arg), void *arg, struct error *err);
/* Nobody wants to know any more when the line is closed. */
void pty_leave(struct transport *t);

#endif
