/* escape.h - how bytes are typed: text escapes and byte lists (doc/wilco.1, ESCAPES).
 *
 *   text       PWR\r  \x1bID  \u{20ac}  \<STX>01\<ETX>  \<u16be(300)>
 *   byte list  1b 41 0d   1b410d   0x1b,0x41   ESC 'A' CR   u16be(107,3)
 *
 * Errors are placed in the text that was given.
 */
#ifndef WILCO_ESCAPE_H
#define WILCO_ESCAPE_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* Text with escapes to bytes. */
bool escape_decode(struct slice text, struct bytes *out, struct error *err);
/* A byte list to bytes. */
bool escape_bytes(struct slice list, struct bytes *out, struct error *err);

/* The pieces, for the frame notation's lexer. */

/* The byte of a control name such as "ESC", -1 when it is none; upper case only. */
int control_find(struct slice name);
/* The control name of a byte, NULL when it has none. */
const char *control_name(uint8_t byte);
int hex_digit(uint8_t c); /* -1: none */
/* One escape sequence at the front of `text` (text.at[0] is the backslash): adds its bytes,
 * returns its length, 0 on error (placed in `text`). */
size_t escape_one(struct slice text, struct bytes *out, struct error *err);
/* A quoted text ('...' or "...") at the front of `text`: adds its bytes, returns its length with
 * the quotes, 0 on error (placed in `text`). */
size_t escape_quoted(struct slice text, struct bytes *out, struct error *err);

#endif
