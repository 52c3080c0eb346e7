/* spelling.h - the canonical spelling (text.h) of many bytes at once.
 *
 * A device may say anything at full speed, and all of it is shown, logged or recorded.  The bytes
 * of binary data come in no order, so the processor guesses wrongly at each question about one of
 * them; therefore nothing here is asked about a single byte.  text.c uses it for what is not plain
 * ASCII.
 */
#ifndef WILCO_SPELLING_H
#define WILCO_SPELLING_H

#include <wilco/bytes.h>

/* Writes the spelling of a byte that is shown as nothing else, and returns where it ends.  There is
 * room for TEXT_MOST bytes. */
uint8_t *spelling_put(uint8_t *at, uint8_t byte);

/* Adds the spelling of some bytes at the front of a text in UTF-8, and returns how many they are.
 * 0: there is no room for that many, or the name of a secret may come first. */
size_t spelling_add(struct bytes *out, struct slice in, unsigned flags);

#endif
