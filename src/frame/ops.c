/* ops.c - the operators after a len or check: applied from left to right to send, undone from the
 * right to find a size. */
#include "frame/frame_private.h"

uint64_t ops_apply(const struct covers *covers, uint64_t value)
{
	for (size_t i = 0; i < covers->op_count; i++) {
		uint64_t n = covers->ops[i].number;
		switch (covers->ops[i].sign) {
		case '+':
			value += n;
			break;
		case '-':
			value -= n;
			break;
		case '*':
			value *= n;
			break;
		case '/':
			value /= n;
			break;
		case '%':
			value %= n;
			break;
		case '&':
			value &= n;
			break;
		case '|':
			value |= n;
			break;
		default:
			value ^= n;
		}
	}
	return value;
}

bool ops_undo(const struct covers *covers, uint64_t *value)
{
	for (size_t i = covers->op_count; i-- > 0;) {
		uint64_t n = covers->ops[i].number;
		switch (covers->ops[i].sign) {
		case '+':
			if (*value < n)
				return false;
			*value -= n;
			break;
		case '-':
			if (*value > UINT64_MAX - n)
				return false;
			*value += n;
			break;
		case '*':
			if (*value % n)
				return false;
			*value /= n;
			break;
		case '/':
			if (*value > UINT64_MAX / n)
				return false;
			*value *= n;
			break;
		case '|':
			if ((*value & n) != n)
				return false;
			*value &= ~n;
			break;
		case '^':
			*value ^= n;
			break;
		default:
			return false;
		}
	}
	return true;
}
