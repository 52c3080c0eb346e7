/* charset.h - the characters of devices that do not speak UTF-8, by the C library's iconv.  Each
 * charset holds ASCII as it is.  Only what is typed and what a screen shows is converted; the rest
 * of wilco knows bytes. */
#ifndef WILCO_CHARSET_H
#define WILCO_CHARSET_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum charset {
	CHARSET_UTF8,
	CHARSET_LATIN1,
	CHARSET_WINDOWS_1252,
	CHARSET_CP437,
	CHARSET_SHIFT_JIS,
	CHARSET_COUNT
};
extern const char *const charset_names[CHARSET_COUNT + 1]; /* NULL at the end */

/* Reads the next character as text_decode() does. */
size_t charset_decode(enum charset charset, struct slice in, uint32_t *code);
/* Says whether the byte begins a character of two bytes. */
bool charset_begins(enum charset charset, uint8_t byte);
/* Adds UTF-8 text as the bytes of a charset; false: it lacks the character where err is placed, or
 * there is no room. */
bool charset_encode(enum charset charset, struct slice text, struct bytes *out, struct error *err);

#endif
