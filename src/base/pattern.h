/* pattern.h - regular expressions (POSIX, extended) that cannot take a machine with them. */
#ifndef WILCO_PATTERN_H
#define WILCO_PATTERN_H

#include <regex.h>
#include <wilco/bytes.h>

enum { PATTERN_WHY_MAX = 160, PATTERN_REPEATS_MAX = 1000, PATTERN_MAX = 1000 };

/* flags: of regcomp(), besides REG_EXTENDED.  Back-references, which may take exponential time, and
 * repeats that multiply to more than PATTERN_REPEATS_MAX states and those
 * of more than PATTERN_MAX bytes are refused: what is searched is
 * what a device said.  false: `why` says what is wrong. */
bool pattern_compile(regex_t *to, struct slice pattern, int flags, char why[PATTERN_WHY_MAX]);

#endif
