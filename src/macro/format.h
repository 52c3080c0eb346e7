/* format.h - `wilco fmt`: lines of a macro in their canonical form.
 *
 * Verbs get their whole names, bytes and escapes the spelling that a recording has; comments,
 * patterns and arguments stay.  A line means the same before and after, whoever reads it.
 */
#ifndef WILCO_FORMAT_H
#define WILCO_FORMAT_H

#include <wilco/macro.h>

struct format {
	const struct verb *const *verbs; /* all verbs; NULL ends the list */
	bool headed;                     /* a reply has something above it that it answers */
};

/* Adds the canonical form of the next line of a file, without a line end.  Returns false with err
 * placed in the line where it cannot be read. */
bool format_line(struct format *f, struct slice line, struct bytes *out, struct error *err);

#endif
