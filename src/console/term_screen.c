/* term_screen.c - see term_screen.h.
 *
 * A device may say more than can be shown.  What comes is in the record at once; the emulation gets
 * at most TERM_PENDING bytes between two paints, a little in each turn of the loop, so that keys do
 * not wait.  When more comes, it begins anew with the last of them.
 */
#include "console/term_screen.h"

#include "adapter/module.h"
#include "base/charset.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "console/sheet.h"
#include <stdlib.h>

enum { PIECE = 1024 }; /* bytes that are fed before the clock is looked at */
enum { ROWS_LEFT = 5 };
static const int64_t FEED_NS = 4 * NS_PER_MS;
static const int64_t RETRY_NS = 10 * NS_PER_MS;

void term_screen_changed(struct term_screen *t)
{
	t->console->pane_dirty = true;
	t->console->dirty = true;
}

/* ---- what comes ---- */

static void on_answer(void *owner, const char *bytes, size_t size)
{
	struct term_screen *t = owner;
	if (t->use == TERM_PASSES)
		return; /* the line is a program's */
	session_answer(t->session, slice_of(bytes, size));
}

void term_screen_show(struct term_screen *t, struct slice bytes)
{
	size_t room = TERM_PENDING - t->pending.len;
	if (bytes.len > room) {
		size_t over = bytes.len - room,
		       drop = over < t->pending.len ? over : t->pending.len;
		t->skipped += over;
		bytes_drop(&t->pending, drop);
		if (bytes.len > TERM_PENDING)
			bytes = slice_cut(bytes, bytes.len - TERM_PENDING, bytes.len);
	}
	bytes_add(&t->pending, bytes);
	t->console->pane_dirty = true;
	console_paint_later(t->console);
}

/* Says how a file passes where the device begins that, once for each Enter. */
static void look_for_file(struct term_screen *t, struct slice bytes)
{
	enum zmodem_start start = zmodem_look(&t->zmodem, bytes);
	if (!start || t->file_told)
		return;
	t->file_told = true;
	console_say(t->console, start == ZMODEM_SENDS
					? "a file comes by ZMODEM: Ctrl-] t Z downloads it"
					: "a file is waited for by ZMODEM: Ctrl-] t z uploads one");
}

static void on_came(void *owner, struct slice bytes)
{
	look_for_file(owner, bytes);
	term_screen_show(owner, bytes);
}

/* Begins anew behind what was skipped, because the modes that it set are not known. */
static void skip(struct term_screen *t)
{
	t->is->reset(t->vt);
	t->begun = 0;
	console_say(t->console,
		"%llu KiB are skipped: they came too fast to be shown; the record has them",
		(unsigned long long)(t->skipped / 1024 + 1));
	t->skipped = 0;
}

static int64_t setting(const struct term_screen *t, enum setting_id id)
{
	return session_settings(t->session)->at[id].value;
}

static void feed_text(struct term_screen *t, struct slice text)
{
	t->is->feed(t->vt, (const char *)text.at, text.len);
}

/* Puts the time in front of a line; where a program draws the screen there are no lines. */
static void feed_time(struct term_screen *t)
{
	char clock[CLOCK_TEXT_MAX];
	struct timespec now;
	struct vt_cursor at = t->is->cursor(t->vt);
	if (at.x || at.alternate)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	feed_text(t, slice_str(clock_text(&now, true, clock)));
	feed_text(t, SLICE(" "));
}

/* Feeds lines whose ends mean something else to the device than to a terminal. */
static void feed_lines(struct term_screen *t, struct slice text)
{
	enum newline newline = (enum newline)setting(t, SET_NEWLINE);
	bool times = setting(t, SET_LINE_TIMES);
	while (text.len) {
		size_t n = 0;
		while (n < text.len && text.at[n] != '\r' && text.at[n] != '\n')
			n++;
		if (n && times && t->line_begins)
			feed_time(t);
		t->line_begins = t->line_begins && !n;
		feed_text(t, slice_cut(text, 0, n));
		if (n < text.len) {
			uint8_t end = text.at[n++];
			bool both = newline == (end == '\n' ? NEWLINE_LF : NEWLINE_CR);
			feed_text(t, both ? SLICE("\r\n") : slice_of(&end, 1));
			t->line_begins = true;
		}
		text = slice_cut(text, n, text.len);
	}
}

static void feed_utf8(struct term_screen *t, struct slice text)
{
	if (setting(t, SET_NEWLINE) == NEWLINE_CRLF && !setting(t, SET_LINE_TIMES))
		feed_text(t, text);
	else
		feed_lines(t, text);
}

/* Adds the device's characters as UTF-8.  One of two bytes whose second one has not come waits for
 * that, as a slow line gives them one by one. */
static void decode(
	struct term_screen *t, enum charset charset, struct slice bytes, struct bytes *text)
{
	uint32_t code;
	uint8_t utf8[4];
	t->begun = 0;
	for (size_t n; bytes.len; bytes = slice_cut(bytes, n, bytes.len)) {
		if (bytes.len == 1 && charset_begins(charset, bytes.at[0])) {
			t->begun = bytes.at[0];
			return;
		}
		n = charset_decode(charset, bytes, &code);
		bytes_add(text,
			slice_of(utf8, text_encode(code == 0xFFFFFFFF ? 0xFFFD : code, utf8)));
	}
}

/* Feeds bytes of the device's charset. */
static void feed(struct term_screen *t, struct slice bytes)
{
	enum charset charset = (enum charset)setting(t, SET_CHARSET);
	struct bytes whole, text;
	if (charset == CHARSET_UTF8) {
		feed_utf8(t, bytes);
		return;
	}
	bytes_init(&whole, PIECE + 1);
	bytes_init(&text, TEXT_MOST * (PIECE + 1));
	bytes_add(&whole, slice_of(&t->begun, t->begun > 0));
	bytes_add(&whole, bytes);
	decode(t, charset, bytes_slice(&whole), &text);
	feed_utf8(t, bytes_slice(&text));
	bytes_free(&whole);
	bytes_free(&text);
}

/* Returns the next piece, which ends at a line where it can: no character is torn there. */
static struct slice next_piece(const struct term_screen *t, size_t at)
{
	struct slice piece = slice_cut(bytes_slice(&t->pending), at, at + PIECE);
	size_t n = piece.len;
	while (n > PIECE / 2 && piece.at[n - 1] != '\n')
		n--;
	return n > PIECE / 2 ? slice_cut(piece, 0, n) : piece;
}

bool term_screen_feed(struct term_screen *t)
{
	int64_t until = loop_now_fresh(t->console->loop) + FEED_NS;
	size_t at = 0;
	if (t->skipped)
		skip(t);
	while (at < t->pending.len && t->fed < TERM_PENDING && !session_answers_wait(t->session)) {
		struct slice piece = next_piece(t, at);
		feed(t, piece);
		at += piece.len;
		t->fed += piece.len;
		if (loop_now_fresh(t->console->loop) > until)
			break;
	}
	bytes_drop(&t->pending, at);
	if (!t->pending.len || t->fed >= TERM_PENDING)
		return true;
	if (!session_answers_wait(t->session))
		return false;
	loop_timer_set(&t->retry, RETRY_NS);
	return true;
}

static void on_retry(void *arg)
{
	term_screen_changed(arg);
}

/* ---- a command that ends ---- */

static void on_gone(void *owner, int status)
{
	struct term_screen *t = owner;
	t->exit_status = status;
	loop_timer_set(&t->over, 0);
}

/* Notes the last rows of a command that failed: they say why, and the screen goes. */
static void note_rows(const struct term_screen *t)
{
	struct console *c = t->console;
	char *text = t->is->text(t->vt);
	struct slice all = slice_str(text ? text : "");
	while (all.len && (all.at[all.len - 1] == '\n' || all.at[all.len - 1] == ' '))
		all.len--;
	size_t from = all.len;
	for (unsigned rows = 0; from && rows < ROWS_LEFT; rows += from && all.at[from - 1] == '\n')
		from--;
	struct slice rest = slice_cut(all, from, all.len), line;
	while (slice_line(&rest, &line))
		if (line.len) {
			text_add(&c->notes, line, TEXT_PLAIN | text_charset(c->ui.utf8));
			bytes_add_str(&c->notes, "\r\n");
		}
	free(text);
}

/* Ends wilco, too, if terminal mode is all that it was started for. */
static void on_over(void *arg)
{
	struct term_screen *t = arg;
	struct console *c = t->console;
	bool all = c->shell->context->options.term && !c->term_left && t->exit_status >= 0;
	term_screen_feed(t);
	if (!all) {
		term_end_closed(t->term);
		t->term = NULL;
		console_term_end(c);
		return;
	}
	c->exit_status = t->exit_status;
	if (c->exit_status)
		note_rows(t);
	bytes_add_str(&c->notes, "- ");
	text_add(&c->notes, slice_str(session_name(t->session)),
		TEXT_PLAIN | text_charset(c->ui.utf8));
	bytes_addf(&c->notes, " ended with status %d\r\n", c->exit_status);
	session_close(t->session);
	console_term_end(c);
	shell_quit(c->shell);
}

/* ---- beginning and end ---- */

static void take_size(struct term_screen *t)
{
	const struct terminal *terminal = t->console->terminal;
	size_t rows = terminal_rows(terminal);
	t->width = (unsigned)terminal_columns(terminal);
	t->height = (unsigned)(rows > 3 ? rows - 1 : rows);
	if (t->width > VT_WIDTH_MAX)
		t->width = VT_WIDTH_MAX;
	if (t->height > VT_HEIGHT_MAX)
		t->height = VT_HEIGHT_MAX;
}

static bool open_emulation(struct term_screen *t, struct error *err)
{
	t->is = module_vt(err);
	if (!t->is)
		return false;
	take_size(t);
	t->vt = t->is->open(t->width, t->height, TERM_KEPT, on_answer, t);
	return t->vt || error_set(err, STATUS_OUTPUT, "no memory for a terminal");
}

static void term_screen_free(struct term_screen *t)
{
	loop_timer_stop(&t->retry);
	loop_timer_stop(&t->over);
	term_hold_stop(t);
	if (t->vt)
		t->is->close(t->vt);
	bytes_free(&t->pending);
	free(t);
}

bool console_term(struct ui *ui, struct error *err)
{
	struct console *c = (struct console *)ui;
	if (c->term_screen)
		return true;
	static const struct term_events events = {.came = on_came, .gone = on_gone};
	struct term_screen *t = mem_new(sizeof *t);
	t->console = c;
	bytes_init(&t->pending, TERM_PENDING);
	loop_timer_init(&t->retry, c->loop, on_retry, t);
	loop_timer_init(&t->over, c->loop, on_over, t);
	term_hold_init(t);
	if (open_emulation(t, err))
		t->term = term_begin(c->shell, t->width, t->height, &events, t, err);
	if (!t->term) {
		term_screen_free(t);
		return false;
	}
	t->session = term_session(t->term);
	if (address_runs(session_address(t->session)) &&
		!address_has_terminal(session_address(t->session)))
		console_say(c, "the command has no terminal; .set tty=yes gives it one when it is "
			       "opened again");
	t->line_begins = true;
	c->term_screen = t;
	sheet_close(c);
	screen_forget(c->screen);
	term_screen_changed(t);
	return true;
}

void console_term_end(struct console *c)
{
	struct term_screen *t = c->term_screen;
	if (!t)
		return;
	session_window(t->session, 0, 0);
	term_end(t->term);
	c->term_screen = NULL;
	c->term_left = true;
	term_screen_free(t);
	screen_forget(c->screen);
	pane_end(&c->pane);
	pane_again(&c->pane);
	c->dirty = c->pane_dirty = true;
}

struct slice console_term_keys(struct console *c, struct slice bytes)
{
	return term_keys(c->term_screen, bytes);
}

void console_term_key(struct console *c, uint32_t code, bool alt)
{
	struct bytes bytes;
	bytes_init(&bytes, KEYS_PENDING_MAX);
	keys_spell(code, alt, &bytes);
	term_keys(c->term_screen, bytes_slice(&bytes));
	bytes_free(&bytes);
}

void console_term_paint(struct console *c)
{
	if (term_screen_feed(c->term_screen)) {
		term_paint(c->term_screen);
		return;
	}
	c->dirty = false;
	loop_timer_set(&c->paint_timer, 0);
}

void console_term_resize(struct console *c)
{
	struct term_screen *t = c->term_screen;
	take_size(t);
	t->is->resize(t->vt, t->width, t->height);
	session_window(t->session, t->width, t->height);
}
