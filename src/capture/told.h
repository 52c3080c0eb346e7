/* told.h - reads what other programs wrote down as text: each line tells some bytes, who said them
 * and when.
 *
 *     wilco's log    2026-11-23T12:01:02.123456Z pump1 > STATUS\n
 *     socat -x       > 2026/11/23 12:01:02.000123456  length=7 from=0 to=6
 *                     53 54 41 54 55 53 0a
 *     hex            > 53 54 41 54 55 53 0a
 *                    < 52 45 41 44 59 0a
 *
 * In all of them `>` is what goes to the device.
 */
#ifndef WILCO_CAPTURE_TOLD_H
#define WILCO_CAPTURE_TOLD_H

#include <time.h>
#include <wilco/bytes.h>
#include <wilco/error.h>

/* What a line tells. */
struct told {
	enum { TOLD_NOTHING, TOLD_BYTES, TOLD_MISSING, TOLD_ENDED, TOLD_CLOSED } kind;
	bool device;          /* it said them, or says no more; TOLD_CLOSED: both */
	struct slice who;     /* the device as the log calls it, borrowed; empty: not said */
	struct slice bytes;   /* borrowed from the reader */
	uint64_t missing;     /* TOLD_MISSING: bytes that the file does not have */
	struct timespec time; /* tv_sec 0: not said */
};

struct told_reader;
/* A kind of file. */
struct told_kind {
	const char *name; /* for messages: "a log of wilco's" */
	/* Says whether a file whose first line this is may be of that kind. */
	bool (*begins)(struct slice line);
	/* Takes a line; what it tells is valid until the next one.  False: it is no such line. */
	bool (*line)(
		struct told_reader *r, struct slice line, struct told *told, struct error *err);
	/* Tells what was announced and did not come; NULL: nothing is announced. */
	bool (*rest)(struct told_reader *r, struct told *told);
};
extern const struct told_kind told_log, told_socat, told_hex;
/* Returns the kind of file that begins with this line; NULL: none.  A comment (`#`) and an empty
 * line say nothing: told_says_nothing(). */
const struct told_kind *told_kind_of(struct slice line);
bool told_says_nothing(struct slice line);
/* Says of a file that begins with this line that it is of no kind, and no capture. */
bool told_unknown(const char *name, struct slice line, struct error *err);

struct told_reader {
	const struct told_kind *kind;
	struct bytes bytes; /* what was decoded of the line */
	/* Of socat's last header, and of the last mark in hex. */
	bool device, marked;
	struct timespec time;
	/* Of each side, by `device`: where its bytes are to end, and where those that came do. */
	uint64_t announced[2], offsets[2];
};
void told_begin(struct told_reader *r, const struct told_kind *kind);
bool told_line(struct told_reader *r, struct slice line, struct told *told, struct error *err);
/* Tells what is missing at the end of the file; false: nothing more is. */
bool told_rest(struct told_reader *r, struct told *told);
void told_end(struct told_reader *r);

/* For the readers: reads digits at the front of *text, at most `most` of them; -1: there are
 * none. */
int64_t told_number(struct slice *text, size_t most);
/* Reads a year, month, day, hour, minute and second, with one of the characters of `behind` behind
 * each; whether it is summer time is left open. */
bool told_date(struct slice *text, const char *behind, struct tm *tm);
/* Takes one character off the front; false: another one is there. */
bool told_char(struct slice *text, char c);
/* Adds the bytes of two hex digits each; blanks may stand between them.  False: other text. */
bool told_hex_bytes(struct slice text, struct bytes *out, struct error *err);

#endif
