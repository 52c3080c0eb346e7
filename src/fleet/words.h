/* words.h - which words of two texts differ: "fw 2.0 instead of 2.1", and which do not. */
#ifndef WILCO_FLEET_WORDS_H
#define WILCO_FLEET_WORDS_H

#include <wilco/bytes.h>

/* Adds how `text` differs from `than`; flags: those of base/text.h.  Words are cut at blanks and
 * = , ; and :.  Texts with other numbers of words are shown whole.  Returns how many differences
 * were added. */
size_t words_difference(struct slice text, struct slice than, unsigned flags, struct bytes *out);
/* Adds what two reasons have in common, without what one device alone has in brackets, such as its
 * address: "no reply within ... s"; or that there are several. */
void words_common(struct slice a, struct slice b, struct bytes *out);

#endif
