/* find.h - what is searched for, and where it is.
 *
 * Words are searched for in what a device said as it is shown: an escape in them stands for its
 * byte, so that the device's bytes are searched and need not be spelled.  Only a regular expression
 * sees the spelling.
 */
#ifndef WILCO_PANE_FIND_H
#define WILCO_PANE_FIND_H

#include "adapter/pattern.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

enum find_kind { FIND_NOTHING, FIND_TEXT, FIND_REGEX, FIND_BYTES };
struct find {
	enum find_kind kind;
	struct bytes needle;   /* of text and bytes */
	struct bytes words;    /* text as it was typed, for what wilco itself said */
	bool any_case;         /* no capital letter was asked for: these are in lower case */
	struct search *search; /* of a regular expression */
};

/* `text`: words, /REGEX/, or .x BYTES; an empty one is no search. */
bool find_begin(struct find *f, struct slice text, struct error *err);
void find_end(struct find *f);
/* A regular expression that takes too long is given up: not all was searched. */
bool find_gave_up(const struct find *f);
/* Whether it is in these bytes.  safe: they are text of wilco's own, not a device's bytes. */
bool find_in(const struct find *f, struct slice bytes, bool safe);
/* The same, and where the first place begins; at NULL: that is not asked. */
bool find_at(const struct find *f, struct slice bytes, bool safe, size_t *at);
/* Sets found[i - from] for each byte i of [from, to) that belongs to a place where it is. */
void find_mark(const struct find *f, struct slice bytes, bool safe, size_t from, size_t to,
	uint8_t *found);

#endif
