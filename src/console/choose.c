/* choose.c - a sheet that a command of the shell fills, and of which a row is chosen. */
#include "base/mem.h"
#include "console/console_private.h"
#include "console/sheet.h"
#include <stdlib.h>

struct choosing {
	struct console *console;
	const struct choices *choices;
	void *arg;
	size_t chosen;
};

static void choose_rows(void *arg, struct rows *rows)
{
	struct choosing *k = arg;
	k->choices->rows(k->arg, rows);
}

static size_t choose_count(void *arg)
{
	struct choosing *k = arg;
	return k->choices->count(k->arg);
}

static int64_t choose_due(void *arg)
{
	struct choosing *k = arg;
	return k->choices->due ? k->choices->due(k->arg) : 0;
}

static const char *choose_does(void *arg, size_t row)
{
	struct choosing *k = arg;
	return k->choices->does(k->arg, row);
}

static void choose_row(void *arg, size_t row)
{
	struct choosing *k = arg;
	k->chosen = row;
	sheet_close(k->console);
}

/* Is the last to use it, because what follows a choice may open another sheet. */
static void choose_free(void *arg)
{
	struct choosing k = *(struct choosing *)arg;
	free(arg);
	k.choices->ended(k.arg, k.chosen);
}

static const struct sheet_source source = {.rows = choose_rows,
	.count = choose_count,
	.choose = choose_row,
	.does = choose_does,
	.due = choose_due,
	.free = choose_free};

bool sheet_choices(
	struct ui *ui, const char *title, const struct choices *choices, void *arg, size_t selected)
{
	struct console *c = (struct console *)ui;
	struct choosing *k = mem_new(sizeof *k);
	*k = (struct choosing){c, choices, arg, CHOSEN_NONE};
	if (!sheet_open(c, &source, k, slice_str(title))) {
		free(k);
		return false;
	}
	sheet_show(c, selected);
	return true;
}
