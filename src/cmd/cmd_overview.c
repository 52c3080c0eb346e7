/* cmd_overview.c - .overview: the open devices, with what each said last. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/list.h"
#include "pane/pane.h"

static cmd_run run;

const struct cmd cmd_overview = {
	.verb = {.name = "overview",
		.places = PLACE_PROMPT,
		.help = "show all open devices: state, last reply, its age, a watched number; "
			"Enter goes to one",
		.examples = ".overview"},
	.at_once = true,
	.stays = true,
	.run = run,
};

/* ---- on a split screen ---- */

static void overview_list(void *arg, struct rows *rows)
{
	overview_rows(arg, rows);
}

static size_t count(void *arg)
{
	const struct shell *sh = arg;
	return sh->device_count;
}

static int64_t due(void *arg)
{
	return overview_due(arg);
}

static void go_there(void *arg, size_t chosen)
{
	struct shell *sh = arg;
	if (chosen < sh->device_count)
		shell_use(sh, sh->devices[chosen]);
}

static const struct choices choices = {
	.rows = overview_list, .count = count, .due = due, .ended = go_there};

/* ---- elsewhere ---- */

enum { PIPE_CELLS = 132 };

static void print_rows(struct shell *sh)
{
	MEM_UNSET struct rows rows;
	const struct ui *ui = sh->ui;
	size_t width = ui->interactive && ui->pane->width ? ui->pane->width : PIPE_CELLS;
	rows_init(&rows, width, 0, (size_t)-1, list_print_row, sh);
	overview_rows(sh, &rows);
	rows_free(&rows);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct ui *ui = sh->ui;
	(void)call;
	if (!shell_session(sh, err))
		return false;
	if (sh->role)
		return error_set(err, STATUS_USAGE,
			"a %s opens no devices of its own; its state stands in the status row",
			sh->role->name);
	if (!ui->ops->choose || sh->together || sh->by_when ||
		!ui->ops->choose(
			ui, "devices: Enter or a number goes there", &choices, sh, sh->current))
		print_rows(sh);
	return true;
}
