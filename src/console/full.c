/* full.c - the split screen.
 *
 *   bar         open devices                           from 6 rows on
 *   watches     numbers and their charts, at most a third of the rest
 *   transcript  the pane
 *   status      address, frame, state, times, view     from 4 rows on
 *   preview     the bytes that Enter would send        from 5 rows on
 *   input       the row that is typed on; of several lines at most a third of the window
 *
 * For a key only the input row is composed, and the preview at most 30 times a second; the rest
 * when something happened.  ncurses sends what differs.
 */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "console/lines.h"
#include "pane/chart.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* In less than NARROW cells the bar and the prompt alone say where the device is. */
enum {
	PREVIEWS_PER_SECOND = 30,
	STATUS_MIN = 20,
	NARROW = 60,
	SPAN_MAX = DURATION_TEXT_MAX + 16,
	HIDDEN_MAX = 48
};

static size_t height(const struct console *c)
{
	return terminal_rows(c->terminal);
}

static bool is_narrow(const struct console *c)
{
	return terminal_columns(c->terminal) < NARROW;
}

static bool has_bar(const struct console *c)
{
	return height(c) >= 6;
}

/* Rows below the pane. */
static size_t below(const struct console *c)
{
	return c->input_rows + (height(c) >= 5 ? 2 : height(c) == 4);
}

/* ---- watches ---- */

struct panel_size {
	size_t watches, chart; /* how many are shown, rows of each chart */
	size_t hidden;
};

/* Charts are as tall as the window allows, and less so before a watch finds no place. */
static struct panel_size panel_size(const struct console *c)
{
	size_t count = 0, most = height(c) / 3;
	size_t others = has_bar(c) + below(c) + 1; /* and a row of the transcript */
	size_t chart = height(c) >= 30 ? 3 : height(c) >= 16 ? 2 : height(c) >= 12 ? 1 : 0;
	most = height(c) < others ? 0 : height(c) - others < most ? height(c) - others : most;
	while (shell_watch(c->shell, count))
		count++;
	while (chart && count * (1 + chart) > most)
		chart--;
	size_t shown = count < most ? count : most;
	return (struct panel_size){shown, chart, count - shown};
}

static size_t watch_rows(const struct console *c)
{
	struct panel_size size = panel_size(c);
	return size.watches * (1 + size.chart);
}

static enum chart_kind chart_kind(const struct console *c)
{
	const char *term = getenv("TERM");
	if (!c->ui.utf8)
		return CHART_ASCII;
	/* The Linux console's fonts have blocks, but no braille. */
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

/* As many words as fit whole. */
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

/* The last samples, as many as a chart has room for. */
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
	double *values = mem_grow(NULL, s->count + 1, sizeof *values), least = NAN, most = NAN;
	for (size_t i = 0; i < s->count; i++) {
		double value = values[i] = s->at[i].value;
		if (isnan(value))
			continue;
		least = value < least || isnan(least) ? value : least;
		most = value > most || isnan(most) ? value : most;
	}
	chart_rows(chart_kind(c), values, s->count, least, most, height, rows);
	free(values);
}

/* Said of the chart: the numbers beside it are of all ever taken. */
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

/* In the last row, at its end: there are more. */
static void hidden_text(const struct panel_size *size, size_t width, char out[HIDDEN_MAX])
{
	out[0] = 0;
	if (size->hidden)
		snprintf(out, HIDDEN_MAX, "  +%zu more: .watch%s", size->hidden,
			width < 60 ? "" : " lists them");
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

static void paint_watches(struct console *c)
{
	struct panel_size size = panel_size(c);
	struct panel panel = {c, has_bar(c)};
	struct rows rows;
	rows_init(&rows, terminal_columns(c->terminal), 0, (size_t)-1, panel_row, &panel);
	for (size_t i = 0; i < size.watches; i++)
		paint_watch(c, i, &size, &rows);
	rows_free(&rows);
}

static void size_pane(struct console *c)
{
	size_t at = has_bar(c) + watch_rows(c), taken = below(c) + at;
	if (at != c->pane_at)
		pane_again(&c->pane);
	c->pane_at = at;
	pane_size(
		&c->pane, terminal_columns(c->terminal), height(c) > taken ? height(c) - taken : 1);
}

/* ---- the bar ---- */

static void add_safe(struct console *c, struct styled *row, enum style style, const char *text)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, slice_str(text), TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	styled_add(row, style, bytes_slice(&safe));
	bytes_free(&safe);
}

/* " 1 pump1  2 scope*  3 plc": the star says that something came. */
static void add_device(struct console *c, const struct shell_device *d, struct styled *row)
{
	enum style style = d->current ? STYLE_CURRENT : STYLE_BAR;
	styled_addf(row, style, " %u ", d->number);
	add_safe(c, row, style, session_name(d->session));
	styled_addf(row, style, "%s", d->unseen ? "* " : " ");
}

/* The devices from `first` on, up to the current one, or all behind it too. */
static void add_devices(struct console *c, size_t first, bool all, struct styled *row)
{
	struct shell_device d;
	bool seen = false;
	styled_add(row, STYLE_BAR, first ? SLICE("<") : SLICE(""));
	for (size_t i = first; (all || !seen) && shell_device(c->shell, i, &d); i++) {
		add_device(c, &d, row);
		seen = d.current;
	}
}

/* Where there is no room for all, the first ones go, so that the current one is in sight. */
static void paint_bar(struct console *c)
{
	struct styled row;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal), first = 0;
	styled_init(&row);
	for (add_devices(c, 0, false, &row);
		row.cells > width && shell_device(c->shell, first, &d) && !d.current;) {
		styled_clear(&row);
		add_devices(c, ++first, false, &row);
	}
	styled_clear(&row);
	add_devices(c, first, true, &row);
	if (!row.cells)
		styled_add(&row, STYLE_BAR, SLICE(" wilco"));
	static const char hint[] = "F1 help  Ctrl-O browse ";
	if (row.cells + sizeof hint < width) {
		styled_pad(&row, STYLE_BAR, width - sizeof hint + 1);
		styled_addf(&row, STYLE_BAR, "%s", hint);
	}
	styled_pad(&row, STYLE_BAR, width);
	styled_cut(&row, width);
	screen_row(c->screen, 0, &row, false);
	styled_free(&row);
}

/* ---- the status ---- */

static const char *state_name(const struct session *s)
{
	static const char *const names[] = {[SESSION_CLOSED] = "closed",
		[SESSION_CONNECTING] = "connecting",
		[SESSION_OPEN] = "open",
		[SESSION_RETRYING] = "down"};
	enum session_state state = session_state(s);
	bool called = state == SESSION_CONNECTING && address_listens(session_address(s));
	return called ? "waits for its call" : names[state];
}

/* The time of day, so many ns from now. */
static void add_time(struct styled *row, enum style style, int64_t ns)
{
	struct tm tm;
	time_t then = time(NULL) + (time_t)(ns / NS_PER_S);
	localtime_r(&then, &tm);
	styled_addf(row, style, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* With how long it takes; a device that is down is tried again at a time that stands still, so that
 * nothing has to be painted meanwhile. */
static void add_state(struct console *c, const struct session *s, struct styled *row)
{
	enum session_state state = session_state(s);
	enum style style =
		state == SESSION_OPEN || state == SESSION_CLOSED ? STYLE_DIM : STYLE_EVENT;
	int64_t now = loop_now_fresh(c->loop), seconds = (now - session_since(s)) / NS_PER_S;
	int64_t left = session_retry_at(s) - now;
	styled_addf(row, style, " %s", state_name(s));
	if (state == SESSION_CONNECTING && seconds > 0 && !address_listens(session_address(s)))
		styled_addf(row, style, " %d s", (int)seconds);
	if (state == SESSION_RETRYING && left > NS_PER_S) {
		styled_add(row, style, SLICE(", again "));
		add_time(row, style, left);
	}
	styled_add(row, style, SLICE("  "));
}

static void add_session(struct console *c, const struct session *s, struct styled *row)
{
	char time[DURATION_TEXT_MAX];
	struct bytes place;
	enum session_state state = session_state(s);
	int64_t since = session_opened_at(s), rtt = session_rtt(s);
	bytes_init(&place, LIMIT_MESSAGE);
	address_place(session_address(s), &place);
	/* First what changes: the rest is cut where there is no room. */
	add_state(c, s, row);
	if (!is_narrow(c)) {
		add_safe(c, row, STYLE_DIM, bytes_str(&place));
		styled_add(row, STYLE_DIM, SLICE("  "));
	}
	add_safe(c, row, STYLE_DIM, frame_name(session_frame(s)));
	int64_t minutes = (loop_now_fresh(c->loop) - since) / (60 * (int64_t)NS_PER_S);
	if (since && state == SESSION_OPEN && !is_narrow(c))
		styled_addf(
			row, STYLE_DIM, "  up %02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
	if (rtt >= 0)
		styled_addf(row, STYLE_DIM, "  %s", duration_text(rtt, time));
	bytes_free(&place);
}

static void add_activity(struct console *c, struct styled *row)
{
	size_t lines = shell_queued(c->shell);
	int64_t waits = shell_waits_until(c->shell) - loop_now_fresh(c->loop);
	struct bytes progress;
	bytes_init(&progress, LIMIT_MESSAGE);
	if (c->message.len)
		styled_add(row, STYLE_CURRENT, bytes_slice(&c->message));
	else if (shell_progress(c->shell, &progress))
		add_safe(c, row, STYLE_EVENT, bytes_str(&progress));
	else if (waits > 0)
		styled_addf(row, STYLE_EVENT, ".wait: %d s more: Ctrl-C ends it",
			(int)((waits + NS_PER_S - 1) / NS_PER_S));
	else if (lines)
		styled_addf(row, STYLE_EVENT, "%zu line%s wait%s: Ctrl-C forgets them", lines,
			lines == 1 ? "" : "s", lines == 1 ? "s" : "");
	else if (console_browses(c))
		styled_add(row, STYLE_CURRENT, SLICE("browsing: h lists the keys, q leaves"));
	bytes_free(&progress);
}

static void end_status(const struct console *c, struct styled *right)
{
	styled_addf(right, STYLE_DIM, " %s", view_name(NULL, c->pane.look.view));
	if (c->pane.filter != FILTER_NONE)
		styled_addf(right, STYLE_EVENT, "  only %s", filter_name(NULL, c->pane.filter));
	if (!c->pane.follow || !is_narrow(c))
		styled_addf(right, STYLE_DIM, "  %s", c->pane.follow ? "follow" : "held");
	styled_add(right, STYLE_DIM, SLICE(" "));
}

static void paint_status(struct console *c)
{
	struct styled row, right, middle;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	styled_init(&right);
	styled_init(&middle);
	for (size_t i = 0; shell_device(c->shell, i, &d); i++)
		if (d.current)
			add_session(c, d.session, &row);
	end_status(c, &right);
	add_activity(c, &middle);
	if (right.cells + STATUS_MIN > width)
		styled_clear(&right);
	size_t room = width - right.cells;
	/* What was just said is more important than what is there all the time. */
	if (middle.cells) {
		styled_cut(&middle, room > 2 ? room - 2 : room);
		styled_cut(&row, room > middle.cells + 4 ? room - middle.cells - 4 : 0);
		styled_add(&row, STYLE_DIM, SLICE("  "));
		styled_add(&row, middle.runs[0].style, bytes_slice(&middle.text));
	}
	styled_cut(&row, room);
	styled_add(&row, STYLE_DIM, row.cells < room ? SLICE(" ") : SLICE(""));
	for (size_t before = 0; row.cells < room && row.cells != before;) {
		before = row.cells; /* a row has its own limit */
		styled_add(&row, STYLE_DIM, c->ui.utf8 ? SLICE("\u2500") : SLICE("-"));
	}
	styled_add(&row, STYLE_DIM, bytes_slice(&right.text));
	if (below(c) > c->input_rows)
		screen_row(c->screen, height(c) - below(c), &row, false);
	styled_free(&row);
	styled_free(&right);
	styled_free(&middle);
}

/* ---- the preview ---- */

static void add_bytes(struct console *c, struct slice wire, struct styled *row)
{
	char count[32];
	struct bytes hex;
	size_t width = terminal_columns(c->terminal);
	int tail =
		snprintf(count, sizeof count, "  %zu byte%s", wire.len, wire.len == 1 ? "" : "s");
	size_t room = width > (size_t)tail + 8 ? width - (size_t)tail - 8 : 4, fits = room / 3;
	bytes_init(&hex, LIMIT_MESSAGE);
	/* Of a long one the beginning and the end. */
	if (wire.len > fits && fits > 4) {
		text_add_hex(&hex, slice_cut(wire, 0, fits - 4), true);
		bytes_add_str(&hex, " .. ");
		text_add_hex(&hex, slice_cut(wire, wire.len - 3, wire.len), true);
	} else {
		text_add_hex(&hex, wire, true);
	}
	styled_add(row, STYLE_PLAIN, SLICE(" "));
	styled_add(row, STYLE_PAYLOAD, bytes_slice(&hex));
	styled_addf(row, STYLE_DIM, "%s", count);
	bytes_free(&hex);
}

static void compose_preview(struct console *c, struct slice line)
{
	struct bytes wire;
	struct error err = {0};
	struct styled *row = &c->preview;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	styled_clear(row);
	switch (shell_preview(c->shell, line, &wire, &err)) {
	case PREVIEW_BYTES:
		add_bytes(c, bytes_slice(&wire), row);
		break;
	case PREVIEW_VERB:
		styled_add(row, STYLE_PLAIN, SLICE(" "));
		styled_add(row, STYLE_DIM, bytes_slice(&wire));
		break;
	case PREVIEW_WRONG:
		styled_add(row, STYLE_WRONG, SLICE("! "));
		add_safe(c, row, STYLE_WRONG, err.what);
		if (err.hint[0]) {
			styled_add(row, STYLE_DIM, SLICE("  "));
			add_safe(c, row, STYLE_DIM, err.hint);
		}
		break;
	default:
		break;
	}
	styled_cut(row, terminal_columns(c->terminal));
	bytes_free(&wire);
}

/* Of the line in which the cursor is. */
static void paint_preview(struct console *c, const wchar_t *line, size_t length, size_t cursor)
{
	struct line_at at = lines_at(line, length, cursor);
	int64_t now = loop_now_fresh(c->loop),
		due = c->previewed_at + NS_PER_S / PREVIEWS_PER_SECOND;
	if (below(c) < c->input_rows + 2)
		return;
	if (now < due) {
		if (!loop_timer_running(&c->preview_timer))
			loop_timer_set(&c->preview_timer, due - now);
	} else {
		char *text = console_utf8(line + at.from, at.to - at.from);
		compose_preview(c, slice_str(text));
		free(text);
		c->previewed_at = now;
	}
	screen_row(c->screen, height(c) - c->input_rows - 1, &c->preview, false);
}

/* ---- the input ---- */

/* The row of one line; of the one with the cursor, c->painted, which knows how far it is scrolled.
 */
static void compose_line(
	struct console *c, const wchar_t *text, struct line_at at, size_t cursor, struct row *next)
{
	struct bytes prompt;
	bytes_init(&prompt, LIMIT_MESSAGE);
	console_prompt(c, &prompt);
	size_t cells = text_cells(bytes_slice(&prompt));
	if (at.number) {
		bytes_clear(&prompt);
		bytes_addf(&prompt, "%*zu> ", cells > 2 ? (int)cells - 2 : 1, at.number + 1);
	}
	row_compose(next, bytes_slice(&prompt), text + at.from, at.to - at.from, cursor,
		terminal_columns(c->terminal), c->ui.utf8);
	bytes_free(&prompt);
}

static void paint_other_line(struct console *c, size_t y, const wchar_t *text, struct line_at at)
{
	struct row other;
	struct styled row;
	row_init(&other);
	styled_init(&row);
	compose_line(c, text, at, 0, &other);
	styled_add(&row, STYLE_PLAIN, bytes_slice(&other.text));
	screen_row(c->screen, y, &row, false);
	row_free(&other);
	styled_free(&row);
}

static void add_suggestion(
	struct console *c, const wchar_t *text, size_t length, size_t cursor, struct styled *row)
{
	struct bytes more;
	bytes_init(&more, LIMIT_LINE * 10);
	text_add(&more, console_suggestion(c, text, length, cursor),
		TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	styled_add(row, STYLE_SUGGESTION, bytes_slice(&more));
	bytes_free(&more);
}

/* The line with the cursor; a question stands in its place. */
static void paint_this_line(struct console *c, size_t y, const wchar_t *text, size_t length,
	size_t cursor, struct line_at at)
{
	struct row next;
	struct styled row;
	size_t width = terminal_columns(c->terminal);
	row_init(&next);
	styled_init(&row);
	next.offset = c->painted.offset;
	if (c->ask) {
		console_prompt(c, &next.text);
		next.cursor = text_cells(bytes_slice(&next.text));
	} else {
		compose_line(c, text, at, cursor - at.from, &next);
	}
	styled_add(&row, STYLE_PLAIN, bytes_slice(&next.text));
	add_suggestion(c, text, length, cursor, &row);
	styled_cut(&row, width > 1 ? width - 1 : 1);
	screen_row(c->screen, y, &row, false);
	screen_cursor(c->screen, y, next.cursor < width ? next.cursor : width - 1);
	row_free(&c->painted);
	c->painted = next;
	styled_free(&row);
}

static void paint_input(struct console *c, const wchar_t *text, size_t length, size_t cursor)
{
	struct line_at at = lines_at(text, length, cursor);
	size_t rows = c->input_rows, count = lines_count(text, length);
	/* The cursor's line is in sight, and as many behind it as in front. */
	size_t first = at.number > rows / 2 ? at.number - rows / 2 : 0;
	if (first + rows > count)
		first = count - rows;
	for (size_t i = 0; i < rows; i++)
		if (first + i != at.number)
			paint_other_line(
				c, height(c) - rows + i, text, lines_nth(text, length, first + i));
	paint_this_line(c, height(c) - rows + at.number - first, text, length, cursor, at);
}

static void size_input(struct console *c, const wchar_t *text, size_t length)
{
	size_t most = height(c) / 3, rows = lines_count(text, length);
	if (rows > most)
		rows = most ? most : 1;
	if (rows != c->input_rows)
		c->pane_dirty = true;
	c->input_rows = rows;
}

/* ---- the transcript ---- */

static void draw_row(void *arg, size_t y, const struct styled *row, bool selected)
{
	struct console *c = arg;
	screen_row(c->screen, y + has_bar(c) + watch_rows(c), row, selected);
}

static void draw_scroll(void *arg, long rows)
{
	struct console *c = arg;
	screen_scroll(c->screen, has_bar(c) + watch_rows(c), c->pane.height, rows);
}

static const struct pane_drawer drawer = {.row = draw_row, .scroll = draw_scroll};

static void take_waiting(struct console *c)
{
	struct shell_device d;
	struct pane *p = &c->pane;
	size_t devices = 0;
	p->waiting_count = 0;
	for (; shell_device(c->shell, devices, &d); devices++) {
		const struct exchange *x = session_current(d.session);
		if (!x || !x->command || p->waiting_count == PANE_WAITING_MAX ||
			watch_asked(c->shell, d.session, x))
			continue;
		int64_t waited = x->sent_at ? loop_now_fresh(c->loop) - x->sent_at : 0;
		p->waiting[p->waiting_count++] = (struct waiting){d.session, x, waited};
	}
}

/* Whether a number of seconds is on the screen that goes on. */
static bool counts_seconds(const struct console *c)
{
	const struct session *s = console_current(c);
	return c->pane.waiting_count || shell_waits_until(c->shell) ||
	       (s && session_state(s) == SESSION_CONNECTING &&
		       !address_listens(session_address(s)));
}

/* What shows a time is painted again when that has changed: seconds, or the minutes of the up time.
 */
static void set_clock(struct console *c)
{
	const struct session *s = console_current(c);
	if (counts_seconds(c))
		loop_timer_set(&c->clock_timer, NS_PER_S);
	else if (s && session_opened_at(s) && !loop_timer_running(&c->clock_timer))
		loop_timer_set(&c->clock_timer, 60 * (int64_t)NS_PER_S);
}

void full_on_clock(void *arg)
{
	struct console *c = arg;
	c->dirty = c->pane_dirty = true;
}

void full_paint(struct console *c)
{
	struct bytes out;
	const wchar_t *line;
	size_t length, cursor;
	if (terminal_busy(c->terminal))
		return; /* on_drained comes back here */
	bytes_init(&out, OUTPUT_MAX);
	editor_now(c->editor, &line, &length, &cursor);
	size_input(c, line, length);
	if (c->pane_dirty) {
		take_waiting(c);
		set_clock(c);
		size_pane(c);
		paint_watches(c);
		if (has_bar(c))
			paint_bar(c);
		pane_draw(&c->pane, &drawer, c);
		paint_status(c);
	}
	paint_preview(c, line, length, cursor);
	paint_input(c, line, length, cursor);
	screen_paint(c->screen, &out);
	if (out.len)
		terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	c->dirty = c->pane_dirty = false;
}

/* ---- the shell's screen ---- */

static struct console *changed(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	console_paint_later(c);
	return c;
}

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail)
{
	static const enum entry_kind kinds[] = {[UI_REPLY] = ENTRY_OUTPUT,
		[UI_UNSOLICITED] = ENTRY_OUTPUT,
		[UI_OUTPUT] = ENTRY_OUTPUT,
		[UI_NOTE] = ENTRY_NOTE,
		[UI_ERROR] = ENTRY_ERROR};
	(void)detail;
	pane_add_text(&changed(ui)->pane, kinds[kind], text);
}

static void on_exchange(
	struct ui *ui, const struct session *s, const struct exchange *x, bool labelled)
{
	struct console *c = changed(ui);
	(void)labelled;
	(void)s;
	/* Somebody waits for this one. */
	if (x->command && !shell_queued(c->shell))
		c->dirty = true;
}

static void on_say(struct ui *ui, struct slice text)
{
	console_say(changed(ui), "%.*s", SLICE_ARG(text));
}

static void on_refresh(struct ui *ui)
{
	changed(ui);
}

static void on_quit(struct ui *ui, int status)
{
	(void)status;
	changed(ui)->quitting = true;
}

const struct ui_ops full_ops = {.line = on_line,
	.exchange = on_exchange,
	.say = on_say,
	.screen = console_screen_verb,
	.action = action_name,
	.refresh = on_refresh,
	.quit = on_quit};

/* ---- beginning and end ---- */

bool full_open(struct console *c, struct error *err)
{
	c->screen = screen_open(terminal_columns(c->terminal), height(c), c->ui.utf8,
		terminal_can(c->terminal)->colours, err);
	if (!c->screen)
		return false;
	c->ui.ops = &full_ops;
	c->ui.draws = c->ui.window = true;
	c->pane_dirty = true;
	terminal_set_leave(c->terminal, screen_leave(c->screen));
	return true;
}

static void write_all(struct console *c, void (*add)(struct screen *s, struct bytes *out))
{
	struct bytes out;
	bytes_init(&out, OUTPUT_MAX);
	add(c->screen, &out);
	terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
}

void full_close(struct console *c)
{
	if (!c->screen)
		return;
	write_all(c, screen_close);
	terminal_set_leave(c->terminal, "");
	c->screen = NULL;
}

void full_leave(struct console *c)
{
	write_all(c, screen_rest);
}

void full_resize(struct console *c)
{
	screen_size(c->screen, terminal_columns(c->terminal), height(c));
	pane_again(&c->pane);
	c->pane_dirty = true;
	c->previewed_at = 0;
}
