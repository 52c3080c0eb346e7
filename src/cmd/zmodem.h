/* zmodem.h - sees in what a device says that it begins to send a file by ZMODEM, or waits for one.
 *
 * XMODEM and YMODEM begin with a C or a NAK, as much else does. */
#ifndef WILCO_CMD_ZMODEM_H
#define WILCO_CMD_ZMODEM_H

#include <wilco/bytes.h>

/* What came, up to now; all zero at first. */
struct zmodem {
	uint8_t matched; /* bytes at its end that begin a header */
};

enum zmodem_start {
	ZMODEM_NONE,
	ZMODEM_SENDS, /* sz: ZRQINIT */
	ZMODEM_WAITS, /* rz: ZRINIT */
};

/* Looks at more of it, however it is cut: says what began last. */
enum zmodem_start zmodem_look(struct zmodem *z, struct slice bytes);

#endif
