/* range.h - the RANGE of .expect: V, A..B (either may be absent) or V+-T; decimal or 0x. */
#ifndef WILCO_RANGE_H
#define WILCO_RANGE_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* All is as exact as the numbers of a field, which have up to 64 bits. */
struct range {
	bool has_low, has_high;
	long double low, high;
	bool around; /* low is V and high is T of V+-T */
};

/* Reads a range.  Errors are placed in the text. */
bool range_read(struct slice text, struct range *range, struct error *err);
/* Reads a text that is a number to its end: 12, -3.5, 1e3, 0x1f; blanks around it are allowed. */
bool range_number(struct slice text, long double *number);
bool range_has(const struct range *range, long double number);

#endif
