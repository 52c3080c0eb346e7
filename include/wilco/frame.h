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

/* Makes a book that holds the catalogue of named frames and CRCs; the caller owns it. */
struct frame_book *frame_book_new(void);
/* Makes a book that is empty itself, and has all of the one below it, which is borrowed. */
struct frame_book *frame_book_over(const struct frame_book *below);
void frame_book_free(struct frame_book *book);
/* Takes "NAME = NOTATION" or "crc NAME = width=..."; an error is placed in `line`.  A name that is
 * defined again replaces the earlier one; frames that were compiled before keep what they have. */
bool frame_book_define(struct frame_book *book, struct slice line, struct error *err);
/* Says whether the text is NAME = NOTATION.  In a notation something that no name of a frame
 * contains (a blank, a colon) stands before the first `=`. */
bool frame_book_defines(struct slice text);
/* Adds the index-th definition, as frame_book_define() takes it, without which the frame's name
 * does not stand for it in another book: its CRCs, then the frame.  False at the end. */
bool frame_definition(const struct frame *frame, size_t index, struct bytes *out);
/* Returns the notation of a name, or NULL. */
const char *frame_book_notation(const struct frame_book *book, struct slice name);
/* Finds what `-f` and `.frame` take: one word known to the book is that frame, anything else is
 * compiled as a notation.  On failure a near name is suggested.  Returns a new reference, or
 * NULL. */
struct frame *frame_find(
	const struct frame_book *book, struct slice name_or_notation, struct error *err);
/* Walks the names in the order of the catalogue, then the user's; NULL at the end.  `group` gets
 * the heading, `what` (may be NULL) a few words about the frame. */
const char *frame_book_name(
	const struct frame_book *book, size_t index, const char **group, const char **what);

/* A CRC that notations know by name. */
struct frame_crc {
	const char *name;     /* as notations have it */
	const char *users;    /* who uses it; NULL: it is the user's own */
	struct bytes *others; /* lent: its other names, with blanks between */
	struct bytes *line;   /* lent: its parameters, as crc[...] takes them */
};
/* Fills in the index-th: those of the catalogue in the order of width and name, then the user's
 * own; false at the end. */
bool frame_crc(const struct frame_book *book, size_t index, struct frame_crc *crc);

/* ---- a compiled frame -------------------------------------------------------------------- */

struct frame *frame_compile(
	const struct frame_book *book, struct slice notation, struct error *err);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* NULL is allowed */

/* Returns the name by which the frame was found, or the notation itself. */
const char *frame_name(const struct frame *frame);
const char *frame_notation(const struct frame *frame);
/* Says whether a half-close follows the side's bytes (`eof` when sending). */
bool frame_half_closes(const struct frame *frame, enum frame_side side);
/* Says whether each reply is the last of its line (a bare last `eof` behind `->`). */
bool frame_closes_each(const struct frame *frame);
/* Returns the CR, LF or CR LF with which the side's frames end, in its first layout; empty: they
 * end otherwise. */
struct slice frame_line_end(const struct frame *frame, enum frame_side side);
/* The silence that the sender keeps before its next frame (`gap` when sending). */
struct frame_gap {
	bool present;
	bool characters; /* amount counts character times, not nanoseconds */
	double amount;   /* character times when `characters` */
	int64_t ns;
};
struct frame_gap frame_gap_after(const struct frame *frame, enum frame_side side);
/* Says whether some frame of the side ends by the peer's close (eof): then the caller must call
 * split_close().  frame_gap_within() gives the silence that ends a frame (gap), after which the
 * caller must call split_gap() or split_silence(). */
bool frame_ends_by_close(const struct frame *frame, enum frame_side side);
struct frame_gap frame_gap_within(const struct frame *frame, enum frame_side side);
/* The rules of a notation, as far as the caller needs them. */
struct frame_rules {
	bool bin;         /* typed lines are byte lists */
	bool echo;        /* the line echoes what we send, */
	bool echo_maybe;  /* or perhaps it does */
	size_t max;       /* bytes of a frame; 0: the session's setting */
	int64_t idle;     /* ns of silence that end a pending frame; 0: the session's */
	struct slice ack; /* sent after a good frame; empty: none */
	struct slice nak; /* sent after a damaged one */
	/* The sender sends [0], waits for [1], and sends [2] after the last frame. */
	struct slice bid[3];
	bool bids;
	/* What the device says where the notation leaves it open (`says`): its layout, from 1 (0:
	 * the first that carries the payload), and its end (empty: the first). */
	size_t says_layout;
	struct slice says_end;
};
const struct frame_rules *frame_rules(const struct frame *frame);
/* Returns the same frame whose device ends its frames so, and which says so in its notation.  NULL:
 * it says so already, or there is no choice of ends among which this one is. */
struct frame *frame_saying(struct frame *frame, struct slice end);
/* Returns how its payloads are written: TEXT_BIN of base/text.h (in hex), or 0. */
unsigned frame_spelling(const struct frame *frame);
/* Says whether bare names or a `++` of a shared layout match replies to commands, so that a late
 * reply is recognised. */
bool frame_matches_replies(const struct frame *frame);
/* Says whether a field only ties replies to commands: a counter (`++`), or a bare name. */
bool frame_field_ties(const struct frame *frame, size_t index);
bool frame_field_counts(const struct frame *frame, size_t index); /* it is a counter (`++`) */
/* Explains the frame in plain words: the layout with an example, the rules, what ends a reply,
 * warnings. */
bool frame_explain(const struct frame *frame, struct bytes *out);
/* Adds the index-th warning about what makes this notation fragile; false at the end. */
bool frame_warning(const struct frame *frame, size_t index, struct bytes *out);

/* ---- fields ------------------------------------------------------------------------------ */

enum { FIELD_TEXT_MAX = 32 };

/* What the value of a field is, by the type of the field. */
enum field_form {
	FIELD_UNSIGNED,
	FIELD_SIGNED, /* iN: `number` is its two's complement of 64 bits */
	FIELD_SINGLE, /* f32, f64: `number` has the bits of a double */
	FIELD_DOUBLE,
	FIELD_TEXT,  /* sN */
	FIELD_BYTES, /* xN, shown and typed in hex */
};

/* A value of a field: a number, or for types sN and xN text. */
struct field_value {
	bool set;
	uint8_t len;  /* of text */
	uint8_t form; /* enum field_form */
	uint8_t text[FIELD_TEXT_MAX];
	uint64_t number;
};

/* Says whether the value is in `text`, not in `number`. */
static inline bool field_is_text(const struct field_value *value)
{
	return value->form >= FIELD_TEXT;
}

/* Room for the values of any frame's fields.  Functions take an array of frame_field_count() values
 * in the order of the fields; it need not be one of these. */
struct frame_values {
	struct field_value at[LIMIT_NAMES];
};

/* Says whether two values of one field are the same; both are set. */
bool field_value_same(const struct field_value *a, const struct field_value *b);

size_t frame_field_count(const struct frame *frame);
const char *frame_field_name(const struct frame *frame, size_t index);
/* Returns the index of a field, or -1; a bare `more`, a calc and a label are no fields. */
int frame_field_index(const struct frame *frame, struct slice name);
/* Returns the value of a field that is no text as a number. */
double frame_field_number(const struct field_value *value);
/* Adds the text of a value.  A device may have sent it, so its bytes are escaped. */
void frame_field_text(const struct field_value *value, struct bytes *out);
/* Parses the text of a value ("17", "0x11", "-3", "Q", for bytes "00ff") into values[index]. */
bool frame_field_parse(const struct frame *frame, size_t index, struct slice text,
	struct field_value *values, struct error *err);
/* Does the same with what a person typed, in which escapes may stand. */
bool frame_field_typed(const struct frame *frame, size_t index, struct slice text,
	struct field_value *values, struct error *err);

/* A part of a frame, in the order of the wire.  The parts inside a transform follow it. */
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
	const char *name;         /* label, field, check or transform; NULL: none */
	const char *type;         /* how a number is written ("u16be"); NULL: not a number */
	unsigned level;           /* 0: on the wire; else the number of transforms around it */
	struct slice bytes;       /* on the wire, or plain inside a transform */
	uint64_t number;          /* of lengths, checks */
	struct field_value value; /* of fields */
	bool bits;                /* it has no bytes of its own: some bits of the part before it */
	bool wrong;               /* a length or check that should be `expected` */
	uint64_t expected;
	uint8_t digits; /* hex digits in which a check is shown; 0: decimal */
	char type_text[16];
};
enum { FRAME_PARTS_MAX = LIMIT_ITEMS };
/* Returns its name, or a word for its kind. */
const char *frame_part_name(const struct frame_part *p);

/* ---- encode ------------------------------------------------------------------------------ */

enum { ENCODE_FORCE = 1 }; /* send a payload that holds its own terminator all the same */

/* Adds the wire bytes of one frame to `wire`.  `set` holds the values that the user set (NULL:
 * none); fields that are not set take their default, or count up from `sent` for `++`.  `sent`
 * holds the fields last sent and is updated on success; on the device's side it holds the fields
 * received, which bare names repeat.  Where the frame cannot carry the payload, err has the offset
 * in the payload and nothing is added.  `scratch` is lent for nested transforms. */
bool frame_encode(const struct frame *frame, enum frame_side side, struct slice payload,
	const struct field_value *set, struct field_value *sent, unsigned flags,
	struct bytes *scratch, struct bytes *wire, struct error *err);
/* Returns what the splitter gives of the bytes of a frame: fillers with which every frame of the
 * side may begin are in none. */
struct slice frame_without_fillers(
	const struct frame *frame, enum frame_side side, struct slice wire);
/* Returns such a filler; empty: the side has none.  It is lent by the frame. */
struct slice frame_filler(const struct frame *frame, enum frame_side side);

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

enum split_mark { MARK_NONE, MARK_ASYNC, MARK_NOT_OURS, MARK_ECHO, MARK_INSIDE, MARK_GREETING };

enum split_end { /* why a frame ended */
	END_DELIMITER,
	END_LENGTH,
	END_FIXED,
	END_LITERAL, /* a variant of literals only */
	END_CLOSE,
	END_SILENCE,
	END_CONTENT, /* a transform whose content was complete */
	END_BREAK,   /* not ended: it broke, or nothing more came */
	END_TURN,    /* a run that was overheard: the other side spoke */
};

enum split_fault { /* what is wrong, for split_error_text() */
	FAULT_NONE,
	FAULT_EXPECTED, /* `expected` at byte `at`, got `got` */
	FAULT_NUMBER,   /* no number at byte `at`, got `got` */
	FAULT_LENGTH,   /* the length at byte `at` says a, it is b */
	FAULT_LIMIT,    /* a bytes, at most or at least b are allowed */
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

/* Filled in by the splitter; earlier content does not matter.  `other` is valid only with its mark,
 * and the members from `at` on only with a fault.  Slices are valid until the next call on the
 * splitter. */
struct split_event {
	enum split_kind kind;
	/* The splitter sets MARK_INSIDE and MARK_NOT_OURS, the session MARK_GREETING, the reply
	 * tracker the others. */
	enum split_mark mark;
	unsigned other; /* MARK_NOT_OURS: the field that differs from what was sent */
	/* Bits of the fields that a reply repeats (bare names, counters) and that came in it. */
	uint64_t tied;
	enum split_end end;
	struct slice end_bytes; /* END_DELIMITER */
	bool has_payload;       /* the payload could be delimited (always for frames) */
	/* The search for frames inside the damaged frame before was given up. */
	bool given_up;
	enum split_token token; /* SPLIT_ACK: which one */
	uint64_t offset;        /* of raw in the stream, bytes since split_init */
	struct slice raw;       /* the bytes on the wire */
	struct slice payload;
	const struct field_value *values; /* fields received */
	enum split_fault fault;
	size_t at, a, b;
	struct slice expected, got;
	/* `at` counts plain bytes inside this transform; NULL: on the wire.  With FAULT_LIMIT of an
	 * oversize frame: what raises the limit; NULL: nothing does. */
	const char *within;
	struct split_check checks[SPLIT_CHECKS_MAX]; /* FAULT_CHECK */
	size_t check_count;
};

enum { SPLIT_TEXT_MAX = 200 };
/* Spells why a frame ended: "delimiter NUL", "length 12", "peer closed".  Frames come fast, so this
 * is done only when the text is asked for. */
const char *split_end_text(const struct split_event *event, char out[SPLIT_TEXT_MAX]);
/* Spells a fault: "expected 2c at byte 6, got 58"; empty for whole frames, stray bytes and acks. */
const char *split_error_text(const struct split_event *event, char out[SPLIT_TEXT_MAX]);

/* One direction of one stream. */
struct split;

/* Begins a stream; split_free() ends it.  `frame` and `sent` (the fields last sent, for bare names
 * and `++`; may be NULL) are borrowed.  `values` gets the fields of the frame being parsed,
 * `pending` the bytes that are in no event yet, `scratch` the plain bytes of transforms; these
 * three are lent, and the caller may empty both buffers (bytes_free) while split_pending() is 0 and
 * no event is being read.  `max` bounds a frame in bytes where the frame has no limit of its own; 0
 * stands for LIMIT_FRAME. */
struct split *split_new(const struct frame *frame, enum frame_side side,
	const struct field_value *sent, struct field_value *values, size_t max,
	struct bytes *pending, struct bytes *scratch);
void split_free(struct split *s);
/* Sets another `max` for what comes from now on. */
void split_limit(struct split *s, size_t max);
/* Returns room to read n bytes into; split_add() then says how many came.  split_feed() copies
 * instead.  Bytes that find no room are not kept: together with all that is pending they become one
 * event SPLIT_OVERSIZE. */
uint8_t *split_space(struct split *s, size_t n);
void split_add(struct split *s, size_t n);
void split_feed(struct split *s, struct slice data);
/* The caller says that nothing came for the gap, that nothing came for the idle time, or that
 * nothing will ever come.  Each ends the frames that can end that way and reports the rest as
 * partial; split_gap() only ends frames that end by `gap`. */
void split_gap(struct split *s);
/* As split_gap(), but a frame that the gap would end damaged waits: adapters and drivers deliver
 * bytes in lumps, with gaps that were not on the line.  split_torn() says whether one waits; then
 * the caller must call split_silence() when it waits no longer. */
void split_gap_maybe(struct split *s);
bool split_torn(const struct split *s);
void split_silence(struct split *s);
/* As split_silence(), but bytes were still coming: a frame that waits for silence is partial. */
void split_give_up(struct split *s);
void split_close(struct split *s);
/* The caller says that the line broke (a reset, a port that went).  The peer ended nothing, so a
 * frame that waits for silence or close is partial. */
void split_break(struct split *s);
/* Gives the next event; false when more bytes are needed. */
bool split_next(struct split *s, struct split_event *event);
/* Takes correct frames without telling of each, and returns how many: for who only counts.  Any
 * number of what comes next may be left, correct frames too: split_next() gives it. */
size_t split_count(struct split *s);
/* Says that the next bytes must be these, because an `echo` line repeats what is sent.  They become
 * one event with MARK_ECHO: SPLIT_FRAME when they are the same, SPLIT_DAMAGED when they differ,
 * which is a collision.  With `echo?` bytes that differ are no echo.  `sent` is lent until then. */
void split_expect_echo(struct split *s, struct slice sent);
/* The same, but where other bytes come, there is no echo. */
void split_expect_echo_maybe(struct split *s, struct slice sent);
/* Says whether the echo has not come yet. */
bool split_expects_echo(const struct split *s);
/* Gives the parts of a frame's wire bytes, as SPLIT_FRAME or SPLIT_DAMAGED had them in `raw`, and
 * returns their number (at most FRAME_PARTS_MAX).  Slices are valid while raw and scratch are. */
size_t frame_parts(const struct frame *frame, enum frame_side side, struct slice raw,
	const struct field_value *sent, struct bytes *scratch,
	struct frame_part parts[FRAME_PARTS_MAX]);
/* Adds a length or check as messages show it: in `digits` hex digits, or in decimal for 0. */
void frame_value_add(struct bytes *out, uint64_t value, unsigned digits);
/* Returns the stream offset of the next byte. */
uint64_t split_offset(const struct split *s);
/* Returns the number of bytes received that are in no event yet. */
size_t split_pending(const struct split *s);
/* Returns these bytes, valid until the next call. */
struct slice split_rest(const struct split *s);
/* Forgets what is pending (the line was opened afresh); offsets go on. */
void split_reset(struct split *s);

/* Says whether devices with this frame say something when a line is opened (greet), and whether the
 * frame is the last of that. */
bool frame_greets(const struct frame *frame);
bool frame_is_greeting(const struct frame *frame, const struct split_event *event);
/* Sets the mark of a SPLIT_FRAME that devices send unasked (async). */
void frame_mark_async(const struct frame *frame, struct split_event *event);
/* Says whether a frame that came may answer the command that was sent with these fields: what it
 * repeats of a command it repeats of this one.  *other gets the field that differs. */
bool frame_answers(
	const struct split_event *event, const struct field_value *sent, unsigned *other);
/* Says whether no reply can be taken for an answer to both of two commands, with these fields. */
bool frame_tells_apart(
	const struct frame *frame, const struct field_value *a, const struct field_value *b);

/* ---- when is the reply complete? --------------------------------------------------------- */

enum reply_state { REPLY_WAIT, REPLY_DONE };

/* Follows the frames that answer one command (doc/wilco-frame.5, RULES ABOUT REPLIES). */
struct reply_tracker {
	const struct frame *frame;
	const struct reply_rule *until, *whiles, *times; /* NULL: none */
	uint64_t more;                                   /* frames still wanted */
	size_t frames;                                   /* frames that counted so far */
};

/* payload, fields: of the command, on which the rules depend (`on`); fields NULL: unknown. */
void reply_begin(struct reply_tracker *t, const struct frame *frame, struct slice payload,
	const struct field_value *fields);
/* Begins another reply to the same command. */
void reply_begin_again(struct reply_tracker *t);
/* Says whether the command has no reply (`times 0`). */
bool reply_answers_none(const struct reply_tracker *t);
bool frame_answers_none(
	const struct frame *frame, struct slice payload, const struct field_value *fields);
/* Sets event->mark for asynchronous frames and says whether the reply is complete.  Only for
 * SPLIT_FRAME. */
enum reply_state reply_take(struct reply_tracker *t, struct split_event *event);

#endif
