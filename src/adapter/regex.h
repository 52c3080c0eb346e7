/* regex.h - PCRE2 behind a table of functions, so that its library is loaded only for a search. */
#ifndef WILCO_ADAPTER_REGEX_H
#define WILCO_ADAPTER_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGEX_FUNCTIONS_VERSION = 3 };
enum { REGEX_GROUPS_MAX = 10 }; /* that are told, the whole match included */

enum {
	REGEX_ANY_CASE = 1,
	REGEX_LINES = 2,  /* ^ and $ match at each line */
	REGEX_UTF8 = 4,   /* pattern and text are UTF-8, and valid */
	REGEX_WHOLE = 32, /* the pattern is for the whole text; a dot is any byte */
	/* Flags of one match: */
	REGEX_NOT_BEGIN = 8, /* the text is cut: ^ does not match at its beginning */
	REGEX_NOT_END = 16,  /* the text is cut: $ does not match at its end */
};

struct regex;

struct regex_functions {
	int version;
	/* Compiles a pattern.  Returns NULL where `why` (of `size` bytes) says what is wrong, and
	 * *at where in the pattern. */
	struct regex *(*compile)(const char *pattern, size_t length, unsigned flags, char *why,
		size_t size, size_t *at);
	/* Finds the first match at or after `from`.  groups[0] is the whole match, groups[1] the
	 * first group, each as beginning and end; (size_t)-1 where the group took no part.  *steps
	 * limits the work and gets the steps that are left; 0: the match was given up. */
	bool (*match)(struct regex *r, const char *text, size_t length, size_t from, unsigned flags,
		uint64_t *steps, size_t groups[2][2]);
	/* Returns how many groups are told: those of the pattern, and the whole match. */
	size_t (*groups)(const struct regex *r);
	/* Gives a group of the last match, which was found; false: it took no part. */
	bool (*group)(const struct regex *r, size_t number, size_t *from, size_t *to);
	void (*free)(struct regex *r); /* NULL is allowed */
};

extern const struct regex_functions regex_functions;

#endif
