/* paint.c - the shell's lines above the prompt, and the row that is typed on.
 *
 * Each paint is one write, so that nothing is torn.
 */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

enum { PAINTS_PER_SECOND = 30, PAINTS_AT_ONCE = 4 };
enum { STILL_COLUMNS = 1000 };      /* of a row that the terminal breaks by itself */
enum { PRINTED_ROWS = 128 * 1024 }; /* most rows of a part of an exchange: more than OUTPUT_MAX */

static void paint_print_row(struct console *c, const struct styled *row, bool asked);

static void print_unasked(void *arg, const struct styled *row)
{
	paint_print_row(arg, row, false);
}

/* ---- painting ---- */

void console_paint_row(
	struct console *c, const wchar_t *line, size_t length, size_t cursor, struct bytes *out)
{
	struct row next;
	const struct terminal_can *can = terminal_can(c->terminal);
	row_init(&next);
	next.offset = c->painted.offset;
	struct bytes prompt;
	bytes_init(&prompt, LIMIT_MESSAGE);
	console_prompt(c, &prompt);
	row_compose(&next, bytes_slice(&prompt), line, length, cursor,
		can->still ? STILL_COLUMNS : terminal_columns(c->terminal), c->ui.utf8);
	bytes_free(&prompt);
	if (can->still)
		row_print(&c->painted, &next, out);
	else
		row_paint(&c->painted, &next, can->clear_eol, out);
	row_free(&c->painted);
	c->painted = next;
}

/* Paints what the current device waits for in the place of a prompt with nothing behind it; where
 * nothing may move the cursor, there is neither. */
static bool paint_waiting(struct console *c, struct bytes *out)
{
	struct row next;
	MEM_UNSET struct styled line;
	if (terminal_can(c->terminal)->still)
		return waiting_for_reply(c);
	styled_init(&line);
	bool waits = waiting_line(c, &line);
	if (waits) {
		row_init(&next);
		bytes_add(&next.text, bytes_slice(&line.text));
		next.cells = next.cursor = line.cells;
		row_paint(&c->painted, &next, terminal_can(c->terminal)->clear_eol, out);
		row_free(&c->painted);
		c->painted = next;
	}
	styled_free(&line);
	return waits;
}

/* Says whether an entry is one that came unasked, and is shown. */
static bool is_unasked(struct console *c, size_t i)
{
	return !c->record.at[i].command && pane_shows(&c->pane, i);
}

/* Makes lines of what came unasked since the last paint: of the newest of it, as much as a paint
 * may show.  To make all of them would take longer than all else in a flood. */
static void spell_unasked(struct console *c)
{
	size_t first = record_index(&c->record, c->unspelled_at), end = c->record.count;
	size_t i = end, bytes = 0, count = 0, skipped;
	while (i > first && bytes < UNASKED_MAX)
		if (is_unasked(c, --i)) {
			bytes += c->record.at[i].exchange->held;
			count++;
		}
	skipped = c->unspelled > count ? c->unspelled - count : 0;
	c->unspelled = 0;
	if (skipped)
		bytes_addf(&c->output, "- %zu frame%s not shown: they came too fast\r\n", skipped,
			skipped == 1 ? " is" : "s are");
	for (; i < end; i++)
		if (is_unasked(c, i))
			pane_list(&c->pane, i, PRINTED_ROWS, print_unasked, c);
}

/* Adds what came unasked: the newest lines, and how many there were before them. */
static void end_unasked(struct console *c)
{
	if (c->unspelled)
		spell_unasked(c);
	if (c->dropped)
		bytes_addf(&c->output, "- %zu lines are not shown: they came too fast\r\n",
			c->dropped);
	bytes_add(&c->output, bytes_slice(&c->unasked));
	bytes_clear(&c->unasked);
	c->dropped = 0;
}

static void drop_oldest(struct console *c)
{
	struct slice rest = bytes_slice(&c->unasked), line;
	while (rest.len > UNASKED_MAX / 2 && slice_line(&rest, &line))
		c->dropped++;
	bytes_drop(&c->unasked, c->unasked.len - rest.len);
}

static void add_unasked(struct console *c, struct slice line)
{
	if (c->unasked.len + line.len > UNASKED_MAX)
		drop_oldest(c);
	if (!bytes_add(&c->unasked, line))
		c->dropped++;
}

static void add_asked(struct console *c, struct slice line)
{
	if (c->output.len + c->unasked.len + line.len > OUTPUT_MAX) {
		c->dropped++;
		return;
	}
	end_unasked(c);
	bytes_add(&c->output, line);
}

/* Adds what came since the last paint, above the prompt. */
void console_paint_output(struct console *c, struct bytes *out)
{
	end_unasked(c);
	if (!c->output.len)
		return;
	const struct terminal_can *can = terminal_can(c->terminal);
	if (can->still)
		bytes_add_str(out, c->painted.cells ? "\r\n" : "");
	else
		row_erase(&c->painted, can->clear_eol, out);
	row_free(&c->painted);
	bytes_add(out, bytes_slice(&c->output));
	bytes_free(&c->output);
}

void console_paint(struct console *c)
{
	struct bytes out;
	const wchar_t *line;
	size_t length, cursor;
	if (c->screen) {
		full_paint(c);
		return;
	}
	if (terminal_busy(c->terminal))
		return; /* on_drained() comes back here */
	bytes_init(&out, PAINT_MAX);
	editor_now(c->editor, &line, &length, &cursor);
	console_paint_output(c, &out);
	if (length || console_mode(c) != TYPING_LINE || !paint_waiting(c, &out))
		console_paint_row(c, line, length, cursor, &out);
	if (out.len)
		terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	loop_timer_stop(&c->paint_timer);
	c->dirty = false;
}

void console_on_paint_time(void *arg)
{
	struct console *c = arg;
	c->dirty = true;
}

/* Paints a device's output at once while it comes now and then, because a reply to a command must
 * not wait.  In a flood output is gathered: a few paints at once, then so many a second. */
void console_paint_later(struct console *c)
{
	const int64_t each = NS_PER_S / PAINTS_PER_SECOND, most = PAINTS_AT_ONCE * each;
	if (c->dirty || loop_timer_running(&c->paint_timer))
		return;
	int64_t now = loop_now_fresh(c->loop);
	c->paint_credit += now - c->credited_at;
	c->credited_at = now;
	if (c->paint_credit > most)
		c->paint_credit = most;
	if (c->paint_credit >= each)
		c->dirty = true;
	else
		loop_timer_set(&c->paint_timer, each - c->paint_credit);
	c->paint_credit -= each;
}

/* ---- the shell's screen ---- */

static const char *colour_of(const struct terminal_can *can, enum style style)
{
	switch (style) {
	case STYLE_WRONG:
		return can->red;
	case STYLE_EVENT:
		return can->magenta;
	case STYLE_DIM:
		return can->dim;
	case STYLE_SENT:
	case STYLE_PAYLOAD:
		return can->bold;
	default:
		return can->marks[style];
	}
}

/* Adds text, which should be safe already; this is the second line of defence. */
static void add_text(struct console *c, enum style style, struct slice text, struct bytes *line)
{
	const struct terminal_can *can = terminal_can(c->terminal);
	const char *colour = can->normal[0] ? colour_of(can, style) : "";
	bytes_add_str(line, colour);
	text_add(line, text, TEXT_PLAIN | ui_spelling(&c->ui));
	bytes_add_str(line, *colour ? can->normal : "");
}

void console_print(struct ui *ui, enum ui_kind kind, struct slice text)
{
	static const enum style styles[] = {
		[UI_OUTPUT] = STYLE_PLAIN, [UI_NOTE] = STYLE_DIM, [UI_ERROR] = STYLE_WRONG};
	static const char *const marks[] = {[UI_OUTPUT] = "", [UI_NOTE] = "- ", [UI_ERROR] = "! "};
	struct console *c = (struct console *)ui;
	struct bytes marked, line;
	bytes_init(&marked, text.len + 2);
	bytes_init(&line, text.len * TEXT_MOST + LIMIT_MESSAGE);
	bytes_add_str(&marked, marks[kind]);
	bytes_add(&marked, text);
	add_text(c, styles[kind], bytes_slice(&marked), &line);
	bytes_add_str(&line, "\r\n");
	add_asked(c, bytes_slice(&line));
	bytes_free(&marked);
	bytes_free(&line);
	console_paint_later(c);
}

static void paint_print_row(struct console *c, const struct styled *row, bool asked)
{
	struct bytes line;
	bytes_init(&line, row->text.len * TEXT_MOST + LIMIT_MESSAGE);
	for (const struct run *r = row->runs; r < row->runs + row->run_count; r++)
		add_text(c, r->style, slice_cut(bytes_slice(&row->text), r->from, r->from + r->len),
			&line);
	bytes_add_str(&line, "\r\n");
	if (asked)
		add_asked(c, bytes_slice(&line));
	else
		add_unasked(c, bytes_slice(&line));
	bytes_free(&line);
	console_paint_later(c);
}

static void paint_on_row(struct ui *ui, const struct styled *row)
{
	paint_print_row((struct console *)ui, row, true);
}

static void print_asked(void *arg, const struct styled *row)
{
	paint_print_row(arg, row, true);
}

/* Prints the rows that a window would draw. */
static void paint_on_exchange(
	struct ui *ui, const struct session *s, const struct exchange *x, bool labelled)
{
	struct console *c = (struct console *)ui;
	(void)labelled;
	alarm_hear(c, s, x);
	c->commands += x->command;
	if (x->command || c->quitting) {
		end_unasked(c); /* what came before stands above */
		pane_list(&c->pane, record_index(&c->record, c->record.newest), PRINTED_ROWS,
			print_asked, c);
		return;
	}
	if (!c->unspelled++)
		c->unspelled_at = c->record.newest;
	console_paint_later(c);
}

static void paint_on_refresh(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	console_paint_later(c);
}

static void paint_on_quit(struct ui *ui, int status)
{
	struct console *c = (struct console *)ui;
	(void)status;
	c->quitting = true;
}

const struct ui_ops console_ops = {.line = console_print,
	.row = paint_on_row,
	.exchange = paint_on_exchange,
	CONSOLE_OPERATIONS,
	.refresh = paint_on_refresh,
	.quit = paint_on_quit};
