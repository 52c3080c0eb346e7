/* progress.c - see progress.h. */
#include "cli/progress.h"

#include "base/number.h"
#include "base/text.h"
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

static size_t columns(void)
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

void progress_step(struct progress *p, const struct cli *cli, const struct step_result *r)
{
	int64_t now = p->on ? loop_now_fresh(cli->loop) : 0;
	struct bytes row;
	if (!p->on || now - p->began < PROGRESS_AFTER || now - p->drawn < PROGRESS_EACH)
		return;
	p->drawn = now;
	p->shown = true;
	bytes_init(&row, LIMIT_MESSAGE);
	compose(p, r, now - p->began, &row);
	cli_stderr(SLICE("\r"));
	cli_stderr(text_cut(bytes_slice(&row), columns() - 1));
	cli_stderr(SLICE("\033[K"));
	bytes_free(&row);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		cli_stderr(SLICE("\r\033[K"));
	p->shown = false;
}
