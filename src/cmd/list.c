/* list.c - see list.h. */
#include "cmd/list.h"

#include "base/number.h"
#include "cmd/cmd.h"
#include <stdio.h>

static void print_row(void *arg, const struct styled *row)
{
	struct shell *sh = arg;
	sh->ui->ops->line(sh->ui, UI_OUTPUT, bytes_slice(&row->text), SLICE(""));
}

static void print_entry(struct shell *sh, size_t i)
{
	pane_list(sh->ui->pane, i, print_row, sh);
}

void list_matching(struct shell *sh, pane_test *test)
{
	struct pane *p = sh->ui->pane;
	size_t last[LISTED_MAX], count = 0;
	for (size_t i = 0; i < p->count; i++)
		if (pane_shows(p, i) && (!test || test(p, i)))
			last[count++ % LISTED_MAX] = i;
	for (size_t n = count > LISTED_MAX ? count - LISTED_MAX : 0; n < count; n++)
		print_entry(sh, last[n % LISTED_MAX]);
	shell_print(
		sh, UI_OUTPUT, "%zu of %zu entr%s", count, p->count, p->count == 1 ? "y" : "ies");
	if (count > LISTED_MAX)
		shell_print(sh, UI_NOTE, "the last %d are listed; .goto TIME lists earlier ones",
			LISTED_MAX);
}

/* The time of an entry as .goto takes it. */
static const char *time_of(const struct entry *e, char out[16])
{
	struct tm tm;
	localtime_r(&e->time.tv_sec, &tm);
	snprintf(out, 16, "%02u:%02u:%02u.%03u", (unsigned)tm.tm_hour % 100,
		(unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
		(unsigned)(e->time.tv_nsec / NS_PER_MS) % 1000);
	return out;
}

void list_from(struct shell *sh, size_t i)
{
	struct pane *p = sh->ui->pane;
	size_t listed = 0, left = 0, next = 0;
	char time[16];
	for (; i < p->count; i++) {
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
			left == 1 ? "y" : "ies", time_of(&p->slots[next].entry, time));
}
