/* crc.c - see crc.h.
 *
 * A reflected CRC is in the low bits of the register and takes bytes at the bottom; any other is in
 * the high bits and takes them at the top.  So no width needs a loop of its own.
 */
#include "frame/crc.h"

#include <endian.h>

static uint64_t reflect(uint64_t value, unsigned width)
{
	uint64_t out = 0;
	for (unsigned i = 0; i < width; i++)
		out |= (value >> i & 1) << (width - 1 - i);
	return out;
}

static uint64_t first_step(const struct crc_params *p, uint64_t byte)
{
	if (p->refin) {
		uint64_t poly = reflect(p->poly, p->width);
		for (int i = 0; i < 8; i++)
			byte = byte & 1 ? byte >> 1 ^ poly : byte >> 1;
		return byte;
	}
	uint64_t poly = p->poly << (64 - p->width), value = byte << 56;
	for (int i = 0; i < 8; i++)
		value = value >> 63 ? value << 1 ^ poly : value << 1;
	return value;
}

void crc_build(struct crc *crc, const struct crc_params *params)
{
	crc->params = *params;
	if (params->bare) {
		crc->start = params->init;
		return;
	}
	crc->start = params->refin ? reflect(params->init, params->width)
				   : params->init << (64 - params->width);
	for (unsigned b = 0; b < 256; b++)
		crc->table[0][b] = first_step(params, b);
	for (unsigned k = 1; k < 8; k++)
		for (unsigned b = 0; b < 256; b++) {
			uint64_t before = crc->table[k - 1][b];
			crc->table[k][b] = params->refin
						   ? before >> 8 ^ crc->table[0][before & 0xFF]
						   : before << 8 ^ crc->table[0][before >> 56];
		}
}

static uint64_t add_reflected(const struct crc *crc, uint64_t state, const uint8_t *at, size_t n)
{
	const uint64_t(*t)[256] = crc->table;
	for (; n >= 8; at += 8, n -= 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		word = le64toh(word) ^ state;
		state = t[7][word & 0xFF] ^ t[6][word >> 8 & 0xFF] ^ t[5][word >> 16 & 0xFF] ^
			t[4][word >> 24 & 0xFF] ^ t[3][word >> 32 & 0xFF] ^
			t[2][word >> 40 & 0xFF] ^ t[1][word >> 48 & 0xFF] ^ t[0][word >> 56];
	}
	for (; n; at++, n--)
		state = state >> 8 ^ t[0][(state ^ *at) & 0xFF];
	return state;
}

static uint64_t add_plain(const struct crc *crc, uint64_t state, const uint8_t *at, size_t n)
{
	const uint64_t(*t)[256] = crc->table;
	for (; n >= 8; at += 8, n -= 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		word = be64toh(word) ^ state;
		state = t[7][word >> 56] ^ t[6][word >> 48 & 0xFF] ^ t[5][word >> 40 & 0xFF] ^
			t[4][word >> 32 & 0xFF] ^ t[3][word >> 24 & 0xFF] ^
			t[2][word >> 16 & 0xFF] ^ t[1][word >> 8 & 0xFF] ^ t[0][word & 0xFF];
	}
	for (; n; at++, n--)
		state = state << 8 ^ t[0][state >> 56 ^ *at];
	return state;
}

/* Divides bit by bit: the register takes each bit at the bottom, and none after the last. */
static uint64_t add_bare(const struct crc *crc, uint64_t state, struct slice bytes)
{
	const struct crc_params *p = &crc->params;
	uint64_t top = UINT64_C(1) << (p->width - 1);
	for (size_t i = 0; i < bytes.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			unsigned shift = p->refin ? bit : 7 - bit;
			bool divides = state & top;
			state = (state & ~top) << 1 | (bytes.at[i] >> shift & 1);
			state ^= divides ? p->poly : 0;
		}
	return state;
}

uint64_t crc_add(const struct crc *crc, uint64_t state, struct slice bytes)
{
	if (crc->params.bare)
		return add_bare(crc, state, bytes);
	return crc->params.refin ? add_reflected(crc, state, bytes.at, bytes.len)
				 : add_plain(crc, state, bytes.at, bytes.len);
}

uint64_t crc_end(const struct crc *crc, uint64_t state)
{
	const struct crc_params *p = &crc->params;
	if (!p->refin && !p->bare)
		state >>= 64 - p->width;
	if (p->bare ? p->refout : p->refin != p->refout)
		state = reflect(state, p->width);
	return state ^ p->xorout;
}
