/* cmd_copy.c - .copy: an entry as it is shown, to a file; a console has a clipboard, too. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "pane/pane.h"
#include <stdlib.h>

struct copy {
	struct entry_copy copy;
	struct bytes whole; /* of what is in no transcript */
};

static bool next(void *arg, struct export *e, struct error *err)
{
	struct copy *c = arg;
	if (c->whole.len) {
		bytes_add(&e->piece, bytes_slice(&c->whole));
		return false;
	}
	if (!entry_there(&c->copy.entry)) {
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
	bytes_free(&c->whole);
	free(c);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	static const struct export_source source = {next, free_copy, "copying to", "copied to"};
	struct pane *p = sh->ui->pane;
	const struct entry *e = pane_chosen(p);
	if (!call->rest.len && !sh->ui->ops->screen)
		return error_set(err, STATUS_USAGE,
			"there is no clipboard here: .copy FILE writes to a file");
	if (!e)
		return error_set(err, STATUS_USAGE, "there is nothing to copy yet");
	if (!call->rest.len)
		return shell_screen(sh, VERB_COPY, call, err);
	struct copy *c = mem_new(sizeof *c);
	pane_copy_begin(&c->copy, p, e);
	bytes_init(&c->whole, LIMIT_FRAME_MOST);
	/* The text of other entries may go with the pane's oldest. */
	if (e->kind != ENTRY_EXCHANGE || !entry_there(e))
		pane_as_shown(p, e, &c->whole);
	return export_begin(sh, call->rest, PATH_APPEND, &source, c, err);
}

const struct cmd cmd_copy = {
	.verb = VERB_COPY, .takes_rest = true, .at_once = true, .files = true, .run = run};
