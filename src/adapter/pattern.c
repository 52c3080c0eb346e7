/* pattern.c - see pattern.h. */
#include "adapter/pattern.h"

#include "adapter/module.h"
#include "adapter/regex.h"
#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

enum { WHY_MAX = 160 };

struct pattern {
	const struct regex_functions *functions;
	struct regex *regex;
};

struct pattern *pattern_new(struct slice pattern, unsigned how, struct error *err)
{
	char why[WHY_MAX];
	size_t at;
	unsigned flags = (how & PATTERN_WHOLE ? REGEX_WHOLE : REGEX_LINES) |
			 (how & PATTERN_BYTES ? 0 : REGEX_UTF8) |
			 (how & PATTERN_ANY_CASE ? REGEX_ANY_CASE : 0);
	if (pattern.len > PATTERN_MAX) {
		error_at(err, PATTERN_MAX, 1, "a pattern has at most %d bytes, this one has %zu",
			PATTERN_MAX, pattern.len);
		return NULL;
	}
	if (!(how & PATTERN_BYTES) && !text_is_utf8(pattern)) {
		error_at(err, 0, pattern.len, "a pattern must be UTF-8; this one is not");
		return NULL;
	}
	struct pattern *p = mem_new(sizeof *p);
	p->functions = module_regex(err);
	p->regex = p->functions ? p->functions->compile((const char *)pattern.at, pattern.len,
					  flags, why, sizeof why, &at)
				: NULL;
	if (p->functions && !p->regex) {
		error_at(err, at, 1, "this is no regular expression: %s", why);
		error_hint(err, "man pcre2pattern describes regular expressions");
	}
	if (p->regex)
		return p;
	free(p);
	return NULL;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	p->functions->free(p->regex);
	free(p);
}

bool pattern_find(const struct pattern *p, struct slice text, size_t from, unsigned flags,
	uint64_t *steps, struct pattern_match *match)
{
	size_t groups[2][2];
	const char *at = text.len ? (const char *)text.at : "";
	unsigned cut = (flags & PATTERN_NOT_BEGIN ? REGEX_NOT_BEGIN : 0) |
		       (flags & PATTERN_NOT_END ? REGEX_NOT_END : 0);
	if (!p->functions->match(p->regex, at, text.len, from, cut, steps, groups))
		return false;
	*match = (struct pattern_match){.from = groups[0][0],
		.to = groups[0][1],
		.grouped = groups[1][0] != (size_t)-1,
		.group_from = groups[1][0],
		.group_to = groups[1][1]};
	return true;
}

size_t pattern_groups(const struct pattern *p)
{
	return p->functions->groups(p->regex) - 1;
}

struct slice pattern_group(const struct pattern *p, struct slice text, size_t number)
{
	size_t from, to;
	bool took = p->functions->group(p->regex, number, &from, &to);
	return took ? slice_cut(text, from, to) : (struct slice){0};
}
