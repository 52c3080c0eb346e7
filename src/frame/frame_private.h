/* frame_private.h - what a notation compiles to; shared by the files of this layer.
 *
 * A frame has two sides (the same one without "->"), a side has variants, a variant is an array of
 * items.  Items are on levels: level 0 is the wire, each transform opens another one for its
 * content. The items of a level are next to each other and in wire order; groups are flattened into
 * their level and leave only a mark.  One item of a level may have an unknown size.  The compiler
 * decided what ends it (`ends_by`), so that the splitter only follows.
 */
#ifndef WILCO_FRAME_PRIVATE_H
#define WILCO_FRAME_PRIVATE_H

#include "base/inttype.h"
#include "frame/check.h"
#include "frame/xform.h"
#include <wilco/frame.h>

enum item_kind {
	ITEM_BYTES,   /* a literal */
	ITEM_FILL,    /* X* X+ X? */
	ITEM_PAYLOAD, /* what is typed and shown */
	ITEM_FIELD,   /* name:type */
	ITEM_REF,     /* a bare name: repeats the field that was sent */
	ITEM_LEN,     /* the size of other items */
	ITEM_CHECK,   /* a checksum of other items */
	ITEM_XFORM,   /* items inside a transform */
	ITEM_END,     /* (A | B): alternatives that end the payload */
	ITEM_EOF,
	ITEM_GAP,
	ITEM_ALIGN, /* 00s up to a multiple */
	ITEM_BITS,  /* <a:4 b:4>: whole bytes; its parts follow as items without bytes */
};

enum {
	ALTERNATIVES_MAX = 8,
	OPS_MAX = 4,
	SPANS_MAX = 16,
	LEVELS_MAX = 8,
	NONE = 255
}; /* LEVELS_MAX is a bound of struct split_try, too */

/* `op num` after a len or a check: applied left to right to send, undone from the right. */
struct op {
	char sign;
	uint64_t number;
};

/* Where a range begins or ends: at what is called so, or at a literal; without text, at the edge of
 * the level. */
struct span_edge {
	struct slice text;  /* as it is written */
	struct slice bytes; /* of a literal; owned */
};

/* One element of the span that a len or a check covers. */
struct span {
	enum { SPAN_ITEMS, SPAN_BYTES, SPAN_FIELD } kind;
	size_t column, width;
	struct span_edge from, to; /* SPAN_ITEMS, until the compiler resolves them */
	bool one;                  /* not a range: `to` is `from` */
	uint8_t first, last;       /* items of one level, inclusive */
	struct slice bytes;        /* SPAN_BYTES; owned */
	int field;                 /* SPAN_FIELD: not on the wire */
	struct inttype type;
	uint64_t standard;
};

struct covers {
	struct span at[SPANS_MAX];
	uint8_t count;
	bool all, bare;
	struct op ops[OPS_MAX];
	uint8_t op_count;
};

struct ends {
	struct slice at[ALTERNATIVES_MAX]; /* owned */
	uint8_t count;
	bool eof, gap;
};

struct item {
	enum item_kind kind;
	uint8_t level, inner; /* inner: the level that a transform opens */
	uint8_t group;        /* the optional group, from 1; 0: none */
	uint8_t bits, shift;  /* of a part of ITEM_BITS, and where they are in it; 0: it is none */
	uint8_t part;         /* of ITEM_BITS, from 1 */
	uint8_t sized_by;     /* the len that gives its size; NONE */
	bool trusted;         /* ITEM_LEN: it gave a size, so there is nothing to compare */
	int field;            /* index of its value; -1: none */
	long fixed;           /* size on its level if that is known beforehand; -1 */
	struct slice bytes;   /* ITEM_BYTES, ITEM_FILL; owned */
	struct inttype type;
	struct covers *covers;       /* ITEM_LEN, ITEM_CHECK; owned */
	const struct check *check;   /* ITEM_CHECK; owned by the frame or the table */
	struct xform *xform;         /* ITEM_XFORM; owned */
	struct ends *ends;           /* ITEM_END; owned */
	size_t least, most;          /* ITEM_PAYLOAD */
	size_t multiple;             /* ITEM_ALIGN */
	char quantifier;             /* ITEM_FILL */
	struct frame_gap gap;        /* ITEM_GAP, ITEM_END */
	struct field_value standard; /* ITEM_FIELD: its default */
	bool counts;                 /* ++ was given */
	uint64_t modulo;             /* 0: none */
	uint64_t offset;             /* ITEM_FIELD, ITEM_REF: the wire has the value and this */
	bool reply_echo;      /* ++ where both sides share the layout: the reply repeats it */
	bool type_said;       /* a check had ":type" */
	char *name;           /* label or field name; NULL: none */
	size_t column, width; /* in the notation, for errors */
};

enum ends_by {
	ENDS_NO_VARIABLE, /* all sizes are known */
	ENDS_LENGTH,      /* items[ends_item] gives it */
	ENDS_PLAIN,       /* items[ends_item] gives the size of the payload inside a transform */
	ENDS_SEARCH,      /* items[ends_item]: a literal, alternatives, eof or gap */
	ENDS_ENCLOSING,   /* the end of the transform around it */
	ENDS_CONTENT,     /* the items inside the transform show when they are complete */
};

struct level {
	uint8_t first, count; /* items */
	uint8_t parent;       /* the ITEM_XFORM around it; NONE for level 0 */
	uint8_t variable;     /* the item of unknown size; NONE */
	enum ends_by ends_by;
	uint8_t ends_item;
	enum xform_search search; /* how to search for ends_item */
	size_t least;   /* ENDS_SEARCH: fixed bytes between; ENDS_ENCLOSING: after the variable */
	uint64_t minus; /* ENDS_LENGTH: fixed bytes that are covered too */
	bool exact;     /* ENDS_LENGTH: no operators, one term: value - minus */
	bool back;      /* fillers, groups or align follow the variable: walk back over them */
	bool in_group;  /* the variable is in an optional group, which is there if it has a size */
};

/* A place that a span can name: a word of a literal, because neighbours are one literal, or what a
 * label stands for that is no item of its own: such a word, or a group. */
struct mark {
	char *name;          /* the label; NULL: none */
	uint8_t first, last; /* items of one level */
	uint16_t from, to;   /* where it begins and ends in these, if they are literals */
	bool pairs;          /* hex: each byte is a word */
};

struct variant {
	struct item *items;
	size_t count;
	struct mark *marks; /* until names are resolved; owned */
	size_t mark_count;
	struct level levels[LEVELS_MAX];
	size_t level_count;
	int payload; /* the item; -1: none */
	uint8_t groups;
	uint8_t anchor; /* the item that is a literal at a fixed place; NONE */
	bool anchored;  /* there is one, by which a start inside a bad frame is found */
	bool group_payload[LIMIT_ITEMS]; /* for each group: it is absent when its payload is empty
					  */
	uint8_t verify[LIMIT_ITEMS];     /* lens and checks to compare, except those in chunks */
	uint8_t verify_count;
};

struct side {
	struct variant variants[LIMIT_VARIANTS];
	size_t count;
	bool half_closes;
	bool ends_by_close;
	struct frame_gap gap_after, gap_within;
	struct slice common_fill; /* every variant begins with this X* */
	struct slice anchor;      /* a literal of the only variant ... */
	size_t anchor_at;         /* ... at this fixed place; empty: none */
	bool resync;              /* some variant has a literal at a fixed place */
	uint8_t first_bytes[32];  /* a set: the bytes with which a frame can begin */
	bool first_known;
	bool fast;      /* see fast.c */
	bool one_start; /* every frame begins with `anchor`, and there are no tokens */
};

enum { PATTERN_MAX = 64 };
struct reply_pattern { /* one alternative of until, while, async, greet */
	uint16_t count;
	bool star[PATTERN_MAX]; /* any bytes; else one byte ... */
	uint8_t byte[PATTERN_MAX];
	uint8_t mask[PATTERN_MAX]; /* ... of which these bits count */
	int field;                 /* -1: none; else it must equal: */
	struct field_value value;
};

struct patterns {
	struct reply_pattern *at; /* owned */
	size_t count;
};

/* A rule about the reply to the commands that match `on`; without patterns there, to the others. */
struct reply_rule {
	enum { RULE_UNTIL, RULE_WHILE, RULE_TIMES } kind;
	size_t times; /* RULE_TIMES; 0: no reply is expected */
	struct patterns what, on;
};

struct frame {
	unsigned references;
	char *name, *notation;
	struct side sides[2];
	bool one_side;    /* no "->": both directions share sides[0] */
	bool closes_each; /* see frame_closes_each() */
	char *fields[LIMIT_NAMES];
	struct inttype field_types[LIMIT_NAMES];
	uint64_t field_offsets[LIMIT_NAMES];
	size_t field_count;
	bool tokens;           /* ack, nak or bid */
	int more;              /* the field `more`; -1 */
	struct check **checks; /* those with CRC tables; owned */
	size_t check_count;
	struct frame_rules rules;
	struct reply_rule *replies; /* owned */
	size_t reply_count;
	struct patterns async, greet;
	unsigned clauses_seen; /* while parsing */
	struct frame *of;      /* frame_saying(): owns all but the names and says_end; else NULL */
};

static inline const struct side *frame_side_of(const struct frame *frame, enum frame_side side)
{
	return &frame->sides[frame->one_side ? SIDE_COMMAND : side];
}

/* Says whether the device has a choice of ends, of which this is one. */
bool side_may_end(const struct side *side, struct slice end);
/* Says whether `outer` is the level of the item or one around it. */
bool level_holds(const struct variant *v, uint8_t outer, uint8_t item);
uint64_t ops_apply(const struct covers *covers, uint64_t value);
/* Returns false if the value cannot come from any size. */
bool ops_undo(const struct covers *covers, uint64_t *value);
/* Writes a field's value as bytes; false: it does not fit. */
bool value_put(struct inttype type, const struct field_value *v, uint8_t raw[INTTYPE_BYTES_MAX],
	size_t *size);
/* Sets the value that bytes of this type are, which were read as this number. */
void value_take(struct inttype type, struct slice raw, uint64_t number, struct field_value *value);
/* Sets what a field of this type is when nothing else is said: 0, no text, bytes of 00. */
void value_clear(struct inttype type, struct field_value *value);
/* Reads the text of a value; false: it is none of this type (no error is set). */
bool value_read(struct inttype type, struct slice text, struct field_value *value);
/* Adds the text of a value for people, in quotes if it is text. */
void value_show(const struct field_value *value, struct bytes *out);
/* Adds "NUL", "CR LF", "2c": control names, or else hex, for the first 24 bytes. */
void say_bytes(struct bytes *out, struct slice bytes);
bool pattern_matches(const struct patterns *patterns, const struct split_event *event);
/* Forgets the words of literals, which are needed only to resolve names. */
void variant_forget(struct variant *v);

/* ---- parse.c, parse_item.c, parse_clause.c, resolve.c, compile.c ---- */

/* Parses the notation's text into items; false: err is placed in it. */
bool parse_frame(
	const struct frame_book *book, struct frame *frame, struct slice text, struct error *err);
/* Resolves names: finds the items that lens and checks cover. */
bool resolve_variant(struct frame *frame, struct variant *v, struct error *err);
/* Computes sizes, and what ends each item of unknown size. */
bool compile_frame(struct frame *frame, struct error *err);
/* Returns the parameters of a CRC by name, the user's own first; NULL: there is none. */
const struct crc_params *book_crc(const struct frame_book *book, struct slice name);
/* Returns the index-th name of a check, or a CRC of the user's own; for "did you mean". */
const char *check_or_own_name(const void *book, size_t index);

/* ---- lex.c ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_BYTES, /* hex run, control name, text */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_SIGN, /* one of ( ) [ ] : = | ; , + - * / % & ^ ? or the signs below */
};
enum { SIGN_ARROW = 256, SIGN_RANGE, SIGN_COUNT, SIGN_ANY };

struct token {
	enum token_kind kind;
	int sign;
	size_t column, width;
	struct slice text; /* as written */
	bool glued;        /* no blank before it */
	bool is_text;      /* TOKEN_BYTES: '...' */
	bool no_bytes;     /* TOKEN_BYTES: half a byte, or 0x; it can only be a number or a type */
};

struct lexer {
	struct slice text;
	size_t at;
	struct token token;  /* the current one */
	struct bytes *bytes; /* the bytes of TOKEN_BYTES */
	struct error *err;
};

/* Read the next token; false: err names a stray character or a bad escape.  lex_number: digits are
 * a number, not bytes.  lex_word: letters are a word even if they are hex digits. */
bool lex_next(struct lexer *l);
bool lex_number(struct lexer *l);
bool lex_word(struct lexer *l);
/* Says whether the byte right after the current token is `c`. */
bool lex_before(const struct lexer *l, uint8_t c);

#endif
