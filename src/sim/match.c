/* match.c - see match.h. */
#include "sim/match.h"

#include "base/mem.h"
#include "base/text.h"
#include "macro/expected.h"
#include <stdio.h>
#include <stdlib.h>

struct sim_match {
	struct expected whole;  /* a pattern for the whole command */
	struct pattern *search; /* /.../, which is searched; NULL: `whole` counts */
};

static bool read_search(
	struct sim_match *m, struct slice text, const struct reading *r, struct error *err)
{
	struct bytes source;
	bytes_init(&source, PATTERN_MAX);
	size_t n = pattern_word(text, r->names, &source, err);
	if (n && n < text.len)
		error_at(err, n, text.len - n, "nothing can stand behind the pattern");
	else if (n && !(m->search = pattern_new(bytes_slice(&source), PATTERN_BYTES, err)))
		err->column++;
	bytes_free(&source);
	return m->search != NULL;
}

static bool read_whole(
	struct sim_match *m, struct slice text, const struct reading *r, struct error *err)
{
	if (!expected_read(&m->whole, text, r, err))
		return false;
	bool command = m->whole.kind == EXPECT_EXACT || m->whole.kind == EXPECT_EMPTY;
	if (command && !m->whole.has_fields)
		return true;
	error_at(err, 0, text.len, "this mark is for a reply, and no command looks so");
	return error_hint(err, ".else answers all commands that nothing else matches");
}

struct sim_match *match_new(struct slice text, const struct reading *r, struct error *err)
{
	struct sim_match *m = mem_new(sizeof *m);
	bool good;
	expected_init(&m->whole);
	if (!text.len) {
		good = error_at(err, 0, 0, ".on needs the pattern of the commands that it answers");
		error_hint(err, "as in .on SPEED (\\d+) (re), .on SPEED * (glob), .on /SPEED/");
	} else {
		good = text.at[0] == '/' ? read_search(m, text, r, err)
					 : read_whole(m, text, r, err);
	}
	if (good)
		return m;
	match_free(m);
	return NULL;
}

void match_free(struct sim_match *m)
{
	if (!m)
		return;
	expected_free(&m->whole);
	pattern_free(m->search);
	free(m);
}

/* Returns the regular expression; NULL: it is none, and has no groups. */
static const struct pattern *pattern_of(const struct sim_match *m)
{
	return m->search ? m->search : m->whole.form == EXPECTED_RE ? m->whole.pattern : NULL;
}

void match_declare(const struct sim_match *m, struct variables *v)
{
	size_t groups = pattern_of(m) ? pattern_groups(pattern_of(m)) : 0;
	for (size_t i = 1; i <= groups; i++) {
		char name[2] = {(char)('0' + i)};
		struct error full;
		variables_set_later(v, slice_str(name), &full);
	}
}

static bool pattern_take(const struct pattern *p, struct slice command, struct variables *v)
{
	struct pattern_match match;
	struct error full;
	uint64_t steps = EXPECTED_STEPS;
	if (!pattern_find(p, command, 0, 0, &steps, &match))
		return false;
	variables_clear_arguments(v);
	for (size_t i = 1; i <= pattern_groups(p); i++) {
		struct slice group = pattern_group(p, command, i);
		if (group.at)
			variables_add_argument(v, group, &full);
		else /* it took no part in the match */
			variables_skip_argument(v);
	}
	return true;
}

bool match_take(const struct sim_match *m, struct slice command, struct variables *v)
{
	struct differences unused = {0};
	if (pattern_of(m))
		return pattern_take(pattern_of(m), command, v);
	variables_clear_arguments(v);
	bool holds = expected_holds_bytes(&m->whole, command, true, 0, &unused);
	differences_clear(&unused);
	return holds;
}
