/* panel.c - draws the numbers of watches, and their charts, above the transcript. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/watch.h"
#include "pane/chart.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPAN_MAX = DURATION_TEXT_MAX + 16, HIDDEN_MAX = 48, AXIS_MAX = 16 };

struct panel_size {
	size_t watches, chart; /* watches that are shown; rows of each chart */
	size_t times;          /* rows below it, which say when it begins and ends */
	size_t hidden;
};

/* A chart of one row has no room for times. */
static size_t time_rows(size_t chart)
{
	return chart > 1;
}

/* Charts are as tall as the window allows, and shrink before a watch is hidden. */
static struct panel_size panel_size(struct console *c)
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
	while (chart && count * (1 + chart + time_rows(chart)) > most)
		chart--;
	size_t shown = count < most ? count : most;
	return (struct panel_size){shown, chart, time_rows(chart), count - shown};
}

size_t panel_rows(struct console *c)
{
	struct panel_size size = panel_size(c);
	return size.watches * (1 + size.chart + size.times);
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

/* The last samples, as many as the chart can show, and its axis. */
struct shown_samples {
	const struct sample *at;
	size_t count;
	double least, most; /* of them; NaN: none is a number */
	size_t cells;       /* of the axis */
	char least_text[AXIS_MAX], most_text[AXIS_MAX];
};

static double *sample_values(const struct shown_samples *s)
{
	double *values = mem_grow(NULL, s->count + 1, sizeof *values);
	for (size_t i = 0; i < s->count; i++)
		values[i] = s->at[i].value;
	return values;
}

static void axis_text(double value, char out[AXIS_MAX])
{
	out[0] = 0;
	if (!isnan(value))
		snprintf(out, AXIS_MAX, "%.6g", value);
}

/* Takes as many samples as fit beside the axis. */
static void take_samples(const struct console *c, const struct watch *w, struct shown_samples *s)
{
	size_t width = terminal_columns(c->terminal);
	size_t taken = s->cells + 1 < width ? s->cells + 1 : 0;
	size_t fit = chart_values(chart_kind(c), width - taken);
	s->count = w->count < fit ? w->count : fit;
	s->at = w->samples + (w->count - s->count);
	double *values = sample_values(s);
	chart_range(values, s->count, &s->least, &s->most);
	free(values);
	axis_text(s->least, s->least_text);
	axis_text(s->most, s->most_text);
}

/* The numbers of the axis say how much room is left for samples; with fewer of them they are hardly
 * longer. */
static void shown_samples(const struct console *c, const struct watch *w, struct shown_samples *s)
{
	s->cells = 0;
	take_samples(c, w, s);
	size_t least = strlen(s->least_text), most = strlen(s->most_text);
	s->cells = least > most ? least : most;
	take_samples(c, w, s);
}

static void draw_chart(
	struct console *c, const struct shown_samples *s, size_t height, struct rows *rows)
{
	double *values = sample_values(s);
	const struct chart_axis axis = {s->most_text, s->least_text, s->cells};
	chart_rows(chart_kind(c), values, s->count, s->least, s->most, height, &axis, rows);
	free(values);
}

/* Adds the row below a chart: when its first and its last sample were taken. */
static void add_times(struct console *c, const struct shown_samples *s, struct rows *rows)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	size_t each = chart_values(chart_kind(c), 1), cells = (s->count + each - 1) / each;
	size_t left = s->cells + 1, end = left + cells;
	if (s->count) {
		styled_pad(&rows->line, STYLE_DIM, left);
		styled_add(
			&rows->line, STYLE_DIM, slice_str(clock_text(&s->at[0].time, false, from)));
		clock_text(&s->at[s->count - 1].time, false, to);
		if (rows->line.cells + 2 + strlen(to) <= end) {
			styled_pad(&rows->line, STYLE_DIM, end - strlen(to));
			styled_add(&rows->line, STYLE_DIM, slice_str(to));
		}
	}
	rows_end(rows);
}

/* Says how much time a chart covers that has no times, because the numbers beside it are of all
 * samples. */
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
	struct shown_samples samples;
	char span[SPAN_MAX] = "", more[HIDDEN_MAX] = "";
	shown_samples(c, w, &samples);
	if (size->chart && !size->times)
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
	if (size->chart)
		draw_chart(c, &samples, size->chart, rows);
	if (size->times)
		add_times(c, &samples, rows);
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
