/* grouped.c - see grouped.h. */
#include "fleet/grouped.h"

#include "base/mem.h"
#include "base/text.h"
#include "fleet/fold.h"
#include <stdlib.h>

enum {
	ANSWER_SHOWN = 200, /* bytes of an answer in the line of its group */
	NAMES_SHOWN = 16 * 1024,
	NAMED_ONE_BY_ONE = 10,
};

/* The groups on their way out. */
struct grouping {
	struct answers *answers;
	const struct targets *targets;
	unsigned flags;
	void (*write)(void *arg, struct slice line);
	void *arg;
	const struct answers_group *groups;
	struct slice *names; /* of all targets, those of a group together */
	size_t *from;        /* of each group, its first name */
	struct bytes line;
};

/* Puts the names in the order of their groups, in one walk over the targets for all. */
static void sort_names(struct grouping *g, size_t count)
{
	size_t targets = g->targets->count, at = 0;
	size_t *next = mem_new((count + 1) * sizeof *next);
	for (size_t i = 0; i < count; i++) {
		g->from[i] = next[i] = at;
		at += g->groups[i].count;
	}
	for (size_t i = 0; i < targets; i++) {
		size_t group = answers_group_of(g->answers, i);
		if (group < count)
			g->names[next[group]++] = targets_name(g->targets, i);
	}
	free(next);
}

static void add_one_by_one(
	const struct slice *names, size_t count, unsigned flags, struct bytes *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			bytes_add_str(out, ", ");
		text_add(out, names[i], TEXT_PLAIN | flags);
	}
}

static void write_line(struct grouping *g)
{
	g->write(g->arg, bytes_shown(&g->line));
	bytes_clear(&g->line);
}

/* Says what is odd about a group: "fw 2.0 instead of 2.1: pump3, pump9". */
static void write_difference(struct grouping *g, size_t index)
{
	const struct answers_group *group = &g->groups[index];
	struct slice *names = g->names + g->from[index];
	bytes_addf(&g->line, "%*s ", 6, "");
	if (!answers_difference(g->answers, group, g->groups, g->flags, &g->line)) {
		bytes_clear(&g->line);
		return;
	}
	bytes_add_str(&g->line, ": ");
	if (group->count <= NAMED_ONE_BY_ONE)
		add_one_by_one(names, group->count, g->flags, &g->line);
	else
		fold_names(names, group->count, NAMES_SHOWN, g->flags, &g->line);
	write_line(g);
}

static void write_group(struct grouping *g, size_t index)
{
	const struct answers_group *group = &g->groups[index];
	struct bytes answer;
	bytes_init(&answer, LIMIT_MESSAGE);
	answers_text(g->answers, group, g->flags, &answer);
	struct slice all = bytes_shown(&answer), shown = text_cut(all, ANSWER_SHOWN);
	bytes_addf(&g->line, "%6zu ", group->count);
	bytes_add(&g->line, shown);
	bytes_add_str(&g->line, shown.len < all.len ? "...: " : ": ");
	fold_names(g->names + g->from[index], group->count, NAMES_SHOWN, g->flags, &g->line);
	write_line(g);
	bytes_free(&answer);
	if (index && g->groups[0].status == EXCHANGE_OK && group->status == EXCHANGE_OK)
		write_difference(g, index);
}

void grouped_write(struct answers *a, const struct targets *targets, unsigned flags,
	void (*write)(void *arg, struct slice line), void *arg)
{
	size_t count, unknown;
	struct grouping g = {.answers = a,
		.targets = targets,
		.flags = flags,
		.write = write,
		.arg = arg,
		.groups = answers_groups(a, &count, &unknown)};
	g.names = mem_new((targets->count + 1) * sizeof *g.names);
	g.from = mem_new((count + 1) * sizeof *g.from);
	bytes_init(&g.line, LIMIT_MESSAGE);
	sort_names(&g, count);
	for (size_t i = 0; i < count; i++)
		write_group(&g, i);
	if (unknown) {
		bytes_addf(&g.line, "and %zu more, which answered in other ways", unknown);
		write_line(&g);
	}
	bytes_free(&g.line);
	free(g.names);
	free(g.from);
}
