/* sheet.h - a sheet over the transcript: help, settings, what Tab could type.
 *
 * It lies at the lower end of the pane, as tall as its rows need.  The transcript goes on beneath
 * it and is as it was when the sheet closes.  There is one sheet at a time, only on a split screen.
 */
#ifndef WILCO_SHEET_H
#define WILCO_SHEET_H

#include "pane/rows.h"

struct console;
struct ui;

/* What a sheet shows.  It is asked again for each paint, so its rows may change. */
struct sheet_source {
	/* Makes all rows, of rows->width cells.  Their text is safe (base/text.h). */
	void (*rows)(void *arg, struct rows *rows);
	/* Handles a key before the sheet does; false: the sheet handles it.  NULL: it handles all.
	 */
	bool (*key)(void *arg, uint32_t code, bool alt);
	void (*free)(void *arg); /* the sheet has closed; NULL: nothing is to be done */
	/* One of the first rows, so many, can be chosen: one of them is always selected, and arrows
	 * go from row to row.  NULL: there is nothing to choose. */
	size_t (*count)(void *arg);
	void (*choose)(void *arg, size_t row);
	const char *(*does)(void *arg, size_t row); /* says what choosing it does */
	/* Returns in how many ns the rows change by themselves; 0: they do not.  Such a sheet is
	 * painted anew a few times a second at most, whatever happens.  NULL: it is painted
	 * whenever something happened. */
	int64_t (*due)(void *arg);
	/* Keys that do not move over the sheet close it and are typed, as below a list of words. */
	bool passes;
};

/* Opens a sheet in the place of the one that is open.  Both are borrowed until it closes; the title
 * (safe text) is copied.  Without a split screen there is none: false, and arg is not freed. */
bool sheet_open(
	struct console *c, const struct sheet_source *source, void *arg, struct slice title);
void sheet_close(struct console *c); /* does nothing where none is open */
bool sheet_is_open(const struct console *c);
/* Says whether all keys are for it. */
bool sheet_takes_keys(const struct console *c);
/* Handles a key; false: it closed, if it was open, and the key is handled as ever. */
bool sheet_key(struct console *c, uint32_t code, bool alt);
/* Has this row of its own (from 0) in sight, and selects it where rows can be chosen. */
void sheet_show(struct console *c, size_t row);
/* Says whether a row can be chosen, and what that does; chooses the selected one. */
bool sheet_has_choice(const struct console *c);
const char *sheet_choice_does(const struct console *c);
void sheet_choose(struct console *c);

/* ---- for the split screen (full.c, keyrows.c) ---- */

/* Returns how many rows of the pane it covers, from the lowest on; these are the last to be drawn.
 */
size_t sheet_measure(struct console *c);
void sheet_paint(struct console *c);
/* Adds what is typed behind the / of a search, the end of it where so many cells have no room for
 * all; false: nothing is searched for now. */
bool sheet_search(struct console *c, size_t cells, struct styled *row);

/* ---- choose.c ---- */

/* As ui_ops.choose. */
struct choices;
bool sheet_choices(struct ui *ui, const char *title, const struct choices *choices, void *arg,
	size_t selected);

/* ---- sheet_text.c: text that commands print ---- */

/* As ui_ops.sheet and ui_ops.item. */
void sheet_text_line(struct ui *ui, const char *title);
void sheet_text_item(struct ui *ui, struct slice left, struct slice right);
/* Adds a key and what it does, which stand in columns with those around them. */
void sheet_text_key(struct console *c, const char *key, const char *does);
/* Takes a line of a command that prints a sheet; false: none does. */
bool sheet_text_take(struct console *c, struct slice text);
/* Shows words in columns, one in each line of the list, until a key is typed; they are not safe
 * yet.  False: there is no split screen. */
bool sheet_words(struct console *c, struct slice list);
void sheet_text_free(struct console *c);

#endif
