/* text.h - the one way for foreign bytes to a terminal, a log or JSON, and how text is measured.
 *
 * Canonical spelling (doc/wilco.1, ESCAPES): bytes 20-7e as themselves, backslash doubled, 09 0a 0d
 * as \t \n \r, a UTF-8 character that is printable on one or two cells as itself, any other byte
 * as \xhh.  It reads back to the same bytes through escape_decode().
 */
#ifndef WILCO_TEXT_H
#define WILCO_TEXT_H

#include <wilco/bytes.h>

enum text_flags {
	TEXT_ASCII = 1, /* characters beyond ASCII become \u{...}: for a terminal without UTF-8 */
	TEXT_PLAIN = 2, /* a backslash stays single: text for people, not to be read back */
	TEXT_BIN = 8,   /* the payload of a binary frame: hex with blanks (view_lines) */
	TEXT_EDGES = 4, /* a leading or trailing blank becomes \x20 */
};

/* Adds the spelling of `in`; false when it does not fit below out's cap (then a part is added). */
bool text_add(struct bytes *out, struct slice in, unsigned flags);

/* The character at the front of `in`: its length in bytes, 0 when there is none, and how many cells
 * text_add() spells it with (TEXT_EDGES is left to the caller). */
size_t text_step(struct slice in, unsigned flags, size_t *cells);

/* Lower-case hex: contiguous, or with a blank between bytes. */
bool text_add_hex(struct bytes *out, struct slice in, bool spaced);

/* One dump row of up to 16 bytes: offset, hex, ASCII, without a line end.  wide: 8 digits. */
bool text_add_dump_row(struct bytes *out, size_t offset, struct slice row, bool wide);

enum { QUOTE_MAX = 96 };
struct quoted {
	char text[QUOTE_MAX];
};
/* `in` for a message, as printf("%s", quote(in).text): canonical, ASCII, a long one cut with
 * "...". */
struct quoted quote(struct slice in);

/* The next character: its length in bytes, 0 when `in` is empty; an invalid byte gives 1 and
 * *code 0xFFFFFFFF.  Strict UTF-8 (RFC 3629): no overlong forms, no surrogates. */
size_t text_decode(struct slice in, uint32_t *code);
/* Writes UTF-8, returns its length (1..4), 0 for a surrogate or above 10FFFF. */
size_t text_encode(uint32_t code, uint8_t out[4]);
/* Cells of a character that may be shown as itself: 1 or 2; 0: it must be escaped. */
int text_width(uint32_t code);
/* Cells of text that text_add() made. */
size_t text_cells(struct slice in);
bool text_is_utf8(struct slice in);
/* Whether the environment (LC_ALL, LC_CTYPE, LANG) says UTF-8. */
bool text_locale_utf8(void);

#endif
