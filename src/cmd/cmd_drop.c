/* cmd_drop.c - .drop: a frame that a tap holds does not go on. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_drop = {
	.verb = {.name = "drop",
		.places = PLACE_PROMPT,
		.help = "in a tap: the frame that .hold has stopped does not go on",
		.examples = ".drop"},
	.at_once = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	return cmd_in_tap(sh, &cmd_drop.verb, err) && sh->role->drop(sh, err);
}
