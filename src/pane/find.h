/* find.h - what to search for, and where it is.
 *
 * Words are compared with what a device said as it is shown: an escape in them stands for its byte,
 * so that the device's bytes can be searched without spelling them.  Only a regular expression sees
 * the spelling.
 */
#ifndef WILCO_PANE_FIND_H
#define WILCO_PANE_FIND_H

#include "adapter/pattern.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

enum { FIND_MAX = 1000 }; /* most bytes of text; PATTERN_MAX for a regular expression */
enum find_kind { FIND_NOTHING, FIND_TEXT, FIND_REGEX, FIND_BYTES };
struct find {
	enum find_kind kind;
	struct bytes needle;   /* for text and bytes */
	struct bytes words;    /* text as it was typed, for wilco's own messages */
	bool any_case;         /* no capital letter was typed: needle and words are in lower case */
	struct search *search; /* for a regular expression */
};

/* Begins a search for `text`: words, /REGEX/, or .x BYTES; an empty text is no search.  Words are
 * those of a device with this charset (enum charset). */
bool find_begin(struct find *f, struct slice text, unsigned charset, struct error *err);
void find_end(struct find *f);
/* Says whether a regular expression took too long, so that not everything was searched. */
bool find_gave_up(const struct find *f);
/* Says whether it is in these bytes.  safe: they are text of wilco's own, not a device's bytes. */
bool find_in(const struct find *f, struct slice bytes, bool safe);
/* Returns at how many places it is, of which none overlaps another. */
size_t find_count(const struct find *f, struct slice bytes, bool safe);
/* Finds the bytes of the place that has `before` others before it; false: there are not so many. */
bool find_place(
	const struct find *f, struct slice bytes, bool safe, size_t before, struct slice *place);
/* Sets found[i - from] for each byte i of [from, to) that belongs to a place. */
void find_mark(const struct find *f, struct slice bytes, bool safe, size_t from, size_t to,
	uint8_t *found);

#endif
