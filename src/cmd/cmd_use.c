/* cmd_use.c - .use: another open device becomes the current one. */
#include "cmd/cmd.h"

static const char *complete(const struct shell *sh, size_t index)
{
	const struct opened *each = sh->opened;
	while (each && index--)
		each = each->next;
	return each ? session_name(each->session) : NULL;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->count) {
		shell_list_opened(sh);
		return true;
	}
	struct opened *device = shell_find(sh, call->args[0], err);
	if (device)
		shell_use(sh, device);
	return device != NULL;
}

const struct cmd cmd_use = {
	.verb = VERB_USE, .most = 1, .at_once = true, .run = run, .complete = complete};
