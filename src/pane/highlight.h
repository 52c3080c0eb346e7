/* highlight.h - patterns that are marked in a colour wherever they come, until they are dropped.
 *
 * A pattern sees what is shown, as that of a search does (find.h), and one without a capital letter
 * ignores case.  Where two rules mark the same byte, the later one is seen.
 */
#ifndef WILCO_PANE_HIGHLIGHT_H
#define WILCO_PANE_HIGHLIGHT_H

#include "pane/find.h"
#include "pane/rows.h"

enum { HIGHLIGHTS_MAX = 16 };

/* What is done when it comes. */
enum highlight_tells { TELLS_NOTHING, TELLS_BELL, TELLS_FLASH };

struct highlight {
	char *text; /* "/ALARM/", as it was typed; owned */
	struct find find;
	enum style style;
	enum highlight_tells tells;
};

struct highlights {
	struct highlight at[HIGHLIGHTS_MAX];
	size_t count;
	size_t telling; /* how many of them tell something */
};

/* Returns "red", ...; NULL at the end. */
const char *highlight_colour(const void *unused, size_t index);
/* Adds a rule, or changes the one with this text; the index of the colour is that of its name.
 * False: err says why, placed in the text. */
bool highlights_add(struct highlights *h, struct slice text, size_t colour,
	enum highlight_tells tells, struct error *err);
/* Drops the rule with this text, or of this number, counted from 1; false: there is none. */
bool highlights_drop(struct highlights *h, struct slice which);
/* Adds "/ALARM/ red --bell". */
void highlight_spell(const struct highlight *h, struct bytes *out);
void highlights_free(struct highlights *h);

#endif
