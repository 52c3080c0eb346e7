/* zmodem.c - see zmodem.h. */
#include "cmd/zmodem.h"

#include <string.h>

/* A header in hex, up to the second digit of its type: 00 is ZRQINIT, 01 ZRINIT. */
static const char header[] = "**\x18"
			     "B0";
enum { HEADER = sizeof header - 1 };

/* Takes a byte behind those that match; stars may be more than two. */
static enum zmodem_start take(struct zmodem *z, uint8_t c)
{
	if (z->matched == HEADER && (c == '0' || c == '1')) {
		z->matched = 0;
		return c == '0' ? ZMODEM_SENDS : ZMODEM_WAITS;
	}
	if (z->matched < HEADER && c == (uint8_t)header[z->matched])
		z->matched++;
	else if (c != '*' || z->matched != 2)
		z->matched = c == '*';
	return ZMODEM_NONE;
}

enum zmodem_start zmodem_look(struct zmodem *z, struct slice bytes)
{
	enum zmodem_start last = ZMODEM_NONE;
	for (size_t i = 0; i < bytes.len; i++) {
		const uint8_t *star = bytes.at + i;
		if (!z->matched && !(star = memchr(star, '*', bytes.len - i)))
			break;
		i = (size_t)(star - bytes.at);
		enum zmodem_start start = take(z, *star);
		last = start ? start : last;
	}
	return last;
}
