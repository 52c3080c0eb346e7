/* detail.h - what stands beside a command: that it waits, how far it is, how it was sent. */
#ifndef WILCO_DETAIL_H
#define WILCO_DETAIL_H

#include "pane/pane.h"

enum { DETAIL_MAX = 192 };

/* Writes what stands beside a command that ended. */
const char *detail_sent(const struct exchange *x, char out[DETAIL_MAX]);
/* Writes what stands beside one that waits, in a window of so many cells. */
void detail_waiting(const struct waiting *w, size_t width, char out[DETAIL_MAX]);
/* Writes how far a file is that is being sent, "40 %, 1.2 MiB of 3.0 MiB, 200.0 KiB/s, 9 s left";
 * where there are few cells the rate is left out. */
void detail_file(const struct waiting *w, size_t width, char out[DETAIL_MAX]);

#endif
