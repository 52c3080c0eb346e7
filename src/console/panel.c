/* panel.c - draws the numbers of watches, and their charts, above the transcript. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/watch.h"
#include "pane/chart.h"
#include <stdio.h>
#include <stdlib.h>

enum { SPAN_MAX = DURATION_TEXT_MAX + 16, HIDDEN_MAX = 48 };

struct panel_size {
	size_t watches, chart; /* watches that are shown; rows of each chart */
	size_t hidden;
};

/* Charts are as tall as the window allows, and shrink before a watch is hidden. */
static struct panel_size panel_size(const struct console *c)
{
	size_t count = 0, most = full_height(c) / 3;
	size_t others = full_has_bar(c) + full_below(c) + 1; /* includes a row of the transcript */
	size_t chart = full_height(c) >= 30   ? 3
		       : full_height(c) >= 16 ? 2
		       : full_height(c) >= 12 ? 1
					      : 0;
	most = full_height(c) < others          ? 0
	       : full_height(c) - others < most ? full_height(c) - others
						: most;
	while (shell_watch(c->shell, count))
		count++;
	while (chart && count * (1 + chart) > most)
		chart--;
	size_t shown = count < most ? count : most;
	return (struct panel_size){shown, chart, count - shown};
}

size_t panel_rows(const struct console *c)
{
	struct panel_size size = panel_size(c);
	return size.watches * (1 + size.chart);
}

static enum chart_kind chart_kind(const struct console *c)
{
	const char *term = getenv("TERM");
	if (!c->ui.utf8)
		return CHART_ASCII;
	/* The Linux console's fonts have blocks, but not braille. */
	return term && strcmp(term, "linux") == 0 ? CHART_BLOCK : CHART_BRAILLE;
}

struct panel {
	struct console *c;
	size_t y;
};

static void panel_row(void *arg, const struct styled *row)
{
	struct panel *p = arg;
	screen_row(p->c->screen, p->y++, row, false);
}

/* Adds a word if it fits whole. */
static bool add_word(struct styled *row, enum style style, size_t room, const char *word)
{
	if (row->cells + 2 + strlen(word) > room)
		return false;
	styled_addf(row, style, "%s%s", *word ? "  " : "", word);
	return true;
}

static void watch_words(const struct watch *w, const char *span, size_t room, struct styled *row)
{
	char word[WATCH_WORD_MAX], every[DURATION_TEXT_MAX], asked[DURATION_TEXT_MAX + 8];
	bool fits = true;
	watch_word(w, WATCH_LAST, word);
	styled_addf(row, STYLE_PAYLOAD, " %s ", w->name);
	styled_addf(row, w->total ? STYLE_PAYLOAD : STYLE_DIM, "%s", word);
	for (enum watch_word i = WATCH_TROUBLE; fits && watch_word(w, i, word); i++)
		fits = add_word(row, i == WATCH_TROUBLE ? STYLE_EVENT : STYLE_DIM, room, word);
	snprintf(asked, sizeof asked, "every %s", duration_text(w->every, every));
	if (fits && add_word(row, STYLE_DIM, room, span))
		add_word(row, STYLE_DIM, room, asked);
}

/* The last samples, as many as the chart can show. */
struct shown_samples {
	const struct sample *at;
	size_t count;
};

static struct shown_samples shown_samples(const struct console *c, const struct watch *w)
{
	size_t fit = chart_values(chart_kind(c), terminal_columns(c->terminal));
	size_t count = w->count < fit ? w->count : fit;
	return (struct shown_samples){w->samples + (w->count - count), count};
}

static void draw_chart(
	struct console *c, const struct shown_samples *s, size_t height, struct rows *rows)
{
	double *values = mem_grow(NULL, s->count + 1, sizeof *values), least, most;
	for (size_t i = 0; i < s->count; i++)
		values[i] = s->at[i].value;
	chart_range(values, s->count, &least, &most);
	chart_rows(chart_kind(c), values, s->count, least, most, height, rows);
	free(values);
}

/* Says how much time the chart covers, because the numbers beside it are of all samples. */
static void chart_span(const struct shown_samples *s, char out[SPAN_MAX])
{
	char time[DURATION_TEXT_MAX];
	out[0] = 0;
	if (s->count < 2)
		return;
	struct timespec from = s->at[0].time, to = s->at[s->count - 1].time;
	int64_t seconds = to.tv_sec - from.tv_sec;
	if (seconds > 0)
		snprintf(out, SPAN_MAX, "chart over %s", duration_text(seconds * NS_PER_S, time));
}

/* Says at the end of the last row that there are more watches. */
static void hidden_text(const struct panel_size *size, size_t width, char out[HIDDEN_MAX])
{
	const char *lists = width < 40   ? ""
			    : width < 60 ? " more: .watch"
					 : " more: .watch lists them";
	out[0] = 0;
	if (size->hidden)
		snprintf(out, HIDDEN_MAX, " +%zu%s", size->hidden, lists);
}

static void paint_watch(
	struct console *c, size_t i, const struct panel_size *size, struct rows *rows)
{
	const struct watch *w = shell_watch(c->shell, i);
	struct shown_samples samples = shown_samples(c, w);
	char span[SPAN_MAX] = "", more[HIDDEN_MAX] = "";
	if (size->chart)
		chart_span(&samples, span);
	if (i + 1 == size->watches)
		hidden_text(size, rows->width, more);
	size_t room = rows->width > strlen(more) ? rows->width - strlen(more) : 0;
	watch_words(w, span, room, &rows->line);
	if (*more) {
		styled_cut(&rows->line, room);
		styled_pad(&rows->line, STYLE_PLAIN, room);
		styled_addf(&rows->line, STYLE_EVENT, "%s", more);
	}
	rows_end(rows);
	draw_chart(c, &samples, size->chart, rows);
}

void panel_paint(struct console *c)
{
	struct panel_size size = panel_size(c);
	struct panel panel = {c, full_has_bar(c)};
	MEM_UNSET struct rows rows;
	rows_init(&rows, terminal_columns(c->terminal), 0, (size_t)-1, panel_row, &panel);
	for (size_t i = 0; i < size.watches; i++)
		paint_watch(c, i, &size, &rows);
	rows_free(&rows);
}
