/* progress.c - see progress.h. */
#include "cli/progress.h"

#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "pane/detail.h"
#include <sys/ioctl.h>
#include <unistd.h>

/* A short run has none. */
static const int64_t PROGRESS_AFTER = NS_PER_S;
static const int64_t PROGRESS_EACH = NS_PER_S / 10;
enum { BAR_CELLS = 20 };

void progress_begin(struct progress *p, const struct cli *cli)
{
	const struct options *o = &cli->options;
	*p = (struct progress){.on = isatty(STDERR_FILENO) && !o->quiet && !o->plain,
		.began = loop_now_fresh(cli->loop)};
}

void progress_planned(struct progress *p)
{
	p->all++;
}

size_t progress_columns(void)
{
	struct winsize size;
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
	return known ? size.ws_col : 80;
}

/* Composes "[#####     ] 12 of 40, 3.4 s: file:7 SPEED?".  Steps in loops are counted once, so
 * there may be more. */
static void compose(
	const struct progress *p, const struct step_result *r, int64_t took, struct bytes *row)
{
	char time[DURATION_TEXT_MAX];
	uint64_t all = r->step > p->all ? r->step : p->all, done = r->step - 1;
	bytes_add_str(row, "[");
	for (unsigned i = 0; i < BAR_CELLS; i++)
		bytes_add_str(row, i * all < done * BAR_CELLS ? "#" : " ");
	bytes_addf(row, "] %llu of %llu, %s: ", (unsigned long long)r->step,
		(unsigned long long)all, duration_text(took, time));
	text_add(row, slice_str(r->file), TEXT_PLAIN | TEXT_ASCII);
	bytes_addf(row, ":%u ", r->line);
	text_add(row, r->command, TEXT_PLAIN | TEXT_ASCII);
}

/* Says whether it is time to draw the row again. */
static bool is_due(struct progress *p, const struct cli *cli, int64_t *took)
{
	int64_t now = p->on ? loop_now_fresh(cli->loop) : 0;
	if (!p->on || now - p->began < PROGRESS_AFTER || now - p->drawn < PROGRESS_EACH)
		return false;
	p->drawn = now;
	*took = now - p->began;
	return true;
}

static void draw(struct slice row)
{
	cli_row(text_cut(row, progress_columns() - 1));
}

void progress_file(struct progress *p, const struct cli *cli, const struct session *s,
	const struct exchange *x)
{
	const struct waiting w = {
		.session = s, .exchange = x, .waited = loop_now_fresh(cli->loop) - x->sent_at};
	char detail[DETAIL_MAX];
	struct bytes row;
	int64_t took;
	if (!is_due(p, cli, &took))
		return;
	bytes_init(&row, LIMIT_MESSAGE);
	bytes_addf(&row, "%s: ", paste(slice_str(x->file->name)).text);
	detail_file(&w, progress_columns(), detail);
	bytes_add_str(&row, detail);
	draw(bytes_slice(&row));
	bytes_free(&row);
}

void progress_step(struct progress *p, const struct cli *cli, const struct step_result *r)
{
	struct bytes row;
	int64_t took;
	if (!is_due(p, cli, &took))
		return;
	bytes_init(&row, LIMIT_MESSAGE);
	compose(p, r, took, &row);
	draw(bytes_slice(&row));
	bytes_free(&row);
}
