/* folk.h - how people write frames elsewhere, and how the same is written here.
 *
 * Manuals of devices, other programs and programming languages write <STX>, \r\n, CRLF, $0D or
 * "data".  What is refused here gets a hint that translates it.
 */
#ifndef WILCO_FRAME_FOLK_H
#define WILCO_FRAME_FOLK_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* Each adds its hint to an error that is set already, and returns whether it knew one. */

/* For a word that has no meaning here. */
bool folk_word(struct slice word, struct error *err);
/* For text whose first character has no meaning where it stands. */
bool folk_text(struct slice text, struct error *err);
/* For a word that should be a type. */
bool folk_type(struct slice word, struct error *err);
/* Says whether a field's name is meant as the number of the bytes that follow. */
bool folk_is_length(struct slice name);

#endif
