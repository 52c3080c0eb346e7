/* frame_private.h - what a notation compiles to; shared by the files of this layer.
 *
 * A frame has two sides (one and the same without "->"), a side has variants, a variant is an
 * array of items in wire order.  One item of a variant may have an unknown size: the payload.
 * What ends it was decided by the compiler (`ends_by`), so that the splitter only follows.
 */
#ifndef WILCO_FRAME_PRIVATE_H
#define WILCO_FRAME_PRIVATE_H

#include "base/inttype.h"
#include <wilco/frame.h>

enum item_kind {
	ITEM_BYTES,   /* a literal */
	ITEM_PAYLOAD, /* what a person means */
	ITEM_FIELD,   /* name:type */
	ITEM_REF,     /* a bare name: repeats the field that was sent */
	ITEM_LEN,     /* the size of other items */
	ITEM_END,     /* (A | B): alternatives that end the payload */
	ITEM_EOF,
	ITEM_GAP,
};

enum { ALTERNATIVES_MAX = 8, OPS_MAX = 4, SPANS_MAX = 8 };

/* `op num` behind a len: applied left to right when sending, undone from the right. */
struct op {
	char sign;
	uint64_t number;
};

/* Items first..last of the variant, inclusive; names until the compiler has resolved them. */
struct span {
	struct slice first_name, last_name; /* in the notation; empty: the edge of the level */
	size_t column, width;
	uint8_t first, last;
};

struct item {
	enum item_kind kind;
	size_t column, width; /* in the notation, for errors */
	char *name;           /* label or field name; NULL: none */
	struct slice bytes;   /* ITEM_BYTES; owned by the frame's pool */
	struct inttype type;
	int field; /* index of its value; -1: none */
	/* ITEM_PAYLOAD */
	size_t least, most;
	bool trim; /* white space and NUL are stripped on input */
	/* ITEM_FIELD */
	uint64_t standard;
	struct slice standard_text; /* of sN */
	bool counts;                /* ++ */
	uint64_t modulo;            /* 0: none */
	/* ITEM_LEN */
	struct span spans[SPANS_MAX];
	uint8_t span_count;
	bool spans_all; /* `all` */
	struct op ops[OPS_MAX];
	uint8_t op_count;
	/* ITEM_END */
	struct slice ends[ALTERNATIVES_MAX];
	uint8_t end_count;
	bool end_eof; /* one alternative is eof */
	bool end_gap; /* one alternative is gap */
	struct frame_gap gap;
};

enum ends_by {
	ENDS_NO_PAYLOAD,
	ENDS_LENGTH,  /* of items[ends_item] */
	ENDS_FIXED,   /* [n] */
	ENDS_LITERAL, /* the next ITEM_BYTES, `between` bytes behind the payload */
	ENDS_ANY,     /* the next ITEM_END */
	ENDS_CLOSE,
	ENDS_SILENCE,
};

struct variant {
	struct item *items;
	size_t count;
	int payload; /* index of the payload, -1: none */
	enum ends_by ends_by;
	size_t ends_item;
	size_t between; /* bytes between the payload and what ends it */
};

struct side {
	struct variant variants[LIMIT_VARIANTS];
	size_t count;
	bool half_closes;
	bool ends_by_close;
	struct frame_gap gap_after, gap_within;
};

struct frame {
	unsigned references;
	char *name, *notation;
	struct side sides[2];
	bool one_side; /* no "->": both directions share sides[0] */
	char *fields[LIMIT_NAMES];
	struct inttype field_types[LIMIT_NAMES];
	size_t field_count;
	struct frame_rules rules;
};

static inline const struct side *frame_side_of(const struct frame *frame, enum frame_side side)
{
	return &frame->sides[frame->one_side ? SIDE_COMMAND : side];
}

/* The bytes an item takes on the wire when that is known before: -1 when not. */
long item_fixed_size(const struct item *item);
uint64_t ops_apply(const struct item *item, uint64_t value);
/* False when the value cannot come from any size. */
bool ops_undo(const struct item *item, uint64_t *value);

/* ---- parse.c, compile.c ---- */

/* Items from the notation's text; false and a placed error. */
bool parse_frame(struct frame *frame, struct slice text, struct error *err);
/* Names, spans, sizes, and what ends each payload. */
bool compile_frame(struct frame *frame, struct error *err);

/* ---- lex.c ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_BYTES, /* hex run, control name, text */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_SIGN, /* one of ( ) [ ] : = | ; , + - * / % & ^ ? or the two-character signs below */
};
enum { SIGN_ARROW = 256, SIGN_RANGE, SIGN_COUNT };

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
	size_t bytes_at;     /* where they begin */
	struct error *err;
};

/* The next token; false and err on a stray character or a bad escape.  `number`: here digits are a
 * number, not bytes; `word`: letters are a word even when they are hex digits. */
bool lex_next(struct lexer *l);
bool lex_number(struct lexer *l);
bool lex_word(struct lexer *l);

#endif
