/* pieces_private.h - what the kinds of files share. */
#ifndef WILCO_PIECES_PRIVATE_H
#define WILCO_PIECES_PRIVATE_H

#include "viewed/kept.h"
#include "viewed/pieces.h"
#include <wilco/limits.h>

struct pieces_kind {
	enum pieces_state (*next)(struct pieces *p, struct piece *piece);
	void (*here)(const struct pieces *p, struct pieces_place *place);
	void (*go)(struct pieces *p, const struct pieces_place *place);
	uint64_t (*read)(const struct pieces *p);
	bool (*left_out)(const struct pieces *p, struct bytes *out);
	void (*close)(struct pieces *p);
};
extern const struct pieces_kind pieces_text, pieces_capture, pieces_macro;

/* Devices that are told apart in a text. */
enum { PIECES_DEVICES = 4096 };

struct pieces {
	const struct pieces_kind *kind;
	struct pieces_config config;
	struct source *source;
	const char *name; /* of the kind */
	uint64_t size;
	uint64_t number; /* of the last piece */
	bool timed;      /* a piece had a time */
	struct pieces_place beginning;
	struct pieces_stream *streams;
	size_t count, room;
	size_t *places; /* streams by their hashes, from 1; 0: free */
	size_t places_room;

	/* A text. */
	struct told_reader told;
	uint64_t furthest;  /* the offset up to which it was read */
	uint64_t unread;    /* lines that cannot be read */
	struct error first; /* what is wrong with the first of them, */
	unsigned first_line;
	uint64_t torn;    /* the last of them has no end: its offset and 1; 0: it has */
	bool over;        /* there are too many devices in it */
	bool rest, stuck; /* it has ended, and its reader tells the rest; it cannot be read on */

	struct captured *captured; /* private to the kinds of these names */
	struct recorded *recorded;
};

bool pieces_begin_text(struct pieces *p, struct error *err);
bool pieces_begin_capture(struct pieces *p, struct error *err);
bool pieces_begin_macro(struct pieces *p, struct error *err);
/* Does what pieces_grow() says, with a capture. */
const char *pieces_grow_capture(struct pieces *p, bool *anew);
/* Says whether the file, of which nothing was read, is a macro: by its name, or by its first line
 * that says something. */
bool pieces_is_macro(struct pieces *p);
/* Makes a piece of one that was kept, whose frame is left open. */
void pieces_give(
	struct pieces *p, const struct kept_piece *k, struct slice bytes, struct piece *piece);
/* Counts a line, by its number, as one that cannot be read. */
void pieces_unread(struct pieces *p, const struct error *err, unsigned line);
/* Adds how many those are, as a sentence; false: there are none. */
bool pieces_add_unread(const struct pieces *p, struct bytes *out);
/* Adds a stream. */
struct pieces_stream *pieces_add(
	struct pieces *p, size_t number, struct slice device, const char *program, uint64_t hash);

#endif
