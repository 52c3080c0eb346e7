/* full.c - the split screen.
 *
 *   bar         open devices                           from 6 rows on
 *   watches     numbers and their charts, at most a third of the rest
 *   transcript  the pane
 *   status      address, frame, state, times, view     from 4 rows on
 *   preview     the bytes that Enter would send        from 5 rows on
 *   input       the row that is typed on; of several lines at most a third of the window
 *
 * After a key only the input row is composed, and the preview at most 30 times a second; the others
 * when something happened.  ncurses sends what differs.
 */
#include "console/console_private.h"

#include "base/number.h"
#include "base/text.h"
#include "console/sheet.h"

/* In fewer than NARROW cells only the bar and the prompt say where the device is. */
enum { NARROW = 60 };

size_t full_height(const struct console *c)
{
	return terminal_rows(c->terminal);
}

bool full_is_narrow(const struct console *c)
{
	return terminal_columns(c->terminal) < NARROW;
}

bool full_has_bar(const struct console *c)
{
	return full_height(c) >= 6;
}

/* Returns the number of rows below the pane. */
size_t full_below(struct console *c)
{
	size_t height = full_height(c);
	return c->input_rows + (height >= 5 ? 1 + c->preview_rows : height == 4) +
	       status_said_rows(c);
}

void full_add_safe(struct console *c, struct styled *row, enum style style, const char *text)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, slice_str(text), TEXT_PLAIN | text_charset(c->ui.utf8));
	styled_add(row, style, bytes_shown(&safe));
	bytes_free(&safe);
}

static void size_pane(struct console *c)
{
	size_t at = full_has_bar(c) + panel_rows(c), taken = full_below(c) + at;
	if (at != c->pane_at)
		pane_again(&c->pane);
	c->pane_at = at;
	pane_size(&c->pane, terminal_columns(c->terminal),
		full_height(c) > taken ? full_height(c) - taken : 1);
}

void full_line_over(struct console *c)
{
	c->preview_rows = 1;
	if (c->screen)
		size_pane(c);
}

/* ---- the transcript ---- */

static void full_draw_row(void *arg, size_t y, const struct styled *row, bool selected)
{
	struct console *c = arg;
	if (y + c->sheet_rows < c->pane.height)
		screen_row(c->screen, y + full_has_bar(c) + panel_rows(c), row, selected);
}

static void draw_scroll(void *arg, long rows)
{
	struct console *c = arg;
	screen_scroll(c->screen, full_has_bar(c) + panel_rows(c), c->pane.height, rows);
}

/* Draws the pane, as far as no sheet covers it.  Covered rows cannot be moved into sight. */
static void paint_pane(struct console *c)
{
	size_t covered = sheet_measure(c);
	const struct pane_drawer drawer = {
		.row = full_draw_row, .scroll = covered ? NULL : draw_scroll};
	if (covered != c->sheet_rows)
		pane_again(&c->pane);
	c->sheet_rows = covered;
	pane_draw(&c->pane, &drawer, c);
	sheet_paint(c);
}

/* Says whether the screen shows a number of seconds that changes. */
static bool counts_seconds(const struct console *c)
{
	const struct session *s = console_current(c);
	return waiting_counts(c) || shell_waits_until(c->shell) ||
	       (s && session_state(s) == SESSION_CONNECTING &&
		       !address_listens(session_address(s)));
}

/* Has times painted again when they change: seconds, or how long a line has been up. */
static void set_clock(struct console *c)
{
	int64_t changes = status_changes_in(c);
	if (counts_seconds(c))
		loop_timer_set(&c->clock_timer, waiting_clock(c));
	else if (changes && !loop_timer_running(&c->clock_timer))
		loop_timer_set(&c->clock_timer, changes);
}

/* The time that a line is up stands in the status row alone. */
void full_on_clock(void *arg)
{
	struct console *c = arg;
	c->dirty = c->ticked = true;
	c->pane_dirty = c->pane_dirty || counts_seconds(c);
}

void full_paint(struct console *c)
{
	struct bytes out;
	const wchar_t *line;
	size_t length, cursor;
	if (terminal_busy(c->terminal))
		return; /* on_drained() comes back here */
	if (c->term_screen) {
		console_term_paint(c);
		return;
	}
	bytes_init(&out, OUTPUT_MAX);
	terminal_mouse(c->terminal, shell_uses_mouse(c->shell) && !c->mouse_lent);
	editor_now(c->editor, &line, &length, &cursor);
	prompt_size(c, line, length);
	prompt_preview(c, line, length, cursor);
	if (c->pane_dirty) {
		size_pane(c);
		waiting_take(c);
		set_clock(c);
		panel_paint(c);
		if (full_has_bar(c))
			status_paint_bar(c);
		paint_pane(c);
		status_paint(c);
	} else if (c->ticked) {
		set_clock(c);
		status_paint(c);
	}
	if (keyrows_are_shown(c)) {
		keyrows_paint(c);
	} else {
		prompt_paint_preview(c);
		prompt_paint(c, line, length, cursor);
	}
	screen_paint(c->screen, &out);
	if (out.len)
		terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	c->dirty = c->pane_dirty = c->ticked = false;
}

/* ---- the shell's screen ---- */

static struct console *changed(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	console_paint_later(c);
	return c;
}

static void full_on_line(struct ui *ui, enum ui_kind kind, struct slice text)
{
	static const enum entry_kind kinds[] = {
		[UI_OUTPUT] = ENTRY_OUTPUT, [UI_NOTE] = ENTRY_NOTE, [UI_ERROR] = ENTRY_ERROR};
	struct console *c = changed(ui);
	if (c->term_screen) /* the transcript is not seen */
		console_say(c, "%.*s", SLICE_ARG(text));
	if (!(kind == UI_OUTPUT && sheet_text_take(c, text)) && !viewing_line(c, kind, text))
		record_text(&c->record, kinds[kind], text);
}

static void full_on_exchange(
	struct ui *ui, const struct session *s, const struct exchange *x, bool labelled)
{
	struct console *c = changed(ui);
	(void)labelled;
	alarm_hear(c, s, x);
	c->commands += x->command;
	/* Somebody waits for this reply. */
	if (x->command && !shell_queued(c->shell))
		c->dirty = true;
}

static void on_say(struct ui *ui, struct slice text)
{
	console_say(changed(ui), "%.*s", SLICE_ARG(text));
}

static void full_on_refresh(struct ui *ui)
{
	changed(ui);
}

static void full_on_quit(struct ui *ui, int status)
{
	(void)status;
	changed(ui)->quitting = true;
}

const struct ui_ops full_ops = {.line = full_on_line,
	.exchange = full_on_exchange,
	.say = on_say,
	.find = console_find_line,
	.moved = console_moved,
	.stream = viewing_stream,
	.sheet = sheet_text_line,
	.item = sheet_text_item,
	.brief = keyrows_brief,
	.term = console_term,
	.choose = sheet_choices,
	CONSOLE_OPERATIONS,
	.refresh = full_on_refresh,
	.quit = full_on_quit};

/* ---- beginning and end ---- */

bool full_open(struct console *c, struct error *err)
{
	c->screen = screen_open(terminal_can(c->terminal)->name, terminal_columns(c->terminal),
		full_height(c), c->ui.utf8, terminal_can(c->terminal)->colours, err);
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

static void count_row(void *arg, const struct styled *row)
{
	size_t *rows = arg;
	(void)row;
	++*rows;
}

static void print_left(void *arg, const struct styled *row)
{
	struct console *c = arg;
	console_ops.row(&c->ui, row);
}

void full_leave_rows(struct console *c)
{
	size_t first = c->record.count, rows = 0, height = full_height(c);
	while (first > 0 && rows < height)
		if (pane_shows(&c->pane, --first))
			pane_list(&c->pane, first, height, count_row, &rows);
	for (; first < c->record.count; first++)
		if (pane_shows(&c->pane, first))
			pane_list(&c->pane, first, height, print_left, c);
}

void full_leave(struct console *c)
{
	write_all(c, screen_rest);
}

void full_resize(struct console *c)
{
	screen_size(c->screen, terminal_columns(c->terminal), full_height(c));
	if (c->term_screen)
		console_term_resize(c);
	pane_again(&c->pane);
	c->pane_dirty = true;
	c->previewed_at = 0;
}
