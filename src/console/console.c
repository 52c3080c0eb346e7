/* console.c - the console; see console.h.
 *
 *   terminal bytes -> keys -> key layer (typing.c) -> editor -> line -> shell
 *   shell -> lines above the prompt (paint.c) -> terminal
 *
 * The outer loop is "edit a line, run it"; the program's loop turns inside the editor's request for
 * a key.  Painting happens there too, at most once a turn: at once for a key, at most
 * PAINTS_PER_SECOND times for a device's output, never while the terminal still drains.
 */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "console/lines.h"
#include "console/sheet.h"
#include <signal.h>
#include <stdlib.h>

enum { SOON = 500 }; /* paints a second */
enum { KEEP_AFTER_MS = 1 };
enum { FINISH_S = 5 };

static const struct editor_events editor_events = {
	.key = console_next_key, .command = console_command};

/* ---- lines ---- */

/* Leaves the finished line on the screen, whole, and moves the cursor below it. */
static void leave_row(struct console *c, const wchar_t *line, size_t length)
{
	struct bytes out;
	if (c->over == TYPING_SEARCH)
		console_end_search(c);
	if (c->screen)
		return; /* the transcript shows what was sent */
	bytes_init(&out, PAINT_MAX);
	console_paint_output(c, &out);
	console_paint_row(c, line, length, length, &out);
	bytes_add_str(&out, "\r\n");
	terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	row_free(&c->painted);
	c->painted.offset = 0;
}

void console_keep(struct console *c)
{
	struct error err;
	struct history *h = shell_history(c->shell);
	if (!c->unkept)
		return;
	if (!history_add(c->unkept_in, slice_str(c->unkept), &err))
		c->ui.ops->line(&c->ui, UI_ERROR, slice_str(err.what));
	free(c->unkept);
	c->unkept = NULL;
	c->history_at = history_count(h);
}

static void on_keep_time(void *arg)
{
	console_keep(arg);
}

/* Keeps the line after a pause: on one processor the terminal would have to wait for the file. */
void console_keep_soon(struct console *c)
{
	if (c->unkept && !shell_busy(c->shell) && !loop_timer_running(&c->keep_timer))
		loop_timer_set(&c->keep_timer, KEEP_AFTER_MS * (int64_t)NS_PER_MS);
}

/* Takes a line, which goes to the history while the device thinks, or when it has answered. */
static void keep_line(struct console *c, struct history *h, char *line)
{
	console_keep(c);
	if (*line == ' ') {
		free(line);
		return;
	}
	c->unkept = line;
	c->unkept_in = h;
}

/* Run the text, which they take over. */
static void run_one(struct console *c, char *text)
{
	struct history *h = shell_history(c->shell); /* the line may choose another device */
	struct slice meant = shell_meant(c->shell, slice_str(text));
	char *kept = mem_strn(meant.at, meant.len);
	shell_line(c->shell, slice_str(text));
	tour_line(c);
	keep_line(c, h, kept);
	free(text);
}

static void run_several(struct console *c, char *text)
{
	console_keep(c);
	console_run_lines(c, slice_str(text));
	free(text);
}

void console_end(struct console *c, int signo)
{
	c->signo = signo;
	c->quitting = true;
	if (c->shell)
		shell_quit(c->shell);
}

static void on_ending_signal(void *arg, int signo)
{
	console_end(arg, signo);
}

static void console_on_hangup(void *arg, int signo)
{
	struct console *c = arg;
	if (terminal_gone(c->terminal) || !c->shell || !shell_reopen_logs(c->shell))
		console_end(c, signo);
}

void console_attach(struct console *c, struct shell *shell)
{
	c->shell = shell;
	struct slice rest = bytes_shown(&c->notes), line;
	while (slice_line(&rest, &line))
		c->ui.ops->line(&c->ui, UI_ERROR, line);
	bytes_free(&c->notes);
}

/* Puts off a paint, which is saved if the device answers at once. */
static void paint_soon(struct console *c)
{
	c->pane_dirty = true;
	c->dirty = !c->screen || !shell_busy(c->shell);
	if (!c->dirty)
		loop_timer_set(&c->preview_timer, NS_PER_S / SOON);
}

/* Says whether the console may end: a file is first written whole, unless Ctrl-C gives it up; a
 * signal does not wait for ever for a slow reader. */
bool console_may_leave(struct console *c)
{
	int64_t now = loop_now_fresh(c->loop);
	if (!c->leave_by) {
		c->leave_by = now + FINISH_S * (int64_t)NS_PER_S;
		c->leaving_at = c->record.ever;
		c->unfinished = shell_exporting(c->shell);
	}
	if (shell_exporting(c->shell) && console_interrupted(c))
		shell_interrupt(c->shell);
	if (shell_finishes(c->shell))
		return false;
	return !shell_exporting(c->shell) || (c->signo && now > c->leave_by);
}

/* Notes errors, which are printed when the screen is gone. */
static void note_errors(struct console *c, uint64_t since)
{
	const struct record *r = &c->record;
	for (size_t i = record_index(r, since); i < r->count; i++)
		if (r->at[i].kind == ENTRY_ERROR)
			bytes_addf(&c->notes, "! %s\r\n", r->at[i].text);
}

/* Notes lines that still waited, because they look as if they had been sent. */
static void note_unsent(struct console *c)
{
	size_t lines = shell_unsent(c->shell);
	if (lines)
		bytes_addf(&c->notes, "- %zu waiting line%s not sent\r\n", lines,
			lines == 1 ? " was" : "s were");
}

/* Says whether a device before this one has the same log. */
static bool log_is_named(struct console *c, size_t before, const char *log)
{
	struct shell_device device;
	const char *other;
	for (size_t i = 0; i < before && shell_device(c->shell, i, &device); i++)
		for (size_t n = 0; (other = shell_log_path(c->shell, device.session, n)); n++)
			if (strcmp(other, log) == 0)
				return true;
	return false;
}

/* Notes where the logs of a device are that none before it has; logs: others were noted. */
static bool note_logs(struct console *c, size_t index, const struct session *s, bool logs)
{
	const char *log;
	for (size_t n = 0; (log = shell_log_path(c->shell, s, n)); n++) {
		if (log_is_named(c, index, log))
			continue;
		bytes_addf(&c->notes, "%s", logs ? ", " : "; logged in ");
		paste_add(&c->notes, slice_str(log), text_charset(c->ui.utf8));
		logs = true;
	}
	return logs;
}

/* Notes what was done here: how long it took, how many commands, and where the logs are. */
static void note_leaving(struct console *c)
{
	char took[DURATION_TEXT_MAX];
	struct shell_device device;
	int64_t s = 1 + (loop_now_fresh(c->loop) - c->began) / (int64_t)NS_PER_S;
	size_t before = c->notes.len;
	bytes_addf(&c->notes, "- %s, ", duration_text(s * (int64_t)NS_PER_S, took));
	bool done = shell_summary(c->shell, c->commands, &c->notes), logs = false;
	for (size_t i = 0; shell_device(c->shell, i, &device); i++)
		logs = note_logs(c, i, device.session, logs);
	bytes_add_str(&c->notes, "\r\n");
	if (!done && !logs)
		c->notes.len = before;
}

/* Has in sight what a line was to print from entry `before` on, or why it failed, also where it
 * leaves the window in its place.  A note moves nothing: who changes the view looks on. */
static void show_printed(struct console *c, uint64_t before)
{
	full_line_over(c);
	const struct entry *first = record_find(&c->record, before);
	bool asked = first && (first->kind == ENTRY_OUTPUT || first->kind == ENTRY_ERROR);
	if (asked && !c->viewing && !c->browsing)
		pane_end(&c->pane);
	pane_show_from(&c->pane, before);
}

enum status console_run(struct console *c)
{
	const wchar_t *line;
	size_t length;
	struct shell *shell = c->shell;
	c->history_at = history_count(shell_history(shell));
	while (editor_line(c->editor, &line, &length)) {
		bool several = lines_count(line, length) > 1;
		char *text = console_utf8(line, length);
		leave_row(c, line, length);
		if (!c->viewing && !c->browsing &&
			(several || !shell_stays(c->shell, slice_str(text))))
			pane_end(&c->pane);
		uint64_t before = c->record.ever;
		bool selected = c->pane.selecting;
		if (several)
			run_several(c, text);
		else
			run_one(c, text);
		show_printed(c, before);
		c->history_at = history_count(shell_history(shell));
		console_forget_edits(c);
		console_end_asking(c);
		c->over_line = true;
		shell_offer(shell);
		c->over_line = false;
		viewing_again(c);
		if (selected && !c->browsing) /* it was about the selection, or forgets it */
			c->pane.selecting = false;
		paint_soon(c);
	}
	console_term_end(c);
	console_keep(c);
	if (c->unfinished)
		note_errors(c, c->leaving_at);
	note_unsent(c);
	c->leaves = shell_leaves(shell);
	if (c->leaves != LEAVE_NOTHING)
		note_leaving(c);
	leave_row(c, L"", 0);
	sheet_close(c); /* what it shows may belong to the shell */
	/* Now, while the shell still has the devices whose names stand in the rows. */
	if (c->screen && c->leaves == LEAVE_SCREEN)
		full_leave_rows(c);
	c->left_at = c->record.ever;
	if (c->signo)
		return (enum status)(128 + c->signo);
	if (c->exit_status)
		return (enum status)c->exit_status;
	return c->unfinished && shell_status(shell) == STATUS_OUTPUT ? STATUS_OUTPUT : STATUS_OK;
}

struct ui *console_ui(struct console *c)
{
	return &c->ui;
}

/* Says why there is no screen to people who did not ask for lines. */
static void note_lines(struct console *c, bool plain)
{
	const char *term = getenv("TERM");
	if (plain || terminal_can(c->terminal)->screen || !term || !*term ||
		strcmp(term, "dumb") == 0)
		return;
	bytes_addf(&c->notes, "lines instead of a split screen: TERM=%s is not known here\n",
		quote(slice_str(term)).text);
}

struct console *console_new(struct loop *loop, bool plain, struct error *err)
{
	struct console *c = mem_new(sizeof *c);
	c->ui = (struct ui){.ops = &console_ops,
		.utf8 = text_locale_utf8(),
		.marks = plain,
		.interactive = true};
	c->ui.pane = &c->pane;
	c->loop = loop;
	c->began = loop_now_fresh(loop);
	c->dirty = true;
	c->input_rows = 1;
	row_init(&c->painted);
	bytes_init(&c->output, OUTPUT_MAX + 2 * UNASKED_LINE_MAX);
	bytes_init(&c->unasked, UNASKED_LINE_MAX);
	bytes_init(&c->paste, PASTE_MAX);
	bytes_init(&c->needle, LIMIT_LINE);
	bytes_init(&c->message, LIMIT_MESSAGE);
	bytes_init(&c->notes, OUTPUT_MAX);
	console_secrets(c);
	styled_init(&c->preview);
	c->preview_rows = 1;
	record_init(&c->record);
	pane_init(&c->pane, &c->record, c->ui.utf8);
	c->pane.look.marks = c->ui.marks;
	c->pane.look.breaks = c->pane.look.chooses = true;
	c->pane.look.marking.rules = c->ui.highlights = &c->highlights;
	alarm_init(c);
	keymap_init(&c->keymap);
	loop_timer_init(&c->clock_timer, loop, full_on_clock, c);
	loop_timer_init(&c->preview_timer, loop, console_on_paint_time, c);
	loop_timer_init(&c->keep_timer, loop, on_keep_time, c);
	loop_timer_init(&c->escape_timer, loop, console_on_escape_time, c);
	loop_timer_init(&c->paint_timer, loop, console_on_paint_time, c);
	c->editor = editor_new(&editor_events, c, &c->notes, err);
	if (c->editor)
		c->terminal = terminal_open(loop, plain, &console_terminal_events, c, err);
	if (!c->terminal) {
		console_free(c);
		return NULL;
	}
	note_lines(c, plain);
	pane_size(&c->pane, terminal_columns(c->terminal), c->pane.height);
	c->term = loop_signal_new(loop, SIGTERM, on_ending_signal, c);
	c->hangup = loop_signal_new(loop, SIGHUP, console_on_hangup, c);
	c->interrupt = loop_signal_new(loop, SIGINT, on_ending_signal, c);
	/* After our own signals, because ncurses takes those that nobody has. */
	if (terminal_can(c->terminal)->screen && !full_open(c, err)) {
		console_free(c);
		return NULL;
	}
	return c;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	console_edit_end(c);
	console_term_end(c);
	viewing_free(c);
	full_close(c);
	note_errors(c, c->left_at);
	if (c->terminal)
		terminal_write(c->terminal, bytes_shown(&c->output));
	if (c->terminal && c->notes.len)
		terminal_write(c->terminal, bytes_shown(&c->notes));
	terminal_close(c->terminal);
	editor_free(c->editor);
	loop_signal_free(c->term);
	loop_signal_free(c->hangup);
	loop_signal_free(c->interrupt);
	loop_timer_stop(&c->escape_timer);
	loop_timer_stop(&c->paint_timer);
	row_free(&c->painted);
	bytes_free(&c->output);
	bytes_free(&c->unasked);
	bytes_free(&c->paste);
	free(c->replacement);
	free(c->insertion);
	free(c->typed);
	free(c->recalled);
	free(c->suggested.typed);
	history_close(c->all);
	console_forget_edits(c);
	free(c->draft);
	sheet_close(c);
	sheet_text_free(c);
	loop_timer_stop(&c->clock_timer);
	loop_timer_stop(&c->preview_timer);
	loop_timer_stop(&c->keep_timer);
	bytes_free(&c->needle);
	bytes_free(&c->message);
	bytes_free(&c->notes);
	styled_free(&c->preview);
	alarm_end(c);
	highlights_free(&c->highlights);
	pane_free(&c->pane);
	record_free(&c->record);
	keymap_free(&c->keymap);
	console_secret_end(c);
	free(c->question.text);
	free(c->question.again);
	free(c->queue);
	free(c->typed_keys);
	free(c);
}
