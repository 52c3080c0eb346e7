/* fold.h - many names as a few: pump1 pump2 pump4 become "pump[1-2,4]" (bracket.h reads it back).
 */
#ifndef WILCO_FLEET_FOLD_H
#define WILCO_FLEET_FOLD_H

#include <wilco/bytes.h>

/* Sorts the names, and adds them, folded and separated by commas.  Names are text for people: they
 * are spelled as such, with these flags of base/text.h.  most: the bytes that are added at most;
 * then follows how many are left. */
void fold_names(struct slice *names, size_t count, size_t most, unsigned flags, struct bytes *out);

#endif
