/* check.h - the checks that a notation can name: sums, xor, Fletcher, Adler, inet, and CRCs.
 *
 * sumN nsumN isumN: bytes added modulo 2^N, its two's, its ones' complement.  xor8.  fletcher8:
 * RFC 1145 (mod 256), fletcher16: the same mod 255; second * 256 + first.  adler32: RFC 1950.
 * inet16: RFC 1071.  kermit6: Kermit's block check type 1.
 */
#ifndef WILCO_CHECK_H
#define WILCO_CHECK_H

#include "frame/crc.h"

enum check_kind {
	CHECK_SUM,
	CHECK_NSUM,
	CHECK_ISUM,
	CHECK_XOR,
	CHECK_FLETCHER,
	CHECK_ADLER,
	CHECK_INET,
	CHECK_KERMIT,
	CHECK_CRC,
};

struct check {
	const char *name; /* owned by the table, or by the frame of the CRC */
	enum check_kind kind;
	uint8_t bits; /* of the value */
	const struct crc *crc;
	bool in_line;     /* its parameters stand in the notation: crc[...] */
	uint32_t modulus; /* CHECK_FLETCHER, CHECK_ADLER */
};

struct check_state {
	uint64_t a, b; /* the sum, or a CRC's register; the second sum */
	bool odd;      /* inet16: the next byte is a low one */
};

/* Returns the index-th check that is not a CRC; NULL at the end. */
const struct check *check_builtin(size_t index);

/* Returns the bytes that the value needs: its natural width. */
static inline unsigned check_bytes(const struct check *check)
{
	return (check->bits + 7u) / 8u;
}

void check_begin(const struct check *check, struct check_state *state);
void check_add(const struct check *check, struct check_state *state, struct slice bytes);
uint64_t check_end(const struct check *check, struct check_state *state);

#endif
