/* cmd_fleet.c - .fleet: sends commands to many devices at once, and groups what they answer. */
#include "cmd/cmd.h"
#include "cmd/rollout.h"

static cmd_run run;
static cmd_complete complete_targets;

const struct cmd cmd_fleet = {
	.verb = {.name = "fleet",
		.places = PLACE_PROMPT,
		.args = "[--yes] TARGETS COMMAND",
		.help = "send a command to many devices and group the answers",
		.examples = ".fleet pumps STATUS\n"
			    ".fleet 10.0.0.[1-20]:9100 SET LEVEL 5\n"
			    ".fleet pumps 'SET LEVEL 5' 'LEVEL?'"},
	.takes_rest = true,
	.at_once = true,
	.talks = true,
	.run = run,
	.complete = complete_targets,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return rollout_start(sh, call->rest, err);
}

static void complete_targets(const struct completion *c)
{
	const struct context *context = c->shell->context;
	if (!c->nth)
		complete_add(c, "--yes");
	if (c->nth > slice_is(slice_trim(c->before), "--yes"))
		return;
	complete_names(c, group_name_at, &context->groups);
	complete_names(c, device_name_at, &context->devices);
	complete_files(c);
}
