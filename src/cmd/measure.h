/* measure.h - where in a reply the number of a watch is: what a pattern finds in its text, a field
 * of its frame, or bytes of its payload that are read as a type. */
#ifndef WILCO_MEASURE_H
#define WILCO_MEASURE_H

#include <wilco/session.h>

enum { UNIT_MOST = 16 };

/* Slices of a line. */
struct measure_words {
	struct slice source; /* PATTERN, /PATTERN/, FIELD or TYPE@OFFSET; empty: the first number */
	struct slice factor; /* *0.1; FIELD and TYPE@OFFSET may have it at their end; empty: 1 */
	struct slice unit;   /* shown behind the number; empty: none */
};

struct measure;

/* Returns NULL where the words cannot be used with the frame. */
struct measure *measure_new(
	const struct frame *frame, const struct measure_words *words, struct error *err);
void measure_free(struct measure *m); /* NULL is allowed */
/* Reads the number.  False: it is not there, and `err` says why. */
bool measure_read(const struct measure *m, const struct frame *frame, const struct reply *r,
	double *value, struct error *err);
const char *measure_unit(const struct measure *m);   /* "" where there is none */
const char *measure_source(const struct measure *m); /* as it was typed */

#endif
