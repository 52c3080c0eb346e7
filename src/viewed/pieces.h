/* pieces.h - reads a file of what programs and devices said to each other, piece by piece, and
 * again from any piece on.
 *
 * It opens captures, macros (recordings among them), and the texts of capture/told.h.  A text is
 * read where it is.  What the packets of a capture say is put together once (capture/streams.h) and
 * kept in a file without a name, because a capture cannot be entered in its middle.  So is what a
 * macro says: what its lines mean depends on those above.
 */
#ifndef WILCO_PIECES_H
#define WILCO_PIECES_H

#include "capture/talk.h"
#include "capture/told.h"
#include "play/source.h"
#include <wilco/frame.h>

struct verb;

enum { PIECES_PROGRAM, PIECES_DEVICE };

/* One of those who talk: a connection of a capture, or a device in a log. */
struct pieces_stream {
	size_t number;  /* as people count, from 1; of a capture all connections count */
	char *device;   /* as an address, or its name in a log; empty: nobody said it; owned */
	char *program;  /* its end; empty: nobody said it; owned */
	uint64_t first; /* the number of its first piece */
	uint64_t hash;  /* private */
};

struct piece {
	enum said_kind kind;
	size_t stream; /* an index */
	int side;
	bool both;   /* SAID_CLOSE: neither side says more */
	bool apart;  /* a datagram, or a frame of a macro */
	bool begins; /* an exchange begins here, and those before it are over */
	/* Of a macro: the frame of the line, borrowed.  NULL: that of whoever reads the file. */
	struct frame *frame;
	uint64_t number; /* in the file, from 1 */
	uint64_t offset,
		missing;      /* SAID_MISSING: how many bytes, and where in what the side said */
	struct slice bytes;   /* valid until the next piece */
	struct timespec time; /* tv_sec 0: the file does not say it */
};

/* A place between two pieces. */
struct pieces_place {
	uint64_t offset;
	uint64_t number; /* of the piece in front of it */
	unsigned line;
	struct told_reader told; /* what the lines before say of the next ones; without its bytes */
};

struct pieces_config {
	const char *path;
	uint16_t port;   /* the device's, in a capture; 0: not said */
	uint32_t stream; /* only this one; 0: all */
	/* With which a macro is read; borrowed. */
	struct frame_book *book;
	const struct verb *const *verbs; /* macro.h */
	struct frame *frame;             /* in the place of its own ones; NULL: it has them */
};

struct pieces;
/* Opens the file; NULL: err says why not. */
struct pieces *pieces_open(const struct pieces_config *config, struct error *err);
void pieces_close(struct pieces *p); /* NULL is allowed */
/* Says whether the file is not as it was when it was opened; what is read now may be other lines.
 */
bool pieces_changed(const struct pieces *p);

enum pieces_state { PIECES_ONE, PIECES_END, PIECES_LATER };
/* Gives the next piece.  It reads for some milliseconds at most: LATER, it has not met one yet. */
enum pieces_state pieces_next(struct pieces *p, struct piece *piece);
/* Gives the place in front of the next piece, and goes to a place that it gave. */
void pieces_here(const struct pieces *p, struct pieces_place *place);
void pieces_go(struct pieces *p, const struct pieces_place *place);
void pieces_rewind(struct pieces *p);

/* Returns how many streams have said something so far. */
size_t pieces_streams(const struct pieces *p);
struct pieces_stream *pieces_stream(const struct pieces *p, size_t stream);
/* Returns how much of the file was read so far, and its size, in bytes. */
uint64_t pieces_read(const struct pieces *p);
uint64_t pieces_size(const struct pieces *p);
/* Takes what was added to a text or a capture since it was opened; what was read up to its end may
 * be another thing now.  anew: all is, and no place of before is one any more.  Returns why that
 * cannot be; NULL: it can. */
const char *pieces_grow(struct pieces *p, bool *anew);
/* Adds what was left out of what was read so far, as a sentence; false: nothing was. */
bool pieces_left_out(const struct pieces *p, struct bytes *out);
/* Returns the frame of the first piece; NULL: the file names none. */
struct frame *pieces_frame(const struct pieces *p);
/* Says whether any piece so far had a time. */
bool pieces_is_timed(const struct pieces *p);
/* Says what kind of file it is: "a capture", "a log of wilco's". */
const char *pieces_kind(const struct pieces *p);

#endif
