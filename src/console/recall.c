/* recall.c - what the editor asks us for: lines of the history, and words that could follow. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "console/lines.h"
#include <stdlib.h>

/* ---- commands of the editor ---- */

char *console_utf8(const wchar_t *line, size_t length)
{
	struct bytes text;
	uint8_t raw[4];
	bytes_init(&text, length * 4 + 1);
	for (size_t i = 0; i < length; i++)
		if (line[i] == LINE_BREAK)
			bytes_add_byte(&text, '\n');
		else
			bytes_add(&text, slice_of(raw, text_encode((uint32_t)line[i], raw)));
	char *copy = mem_strn(text.at, text.len);
	bytes_free(&text);
	return copy;
}

/* Lines of the history as they were changed, and the one that is typed: until one of them is run.
 */
struct edit {
	struct edit *next;
	size_t at; /* in the history; its count: the one that is typed */
	char *text;
};

void console_forget_edits(struct console *c)
{
	while (c->edits) {
		struct edit *next = c->edits->next;
		free(c->edits->text);
		free(c->edits);
		c->edits = next;
	}
}

static struct edit *find_edit(const struct console *c, size_t at)
{
	struct edit *e = c->edits;
	while (e && e->at != at)
		e = e->next;
	return e;
}

static void keep_edit(struct console *c, size_t at, char *text)
{
	struct edit *e = find_edit(c, at);
	if (!e) {
		e = mem_new(sizeof *e);
		*e = (struct edit){.next = c->edits, .at = at};
		c->edits = e;
	}
	free(e->text);
	e->text = text;
}

/* Up and Down: among several lines to the next one, else through the history. */
static void recall(struct console *c, bool back)
{
	struct history *h = shell_history(c->shell);
	size_t count = history_count(h);
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	if (lines_move(line, length, cursor, back, &cursor)) {
		editor_go_to(c->editor, cursor);
		return;
	}
	if (c->edits_of != h)
		console_forget_edits(c); /* another device has been chosen */
	c->edits_of = h;
	if (c->history_at > count)
		c->history_at = count;
	if (back ? c->history_at == 0 : c->history_at == count)
		return;
	keep_edit(c, c->history_at, console_utf8(line, length));
	c->history_at += back ? (size_t)-1 : 1;
	const struct edit *e = find_edit(c, c->history_at);
	console_set_line(c, e ? slice_str(e->text) : history_line(h, c->history_at));
	editor_replace(c->editor, c->replacement);
}

/* ---- incremental search ---- */

/* The last line before `from` that contains the needle, or the next one behind it. */
static void show_match(struct console *c, bool newer)
{
	struct history *h = shell_history(c->shell);
	size_t count = history_count(h), i = c->history_at;
	while (newer ? ++i < count : i-- > 0) {
		struct slice line = history_line(h, i);
		if (!memmem(line.at, line.len, c->needle.at, c->needle.len))
			continue;
		c->history_at = i;
		c->unmatched = false;
		console_type_line(c, line);
		return;
	}
	c->unmatched = c->needle.len > 0;
}

static void begin_search(struct console *c)
{
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	free(c->typed);
	c->typed = console_utf8(line, length);
	bytes_clear(&c->needle);
	bytes_add_str(&c->needle, c->typed);
	c->history_at = history_count(shell_history(c->shell));
	c->searching = true;
	c->unmatched = false;
	if (c->needle.len)
		show_match(c, false);
}

static void shorten(struct bytes *needle)
{
	while (needle->len && (needle->at[needle->len - 1] & 0xC0) == 0x80)
		needle->len--;
	needle->len -= needle->len > 0;
}

bool console_search_key(struct console *c, uint32_t code)
{
	uint8_t raw[4];
	if (!c->searching) {
		begin_search(c);
	} else if (code == KEY_SEARCH || code == KEY_UP) {
		show_match(c, false);
	} else if (code == 19 || code == KEY_DOWN) { /* Ctrl-S, which some terminals keep */
		show_match(c, true);
	} else if (code == 8 || code == 0x7F) {
		shorten(&c->needle);
		c->history_at = history_count(shell_history(c->shell));
		show_match(c, false);
	} else if (code == 7 || code == 3) { /* Ctrl-G, Ctrl-C */
		c->searching = false;
		console_type_line(c, slice_str(c->typed));
	} else if (code == 4 || (code == KEY_ESCAPE && !editor_is_vi(c->editor))) {
		c->searching = false; /* Ctrl-D and Esc only end it: the line is not left */
	} else if (code >= 0x20 && (code < KEY_SPECIAL || code > KEY_LAST) &&
		   code < KEY_PASTE_BEGIN) {
		bytes_add(&c->needle, slice_of(raw, text_encode(code, raw)));
		c->history_at = history_count(shell_history(c->shell));
		show_match(c, false);
	} else {
		c->searching = false;
		return false;
	}
	return true;
}

/* The newest line that begins so and goes on, as an index from 1; 0: there is none.  Lines that did
 * not begin with less do not begin with more: a history of ten thousand lines is not read for
 * every key. */
static size_t suggested(struct console *c, struct history *h, struct slice typed)
{
	struct suggested *last = &c->suggested;
	bool longer = last->typed && last->of == h && last->count == history_count(h) &&
		      slice_starts(typed, slice_str(last->typed));
	size_t i = longer ? last->at : history_count(h);
	for (; i > 0; i--) {
		struct slice each = history_line(h, i - 1);
		if (each.len > typed.len && slice_starts(each, typed))
			break;
	}
	free(last->typed);
	*last = (struct suggested){h, history_count(h), mem_strn(typed.at, typed.len), i};
	return i;
}

struct slice console_suggestion(
	struct console *c, const wchar_t *line, size_t length, size_t cursor)
{
	struct history *h = shell_history(c->shell);
	struct slice found = {0};
	if (!c->screen || !screen_offers(c->screen) || !length || cursor != length ||
		c->searching || c->ask)
		return found;
	struct line_at at = lines_at(line, length, cursor);
	char *text = console_utf8(line + at.from, length - at.from);
	struct slice typed = slice_str(text);
	size_t i = typed.len ? suggested(c, h, typed) : 0;
	if (i)
		found = slice_cut(history_line(h, i - 1), typed.len, history_line(h, i - 1).len);
	free(text);
	return found;
}

/* In a narrow window the question is cut, never what may be answered. */
static void add_question(const struct console *c, struct bytes *out)
{
	const char *answers = c->on_edit ? " [y/n, e edits] " : " [y/n] ";
	struct styled text;
	size_t width = terminal_columns(c->terminal), taken = strlen(answers) + 1;
	styled_init(&text);
	styled_add(&text, STYLE_PLAIN, slice_str(c->ask));
	styled_cut(&text, width > taken ? width - taken : 0);
	bytes_add(out, bytes_slice(&text.text));
	bytes_add_str(out, answers);
	styled_free(&text);
}

void console_prompt(struct console *c, struct bytes *out)
{
	if (c->ask) {
		add_question(c, out);
	} else if (c->searching) {
		bytes_add_str(out, c->unmatched ? "(no further '" : "(search '");
		text_add(out, bytes_slice(&c->needle), TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
		bytes_add_str(out, "') ");
	} else {
		bytes_add_str(out, shell_prompt(c->shell));
	}
}

/* ---- completion ---- */

struct completion {
	struct console *c;
	struct bytes list; /* candidates, each with a LF */
	char *common;
	size_t count;
};

static void add_candidate(void *arg, const char *candidate)
{
	struct completion *done = arg;
	bytes_addf(&done->list, "%s\n", candidate);
	if (!done->count++) {
		done->common = mem_str(candidate);
		return;
	}
	size_t n = 0;
	while (done->common[n] && done->common[n] == candidate[n])
		n++;
	while (n && ((uint8_t)done->common[n] & 0xC0) == 0x80) /* whole characters */
		n--;
	done->common[n] = 0;
}

static void show_candidates(struct console *c, struct slice list)
{
	struct bytes row;
	struct slice each;
	size_t columns = terminal_columns(c->terminal);
	bytes_init(&row, LIMIT_MESSAGE);
	while (slice_line(&list, &each)) {
		if (row.len && row.len + each.len + 2 >= columns) {
			c->ui.ops->line(&c->ui, UI_OUTPUT, bytes_slice(&row), SLICE(""));
			bytes_clear(&row);
		}
		bytes_add_str(&row, row.len ? "  " : "");
		text_add(&row, each, TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	}
	c->ui.ops->line(&c->ui, UI_OUTPUT, bytes_slice(&row), SLICE(""));
	bytes_free(&row);
}

static void insert_utf8(struct console *c, struct slice text)
{
	console_set_line(c, text);
	editor_insert(c->editor, c->replacement);
}

static void complete(struct console *c)
{
	struct completion done = {.c = c};
	const wchar_t *line;
	size_t length, cursor, start = 0;
	editor_now(c->editor, &line, &length, &cursor);
	struct line_at at = lines_at(line, length, cursor);
	char *before = console_utf8(line + at.from, cursor - at.from);
	struct slice text = slice_str(before);
	bytes_init(&done.list, LIMIT_MESSAGE);
	shell_complete(c->shell, text, text.len, &start, add_candidate, &done);
	size_t have = text.len - start;
	if (done.count && strlen(done.common) > have)
		insert_utf8(c, slice_str(done.common + have));
	else if (done.count > 1)
		show_candidates(c, bytes_slice(&done.list));
	/* Behind a folder and behind NAME= something is to follow. */
	if (done.count == 1 && done.common[0] &&
		!strchr("/=", done.common[strlen(done.common) - 1]))
		insert_utf8(c, SLICE(" "));
	free(done.common);
	free(before);
	bytes_free(&done.list);
}

void console_command(void *owner, wchar_t key)
{
	struct console *c = owner;
	switch (key) {
	case KEY_UP:
	case 16: /* Ctrl-P */
	case L'k':
		recall(c, true);
		break;
	case KEY_DOWN:
	case 14: /* Ctrl-N */
	case L'j':
		recall(c, false);
		break;
	case L'/':
	case L'?':
		console_search_key(c, KEY_SEARCH);
		break;
	case KEY_COMPLETE:
		complete(c);
		break;
	case KEY_INSERT:
		editor_insert(c->editor, c->insertion);
		break;
	case KEY_SET_LINE:
		editor_replace(c->editor, c->replacement);
		break;
	}
}
