/* list.c - see list.h. */
#include "cmd/list.h"

#include "base/number.h"
#include "cmd/cmd.h"

enum { LISTED_ROWS = 64 }; /* the most rows of a part of an entry */

void list_print_row(void *arg, const struct styled *row)
{
	struct shell *sh = arg;
	if (sh->ui->ops->row)
		sh->ui->ops->row(sh->ui, row);
	else
		sh->ui->ops->line(sh->ui, UI_OUTPUT, bytes_slice(&row->text));
}

static void print_entry(struct shell *sh, size_t i)
{
	pane_list(sh->ui->pane, i, LISTED_ROWS, list_print_row, sh);
}

/* Says what a list may lack at its beginning. */
static void say_past(struct shell *sh)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	if (pane_past(sh->ui->pane, &text))
		shell_print(sh, UI_NOTE, "%s" PANE_PAST_HINT, bytes_str(&text));
	bytes_free(&text);
}

void list_matching(struct shell *sh, pane_test *test)
{
	struct pane *p = sh->ui->pane;
	size_t last[LISTED_MAX], count = 0, all = p->record->count;
	for (size_t i = 0; i < all; i++)
		if (pane_shows(p, i) && (!test || test(p, i)))
			last[count++ % LISTED_MAX] = i;
	for (size_t n = count > LISTED_MAX ? count - LISTED_MAX : 0; n < count; n++)
		print_entry(sh, last[n % LISTED_MAX]);
	shell_print(sh, UI_OUTPUT, "%zu of %zu entr%s", count, all, all == 1 ? "y" : "ies");
	say_past(sh);
	if (count > LISTED_MAX)
		shell_print(sh, UI_NOTE,
			"only the last %d are listed; .goto TIME lists earlier ones", LISTED_MAX);
}

void list_from(struct shell *sh, size_t i)
{
	struct pane *p = sh->ui->pane;
	size_t listed = 0, left = 0, next = 0;
	char time[CLOCK_TEXT_MAX]; /* as .goto accepts it */
	if (i == 0)
		say_past(sh);
	for (; i < p->record->count; i++) {
		if (!pane_shows(p, i))
			continue;
		if (listed < LISTED_MAX) {
			print_entry(sh, i);
			listed++;
		} else if (!left++) {
			next = i;
		}
	}
	if (left)
		shell_print(sh, UI_NOTE, "%zu more entr%s: .goto %s goes on", left,
			left == 1 ? "y" : "ies", clock_text(&p->record->at[next].time, true, time));
}
