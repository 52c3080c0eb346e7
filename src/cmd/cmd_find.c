/* cmd_find.c - .find: what was searched for is gone to, or listed where there is no window. */
#include "cmd/cmd.h"
#include "cmd/list.h"

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct pane *p = sh->ui->pane;
	bool before = p->find.kind != FIND_NOTHING;
	if (!pane_find(p, call->rest, err))
		return false;
	if (p->filter == FILTER_FOUND)
		pane_filter(p, call->rest.len ? FILTER_FOUND : FILTER_NONE, NULL);
	if (sh->ui->window)
		return shell_screen(sh, VERB_FIND, call, err);
	if (call->rest.len)
		list_matching(sh, pane_is_found);
	else if (before)
		shell_say(sh, "nothing is searched for any more");
	else
		return error_set(err, STATUS_USAGE,
			"what is to be found? .find TEXT, .find "
			"/REGEX/ or .find .x BYTES");
	return true;
}

const struct cmd cmd_find_text = {
	.verb = VERB_FIND, .takes_rest = true, .at_once = true, .run = run};
