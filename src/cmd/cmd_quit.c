/* cmd_quit.c - .quit: leaves wilco. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_quit = {
	.verb = {.name = "quit",
		.places = PLACE_PROMPT,
		.help = "leave wilco",
		.examples = ".quit"},
	.at_once = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	(void)err;
	shell_leave(sh);
	return true;
}
