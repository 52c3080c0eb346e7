/* part.h - makes entries of a part of a file: so many pieces, wherever it begins.
 *
 * An entry belongs to the part in which its command was whole.  The replies of the last commands
 * may stand behind the part, and the commands of its first replies in front of it.  So each part
 * ends with a mark, from which the next one knows where to begin to read for which stream.  Parts
 * that are read anew from their marks have the same entries.
 */
#ifndef WILCO_PART_H
#define WILCO_PART_H

#include "session/pairing.h"
#include "viewed/pieces.h"

/* A stream of which something is open where a part ends, and the piece with which it began. */
struct carried {
	size_t stream;
	uint64_t from;
};

/* Where a part begins. */
struct mark {
	struct pieces_place place; /* to read from */
	uint64_t number;           /* of the last piece in front of the part */
	struct carried *carried;   /* owned */
	size_t count;
};
void mark_copy(struct mark *to, const struct mark *from); /* mark_free() frees it */
void mark_free(struct mark *m);

/* An entry, in the order in which they began. */
struct part_entry {
	size_t stream;
	struct paired what; /* what.x is the part's, until it is taken (set NULL) */
};

struct part_size {
	size_t pieces, bytes; /* a part is over with one of these */
};

struct part;
/* runs: there is no frame (session/pairing.h).  References are taken, pieces are borrowed. */
struct part *part_new(
	struct pieces *pieces, struct frame *frame, bool runs, const struct part_size *size);
void part_free(struct part *p); /* NULL is allowed */
/* Begins with a part; NULL: the first of the file. */
void part_begin(struct part *p, const struct mark *mark);
/* Reads for a moment; false: the part is complete. */
bool part_step(struct part *p);
/* Returns the entries of a part that is complete. */
struct part_entry *part_entries(struct part *p, size_t *count);
/* Says whether the file ends with this part; if not, gives the mark of the next one, which is lent
 * until part_begin(). */
bool part_is_last(const struct part *p, const struct mark **next);

#endif
