/* dump.h - bytes as rows of a dump: the offset, hex, and ASCII with a dot for what is none. */
#ifndef WILCO_DUMP_H
#define WILCO_DUMP_H

#include <wilco/bytes.h>

enum { DUMP_ROW = 16 };

/* Adds a row of up to DUMP_ROW bytes without a line end.  The offset has at least 4 digits, at
 * least 8 where it is `wide`.  Returns false when the row does not fit below out's cap. */
bool dump_add_row(struct bytes *out, uint64_t offset, struct slice row, bool wide);
/* Adds all bytes as such rows, each with its line end. */
bool dump_add_lines(struct bytes *out, uint64_t offset, struct slice bytes, bool wide);

#endif
