/* check.c - see check.h. */
#include "frame/check.h"

static const struct check builtin[] = {
	{"sum8", CHECK_SUM, 8, NULL},
	{"sum16", CHECK_SUM, 16, NULL},
	{"sum32", CHECK_SUM, 32, NULL},
	{"nsum8", CHECK_NSUM, 8, NULL},
	{"nsum16", CHECK_NSUM, 16, NULL},
	{"nsum32", CHECK_NSUM, 32, NULL},
	{"isum8", CHECK_ISUM, 8, NULL},
	{"isum16", CHECK_ISUM, 16, NULL},
	{"isum32", CHECK_ISUM, 32, NULL},
	{"xor8", CHECK_XOR, 8, NULL},
	{"fletcher8", CHECK_FLETCHER, 16, NULL},
	{"fletcher16", CHECK_FLETCHER, 16, NULL},
	{"adler32", CHECK_ADLER, 32, NULL},
	{"inet16", CHECK_INET, 16, NULL},
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

/* Two running sums; reduced in blocks short enough for 64 bits. */
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

static uint64_t fletcher_modulus(const struct check *check)
{
	return strcmp(check->name, "fletcher8") == 0 ? 256 : 255;
}

void check_add(const struct check *check, struct check_state *state, struct slice bytes)
{
	switch (check->kind) {
	case CHECK_XOR:
		for (size_t i = 0; i < bytes.len; i++)
			state->a ^= bytes.at[i];
		break;
	case CHECK_FLETCHER:
		add_pairs(state, bytes, fletcher_modulus(check));
		break;
	case CHECK_ADLER:
		add_pairs(state, bytes, 65521);
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
	case CHECK_CRC:
		return crc_end(check->crc, state->a);
	default:
		return low_bits(state->a, check->bits);
	}
}
