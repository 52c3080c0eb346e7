/* cmd_do.c - .do: does what a key does, without the key. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_do = {
	.verb = {.name = "do",
		.places = PLACE_PROMPT,
		.args = "ACTION",
		.help = "do what a key does (.bind lists the actions)",
		.examples = ".do page-up\n.do next-damaged"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete_actions,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return shell_has_keys(sh, &cmd_do.verb, err) && sh->ui->ops->act(sh->ui, call->rest, err);
}
