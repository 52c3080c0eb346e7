/* calc.c - see calc.h. */
#include "calc.h"

#include "number.h"
#include "text.h"
#include <stdio.h>

bool calc_is_sign(uint8_t c)
{
	return c && strchr("+-*/%&^|", c);
}

static bool place_number(struct slice text, struct error *err)
{
	err->placed = true;
	err->column = 0;
	err->width = text.len;
	return false;
}

static bool out_of_range(struct slice operand, uint8_t sign, struct error *err)
{
	return error_at(err, 0, operand.len,
		"the result of %c %s does not fit 64 bits or is below 0", sign,
		quote(operand).text);
}

static bool calc_signed(uint64_t *value, uint8_t sign, uint64_t operand)
{
	int64_t a = (int64_t)*value, b = (int64_t)operand, sum = 0;
	bool over = sign == '+'   ? __builtin_add_overflow(a, b, &sum)
		    : sign == '-' ? __builtin_sub_overflow(a, b, &sum)
				  : __builtin_mul_overflow(a, b, &sum);
	*value = (uint64_t)sum;
	return !over;
}

static bool calc_unsigned(uint64_t *value, uint8_t sign, uint64_t operand)
{
	return !(sign == '+'   ? __builtin_add_overflow(*value, operand, value)
		 : sign == '-' ? __builtin_sub_overflow(*value, operand, value)
			       : __builtin_mul_overflow(*value, operand, value));
}

static void calc_divide(uint64_t *value, uint8_t sign, uint64_t operand, bool below)
{
	bool negative = below && (int64_t)*value < 0;
	uint64_t a = negative ? -*value : *value;
	a = sign == '/' ? a / operand : a % operand;
	*value = negative ? -a : a;
}

bool calc_apply(uint64_t *value, uint8_t sign, struct slice text, bool below, struct error *err)
{
	uint64_t operand;
	if (!number_parse(text, "the number behind an operator", 0, below ? INT64_MAX : UINT64_MAX,
		    &operand, err))
		return place_number(text, err);
	switch (sign) {
	case '&':
		*value &= operand;
		return true;
	case '^':
		*value ^= operand;
		return true;
	case '|':
		*value |= operand;
		return true;
	case '/':
	case '%':
		if (!operand)
			return error_at(err, 0, text.len, "an operator with 0 has no meaning");
		calc_divide(value, sign, operand, below);
		return true;
	default:
		return (below ? calc_signed : calc_unsigned)(value, sign, operand) ||
		       out_of_range(text, sign, err);
	}
}

bool calc_number(struct slice text, bool below, uint64_t *value, struct error *err)
{
	bool minus = below && text.len && text.at[0] == '-';
	struct slice digits = slice_cut(text, minus ? 1 : 0, text.len);
	if (!number_parse(digits, "a number", 0, below ? INT64_MAX : UINT64_MAX, value, err))
		return place_number(text, err);
	if (minus)
		*value = -*value;
	return true;
}

const char *calc_text(uint64_t value, bool below, char out[CALC_TEXT_MAX])
{
	if (below)
		snprintf(out, CALC_TEXT_MAX, "%lld", (long long)value);
	else
		snprintf(out, CALC_TEXT_MAX, "%llu", (unsigned long long)value);
	return out;
}
