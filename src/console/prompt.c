/* prompt.c - draws what is typed, and the preview of what Enter would send.
 *
 * The row with the cursor is composed for every key, the preview at most 30 times a second.
 */
#include "base/mem.h"
#include "console/console_private.h"

#include "base/number.h"
#include "base/text.h"
#include "console/lines.h"
#include <stdio.h>
#include <stdlib.h>

enum { PREVIEWS_PER_SECOND = 30 };
enum { PREVIEW_FROM = 5, ROWS_FROM = 10, ROWS_MOST = 3 }; /* rows of the window; of the preview */

/* ---- the preview ---- */

static void add_bytes(struct console *c, struct slice wire, const char *more, struct styled *row)
{
	char count[64];
	const char *hint = shell_hint(c->shell, false);
	struct bytes hex;
	size_t width = terminal_columns(c->terminal);
	int tail =
		snprintf(count, sizeof count, "  %zu byte%s%s", wire.len, plural(wire.len), more);
	size_t room = width > (size_t)tail + 8 ? width - (size_t)tail - 8 : 4, fits = room / 3;
	bytes_init(&hex, LIMIT_MESSAGE);
	/* A long command shows its beginning and its end. */
	if (wire.len > fits && fits > 4) {
		text_add_hex(&hex, slice_cut(wire, 0, fits - 4), true);
		bytes_add_str(&hex, " .. ");
		text_add_hex(&hex, slice_cut(wire, wire.len - 3, wire.len), true);
	} else {
		text_add_hex(&hex, wire, true);
	}
	styled_add(row, STYLE_PLAIN, SLICE(" "));
	styled_add(row, STYLE_PAYLOAD, bytes_shown(&hex));
	styled_addf(row, STYLE_DIM, "%s", count);
	if (hint && row->cells + 2 + strlen(hint) <= width)
		styled_addf(row, STYLE_DIM, "; %s", hint);
	bytes_free(&hex);
}

static enum preview compose_preview(struct console *c, struct slice line)
{
	struct bytes wire;
	struct error err = {0};
	struct styled *row = &c->preview;
	enum style wrong;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	styled_clear(row);
	enum preview what = shell_preview(c->shell, line, &wire, &err);
	switch (what) {
	case PREVIEW_BYTES:
		add_bytes(c, bytes_slice(&wire), "", row);
		break;
	case PREVIEW_TELL:
		add_bytes(c, bytes_slice(&wire), ", no reply expected", row);
		break;
	case PREVIEW_AS:
		add_bytes(c, bytes_slice(&wire), ": the last command in this frame", row);
		break;
	case PREVIEW_VERB:
		styled_add(row, STYLE_PLAIN, SLICE(" "));
		styled_add(row, STYLE_DIM, bytes_shown(&wire));
		break;
	case PREVIEW_WRONG:
		wrong = c->refused ? STYLE_WRONG : STYLE_DIM; /* one may not have typed all of it */
		styled_add(row, wrong, SLICE("! "));
		full_add_safe(c, row, wrong, err.what);
		if (err.hint[0]) {
			styled_add(row, STYLE_DIM, SLICE("  "));
			full_add_safe(c, row, STYLE_DIM, err.hint);
		}
		break;
	default:
		break;
	}
	bytes_free(&wire);
	return what;
}

static void compose_empty(struct console *c)
{
	const char *search = console_search_says(c), *own = shell_hint(c->shell, true);
	const char *hint = search ? search : own ? own : tour_says(c);
	styled_clear(&c->preview);
	if (hint)
		styled_addf(&c->preview, STYLE_DIM, " %s", hint);
}

/* ---- the rows of the preview ---- */

static void wrap_preview(struct console *c, struct rows *rows)
{
	styled_add(&rows->line, STYLE_DIM, SLICE(" "));
	rows_words(rows, STYLE_DIM, 1, slice_trim(bytes_slice(&c->preview.text)), NULL);
}

static size_t wrapped_rows(struct console *c, size_t width)
{
	MEM_UNSET struct rows rows;
	rows_init(&rows, width, 0, (size_t)-1, NULL, NULL);
	wrap_preview(c, &rows);
	rows_free(&rows);
	return rows.made;
}

/* Cuts the preview for its rows, and returns their number.  Help of a verb has several where it
 * needs them: it stays while its line is typed.  Others come and go with each key, and have one. */
static size_t fit_preview(struct console *c, enum preview what)
{
	size_t width = terminal_columns(c->terminal), cells = ROWS_MOST * width;
	if (what != PREVIEW_VERB || c->preview.cells <= width || full_height(c) < ROWS_FROM) {
		styled_cut_words(&c->preview, width);
		return 1;
	}
	for (; wrapped_rows(c, width) > ROWS_MOST && cells > width; cells--)
		styled_cut_words(&c->preview, cells);
	return wrapped_rows(c, width);
}

static void set_rows(struct console *c, size_t rows)
{
	c->pane_dirty = c->pane_dirty || rows != c->preview_rows;
	c->preview_rows = rows;
}

void prompt_preview(struct console *c, const wchar_t *line, size_t length, size_t cursor)
{
	struct line_at at = lines_at(line, length, cursor);
	int64_t now = loop_now_fresh(c->loop),
		due = c->previewed_at + NS_PER_S / PREVIEWS_PER_SECOND;
	if (keyrows_are_shown(c)) {
		set_rows(c, 1);
	} else if (at.from == at.to) {
		compose_empty(c); /* at once */
		set_rows(c, fit_preview(c, PREVIEW_NOTHING));
	} else if (now < due) {
		if (!loop_timer_running(&c->preview_timer))
			loop_timer_set(&c->preview_timer, due - now);
	} else if (full_height(c) >= PREVIEW_FROM) {
		char *text = console_utf8(line + at.from, at.to - at.from);
		set_rows(c, fit_preview(c, compose_preview(c, slice_str(text))));
		free(text);
		c->previewed_at = now;
	}
}

struct drawing {
	struct console *c;
	size_t y;
};

static void draw_preview_row(void *arg, const struct styled *row)
{
	struct drawing *d = arg;
	screen_row(d->c->screen, d->y++, row, false);
}

void prompt_paint_preview(struct console *c)
{
	MEM_UNSET struct rows rows;
	struct drawing drawing = {c, full_height(c) - c->input_rows - c->preview_rows};
	if (full_height(c) < PREVIEW_FROM)
		return;
	if (c->preview_rows == 1) {
		screen_row(c->screen, drawing.y, &c->preview, false);
		return;
	}
	rows_init(&rows, terminal_columns(c->terminal), 0, c->preview_rows, draw_preview_row,
		&drawing);
	wrap_preview(c, &rows);
	rows_free(&rows);
}

/* ---- before the line ---- */

/* Adds the question.  A narrow window cuts it, but never the possible answers. */
static void add_question(const struct console *c, struct bytes *out)
{
	const char *answers = c->question.typed  ? " "
			      : c->question.edit ? " [y/n, e edits] "
						 : " [y/n] ";
	MEM_UNSET struct styled text;
	size_t width = terminal_columns(c->terminal), taken = strlen(answers) + 1;
	styled_init(&text);
	styled_add(&text, STYLE_PLAIN, slice_str(c->question.text));
	styled_cut(&text, width > taken ? width - taken : 0);
	bytes_add(out, bytes_slice(&text.text));
	bytes_add_str(out, answers);
	if (c->question.shown)
		text_add(out, bytes_slice(&c->secret), TEXT_PLAIN | text_charset(c->ui.utf8));
	styled_free(&text);
}

/* Adds the shell's prompt, and in it the mode of vi's keys: at its end, which is always seen. Where
 * nothing may move the cursor, each change would be another row. */
static void add_prompt(struct console *c, struct bytes *out)
{
	struct slice prompt = slice_str(shell_prompt(c->shell));
	size_t end = prompt.len;
	bytes_add(out, prompt);
	if (!editor_is_vi(c->editor) || terminal_can(c->terminal)->still)
		return;
	while (end && (prompt.at[end - 1] == ' ' || prompt.at[end - 1] == '>'))
		end--;
	out->len -= prompt.len - end;
	bytes_addf(out, " (%s)%.*s", editor_commands(c->editor) ? "cmd" : "ins",
		SLICE_ARG(slice_cut(prompt, end, prompt.len)));
}

void console_prompt(struct console *c, struct bytes *out)
{
	if (c->question.text) {
		add_question(c, out);
	} else if (c->over == TYPING_SEARCH) {
		console_search_prompt(c, out);
	} else {
		add_prompt(c, out);
	}
}

/* ---- the input ---- */

/* Composes the row of a line.  That with the cursor is in c->painted, which knows how far it is
 * scrolled. */
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
	MEM_UNSET struct styled row;
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
	struct bytes spelled, more;
	bytes_init(&spelled, TEXT_MOST * LIMIT_LINE);
	bytes_init(&more, LIMIT_LINE * TEXT_MOST);
	console_spell(console_suggestion(c, text, length, cursor), &spelled); /* as it is taken */
	text_add(&more, bytes_slice(&spelled), TEXT_PLAIN | text_charset(c->ui.utf8));
	styled_add(row, STYLE_SUGGESTION, bytes_shown(&more));
	bytes_free(&more);
	bytes_free(&spelled);
}

/* Paints the line with the cursor, or a question in its place. */
static void paint_this_line(struct console *c, size_t y, const wchar_t *text, size_t length,
	size_t cursor, struct line_at at)
{
	struct row next;
	MEM_UNSET struct styled row;
	size_t width = terminal_columns(c->terminal);
	row_init(&next);
	styled_init(&row);
	next.offset = c->painted.offset;
	if (c->question.text) {
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

void prompt_paint(struct console *c, const wchar_t *text, size_t length, size_t cursor)
{
	struct line_at at = lines_at(text, length, cursor);
	size_t rows = c->input_rows, count = lines_count(text, length);
	/* The cursor's line is in sight, with as many lines after it as before it. */
	size_t first = at.number > rows / 2 ? at.number - rows / 2 : 0;
	if (first + rows > count)
		first = count - rows;
	for (size_t i = 0; i < rows; i++)
		if (first + i != at.number)
			paint_other_line(c, full_height(c) - rows + i, text,
				lines_nth(text, length, first + i));
	paint_this_line(c, full_height(c) - rows + at.number - first, text, length, cursor, at);
}

void prompt_size(struct console *c, const wchar_t *text, size_t length)
{
	size_t most = full_height(c) / 3;
	size_t rows = keyrows_are_shown(c) ? 1 : lines_count(text, length);
	if (rows > most)
		rows = most ? most : 1;
	if (rows != c->input_rows)
		c->pane_dirty = true;
	c->input_rows = rows;
}
