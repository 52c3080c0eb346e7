/* language.h - spells exchanges as lines of the language; written.h makes files of them. */
#ifndef WILCO_LANGUAGE_H
#define WILCO_LANGUAGE_H

#include <wilco/session.h>

/* Adds the value of a field as one word. */
void language_value(const struct field_value *v, struct bytes *out);
/* Says whether the command went out, so that the device may have seen it. */
bool language_was_sent(const struct exchange *x);
/* Add a line: the command, a frame that came, or the bytes of no frame.  False: it would be
 * longer than can be read, and a comment says so.  A command that was not sent is a comment, too.
 */
bool language_command(const struct exchange *x, struct bytes *out);
/* said: the frame as the file says it; where a device would make other bytes with it, the reply is
 * written as it was on the wire.  NULL: that does not matter.  A frame that is too long for a line
 * is written in several. */
bool language_reply(const struct exchange *x, const struct reply *r, const struct frame *said,
	struct bytes *out);
bool language_stray(const struct exchange *x, struct bytes *out);

#endif
