/* cut.h - TYPE@OFFSET: a number in the bytes of a payload, such as u16be@2. */
#ifndef WILCO_CUT_H
#define WILCO_CUT_H

#include "base/inttype.h"

struct cut {
	struct inttype type;
	size_t at;
};

/* Says whether the word is made like TYPE@OFFSET. */
bool cut_is(struct slice word);
/* Reads a word for which cut_is() is true. */
bool cut_read(struct slice word, struct cut *cut, struct error *err);

#endif
