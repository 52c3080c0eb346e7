/* typing.c - the key layer: turns the terminal's keys into the editor's, or handles them here. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "console/lines.h"
#include "console/sheet.h"
#include <stdlib.h>

/* ---- keys for the editor ---- */

static void push(struct console *c, uint32_t key)
{
	if (c->queue_count == KEYS_MAX)
		return;
	c->queue = mem_more(c->queue, c->queue_count, &c->queue_room, sizeof *c->queue);
	c->queue[c->queue_count++] = (wchar_t)key;
}

/* Adds a character as it is typed; one that cannot be shown becomes the escape that means it. */
static void typing_spell(struct slice raw, uint32_t code, struct bytes *out)
{
	if (text_width(code) > 0 || code == '\n')
		bytes_add(out, raw);
	else if (code >= 0x80 && code != 0xFFFFFFFF)
		bytes_addf(out, "\\u{%x}", code);
	else
		text_add(out, raw, 0);
}

void console_spell(struct slice text, struct bytes *out)
{
	uint32_t code;
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len))
		typing_spell(slice_cut(text, 0, n), code, out);
}

static void push_text(struct console *c, struct slice text)
{
	uint32_t code;
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len))
		push(c, code);
}

/* Inserts text in one piece: key by key each character would move the rest of the line, and in vi's
 * command mode it would be a command. */
static void push_insertion(struct console *c, struct slice text)
{
	uint32_t code;
	size_t count = 0;
	free(c->insertion);
	c->insertion = mem_grow(NULL, text.len + 1, sizeof *c->insertion);
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len))
		c->insertion[count++] = code == '\n' ? LINE_BREAK : (wchar_t)code;
	c->insertion[count] = 0;
	push(c, KEY_INSERT);
}

/* Types a character as an escape, even if it could be shown. */
static void push_escape(struct console *c, uint32_t code)
{
	uint8_t raw[4];
	struct bytes spelled;
	struct slice character = slice_of(raw, text_encode(code, raw));
	bytes_init(&spelled, 64);
	if (code >= 0x80)
		bytes_addf(&spelled, "\\u{%x}", code);
	else
		text_add(&spelled, character, 0);
	push_insertion(c, bytes_slice(&spelled));
	bytes_free(&spelled);
}

static void push_character(struct console *c, uint32_t code)
{
	uint8_t raw[4];
	struct bytes spelled;
	bytes_init(&spelled, 64);
	console_spell(slice_of(raw, text_encode(code, raw)), &spelled);
	push_text(c, bytes_slice(&spelled));
	bytes_free(&spelled);
}

size_t console_line_length(struct console *c)
{
	const wchar_t *line;
	size_t length, cursor;
	editor_now(c->editor, &line, &length, &cursor);
	return length;
}

/* Says whether the line is empty; keys in the queue count as typed. */
static bool line_is_empty(struct console *c)
{
	return console_line_length(c) == 0 && c->queue_at == c->queue_count;
}

void console_say_full(struct console *c)
{
	console_say(c, "the line is full: it holds %d characters", EDITOR_CHARACTERS_MAX);
}

/* Sets the line.  Lines come from files, too: only a line feed begins another one. */
void console_set_line(struct console *c, struct slice line)
{
	size_t n = 0;
	uint32_t code;
	struct bytes spelled;
	bytes_init(&spelled, TEXT_MOST * line.len + 1);
	console_spell(line, &spelled);
	struct slice text = bytes_slice(&spelled);
	free(c->replacement);
	c->replacement = mem_grow(NULL, text.len + 1, sizeof *c->replacement);
	for (size_t used; (used = text_decode(text, &code)) > 0;
		text = slice_cut(text, used, text.len))
		if (n < EDITOR_CHARACTERS_MAX)
			c->replacement[n++] = code == '\n' ? LINE_BREAK : (wchar_t)code;
		else
			console_say_full(c);
	c->replacement[n] = 0;
	bytes_free(&spelled);
}

void console_type_line(struct console *c, struct slice text)
{
	c->queue_at = c->queue_count = 0;
	console_set_line(c, text);
	push(c, KEY_SET_LINE);
}

static size_t characters(struct slice text)
{
	size_t count = 0;
	uint32_t code;
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len))
		count++;
	return count;
}

bool console_type(struct console *c, struct slice text)
{
	struct bytes spelled;
	bytes_init(&spelled, TEXT_MOST * PASTE_MAX);
	console_spell(text, &spelled);
	bool fits =
		console_line_length(c) + characters(bytes_slice(&spelled)) <= EDITOR_CHARACTERS_MAX;
	if (fits && spelled.len)
		push_insertion(c, bytes_slice(&spelled));
	bytes_free(&spelled);
	return fits;
}

/* ---- the key layer ---- */

static void key_interrupt(struct console *c)
{
	c->queue_at = c->queue_count = 0;
	if (c->draft) {
		console_end_asking(c);
		return;
	}
	bool aside = shell_aside(c->shell);
	if (console_line_length(c)) {
		if (!c->screen) {
			terminal_write(c->terminal, SLICE("^C\r\n"));
			row_free(&c->painted);
		}
		console_type_line(c, SLICE(""));
	} else if (!aside) {
		console_act(c, ACT_GIVE_UP);
	}
}

/* Handles Alt with a letter; in vi mode Alt is the Escape that it is on the wire. */
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
	if (editor_has_alt(c->editor, code)) {
		push(c, 27);
		push(c, code);
		return;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].letter == (code < 0x7F ? code | 32 : code) || keys[i].letter == code)
			push(c, keys[i].key);
}

static void key_control(struct console *c, uint32_t code)
{
	switch (key_use(code)) {
	case USE_GIVE_UP:
		key_interrupt(c);
		break;
	case USE_LEAVE:
		if (line_is_empty(c))
			shell_leave(c->shell);
		else
			push(c, KEY_DELETE);
		break;
	case USE_COMPLETE:
		push(c, KEY_COMPLETE);
		break;
	case USE_SEARCH:
		console_search_key(c, code);
		break;
	case USE_LITERAL:
		c->over = TYPING_LITERAL;
		console_say(c, "the next key is typed as an escape");
		break;
	case USE_SUSPEND:
		terminal_suspend(c->terminal);
		break;
	case USE_RUN:
		if (console_enter(c))
			push(c, '\n');
		break;
	default:
		push(c, code);
	}
}

/* ---- what keys are for ---- */

/* A character does not go into a line that somebody else put there: whoever types a command may not
 * have seen it come.  Keys that move or delete edit it. */
static void put_aside(struct console *c, bool character)
{
	bool put = c->put && !c->draft;
	c->put = c->put && !put;
	if (!put || !character)
		return;
	console_type_line(c, SLICE(""));
	shell_aside(c->shell);
}

/* Handles a key that has no other use: it works on the line. */
/* A key that is pressed on trial, or as in another program, says where to look. */
static void say_unbound(struct console *c, uint32_t code)
{
	char key[KEY_TEXT_MAX];
	key_text(code, false, key);
	if (c->screen)
		console_say(c, "%s does nothing: F1 tells the keys, .bind gives it something to do",
			key);
}

static void type_key(struct console *c, uint32_t code, bool alt)
{
	bool special = code >= KEY_SPECIAL && code <= KEY_LAST;
	put_aside(c, !alt && code >= 0x20 && code != 0x7F && !special);
	if (alt)
		key_alt(c, code);
	else if (code < 0x20)
		key_control(c, code);
	else if (code <= 0x7F || special)
		push(c, code);
	else if (code < KEY_PASTE_BEGIN)
		push_character(c, code);
	else if (code >= KEY_F1 && code <= KEY_F12)
		say_unbound(c, code);
}

bool console_run_bound(struct console *c, enum key_mode mode, uint32_t code, bool alt)
{
	uint64_t before = c->record.ever;
	const struct binding *b = keymap_find(&c->keymap, mode, code, alt);
	if (!b)
		return false;
	if (b->action == ACT_LINE) {
		char *line = mem_str(b->line); /* it may bind the key anew */
		shell_line(c->shell, slice_str(line));
		free(line);
	} else {
		console_act(c, b->action);
	}
	pane_show_from(&c->pane, before);
	return true;
}

/* Takes a suggestion, for Right or End at the end of the line. */
static bool take_suggestion(struct console *c, uint32_t code)
{
	const wchar_t *line;
	size_t length, cursor;
	if (key_use(code) != USE_SUGGESTION)
		return false;
	editor_now(c->editor, &line, &length, &cursor);
	struct slice more = console_suggestion(c, line, length, cursor);
	if (!more.len)
		return false;
	console_type(c, more);
	return true;
}

/* Goes back to what comes now, for Esc, or for End where nothing is typed. */
static bool go_live(struct console *c, uint32_t code, bool alt)
{
	const wchar_t *line;
	size_t length, cursor;
	if (alt || !c->screen || c->viewing || c->pane.follow)
		return false;
	editor_now(c->editor, &line, &length, &cursor);
	if (code == KEY_ESCAPE ? editor_is_vi(c->editor) : code != KEY_END || length)
		return false;
	console_act(c, ACT_END);
	return true;
}

static void line_key(struct console *c, uint32_t code, bool alt)
{
	if (!take_suggestion(c, code) && !console_run_bound(c, MODE_INPUT, code, alt) &&
		!go_live(c, code, alt))
		type_key(c, code, alt);
}

/* Handles a key while browsing; one that is not bound ends that and is typed. */
static void browse_key(struct console *c, uint32_t code, bool alt)
{
	if (viewing_key(c, code, alt))
		return;
	if (console_run_bound(c, MODE_BROWSE, code, alt) || code == KEY_LEFT || code == KEY_RIGHT)
		return;
	console_act(c, ACT_INPUT);
	if (!console_run_bound(c, MODE_INPUT, code, alt))
		type_key(c, code, alt);
}

static void asked_key(struct console *c, uint32_t code, bool alt)
{
	if (code == KEY_ESCAPE && !editor_is_vi(c->editor))
		console_end_asking(c);
	else
		line_key(c, code, alt);
}

static void literal_key(struct console *c, uint32_t code, bool alt)
{
	(void)alt;
	c->over = TYPING_LINE;
	if (code == KEY_ESCAPE)
		push_escape(c, 27);
	else if (code >= KEY_PASTE_BEGIN || (code >= KEY_SPECIAL && code <= KEY_LAST))
		console_say(c, "that key is no character");
	else
		push_escape(c, code);
}

static void answer_key(struct console *c, uint32_t code, bool alt)
{
	const struct question q = c->question;
	uint32_t letter = code < 0x80 ? code | 32 : 0;
	bool no = letter == 'n' || code == KEY_ESCAPE || code == 3 || code == 7;
	(void)alt;
	if (!no && letter != 'y' && !(letter == 'e' && q.edit))
		return;
	free(q.text);
	c->question.text = NULL;
	c->pane_dirty = true;
	if (no && q.no)
		q.no(c);
	else if (no)
		bytes_free(&c->paste);
	else if (letter == 'y')
		q.yes(c);
	else
		q.edit(c);
	if (!c->question.text)
		shell_asks_again(c->shell);
}

static void sheet_mode_key(struct console *c, uint32_t code, bool alt)
{
	sheet_key(c, code, alt);
}

static void secret_key(struct console *c, uint32_t code, bool alt)
{
	(void)alt;
	console_secret_key(c, code);
}

static void search_key(struct console *c, uint32_t code, bool alt);

static void paste_key(struct console *c, uint32_t code, bool alt)
{
	(void)alt;
	console_paste_key(c, code);
}

static void (*const key_of_mode[TYPING_MODES])(struct console *c, uint32_t code, bool alt) = {
	[TYPING_LINE] = line_key,
	[TYPING_BROWSE] = browse_key,
	[TYPING_ASKED] = asked_key,
	[TYPING_LITERAL] = literal_key,
	[TYPING_SEARCH] = search_key,
	[TYPING_SHEET] = sheet_mode_key,
	[TYPING_ANSWER] = answer_key,
	[TYPING_SECRET] = secret_key,
	[TYPING_PASTE] = paste_key,
};

enum typing_mode console_mode(const struct console *c)
{
	if (c->over == TYPING_PASTE)
		return TYPING_PASTE;
	if (c->question.text)
		return c->question.typed ? TYPING_SECRET : TYPING_ANSWER;
	if (c->over != TYPING_LINE)
		return c->over;
	if (sheet_takes_keys(c))
		return TYPING_SHEET;
	if (c->draft)
		return TYPING_ASKED;
	return console_browses(c) ? TYPING_BROWSE : TYPING_LINE;
}

/* Handles a key of the search; another one ends it, and works on the line that was found. */
static void search_key(struct console *c, uint32_t code, bool alt)
{
	if (!alt && console_search_key(c, code))
		return;
	c->over = TYPING_LINE;
	key_of_mode[console_mode(c)](c, code, alt);
}

void console_key(struct console *c, uint32_t code, bool alt)
{
	enum typing_mode mode = console_mode(c);
	c->dirty = true;
	if (mouse_key(c, code))
		return;
	c->mouse_lent = false;
	c->refused = false;
	if (c->message.len) {
		bytes_clear(&c->message);
		c->pane_dirty = true;
	}
	if (!sheet_takes_keys(c) && sheet_key(c, code, alt))
		return;
	if (code == KEY_PASTE_BEGIN && mode != TYPING_ANSWER && mode != TYPING_SECRET) {
		sheet_close(c);
		c->over = TYPING_PASTE;
		bytes_clear(&c->paste);
		put_aside(c, true);
	} else {
		key_of_mode[mode](c, code, alt);
	}
}
