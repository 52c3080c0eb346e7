/* frame_private.h - what a notation compiles to; shared by the files of this layer.
 *
 * A frame has two sides (one and the same without "->"), a side has variants, a variant is an array
 * of items.  Items stand on levels: level 0 is the wire, each transform opens another one for what
 * is inside.  The items of a level are next to each other and in wire order; groups are flattened
 * into their level and only leave a mark.  One item of a level may have an unknown size.  What ends
 * it was decided by the compiler (`ends_by`), so that the splitter only follows.
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
	ITEM_PAYLOAD, /* what a person means */
	ITEM_FIELD,   /* name:type */
	ITEM_REF,     /* a bare name: repeats the field that was sent */
	ITEM_LEN,     /* the size of other items */
	ITEM_CHECK,   /* a checksum of other items */
	ITEM_XFORM,   /* items inside a transform */
	ITEM_END,     /* (A | B): alternatives that end the payload */
	ITEM_EOF,
	ITEM_GAP,
	ITEM_ALIGN, /* 00s up to a multiple */
};

enum {
	ALTERNATIVES_MAX = 8,
	OPS_MAX = 4,
	SPANS_MAX = 16,
	LEVELS_MAX = 8,
	NONE = 255
}; /* LEVELS_MAX: struct split_try */

/* `op num` behind a len or a check: applied left to right when sending, undone from the right. */
struct op {
	char sign;
	uint64_t number;
};

/* One element of what a len or a check covers. */
struct span {
	enum { SPAN_ITEMS, SPAN_BYTES, SPAN_FIELD } kind;
	size_t column, width;
	/* SPAN_ITEMS: names until the compiler has resolved them; empty: the edge of the level */
	struct slice first_name, last_name;
	bool open_end;       /* "a..": the end depends on where the item stands */
	uint8_t first, last; /* items of one level, inclusive */
	struct slice bytes;  /* SPAN_BYTES; owned */
	int field;           /* SPAN_FIELD: off the wire */
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
	uint8_t group;        /* 1..: of an optional group; 0: none */
	uint8_t sized_by;     /* the len that says its size; NONE */
	bool trusted;         /* ITEM_LEN: it gave a size, so there is nothing to compare */
	int field;            /* index of its value; -1: none */
	long fixed;           /* bytes on its level when known beforehand; -1 */
	struct slice bytes;   /* ITEM_BYTES, ITEM_FILL; owned */
	struct inttype type;
	struct covers *covers;     /* ITEM_LEN, ITEM_CHECK; owned */
	const struct check *check; /* ITEM_CHECK; of the frame */
	struct xform *xform;       /* ITEM_XFORM; owned */
	struct ends *ends;         /* ITEM_END; owned */
	size_t least, most;        /* ITEM_PAYLOAD */
	size_t multiple;           /* ITEM_ALIGN */
	char quantifier;           /* ITEM_FILL */
	struct frame_gap gap;      /* ITEM_GAP, ITEM_END */
	uint64_t standard;         /* ITEM_FIELD: its default */
	struct slice standard_text;
	bool counts;          /* ++ */
	uint64_t modulo;      /* 0: none */
	bool reply_echo;      /* ++ of a shared layout: the reply repeats it */
	bool type_said;       /* a check's ":type" was there */
	char *name;           /* label or field name; NULL: none */
	size_t column, width; /* in the notation, for errors */
};

enum ends_by {
	ENDS_NO_VARIABLE, /* all sizes are known */
	ENDS_LENGTH,      /* items[ends_item] says it */
	ENDS_PLAIN,       /* items[ends_item] says the size of the payload inside a transform */
	ENDS_SEARCH,      /* items[ends_item]: a literal, alternatives, eof or gap */
	ENDS_ENCLOSING,   /* the end of the transform around */
	ENDS_CONTENT,     /* the items inside the transform say when they are complete */
};

struct level {
	uint8_t first, count; /* items */
	uint8_t parent;       /* the ITEM_XFORM around; NONE for level 0 */
	uint8_t variable;     /* the item of unknown size; NONE */
	enum ends_by ends_by;
	uint8_t ends_item;
	enum xform_search search; /* how to look for ends_item */
	size_t least;   /* ENDS_SEARCH: fixed bytes between; ENDS_ENCLOSING: behind the variable */
	uint64_t minus; /* ENDS_LENGTH: fixed bytes that are covered too */
	bool exact;     /* ENDS_LENGTH: no operators, one term: value - minus */
	bool back;      /* fillers, groups or align behind the variable: walk back over them */
	bool in_group;  /* the variable stands in an optional group: the size is the group's */
};

struct variant {
	struct item *items;
	size_t count;
	struct level levels[LEVELS_MAX];
	size_t level_count;
	int payload; /* the item; -1: none */
	uint8_t groups;
	uint8_t anchor; /* the item that is that literal; NONE */
	bool anchored;  /* a literal at a fixed place: a start can be recognised inside a bad frame
			 */
	bool group_payload[LIMIT_ITEMS]; /* by group: absent when nothing is in it */
	uint8_t verify[LIMIT_ITEMS];     /* the lens and checks to compare, levels but chunks */
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
	uint8_t first_bytes[32];  /* a set: what a frame can begin with */
	bool first_known;
	bool fast;      /* fast.c */
	bool one_start; /* every frame begins with `anchor`, and there are no tokens */
};

enum { PATTERN_MAX = 64 };
struct pattern { /* one alternative of until, while, async */
	uint16_t count;
	bool star[PATTERN_MAX]; /* any bytes; else one byte ... */
	uint8_t byte[PATTERN_MAX];
	uint8_t mask[PATTERN_MAX]; /* ... of which these bits count */
	int field;                 /* -1: none; else it must equal: */
	struct field_value value;
};

struct patterns {
	struct pattern *at; /* owned */
	size_t count;
};

struct frame {
	unsigned references;
	char *name, *notation;
	struct side sides[2];
	bool one_side; /* no "->": both directions share sides[0] */
	char *fields[LIMIT_NAMES];
	struct inttype field_types[LIMIT_NAMES];
	size_t field_count;
	bool tokens;           /* ack, nak or bid */
	int more;              /* the field `more`; -1 */
	struct check **checks; /* with their CRC tables; owned */
	size_t check_count;
	struct frame_rules rules;
	struct patterns until, whiles, async;
	unsigned clauses_seen; /* while parsing */
};

static inline const struct side *frame_side_of(const struct frame *frame, enum frame_side side)
{
	return &frame->sides[frame->one_side ? SIDE_COMMAND : side];
}

/* Whether `outer` is the level of the item or one around it. */
bool level_holds(const struct variant *v, uint8_t outer, uint8_t item);
uint64_t ops_apply(const struct covers *covers, uint64_t value);
/* False when the value cannot come from any size. */
bool ops_undo(const struct covers *covers, uint64_t *value);
/* A field's value as bytes; 0: it does not fit. */
size_t value_put(struct inttype type, const struct field_value *v, uint8_t raw[INTTYPE_BYTES_MAX]);
/* "NUL", "CR LF", "2c": control names where there are, hex elsewhere; the first 24 bytes. */
void say_bytes(struct bytes *out, struct slice bytes);
bool pattern_matches(const struct patterns *patterns, const struct split_event *event);

/* ---- parse.c, parse_item.c, parse_clause.c, resolve.c, compile.c ---- */

/* Items from the notation's text; false and a placed error. */
bool parse_frame(
	const struct frame_book *book, struct frame *frame, struct slice text, struct error *err);
/* Names to items: what lens and checks cover. */
bool resolve_variant(struct frame *frame, struct variant *v, struct error *err);
/* Sizes, and what ends each item of unknown size. */
bool compile_frame(struct frame *frame, struct error *err);
/* The parameters of a CRC by name, the user's own first; NULL: none. */
const struct crc_params *book_crc(const struct frame_book *book, struct slice name);
/* The index-th name of a check, a CRC, a transform; for "did you mean". */
const char *check_or_crc_name(const void *book, size_t index);

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
	bool no_bytes;     /* TOKEN_BYTES: half a byte, or 0x: only good as a number or a type */
};

struct lexer {
	struct slice text;
	size_t at;
	struct token token;  /* the current one */
	struct bytes *bytes; /* of TOKEN_BYTES */
	struct error *err;
};

/* The next token; false and err on a stray character or a bad escape.  lex_number: here digits are
 * a number, not bytes; lex_word: letters are a word even when they are hex digits. */
bool lex_next(struct lexer *l);
bool lex_number(struct lexer *l);
bool lex_word(struct lexer *l);
/* The byte behind the current token is `c`, without a blank between. */
bool lex_before(const struct lexer *l, uint8_t c);

#endif
