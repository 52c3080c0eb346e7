/* typing.c - the key layer: what the terminal says becomes keys for the editor, or is done here. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <signal.h>
#include <stdlib.h>

enum { KEYS_MAX = 1024 * 1024 };

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

void console_set_line(struct console *c, struct slice text)
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
		console_print(&c->ui, UI_ERROR, SLICE("the paste is too long: cut"), SLICE(""));
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
		console_set_line(c, SLICE(""));
		push(c, KEY_SET_LINE);
		return;
	}
	if (!shell_interrupt(c->shell))
		console_print(&c->ui, UI_NOTE, SLICE("Ctrl-D or .quit leaves wilco"), SLICE(""));
}

static void key_clear(struct console *c)
{
	const struct terminal_can *can = terminal_can(c->terminal);
	write_now(c, can->cursor ? can->wipe : "\r\n");
	row_free(&c->painted);
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

void console_on_escape_time(void *arg)
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
	write_now(c, terminal_can(c->terminal)->cursor ? "\r\033[K" : "\r\n");
	c->dirty = true;
}

static void on_drained(void *owner)
{
	console_paint_later(owner);
}

const struct terminal_events console_terminal_events = {
	.keys = on_keys, .closed = on_closed, .resized = on_resized, .drained = on_drained};

static void forget_search(struct console *c)
{
	free(c->needle);
	c->needle = NULL;
}

/* The editor asks: the loop turns until there is a key for it. */
bool console_next_key(void *owner, wchar_t *key)
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
			console_paint(c);
		loop_step(c->loop, true);
	}
}
