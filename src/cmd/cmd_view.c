/* cmd_view.c - .view: how replies are shown. */
#include "cmd/cmd.h"

static const char *complete(const struct shell *sh, size_t index)
{
	(void)sh;
	return view_name(NULL, index);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count && !context_set(sh->context, SLICE("view"), call->args[0], err))
		return false;
	if (call->count)
		shell_set_view(sh, sh->context->view);
	shell_print(sh, call->count ? UI_NOTE : UI_OUTPUT, "view %s",
		view_name(NULL, sh->context->view));
	return true;
}

const struct cmd cmd_view = {.verb = VERB_VIEW,
	.most = 1,
	.at_once = true,
	.stays = true,
	.run = run,
	.complete = complete};
