/* kept.h - pieces that are written down once, in a file without a name, and read again from any of
 * them.
 */
#ifndef WILCO_KEPT_H
#define WILCO_KEPT_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* A piece in the file; its bytes stand behind it. */
struct kept_piece {
	uint64_t offset, missing;
	int64_t seconds;
	uint32_t ns, len, stream;
	uint32_t frame; /* an index of whoever keeps it, from 1; 0: none */
	uint8_t kind, side, apart, both, begins;
};

struct kept {
	int fd;
	struct bytes out;    /* the end of the file, which is not written yet */
	uint64_t written;    /* bytes in front of it */
	struct bytes window; /* a part that was read, */
	uint64_t from, at;   /* where it begins, and where the next piece does */
	bool full;           /* it could not be written on */
	int why;             /* errno */
};

/* Begins it; false: err says why there can be no such file.  kept_end() follows in any case.
 * what: whose pieces they are, for err ("the capture"). */
bool kept_begin(struct kept *k, const char *what, struct error *err);
void kept_end(struct kept *k);
/* Forgets all that it has. */
void kept_again(struct kept *k);
/* Adds a piece, whose `len` is filled in. */
void kept_add(struct kept *k, struct kept_piece piece, struct slice bytes);
/* Says whether there is a piece that was not given yet. */
bool kept_is_ahead(const struct kept *k);
/* Gives the next piece; its bytes are valid until the next call.  False: there is none. */
bool kept_next(struct kept *k, struct kept_piece *piece, struct slice *bytes);
/* Adds that the rest could not be kept, as a sentence; false: all is kept. */
bool kept_left_out(const struct kept *k, struct bytes *out);

#endif
