/* term_keys.c - what is typed in terminal mode.
 *
 * Bytes go to the device as the terminal gives them, in the call in which they came.  Only what a
 * device may have asked to be sent otherwise (arrows) is read, and what is ours: Ctrl-], PageUp and
 * PageDown where the rows above can be shown, the wheel, and the marks around a paste.
 */
#include "console/term_screen.h"

#include "base/charset.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

enum { CTRL_RIGHT_BRACKET = 0x1D, ESC = 27, DELETE = 0x7F, WHEEL_ROWS = 3 };
enum { PASTE_WAITING = LIMIT_QUEUE / 2 }; /* bytes of a paste that wait for the device */
static const int64_t BREAK_NS = 250 * NS_PER_MS;
static const int64_t LOOK_NS = 20 * NS_PER_MS;
static const char paste_begin[] = "\033[200~", paste_end[] = "\033[201~";

/* What is typed in one call: it is sent in one piece. */
struct typed_bytes {
	struct term_screen *screen;
	struct bytes bytes;
	size_t keys;
};

/* ---- to the device ---- */

static int64_t setting(const struct typed_bytes *out, enum setting_id id)
{
	return session_settings(out->screen->session)->at[id].value;
}

/* Shows what was typed, as a device would echo it. */
static void echo(struct term_screen *t, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.at[i];
		if (c == '\r' || (c == '\n' && !(i && bytes.at[i - 1] == '\r')))
			term_screen_show(t, SLICE("\r\n"));
		else if (c == '\b' || c == DELETE)
			term_screen_show(t, SLICE("\b \b"));
		else if (c >= 0x20)
			term_screen_show(t, slice_of(&c, 1));
	}
}

/* Makes the device's characters of what was typed; false: it lacks one, as why says. */
static bool in_charset(struct typed_bytes *out, struct error *why)
{
	enum charset charset = (enum charset)setting(out, SET_CHARSET);
	struct bytes text;
	struct error err;
	if (charset == CHARSET_UTF8 || !text_is_utf8(bytes_slice(&out->bytes)))
		return true;
	bytes_init(&text, LIMIT_DIRECT);
	bool good = charset_encode(charset, bytes_slice(&out->bytes), &text, &err);
	if (good) {
		bytes_free(&out->bytes);
		out->bytes = text;
		return true;
	}
	error_set(why, STATUS_USAGE, "not sent: %s", err.what);
	bytes_free(&text);
	return false;
}

static void refuse_rest(struct term_screen *t, const struct error *why, size_t lost)
{
	t->refuses = true;
	t->refused = *why;
	t->lost = lost + t->torn_size;
	t->torn_size = 0;
}

/* Says what was not sent.  Behind a hole in a paste nothing of it goes out, because the device
 * would take what comes next for what belongs there. */
static void refuse(struct typed_bytes *out, const struct error *err)
{
	struct term_screen *t = out->screen;
	console_say(t->console, "%s", err->what);
	if (!t->pasting || t->refuses)
		return;
	refuse_rest(t, err, out->bytes.len);
}

static void send(struct typed_bytes *out)
{
	struct term_screen *t = out->screen;
	struct error err;
	if (!out->bytes.len)
		return;
	if (t->view)
		term_view(t, 0);
	t->marks = false;
	if (!in_charset(out, &err) ||
		!session_type(t->session, bytes_slice(&out->bytes), out->keys, &err))
		refuse(out, &err);
	else if (session_settings(t->session)->at[SET_LOCAL_ECHO].value)
		echo(t, bytes_slice(&out->bytes));
	bytes_clear(&out->bytes);
	out->keys = 0;
}

/* Adds bytes as they are; those that go on a character are no keys. */
static void add(struct typed_bytes *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		out->keys += (bytes.at[i] & 0xC0) != 0x80;
	bytes_add(&out->bytes, bytes);
}

/* Adds a byte of a key, or of a paste, as the device wants Enter and Backspace. */
static void add_typed(struct typed_bytes *out, char c)
{
	if (c == '\r') {
		bytes_add(&out->bytes, session_enter(out->screen->session));
		out->screen->file_told = false;
		out->keys++;
	} else if (c == DELETE && setting(out, SET_BACKSPACE) == BACKSPACE_BS) {
		add(out, SLICE("\b"));
	} else {
		add(out, slice_of(&c, 1));
	}
}

static void add_sequence(struct typed_bytes *out, struct slice bytes)
{
	bytes_add(&out->bytes, bytes);
	out->keys++;
}

/* ---- the rows above ---- */

void term_view(struct term_screen *t, long rows)
{
	t->is->view(t->vt, rows > 0 ? (unsigned)rows : 0);
	t->is->kept(t->vt, &t->view);
	if (!t->view)
		t->found = 0;
	term_screen_changed(t);
}

static void scroll(struct term_screen *t, long rows)
{
	t->is->kept(t->vt, &t->view); /* more may have come */
	long to = (long)t->view + rows;
	term_view(t, to);
	if (rows > 0 && t->view < (unsigned long)to)
		console_say(t->console, "these are the first rows that are kept");
}

/* Says whether PageUp looks back: programs that draw the whole screen want it for themselves. */
static bool looks_back(const struct term_screen *t)
{
	return t->view || !t->is->cursor(t->vt).alternate;
}

/* Handles a key that moves the view; false: it is for the device. */
static bool moves_view(struct term_screen *t, struct slice sequence, uint32_t code)
{
	long page = t->height > 2 ? (long)t->height - 1 : 1;
	bool shifted_up = slice_is(sequence, "\033[5;2~"),
	     shifted_down = slice_is(sequence, "\033[6;2~");
	if (shifted_up || (code == KEY_PAGE_UP && looks_back(t)))
		scroll(t, page);
	else if (shifted_down || (code == KEY_PAGE_DOWN && t->view))
		scroll(t, -page);
	else if (code == KEY_WHEEL_UP)
		scroll(t, WHEEL_ROWS);
	else if (code == KEY_WHEEL_DOWN && t->view)
		scroll(t, -WHEEL_ROWS);
	else
		return code == KEY_WHEEL_DOWN || code == KEY_BUTTON;
	return true;
}

/* ---- searching ---- */

static uint32_t folded(uint32_t code)
{
	return code >= 'A' && code <= 'Z' ? code | 0x20 : code;
}

bool term_finds(const struct term_screen *t, const struct vt_cell *cells, unsigned width)
{
	size_t n = 0;
	for (unsigned x = 0; x < width && n < t->needle_size; x++) {
		if (!cells[x].width && !cells[x].code)
			continue;
		if (folded(cells[x].code ? cells[x].code : ' ') != folded(t->needle[n++]))
			return false;
	}
	return n && n == t->needle_size;
}

/* Says whether a row of text has the needle. */
static bool row_has(const struct term_screen *t, struct slice row)
{
	for (size_t at = 0; at < row.len; at++) {
		struct slice rest = slice_cut(row, at, row.len);
		uint32_t code;
		size_t n = 0, used;
		while (n < t->needle_size && (used = text_decode(rest, &code)) > 0 &&
			folded(code) == folded(t->needle[n])) {
			rest = slice_cut(rest, used, rest.len);
			n++;
		}
		if (n == t->needle_size)
			return true;
	}
	return false;
}

/* Finds the next row further back, or further on; counted from the last row, 1.  0: none has it. */
static unsigned find_row(const struct term_screen *t, const char *text, unsigned rows, bool back)
{
	unsigned found = 0, at = rows;
	struct slice rest = slice_str(text);
	for (; at; at--) {
		size_t n = strcspn((const char *)rest.at, "\n");
		bool beyond = back ? at > t->found : t->found && at < t->found;
		if (beyond && row_has(t, slice_cut(rest, 0, n))) {
			found = at;
			if (!back)
				break;
		}
		if (back && at == t->found + 1)
			break;
		rest = slice_cut(rest, n + (n < rest.len), rest.len);
	}
	return found;
}

static unsigned count_rows(const char *text)
{
	unsigned rows = 1;
	while ((text = strchr(text, '\n'))) {
		rows++;
		text++;
	}
	return rows;
}

static void find(struct term_screen *t, bool back)
{
	char *text = t->needle_size ? t->is->text(t->vt) : NULL;
	unsigned row = text ? find_row(t, text, count_rows(text), back) : 0;
	if (!t->needle_size)
		console_say(t->console, "there is no search yet; Ctrl-] / begins one");
	else if (!row)
		console_say(t->console,
			t->found ? "it is nowhere further %s" : "it is nowhere on these rows",
			back ? "back" : "on");
	t->marks = t->needle_size > 0;
	if (row) {
		t->found = row;
		/* In the middle of the screen, where it can be. */
		long view = (long)row - (long)t->height / 2 - 1;
		term_view(t, view < 1 && row > t->height ? 1 : view);
		t->found = row;
	}
	free(text);
	term_screen_changed(t);
}

static void key_of_find(struct term_screen *t, uint32_t code)
{
	if (code == ESC || code == 3) {
		t->use = TERM_KEYS;
		t->needle_size = 0;
	} else if (code == '\r' || code == '\n') {
		t->use = TERM_KEYS;
		t->found = 0;
		find(t, true);
	} else if ((code == DELETE || code == 8) && t->needle_size) {
		t->needle_size--;
	} else if (text_width(code) > 0 && t->needle_size < TERM_NEEDLE_MAX) {
		t->needle[t->needle_size++] = code;
	}
}

/* ---- the menu ---- */

static void send_one(struct term_screen *t, char c)
{
	struct typed_bytes out = {.screen = t};
	bytes_init(&out.bytes, 8);
	add(&out, slice_of(&c, 1));
	send(&out);
	bytes_free(&out.bytes);
}

static void send_break(struct term_screen *t)
{
	struct error err;
	if (session_break(t->session, BREAK_NS, &err))
		console_say(t->console, "a break was sent");
	else
		console_say(t->console, "%s", err.what);
}

/* Handles the key behind Ctrl-]; false: terminal mode is over. */
static bool key_of_menu(struct term_screen *t, uint32_t code)
{
	struct console *c = t->console;
	t->use = TERM_KEYS;
	switch (code) {
	case CTRL_RIGHT_BRACKET:
	case '\r':
		console_term_end(c);
		return false;
	case 'q':
		console_term_end(c);
		shell_quit(c->shell);
		return false;
	case 'b':
		send_break(t);
		break;
	case 't':
		t->use = TERM_WAY;
		break;
	case ']':
		send_one(t, CTRL_RIGHT_BRACKET);
		break;
	case '/':
		t->use = TERM_FIND;
		t->needle_size = 0;
		break;
	case 'n':
	case 'N':
		find(t, code == 'n');
		break;
	case 'r':
		t->is->reset(t->vt);
		break;
	default:
		break;
	}
	return true;
}

/* ---- bytes ---- */

/* Puts a mark around a paste, where the device wants to know that nobody typed it. */
static void mark_paste(struct typed_bytes *out, const char *mark)
{
	if (out->screen->marked)
		bytes_add_str(&out->bytes, mark);
}

/* Adds what is pasted, as long as all before it was sent. */
static void add_pasted(struct typed_bytes *out, char c)
{
	if (out->screen->refuses)
		out->screen->lost++;
	else
		add_typed(out, c);
}

static void end_paste(struct typed_bytes *out)
{
	struct term_screen *t = out->screen;
	t->pasting = false;
	t->held_size = 0;
	mark_paste(out, paste_end);
	if (t->refuses)
		console_say(t->console, "%s (the last %zu bytes of the paste)", t->refused.what,
			t->lost);
	t->refuses = false;
}

/* Takes bytes of a paste up to its end, whose first bytes are held back.  Returns their number. */
static size_t take_pasted(struct typed_bytes *out, struct slice bytes)
{
	struct term_screen *t = out->screen;
	for (size_t i = 0; i < bytes.len; i++) {
		char c = (char)bytes.at[i];
		if (c != paste_end[t->held_size]) {
			for (size_t n = 0; n < t->held_size; n++)
				add_pasted(out, t->held[n]);
			t->held_size = 0;
		}
		if (c != paste_end[t->held_size]) {
			add_pasted(out, c);
			continue;
		}
		t->held[t->held_size++] = c;
		if (t->held_size == sizeof paste_end - 1) {
			end_paste(out);
			return i + 1;
		}
	}
	return bytes.len;
}

/* ---- a paste that the device takes slowly ---- */

void term_hold_stop(struct term_screen *t)
{
	loop_timer_stop(&t->hold);
	if (t->holds)
		terminal_read(t->console->terminal, true);
	t->holds = false;
}

static void on_hold(void *arg)
{
	struct term_screen *t = arg;
	struct error why;
	int64_t now = loop_now_fresh(t->console->loop);
	size_t unsent = session_unsent(t->session);
	int64_t patience = session_settings(t->session)->at[SET_TIMEOUT].value;
	bool late = unsent >= t->unsent && now - t->taken > patience;
	if (unsent < t->unsent) {
		t->unsent = unsent;
		t->taken = now;
	}
	if (late) {
		error_set(&why, STATUS_REPLY, "not sent: the device takes nothing");
		refuse_rest(t, &why, 0);
	}
	if (late || session_waiting(t->session) <= PASTE_WAITING)
		term_hold_stop(t);
	else
		loop_timer_set(&t->hold, LOOK_NS);
}

void term_hold_init(struct term_screen *t)
{
	loop_timer_init(&t->hold, t->console->loop, on_hold, t);
}

/* Leaves the rest of a paste in the terminal until the device has taken what waits, as long as it
 * takes something within the time of `timeout`.  No key is held up: each comes behind the paste. */
static void hold(struct term_screen *t)
{
	if (!t->pasting || t->refuses || t->holds || session_waiting(t->session) <= PASTE_WAITING)
		return;
	t->holds = true;
	t->unsent = session_unsent(t->session);
	t->taken = loop_now_fresh(t->console->loop);
	terminal_read(t->console->terminal, false);
	loop_timer_set(&t->hold, LOOK_NS);
}

static void add_moving(struct typed_bytes *out, struct slice sequence, uint32_t code)
{
	static const struct {
		uint32_t code;
		enum vt_key key;
	} moving[] = {{KEY_UP, VT_UP}, {KEY_DOWN, VT_DOWN}, {KEY_RIGHT, VT_RIGHT},
		{KEY_LEFT, VT_LEFT}, {KEY_HOME, VT_HOME}, {KEY_END, VT_END}};
	char bytes[8];
	for (size_t i = 0; i < sizeof moving / sizeof moving[0]; i++)
		if (moving[i].code == code) {
			size_t n = out->screen->is->key(out->screen->vt, moving[i].key, bytes);
			add_sequence(out, slice_of(bytes, n));
			return;
		}
	add_sequence(out, sequence);
}

/* Takes what begins with ESC.  Where no sequence is whole it is the key Esc, which must not wait.
 */
static size_t take_escape(struct typed_bytes *out, struct slice bytes)
{
	struct term_screen *t = out->screen;
	uint32_t code;
	size_t n = keys_sequence(bytes, &code);
	struct slice sequence = slice_cut(bytes, 0, n);
	t->console->mouse_lent =
		code == KEY_BUTTON || (n && code == KEY_NONE && t->console->mouse_lent);
	if (!n)
		add(out, slice_cut(bytes, 0, n = 1));
	else if (code == KEY_PASTE_BEGIN) {
		t->pasting = true;
		t->marked = t->is->marks_pastes(t->vt);
		mark_paste(out, paste_begin);
	} else if (!moves_view(t, sequence, code) && code != KEY_PASTE_END)
		add_moving(out, sequence, code);
	return n;
}

/* Takes a key for ourselves: a character, or what begins with ESC as a whole. */
static size_t take_own(struct term_screen *t, struct slice bytes, bool *over)
{
	uint32_t code;
	size_t n = bytes.at[0] == ESC ? keys_sequence(bytes, &code) : text_decode(bytes, &code);
	if (bytes.at[0] == ESC && n > 1)
		return n;
	code = bytes.at[0] == ESC ? ESC : code;
	term_screen_changed(t);
	if (t->use == TERM_FIND)
		key_of_find(t, code);
	else if (t->use == TERM_WAY)
		term_file_way(t, code);
	else if (t->use == TERM_PATH)
		term_file_path(t, code);
	else if (t->use == TERM_PASSES)
		term_file_passes(t, code);
	else
		*over = !key_of_menu(t, code);
	return n ? n : 1;
}

static size_t take_key(struct typed_bytes *out, struct slice bytes)
{
	struct term_screen *t = out->screen;
	if (bytes.at[0] == CTRL_RIGHT_BRACKET) {
		send(out);
		t->use = TERM_MENU;
		term_screen_changed(t);
		return 1;
	}
	if (bytes.at[0] == ESC)
		return take_escape(out, bytes);
	add_typed(out, (char)bytes.at[0]);
	return 1;
}

/* Returns how many bytes at the end begin a character of UTF-8 that is not whole. */
static size_t torn_size(struct slice text)
{
	for (size_t n = 1; n <= TERM_TORN_MAX && n <= text.len; n++) {
		uint8_t c = text.at[text.len - n];
		if (c >= 0xC0)
			return n < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) ? n : 0;
	}
	return 0;
}

/* Keeps the beginning of a character, because characters are converted whole, and one read may end
 * inside that of a paste. */
static void keep_torn(struct typed_bytes *out)
{
	struct term_screen *t = out->screen;
	struct slice text = bytes_slice(&out->bytes);
	if (setting(out, SET_CHARSET) == CHARSET_UTF8)
		return;
	t->torn_size = torn_size(text);
	out->bytes.len -= t->torn_size;
	slice_copy(t->torn, slice_cut(text, out->bytes.len, text.len));
}

struct slice term_keys(struct term_screen *t, struct slice bytes)
{
	struct typed_bytes out = {.screen = t};
	struct console *c = t->console;
	bool over = false;
	bytes_init(&out.bytes, LIMIT_DIRECT);
	if (c->message.len)
		c->dirty = true;
	bytes_clear(&c->message);
	bytes_add(&out.bytes, slice_of(t->torn, t->torn_size));
	t->torn_size = 0;
	while (bytes.len && !over) {
		size_t n;
		if (t->pasting)
			n = take_pasted(&out, bytes);
		else if (t->use != TERM_KEYS)
			n = take_own(t, bytes, &over);
		else
			n = take_key(&out, bytes);
		bytes = slice_cut(bytes, n, bytes.len);
	}
	if (!over) {
		keep_torn(&out);
		send(&out);
		hold(t);
	}
	bytes_free(&out.bytes);
	c->dirty = c->dirty || over;
	return bytes;
}
