/* block.h - shows a part of an exchange as rows: a head (time, mark, text, detail at the right
 * edge), and a body that the view makes. */
#ifndef WILCO_PANE_BLOCK_H
#define WILCO_PANE_BLOCK_H

#include "pane/entry.h"
#include "pane/spelled.h"

struct block {
	const struct look *look;
	const char *mark;
	enum style style;
	struct timespec time; /* tv_sec 0: not known */
	const struct session *session;
	uint32_t link; /* the connection by which it passed; 0: not said */
	const struct frame *frame;
	enum frame_side side;
	struct slice payload, raw;
	unsigned charset; /* of the payload, enum charset */
	bool open, unframed;
	bool came;   /* a device sent it: its text may have lines */
	bool coming; /* more will come: the last row of a text is not ended */
	bool hidden; /* a secret is in the bytes: only the text is shown */
	bool counts; /* its detail says how far it is, and is shown in a narrow window, too */
	const char *detail;
	const char *end; /* why a good frame ended; it goes first where there is no room */
	int64_t since;   /* ns from the line above; shown from 1 ms on, where there is room */
	/* What is marked in payload and raw; set by block_rows(). */
	struct marks *in_payload, *on_wire;
};

/* Adds all rows, and returns where the text begins beside the head. */
size_t block_rows(struct block *b, struct rows *out);
/* Adds the beginning of a reply, and behind it how much has come. */
void block_coming(struct block *b, const char *count, struct rows *out);
/* Adds the mark of where the next byte will stand. */
void block_cursor(const struct look *look, struct styled *line);
/* Returns the view that shows such bytes in this look; came: a device sent them. */
const struct view *block_view(const struct look *look, bool came, const struct frame *frame,
	struct slice payload, unsigned charset);
/* Adds only what precedes the text, and returns the cells that it takes. */
size_t block_begin(const struct block *b, struct rows *out);

/* ---- for views ---- */

enum { BLOCK_WIDE = 60 }; /* from this width on a window has room for everything */

/* Adds bytes from here on and below, and ends the head's row. */
void block_spelled(const struct block *b, const struct spelled *s, size_t indent, struct rows *out);
struct spelled block_payload(const struct block *b);
/* Adds the beginning of the text, and ends the head's row. */
void block_head(const struct block *b, struct rows *out);
void block_dump(const struct block *b, struct rows *out);

#endif
