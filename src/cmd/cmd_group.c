/* cmd_group.c - .group: gives several devices a name, for `wilco fleet`. */
#include "cmd/cmd.h"

static cmd_run run;
static cmd_configure cmd_group_configure;

const struct cmd cmd_group = {
	.verb = {.name = "group",
		.places = PLACE_PROMPT | PLACE_CONFIG,
		.args = "NAME = MEMBER...",
		.help = "give several devices a name, for wilco fleet; without arguments, list",
		.examples = ".group pumps = pump1 pump[2-5]\n"
			    ".group site = pumps plc 10.0.0.[1-20]:9100"},
	.takes_rest = true,
	.run = run,
	.configure = cmd_group_configure,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	const struct groups *g = &sh->context->groups;
	if (call->rest.len)
		return cmd_group_configure(sh->context, call->rest, err);
	for (size_t i = 0; i < g->count; i++)
		shell_print(sh, UI_OUTPUT, "%s = %s", g->at[i].name, g->at[i].members);
	return true;
}

static bool cmd_group_configure(struct context *c, struct slice rest, struct error *err)
{
	return groups_define(&c->groups, rest, err);
}
