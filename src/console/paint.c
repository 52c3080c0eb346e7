/* paint.c - the shell's lines above the prompt, and the row that is typed on.
 *
 * Everything of one paint goes out in one write, so that nothing is torn.
 */
#include "console/console_private.h"

#include "base/number.h"
#include "base/text.h"

enum { PAINTS_PER_SECOND = 30, PAINTS_AT_ONCE = 4 };

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
		terminal_columns(c->terminal), c->ui.utf8);
	bytes_free(&prompt);
	row_paint(&c->painted, &next, can->clear_eol, out);
	row_free(&c->painted);
	c->painted = next;
}

/* Of what came unasked the newest lines are kept, and how many there were before them is said. */
static void end_unasked(struct console *c)
{
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

/* What a device said since the last time, above the prompt. */
void console_paint_output(struct console *c, struct bytes *out)
{
	end_unasked(c);
	if (!c->output.len)
		return;
	row_erase(&c->painted, terminal_can(c->terminal)->clear_eol, out);
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
		return; /* on_drained comes back here */
	bytes_init(&out, PAINT_MAX);
	editor_now(c->editor, &line, &length, &cursor);
	console_paint_output(c, &out);
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

/* A device's output is painted at once while it comes now and then: a reply behind its command is
 * not to wait.  In a flood it is gathered: a few paints at once, then so many a second. */
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

static const char *mark_of(enum ui_kind kind)
{
	static const char *const marks[] = {[UI_REPLY] = "< ",
		[UI_UNSOLICITED] = "* ",
		[UI_OUTPUT] = "",
		[UI_NOTE] = "- ",
		[UI_ERROR] = "! "};
	return marks[kind];
}

static const char *colour_of(const struct terminal_can *can, enum ui_kind kind)
{
	switch (kind) {
	case UI_ERROR:
		return can->red;
	case UI_UNSOLICITED:
		return can->yellow;
	case UI_NOTE:
		return can->dim;
	default:
		return "";
	}
}

/* The detail stands at the right edge where it fits, two cells from the text. */
static void add_detail(struct console *c, size_t used, struct slice detail, struct bytes *line)
{
	const struct terminal_can *can = terminal_can(c->terminal);
	size_t columns = terminal_columns(c->terminal), cells = text_cells(detail);
	if (!detail.len)
		return;
	size_t gap = used + 2 + cells < columns ? columns - 1 - used - cells : 2;
	bytes_addf(line, "%*s%s", (int)gap, "", can->normal[0] ? can->dim : "");
	text_add(line, detail, TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	bytes_add_str(line, can->dim[0] ? can->normal : "");
}

void console_print(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail)
{
	struct console *c = (struct console *)ui;
	const struct terminal_can *can = terminal_can(c->terminal);
	const char *colour = colour_of(can, kind), *mark = mark_of(kind);
	struct bytes line;
	bytes_init(&line, text.len * 10 + 2 * LIMIT_MESSAGE);
	bytes_addf(&line, "%s%s", colour, mark);
	/* The text is safe already; this is the second line of defence. */
	size_t before = line.len;
	text_add(&line, text, TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	size_t used = strlen(mark) + text_cells(slice_cut(bytes_slice(&line), before, line.len));
	bytes_add_str(&line, *colour ? can->normal : "");
	add_detail(c, used, detail, &line);
	bytes_add_str(&line, "\r\n");
	if (kind == UI_UNSOLICITED)
		add_unasked(c, bytes_slice(&line));
	else
		add_asked(c, bytes_slice(&line));
	bytes_free(&line);
	console_paint_later(c);
}

static void on_refresh(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	console_paint_later(c);
}

static void on_quit(struct ui *ui, int status)
{
	struct console *c = (struct console *)ui;
	(void)status;
	c->quitting = true;
}

const struct ui_ops console_ops = {.line = console_print,
	.screen = console_screen_verb,
	.action = action_name,
	.refresh = on_refresh,
	.quit = on_quit};
