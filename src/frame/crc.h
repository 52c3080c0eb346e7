/* crc.h - cyclic redundancy checks of any width up to 64 bits, computed by one engine.
 *
 * The parameters are those of the RevEng catalogue (width poly init refin refout xorout), which
 * also gives the names.  The engine is slicing-by-8 (Kounavis and Berry, "A systematic approach to
 * building high performance software-based CRC generators", 2005).
 */
#ifndef WILCO_CRC_H
#define WILCO_CRC_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { CRC_NAME_MAX = 40, CRC_NAMES_MAX = 96, CRC_USERS_MAX = 56 };

struct crc_params {
	uint8_t width; /* bits, 1..64 */
	bool refin, refout;
	bool bare; /* no zero bits are appended: the remainder of the message itself */
	uint64_t poly, init, xorout;
	uint64_t check; /* of the text "123456789" */
};

/* A CRC of the catalogue.  It points nowhere: an address in a table has to be written at each
 * start. */
struct crc_known {
	struct crc_params params;
	char name[CRC_NAMES_MAX]; /* others follow it: crc_next_name() */
	char users[CRC_USERS_MAX];
};

/* Returns a CRC of the catalogue, in the order of width and name; NULL at the end. */
const struct crc_known *crc_catalog(size_t index);
/* Returns the next name of the same CRC of the catalogue; NULL: it was the last one. */
const char *crc_next_name(const char *name);
/* Finds a CRC of the catalogue by any of its names, in lower case or as the catalogue has it; NULL:
 * there is none. */
const struct crc_params *crc_find(struct slice name);
/* Writes a name as the catalogue has it: crc16-ibm-3740 as CRC-16/IBM-3740. */
void crc_catalog_name(const char *name, char out[CRC_NAME_MAX]);
/* Returns the name of the catalogue that this one was most likely meant to be; NULL: none is near.
 */
const char *crc_near(struct slice name);

/* Reads the parameters of a line of the catalogue ("width=16 poly=0x1021 ..."), of which the line
 * of a definition must have `all`, and the brackets of crc[...] width and poly.  `augment=no`
 * appends no zero bits.  Errors are placed in the text. */
bool crc_line_parse(struct slice line, bool all, struct crc_params *params, struct error *err);
/* Adds them as such a line. */
void crc_line_add(const struct crc_params *params, struct bytes *out);
/* Says whether both compute the same. */
bool crc_same(const struct crc_params *a, const struct crc_params *b);

/* The tables of one CRC, 16 KiB. */
struct crc {
	struct crc_params params;
	uint64_t start; /* the register before the first byte */
	uint64_t table[8][256];
};

void crc_build(struct crc *crc, const struct crc_params *params);
uint64_t crc_add(const struct crc *crc, uint64_t state, struct slice bytes);
uint64_t crc_end(const struct crc *crc, uint64_t state);

#endif
