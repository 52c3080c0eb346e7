/* regex.h - PCRE2 behind a table, so that its library is loaded when somebody searches. */
#ifndef WILCO_ADAPTER_REGEX_H
#define WILCO_ADAPTER_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGEX_FUNCTIONS_VERSION = 1 };

enum {
	REGEX_ANY_CASE = 1,
	REGEX_LINES = 2, /* ^ and $ match at each line */
	REGEX_UTF8 = 4,  /* pattern and text are UTF-8, and valid */
	/* Of one match: */
	REGEX_NOT_BEGIN = 8, /* the text is cut: ^ does not match at its beginning */
	REGEX_NOT_END = 16,  /* nor $ at its end */
};

struct regex;

struct regex_functions {
	int version;
	/* NULL: `why` (of `size` bytes) says what is wrong, *at where in the pattern. */
	struct regex *(*compile)(const char *pattern, size_t length, unsigned flags, char *why,
		size_t size, size_t *at);
	/* The first match at or behind `from`: groups[0] is all of it, groups[1] the first group,
	 * each its beginning and its end; (size_t)-1 where the group took no part.  *steps is how
	 * much may be tried, and gets what is left of it; 0: the match was given up. */
	bool (*match)(struct regex *r, const char *text, size_t length, size_t from, unsigned flags,
		uint64_t *steps, size_t groups[2][2]);
	void (*free)(struct regex *r); /* NULL is allowed */
};

extern const struct regex_functions regex_functions;

#endif
