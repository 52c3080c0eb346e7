/* macro.h - the language of the console, macro files, the configuration and simulated devices.
 *
 * There is one parser: a line means the same wherever it stands (doc/wilco.1, LANGUAGE).
 */
#ifndef WILCO_MACRO_H
#define WILCO_MACRO_H

#include "bytes.h"
#include "error.h"
#include "frame.h"
#include "limits.h"
#include "names.h"

/* Where a line stands decides which verbs it may use. */
enum line_place {
	PLACE_PROMPT = 1,  /* typed, or piped in */
	PLACE_COMMAND = 2, /* a COMMAND of `wilco send`, or its standard input */
	PLACE_CONFIG = 4,
	PLACE_DEVICE = 8, /* a file for `wilco simulate` */
	/* Together with PLACE_PROMPT: a line of a pipe, which may come from a file.  What only a
	 * device does with it (replies, .greeting, .delay, .else) is read and does nothing. */
	PLACE_PIPE = 16,
	/* A file for `wilco play`.  What only a device does with it is read and does nothing. */
	PLACE_PLAY = 32,
};

/* The kinds of lines. */
enum order_kind {
	ORDER_VERB,    /* a command of wilco's own, in `verb` and `rest` */
	ORDER_NOTHING, /* a blank line or a comment */
	ORDER_SEND,    /* `payload` is for the device */
	ORDER_WAIT,    /* waits for the time in `rest` */
	ORDER_MACRO,   /* what only who plays a macro does, by the name of `verb` */
	/* In a device's file: */
	ORDER_REPLY,    /* the device answers `rest` */
	ORDER_DELAY,    /* the device waits for the time in `rest` before it answers */
	ORDER_FAULT,    /* what goes wrong with the next reply, or with all, in `rest` */
	ORDER_ON,       /* the device answers commands that match the pattern in `rest` */
	ORDER_ELSE,     /* the device answers so when no other command matches */
	ORDER_GREETING, /* the device says so when it is connected */
	ORDER_FRAME,    /* the frame of the whole file, in `rest` */
};

struct order;
struct reading;
struct request_file; /* session.h */

/* What stands behind a verb, as far as `wilco fmt` spells it. */
enum verb_behind {
	BEHIND_WORDS,    /* arguments; they stay as they are */
	BEHIND_VERBATIM, /* stays as it is, blanks in front included */
	BEHIND_TEXT,     /* text with escapes */
	BEHIND_BYTES,    /* a byte list */
	BEHIND_LINE,     /* a line */
	BEHIND_FIELDS,   /* words F=V, and a line */
};

/* A word with a dot in front, with which a line may begin. */
struct verb {
	const char *name;
	const char *alias; /* short form, NULL: none */
	const char *args;  /* as help shows them, NULL: none */
	const char *help;
	const char *examples; /* lines separated by LF */
	/* Reads what follows the verb; errors are placed in the order's rest.  NULL: whoever runs
	 * the order reads it. */
	bool (*read)(struct order *o, const struct reading *r, struct error *err);
	unsigned places;          /* where it may stand, enum line_place */
	enum order_kind kind : 8; /* the kind of a line that begins with the verb */
	enum verb_behind behind : 8;
	bool heads;       /* replies may stand below it, though it sends nothing itself */
	bool out_of_turn; /* `.now` may stand before it, though it sends no command */
};

/* The verbs whose meaning is the language itself. */
extern const struct verb verb_sendfile, verb_delay, verb_else, verb_fault, verb_greeting, verb_hex,
	verb_literal, verb_now, verb_on, verb_tell, verb_text, verb_capture, verb_confirm, verb_end,
	verb_every, verb_expect, verb_expect_not, verb_include, verb_let, verb_repeat, verb_retry,
	verb_within, verb_wait, verb_wire, verb_with;
/* Reads the rest of `.frame`.  `.frame` is a command of wilco's own, but in a device's file it is a
 * part of the language. */
bool verb_read_frame(struct order *o, const struct reading *r, struct error *err);

/* The argument of verb_name(), which lists verbs for base/table.h: a verb that may not stand at one
 * of `places` has the empty name. */
struct verb_names {
	const struct verb *const *verbs; /* sorted by name; NULL ends the list */
	unsigned places;
};
const char *verb_name(const void *verb_names, size_t index);
/* Lists places for messages: "at a prompt, in a macro or in the configuration". */
enum { PLACE_NAMES_MAX = 128 };
const char *place_names(unsigned places, char out[PLACE_NAMES_MAX]);
/* Returns the verb with this name, alias or, at a prompt, beginning; it may be for another place.
 * NULL: err says what is near. */
const struct verb *verb_find(struct slice word, const struct reading *r, struct error *err);

enum order_flags {
	ORDER_EXACT = 1,   /* the line is an argument of the program: blanks and # are text */
	ORDER_CHECKED = 2, /* order_check_bytes() was true for it */
};
/* What order_read() has to know to read a line; all of it is borrowed. */
struct reading {
	const struct verb *const *verbs; /* all verbs; NULL ends the list */
	enum line_place place;
	unsigned flags;
	/* The device's; NULL: none.  Under `bin` typed text is a byte list. */
	const struct frame *frame;
	unsigned charset; /* of typed text, enum charset */
	/* What \{name} stands for; NULL: nothing, as at a prompt. */
	struct names *names;
};

/* The meaning of one line. */
struct order {
	enum order_kind kind;
	const struct verb *verb; /* with which the line begins; NULL: none */
	struct slice rest;       /* what follows the verb and its blank; without a verb the line */
	size_t rest_at;          /* where rest begins in the line, for placed errors */
	/* A prompt's line that began with a blank: the history omits it. */
	bool quiet;
	bool wire;  /* the payload goes out without the frame */
	bool tell;  /* no reply is expected */
	bool now;   /* it goes out at once, while another command waits */
	bool later; /* a name in it has no value yet, so payload and fields are not those to send */
	bool secret; /* there is a secret in it */
	bool fields; /* `with` holds fields for this command alone */
	/* What is sent is a file, and `payload` is what people read instead; owned, with its names;
	 * NULL: it is none. */
	struct request_file *file;
	struct frame_values with;
	struct bytes payload; /* owned */
	struct bytes shown;   /* with `secret`: the payload with names in the place of secrets */
};

/* Returns the names that have a value where commands are typed: those of secrets. */
struct names *secret_names(void);

void order_init(struct order *o);
void order_free(struct order *o);
/* Reads one line (without its line end); may be called again.  At a prompt and in a COMMAND a verb
 * may be cut to a unique prefix; files need whole verbs.  Returns false with err placed in the
 * line. */
bool order_read(struct order *o, struct slice text, const struct reading *r, struct error *err);
/* Makes the order of a line that is nothing but the bytes of a command. */
void order_plain(struct order *o, struct slice text);
/* Makes the order of a file that is sent as it is; its name is as the system knows it, and "-" is
 * standard input.  ends: our side is closed behind it, where the line can do that. */
void order_make_file(struct order *o, const char *name, bool ends);
void order_forget_file(struct order *o);
/* Says whether the order can be run for several devices: a pipe as its file is read once. */
bool order_repeats(const struct order *o, struct error *err);
/* Reads the line that follows the order's verb, in which blanks and # are text, and makes it the
 * order's.  may_follow: says whether it may stand there. */
bool order_read_behind(struct order *o, bool (*may_follow)(const struct order *o),
	const struct reading *r, struct error *err);
/* Say no to bytes that no line may have, to a dot without a verb, to a wrong indent. */
bool order_check_bytes(struct slice text, struct error *err);
/* Says whether such a line, or a reply, in a file is a list of bytes: the frame is binary, and it
 * is not one \<...>, as recorders write it, which means the same in every frame. */
bool order_is_bytes(struct slice text, const struct frame *frame);
bool order_refuse_dot(struct slice text, struct error *err);
bool order_refuse_indent(struct error *err);
/* Finds a comment: `# words`, `#` alone, `#!...`.  `#01` is text, because many devices need it. */
bool order_is_comment(struct slice text);
/* Finds a line of a device that stands above a reply and does something with it. */
bool order_is_above(struct slice text);
/* Reads a duration in which names may stand (NULL: none) out of the rest of an order, or of a part
 * of it.  Where a value comes later (names->later), *ns is 0.  Errors are placed in the rest. */
bool order_duration(struct slice rest, const struct verb *verb, struct names *names, int64_t *ns,
	struct error *err);
/* Says whether the order has bytes for the device; if not, or if it is a file, err says so about
 * `text`. */
bool order_sends(const struct order *o, struct slice text, struct error *err);

/* Splits `rest` into at most `max` arguments at blanks; '...' and "..." group and take escapes.
 * Names (NULL: none) stand in both; a value is a part of its word, whatever is in it.  The
 * arguments are slices of `store`.  Returns their number, or -1. */
int args_split(struct slice rest, struct names *names, struct bytes *store, struct slice *args,
	int max, struct error *err);
/* Does the same, but a word that begins with a slash is verbatim up to the next slash without a
 * backslash: /T = ([0-9]+)/. */
int args_split_patterns(
	struct slice rest, struct bytes *store, struct slice *args, int max, struct error *err);

/* Takes the mark `(with F=V ...) ` off the front of a reply, and the fields that it gives; *any is
 * false where there is none.  Errors are placed in the text as it was.
 * names: NULL where there are none. */
bool reply_take_fields(struct slice *text, const struct frame *frame, struct names *names,
	struct frame_values *with, bool *any, struct error *err);

/* Reads a reply in a device's file: `text` is what follows the two blanks.  For the kinds that are
 * bytes on the wire, and for a frame whose wire is given (*wire), these are the payload. */
enum expect_kind {
	EXPECT_EXACT,
	EXPECT_EMPTY,
	EXPECT_NONE,        /* nothing comes */
	EXPECT_UNSOLICITED, /* it answers no command */
	EXPECT_LATE,        /* it comes after its command was given up */
	EXPECT_DAMAGED,     /* bytes on the wire, of a frame that is not whole or not right */
	EXPECT_STRAY,       /* bytes on the wire, of no frame */
	EXPECT_LOST,        /* the device closes the line */
	EXPECT_ANY,         /* any complete reply; a device cannot answer so */
	EXPECT_AND,         /* more of the reply in the line above, which would be too long */
};
bool reply_parse(struct slice text, const struct frame *frame, struct names *names,
	struct bytes *payload, enum expect_kind *kind, bool *wire, struct error *err);

#endif
