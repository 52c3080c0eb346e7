/* cmd_filter.c - .filter: a part of the transcript.  Without a window, what there is of it is
 * listed, and of what comes only such exchanges are printed (shell.c). */
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/list.h"

static const char *complete(const struct shell *sh, size_t index)
{
	(void)sh;
	return filter_name(NULL, index);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct pane *p = sh->ui->pane;
	struct slice name = call->rest;
	int filter = name.len ? table_prefix(name, filter_name, NULL) : FILTER_NONE;
	if (filter < 0)
		return error_at(err, 0, name.len,
			"a filter is all, session, sent, damaged or found, not %s",
			quote(name).text);
	if (filter == FILTER_FOUND && p->find.kind == FIND_NOTHING)
		return error_set(err, STATUS_USAGE, "nothing is searched for: .find TEXT first");
	pane_filter(p, (enum filter)filter, sh->session);
	if (!sh->ui->window && filter != FILTER_NONE)
		list_matching(sh, NULL);
	shell_say(sh, "shows %s", filter_name(NULL, (size_t)filter));
	return true;
}

const struct cmd cmd_filter = {
	.verb = VERB_FILTER, .takes_rest = true, .at_once = true, .run = run, .complete = complete};
