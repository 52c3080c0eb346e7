/* cmd_view.c - .view: chooses how replies are shown. */
#include "cmd/cmd.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_view = {
	.verb = {.name = "view",
		.places = PLACE_PROMPT,
		.args = "[VIEW]",
		.help = "show or choose how replies are shown",
		.examples = ".view dump\n.view anatomy"},
	.most = 1,
	.at_once = true,
	.stays = true,
	.run = run,
	.complete = complete,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count && !context_set(sh->context, SLICE("view"), call->args[0], err))
		return false;
	if (call->count)
		shell_set_view(sh, sh->context->view);
	shell_print(sh, call->count ? UI_NOTE : UI_OUTPUT, "view %s", sh->context->view->name);
	return true;
}

static void complete(const struct completion *c)
{
	complete_names(c, view_name, NULL);
}
