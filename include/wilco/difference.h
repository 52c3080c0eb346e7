/* difference.h - where what came is not what was expected. */
#ifndef WILCO_DIFFERENCE_H
#define WILCO_DIFFERENCE_H

#include "bytes.h"

enum { DIFFERENCES_MAX = 16 };

/* All three are text in canonical spelling, or NULL where there is nothing. */
struct difference {
	const char *at;       /* "byte 4", "field unit", "frame 2", "number of frames", ".expect" */
	const char *expected; /* as it stands in a file: text, a pattern with its mark */
	const char *got;
};

/* A list that begins as zeroes, and owns its texts. */
struct differences {
	struct difference at[DIFFERENCES_MAX];
	size_t count;
	size_t more; /* differences that found no room */
};

/* Adds a difference; the texts are copied, and one without bytes (at NULL) is absent. */
void difference_add(struct differences *d, const char *at, struct slice expected, struct slice got);
/* Does the same with a formatted place. */
void difference_addf(struct differences *d, struct slice expected, struct slice got,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Adds it as a sentence's end: "byte 4: expected A, got B". */
void difference_spell(const struct difference *d, struct bytes *out);
void differences_clear(struct differences *d); /* frees the texts */

#endif
