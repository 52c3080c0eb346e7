/* error.h - the reason why something failed, carried up to the one place that shows it.
 *
 * Functions that can fail return false (or NULL) and fill a struct error that the caller owns. They
 * never print.  `what` says what is accepted, quotes what came and says where; `hint` says what to
 * do instead.  Both are plain text of one line: the bytes of users and devices in them are already
 * spelled by quote() (src/base/text.h), and error_show() escapes whatever is left.
 */
#ifndef WILCO_ERROR_H
#define WILCO_ERROR_H

#include "bytes.h"

/* The exit statuses of wilco (doc/wilco.1, EXIT STATUS).  With several commands the highest
 * counts. */
enum status {
	STATUS_OK = 0,
	STATUS_DIFFERS = 1,     /* a reply differs from what was expected */
	STATUS_USAGE = 2,       /* bad arguments, notation, macro, configuration */
	STATUS_CONNECT = 3,     /* cannot connect, or listen */
	STATUS_REPLY = 4,       /* no complete reply: timeout, lost */
	STATUS_DAMAGED = 5,     /* a damaged reply came */
	STATUS_OUTPUT = 6,      /* wilco's own output failed */
	STATUS_INTERRUPT = 130, /* SIGINT */
	STATUS_TERMINATED = 143 /* SIGTERM */
};

enum { ERROR_WHAT_MAX = 512, ERROR_HINT_MAX = 320 };

struct error {
	enum status status;
	bool placed;   /* column and width point into the text that was given */
	size_t column; /* bytes from the start of that text */
	size_t width;  /* bytes; at least 1 is underlined */
	char what[ERROR_WHAT_MAX];
	char hint[ERROR_HINT_MAX]; /* empty: none */
};

/* All three return false, so that a function can end with `return error_set(...)`.  What does not
 * fit is cut and ends in BYTES_CUT. */
bool error_set(struct error *e, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool error_at(struct error *e, size_t column, size_t width, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool error_hint(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the lines that a person reads: `what`, for a placed error the text with the place
 * underlined, and the hint.  `where`, such as "config:3: ", stands in front and is followed by the
 * column; NULL means that the text is in no file.  A long text is cut to a window around the place.
 * Only printable ASCII and LF come out, unless `utf8` is set. */
void error_show(
	const struct error *e, const char *where, struct slice text, bool utf8, struct bytes *out);
/* The same for a line of a file: "pump.wilco:3:7: ..."; lines count from 1. */
void error_show_line(const struct error *e, const char *file, unsigned line, struct slice text,
	bool utf8, struct bytes *out);

#endif
