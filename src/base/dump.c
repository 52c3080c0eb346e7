/* dump.c - see dump.h.  Rows are composed in place from a table of pairs of digits, so that the
 * dump of a whole disk takes little longer than reading and writing it. */
#include "base/dump.h"

enum {
	HALF = DUMP_ROW / 2,
	HEX_CELLS = 3 * DUMP_ROW + 2,
	ROW_MAX = 16 + 2 + HEX_CELLS + DUMP_ROW,
	TOGETHER = 64
};

/* The digits of each byte, and the blank behind them. */
#define PAIR(a, b)             \
	{                      \
		a, b, ' ', ' ' \
	}
#define PAIRS(a)                                                                            \
	PAIR(a, '0'), PAIR(a, '1'), PAIR(a, '2'), PAIR(a, '3'), PAIR(a, '4'), PAIR(a, '5'), \
		PAIR(a, '6'), PAIR(a, '7'), PAIR(a, '8'), PAIR(a, '9'), PAIR(a, 'a'),       \
		PAIR(a, 'b'), PAIR(a, 'c'), PAIR(a, 'd'), PAIR(a, 'e'), PAIR(a, 'f')
static const char pairs[256][4] = {PAIRS('0'), PAIRS('1'), PAIRS('2'), PAIRS('3'), PAIRS('4'),
	PAIRS('5'), PAIRS('6'), PAIRS('7'), PAIRS('8'), PAIRS('9'), PAIRS('a'), PAIRS('b'),
	PAIRS('c'), PAIRS('d'), PAIRS('e'), PAIRS('f')};

/* What is shown of each byte. */
#define DOTS "................................"
static const char ascii[] =
	DOTS " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNO"
	     "PQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~." DOTS DOTS DOTS DOTS;

static inline char *add_offset(char *at, uint64_t offset, bool wide)
{
	unsigned bytes = wide ? 4 : 2;
	while (bytes < 8 && offset >> (8 * bytes))
		bytes++;
	while (bytes--) {
		memcpy(at, pairs[offset >> (8 * bytes) & 255], 2);
		at += 2;
	}
	memcpy(at, "  ", 2);
	return at + 2;
}

/* Adds "xx " for each byte.  Each puts a blank where the next begins, because four bytes are copied
 * in one step and three are not. */
static inline char *add_hex(char *at, const uint8_t *bytes, size_t count)
{
#pragma GCC unroll 8
	for (size_t i = 0; i < count; i++)
		memcpy(at + 3 * i, pairs[bytes[i]], 4);
	return at + 3 * count;
}

static inline char *add_ascii(char *at, const uint8_t *bytes, size_t count)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < count; i++)
		at[i] = ascii[bytes[i]];
	return at + count;
}

static inline char *add_whole(char *at, const uint8_t *bytes)
{
	at = add_hex(at, bytes, HALF);
	*at = ' ';
	at = add_hex(at + 1, bytes + HALF, HALF);
	*at = ' ';
	return add_ascii(at + 1, bytes, DUMP_ROW);
}

static char *add_part(char *at, struct slice row)
{
	struct slice left = slice_cut(row, 0, HALF), right = slice_cut(row, HALF, DUMP_ROW);
	memset(at, ' ', HEX_CELLS);
	add_hex(at, left.at, left.len);
	add_hex(at + 3 * HALF + 1, right.at, right.len);
	return add_ascii(at + HEX_CELLS, row.at, row.len);
}

static inline char *add_row(char *at, uint64_t offset, struct slice row, bool wide)
{
	at = add_offset(at, offset, wide);
	return row.len >= DUMP_ROW ? add_whole(at, row.at) : add_part(at, row);
}

bool dump_add_row(struct bytes *out, uint64_t offset, struct slice row, bool wide)
{
	char *begin = (char *)bytes_space(out, ROW_MAX);
	if (begin)
		out->len += (size_t)(add_row(begin, offset, row, wide) - begin);
	return begin;
}

bool dump_add_lines(struct bytes *out, uint64_t offset, struct slice bytes, bool wide)
{
	while (bytes.len) {
		struct slice some = slice_cut(bytes, 0, TOGETHER * DUMP_ROW);
		char *begin = (char *)bytes_space(out, TOGETHER * (ROW_MAX + 1)), *at = begin;
		if (!begin)
			return false;
		bytes = slice_cut(bytes, some.len, bytes.len);
		for (; some.len; offset += DUMP_ROW, some = slice_cut(some, DUMP_ROW, some.len)) {
			at = add_row(at, offset, some, wide);
			*at++ = '\n';
		}
		out->len += (size_t)(at - begin);
	}
	return true;
}
