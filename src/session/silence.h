/* silence.h - how long a line is silent when a frame is over. */
#ifndef WILCO_SESSION_SILENCE_H
#define WILCO_SESSION_SILENCE_H

#include <wilco/frame.h>
#include <wilco/transport.h>

/* Returns a gap in ns.  In characters it has a meaning on a serial line; drivers and the USB bus
 * add their own delays, so that less than 2 ms says nothing. */
int64_t silence_gap(const struct address *a, const struct settings *s, struct frame_gap gap);

#endif
