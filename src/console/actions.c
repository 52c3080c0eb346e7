/* actions.c - what keys and commands do with the transcript. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/macro.h>

enum { CLIPBOARD_MAX = 64 * 1024 };

/* ---- saying and asking ---- */

void console_say(struct console *c, const char *format, ...)
{
	struct bytes raw;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	bytes_clear(&c->message);
	text_add(&c->message, bytes_slice(&raw), TEXT_PLAIN | (c->ui.utf8 ? 0 : TEXT_ASCII));
	if (!c->screen) {
		console_print(&c->ui, UI_NOTE, bytes_slice(&c->message), SLICE(""));
		bytes_clear(&c->message);
	}
	bytes_free(&raw);
	c->dirty = c->pane_dirty = true;
}

void console_ask(struct console *c, void (*yes)(struct console *c), const char *format, ...)
{
	struct bytes raw;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	free(c->ask);
	c->ask = mem_strn(raw.at, raw.len);
	c->on_yes = yes;
	c->on_edit = NULL;
	bytes_free(&raw);
	c->dirty = true;
}

/* ---- entries ---- */

static void add_base64(struct slice in, struct bytes *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < in.len; i += 3) {
		uint32_t three = (uint32_t)in.at[i] << 16;
		three |= i + 1 < in.len ? (uint32_t)in.at[i + 1] << 8 : 0;
		three |= i + 2 < in.len ? in.at[i + 2] : 0;
		bytes_add_byte(out, (uint8_t)digits[three >> 18]);
		bytes_add_byte(out, (uint8_t)digits[three >> 12 & 63]);
		bytes_add_byte(out, i + 1 < in.len ? (uint8_t)digits[three >> 6 & 63] : '=');
		bytes_add_byte(out, i + 2 < in.len ? (uint8_t)digits[three & 63] : '=');
	}
}

/* OSC 52 (xterm, ctlseqs): the terminal's own clipboard, also over SSH. */
static bool to_clipboard(struct console *c, struct slice text, struct error *err)
{
	struct bytes out;
	if (!terminal_can(c->terminal)->clipboard)
		return error_set(err, STATUS_USAGE,
			"this terminal has no clipboard; .copy FILE writes to a file");
	if (text.len > CLIPBOARD_MAX)
		return error_set(err, STATUS_USAGE,
			"%zu bytes are too many for a terminal's clipboard; .copy FILE writes to a "
			"file",
			text.len);
	bytes_init(&out, 2 * CLIPBOARD_MAX);
	bytes_add_str(&out, "\033]52;c;");
	add_base64(text, &out);
	bytes_add_str(&out, "\a");
	terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	return true;
}

static bool copy(struct console *c, struct error *err)
{
	struct bytes text;
	const struct entry *e = pane_chosen(&c->pane);
	if (!e)
		return error_set(err, STATUS_USAGE, "there is nothing to copy yet");
	bytes_init(&text, LIMIT_FRAME_MOST);
	pane_as_shown(&c->pane, e, &text);
	bool good = to_clipboard(c, bytes_slice(&text), err);
	if (good)
		console_say(c, "copied to the clipboard");
	bytes_free(&text);
	return good;
}

const struct session *console_current(const struct console *c)
{
	struct shell_device d;
	for (size_t i = 0; shell_device(c->shell, i, &d); i++)
		if (d.current)
			return d.session;
	return NULL;
}

static void resend(struct console *c)
{
	shell_line_at(c->shell, c->again_at, slice_str(c->again));
}

/* wilco never sends a command twice by itself: a person says yes first. */
static void ask_resend(struct console *c)
{
	struct bytes text;
	struct slice rest, line;
	struct entry *e = pane_chosen(&c->pane);
	bytes_init(&text, LIMIT_FRAME_MOST);
	if (e)
		entry_lines(e, &text);
	rest = bytes_slice(&text);
	if (slice_line(&rest, &line)) {
		free(c->again);
		c->again = mem_strn(line.at, line.len);
		c->again_at = e->session;
		pane_select(&c->pane, false);
		console_ask(c, resend, "send again to %s: %s",
			quote(slice_str(session_name(e->session))).text, quote(line).text);
	} else {
		console_say(c, "the selected entry is no command");
	}
	bytes_free(&text);
}

static void mark(struct console *c)
{
	if (!pane_selected(&c->pane))
		return;
	c->pane.marked = c->pane.selected;
	console_say(c, "marked; = on another compares");
}

static void compare(struct console *c)
{
	struct bytes text;
	struct slice rest, line;
	struct entry *e = pane_selected(&c->pane);
	if (!e || c->pane.marked >= c->pane.count) {
		console_say(c, "mark an exchange with m first, then select the other");
		return;
	}
	bytes_init(&text, LIMIT_FRAME_MOST);
	entry_compare(&c->pane.slots[c->pane.marked].entry, e, c->pane.width, &text);
	rest = bytes_slice(&text);
	while (slice_line(&rest, &line))
		c->ui.ops->line(&c->ui, UI_OUTPUT, line, SLICE(""));
	bytes_free(&text);
	pane_select(&c->pane, false);
	pane_end(&c->pane);
}

/* ---- moving ---- */

static void seek(struct console *c, bool back, pane_test *test, const char *what)
{
	if (!pane_seek(&c->pane, back, test))
		console_say(c, "no %s %s", what, back ? "further back" : "further on");
}

static void seek_found(struct console *c, bool back)
{
	size_t which, count;
	if (c->pane.find.kind == FIND_NOTHING) {
		console_say(c, "nothing is searched for: / asks for it");
		return;
	}
	bool found = pane_seek(&c->pane, back, pane_is_found);
	count = pane_found(&c->pane, &which);
	if (found)
		console_say(c, "found %zu of %zu", which, count);
	else
		console_say(c, count ? "no more %s (%zu in all)" : "not found%.0s%.0zu",
			back ? "further back" : "further on", count);
}

static void next_filter(struct console *c)
{
	const struct session *current = console_current(c);
	enum filter next = (c->pane.filter + 1) % FILTER_COUNT;
	if (next == FILTER_FOUND && c->pane.find.kind == FIND_NOTHING)
		next = FILTER_NONE;
	pane_filter(&c->pane, next, current);
	console_say(c, "shows %s", filter_name(NULL, next));
}

static void scroll(struct console *c, long pages, long rows)
{
	long page = (long)c->pane.height > 2 ? (long)c->pane.height - 1 : 1;
	pane_scroll(&c->pane, pages * page + rows);
	if (c->pane.selecting)
		pane_select(&c->pane, true);
}

void console_act(struct console *c, enum action action)
{
	struct pane *p = &c->pane;
	c->dirty = c->pane_dirty = true;
	if (!c->screen && action != ACT_HELP && action != ACT_REDRAW &&
		action != ACT_NEXT_SESSION && action != ACT_VIEW && action != ACT_BREAK)
		return;
	switch (action) {
	case ACT_HELP:
		if (p->selecting) {
			struct error err;
			console_screen_verb(&c->ui, VERB_BIND, SLICE(""), &err);
		} else {
			shell_line(c->shell, SLICE(".help"));
		}
		break;
	case ACT_BROWSE:
		pane_select(p, true);
		if (!p->selecting)
			console_say(c, "there is nothing to browse yet");
		break;
	case ACT_INPUT:
		pane_select(p, false);
		pane_end(p);
		break;
	case ACT_PAGE_UP:
		scroll(c, -1, 0);
		break;
	case ACT_PAGE_DOWN:
		scroll(c, 1, 0);
		break;
	case ACT_LINE_UP:
		scroll(c, 0, -1);
		break;
	case ACT_LINE_DOWN:
		scroll(c, 0, 1);
		break;
	case ACT_TOP:
		pane_top(p);
		break;
	case ACT_END:
		pane_end(p);
		if (p->selecting)
			pane_select(p, true);
		break;
	case ACT_PREVIOUS:
		pane_select_by(p, -1);
		break;
	case ACT_NEXT:
		pane_select_by(p, 1);
		break;
	case ACT_PREVIOUS_COMMAND:
		seek(c, true, pane_is_command, "command");
		break;
	case ACT_NEXT_COMMAND:
		seek(c, false, pane_is_command, "command");
		break;
	case ACT_PREVIOUS_DAMAGED:
		seek(c, true, pane_is_wrong, "damaged entry");
		break;
	case ACT_NEXT_DAMAGED:
		seek(c, false, pane_is_wrong, "damaged entry");
		break;
	case ACT_PREVIOUS_FOUND:
		seek_found(c, true);
		break;
	case ACT_NEXT_FOUND:
		seek_found(c, false);
		break;
	case ACT_FIND:
		c->browsed = p->selecting;
		console_type_line(c, SLICE(".find "));
		pane_select(p, false);
		break;
	case ACT_GOTO:
		c->browsed = p->selecting;
		console_type_line(c, SLICE(".goto "));
		pane_select(p, false);
		break;
	case ACT_SAVE:
		console_type_line(c, SLICE(".save "));
		break;
	case ACT_FILTER:
		next_filter(c);
		break;
	case ACT_FOLD:
		pane_fold(p, false);
		break;
	case ACT_FOLD_ALL:
		pane_fold(p, true);
		break;
	case ACT_VIEW:
		shell_set_view(c->shell, (enum view)((shell_view(c->shell) + 1) % VIEW_COUNT));
		console_say(c, "view %s", view_name(NULL, shell_view(c->shell)));
		break;
	case ACT_COPY: {
		struct error err;
		if (!copy(c, &err))
			console_say(c, "%s", err.what);
		break;
	}
	case ACT_RESEND:
		ask_resend(c);
		break;
	case ACT_MARK:
		mark(c);
		break;
	case ACT_COMPARE:
		compare(c);
		break;
	case ACT_BREAK:
		console_break_line(c);
		break;
	case ACT_NEXT_SESSION:
		if (!shell_use_next(c->shell))
			console_say(c, "no other device is open: .open opens one");
		break;
	case ACT_REDRAW:
		if (c->screen) {
			pane_again(p);
			screen_again(c->screen);
		} else {
			const struct terminal_can *can = terminal_can(c->terminal);
			terminal_write(
				c->terminal, can->cursor ? slice_str(can->wipe) : SLICE("\r\n"));
			row_free(&c->painted);
		}
		break;
	default:
		break;
	}
}

/* ---- commands ---- */

/* What is typed behind a line is typed: only who asked while browsing goes on with it. */
static void return_to_line(struct console *c)
{
	if (!c->browsed)
		c->pane.selecting = false;
	c->browsed = false;
}

static void find(struct console *c)
{
	pane_select(&c->pane, false);
	if (c->pane.find.kind != FIND_NOTHING)
		seek_found(c, true);
	return_to_line(c);
}

static void list_keys(struct console *c)
{
	struct bytes text;
	struct slice rest, line;
	bytes_init(&text, LIMIT_MESSAGE);
	keymap_list(&c->keymap, &text);
	rest = bytes_slice(&text);
	while (slice_line(&rest, &line))
		c->ui.ops->line(&c->ui, UI_OUTPUT, line, SLICE(""));
	bytes_free(&text);
}

static bool act_by_name(struct console *c, struct slice name, struct error *err)
{
	int action = table_prefix(name, action_name, NULL);
	const char *near = table_near(name, action_name, NULL);
	if (action >= 0) {
		console_act(c, (enum action)action);
		return true;
	}
	error_at(err, 0, name.len, "no action %s; .bind lists them", quote(name).text);
	return near ? error_hint(err, "did you mean %s?", near) : false;
}

bool console_screen_verb(struct ui *ui, int verb, struct slice rest, struct error *err)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	switch (verb) {
	case VERB_BIND:
		if (!rest.len) {
			list_keys(c);
			return true;
		}
		if (!keymap_bind(&c->keymap, rest, err))
			return false;
		console_say(c, "bound: .bind lists the keys");
		return true;
	case VERB_COPY:
		return copy(c, err);
	case VERB_DO:
		return act_by_name(c, rest, err);
	case VERB_FIND:
		find(c);
		return true;
	default: /* .goto */
		return_to_line(c);
		return true;
	}
}

void console_bind(struct console *c, struct slice lines)
{
	struct slice line;
	while (slice_line(&lines, &line)) {
		struct error err;
		if (!keymap_bind(&c->keymap, line, &err))
			c->ui.ops->line(&c->ui, UI_ERROR, slice_str(err.what), SLICE(""));
	}
}
