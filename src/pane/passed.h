/* passed.h - shows what passed between a program and a device: a frame of either side, or a command
 * that is no whole frame. */
#ifndef WILCO_PASSED_H
#define WILCO_PASSED_H

#include "pane/entry.h"

/* Returns the frame that passed, or the command that was overheard broken; NULL: it is bytes
 * between frames. */
const struct reply *passed_of(const struct exchange *x);
/* Adds it: its mark shows the direction, and what is wrong with it names the side. */
void passed_block(const struct entry *e, const struct look *look, int64_t since, struct rows *out);

#endif
