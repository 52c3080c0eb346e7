/* sheet_text.c - sheets of text that commands print, and of words that Tab could type.
 *
 * A text is kept as lines, each behind a letter: a heading, an item (its name, a tab, what it is),
 * words or keys for columns, or other text.  So its rows are made anew for each width.
 */
#include "base/mem.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/sheet.h"
#include <stdlib.h>

enum { SHEET_TEXT_MAX = 1024 * 1024 };
enum { RIGHT_LEAST = 24 }; /* cells that what an item is needs beside its name */
enum { STACKED_INDENT = 4 };

struct sheet_text {
	struct bytes lines;
	char *title;
};

enum letter { HEAD = 'h', ITEM = 'i', KEY = 'k', WORD = 'w', TEXT = 't' };

static struct sheet_text *text_new(const char *title)
{
	struct sheet_text *t = mem_new(sizeof *t);
	bytes_init(&t->lines, SHEET_TEXT_MAX);
	t->title = mem_str(title);
	return t;
}

static void text_free(void *arg)
{
	struct sheet_text *t = arg;
	bytes_free(&t->lines);
	free(t->title);
	free(t);
}

static void add(struct sheet_text *t, enum letter letter, struct slice left, struct slice right)
{
	bytes_add_byte(&t->lines, (uint8_t)letter);
	bytes_add(&t->lines, left);
	if (letter == ITEM || letter == KEY)
		bytes_add_byte(&t->lines, '\t');
	bytes_add(&t->lines, right);
	bytes_add_byte(&t->lines, '\n');
}

/* ---- rows ---- */

static struct slice left_of(struct slice line)
{
	const uint8_t *tab = line.len ? memchr(line.at, '\t', line.len) : NULL;
	return tab ? slice_cut(line, 0, (size_t)(tab - line.at)) : line;
}

static bool is(struct slice line, enum letter letter)
{
	return line.len && line.at[0] == letter;
}

static size_t cells_of(struct slice line)
{
	return text_cells(left_of(slice_cut(line, 1, line.len)));
}

/* Returns what stands behind the tab. */
static struct slice right_of(struct slice line)
{
	return slice_cut(line, left_of(line).len + 1, line.len);
}

static size_t right_cells(struct slice line)
{
	return text_cells(right_of(line));
}

/* Returns the most cells that the lines of one kind at the front need, at most `most`: longer ones
 * are not counted. */
static size_t widest(
	struct slice lines, enum letter letter, size_t most, size_t (*cells_in)(struct slice line))
{
	size_t cells = 0;
	struct slice line;
	while (slice_line(&lines, &line) && is(line, letter)) {
		size_t these = cells_in(line);
		cells = these > cells && these <= most ? these : cells;
	}
	return cells;
}

/* Adds an item: its name, and in a column beside it, or below it, what it is. */
static void add_item(struct rows *rows, struct slice line, size_t column)
{
	struct slice left = left_of(line), right = right_of(line);
	bool beside = column + RIGHT_LEAST <= rows->width;
	size_t indent = beside && column > STACKED_INDENT ? column : STACKED_INDENT;
	styled_add(&rows->line, STYLE_PLAIN, SLICE(" "));
	if (!right.len || !beside || text_cells(left) + 3 > column) {
		rows_words(rows, STYLE_PAYLOAD, STACKED_INDENT + 2, left, NULL);
		if (!right.len)
			return;
	} else {
		styled_add(&rows->line, STYLE_PAYLOAD, left);
	}
	styled_pad(&rows->line, STYLE_PLAIN, indent);
	rows_words(rows, STYLE_PLAIN, indent, right, NULL);
}

/* Adds a word, or a key and behind it what it does. */
static void add_word(struct rows *rows, struct slice word, size_t at, size_t key_cells)
{
	styled_pad(&rows->line, STYLE_PLAIN, at);
	styled_add(&rows->line, key_cells ? STYLE_PAYLOAD : STYLE_PLAIN, left_of(word));
	if (!key_cells)
		return;
	styled_pad(&rows->line, STYLE_PLAIN, at + key_cells + 1);
	styled_add(&rows->line, STYLE_PLAIN, right_of(word));
}

/* Adds words or keys in columns, which are read downwards, as ls has them. */
static struct slice add_columns(struct rows *rows, struct slice lines, enum letter letter)
{
	enum { GAP = 2 };
	struct slice line, rest = lines, ahead;
	size_t count = 0, left = widest(lines, letter, (size_t)-1, cells_of);
	size_t right = letter == KEY ? 1 + widest(lines, letter, (size_t)-1, right_cells) : 0;
	size_t each = left + right + GAP;
	while (ahead = rest, slice_line(&ahead, &line) && is(line, letter)) {
		count++;
		rest = ahead;
	}
	size_t fit = rows->width > each ? (rows->width - 1 + GAP) / each : 1;
	size_t down = (count + fit - 1) / fit;
	struct slice *words = mem_new((count + 1) * sizeof *words);
	for (size_t i = 0; i < count && slice_line(&lines, &line); i++)
		words[i] = slice_cut(line, 1, line.len);
	for (size_t y = 0; y < down; y++) {
		for (size_t i = y, x = 0; i < count; i += down, x++) {
			add_word(rows, words[i], 1 + x * each, letter == KEY ? left : 0);
		}
		rows_end(rows);
	}
	free(words);
	return rest;
}

static size_t blanks(struct slice text)
{
	size_t n = 0;
	while (n < text.len && text.at[n] == ' ')
		n++;
	return n;
}

static void text_rows(void *arg, struct rows *rows)
{
	const struct sheet_text *t = arg;
	struct slice rest = bytes_slice(&t->lines), line, from = rest;
	size_t column = 0;
	for (; slice_line(&rest, &line) && !rows_enough(rows); from = rest) {
		struct slice text = slice_cut(line, 1, line.len);
		if (is(line, WORD) || is(line, KEY)) {
			rest = add_columns(rows, from, (enum letter)line.at[0]);
			continue;
		}
		if (!is(line, ITEM)) {
			column = 0;
		} else if (!column) {
			column = widest(from, ITEM, rows->width * 2 / 5, cells_of) + 3;
		}
		if (is(line, ITEM)) {
			add_item(rows, text, column);
			continue;
		}
		if (is(line, HEAD) && rows->made)
			rows_end(rows);
		if (!is(line, HEAD))
			styled_add(&rows->line, STYLE_PLAIN, SLICE(" "));
		rows_words(rows, is(line, HEAD) ? STYLE_SENT : STYLE_PLAIN, 1 + blanks(text), text,
			NULL);
	}
}

/* ---- text that a command prints ---- */

static const struct sheet_source printed = {.rows = text_rows, .free = text_free};
static const struct sheet_source words = {.rows = text_rows, .free = text_free, .passes = true};

static void text_show(struct console *c, struct sheet_text *t, const struct sheet_source *source)
{
	if (!t->lines.len || !sheet_open(c, source, t, slice_str(t->title)))
		text_free(t);
}

void sheet_text_line(struct ui *ui, const char *title)
{
	struct console *c = (struct console *)ui;
	struct sheet_text *printing = c->printing;
	c->printing = title ? text_new(title) : NULL;
	if (printing)
		text_show(c, printing, &printed);
}

void sheet_text_item(struct ui *ui, struct slice left, struct slice right)
{
	struct console *c = (struct console *)ui;
	if (c->printing)
		add(c->printing, left.len ? ITEM : HEAD, left, right);
}

void sheet_text_key(struct console *c, const char *key, const char *does)
{
	if (c->printing)
		add(c->printing, KEY, slice_str(key), slice_str(does));
}

bool sheet_text_take(struct console *c, struct slice text)
{
	if (c->printing)
		add(c->printing, TEXT, text, SLICE(""));
	return c->printing != NULL;
}

void sheet_text_free(struct console *c)
{
	if (c->printing)
		text_free(c->printing);
	c->printing = NULL;
}

bool sheet_words(struct console *c, struct slice list)
{
	struct bytes safe;
	struct slice each;
	if (!c->screen)
		return false;
	struct sheet_text *t = text_new("Tab could type");
	bytes_init(&safe, LIMIT_MESSAGE * TEXT_MOST);
	while (slice_line(&list, &each)) {
		bytes_clear(&safe);
		text_add(&safe, each, TEXT_PLAIN | text_charset(c->ui.utf8));
		add(t, WORD, bytes_shown(&safe), SLICE(""));
	}
	bytes_free(&safe);
	text_show(c, t, &words);
	return true;
}
