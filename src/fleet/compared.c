/* compared.c - see compared.h. */
#include "fleet/compared.h"

#include <wilco/limits.h>

static const uint64_t PATTERN_STEPS = 1000000;

void compared_init(struct compared *c, const struct pattern *only, const struct pattern *without)
{
	*c = (struct compared){.only = only, .without = without};
	bytes_init(&c->text, LIMIT_EXCHANGE);
}

void compared_free(struct compared *c)
{
	bytes_free(&c->text);
}

bool compared_counts(const struct reply *r)
{
	return r->mark != MARK_ECHO && r->kind != SPLIT_ACK;
}

/* Adds what a pattern finds, or what it leaves. */
static void add_matches(const struct pattern *p, struct slice text, bool found, struct bytes *out)
{
	uint64_t steps = PATTERN_STEPS;
	size_t at = 0, from = 0;
	struct pattern_match m;
	while (from <= text.len && pattern_find(p, text, from, 0, &steps, &m)) {
		size_t begin = m.grouped ? m.group_from : m.from;
		size_t end = m.grouped ? m.group_to : m.to;
		if (found && out->len)
			bytes_add_byte(out, ' ');
		bytes_add(out, found ? slice_cut(text, begin, end) : slice_cut(text, at, begin));
		at = end > at ? end : at;
		from = m.to > from ? m.to : from + 1;
	}
	if (!found)
		bytes_add(out, slice_cut(text, at, text.len));
}

struct slice compared_part(struct compared *c, struct slice payload)
{
	if (!c->only && !c->without)
		return payload;
	bytes_clear(&c->text);
	add_matches(c->only ? c->only : c->without, payload, c->only, &c->text);
	return bytes_slice(&c->text);
}
