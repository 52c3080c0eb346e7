/* keys.c - see keys.h; ECMA-48 and xterm define the sequences. */
#include "console/keys.h"

#include "base/text.h"
#include <stdio.h>

typedef void (*key_sink)(void *arg, uint32_t code, bool alt);

enum { ESC = 27 };

static const struct {
	const char *sequence; /* after ESC */
	uint32_t key;
} sequences[] = {
	{"[A", KEY_UP},
	{"[B", KEY_DOWN},
	{"[C", KEY_RIGHT},
	{"[D", KEY_LEFT},
	{"[H", KEY_HOME},
	{"[F", KEY_END},
	{"OA", KEY_UP},
	{"OB", KEY_DOWN},
	{"OC", KEY_RIGHT},
	{"OD", KEY_LEFT},
	{"OH", KEY_HOME},
	{"OF", KEY_END},
	{"[1~", KEY_HOME},
	{"[7~", KEY_HOME},
	{"[4~", KEY_END},
	{"[8~", KEY_END},
	{"[3~", KEY_DELETE},
	{"[1;5C", KEY_WORD_RIGHT},
	{"[1;5D", KEY_WORD_LEFT},
	{"[1;3C", KEY_WORD_RIGHT},
	{"[1;3D", KEY_WORD_LEFT},
	{"[5~", KEY_PAGE_UP},
	{"[6~", KEY_PAGE_DOWN},
	{"[1;5A", KEY_LINE_UP},
	{"[1;5B", KEY_LINE_DOWN},
	{"[1;2A", KEY_LINE_UP},
	{"[1;2B", KEY_LINE_DOWN},
	{"[1;5H", KEY_TOP},
	{"[1;5F", KEY_BOTTOM},
	{"[Z", KEY_BACK_TAB},
	{"OP", KEY_F1},
	{"[11~", KEY_F1},
	{"[[A", KEY_F1},
	{"OQ", KEY_F1 + 1},
	{"[12~", KEY_F1 + 1},
	{"OR", KEY_F1 + 2},
	{"[13~", KEY_F1 + 2},
	{"OS", KEY_F1 + 3},
	{"[14~", KEY_F1 + 3},
	{"[15~", KEY_F1 + 4},
	{"[17~", KEY_F1 + 5},
	{"[18~", KEY_F1 + 6},
	{"[19~", KEY_F1 + 7},
	{"[20~", KEY_F1 + 8},
	{"[21~", KEY_F1 + 9},
	{"[23~", KEY_F1 + 10},
	{"[24~", KEY_F12},
	{"[200~", KEY_PASTE_BEGIN},
	{"[201~", KEY_PASTE_END},
};

/* ---- the mouse ---- */

/* xterm's numbers: the button is in the low two bits; others say which keys were held. */
enum { MOUSE_BUTTON = 3, MOUSE_HELD = 4 + 8 + 16, MOUSE_WHEEL = 64 };
/* Older terminals give three bytes, each with a blank added to it. */
enum { MOUSE_OLD_LENGTH = 5, MOUSE_OLD_BASE = 32 };

static uint32_t mouse_key(unsigned number, bool old)
{
	number &= ~(unsigned)MOUSE_HELD;
	if (number == MOUSE_WHEEL)
		return KEY_WHEEL_UP;
	if (number == MOUSE_WHEEL + 1)
		return KEY_WHEEL_DOWN;
	bool let_go = old && number == MOUSE_BUTTON;
	return number <= MOUSE_BUTTON && !let_go ? KEY_BUTTON : KEY_NONE;
}

/* Reads what the mouse did: "[<NUMBER;X;YM" (m: let go), or "[M" and three bytes. */
static uint32_t mouse_find(struct slice sequence)
{
	if (slice_starts(sequence, SLICE("[M")))
		return mouse_key(sequence.at[2] - MOUSE_OLD_BASE, true);
	char text[KEYS_PENDING_MAX + 1] = "", end;
	unsigned number, x, y;
	slice_copy(text, sequence);
	if (sscanf(text, "[<%3u;%5u;%5u%c", &number, &x, &y, &end) != 4 || end != 'M')
		return KEY_NONE;
	return mouse_key(number, false);
}

static bool is_mouse(struct slice sequence)
{
	return slice_starts(sequence, SLICE("[M")) || slice_starts(sequence, SLICE("[<"));
}

static uint32_t keys_find(struct slice sequence)
{
	if (is_mouse(sequence))
		return mouse_find(sequence);
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		if (slice_is(sequence, sequences[i].sequence))
			return sequences[i].key;
	return KEY_NONE;
}

/* Returns the length of a complete sequence at the front (after its ESC); 0: it is not complete. */
static size_t sequence_length(struct slice s)
{
	if (s.len < 2)
		return 0;
	if (s.at[0] == 'O')
		return 2;
	/* The Linux console's F1 to F5 are ESC [ [ A. */
	if (s.at[0] == '[' && s.at[1] == '[')
		return s.len > 2 ? 3 : 0;
	if (slice_starts(s, SLICE("[M")))
		return s.len < MOUSE_OLD_LENGTH ? 0 : MOUSE_OLD_LENGTH;
	for (size_t i = 1; i < s.len; i++)
		if (s.at[i] >= 0x40 && s.at[i] <= 0x7E)
			return i + 1;
	return 0;
}

size_t keys_sequence(struct slice bytes, uint32_t *code)
{
	struct slice rest = slice_cut(bytes, 1, bytes.len);
	size_t n = rest.len && (rest.at[0] == '[' || rest.at[0] == 'O') ? sequence_length(rest) : 0;
	*code = n && n < KEYS_PENDING_MAX ? keys_find(slice_cut(rest, 0, n)) : KEY_NONE;
	return n ? n + 1 : 0;
}

void keys_spell(uint32_t code, bool alt, struct bytes *out)
{
	uint8_t utf8[4];
	bytes_add_str(out, alt ? "\033" : "");
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		if (sequences[i].key == code) {
			bytes_addf(out, "\033%s", sequences[i].sequence);
			return;
		}
	if (code == KEY_ESCAPE)
		bytes_add_str(out, "\033");
	else if (code >= KEY_PASTED && code <= KEY_PASTED + 0xFF)
		bytes_add_byte(out, (uint8_t)(code - KEY_PASTED));
	else if (code < KEY_PASTE_BEGIN)
		bytes_add(out, slice_of(utf8, text_encode(code, utf8)));
}

/* Says whether a string begins, which BEL or ESC \ (ST) ends: device control, operating system
 * command. No terminal sends the others, and Alt-X is a key. */
static bool begins_string(uint8_t c)
{
	return c == 'P' || c == ']';
}

static void drop(struct keys *k, size_t n)
{
	k->count -= n;
	memmove(k->pending, k->pending + n, k->count);
}

/* Takes a character, plain or after ESC; 0: more bytes are needed. */
static size_t take_character(struct slice s, bool alt, bool ended, key_sink key, void *arg)
{
	uint32_t code;
	size_t expected = s.at[0] >= 0xF0 ? 4 : s.at[0] >= 0xE0 ? 3 : s.at[0] >= 0xC2 ? 2 : 1;
	size_t n = text_decode(s, &code);
	if (code == 0xFFFFFFFF && s.len < expected && !ended)
		return 0;
	/* Nobody types C1 characters, or bytes that are not UTF-8. */
	if (code != 0xFFFFFFFF && !(code >= KEY_SPECIAL && code <= KEY_LAST))
		key(arg, code, alt);
	return n;
}

/* Takes one key from the front; 0: more bytes are needed. */
static size_t keys_take(struct keys *k, bool ended, key_sink key, void *arg)
{
	struct slice s = slice_of(k->pending, k->count);
	if (s.at[0] != ESC)
		return take_character(s, false, ended, key, arg);
	if (s.len == 1) {
		if (ended)
			key(arg, KEY_ESCAPE, false);
		return ended;
	}
	if (s.at[1] == ESC) {
		key(arg, KEY_ESCAPE, false);
		return 1;
	}
	struct slice rest = slice_cut(s, 1, s.len);
	if (begins_string(rest.at[0]) && !ended) {
		k->swallowing = true;
		return 2;
	}
	if (rest.at[0] == '[' || rest.at[0] == 'O') {
		size_t n = sequence_length(rest);
		if (!n && ended)
			key(arg, rest.at[0], true); /* Alt and that letter */
		if (!n)
			return ended ? s.len : s.len == KEYS_PENDING_MAX ? s.len : 0;
		uint32_t code = keys_find(slice_cut(rest, 0, n));
		if (code != KEY_NONE)
			key(arg, code, false);
		k->pasting = code == KEY_PASTE_BEGIN;
		return n + 1;
	}
	size_t n = take_character(rest, true, ended, key, arg);
	return n ? n + 1 : 0;
}

/* Takes a byte of a paste, or its end; 0: this may be the end. */
static size_t take_pasted(struct keys *k, key_sink key, void *arg)
{
	static const char end[] = "\033[201~";
	size_t size = sizeof end - 1, n = k->count < size ? k->count : size;
	if (memcmp(k->pending, end, n) != 0) {
		key(arg, KEY_PASTED + k->pending[0], false);
		return 1;
	}
	if (n < size)
		return 0;
	k->pasting = false;
	key(arg, KEY_PASTE_END, false);
	return size;
}

/* Drops the rest of a string up to its end. */
static size_t swallow(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++) {
		bool last = k->pending[i] == 7 || k->pending[i] == '\r' ||
			    (k->pending[i] == '\\' && i && k->pending[i - 1] == ESC);
		if (last) {
			k->swallowing = false;
			return i + 1;
		}
	}
	return k->count > 1 ? k->count - 1 : 0;
}

static void work(struct keys *k, bool ended, key_sink key, void *arg)
{
	while (k->count) {
		size_t n = k->pasting      ? take_pasted(k, key, arg)
			   : k->swallowing ? swallow(k)
					   : keys_take(k, ended, key, arg);
		if (!n)
			return;
		drop(k, n);
	}
}

void keys_feed(struct keys *k, struct slice bytes, key_sink key, void *arg)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (k->count == KEYS_PENDING_MAX)
			drop(k, 1);
		k->pending[k->count++] = bytes.at[i];
		work(k, false, key, arg);
	}
}

void keys_timeout(struct keys *k, key_sink key, void *arg)
{
	if (k->swallowing) {
		k->swallowing = false;
		k->count = 0;
		return;
	}
	work(k, true, key, arg);
}

bool keys_waiting(const struct keys *k)
{
	return k->count > 0;
}
