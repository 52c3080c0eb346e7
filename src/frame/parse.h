/* parse.h - the parser's state, shared by parse.c (sides), parse_item.c (items), parse_calc.c (what
 * lens and checks cover), parse_clause.c (reply rules) and the files of some items. */
#ifndef WILCO_PARSE_H
#define WILCO_PARSE_H

#include "base/text.h"
#include "frame/frame_private.h"

struct parser {
	struct lexer lexer;
	struct bytes bytes; /* lent to the lexer */
	const struct frame_book *book;
	struct frame *frame;
	struct variant *variant;
	bool reply_side;
	unsigned depth; /* in transforms and groups */
	size_t barrier; /* literals before this item are not joined, because a bracket is between */
	struct error *err;
};

/* Reports an error at the current token. */
#define FAIL(p, ...) \
	error_at((p)->err, (p)->lexer.token.column, (p)->lexer.token.width, __VA_ARGS__)

/* Says that no item begins here; returns false. */
bool parse_no_item(struct parser *p);
bool parse_is_sign(const struct parser *p, int sign);
bool parse_is_name(const struct parser *p, const char *name);
bool parse_next(struct parser *p);
/* Reads the current token again as something else. */
bool parse_again(struct parser *p, bool (*lex)(struct lexer *));
/* Returns the current token for a message. */
const char *parse_shown(const struct parser *p, struct quoted *q);
bool parse_expect(struct parser *p, int sign, const char *after);
/* Takes a number, which the current token must be. */
bool parse_number(struct parser *p, const char *what, uint64_t most, uint64_t *value);
/* Takes "(50ms)"; the current token is the word before it. */
bool parse_time(struct parser *p, const char *word, bool characters, struct frame_gap *gap);
/* Adds the bytes of the current token to those before it. */
bool parse_bytes(struct parser *p, struct bytes *all);
/* Says whether this is a literal word: hex, control name, text, or TYPE(NUMBER). */
bool parse_is_bytes(const struct parser *p);
/* Says whether the current token, hex digits, is a name all the same: a colon follows, or it is
 * half a byte and was declared. */
bool parse_is_hex_name(const struct parser *p);
/* Takes all literal words from here on, at least one, as one. */
bool parse_all_bytes(struct parser *p, struct slice *bytes);
/* Takes a type; signed numbers, fractions and bytes are only for fields. */
bool parse_type(struct parser *p, bool field, struct inttype *type);
int parse_field_index(const struct frame *f, struct slice name);
/* Declares a field, or finds it; -1 and an error if there are too many. */
int parse_field_declare(struct parser *p, struct slice name, struct inttype type, size_t column);
/* Takes a value of this type; the current token is the `=` before it. */
bool parse_default(struct parser *p, struct inttype type, struct field_value *value);
struct slice parse_keep(struct slice s);

/* Adds an item at the current token; NULL: there are too many. */
struct item *parse_item_add(struct parser *p, uint8_t level, uint8_t group, enum item_kind kind);
/* Takes what may follow the type of a field: a default, and how it counts up. */
bool parse_field_rest(struct parser *p, struct item *item);
/* Notes a place that a span can name; takes the mark's name. */
void parse_mark(struct variant *v, struct mark mark);
/* Takes items up to the sign `stop`; 0: up to the end of the layout. */
bool parse_items(struct parser *p, uint8_t level, uint8_t group, int stop);

/* ---- parse_word.c ---- */

/* A word with a meaning of its own, which makes an item. */
struct parse_word {
	const char *name;
	enum item_kind kind;
	bool (*take)(struct parser *p, struct item *item);
};
/* Returns the current token as such a word; NULL: it is none. */
const struct parse_word *parse_find_word(const struct parser *p);
/* Says whether a word has a meaning of its own, and so cannot name a field. */
bool parse_is_reserved(const struct parser *p, struct slice name);
/* Says why a name is not known; function: a bracket follows it.  Returns false. */
bool parse_unknown(struct parser *p, struct slice name, size_t column, bool function);

/* ---- parse_bracket.c ---- */

/* Takes a bracket and what it holds, which has this label. */
bool parse_bracket(struct parser *p, uint8_t level, uint8_t group, struct slice label);
/* Says whether the current token is a * + or ? right behind the bytes that it is about. */
bool parse_is_quantifier(const struct parser *p);
/* Takes it, which makes the item a filler. */
bool parse_quantifier(struct parser *p, struct item *item);

/* ---- parse_bits.c, parse_calc.c, parse_xform.c, parse_clause.c ---- */

/* parse_bits.c: says whether the current token begins <...>, and takes it. */
bool parse_is_bits(const struct parser *p);
bool parse_bits(struct parser *p, uint8_t level, uint8_t group, struct slice label);
/* Takes what a len or check covers, and its operators. */
bool parse_covers(struct parser *p, struct covers *covers);
/* parse_xform.c: takes a transform, whose name is the current token, with what it holds. */
bool parse_xform(struct parser *p, struct item *item);
bool parse_calc(struct parser *p, struct item *item);
/* Says whether this names a check; with a bracket behind it, a CRC of one's own. */
bool parse_is_check(const struct parser *p, struct slice name, bool bracket);
/* Says whether people use this name for different things; if so err says which. */
bool parse_is_ambiguous(struct parser *p, struct slice name, size_t column);
bool parse_clause(struct parser *p);

#endif
