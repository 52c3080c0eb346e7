/* differ.h - shows where a reply is not what a macro expects. */
#ifndef WILCO_DIFFER_H
#define WILCO_DIFFER_H

#include "play/play.h"

/* Prints the differences of a step: what was expected and what came, side by side in hex, and by
 * the parts of the frame with their offsets. */
void differ_print(const struct step_result *r);
#endif
