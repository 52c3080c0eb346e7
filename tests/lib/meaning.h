/* meaning.h - says whether two lines mean the same, whoever reads them. */
#ifndef WILCO_MEANING_H
#define WILCO_MEANING_H

#include <wilco/macro.h>

/* Compares them at each place, for this frame (NULL: none), in each charset.  A line that cannot be
 * read somewhere may mean anything there. */
bool meaning_same(struct slice before, struct slice after, const struct verb *const *verbs,
	const struct frame *frame);

#endif
