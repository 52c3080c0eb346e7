/* list.h - prints entries of the transcript as lines, for consoles without a window over them. */
#ifndef WILCO_LIST_H
#define WILCO_LIST_H

#include "pane/pane.h"

enum { LISTED_MAX = 500 }; /* the most entries that one command lists */

struct shell;

/* Prints the entries that the filter and the test (NULL: none) let through, the oldest first, and
 * how many there are of all; only the newest LISTED_MAX are printed. */
void list_matching(struct shell *sh, pane_test *test);
/* Prints the entries from i on; beyond LISTED_MAX it says how to see the others. */
void list_from(struct shell *sh, size_t i);
/* Prints a row; arg: the shell. */
void list_print_row(void *arg, const struct styled *row);

#endif
