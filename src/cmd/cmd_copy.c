/* cmd_copy.c - .copy: copies an entry as it is shown, to a file or a console's clipboard. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "pane/pane.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_copy = {
	.verb = {.name = "copy",
		.places = PLACE_PROMPT,
		.args = "[FILE]",
		.help = "copy the selected entry (or the last exchange) as it is shown: to the "
			"terminal's clipboard, or to the end of a file",
		.examples = ".copy\n.copy notes.txt"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete_files,
};

struct copy {
	const struct record *record;
	struct entry_copy copy;
};

static bool next(void *arg, struct export *e, struct error *err)
{
	struct copy *c = arg;
	if (!record_find(c->record, c->copy.entry.id)) {
		error_set(err, STATUS_USAGE,
			"the exchange is no longer in memory: nothing was copied");
		return false;
	}
	return pane_copy_next(&c->copy, &e->piece);
}

static void free_copy(void *arg)
{
	struct copy *c = arg;
	pane_copy_end(&c->copy);
	free(c);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	static const struct export_source source = {next, free_copy, "copying to", "copied to"};
	struct pane *p = sh->ui->pane;
	const struct entry *e = pane_chosen(p);
	if (!call->rest.len && !sh->ui->ops->copy)
		return error_set(err, STATUS_USAGE,
			"there is no clipboard here: .copy FILE writes to a file");
	if (!e)
		return error_set(err, STATUS_USAGE, "there is nothing to copy yet");
	if (!call->rest.len)
		return sh->ui->ops->copy(sh->ui, err);
	struct copy *c = mem_new(sizeof *c);
	c->record = p->record;
	pane_copy_begin(&c->copy, p, e);
	return export_begin(sh, call->rest, PATH_APPEND, &source, c, err);
}
