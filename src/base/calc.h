/* calc.h - numbers with operators, as in the notation: 5+1, 0x05|0x40; from left to right. */
#ifndef WILCO_CALC_H
#define WILCO_CALC_H

#include <wilco/bytes.h>
#include <wilco/error.h>

bool calc_is_sign(uint8_t c);
/* Makes *value `*value SIGN operand`, where `below` says that values may be below 0 (then they are
 * those of an int64_t).  Errors are placed in the operand. */
bool calc_apply(uint64_t *value, uint8_t sign, struct slice operand, bool below, struct error *err);
/* Reads a number: with `below` it may begin with a minus. */
bool calc_number(struct slice text, bool below, uint64_t *value, struct error *err);
enum { CALC_TEXT_MAX = 24 };
const char *calc_text(uint64_t value, bool below, char out[CALC_TEXT_MAX]);

#endif
