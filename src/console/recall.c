/* recall.c - what the editor asks us for: lines of the history, searched or suggested. */
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

/* Lines of the history that were changed, and the line being typed, until one of them is run. */
struct edit {
	struct edit *next;
	size_t at; /* in the history; its count: the line being typed */
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

/* Gives the next line, the older or newer one, that begins with what was typed first; the count of
 * the lines is the line being typed.  False: there is none. */
static bool next_line(const struct console *c, const struct history *h, bool back, size_t *at)
{
	size_t count = history_count(h);
	struct slice start = c->recalled ? slice_str(c->recalled) : SLICE("");
	for (size_t i = *at; back ? i > 0 : i < count;) {
		i += back ? (size_t)-1 : 1;
		if (i < count && (!slice_starts(history_line(h, i), start) ||
					 (start.len && slice_equal(history_line(h, i), start))))
			continue;
		*at = i;
		return true;
	}
	return false;
}

static bool is_line_at(const struct history *h, size_t at, const wchar_t *line, size_t length)
{
	char *text = console_utf8(line, length);
	bool is = slice_is(history_line(h, at), text);
	free(text);
	return is;
}

/* Notes what is typed where Up begins: the lines that it recalls begin so. */
static void begin_recall(struct console *c, const wchar_t *line, size_t length)
{
	free(c->recalled);
	c->recalled = length ? console_utf8(line, length) : NULL;
}

/* Handles Up and Down: they go through several lines, or through the history. */
static void recall(struct console *c, bool back)
{
	struct history *h = shell_history(c->shell);
	size_t count = history_count(h), next;
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	if (lines_move(line, length, cursor, back, &cursor)) {
		editor_go_to(c->editor, cursor);
		return;
	}
	if (c->edits_of != h)
		console_forget_edits(c); /* another device was chosen */
	c->edits_of = h;
	if (c->history_at > count)
		c->history_at = count;
	if (c->sought && !is_line_at(h, c->history_at, line, length))
		c->history_at = count; /* something else was typed since a search ended there */
	c->sought = false;
	if (back && c->history_at == count)
		begin_recall(c, line, length);
	next = c->history_at;
	if (!next_line(c, h, back, &next)) {
		if (c->recalled && c->history_at == count && back)
			console_say(c, "no earlier line begins so; Ctrl-R searches inside");
		return;
	}
	keep_edit(c, c->history_at, console_utf8(line, length));
	c->history_at = next;
	const struct edit *e = find_edit(c, c->history_at);
	console_set_line(c, e ? slice_str(e->text) : history_line(h, c->history_at));
	editor_replace(c->editor, c->replacement);
}

/* ---- incremental search ---- */

static struct history *searched(const struct console *c)
{
	return c->all ? c->all : shell_history(c->shell);
}

/* Shows the next older line that contains the needle, or the next newer one. */
static void show_match(struct console *c, bool newer)
{
	struct history *h = searched(c);
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

/* Begins again at the newest line. */
static void search_anew(struct console *c)
{
	c->history_at = history_count(searched(c));
	c->unmatched = false;
	if (c->needle.len)
		show_match(c, false);
}

void console_end_search(struct console *c)
{
	c->over = TYPING_LINE;
	free(c->recalled);
	c->recalled = NULL;
	c->sought = true;
	if (!c->all)
		return;
	history_close(c->all);
	c->all = NULL;
	c->history_at = history_count(shell_history(c->shell));
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
	c->over = TYPING_SEARCH;
	search_anew(c);
}

/* Searches further back; where nothing was typed yet, or this device's lines have no more, in the
 * lines of all devices. */
static void search_older(struct console *c)
{
	if (c->needle.len)
		show_match(c, false);
	if (c->all || (c->needle.len && !c->unmatched))
		return;
	console_keep(c); /* its file has the last line, too */
	c->all = history_open_all();
	search_anew(c);
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
	if (c->over != TYPING_SEARCH) {
		begin_search(c);
	} else if (code == KEY_SEARCH) {
		search_older(c);
	} else if (code == KEY_UP) {
		show_match(c, false);
	} else if (code == 19 || code == KEY_DOWN) { /* Ctrl-S, which some terminals keep */
		show_match(c, true);
	} else if (code == 8 || code == 0x7F) {
		shorten(&c->needle);
		search_anew(c);
	} else if (code == 7 || code == 3) { /* Ctrl-G, Ctrl-C */
		console_end_search(c);
		console_type_line(c, slice_str(c->typed));
	} else if (code == 4 || (code == KEY_ESCAPE && !editor_is_vi(c->editor))) {
		console_end_search(c); /* Ctrl-D and Esc only end the search, and leave the line */
	} else if (code >= 0x20 && (code < KEY_SPECIAL || code > KEY_LAST) &&
		   code < KEY_PASTE_BEGIN) {
		bytes_add(&c->needle, slice_of(raw, text_encode(code, raw)));
		search_anew(c);
	} else {
		console_end_search(c);
		return false;
	}
	return true;
}

const char *console_search_says(const struct console *c)
{
	if (c->over != TYPING_SEARCH)
		return NULL;
	return c->all ? "type a part of it; Esc leaves" : "type a part of it; Ctrl-R: all devices";
}

/* How much is said of a search: all, without the time, without the device, in short. */
enum saying { SAY_ALL, SAY_DEVICE, SAY_TEXT, SAY_SHORT, SAYINGS };

/* Says what is searched, and where the line is that was found. */
static void say_search(
	const struct console *c, struct slice needle, enum saying how, struct bytes *out)
{
	unsigned flags = TEXT_PLAIN | text_charset(c->ui.utf8);
	char when[HISTORY_TIME_MAX];
	const struct history *h = searched(c);
	const char *device = c->all ? history_device(h, c->history_at) : "";
	const char *what = c->unmatched      ? (how < SAY_SHORT ? "no further " : "no ")
			   : c->all          ? "all "
			   : how < SAY_SHORT ? "search "
					     : "";
	bytes_addf(out, "(%s'", what);
	text_add(out, needle, flags);
	bytes_add_str(out, "'");
	if (how < SAY_TEXT && !c->unmatched && *device) {
		bytes_add_byte(out, ' ');
		text_add(out, slice_str(device), flags);
	}
	if (how < SAY_DEVICE && !c->unmatched && history_time(h, c->history_at))
		bytes_addf(out, " %s", history_short_time(history_time(h, c->history_at), when));
	bytes_add_str(out, ") ");
}

void console_search_prompt(const struct console *c, struct bytes *out)
{
	size_t most = row_prompt_most(terminal_columns(c->terminal)), from = out->len;
	struct slice needle = bytes_slice(&c->needle);
	for (enum saying how = SAY_ALL; how < SAYINGS; how++) {
		out->len = from;
		say_search(c, needle, how, out);
		if (text_cells(slice_cut(bytes_slice(out), from, out->len)) <= most)
			return;
	}
}

/* Returns the newest line that begins with this text and goes on, from 1; 0: there is none.  Lines
 * that did not begin with a shorter text need not be read again, so that a history of ten thousand
 * lines is not read for every key. */
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
		c->over == TYPING_SEARCH || c->question.text)
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

/* ---- what the editor asks for ---- */

void console_command(void *owner, wchar_t key)
{
	struct console *c = owner;
	enum key_use use = key_use((uint32_t)key);
	if (use == USE_OLDER || use == USE_NEWER)
		recall(c, use == USE_OLDER);
	switch (key) {
	case L'k':
	case L'j':
		recall(c, key == L'k');
		break;
	case L'/':
	case L'?':
		console_search_key(c, KEY_SEARCH);
		break;
	case KEY_COMPLETE:
		console_complete(c);
		break;
	case KEY_INSERT:
		editor_insert(c->editor, c->insertion);
		break;
	case KEY_SET_LINE:
		editor_replace(c->editor, c->replacement);
		break;
	}
}
