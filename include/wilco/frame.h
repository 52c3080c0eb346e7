/* frame.h - the frame notation: how a command becomes bytes and how bytes become replies.
 *
 * One line such as `ESC payload CR -> payload (NUL | eof)` is compiled once into a struct frame,
 * which is immutable and shared by counting references.  Encoder, splitter and reply tracker are
 * pure: no I/O, no clock, and no memory of their own after compile - buffers are lent by the
 * caller.  doc/wilco-frame.5 is the notation's manual.
 *
 * Both directions use the same compiled line: a client encodes SIDE_COMMAND and splits SIDE_REPLY,
 * a simulated device the other way round.
 */
#ifndef WILCO_FRAME_H
#define WILCO_FRAME_H

#include "bytes.h"
#include "error.h"
#include "limits.h"

struct frame;      /* a compiled notation */
struct frame_book; /* the frames and CRCs known by name: catalogue and the user's own */

enum frame_side { SIDE_COMMAND, SIDE_REPLY };

/* ---- names ------------------------------------------------------------------------------- */

/* The book starts with the catalogue of named frames and CRCs; owned by the caller. */
struct frame_book *frame_book_new(void);
void frame_book_free(struct frame_book *book);
/* Takes "NAME = NOTATION" or "crc NAME = width=..."; refused with a place in `line`.  A name
 * defined again replaces the earlier one; frames compiled before keep what they have. */
bool frame_book_define(struct frame_book *book, struct slice line, struct error *err);
/* The notation behind a name, or NULL. */
const char *frame_book_notation(const struct frame_book *book, struct slice name);
/* What `-f` and `.frame` take: one word known to the book is that frame, anything else is
 * compiled; on failure a near name is suggested.  A new reference, or NULL. */
struct frame *frame_find(
	const struct frame_book *book, struct slice name_or_notation, struct error *err);
/* Walks the names in catalogue order, then the user's; NULL at the end.  group: heading;
 * what (may be NULL): a few words about it. */
const char *frame_book_name(
	const struct frame_book *book, size_t index, const char **group, const char **what);

/* ---- a compiled frame -------------------------------------------------------------------- */

struct frame *frame_compile(
	const struct frame_book *book, struct slice notation, struct error *err);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* NULL is allowed */

/* The name it was found by, or the notation itself. */
const char *frame_name(const struct frame *frame);
const char *frame_notation(const struct frame *frame);
/* The side's bytes are followed by a half-close (`eof` when sending). */
bool frame_half_closes(const struct frame *frame, enum frame_side side);
/* Silence that the sender keeps before its next frame (`gap` when sending). */
struct frame_gap {
	bool present;
	bool characters; /* amount counts character times, not nanoseconds */
	double amount;   /* character times when `characters` */
	int64_t ns;
};
struct frame_gap frame_gap_after(const struct frame *frame, enum frame_side side);
/* Some frame of the side ends by silence (gap), by close (eof): the caller must tell the
 * splitter (split_silence, split_close).  frame_gap_within: how long the silence is. */
bool frame_ends_by_close(const struct frame *frame, enum frame_side side);
struct frame_gap frame_gap_within(const struct frame *frame, enum frame_side side);
/* The clauses, as far as the caller needs them. */
struct frame_rules {
	bool bin;            /* typed lines are byte lists */
	bool echo;           /* the line echoes what we send */
	size_t times;        /* frames of a reply; 0: one */
	size_t max;          /* bytes; 0: the session's setting */
	int64_t idle;        /* ns of silence that end a pending frame; 0: the session's */
	struct slice ack;    /* sent after a good frame; empty: none */
	struct slice nak;    /* sent after a damaged one */
	struct slice bid[3]; /* a sends [0], waits for [1], sends [2] after the last frame */
	bool bids;
};
const struct frame_rules *frame_rules(const struct frame *frame);
/* Bare names or a `++` of a shared layout match replies to commands: a late one is recognised. */
bool frame_matches_replies(const struct frame *frame);
/* In plain words: the layout with an example, the rules, what ends a reply, warnings. */
bool frame_explain(const struct frame *frame, struct bytes *out);
/* The index-th thing that makes this notation fragile; false at the end. */
bool frame_warning(const struct frame *frame, size_t index, struct bytes *out);

/* A part of a frame on the wire, in wire order; parts inside a transform follow it. */
enum part_kind {
	PART_LITERAL,
	PART_FILLER,
	PART_PAYLOAD,
	PART_FIELD,
	PART_LENGTH,
	PART_CHECK,
	PART_TRANSFORM,
	PART_END,
	PART_ALIGN,
};
struct frame_part {
	enum part_kind kind;
	const char *name;   /* label, field, check or transform; NULL: none */
	const char *type;   /* how a number is written ("u16be"); NULL: not a number */
	unsigned level;     /* 0: on the wire; else inside so many transforms */
	struct slice bytes; /* on the wire, or plain inside a transform */
	uint64_t number;    /* of fields, lengths, checks */
	bool wrong;         /* a length or check that should be `expected` */
	uint64_t expected;
	uint8_t digits; /* as which a check is said, in hex; 0: in decimal */
	char type_text[16];
};
enum { FRAME_PARTS_MAX = LIMIT_ITEMS };

/* ---- fields ------------------------------------------------------------------------------ */

enum { FIELD_TEXT_MAX = 32 };

/* A value of a field: a number, or for type sN text. */
struct field_value {
	bool set;
	bool is_text;
	uint8_t len; /* of text */
	uint8_t text[FIELD_TEXT_MAX];
	uint64_t number;
};

/* The values of a frame's fields by index; as many as frame_field_count() are used. */
struct frame_values {
	struct field_value at[LIMIT_NAMES];
};

size_t frame_field_count(const struct frame *frame);
const char *frame_field_name(const struct frame *frame, size_t index);
/* -1: no such field (bare `more`, calc and label names are no fields). */
int frame_field_index(const struct frame *frame, struct slice name);
/* Adds the text of a value; of one that a device sent, too: its bytes are escaped. */
void frame_field_text(const struct field_value *value, struct bytes *out);
/* Parses the text of a value ("17", "0x11", "Q") into values->at[index]. */
bool frame_field_parse(const struct frame *frame, size_t index, struct slice text,
	struct frame_values *values, struct error *err);

/* ---- encode ------------------------------------------------------------------------------ */

enum { ENCODE_FORCE = 1 }; /* send a payload that holds its own terminator all the same */

/* Adds the wire bytes of one frame to `wire`.  `set`: what the user set (NULL: nothing; unset
 * fields take their default, or count up from `sent` for `++`).  `sent`: the fields last sent,
 * updated on success.  On the device's side `sent` holds the fields received, which bare names
 * repeat.  Refused, with the offset in the payload, when the frame cannot carry it; then nothing
 * is added.  `scratch` is lent for nested transforms. */
bool frame_encode(const struct frame *frame, enum frame_side side, struct slice payload,
	const struct frame_values *set, struct frame_values *sent, unsigned flags,
	struct bytes *scratch, struct bytes *wire, struct error *err);

/* ---- split ------------------------------------------------------------------------------- */

enum split_kind {
	SPLIT_FRAME,    /* whole, and everything in it that can be checked is right */
	SPLIT_DAMAGED,  /* delivered at once; `error` says what was expected and what came */
	SPLIT_PARTIAL,  /* silence or close inside a frame; `error` says what was missing */
	SPLIT_OVERSIZE, /* `max` bytes without an end */
	SPLIT_STRAY,    /* bytes that belong to no frame */
	SPLIT_ACK,      /* a token of `ack`, `nak` or `bid`, in `raw` */
};

enum split_token { TOKEN_NO, TOKEN_ACK, TOKEN_NAK, TOKEN_BID, TOKEN_BID_REPLY, TOKEN_BID_END };

enum split_mark { MARK_NONE, MARK_ASYNC, MARK_NOT_OURS, MARK_ECHO, MARK_INSIDE };

enum split_end { /* why a frame ended */
	END_DELIMITER,
	END_LENGTH,
	END_FIXED,
	END_LITERAL, /* a variant of literals only */
	END_CLOSE,
	END_SILENCE,
	END_CONTENT, /* a transform whose content was complete */
	END_BREAK,   /* not ended: it broke, or nothing more came */
};

enum split_fault { /* what is wrong, for split_error_text() */
	FAULT_NONE,
	FAULT_EXPECTED, /* `expected` at byte `at`, got `got` */
	FAULT_NUMBER,   /* no number at byte `at`, got `got` */
	FAULT_LENGTH,   /* the length at byte `at` says a, it is b */
	FAULT_LIMIT,    /* a bytes, at most b are allowed */
	FAULT_MISSING,  /* a more bytes */
	FAULT_UNENDED,  /* `expected` (empty: the end) never came */
	FAULT_CHECK,    /* `checks`: a check or length is wrong */
	FAULT_ESCAPE,   /* `got` at byte `at` is not allowed in `within` */
	FAULT_REST,     /* a bytes too many at byte `at` of `within` */
	FAULT_PAYLOAD,  /* the payload came, but not as it was sent (encoder only) */
	FAULT_ECHO,     /* collision: `expected` was sent at byte `at`, `got` came back */
};

enum { SPLIT_CHECKS_MAX = 4 };
struct split_check {      /* a check or length that is wrong */
	const char *name; /* "len" or the check's */
	uint64_t expected, got;
	uint8_t digits; /* of hex; 0: decimal */
};

/* Slices are valid until the next call on the splitter. */
struct split_event {
	enum split_kind kind;
	enum split_mark mark; /* MARK_INSIDE, MARK_NOT_OURS; the reply tracker sets the others */
	unsigned other;       /* MARK_NOT_OURS: the field that is not as it was sent */
	enum split_end end;
	struct slice end_bytes; /* END_DELIMITER */
	bool has_payload;       /* the payload could be delimited (always for frames) */
	bool given_up;          /* resynchronisation inside the damaged frame before was given up */
	enum split_token token; /* SPLIT_ACK: which one */
	uint64_t offset;        /* of raw in the stream, bytes since split_init */
	struct slice raw;       /* the bytes on the wire */
	struct slice payload;
	const struct frame_values *values; /* fields received */
	enum split_fault fault;
	size_t at, a, b;
	struct slice expected, got;
	const char *within; /* `at` counts plain bytes inside this transform; NULL: on the wire */
	struct split_check checks[SPLIT_CHECKS_MAX]; /* FAULT_CHECK */
	size_t check_count;
};

enum { SPLIT_TEXT_MAX = 200 };
/* "delimiter NUL", "length 12", "peer closed"; spelled only when asked, frames come fast. */
const char *split_end_text(const struct split_event *event, char out[SPLIT_TEXT_MAX]);
/* "expected 2c at byte 6, got 58"; empty for whole frames, stray bytes and acks. */
const char *split_error_text(const struct split_event *event, char out[SPLIT_TEXT_MAX]);

/* One candidate against one variant, and how far that came; private to the frame layer.  A frame
 * that is not complete goes on where it stopped, so bytes that come one by one cost no more than
 * all at once. */
struct split_try {
	uint8_t variant, item;    /* to go on with */
	size_t at;                /* where that item begins */
	size_t scanned[8];        /* by level: no end begins before this */
	size_t undone;            /* wire bytes of the transform in progress */
	size_t wanted;            /* fewer bytes than this change nothing */
	uint64_t absent, decided; /* optional groups */
	uint8_t end, mark;        /* of the event to come */
	struct slice end_bytes;
	size_t from[LIMIT_ITEMS]; /* where each item begins on its level */
	size_t size[LIMIT_ITEMS];
	uint64_t number[LIMIT_ITEMS];
	size_t level_at[8], level_len[8]; /* plain bytes in the scratch buffer */
};

/* A start inside a damaged frame that may yet become a frame (R4, R5); private. */
struct split_watch {
	uint64_t start, decided; /* stream offsets; decided: UINT64_MAX while it is incomplete */
	uint64_t wanted;
	size_t scanned, seen;
	uint8_t variant;
	bool good;
};
enum { SPLIT_WATCHES = 16 };

/* One direction of one stream.  All state is here and in the two buffers that are lent: while
 * split_pending() is 0 and no event is being read, the caller may take them back (bytes_free). */
struct split {
	const struct frame *frame; /* borrowed: must outlive the splitter */
	enum frame_side side;
	const struct frame_values
		*sent;            /* fields last sent, for bare names and `++`; may be NULL */
	size_t max;               /* bytes of a frame */
	struct bytes *pending;    /* lent: bytes not yet in an event */
	struct bytes *scratch;    /* lent: undone transforms */
	uint64_t base;            /* stream offset of pending->at[0] */
	size_t pos;               /* in pending: where the next event begins */
	size_t stray;             /* bytes at pos that begin no frame */
	struct slice absorb;      /* what may follow and is no frame's (R8, trailing fillers) */
	size_t absorbed;          /* bytes of it */
	char absorb_times;        /* 0: the rest of one; ? one, * any number */
	bool gap, silent, closed; /* what the caller said since bytes last came */
	bool broken;              /* and that nobody ended it */
	bool begun;               /* `state` is of the candidate */
	struct slice echo;        /* what the line has to echo first; lent by split_expect_echo */
	/* Inside a damaged frame: [inside, pos) is reported already. */
	bool watching, given_up;
	uint64_t inside, watched; /* stream offsets: the first start, the next one to look at */
	uint64_t behind;          /* where the reported bytes end */
	struct split_watch watches[SPLIT_WATCHES];
	size_t watch_count;
	struct split_try state;
	struct frame_values values; /* of the frame being parsed */
};

/* max 0: the frame's own, else LIMIT_FRAME. */
void split_init(struct split *s, const struct frame *frame, enum frame_side side,
	const struct frame_values *sent, size_t max, struct bytes *pending, struct bytes *scratch);
/* Room to read n bytes into; split_add says how many came.  split_feed copies instead. */
uint8_t *split_space(struct split *s, size_t n);
void split_add(struct split *s, size_t n);
void split_feed(struct split *s, struct slice data);
/* Nothing came for the gap, for the idle time, or will ever come: ends what can end that way,
 * and reports the rest as partial.  split_gap only ends frames that end by `gap`. */
void split_gap(struct split *s);
void split_silence(struct split *s);
void split_close(struct split *s);
/* The line broke (a reset, a port that went): what waits for silence or close was not ended by the
 * peer, and is partial. */
void split_break(struct split *s);
/* The next event; false when more bytes are needed. */
bool split_next(struct split *s, struct split_event *event);
/* The next bytes have to be these (an `echo` line repeats what is sent): they become one event
 * with MARK_ECHO, a frame when they are the same, else damaged: a collision.  Lent until then. */
void split_expect_echo(struct split *s, struct slice sent);
/* The parts of a frame's wire bytes as SPLIT_FRAME or SPLIT_DAMAGED gave them in `raw`; how many
 * (at most FRAME_PARTS_MAX).  Slices are valid while raw and scratch are. */
size_t frame_parts(const struct frame *frame, enum frame_side side, struct slice raw,
	const struct frame_values *sent, struct bytes *scratch,
	struct frame_part parts[FRAME_PARTS_MAX]);
/* A length or check as messages say it: so many hex digits; 0: in decimal. */
void frame_value_add(struct bytes *out, uint64_t value, unsigned digits);
/* Bytes received that are in no event yet. */
size_t split_pending(const struct split *s);
/* Forgets what is pending (the line was opened afresh); offsets go on. */
void split_reset(struct split *s);

/* ---- when is the reply complete? --------------------------------------------------------- */

enum reply_state { REPLY_WAIT, REPLY_DONE };

/* Follows the frames that answer one command by the rules of notation section 6. */
struct reply_tracker {
	const struct frame *frame;
	uint64_t more; /* frames still wanted */
	size_t frames; /* frames that counted so far */
};

void reply_begin(struct reply_tracker *t, const struct frame *frame);
/* Sets event->mark for asynchronous frames and says whether the reply is complete.  Only for
 * SPLIT_FRAME. */
enum reply_state reply_take(struct reply_tracker *t, struct split_event *event);

#endif
