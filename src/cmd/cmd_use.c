/* cmd_use.c - .use: makes another open device the current one. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_use = {
	.verb = {.name = "use",
		.places = PLACE_PROMPT | PLACE_DEVICE | PLACE_PLAY,
		.args = "[NAME | N]",
		.help = "make another open device the current one, or list them",
		.examples = ".use pump2\n.use 1"},
	.most = 1,
	.at_once = true,
	.chooses = true,
	.talks = true,
	.run = run,
	.complete = complete_opened,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->count) {
		shell_list_opened(sh, UI_OUTPUT);
		return true;
	}
	struct opened *device = shell_find(sh, call->args[0], err);
	if (device)
		shell_use(sh, device);
	return device != NULL;
}
