/* cmd_overview.c - .overview: the open devices, with what each said last. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/list.h"
#include "cmd/offer.h"
#include "pane/pane.h"

static cmd_run run;

const struct cmd cmd_overview = {
	.verb = {.name = "overview",
		.places = PLACE_PROMPT,
		.help = "show all open devices: state, last reply, its age, a watched number; "
			"Enter goes to one, or opens a known one",
		.examples = ".overview"},
	.at_once = true,
	.stays = true,
	.run = run,
};

/* ---- on a split screen ---- */

static void overview_list(void *arg, struct rows *rows)
{
	overview_rows(arg, true, rows);
}

static size_t count(void *arg)
{
	return overview_count(arg);
}

static const char *does(void *arg, size_t row)
{
	return overview_known(arg, row) ? "open" : "go there";
}

static int64_t due(void *arg)
{
	return overview_due(arg);
}

static void open_known(struct shell *sh, const char *name)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	offer_spell(name, &line);
	offer_open(sh, bytes_shown(&line));
	bytes_free(&line);
}

static void go_there(void *arg, size_t chosen)
{
	struct shell *sh = arg;
	const char *known = chosen == CHOSEN_NONE ? NULL : overview_known(sh, chosen);
	if (chosen < sh->device_count)
		shell_use(sh, sh->devices[chosen]);
	else if (known)
		open_known(sh, known);
}

static const struct choices choices = {
	.rows = overview_list, .count = count, .does = does, .due = due, .ended = go_there};

/* ---- elsewhere ---- */

enum { PIPE_CELLS = 132 };

static void print_rows(struct shell *sh)
{
	MEM_UNSET struct rows rows;
	const struct ui *ui = sh->ui;
	size_t width = ui->interactive && ui->pane->width ? ui->pane->width : PIPE_CELLS;
	rows_init(&rows, width, 0, (size_t)-1, list_print_row, sh);
	overview_rows(sh, false, &rows);
	rows_free(&rows);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct ui *ui = sh->ui;
	(void)call;
	bool shows = ui->ops->choose && !sh->together && !sh->by_when;
	if (!(shows && overview_count(sh)) && !shell_session(sh, err))
		return false;
	if (sh->role)
		return error_set(err, STATUS_USAGE,
			"a %s opens no devices of its own; its state stands in the status row",
			sh->role->name);
	if (!shows || !ui->ops->choose(ui, "devices: Enter or a number goes there", &choices, sh,
			      sh->current < sh->device_count ? sh->current : 0))
		print_rows(sh);
	return true;
}
