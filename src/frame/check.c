/* check.c - see check.h. */
#include "frame/check.h"

static const struct check builtin[] = {
	{.name = "sum8", .kind = CHECK_SUM, .bits = 8},
	{.name = "sum16", .kind = CHECK_SUM, .bits = 16},
	{.name = "sum32", .kind = CHECK_SUM, .bits = 32},
	{.name = "nsum8", .kind = CHECK_NSUM, .bits = 8},
	{.name = "nsum16", .kind = CHECK_NSUM, .bits = 16},
	{.name = "nsum32", .kind = CHECK_NSUM, .bits = 32},
	{.name = "isum8", .kind = CHECK_ISUM, .bits = 8},
	{.name = "isum16", .kind = CHECK_ISUM, .bits = 16},
	{.name = "isum32", .kind = CHECK_ISUM, .bits = 32},
	{.name = "xor8", .kind = CHECK_XOR, .bits = 8},
	{.name = "fletcher8", .kind = CHECK_FLETCHER, .bits = 16, .modulus = 256},
	{.name = "fletcher16", .kind = CHECK_FLETCHER, .bits = 16, .modulus = 255},
	{.name = "adler32", .kind = CHECK_ADLER, .bits = 32, .modulus = 65521},
	{.name = "inet16", .kind = CHECK_INET, .bits = 16},
	{.name = "kermit6", .kind = CHECK_KERMIT, .bits = 6},
};

const struct check *check_builtin(size_t index)
{
	return index < sizeof builtin / sizeof builtin[0] ? &builtin[index] : NULL;
}

void check_begin(const struct check *check, struct check_state *state)
{
	*state = (struct check_state){0};
	if (check->kind == CHECK_ADLER)
		state->a = 1;
	else if (check->kind == CHECK_CRC)
		state->a = check->crc->start;
}

/* Adds to two running sums, reduced in blocks short enough for 64 bits. */
static void add_pairs(struct check_state *state, struct slice bytes, uint64_t modulus)
{
	enum { BLOCK = 1 << 16 };
	for (size_t at = 0; at < bytes.len;) {
		size_t to = bytes.len - at > BLOCK ? at + BLOCK : bytes.len;
		for (; at < to; at++) {
			state->a += bytes.at[at];
			state->b += state->a;
		}
		state->a %= modulus;
		state->b %= modulus;
	}
}

static void add_words(struct check_state *state, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++, state->odd = !state->odd)
		state->a += state->odd ? bytes.at[i] : (uint64_t)bytes.at[i] << 8;
}

void check_add(const struct check *check, struct check_state *state, struct slice bytes)
{
	switch (check->kind) {
	case CHECK_XOR:
		for (size_t i = 0; i < bytes.len; i++)
			state->a ^= bytes.at[i];
		break;
	case CHECK_FLETCHER:
	case CHECK_ADLER:
		add_pairs(state, bytes, check->modulus);
		break;
	case CHECK_INET:
		add_words(state, bytes);
		break;
	case CHECK_CRC:
		state->a = crc_add(check->crc, state->a, bytes);
		break;
	default:
		for (size_t i = 0; i < bytes.len; i++)
			state->a += bytes.at[i];
	}
}

static uint64_t low_bits(uint64_t value, unsigned bits)
{
	return bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

uint64_t check_end(const struct check *check, struct check_state *state)
{
	switch (check->kind) {
	case CHECK_NSUM:
		return low_bits(0 - state->a, check->bits);
	case CHECK_ISUM:
		return low_bits(~state->a, check->bits);
	case CHECK_FLETCHER:
		return state->b << 8 | state->a;
	case CHECK_ADLER:
		return state->b << 16 | state->a;
	case CHECK_INET:
		while (state->a >> 16)
			state->a = (state->a & 0xFFFF) + (state->a >> 16);
		return low_bits(~state->a, 16);
	case CHECK_KERMIT: /* the two high bits of the sum's byte are added to its low ones */
		return low_bits(state->a + (low_bits(state->a, 8) >> 6), check->bits);
	case CHECK_CRC:
		return crc_end(check->crc, state->a);
	default:
		return low_bits(state->a, check->bits);
	}
}
