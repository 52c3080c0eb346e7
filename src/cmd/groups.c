/* groups.c - see groups.h. */
#include "cmd/groups.h"

#include "base/mem.h"
#include "base/text.h"
#include "cmd/devices.h"
#include <stdlib.h>

void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->count; i++) {
		free(g->at[i].name);
		free(g->at[i].members);
	}
	free(g->at);
	*g = (struct groups){0};
}

const char *group_name_at(const void *groups, size_t index)
{
	const struct groups *g = groups;
	return index < g->count ? g->at[index].name : NULL;
}

static struct group *find(const struct groups *g, struct slice name)
{
	for (size_t i = 0; i < g->count; i++)
		if (slice_is(name, g->at[i].name))
			return &g->at[i];
	return NULL;
}

bool groups_find(const struct groups *g, struct slice name, struct slice *members)
{
	const struct group *group = find(g, name);
	if (group)
		*members = slice_str(group->members);
	return group;
}

static bool groups_put(struct groups *g, struct slice name, struct slice members, struct error *err)
{
	struct group *group = find(g, name);
	if (!group && g->count == GROUPS_MAX)
		return error_set(err, STATUS_USAGE, "there are at most %d groups", GROUPS_MAX);
	if (!group) {
		g->at = mem_grow(g->at, g->count + 1, sizeof *g->at);
		group = &g->at[g->count++];
		*group = (struct group){.name = mem_strn(name.at, name.len)};
	}
	free(group->members);
	group->members = mem_strn(members.at, members.len);
	return true;
}

bool groups_define(struct groups *g, struct slice rest, struct error *err)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	size_t n = equals ? (size_t)(equals - rest.at) : 0;
	struct slice name = slice_trim(slice_cut(rest, 0, n));
	struct slice members = slice_trim(slice_cut(rest, n + 1, rest.len));
	if (!equals || !name.len || !members.len)
		return error_set(err, STATUS_USAGE,
			"a group needs a name and its members: .group pumps = pump1 pump[2-5]");
	return device_name_check(name, err) && groups_put(g, name, members, err);
}
