/* escape.h - how bytes are typed: text escapes and byte lists (doc/wilco.1, ESCAPES).
 *
 *   text       PWR\r  \x1bID  \u{20ac}  \<STX>01\<ETX>  \<u16be(300)>
 *   byte list  1b 41 0d   1b410d   1b:41:0d   0x1b,0x41   ESC 'A' CR   u16be(107,3)
 *
 * Where there are names (wilco/names.h), both may hold \{name}, and numbers may be calculated from
 * them: u8(\{type}|0x40).  Errors are placed in the text that was given.
 */
#ifndef WILCO_ESCAPE_H
#define WILCO_ESCAPE_H

#include "base/charset.h"
#include <wilco/bytes.h>
#include <wilco/error.h>
#include <wilco/names.h>

/* Adds the bytes of a text with escapes. */
bool escape_decode(struct slice text, struct bytes *out, struct error *err);
/* Does the same for text that was typed for a device with another charset than UTF-8, and in which
 * names may stand (NULL: none). */
bool escape_typed(struct slice text, enum charset charset, struct names *names, struct bytes *out,
	struct error *err);
/* Adds the bytes of a byte list, without names or with them. */
bool escape_bytes(struct slice list, struct bytes *out, struct error *err);
bool escape_list(struct slice list, struct names *names, struct bytes *out, struct error *err);

/* Adds a word as args_split() reads it back: with quotes where a byte of it has a meaning for that
 * or for a shell.  flags: those of text_add().  False: it does not fit below out's cap. */
bool escape_add_word(struct bytes *out, struct slice word, unsigned flags);

/* The frame notation's lexer uses the pieces below. */

/* Returns the byte of a control name such as "ESC" (upper case only), or -1. */
int control_find(struct slice name);
/* Returns the control name of a byte, or NULL. */
const char *control_name(uint8_t byte);
int hex_digit(uint8_t c); /* -1: none */
bool slice_is_hex(struct slice word);
/* Reads one escape sequence at the front of `text` (text.at[0] is the backslash): adds its bytes
 * and returns its length, 0 on error (placed in `text`). */
size_t escape_one(struct slice text, struct names *names, struct bytes *out, struct error *err);
/* Reads one element of a byte list at the front of `list`, which is no separator; as above. */
size_t escape_element(struct slice list, struct names *names, struct bytes *out, struct error *err);
/* Reads a quoted text ('...' or "...") at the front of `text`: adds its bytes and returns its
 * length with the quotes, 0 on error (placed in `text`). */
size_t escape_quoted(struct slice text, struct names *names, struct bytes *out, struct error *err);

#endif
