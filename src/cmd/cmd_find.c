/* cmd_find.c - .find: goes to what it finds, or lists it where there is no window. */
#include "cmd/cmd.h"
#include "cmd/list.h"

static cmd_run run;

const struct cmd cmd_find = {
	.verb = {.name = "find",
		.places = PLACE_PROMPT,
		.args = "[TEXT | /REGEX/ | .x BYTES]",
		.help = "search the transcript backwards, or without a split screen list what is "
			"found; without an argument end the search",
		.examples = ".find ERR\n.find /E[0-9]+/\n.find .x 1b 41"},
	.takes_rest = true,
	.at_once = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct pane *p = sh->ui->pane;
	bool before = p->find.kind != FIND_NOTHING;
	p->charset = shell_charset(sh, shell_current(sh));
	if (!pane_find(p, call->rest, err))
		return false;
	if (p->filter == FILTER_FOUND)
		pane_filter(p, call->rest.len ? FILTER_FOUND : FILTER_NONE, NULL);
	if (sh->ui->window)
		sh->ui->ops->find(sh->ui);
	else if (call->rest.len)
		list_matching(sh, pane_is_found);
	else if (before)
		shell_say(sh, "the search is over");
	else
		return error_set(err, STATUS_USAGE, ".find needs TEXT, /REGEX/ or .x BYTES");
	return true;
}
