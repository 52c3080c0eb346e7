/* pattern.h - regular expressions (PCRE2; pcre2pattern(3)) for what a device said. */
#ifndef WILCO_PATTERN_H
#define WILCO_PATTERN_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { PATTERN_MAX = 1000 }; /* bytes of a pattern */

struct pattern;

struct pattern_match {
	size_t from, to; /* bytes of the text */
	bool grouped;    /* the first group took part: */
	size_t group_from, group_to;
};

/* Of text in UTF-8 (base/text.h), line by line.  NULL: err says what is wrong, placed in the
 * pattern. */
struct pattern *pattern_new(struct slice pattern, bool any_case, struct error *err);
void pattern_free(struct pattern *p); /* NULL is allowed */
/* The first match at or behind `from`.  *steps is how much may be tried, a few hundred thousand a
 * millisecond, and gets what is left; 0: it was given up, and there may be a match. */
enum { PATTERN_NOT_BEGIN = 1, PATTERN_NOT_END = 2 }; /* the text is cut there */
bool pattern_find(const struct pattern *p, struct slice text, size_t from, unsigned flags,
	uint64_t *steps, struct pattern_match *match);

#endif
