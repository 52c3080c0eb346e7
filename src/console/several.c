/* several.c - lines that come together: pasted, or typed with breaks between them (lines.h).
 *
 * They run one by one, each after the reply to the one before; the shell's queue sees to that.
 */
#include "console/console_private.h"

#include "base/text.h"
#include "console/lines.h"
#include <stdlib.h>

enum { FIRST_SHOWN = 16 }; /* most bytes of the first line in a question */

void console_run_lines(struct console *c, struct slice lines)
{
	struct slice line;
	struct error err;
	while (slice_line(&lines, &line)) {
		/* The line before may have chosen another device. */
		struct history *h = shell_history(c->shell);
		if (line.len && line.at[0] != ' ' && !history_add(h, line, &err))
			c->ui.ops->line(&c->ui, UI_ERROR, slice_str(err.what));
		shell_line_together(c->shell, line);
		tour_line(c);
	}
	shell_tell_skipped(c->shell);
}

/* ---- what cannot be sent ---- */

static enum preview several_preview(struct console *c, struct slice line, struct error *err)
{
	struct bytes wire;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	enum preview result = shell_preview_together(c->shell, line, &wire, err);
	bytes_free(&wire);
	return result;
}

/* Returns the number of the first line that cannot be sent, from 1; 0: there is none.  It stops at
 * a command of wilco's own, which may choose another frame when it runs. */
static size_t first_wrong(struct console *c, struct slice lines, struct error *err)
{
	struct slice line;
	if (shell_queued(c->shell))
		return 0; /* lines that wait may choose another frame, too */
	for (size_t n = 1; slice_line(&lines, &line); n++) {
		enum preview what = several_preview(c, line, err);
		if (what == PREVIEW_VERB || what == PREVIEW_AS)
			return 0;
		if (what == PREVIEW_WRONG)
			return n;
	}
	return 0;
}

/* ---- pasted ---- */

static void ask_paste(struct console *c, bool edit);

/* Puts a paste on the line; false: it is too long for that. */
static bool take_paste(struct console *c)
{
	struct slice text = bytes_slice(&c->paste);
	while (text.len && text.at[text.len - 1] == '\n')
		text.len--;
	if (!console_type(c, text))
		return false;
	bytes_free(&c->paste);
	return true;
}

/* Edits a paste; one that turns out to be too long can still be sent. */
static void edit_paste(struct console *c)
{
	if (!take_paste(c))
		ask_paste(c, false);
}

/* Sends all lines; if one cannot be sent it sends none, and puts them on the line if they fit. */
static void run_paste(struct console *c)
{
	struct bytes lines;
	struct error err;
	bytes_init(&lines, TEXT_MOST * PASTE_MAX);
	console_spell(bytes_slice(&c->paste), &lines);
	size_t wrong = first_wrong(c, bytes_slice(&lines), &err);
	if (!wrong)
		console_run_lines(c, bytes_slice(&lines));
	else if (take_paste(c))
		console_say(c, "nothing was sent: line %zu: %s", wrong, err.what);
	else
		console_refuse_paste(c, "line %zu: %s", wrong, err.what);
	bytes_free(&c->paste);
	bytes_free(&lines);
}

void console_refuse_paste(struct console *c, const char *why, ...)
{
	va_list args;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	va_start(args, why);
	bytes_addv(&text, why, args);
	va_end(args);
	console_say(c, "nothing was taken: %s; wilco DEVICE <FILE sends a file", bytes_str(&text));
	c->over = TYPING_LINE;
	bytes_free(&text);
	bytes_free(&c->paste);
}

static size_t count_lines(struct slice rest)
{
	struct slice line;
	size_t count = 0;
	while (slice_line(&rest, &line))
		count++;
	return count;
}

static void ask_paste(struct console *c, bool edit)
{
	const struct session *s = console_current(c);
	struct slice rest = bytes_slice(&c->paste), first;
	size_t count = count_lines(rest);
	slice_line(&rest, &first);
	size_t shown = first.len < FIRST_SHOWN ? first.len : FIRST_SHOWN;
	while (shown && shown < first.len && (first.at[shown] & 0xC0) == 0x80)
		shown--; /* cuts no character */
	console_ask(c, run_paste, "send %zu lines%s%s ('%s%s' ...) one by one?", count,
		s ? " to " : "", s ? quote(slice_str(session_name(s))).text : "",
		quote(slice_cut(first, 0, shown)).text, shown < first.len ? "..." : "");
	c->question.edit = edit && c->paste.len <= EDITOR_CHARACTERS_MAX ? edit_paste : NULL;
}

/* Turns CR and CR LF into LF. */
static void mend_ends(struct bytes *text)
{
	size_t to = 0;
	for (size_t i = 0; i < text->len; i++) {
		bool pair = text->at[i] == '\r' && i + 1 < text->len && text->at[i + 1] == '\n';
		if (!pair)
			text->at[to++] = text->at[i] == '\r' ? '\n' : text->at[i];
	}
	text->len = to;
}

/* Ends a paste: one line is only inserted; several run one by one, if that was meant. */
static void end_paste(struct console *c)
{
	struct slice rest, line = {0};
	c->over = TYPING_LINE;
	mend_ends(&c->paste);
	rest = bytes_slice(&c->paste);
	size_t count = count_lines(rest);
	if (c->paste.over) {
		console_refuse_paste(c, "a paste has at most %d bytes", PASTE_MAX);
	} else if (count > LIMIT_COMMANDS) {
		console_refuse_paste(c, "a paste has at most %d lines", LIMIT_COMMANDS);
	} else if (count > 1) {
		ask_paste(c, true);
	} else {
		slice_line(&rest, &line);
		if (console_type(c, line))
			bytes_free(&c->paste);
		else
			console_refuse_paste(
				c, "a line has at most %d characters", EDITOR_CHARACTERS_MAX);
	}
}

void console_paste_key(struct console *c, uint32_t code)
{
	if (code == KEY_PASTE_END)
		end_paste(c);
	else if (code >= KEY_PASTED && code <= KEY_PASTED + 0xFF)
		bytes_add_byte(&c->paste, (uint8_t)(code - KEY_PASTED));
}

/* ---- typed ---- */

void console_break_line(struct console *c)
{
	console_type(c, SLICE("\n"));
}

/* Says whether to go on in one more line: a backslash ends this one, and it is wrong with that. */
static bool goes_on(struct console *c, const wchar_t *text, size_t length)
{
	struct error err;
	size_t slashes = 0;
	while (slashes < length && text[length - 1 - slashes] == L'\\')
		slashes++;
	if (slashes % 2 == 0)
		return false;
	struct line_at at = lines_at(text, length, length);
	char *line = console_utf8(text + at.from, at.to - at.from);
	bool wrong = several_preview(c, slice_str(line), &err) == PREVIEW_WRONG;
	free(line);
	return wrong;
}

static void several_go_on(struct console *c, const wchar_t *text, size_t length)
{
	char *before = console_utf8(text, length - 1);
	struct bytes longer;
	bytes_init(&longer, LIMIT_LINE);
	bytes_addf(&longer, "%s\n", before);
	console_type_line(c, bytes_slice(&longer));
	bytes_free(&longer);
	free(before);
}

/* Returns the character of the line at this byte. */
static size_t several_place_of(const wchar_t *text, struct line_at at, size_t byte)
{
	uint8_t raw[4];
	size_t i = at.from;
	for (size_t bytes = 0; i < at.to && bytes < byte; i++)
		bytes += text_encode((uint32_t)text[i], raw);
	return i;
}

/* The preview says why, or the message where that has no room. */
static void say_refused(struct console *c, const struct error *err)
{
	size_t cells = strlen(err->what) + strlen(err->hint) + sizeof "! ; ";
	if (cells <= terminal_columns(c->terminal))
		console_say(c, "nothing was sent");
	else
		console_say(c, "nothing was sent: %s%s%s", err->what, err->hint[0] ? "; " : "",
			err->hint);
}

/* Says whether all can be sent; if not, it stays on the line.  In line mode a single line is run
 * all the same, because nothing else would say what is wrong. */
static bool are_right(struct console *c, const wchar_t *text, size_t length)
{
	struct error err;
	size_t count = lines_count(text, length);
	char *lines = console_utf8(text, length);
	size_t wrong = count > 1 || c->screen ? first_wrong(c, slice_str(lines), &err) : 0;
	free(lines);
	if (!wrong)
		return true;
	struct line_at at = lines_nth(text, length, wrong - 1);
	c->refused = true;
	c->previewed_at = 0; /* it is shown at once */
	editor_go_to(c->editor, err.placed ? several_place_of(text, at, err.column) : at.to);
	if (count > 1)
		console_say(c, "nothing was sent: line %zu: %s", wrong, err.what);
	else
		say_refused(c, &err);
	return false;
}

bool console_enter(struct console *c)
{
	const wchar_t *text;
	size_t length, cursor;
	editor_now(c->editor, &text, &length, &cursor);
	if (!goes_on(c, text, length))
		return are_right(c, text, length);
	several_go_on(c, text, length);
	return false;
}
