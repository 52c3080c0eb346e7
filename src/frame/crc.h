/* crc.h - cyclic redundancy checks of any width up to 64 bits, computed by one engine.
 *
 * The parameters are those of the RevEng catalogue (width poly init refin refout xorout), which
 * also gives the names.  The engine is slicing-by-8 (Kounavis and Berry, "A systematic approach to
 * building high performance software-based CRC generators", 2005).
 */
#ifndef WILCO_CRC_H
#define WILCO_CRC_H

#include <wilco/bytes.h>

struct crc_params {
	const char *name;
	uint8_t width; /* bits, 1..64 */
	uint64_t poly, init;
	bool refin, refout;
	uint64_t xorout;
	uint64_t check; /* of the text "123456789" */
	const char *users;
};

/* Returns a CRC of the catalogue, in the order of width and name; NULL at the end. */
const struct crc_params *crc_catalog(size_t index);

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
