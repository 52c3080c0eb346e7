/* tapped.h - the console of a tap: what passes is shown in the pane, frame by frame. */
#ifndef WILCO_TAPPED_H
#define WILCO_TAPPED_H

#include "cmd/shell.h"

/* Gives the shell the role of a tap's console, which listens at `at` for programs that want
 * `device`; both are borrowed.  On failure *wrong is the text that the error's place refers to. */
bool tapped_open(struct shell *sh, const char *at, const char *device, struct slice *wrong,
	struct error *err);

#endif
