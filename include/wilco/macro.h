/* macro.h - the language of the console, macro files, the configuration and simulated devices.
 *
 * There is one parser: a line has the same kinds wherever it stands (doc/wilco.1, LANGUAGE).
 */
#ifndef WILCO_MACRO_H
#define WILCO_MACRO_H

#include "bytes.h"
#include "error.h"
#include "limits.h"

/* Where a line stands decides which verbs it may use. */
enum line_place {
	PLACE_PROMPT = 1,  /* typed, or piped in */
	PLACE_COMMAND = 2, /* COMMAND of `wilco send`, and its standard input */
	PLACE_CONFIG = 4,
	PLACE_DEVICE = 8, /* a file that plays the device */
};

enum line_kind {
	LINE_NOTHING, /* blank, comment */
	LINE_TEXT,    /* command text: `payload` is what to send */
	LINE_VERB,    /* a wilco command: `verb`, `rest` */
	LINE_REPLY,   /* in a file: what the device answers */
};

enum verb_id {
	VERB_ALL,
	VERB_BIND,
	VERB_BREAK,
	VERB_CLOSE,
	VERB_COPY,
	VERB_DELAY,
	VERB_DEVICE,
	VERB_DEVICES,
	VERB_DO,
	VERB_ELSE,
	VERB_FILTER,
	VERB_FIND,
	VERB_FRAME,
	VERB_GOTO,
	VERB_HELP,
	VERB_HEX,
	VERB_HISTORY,
	VERB_LITERAL,
	VERB_LOG,
	VERB_OPEN,
	VERB_QUIT,
	VERB_SAVE,
	VERB_SET,
	VERB_TEXT,
	VERB_USE,
	VERB_VIEW,
	VERB_WAIT,
	VERB_WATCH,
	VERB_WIRE,
	VERB_WITH,
	VERB_COUNT
};

struct verb {
	const char *name;
	const char *alias; /* short form, NULL: none */
	unsigned places;   /* where it may stand, enum line_place */
	const char *args;  /* as help shows them */
	const char *help;
	const char *examples; /* lines separated by LF */
};

/* In the order of their names. */
extern const struct verb verbs[VERB_COUNT];
/* For base/table.h; the index is the verb_id.  The table is a const unsigned *places (NULL: all):
 * verbs that may not stand there have the empty name. */
const char *verb_name(const void *table, size_t index);

struct line {
	enum line_kind kind;
	enum verb_id verb;
	struct slice rest;     /* of a verb: behind it, without the blank; borrowed from the line */
	size_t rest_at;        /* where rest begins in the line, for placed errors */
	bool quiet;            /* at a prompt: began with a blank, not for the history */
	bool wire;             /* payload goes out without the frame */
	bool has_payload;      /* LINE_TEXT, and the verbs that send */
	struct bytes *payload; /* lent: the bytes to send, or of an expected reply */
};

enum line_flags {
	LINE_BIN = 1,   /* the frame is binary: typed text is a byte list */
	LINE_EXACT = 2, /* an argument of the command line: blanks and # are text */
};

/* Parses one line (without its line end).  `payload` is lent for the bytes.  At a prompt and in
 * COMMANDs verbs may be cut to a unique prefix; files need whole verbs. */
bool line_parse(struct slice text, enum line_place place, unsigned flags, struct bytes *payload,
	struct line *line, struct error *err);

/* `.with F=V ... LINE`, which line_parse() gives as VERB_WITH: the fields to `values`, and *line
 * becomes that of LINE, which has to be a command. */
struct frame;
struct frame_values;
bool line_with(struct line *line, const struct frame *frame, enum line_place place, unsigned flags,
	struct frame_values *values, struct error *err);

/* Splits arguments at blanks; '...' and "..." group and take escapes.  At most `max`; the bytes go
 * to `store`.  The count, or -1. */
int args_split(
	struct slice rest, struct bytes *store, struct slice *args, int max, struct error *err);

/* The reply of a device's file: the text behind the two blanks. */
enum expect_kind { EXPECT_EXACT, EXPECT_EMPTY, EXPECT_NONE, EXPECT_UNSOLICITED };
bool reply_parse(
	struct slice text, struct bytes *payload, enum expect_kind *kind, struct error *err);

#endif
