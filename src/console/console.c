/* console.c - the console in line mode; see console.h.
 *
 *   terminal bytes -> keys -> key layer (here) -> editor -> line -> shell
 *   shell -> lines above the prompt -> painter -> terminal
 *
 * The outer loop is "edit a line, run it"; the program's loop turns inside the editor's request
 * for a key.  Painting happens there too, at most once a turn: at once for a key, at most
 * PAINTS_PER_SECOND times for a device's output, never while the terminal still drains.
 */
#include "console/console.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/history.h"
#include "console/editor.h"
#include "console/keys.h"
#include "console/row.h"
#include "console/terminal.h"
#include <signal.h>
#include <stdlib.h>
#include <wilco/limits.h>

enum { KEYS_MAX = 1024 * 1024, PASTE_MAX = 1024 * 1024 };
/* Of one paint: what was asked for is shown whole; of what a device says unasked as much as a
 * terminal over a slow link takes in that time, so that typing stays visible in a flood. */
enum { OUTPUT_MAX = 8 * 1024 * 1024, UNASKED_MAX = 8 * 1024 };
enum { PAINTS_PER_SECOND = 30 };

struct console {
	struct ui ui; /* first: the shell's view of it */
	struct loop *loop;
	struct shell *shell;
	struct terminal *terminal;
	struct editor *editor;
	struct keys keys;
	struct loop_timer escape_timer, paint_timer;
	struct loop_signal *term, *hangup, *interrupt;
	int signo; /* that ended us; 0: none */
	bool quitting;
	enum status status;

	wchar_t *queue; /* keys for the editor */
	size_t queue_at, queue_count, queue_room;
	bool literal; /* Ctrl-V: the next key is spelled as an escape */
	bool pasting;
	struct bytes paste;
	wchar_t *replacement; /* for KEY_SET_LINE */

	struct row painted;
	struct bytes output; /* lines to stand above the prompt */
	size_t dropped;      /* lines that found no room there */
	bool dirty;
	int64_t painted_at;

	size_t history_at; /* the line recalled; history_count(): the one being typed */
	char *typed;       /* that one, while another is recalled */
	char *needle;      /* what Ctrl-R looks for, while it is pressed again; NULL: nothing */
};

/* ---- painting ---- */

static bool paint_row(
	struct console *c, const wchar_t *line, size_t length, size_t cursor, struct bytes *out)
{
	struct row next;
	const struct terminal_can *can = terminal_can(c->terminal);
	row_init(&next);
	next.offset = c->painted.offset;
	row_compose(&next, slice_str(shell_prompt(c->shell)), line, length, cursor,
		terminal_columns(c->terminal), c->ui.utf8);
	row_paint(&c->painted, &next, can->clear_eol, out);
	row_free(&c->painted);
	c->painted = next;
	return true;
}

/* What a device said since the last time, above the prompt. */
static void paint_output(struct console *c, struct bytes *out)
{
	if (!c->output.len && !c->dropped)
		return;
	row_erase(&c->painted, terminal_can(c->terminal)->clear_eol, out);
	row_free(&c->painted);
	bytes_add(out, bytes_slice(&c->output));
	if (c->dropped)
		bytes_addf(out, "- %zu lines are not shown: they came too fast\r\n", c->dropped);
	c->dropped = 0;
	bytes_free(&c->output);
}

static void paint(struct console *c)
{
	struct bytes out;
	const wchar_t *line;
	size_t length, cursor;
	if (terminal_busy(c->terminal))
		return; /* on_drained comes back here */
	bytes_init(&out, OUTPUT_MAX + 4 * LIMIT_MESSAGE);
	editor_now(c->editor, &line, &length, &cursor);
	paint_output(c, &out);
	paint_row(c, line, length, cursor, &out);
	if (out.len)
		terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	loop_timer_stop(&c->paint_timer);
	c->dirty = false;
	c->painted_at = loop_now_fresh(c->loop);
}

static void on_paint_time(void *arg)
{
	struct console *c = arg;
	c->dirty = true;
}

/* A device's output is painted at once when it comes alone, and gathered when it floods. */
static void paint_later(struct console *c)
{
	int64_t due = c->painted_at + NS_PER_S / PAINTS_PER_SECOND;
	int64_t now = loop_now_fresh(c->loop);
	if (now >= due)
		c->dirty = true;
	else if (!loop_timer_running(&c->paint_timer))
		loop_timer_set(&c->paint_timer, due - now);
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

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail)
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
	size_t most = kind == UI_UNSOLICITED ? UNASKED_MAX : OUTPUT_MAX;
	if (c->output.len + line.len > most && c->output.len)
		c->dropped++;
	else
		bytes_add(&c->output, bytes_slice(&line));
	bytes_free(&line);
	paint_later(c);
}

static void on_refresh(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	paint_later(c);
}

static void on_quit(struct ui *ui, int status)
{
	struct console *c = (struct console *)ui;
	(void)status;
	c->quitting = true;
}

static const struct ui_ops ops = {.line = on_line, .refresh = on_refresh, .quit = on_quit};

/* ---- keys for the editor ---- */

static void push(struct console *c, uint32_t key)
{
	if (c->queue_count == KEYS_MAX)
		return;
	if (c->queue_count == c->queue_room) {
		c->queue_room = c->queue_room ? c->queue_room * 2 : 64;
		c->queue = mem_grow(c->queue, c->queue_room, sizeof *c->queue);
	}
	c->queue[c->queue_count++] = (wchar_t)key;
}

static void push_text(struct console *c, struct slice text)
{
	uint32_t code;
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len))
		push(c, code);
}

/* Characters that cannot be shown are typed as the escape that means them. */
static void push_spelled(struct console *c, struct slice raw)
{
	struct bytes spelled;
	uint32_t code;
	bytes_init(&spelled, 64);
	text_decode(raw, &code);
	if (code >= 0x80 && code != 0xFFFFFFFF)
		bytes_addf(&spelled, "\\u{%x}", code);
	else
		text_add(&spelled, raw, 0);
	push_text(c, bytes_slice(&spelled));
	bytes_free(&spelled);
}

static void push_character(struct console *c, uint32_t code)
{
	uint8_t raw[4];
	size_t n = text_encode(code, raw);
	if (code >= 0x20 && text_width(code) > 0)
		push(c, code);
	else
		push_spelled(c, slice_of(raw, n));
}

static size_t line_length(struct console *c)
{
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	return length;
}

/* Keys still in the queue count as typed. */
static bool line_is_empty(struct console *c)
{
	return line_length(c) == 0 && c->queue_at == c->queue_count;
}

static void set_line(struct console *c, struct slice text)
{
	size_t n = 0;
	uint32_t code;
	free(c->replacement);
	c->replacement = mem_grow(NULL, text.len + 1, sizeof *c->replacement);
	for (size_t used; (used = text_decode(text, &code)) > 0;
		text = slice_cut(text, used, text.len))
		if (n < EDITOR_CHARACTERS_MAX)
			c->replacement[n++] = (wchar_t)code;
	c->replacement[n] = 0;
}

/* ---- paste ---- */

/* One line is only inserted; several are run one after the other. */
static void end_paste(struct console *c)
{
	struct slice rest = bytes_slice(&c->paste), line;
	bool first = true, many = rest.len && memchr(rest.at, '\n', rest.len - 1);
	if (!many && rest.len && memchr(rest.at, '\r', rest.len - 1))
		many = true;
	for (size_t i = 0; i < rest.len; i++)
		if (c->paste.at[i] == '\r' && (i + 1 == rest.len || c->paste.at[i + 1] != '\n'))
			c->paste.at[i] = '\n';
	c->pasting = false;
	while (slice_line(&rest, &line)) {
		uint32_t code;
		if (!first)
			push(c, '\n');
		first = false;
		for (size_t n; (n = text_decode(line, &code)) > 0;
			line = slice_cut(line, n, line.len))
			if (code == 0xFFFFFFFF)
				push_spelled(c, slice_cut(line, 0, 1));
			else
				push_character(c, code);
	}
	if (many && c->paste.len && c->paste.at[c->paste.len - 1] == '\n')
		push(c, '\n');
	bytes_free(&c->paste);
}

static void paste_key(struct console *c, uint32_t code)
{
	uint8_t raw[4];
	if (code == KEY_PASTE_END) {
		end_paste(c);
		return;
	}
	size_t n = code < KEY_SPECIAL || code > KEY_LAST ? text_encode(code, raw) : 0;
	if (!bytes_add(&c->paste, slice_of(raw, n)) && c->paste.len == c->paste.max)
		on_line(&c->ui, UI_ERROR, SLICE("the paste is too long: cut"), SLICE(""));
}

/* ---- the key layer ---- */

static void write_now(struct console *c, const char *text)
{
	terminal_write(c->terminal, slice_str(text));
}

static void key_interrupt(struct console *c)
{
	c->queue_at = c->queue_count = 0;
	if (line_length(c)) {
		write_now(c, "^C\r\n");
		row_free(&c->painted);
		row_init(&c->painted);
		set_line(c, SLICE(""));
		push(c, KEY_SET_LINE);
		return;
	}
	if (!shell_interrupt(c->shell))
		on_line(&c->ui, UI_NOTE, SLICE("Ctrl-D or .quit leaves wilco"), SLICE(""));
}

static void key_clear(struct console *c)
{
	const struct terminal_can *can = terminal_can(c->terminal);
	write_now(c, can->cursor ? can->wipe : "\r\n");
	row_free(&c->painted);
	row_init(&c->painted);
}

/* Alt-letters; in vi mode Alt is the Escape that it is on the wire. */
static void key_alt(struct console *c, uint32_t code)
{
	static const struct {
		uint32_t letter, key;
	} keys[] = {{'b', KEY_WORD_LEFT}, {'f', KEY_WORD_RIGHT}, {'d', KEY_DELETE_WORD},
		{0x7F, KEY_DELETE_WORD_BACK}, {8, KEY_DELETE_WORD_BACK}, {'u', KEY_UPPER},
		{'l', KEY_LOWER}, {'c', KEY_CAPITAL}};
	if (editor_is_vi(c->editor)) {
		push(c, KEY_ESCAPE);
		push_character(c, code);
		return;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].letter == (code < 0x7F ? code | 32 : code) || keys[i].letter == code)
			push(c, keys[i].key);
}

static void key_control(struct console *c, uint32_t code)
{
	switch (code) {
	case 3: /* Ctrl-C */
		key_interrupt(c);
		break;
	case 4: /* Ctrl-D */
		if (line_is_empty(c))
			c->quitting = true;
		else
			push(c, KEY_DELETE);
		break;
	case '\t':
		push(c, KEY_COMPLETE);
		break;
	case 12: /* Ctrl-L */
		key_clear(c);
		break;
	case 18: /* Ctrl-R */
		push(c, KEY_SEARCH);
		break;
	case 22: /* Ctrl-V */
		c->literal = true;
		break;
	case 26: /* Ctrl-Z */
		terminal_suspend(c->terminal);
		break;
	case '\r':
		push(c, '\n');
		break;
	default:
		push(c, code);
	}
}

static void on_key(void *arg, uint32_t code, bool alt)
{
	struct console *c = arg;
	c->dirty = true;
	if (c->pasting) {
		paste_key(c, code);
	} else if (code == KEY_PASTE_BEGIN) {
		c->pasting = true;
		bytes_clear(&c->paste);
	} else if (code == KEY_PASTE_END) {
		return;
	} else if (c->literal && code < KEY_SPECIAL) {
		uint8_t raw = (uint8_t)code;
		c->literal = false;
		push_spelled(c, slice_of(&raw, 1));
	} else if (alt) {
		key_alt(c, code);
	} else if (code < 0x20) {
		key_control(c, code);
	} else if (code <= 0x7F || (code >= KEY_SPECIAL && code <= KEY_LAST)) {
		push(c, code);
	} else {
		push_character(c, code);
	}
}

static void on_escape_time(void *arg)
{
	struct console *c = arg;
	keys_timeout(&c->keys, on_key, c);
}

static void on_keys(void *owner, struct slice bytes)
{
	struct console *c = owner;
	keys_feed(&c->keys, bytes, on_key, c);
	if (keys_waiting(&c->keys))
		loop_timer_set(&c->escape_timer, ESCAPE_DELAY_MS * (int64_t)NS_PER_MS);
	else
		loop_timer_stop(&c->escape_timer);
}

static void on_closed(void *owner)
{
	struct console *c = owner;
	c->signo = SIGHUP;
	c->quitting = true;
}

static void on_resized(void *owner)
{
	struct console *c = owner;
	/* What stood on the row may be on several now; a fresh row is always right. */
	row_free(&c->painted);
	row_init(&c->painted);
	write_now(c, terminal_can(c->terminal)->cursor ? "\r\033[K" : "\r\n");
	c->dirty = true;
}

static void on_drained(void *owner)
{
	paint_later(owner);
}

static const struct terminal_events terminal_events = {
	.keys = on_keys, .closed = on_closed, .resized = on_resized, .drained = on_drained};

static void forget_search(struct console *c)
{
	free(c->needle);
	c->needle = NULL;
}

/* The editor asks: the loop turns until there is a key for it. */
static bool next_key(void *owner, wchar_t *key)
{
	struct console *c = owner;
	for (;;) {
		if (c->quitting)
			return false;
		if (c->queue_at < c->queue_count) {
			*key = c->queue[c->queue_at++];
			if (*key != KEY_SEARCH)
				forget_search(c);
			if (line_length(c) < EDITOR_CHARACTERS_MAX || *key < 0x20 ||
				(*key >= KEY_SPECIAL && *key <= KEY_LAST))
				return true;
			continue;
		}
		c->queue_at = c->queue_count = 0;
		if (c->dirty)
			paint(c);
		loop_step(c->loop, true);
	}
}

/* ---- commands of the editor ---- */

static char *utf8_of(const wchar_t *line, size_t length)
{
	struct bytes text;
	uint8_t raw[4];
	bytes_init(&text, length * 4 + 1);
	for (size_t i = 0; i < length; i++)
		bytes_add(&text, slice_of(raw, text_encode((uint32_t)line[i], raw)));
	char *copy = mem_strn(text.at, text.len);
	bytes_free(&text);
	return copy;
}

static void recall(struct console *c, bool back)
{
	struct history *h = shell_history(c->shell);
	size_t count = history_count(h);
	const wchar_t *line;
	size_t length, cursor;
	if (c->history_at > count)
		c->history_at = count;
	if (back ? c->history_at == 0 : c->history_at == count)
		return;
	if (c->history_at == count) {
		editor_now(c->editor, &line, &length, &cursor);
		free(c->typed);
		c->typed = utf8_of(line, length);
	}
	c->history_at += back ? (size_t)-1 : 1;
	set_line(c, c->history_at == count ? slice_str(c->typed) : history_line(h, c->history_at));
	editor_replace(c->editor, c->replacement);
}

/* Ctrl-R: the last line that contains what was typed; again: the one before. */
static void search(struct console *c)
{
	struct history *h = shell_history(c->shell);
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	if (!c->needle) {
		c->needle = utf8_of(line, length);
		c->history_at = history_count(h);
		free(c->typed);
		c->typed = mem_str(c->needle);
	}
	for (size_t i = c->history_at; i-- > 0;) {
		struct slice older = history_line(h, i);
		if (!memmem(older.at, older.len, c->needle, strlen(c->needle)))
			continue;
		c->history_at = i;
		set_line(c, older);
		editor_replace(c->editor, c->replacement);
		return;
	}
}

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
			on_line(&c->ui, UI_OUTPUT, bytes_slice(&row), SLICE(""));
			bytes_clear(&row);
		}
		bytes_addf(&row, "%s%.*s", row.len ? "  " : "", SLICE_ARG(each));
	}
	on_line(&c->ui, UI_OUTPUT, bytes_slice(&row), SLICE(""));
	bytes_free(&row);
}

static void insert_utf8(struct console *c, struct slice text)
{
	set_line(c, text);
	editor_insert(c->editor, c->replacement);
}

static void complete(struct console *c)
{
	struct completion done = {.c = c};
	const wchar_t *line;
	size_t length, cursor, start = 0;
	editor_now(c->editor, &line, &length, &cursor);
	char *before = utf8_of(line, cursor);
	struct slice text = slice_str(before);
	bytes_init(&done.list, LIMIT_MESSAGE);
	shell_complete(c->shell, text, text.len, &start, add_candidate, &done);
	size_t have = text.len - start;
	if (done.count && strlen(done.common) > have)
		insert_utf8(c, slice_str(done.common + have));
	else if (done.count > 1)
		show_candidates(c, bytes_slice(&done.list));
	if (done.count == 1)
		insert_utf8(c, SLICE(" "));
	free(done.common);
	free(before);
	bytes_free(&done.list);
}

static void on_command(void *owner, wchar_t key)
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
	case KEY_SEARCH:
		search(c);
		break;
	case KEY_COMPLETE:
		complete(c);
		break;
	case KEY_SET_LINE:
		editor_replace(c->editor, c->replacement);
		break;
	}
}

static const struct editor_events editor_events = {.key = next_key, .command = on_command};

/* ---- lines ---- */

/* The finished line stays on the screen, whole, and the cursor goes below it. */
static void leave_row(struct console *c, const wchar_t *line, size_t length)
{
	struct bytes out;
	bytes_init(&out, OUTPUT_MAX + 4 * LIMIT_MESSAGE);
	paint_output(c, &out);
	paint_row(c, line, length, length, &out);
	bytes_add_str(&out, "\r\n");
	terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	row_free(&c->painted);
	row_init(&c->painted);
}

static void keep_line(struct console *c, struct slice line)
{
	struct error err;
	struct history *h = shell_history(c->shell);
	bool quiet = line.len && line.at[0] == ' ';
	if (!quiet && !history_add(h, line, &err)) {
		struct slice text = slice_str(err.what);
		on_line(&c->ui, UI_ERROR, text, SLICE(""));
	}
}

static void on_ending_signal(void *arg, int signo)
{
	struct console *c = arg;
	c->signo = signo;
	c->quitting = true;
}

void console_attach(struct console *c, struct shell *shell)
{
	c->shell = shell;
}

enum status console_run(struct console *c)
{
	const wchar_t *line;
	size_t length;
	struct shell *shell = c->shell;
	c->history_at = history_count(shell_history(shell));
	while (!c->quitting && editor_line(c->editor, &line, &length)) {
		char *text = utf8_of(line, length);
		leave_row(c, line, length);
		keep_line(c, slice_str(text));
		shell_line(shell, slice_str(text));
		c->history_at = history_count(shell_history(shell));
		c->dirty = true;
		free(text);
	}
	leave_row(c, L"", 0);
	return c->signo ? (enum status)(128 + c->signo) : STATUS_OK;
}

struct ui *console_ui(struct console *c)
{
	return &c->ui;
}

struct console *console_new(struct loop *loop, bool plain, struct error *err)
{
	struct console *c = mem_new(sizeof *c);
	c->ui = (struct ui){.ops = &ops, .utf8 = text_locale_utf8(), .interactive = true};
	c->loop = loop;
	c->dirty = true;
	row_init(&c->painted);
	bytes_init(&c->output, OUTPUT_MAX + 16 * LIMIT_MESSAGE);
	bytes_init(&c->paste, PASTE_MAX);
	loop_timer_init(&c->escape_timer, loop, on_escape_time, c);
	loop_timer_init(&c->paint_timer, loop, on_paint_time, c);
	c->editor = editor_new(&editor_events, c, err);
	if (c->editor)
		c->terminal = terminal_open(loop, plain, &terminal_events, c, err);
	if (!c->terminal) {
		console_free(c);
		return NULL;
	}
	c->term = loop_signal_new(loop, SIGTERM, on_ending_signal, c);
	c->hangup = loop_signal_new(loop, SIGHUP, on_ending_signal, c);
	c->interrupt = loop_signal_new(loop, SIGINT, on_ending_signal, c);
	return c;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	terminal_close(c->terminal);
	editor_free(c->editor);
	loop_signal_free(c->term);
	loop_signal_free(c->hangup);
	loop_signal_free(c->interrupt);
	loop_timer_stop(&c->escape_timer);
	loop_timer_stop(&c->paint_timer);
	row_free(&c->painted);
	bytes_free(&c->output);
	bytes_free(&c->paste);
	free(c->replacement);
	free(c->typed);
	free(c->needle);
	free(c->queue);
	free(c);
}
