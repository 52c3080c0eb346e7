/* pane_private.h - what the files of the pane share. */
#ifndef WILCO_PANE_PRIVATE_H
#define WILCO_PANE_PRIVATE_H

#include "pane/pane.h"

/* Return the index of an id of the pane (see pane.h), and the id of an index. */
size_t pane_index(const struct pane *p, uint64_t id);
uint64_t pane_id(const struct pane *p, size_t i);
/* Returns the height of entry i; 0: the filter hides it.  Rows of the pane's own come first
 * (pane_lead_rows): one above the first entry counts those that are no longer in memory
 * (pane_past_rows), and one names the day where another one begins. */
size_t pane_rows_of(struct pane *p, size_t i);
size_t pane_lead_rows(struct pane *p, size_t i);
size_t pane_past_rows(const struct pane *p, size_t i);
/* Says whether entry i is of another day than the one that is shown above it. */
bool pane_begins_day(struct pane *p, size_t i);
/* Adds the row that names the day of an entry. */
void pane_day_row(const struct pane *p, const struct entry *e, struct rows *out);
/* Has the record's source bring more entries; false: there are none now.  Indices change by it. */
bool pane_reach(struct pane *p, bool back);
/* Moves the window so that its last row is the last of entry `last`. */
void pane_end_at(struct pane *p, size_t last);
/* Replaces entries that have gone, at the top and as selection, by the next ones. */
void pane_leave_past(struct pane *p);
void pane_open_entry(struct entry *e, bool open);
/* Says whether the window shows where the selection begins, or what was found in it. */
bool pane_selected_in_sight(struct pane *p);
/* Puts the window where it belongs. */
void pane_place(struct pane *p);
/* Return the rows of the window for entries, and those for commands that wait below them. */
size_t pane_room(const struct pane *p);
size_t pane_waiting_rows(const struct pane *p);
/* Returns how commands that wait look. */
struct look pane_waiting_look(const struct pane *p);
struct places *pane_places(
	struct pane *p, size_t i); /* those of entry i in this look; NULL: none */

/* ---- order.c ---- */

/* Returns the index for a command that has ended, before it is added; from there on the ids that
 * the pane keeps grow by one. */
size_t pane_place_for(struct pane *p, const struct exchange *x);

#endif
