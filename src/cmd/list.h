/* list.h - entries of the transcript as lines, for consoles without a window over them. */
#ifndef WILCO_LIST_H
#define WILCO_LIST_H

#include "pane/pane.h"

enum { LISTED_MAX = 500 }; /* entries of one command */

struct shell;

/* Prints those that the filter lets through and for which the test holds (NULL: every one), oldest
 * first, and how many of all there are; of too many the newest. */
void list_matching(struct shell *sh, pane_test *test);
/* Prints those from entry i on, and how to see what is left of too many. */
void list_from(struct shell *sh, size_t i);

#endif
