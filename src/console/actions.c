/* actions.c - what keys and commands do with the transcript. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include "console/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/macro.h>

/* ---- entries ---- */

const struct session *console_current(const struct console *c)
{
	struct shell_device d;
	return shell_device(c->shell, shell_current_index(c->shell), &d) ? d.session : NULL;
}

static void resend(struct console *c)
{
	pane_end(&c->pane);
	pane_select(&c->pane, c->browsing);
	shell_line_at(c->shell, c->question.at, slice_str(c->question.again));
}

/* Puts the line on the input that sends a frame once more that passed. */
static void ask_inject(struct console *c, struct slice line)
{
	char *command = mem_strn(line.at, line.len);
	console_ask_line(c, command);
	free(command);
}

/* Asks first: wilco never sends a command twice by itself. */
static void ask_resend(struct console *c)
{
	struct bytes text;
	struct slice rest, line;
	struct entry *e = pane_chosen(&c->pane);
	if (c->viewing) {
		console_say(c, "a file is shown, and no device is open to send to");
		return;
	}
	bytes_init(&text, LIMIT_FRAME_MOST);
	bool passed = e && entry_inject(e, &text);
	if (e && !passed)
		entry_lines(e, &text);
	rest = bytes_slice(&text);
	if (!slice_line(&rest, &line)) {
		console_say(c, "the selected entry is no command");
	} else if (passed) {
		ask_inject(c, line);
	} else {
		free(c->question.again);
		c->question.again = mem_strn(line.at, line.len);
		c->question.at = e->device->session;
		console_ask(c, resend, "send again to %s: %s",
			quote(slice_str(session_name(e->device->session))).text, quote(line).text);
	}
	bytes_free(&text);
}

static bool can_compare(struct console *c, const struct entry *e)
{
	if (e->kind != ENTRY_EXCHANGE)
		console_say(c, "only exchanges can be compared, and this entry is none");
	return e->kind == ENTRY_EXCHANGE;
}

static void mark(struct console *c)
{
	const struct entry *e = pane_selected(&c->pane);
	if (e && can_compare(c, e)) {
		c->pane.marked = c->pane.selected;
		console_say(c, "marked; = on another compares");
	}
}

static void actions_compare(struct console *c)
{
	struct bytes text;
	struct slice rest, line;
	struct entry *e = pane_selected(&c->pane);
	if (!e || c->pane.marked == RECORD_NONE) {
		console_say(c, "mark an exchange with m first, then select the other");
		return;
	}
	if (!can_compare(c, e))
		return;
	bytes_init(&text, LIMIT_FRAME_MOST);
	if (!viewing_compare(c, c->pane.marked, e, &text))
		entry_compare(record_find(&c->record, c->pane.marked), e, c->pane.width, &text);
	rest = bytes_shown(&text);
	while (slice_line(&rest, &line))
		c->ui.ops->line(&c->ui, UI_OUTPUT, line);
	bytes_free(&text);
	if (c->viewing)
		return;
	pane_end(&c->pane);
	pane_select(&c->pane, c->browsing);
}

/* ---- browsing ---- */

bool console_browses(const struct console *c)
{
	return c->browsing && !c->draft && c->screen;
}

/* ---- moving ---- */

static void seek(struct console *c, bool back, pane_test *test, const char *what)
{
	if (!pane_seek(&c->pane, back, test) && !viewing_seek(c, back, test))
		console_say(c, "no %s %s", what, back ? "further back" : "further on");
}

/* Adds the key that finds more, where there is more only in the other direction. */
static void add_other_way(const struct console *c, bool back, struct bytes *out)
{
	char key[KEY_TEXT_MAX];
	const struct binding *b =
		keymap_key(&c->keymap, MODE_BROWSE, back ? ACT_PREVIOUS_FOUND : ACT_NEXT_FOUND);
	if (!b || !c->browsing)
		return;
	key_text(b->key, b->alt, key);
	bytes_addf(out, "; %s goes %s", key, back ? "back" : "on");
}

/* Says in the status what the search found. */
void console_say_found(struct console *c, bool found, bool back)
{
	if (viewing_found(c, found, back))
		return;
	struct bytes more;
	size_t which, count = pane_found(&c->pane, &which);
	bytes_init(&more, LIMIT_MESSAGE);
	bool way_back = found ? which == count : !back;
	if (count && (!found || (count > 1 && (which == 1 || which == count))))
		add_other_way(c, way_back, &more);
	if (find_gave_up(&c->pane.find))
		bytes_add_str(&more, "; not all was searched: the expression takes too long");
	if (record_gone(&c->record)) {
		bytes_add_str(&more, "; ");
		pane_past(&c->pane, &more);
	}
	if (found)
		console_say(c, "match %zu of %zu%s", which, count, bytes_str(&more));
	else if (count)
		console_say(c, "no more %s (%zu in all)%s", back ? "further back" : "further on",
			count, bytes_str(&more));
	else
		console_say(c, "not found%s", bytes_str(&more));
	bytes_free(&more);
}

static void seek_found(struct console *c, bool back)
{
	if (c->pane.find.kind == FIND_NOTHING)
		console_say(c, "there is no search yet; / begins one");
	else
		console_say_found(c, pane_seek(&c->pane, back, pane_is_found), back);
}

/* Chooses the next filter that shows anything, so that whoever browses does not lose everything. */
static void next_filter(struct console *c)
{
	struct pane *p = &c->pane;
	const struct session *current = console_current(c);
	enum pane_filter next = p->filter;
	if (viewing_filter(c))
		return;
	do {
		next = (next + 1) % FILTER_COUNT;
		if (next != FILTER_FOUND || p->find.kind != FIND_NOTHING)
			pane_filter(p, next, current);
	} while (next != FILTER_NONE &&
		 (p->filter != next || pane_above(p, p->record->count) == PANE_NONE));
	if (c->browsing)
		pane_select(p, true);
	console_say(c, "%s", filter_says(next));
}

static void actions_scroll(struct console *c, long pages, long rows)
{
	long page = (long)c->pane.height > 2 ? (long)c->pane.height - 1 : 1;
	pane_scroll(&c->pane, pages * page + rows);
	if (c->pane.selecting)
		pane_select(&c->pane, true);
}

/* ---- the line about the selection ---- */

/* Puts a command on the line, to be finished there; what was typed comes back when it has run. */
void console_ask_line(struct console *c, const char *command)
{
	const wchar_t *line;
	size_t length, cursor;
	if (!c->draft) {
		editor_now(c->editor, &line, &length, &cursor);
		c->draft = console_utf8(line, length);
	}
	console_type_line(c, slice_str(command));
}

void console_end_asking(struct console *c)
{
	if (!c->draft)
		return;
	console_type_line(c, slice_str(c->draft));
	free(c->draft);
	c->draft = NULL;
	c->pane_dirty = true; /* the status has not said that one browses */
}

/* ---- actions ---- */

static void act_help(struct console *c)
{
	shell_line(c->shell, SLICE(".help"));
}

static void act_browse(struct console *c)
{
	if (c->viewing) {
		viewing_again(c);
		return;
	}
	pane_select(&c->pane, true);
	c->browsing = c->pane.selecting;
	if (!c->browsing)
		console_say(c, "there is nothing to browse yet");
}

static void act_input(struct console *c)
{
	c->browsing = false;
	if (c->viewing)
		return; /* the file stays where it is */
	pane_select(&c->pane, false);
	pane_end(&c->pane);
}

static void act_page_up(struct console *c)
{
	actions_scroll(c, -1, 0);
}

static void act_page_down(struct console *c)
{
	actions_scroll(c, 1, 0);
}

static void act_line_up(struct console *c)
{
	actions_scroll(c, 0, -1);
}

static void act_line_down(struct console *c)
{
	actions_scroll(c, 0, 1);
}

static void act_scroll_up(struct console *c)
{
	actions_scroll(c, 0, -SCROLL_ROWS);
}

static void act_scroll_down(struct console *c)
{
	actions_scroll(c, 0, SCROLL_ROWS);
}

static void act_top(struct console *c)
{
	pane_top(&c->pane);
}

static void act_end(struct console *c)
{
	pane_end(&c->pane);
	if (c->pane.selecting)
		pane_select(&c->pane, true);
}

static void act_previous(struct console *c)
{
	pane_select_by(&c->pane, -1);
}

static void act_next(struct console *c)
{
	pane_select_by(&c->pane, 1);
}

static void act_previous_command(struct console *c)
{
	seek(c, true, pane_is_command, "command");
}

static void act_next_command(struct console *c)
{
	seek(c, false, pane_is_command, "command");
}

static void act_previous_damaged(struct console *c)
{
	seek(c, true, pane_is_wrong, "damaged entry");
}

static void act_next_damaged(struct console *c)
{
	seek(c, false, pane_is_wrong, "damaged entry");
}

static void act_previous_found(struct console *c)
{
	seek_found(c, true);
}

static void act_next_found(struct console *c)
{
	seek_found(c, false);
}

static void act_find(struct console *c)
{
	console_ask_line(c, ".find ");
}

static void act_goto(struct console *c)
{
	console_ask_line(c, ".goto ");
}

static void act_save(struct console *c)
{
	console_ask_line(c, ".save ");
}

static void act_fold(struct console *c)
{
	if (!pane_fold(&c->pane, false))
		console_say(c, "all of it is shown");
}

static void act_fold_all(struct console *c)
{
	pane_fold(&c->pane, true);
}

static void act_view(struct console *c)
{
	shell_set_view(c->shell, view_after(shell_view(c->shell)));
	console_say(c, "view %s", shell_view(c->shell)->name);
}

static void copy(struct console *c, bool replies)
{
	struct error err;
	if (!console_copy(c, replies, &err))
		console_say(c, "%s", err.what);
}

static void act_copy(struct console *c)
{
	copy(c, false);
}

static void act_copy_reply(struct console *c)
{
	copy(c, true);
}

static void act_next_session(struct console *c)
{
	if (!shell_use_next(c->shell))
		console_say(c, "no other device is open: .open opens one");
}

/* Runs a line at once, whether or not commands wait that it has to overtake. */
static void send_now(struct console *c, const char *overtakes, const char *alone)
{
	const struct session *s = console_current(c);
	shell_line(c->shell, slice_str(s && session_pending(s) ? overtakes : alone));
}

static void act_send_interrupt(struct console *c)
{
	send_now(c, ".now .wire 03", ".tell .wire 03");
}

static void act_send_break(struct console *c)
{
	send_now(c, ".now .break", ".break");
}

static void act_overview(struct console *c)
{
	shell_line(c->shell, SLICE(".overview"));
}

static void act_close(struct console *c)
{
	sheet_close(c);
}

static void act_give_up(struct console *c)
{
	if (viewing_stop(c))
		console_say(c, "given up");
	else if (!shell_interrupt(c->shell))
		console_say(c, c->viewing ? "q leaves wilco" : "Ctrl-D or .quit leaves wilco");
}

static void act_command(struct console *c)
{
	sheet_close(c);
	console_ask_line(c, ".");
}

static void act_leave(struct console *c)
{
	shell_leave(c->shell);
}

static void act_terminal(struct console *c)
{
	shell_line(c->shell, SLICE(".term"));
}

static void act_redraw(struct console *c)
{
	const struct terminal_can *can = terminal_can(c->terminal);
	if (c->screen) {
		pane_again(&c->pane);
		screen_again(c->screen);
		return;
	}
	terminal_write(c->terminal, can->cursor ? slice_str(can->wipe) : SLICE("\r\n"));
	row_free(&c->painted);
}

static const struct {
	void (*act)(struct console *c);
	bool in_lines; /* it works without a window over the transcript */
} acts[ACTION_COUNT] = {
	[ACT_HELP] = {act_help, true},
	[ACT_BROWSE] = {act_browse},
	[ACT_INPUT] = {act_input},
	[ACT_PAGE_UP] = {act_page_up},
	[ACT_PAGE_DOWN] = {act_page_down},
	[ACT_LINE_UP] = {act_line_up},
	[ACT_LINE_DOWN] = {act_line_down},
	[ACT_SCROLL_UP] = {act_scroll_up},
	[ACT_SCROLL_DOWN] = {act_scroll_down},
	[ACT_TOP] = {act_top},
	[ACT_END] = {act_end},
	[ACT_PREVIOUS] = {act_previous},
	[ACT_NEXT] = {act_next},
	[ACT_PREVIOUS_COMMAND] = {act_previous_command},
	[ACT_NEXT_COMMAND] = {act_next_command},
	[ACT_PREVIOUS_DAMAGED] = {act_previous_damaged},
	[ACT_NEXT_DAMAGED] = {act_next_damaged},
	[ACT_PREVIOUS_FOUND] = {act_previous_found},
	[ACT_NEXT_FOUND] = {act_next_found},
	[ACT_FIND] = {act_find, true},
	[ACT_GOTO] = {act_goto, true},
	[ACT_FILTER] = {next_filter},
	[ACT_FOLD] = {act_fold},
	[ACT_FOLD_ALL] = {act_fold_all},
	[ACT_VIEW] = {act_view, true},
	[ACT_COPY] = {act_copy, true},
	[ACT_COPY_REPLY] = {act_copy_reply, true},
	[ACT_SAVE] = {act_save, true},
	[ACT_RESEND] = {ask_resend, true},
	[ACT_MARK] = {mark},
	[ACT_COMPARE] = {actions_compare},
	[ACT_BREAK] = {console_break_line, true},
	[ACT_SEND_INTERRUPT] = {act_send_interrupt, true},
	[ACT_SEND_BREAK] = {act_send_break, true},
	[ACT_TAKE] = {console_take, true},
	[ACT_NEXT_SESSION] = {act_next_session, true},
	[ACT_OVERVIEW] = {act_overview, true},
	[ACT_REDRAW] = {act_redraw, true},
	[ACT_CLOSE] = {act_close},
	[ACT_CHOOSE] = {sheet_choose},
	[ACT_GIVE_UP] = {act_give_up, true},
	[ACT_COMMAND] = {act_command, true},
	[ACT_FOLLOW] = {viewing_follow},
	[ACT_LEAVE] = {act_leave, true},
	[ACT_TERMINAL] = {act_terminal, false},
};

void console_act(struct console *c, enum action action)
{
	c->dirty = c->pane_dirty = true;
	if (acts[action].act && (c->screen || acts[action].in_lines))
		acts[action].act(c);
	tour_act(c, action);
}

/* ---- commands ---- */

/* Goes to what was found.  While browsing the selection stays if nothing was found; whoever typed
 * .find sees the place and goes on typing. */
void console_find_line(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	struct pane *p = &c->pane;
	uint64_t before = p->selected;
	c->pane_dirty = true;
	if (viewing_find(c) || p->find.kind == FIND_NOTHING)
		return;
	p->selecting = false; /* search from the end */
	bool found = pane_seek(p, true, pane_is_found);
	if (!found && c->browsing) {
		p->selecting = true;
		p->selected = before;
	}
	console_say_found(c, found, true);
	p->selecting = c->browsing;
}

void console_moved(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	c->pane.selecting = c->browsing;
}

bool console_do_line(struct ui *ui, struct slice name, struct error *err)
{
	struct console *c = (struct console *)ui;
	int action = table_prefix(name, action_name, NULL);
	const char *near = table_near(name, action_name, NULL);
	if (action >= 0 && !c->screen && !acts[action].in_lines)
		return error_at(err, 0, name.len, "%s needs a split screen",
			action_name(NULL, (size_t)action));
	if (action >= 0) {
		console_act(c, (enum action)action);
		return true;
	}
	error_at(err, 0, name.len, "no action %s; .bind lists them", quote(name).text);
	return near ? error_hint(err, "did you mean %s?", near) : false;
}

bool console_bind_line(struct ui *ui, struct slice rest, struct error *err)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	if (!keymap_bind(&c->keymap, rest, err))
		return false;
	console_say(c, "bound: .bind lists the keys");
	return true;
}

bool console_copy_line(struct ui *ui, struct error *err)
{
	struct console *c = (struct console *)ui;
	c->pane_dirty = true;
	return console_copy(c, false, err);
}

void console_bind(struct console *c, struct slice lines)
{
	struct slice line;
	while (slice_line(&lines, &line)) {
		struct error err;
		if (!keymap_bind(&c->keymap, line, &err))
			c->ui.ops->line(&c->ui, UI_ERROR, slice_str(err.what));
	}
}

/* Who has typed a key so lately goes on typing. */
enum { TYPING_MS = 500 };

bool console_put_line(struct ui *ui, struct slice text, bool replace)
{
	struct console *c = (struct console *)ui;
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	int64_t rested = loop_now(c->loop) - c->typed_last;
	bool typed = c->queue_at < c->queue_count || c->typed_at < c->typed_count;
	if (!c->over_line)
		typed |= length || rested < TYPING_MS * (int64_t)NS_PER_MS;
	if ((typed && !replace) || c->draft || c->question.text || c->over != TYPING_LINE)
		return false;
	console_type_line(c, text);
	c->put = text.len > 0;
	c->dirty = c->pane_dirty = true;
	return true;
}
