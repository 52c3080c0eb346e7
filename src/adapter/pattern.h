/* pattern.h - regular expressions (PCRE2; pcre2pattern(3)) for what a device said. */
#ifndef WILCO_PATTERN_H
#define WILCO_PATTERN_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { PATTERN_MAX = 1000 }; /* bytes of a pattern */

struct pattern;

struct pattern_match {
	size_t from, to; /* bytes of the text */
	bool grouped;    /* the first group took part in the match: */
	size_t group_from, group_to;
};

enum pattern_flags {
	PATTERN_ANY_CASE = 1,
	PATTERN_BYTES =
		2, /* a dot and the like are bytes; else characters of UTF-8 (base/text.h) */
	/* The pattern is for the whole text, in which a dot is any byte or character; else it
	 * searches line by line. */
	PATTERN_WHOLE = 4,
};

/* Makes a pattern.  Returns NULL where err says what is wrong, placed in the pattern. */
struct pattern *pattern_new(struct slice pattern, unsigned flags, struct error *err);
void pattern_free(struct pattern *p); /* NULL is allowed */
/* Finds the first match at or after `from`.  *steps limits the work, of which a millisecond does a
 * few hundred thousand steps, and gets the steps that are left; 0: the search was given up, and
 * there may be a match. */
enum { PATTERN_NOT_BEGIN = 1, PATTERN_NOT_END = 2 }; /* the text goes on there */
bool pattern_find(const struct pattern *p, struct slice text, size_t from, unsigned flags,
	uint64_t *steps, struct pattern_match *match);
/* Returns how many groups pattern_group() can give, at most nine. */
size_t pattern_groups(const struct pattern *p);
/* Returns a group of the last match in `text`, 1 the first; empty where it took no part. */
struct slice pattern_group(const struct pattern *p, struct slice text, size_t number);

#endif
