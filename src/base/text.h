/* text.h - the one way for foreign bytes to a terminal, a log or JSON, and how text is measured.
 *
 * Canonical spelling (doc/wilco.1, ESCAPES): bytes 20-7e stand for themselves, a backslash is
 * doubled, 09 0a 0d are \t \n \r, a UTF-8 character that is printable in one or two cells stands
 * for itself, and any other byte is \xhh.  escape_decode() reads the same bytes back.
 */
#ifndef WILCO_TEXT_H
#define WILCO_TEXT_H

#include <wilco/bytes.h>

enum text_flags {
	TEXT_ASCII = 1,  /* characters beyond ASCII become \u{...}: for a terminal without UTF-8 */
	TEXT_PLAIN = 2,  /* a backslash stays single: text for people, not to be read back */
	TEXT_BIN = 8,    /* hex with blanks: a payload of a binary frame */
	TEXT_EDGES = 4,  /* a leading or trailing blank becomes \x20 */
	TEXT_MARKS = 16, /* combining marks of a script stand behind their letters (combining.h) */
	TEXT_CHARSET = 32, /* times enum charset: what the bytes are instead of UTF-8 */
};

/* The flags for a place that shows all characters, or only those of ASCII.  No terminal and no
 * screen has TEXT_MARKS, because a mark may deface their rows, nor has what reads back and is
 * compared (JSON, macros, recordings), because it has one spelling. */
static inline unsigned text_charset(bool utf8)
{
	return utf8 ? 0 : TEXT_ASCII;
}

/* The most bytes that text_add() makes of one byte: \x1b.  A character of four bytes becomes at
 * most ten: \u{10ffff}. */
enum { TEXT_MOST = 4 };

/* Adds the spelling of `in`; false when it does not fit below out's cap (then a part is added). */
bool text_add(struct bytes *out, struct slice in, unsigned flags);
/* Returns whether that would be `in` itself; false also for text beyond ASCII. */
bool text_stays(struct slice in, unsigned flags);

/* Returns the length in bytes of the character at the front of `in`, 0 when there is none, and
 * gives the number of cells in which text_add() spells it (the caller handles TEXT_EDGES).  A
 * letter and the marks that TEXT_MARKS shows behind it are one. */
size_t text_step(struct slice in, unsigned flags, size_t *cells);

/* Adds lower-case hex, with a blank between bytes if `spaced`; returns false as text_add() does. */
bool text_add_hex(struct bytes *out, struct slice in, bool spaced);

enum { QUOTE_MAX = 96 };
struct quoted {
	char text[QUOTE_MAX];
};
/* Spells `in` for a message: canonical, ASCII, a long one cut with "...": printf("%s",
 * quote(in).text). */
struct quoted quote(struct slice in);

/* Returns the beginning of a text, at most `most` bytes, cut between characters. */
struct slice text_cut(struct slice text, size_t most);
/* Formats into a buffer of fixed size.  A text that does not fit is cut at a character and ends in
 * BYTES_CUT. */
void text_format(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Reads the next character and returns its length in bytes, 0 when `in` is empty.  An invalid byte
 * gives 1 and *code 0xFFFFFFFF.  UTF-8 is strict (RFC 3629): no overlong forms, no surrogates. */
size_t text_decode(struct slice in, uint32_t *code);
/* Writes UTF-8 and returns its length (1..4), 0 for a surrogate or above 10FFFF. */
size_t text_encode(uint32_t code, uint8_t out[4]);
/* Returns the cells of a character that may be shown as itself, 1 or 2; 0: it must be escaped. */
int text_width(uint32_t code);
/* Returns the cells of text that text_add() made. */
size_t text_cells(struct slice in);
bool text_is_utf8(struct slice in);
/* Says whether all of it may be shown as it is: nothing in it controls a terminal or ends a
 * line. */
bool text_is_plain(struct slice in);
/* Says whether the environment (LC_ALL, LC_CTYPE, LANG) asks for UTF-8. */
bool text_locale_utf8(void);

#endif
