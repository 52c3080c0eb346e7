/* cmd_filter.c - .filter: shows a part of the transcript.  Without a window it lists that part, and
 * from then on only such exchanges are printed (opened.c). */
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/list.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_filter = {
	.verb = {.name = "filter",
		.places = PLACE_PROMPT,
		.args = "[all | session | sent | damaged | found | N]",
		.help = "show only a part of the transcript; nothing is lost; without a split "
			"screen, list that part, and print only such exchanges from now on; "
			"N: a stream of a file",
		.examples = ".filter damaged\n.filter all"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete,
};

static bool is_file(const struct shell *sh)
{
	return sh->role && sh->role->file;
}

/* Returns the session whose entries `session` means: the current one, in a file that of an entry.
 */
static const struct session *filter_session(struct shell *sh)
{
	const struct entry *e = is_file(sh) ? pane_chosen(sh->ui->pane) : NULL;
	return e ? e->device->session : shell_now(sh);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct pane *p = sh->ui->pane;
	struct slice name = call->rest;
	uint64_t stream;
	struct error ignored;
	if (is_file(sh) && number_parse(name, "", 1, LIMIT_STREAMS, &stream, &ignored)) {
		shell_say(sh, "showing only stream %u", (unsigned)stream);
		return sh->ui->ops->stream(sh->ui, (uint32_t)stream, err);
	}
	int filter = name.len ? table_prefix(name, filter_name, NULL) : FILTER_NONE;
	if (filter < 0)
		return error_at(err, 0, name.len,
			"a filter is all, session, sent, damaged or found, not %s",
			quote(name).text);
	if (filter == FILTER_FOUND && p->find.kind == FIND_NOTHING)
		return error_set(err, STATUS_USAGE, "there is no search yet; .find begins one");
	if (is_file(sh) && filter == FILTER_NONE && !sh->ui->ops->stream(sh->ui, 0, err))
		return false;
	pane_filter(p, (enum pane_filter)filter, filter_session(sh));
	if (!sh->ui->window && filter != FILTER_NONE)
		list_matching(sh, NULL);
	shell_say(sh, "%s", filter_says((enum pane_filter)filter));
	return true;
}

static void complete(const struct completion *c)
{
	complete_names(c, filter_name, NULL);
}
