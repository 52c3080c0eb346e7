/* line_read.h - the line that was read last. */
#ifndef WILCO_LINE_READ_H
#define WILCO_LINE_READ_H

#include <wilco/macro.h>

/* A line is read once: the preview, the questions whether it can be sent and has to wait, and the
 * runner get the same order. */
struct line_read;
struct line_read *line_read_new(void);
void line_read_free(struct line_read *l); /* NULL is allowed */
/* For whom a line is typed. */
struct typed_for {
	struct frame *frame; /* the device's; NULL: there is no device */
	unsigned charset;    /* of what is typed for it, enum charset */
	bool piped;          /* nobody types it: it may be a line of a file */
};
/* Returns what the line asks for; NULL: err says why it cannot be read.  The order and what it
 * borrows are valid until the next call. */
const struct order *line_read(
	struct line_read *l, struct slice text, const struct typed_for *typed, struct error *err);

#endif
