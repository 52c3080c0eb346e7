/* pane_private.h - the window over the entries, for its drawing. */
#ifndef WILCO_PANE_PRIVATE_H
#define WILCO_PANE_PRIVATE_H

#include "pane/pane.h"

/* The height of entry i; 0: the filter hides it. */
size_t pane_rows_of(struct pane *p, size_t i);
/* The window is put where it belongs. */
void pane_place(struct pane *p);
/* Rows of the window for entries, and below them for commands that wait. */
size_t pane_room(const struct pane *p);
size_t pane_waiting_rows(const struct pane *p);
struct places *pane_places(
	struct pane *p, size_t i);           /* of entry i in this look; NULL: it has none */

#endif
