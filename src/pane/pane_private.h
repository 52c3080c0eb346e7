/* pane_private.h - the window over the entries, for its drawing. */
#ifndef WILCO_PANE_PRIVATE_H
#define WILCO_PANE_PRIVATE_H

#include "pane/pane.h"

/* The height of entry i; 0: the filter hides it, or it is no longer in memory.  The first entry has
 * one more row for all that are not (pane_past_rows). */
size_t pane_rows_of(struct pane *p, size_t i);
/* The window whose last row is the last of entry `last`. */
void pane_end_at(struct pane *p, size_t last);
/* What is no longer in memory is neither at the top nor selected: the next one is. */
void pane_leave_past(struct pane *p);
void pane_open_entry(struct pane *p, size_t i, bool open);
/* Where what is selected begins, or what was found in it, is in the window; the window goes there.
 */
bool pane_selected_in_sight(struct pane *p);
void pane_show_selected(struct pane *p);
/* The window is put where it belongs. */
void pane_place(struct pane *p);
/* Rows of the window for entries, and below them for commands that wait. */
size_t pane_room(const struct pane *p);
size_t pane_waiting_rows(const struct pane *p);
struct places *pane_places(
	struct pane *p, size_t i); /* of entry i in this look; NULL: it has none */

/* ---- order.c ---- */

/* Moves the last entry, a command, to where it was sent; its index. */
size_t pane_put_in_order(struct pane *p);

/* ---- what is no longer in memory (past.c) ---- */

/* Entry i, an exchange of the session, was added, */
void pane_past_add(struct pane *p, const struct session *s, size_t i);
/* and those from there on, none of which is gone, are one further on. */
void pane_past_shift(struct pane *p, size_t i);
/* Finds out which entries are gone since the last time. */
void pane_sweep(struct pane *p);
/* So many entries from the first on are about to go, */
void pane_past_count(struct pane *p, size_t count);
/* and are not in the list any more. */
void pane_past_cut(struct pane *p, size_t count);
uint64_t pane_past(const struct pane *p); /* how many are gone, all in all */
size_t pane_past_rows(const struct pane *p, size_t i);
/* The entry behind and before i (which is not gone), past those that are; p->count and PANE_NONE:
 * there is none.  The first entry is never passed over. */
size_t pane_next(const struct pane *p, size_t i);
size_t pane_before(const struct pane *p, size_t i);

#endif
