/* detail.h - what stands beside a command: that it waits, how far it is, how it was sent. */
#ifndef WILCO_DETAIL_H
#define WILCO_DETAIL_H

#include "pane/pane.h"

enum { DETAIL_MAX = 192 };

/* Writes what stands beside a command that ended. */
const char *detail_sent(const struct exchange *x, char out[DETAIL_MAX]);
/* Writes what stands beside one that waits, in a window of so many cells. */
void detail_waiting(const struct waiting *w, size_t width, char out[DETAIL_MAX]);
/* Writes how far a file is that has been sent for `waited` ns: "1.2 MB of 3.0 MB, 40 %, 960 B/s, 3
 * s left".  byte_time: how long the line takes for a byte, in ns; 0: that is not known. */
void detail_file(
	const struct exchange_file *f, int64_t waited, int64_t byte_time, char out[DETAIL_MAX]);

#endif
