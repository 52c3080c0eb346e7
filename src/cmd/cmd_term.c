/* cmd_term.c - .term: the device has the line, key by key, as in a terminal. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_term = {
	.verb = {.name = "term",
		.places = PLACE_PROMPT,
		.help = "terminal mode: keys go to the device as they are typed; Ctrl-] leaves it",
		.examples = ".term"},
	.at_once = true,
	.talks = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	if (!sh->ui->ops->term)
		return error_set(err, STATUS_USAGE,
			"terminal mode needs a terminal with a split screen: wilco --term DEVICE, "
			"or "
			".term in the console");
	return sh->ui->ops->term(sh->ui, err);
}
