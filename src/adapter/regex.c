/* regex.c - see regex.h. */
#include "adapter/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>

/* A person types the pattern and a device sends the text: together they may take for ever, as
 * (x+x+)+y does with a row of x.  The library's own limits hold for each place where a match may
 * begin, and there may be millions of these.  So all steps are counted here: one for each part of
 * the pattern that is tried, and one for each PASSED bytes that were passed. */
enum { PASSED = 16, DEPTH_LIMIT = 10000, HEAP_LIMIT_KIB = 16 * 1024 };

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	size_t told;   /* groups of the last match that may have taken part */
	uint64_t left; /* steps that this match may still take */
	size_t at;
};

static int regex_on_step(pcre2_callout_block *block, void *arg)
{
	struct regex *r = arg;
	size_t now = block->current_position, passed = now > r->at ? now - r->at : r->at - now;
	uint64_t cost = 1 + passed / PASSED;
	r->at = now;
	r->left -= cost < r->left ? cost : r->left;
	return r->left ? 0 : PCRE2_ERROR_CALLOUT;
}

static void regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->limits);
	pcre2_code_free(r->code);
	free(r);
}

static uint32_t options_of(unsigned flags)
{
	return (flags & REGEX_ANY_CASE ? PCRE2_CASELESS : 0) |
	       (flags & REGEX_LINES ? PCRE2_MULTILINE : 0) |
	       (flags & REGEX_WHOLE ? PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0) |
	       (flags & REGEX_UTF8 ? PCRE2_UTF | PCRE2_NO_UTF_CHECK : 0) | PCRE2_NEVER_BACKSLASH_C |
	       PCRE2_AUTO_CALLOUT;
}

static struct regex *regex_compile(
	const char *pattern, size_t length, unsigned flags, char *why, size_t size, size_t *at)
{
	int error = PCRE2_ERROR_NOMEMORY;
	PCRE2_SIZE offset = 0;
	struct regex *r = calloc(1, sizeof *r);
	if (r)
		r->code = pcre2_compile(
			(PCRE2_SPTR)pattern, length, options_of(flags), &error, &offset, NULL);
	if (r && r->code) {
		r->data = pcre2_match_data_create(REGEX_GROUPS_MAX, NULL);
		r->limits = pcre2_match_context_create(NULL);
	}
	if (r && r->data && r->limits) {
		pcre2_set_callout(r->limits, regex_on_step, r);
		pcre2_set_match_limit(r->limits, UINT32_MAX);
		pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
		pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KIB);
		return r;
	}
	if (r && r->code)
		error = PCRE2_ERROR_NOMEMORY;
	pcre2_get_error_message(error, (PCRE2_UCHAR *)why, size);
	*at = offset;
	regex_free(r);
	return NULL;
}

static bool regex_group(const struct regex *r, size_t number, size_t *from, size_t *to)
{
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(r->data) + 2 * number;
	bool took = number < r->told && found[0] != PCRE2_UNSET && found[1] >= found[0];
	*from = took ? found[0] : 0;
	*to = took ? found[1] : 0;
	return took;
}

static bool regex_match(struct regex *r, const char *text, size_t length, size_t from,
	unsigned flags, uint64_t *steps, size_t groups[2][2])
{
	uint32_t options = (flags & REGEX_NOT_BEGIN ? PCRE2_NOTBOL : 0) |
			   (flags & REGEX_NOT_END ? PCRE2_NOTEOL : 0);
	r->left = *steps;
	r->at = from;
	int rc = *steps ? pcre2_match(r->code, (PCRE2_SPTR)text, length, from,
				  options | PCRE2_NO_UTF_CHECK, r->data, r->limits)
			: PCRE2_ERROR_CALLOUT;
	*steps = rc < 0 && rc != PCRE2_ERROR_NOMATCH ? 0 : r->left;
	if (rc < 0)
		return false;
	r->told = rc ? (size_t)rc : REGEX_GROUPS_MAX; /* 0: there are more groups */
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(r->data);
	if (found[1] < found[0])
		return false; /* \K can cause this */
	for (size_t i = 0; i < 2; i++)
		if (!regex_group(r, i, &groups[i][0], &groups[i][1]))
			groups[i][0] = groups[i][1] = (size_t)-1;
	return true;
}

static size_t regex_groups(const struct regex *r)
{
	uint32_t count = 0;
	pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return count + 1 < REGEX_GROUPS_MAX ? count + 1 : REGEX_GROUPS_MAX;
}

const struct regex_functions regex_functions = {
	.version = REGEX_FUNCTIONS_VERSION,
	.compile = regex_compile,
	.match = regex_match,
	.groups = regex_groups,
	.group = regex_group,
	.free = regex_free,
};
