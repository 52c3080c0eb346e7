/* inttype.c - see inttype.h. */
#include "inttype.h"

#include "escape.h"
#include "number.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>

/* The tables hold their texts themselves: an address is written at each start.
 * Types whose names have no digits of their own; the types of the second table are followed by
 * digits. */
static const struct {
	char name[8];
	struct inttype type;
} fixed_names[] = {
	{"u8", {INT_UNSIGNED, 1, false}},
	{"u16be", {INT_UNSIGNED, 2, false}},
	{"u16le", {INT_UNSIGNED, 2, true}},
	{"u24be", {INT_UNSIGNED, 3, false}},
	{"u24le", {INT_UNSIGNED, 3, true}},
	{"u32be", {INT_UNSIGNED, 4, false}},
	{"u32le", {INT_UNSIGNED, 4, true}},
	{"u40be", {INT_UNSIGNED, 5, false}},
	{"u40le", {INT_UNSIGNED, 5, true}},
	{"u48be", {INT_UNSIGNED, 6, false}},
	{"u48le", {INT_UNSIGNED, 6, true}},
	{"u56be", {INT_UNSIGNED, 7, false}},
	{"u56le", {INT_UNSIGNED, 7, true}},
	{"u64be", {INT_UNSIGNED, 8, false}},
	{"u64le", {INT_UNSIGNED, 8, true}},
	{"i8", {INT_SIGNED, 1, false}},
	{"i16be", {INT_SIGNED, 2, false}},
	{"i16le", {INT_SIGNED, 2, true}},
	{"i24be", {INT_SIGNED, 3, false}},
	{"i24le", {INT_SIGNED, 3, true}},
	{"i32be", {INT_SIGNED, 4, false}},
	{"i32le", {INT_SIGNED, 4, true}},
	{"i40be", {INT_SIGNED, 5, false}},
	{"i40le", {INT_SIGNED, 5, true}},
	{"i48be", {INT_SIGNED, 6, false}},
	{"i48le", {INT_SIGNED, 6, true}},
	{"i56be", {INT_SIGNED, 7, false}},
	{"i56le", {INT_SIGNED, 7, true}},
	{"i64be", {INT_SIGNED, 8, false}},
	{"i64le", {INT_SIGNED, 8, true}},
	{"f32be", {INT_FLOAT, 4, false}},
	{"f32le", {INT_FLOAT, 4, true}},
	{"f64be", {INT_FLOAT, 8, false}},
	{"f64le", {INT_FLOAT, 8, true}},
	{"varint", {INT_VARINT, 0, false}},
	{"vlq", {INT_VLQ, 0, false}},
	{"ber", {INT_BER, 0, false}},
	{"dec", {INT_DEC, 0, false}},
	{"x", {INT_BYTES, 0, false}},
};

static const struct {
	char prefix[4];
	enum inttype_kind kind;
	uint8_t most; /* digits; for bcd and s: bytes */
} sized_names[] = {
	{"dec", INT_DEC, 20},
	{"hex", INT_HEX_LOWER, 16},
	{"HEX", INT_HEX_UPPER, 16},
	{"bcd", INT_BCD, 10},
	{"nib", INT_NIBBLES, 16},
	{"s", INT_TEXT, INTTYPE_BYTES_MAX},
	{"x", INT_BYTES, INTTYPE_BYTES_MAX},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool inttype_parse(struct slice name, struct inttype *type)
{
	struct error ignored;
	for (size_t i = 0; i < COUNT(fixed_names); i++)
		if (slice_is(name, fixed_names[i].name)) {
			*type = fixed_names[i].type;
			return true;
		}
	for (size_t i = 0; i < COUNT(sized_names); i++) {
		struct slice prefix = slice_str(sized_names[i].prefix);
		struct slice digits = slice_cut(name, prefix.len, name.len);
		uint64_t size;
		if (!slice_starts(name, prefix) || !digits.len || digits.len > 2 ||
			digits.at[0] < '1' || digits.at[0] > '9')
			continue;
		if (!number_parse(digits, "", 1, sized_names[i].most, &size, &ignored))
			continue;
		*type = (struct inttype){sized_names[i].kind, (uint8_t)size, false};
		return true;
	}
	return false;
}

const char *inttype_name(struct inttype type, char out[16])
{
	for (size_t i = 0; i < COUNT(fixed_names); i++) {
		const struct inttype *t = &fixed_names[i].type;
		if (t->kind == type.kind && t->size == type.size && t->little == type.little) {
			memcpy(out, fixed_names[i].name, sizeof fixed_names[i].name);
			return out;
		}
	}
	for (size_t i = 0; i < COUNT(sized_names); i++)
		if (sized_names[i].kind == type.kind)
			snprintf(out, 16, "%.3s%u", sized_names[i].prefix, type.size);
	return out;
}

static void put_fixed(struct inttype type, uint64_t value, uint8_t *out)
{
	for (unsigned i = 0; i < type.size; i++, value >>= 8)
		out[type.little ? i : type.size - 1u - i] = (uint8_t)value;
}

static size_t put_varint(uint64_t value, uint8_t *out)
{
	size_t n = 0;
	for (; value >= 0x80; value >>= 7)
		out[n++] = (uint8_t)(value | 0x80);
	out[n++] = (uint8_t)value;
	return n;
}

static size_t put_vlq(uint64_t value, uint8_t *out)
{
	size_t n = 1;
	for (uint64_t v = value >> 7; v; v >>= 7)
		n++;
	for (size_t i = n; i-- > 0; value >>= 7)
		out[i] = (uint8_t)((value & 0x7F) | (i + 1 < n ? 0x80 : 0));
	return n;
}

static size_t put_ber(uint64_t value, uint8_t *out)
{
	if (value < 0x80) {
		out[0] = (uint8_t)value;
		return 1;
	}
	uint8_t n = 0;
	for (uint64_t v = value; v; v >>= 8)
		n++;
	out[0] = 0x80 | n;
	put_fixed((struct inttype){INT_UNSIGNED, n, false}, value, out + 1);
	return n + 1u;
}

static size_t put_digits(struct inttype type, uint64_t value, uint8_t *out)
{
	const char *digits = type.kind == INT_HEX_UPPER ? "0123456789ABCDEF"
			     : type.kind == INT_NIBBLES ? "0123456789:;<=>?"
							: "0123456789abcdef";
	unsigned base = type.kind == INT_DEC ? 10 : 16;
	size_t n = 1;
	for (uint64_t v = value / base; v; v /= base)
		n++;
	if (type.size && n > type.size)
		return 0;
	if (type.size)
		n = type.size;
	for (size_t i = n; i-- > 0; value /= base)
		out[i] = (uint8_t)digits[value % base];
	return n;
}

static size_t put_bcd(struct inttype type, uint64_t value, uint8_t *out)
{
	for (size_t i = type.size; i-- > 0; value /= 100)
		out[i] = (uint8_t)(value / 10 % 10 << 4 | value % 10);
	return value ? 0 : type.size;
}

size_t inttype_put(struct inttype type, uint64_t value, uint8_t out[INTTYPE_BYTES_MAX])
{
	switch (type.kind) {
	case INT_UNSIGNED:
		if (type.size < 8 && value >> (8 * type.size))
			return 0;
		put_fixed(type, value, out);
		return type.size;
	case INT_VARINT:
		return put_varint(value, out);
	case INT_VLQ:
		return put_vlq(value, out);
	case INT_BER:
		return put_ber(value, out);
	case INT_DEC:
	case INT_HEX_LOWER:
	case INT_HEX_UPPER:
	case INT_NIBBLES:
		return put_digits(type, value, out);
	case INT_BCD:
		return put_bcd(type, value, out);
	default:
		return 0;
	}
}

static size_t put_signed(struct inttype type, bool negative, uint64_t magnitude, uint8_t *out)
{
	uint64_t limit = 1ull << (8 * type.size - 1);
	if (magnitude > (negative ? limit : limit - 1))
		return 0;
	put_fixed(type, negative ? -magnitude : magnitude, out);
	return type.size;
}

static size_t put_float(struct inttype type, struct slice number, uint8_t *out)
{
	char text[64], *end;
	uint64_t bits = 0;
	if (!number.len || number.len >= sizeof text)
		return 0;
	slice_copy(text, number);
	text[number.len] = 0;
	double value = strtod(text, &end);
	if (*end || strspn(text, "+-.0123456789eE") != number.len)
		return 0;
	if (type.size == 4) {
		float single = (float)value;
		uint32_t bits32;
		memcpy(&bits32, &single, sizeof bits32);
		bits = bits32;
	} else {
		memcpy(&bits, &value, sizeof bits);
	}
	put_fixed(type, bits, out);
	return type.size;
}

size_t inttype_put_text(
	struct inttype type, struct slice number, uint8_t out[INTTYPE_BYTES_MAX], struct error *err)
{
	size_t n = 0;
	uint64_t value;
	char name[16];
	struct slice digits = number;
	bool negative = number.len && number.at[0] == '-';
	if (negative)
		digits = slice_cut(number, 1, number.len);
	if (type.kind == INT_FLOAT)
		n = put_float(type, number, out);
	else if (!number_parse(digits, "", 0, UINT64_MAX, &value, err))
		n = 0;
	else if (type.kind == INT_SIGNED)
		n = put_signed(type, negative, value, out);
	else if (!negative)
		n = inttype_put(type, value, out);
	if (!n)
		error_at(err, 0, number.len, "'%s' is not a number that fits %s",
			quote(number).text, inttype_name(type, name));
	return n;
}

static int get_varint(struct slice in, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < 10; i++) {
		if (i == in.len)
			return 0;
		uint8_t c = in.at[i];
		if (i == 9 && c > 1)
			return -1;
		*value |= (uint64_t)(c & 0x7F) << (7 * i);
		if (!(c & 0x80))
			return (int)i + 1;
	}
	return -1;
}

static int get_vlq(struct slice in, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < 10; i++) {
		if (i == in.len)
			return 0;
		if (*value >> 57)
			return -1;
		*value = *value << 7 | (in.at[i] & 0x7F);
		if (!(in.at[i] & 0x80))
			return (int)i + 1;
	}
	return -1;
}

static void get_fixed(struct inttype type, const uint8_t *at, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < type.size; i++)
		*value = *value << 8 | at[type.little ? type.size - 1u - i : i];
}

static int get_ber(struct slice in, uint64_t *value)
{
	if (!in.len)
		return 0;
	uint8_t n = in.at[0] & 0x7F;
	if (!(in.at[0] & 0x80)) {
		*value = n;
		return 1;
	}
	if (n < 1 || n > 8)
		return -1;
	if (in.len < n + 1u)
		return 0;
	get_fixed((struct inttype){INT_UNSIGNED, n, false}, in.at + 1, value);
	return n + 1;
}

static int get_digits(struct inttype type, struct slice in, bool at_end, uint64_t *value)
{
	uint64_t base = type.kind == INT_DEC ? 10 : 16;
	size_t i, most = type.size ? type.size : 20;
	*value = 0;
	for (i = 0; i < in.len && i < most; i++) {
		int digit = type.kind == INT_NIBBLES && in.at[i] >> 4 == 3 ? in.at[i] & 15
			    : type.kind == INT_NIBBLES                     ? -1
									   : hex_digit(in.at[i]);
		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (*value > (UINT64_MAX - (unsigned)digit) / base)
			return -1;
		*value = *value * base + (unsigned)digit;
	}
	if (type.size)
		return i == type.size ? (int)i : i == in.len ? 0 : -1;
	if (i == in.len && i < most && !at_end)
		return 0;
	return i ? (int)i : -1;
}

static int get_bcd(struct inttype type, struct slice in, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < type.size; i++) {
		if (i == in.len)
			return 0;
		if (in.at[i] >> 4 > 9 || (in.at[i] & 15) > 9)
			return -1;
		*value = *value * 100 + (in.at[i] >> 4) * 10u + (in.at[i] & 15);
	}
	return type.size;
}

int inttype_get(struct inttype type, struct slice in, bool at_end, uint64_t *value)
{
	switch (type.kind) {
	case INT_UNSIGNED:
		if (in.len < type.size)
			return 0;
		get_fixed(type, in.at, value);
		return type.size;
	case INT_VARINT:
		return get_varint(in, value);
	case INT_VLQ:
		return get_vlq(in, value);
	case INT_BER:
		return get_ber(in, value);
	case INT_DEC:
	case INT_HEX_LOWER:
	case INT_HEX_UPPER:
	case INT_NIBBLES:
		return get_digits(type, in, at_end, value);
	case INT_BCD:
		return get_bcd(type, in, value);
	default:
		return -1;
	}
}

static double get_float(struct inttype type, uint64_t bits)
{
	uint32_t bits32 = (uint32_t)bits;
	float single;
	double value;
	memcpy(&single, &bits32, sizeof single);
	memcpy(&value, &bits, sizeof value);
	return type.size == 4 ? (double)single : value;
}

static double get_signed(struct inttype type, uint64_t value)
{
	unsigned unused = 64 - 8u * type.size; /* bits before the sign */
	return (double)((int64_t)(value << unused) >> unused);
}

bool inttype_get_number(struct inttype type, struct slice in, double *value)
{
	uint64_t number;
	bool fixed = type.kind == INT_SIGNED || type.kind == INT_FLOAT;
	if (fixed ? in.len < type.size : inttype_get(type, in, true, &number) <= 0)
		return false;
	if (fixed)
		get_fixed(type, in.at, &number);
	*value = type.kind == INT_SIGNED  ? get_signed(type, number)
		 : type.kind == INT_FLOAT ? get_float(type, number)
					  : (double)number;
	return true;
}

void inttype_float_text(double value, bool single, char out[INTTYPE_TEXT_MAX])
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, INTTYPE_TEXT_MAX, "%.*g", digits, value);
		double back = strtod(out, NULL);
		if (single ? (float)back == (float)value : back == value)
			return;
	}
}

int inttype_get_text(struct inttype type, struct slice in, char out[INTTYPE_TEXT_MAX])
{
	uint64_t number;
	bool below = type.kind == INT_SIGNED, real = type.kind == INT_FLOAT;
	struct inttype plain = type;
	if (below || real)
		plain.kind = INT_UNSIGNED;
	int used = inttype_get(plain, in, true, &number);
	if (used <= 0)
		return used;
	if (real)
		inttype_float_text(get_float(type, number), type.size == 4, out);
	else if (below)
		snprintf(out, INTTYPE_TEXT_MAX, "%lld",
			(long long)((int64_t)(number << (64 - 8u * type.size)) >>
				    (64 - 8u * type.size)));
	else
		snprintf(out, INTTYPE_TEXT_MAX, "%llu", (unsigned long long)number);
	return used;
}
