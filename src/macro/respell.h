/* respell.h - texts and byte lists in their canonical spelling, without reading them.
 *
 * What a text means may depend on who reads it: on variables, on the charset of a device, on the
 * place.  So each escape is spelled anew where it stands, and what has a meaning of its own there
 * (names, numbers with a type, variables, masks) stays as it was written.  Errors are placed in the
 * text that was given.
 */
#ifndef WILCO_RESPELL_H
#define WILCO_RESPELL_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum respell_flags {
	RESPELL_WORD = 1, /* a blank or a bracket would end it */
	RESPELL_GLOB = 2, /* a star and a question mark mean something */
	RESPELL_MASK = 4, /* a byte list in it may have ?? */
};

/* Adds the text as canonical escapes and characters. */
bool respell_text(struct slice text, unsigned flags, struct bytes *out, struct error *err);
/* Adds the list: hex in pairs with blanks between them, all else as it is. */
bool respell_bytes(struct slice list, unsigned flags, struct bytes *out, struct error *err);
/* Reads a byte list in which any name may stand; nothing stands for names. */
bool respell_read_bytes(struct slice list, struct bytes *out, struct error *err);

#endif
