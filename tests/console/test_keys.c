/* Keys from the terminal's bytes, whole and in every cut; the row that is typed on. */
#include "base/text.h"
#include "console/bind.h"
#include "console/keys.h"
#include "console/lines.h"
#include "console/row.h"
#include "console/vi.h"
#include "lib/tap.h"
#include <stdio.h>

static struct bytes seen;

static void on_key(void *arg, uint32_t code, bool alt)
{
	(void)arg;
	bytes_addf(&seen, "%s%s%x", seen.len ? " " : "", alt ? "alt-" : "", (unsigned)code);
}

static const char *keys_of(struct slice bytes, size_t cut, bool timeout)
{
	struct keys k = {0};
	bytes_clear(&seen);
	keys_feed(&k, slice_cut(bytes, 0, cut), on_key, NULL);
	keys_feed(&k, slice_cut(bytes, cut, bytes.len), on_key, NULL);
	if (timeout)
		keys_timeout(&k, on_key, NULL);
	return bytes_str(&seen);
}

static void spell_key(void *arg, uint32_t code, bool alt)
{
	keys_spell(code, alt, arg);
}

static void reads(const char *name, struct slice bytes, const char *expected)
{
	bool same = true;
	is_str(keys_of(bytes, bytes.len, true), expected, "%s", name);
	for (size_t cut = 1; cut < bytes.len && same; cut++)
		same = strcmp(keys_of(bytes, cut, true), expected) == 0;
	ok(same, "%s: at every cut", name);
}

static void test_keys(void)
{
	reads("letters", SLICE("ab\r"), "61 62 d");
	reads("UTF-8", SLICE("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"), "e9 6f22 1f600");
	reads("broken UTF-8",
		SLICE("a\xff\xc3"
		      "b"),
		"61 62");
	reads("C1 in UTF-8",
		SLICE("a\xc2\x9b"
		      "b"),
		"61 62");
	reads("arrows", SLICE("\033[A\033[B\033[C\033[D\033OA"), "80 81 83 82 80");
	reads("Home, End, Delete", SLICE("\033[H\033[F\033[1~\033[4~\033[3~"), "84 85 84 85 86");
	reads("Ctrl-arrows", SLICE("\033[1;5C\033[1;5D"), "88 87");
	reads("Alt", SLICE("\033b\033\xc3\xa9"), "alt-62 alt-e9");
	reads("a lone Escape", SLICE("\033"), "8a");
	reads("two Escapes", SLICE("\033\033"), "8a 8a");
	reads("unknown sequences", SLICE("a\033[99;7xb\033[?1;2c"), "61 62");
	reads("a terminal's replies",
		SLICE("a\033]11;rgb:0/0/0\033\\b\033P1$r0m\033\\c\033]0;x\007"
		      "d"),
		"61 62 63 64");
	reads("bracketed paste: its bytes, whatever they are",
		SLICE("\033[200~x\033[31m\xff\033[201\033[201~x"),
		"110000 110178 11011b 11015b 110133 110131 11016d 1101ff 11011b 11015b 110132 "
		"110130 110131 110001 78");
	reads("the mouse's wheel", SLICE("\033[<64;10;5M\033[<65;10;5M\033[<81;1;1M"),
		"110015 110016 110016");
	reads("its buttons, and not that one was let go",
		SLICE("a\033[<0;10;5M\033[<0;10;5m\033[<2;1;1Mb"), "61 110017 110017 62");
	reads("a mouse that is not told in digits",
		SLICE("\033[M`*%\033[Ma\xff%\033[M *%\033[M#*%x"), "110015 110016 110017 78");
	reads("what no mouse says", SLICE("\033[<64M\033[<;;M\033[<99;1;1M\033[<4294967360;1;1Mx"),
		"78");
	char flood[3000];
	memset(flood, ';', sizeof flood);
	memcpy(flood, "\033[", 2);
	reads("an endless sequence", slice_of(flood, 60), "alt-5b");
	keys_of(slice_of(flood, sizeof flood), 10, true);
	ok(true, "an endless sequence does not grow");
}

static void test_spelled(void)
{
	static const char *const typed[] = {"a", "\r", "\x1d", "\u00e9", "\033", "\033b", "\033[A",
		"\033[3~", "\033[5~", "\033[1;5C", "\033[Z", "\033OP", "\033[24~",
		"\033[200~x\ny\033[A\033[201~"};
	struct bytes keys, spelled;
	bytes_init(&keys, 4096);
	bytes_init(&spelled, 4096);
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		struct keys k = {0};
		bytes_clear(&spelled);
		keys_feed(&k, slice_str(typed[i]), spell_key, &spelled);
		keys_timeout(&k, spell_key, &spelled);
		is_str(bytes_str(&spelled), typed[i], "key %zu is spelled as it was typed", i);
	}
	keys_spell(KEY_WHEEL_UP, false, &keys);
	is_int((long)keys.len, 0, "the mouse types nothing");
	bytes_free(&keys);
	bytes_free(&spelled);
}

/* ---- the row ---- */

static struct row from, to;
static struct bytes out;

static const char *composed(const wchar_t *line, size_t cursor, size_t columns, bool utf8)
{
	row_compose(&to, SLICE("p> "), line, wcslen(line), cursor, columns, utf8);
	return bytes_str(&to.text);
}

static size_t painted(
	const wchar_t *before, size_t cursor_before, const wchar_t *after, size_t cursor)
{
	row_compose(&from, SLICE("p> "), before, wcslen(before), cursor_before, 80, true);
	row_compose(&to, SLICE("p> "), after, wcslen(after), cursor, 80, true);
	bytes_clear(&out);
	row_paint(&from, &to, "\033[K", &out);
	return out.len;
}

static void test_row(void)
{
	row_init(&from);
	row_init(&to);
	is_str(composed(L"abc", 3, 80, true), "p> abc", "prompt and line");
	is_int(to.cursor, 6, "the cursor behind them");
	is_str(composed(L"a\u6f22b", 2, 80, true),
		"p> a\xe6\xbc\xa2"
		"b",
		"wide characters");
	is_int(to.cursor, 6, "take two cells");
	is_str(composed(L"a\u00e9", 2, 80, false), "p> a\\u{e9}", "or are spelled");
	is_int(to.cursor, 10, "with the cursor behind the spelling");
	is_str(composed(L"a\x1b\u202e", 3, 80, true), "p> a\\x1b\\xe2\\x80\\xae",
		"what cannot be shown is an escape");
	const char *text = composed(L"0123456789abcdefghij", 20, 16, true);
	ok(text[3] == '<' && to.cells <= 15 && to.cursor <= 15 && text[strlen(text) - 1] == 'j',
		"a long line shows the part with the cursor");
	text = composed(L"0123456789abcdefghij", 0, 16, true);
	ok(text[3] == '0' && text[strlen(text) - 1] == '>' && to.cells <= 15, "and its beginning");
	bool fits = true;
	for (size_t columns = 3; columns < 40; columns++)
		for (size_t cursor = 0; cursor <= 20; cursor++) {
			composed(L"01\u6f22\u6f22"
				 L"56789a\x01\x02"
				 L"defghij",
				cursor, columns, true);
			fits &= to.cells < columns && to.cursor < columns;
		}
	ok(fits, "in every width, wherever the cursor stands, the row fits");
	is_int(painted(L"abc", 3, L"abcd", 4), 1, "a letter at the end is one byte");
	is_int(painted(L"abc", 3, L"abc", 2), 1, "one to the left is one byte");
	is_int(painted(L"abc", 2, L"abc", 3), 1, "one to the right is one byte");
	ok(painted(L"abc", 3, L"ab", 2) <= 4, "a letter less is at most four");
	is_int(painted(L"abc", 3, L"abc", 3), 0, "nothing new is nothing");
	row_free(&from);
	row_free(&to);
}

/* ---- several lines ---- */

static size_t moved(const wchar_t *text, size_t cursor, bool up)
{
	size_t there = 99;
	return lines_move(text, wcslen(text), cursor, up, &there) ? there : 99;
}

static void test_lines(void)
{
	const wchar_t *text = L"first\u2028\u2028third one";
	size_t length = wcslen(text);
	struct line_at at = lines_at(text, length, 7);
	is_int(lines_count(L"", 0), 1, "no text is one line");
	is_int(lines_count(text, length), 3, "an empty line is one, too");
	ok(at.number == 2 && at.from == 7 && at.to == length, "the last line");
	at = lines_at(text, length, 5);
	ok(at.number == 0 && at.from == 0 && at.to == 5,
		"the cursor in front of a break is in its line");
	at = lines_nth(text, length, 9);
	ok(at.number == 2 && at.from == 7, "a number that is too large is the last line");
	is_int(moved(text, 12, true), 6, "up to a shorter line: its end");
	is_int(moved(text, 6, true), 0, "up in the same column");
	is_int(moved(text, 3, false), 6, "down");
	is_int(moved(text, 3, true), 99, "not above the first line");
	is_int(moved(text, length, false), 99, "and not below the last one");
	row_init(&to);
	bytes_clear(&out);
	is_str(composed(text, length, 80, true), "p> first\u00b6\u00b6third one",
		"on one row breaks are marked");
	is_str(composed(text, length, 80, false), "p> first^J^Jthird one", "in ASCII, too");
	row_free(&to);
}

/* ---- what keys do ---- */

/* Binds all characters of a kind while browsing, and counts them. */
static size_t bind_all(struct keymap *m, struct error *err)
{
	size_t bound = 0;
	for (uint32_t code = 0x4E00; code < 0x4E00 + BINDINGS_MAX; code++) {
		char line[32] = "browse ";
		uint8_t raw[5] = {0};
		text_encode(code, raw);
		strcat(strcat(line, (const char *)raw), " help");
		bound += keymap_bind(m, slice_str(line), err);
	}
	return bound;
}

static void test_keymap(void)
{
	struct keymap m;
	struct error err = {0};
	keymap_init(&m);
	size_t own = m.count, bound = bind_all(&m, &err);
	ok(own + bound == BINDINGS_MAX && strstr(err.what, "at most 500 keys"),
		"keys have their cap: %s", err.what);
	ok(keymap_bind(&m, SLICE("browse q page-up"), &err) &&
			keymap_find(&m, MODE_BROWSE, 'q', false)->action == ACT_PAGE_UP,
		"one that is bound can be bound anew");
	ok(keymap_bind(&m, SLICE("browse q off"), &err) &&
			keymap_bind(&m, SLICE("browse w help"), &err),
		"where one is freed another has room");
	keymap_free(&m);
	is_int(m.count, 0, "all are freed");
}

/* What help lists has keys and says what they do, and whoever reads there what a key is called can
 * bind it. */
static void test_told(void)
{
	struct keymap m, other;
	struct told_keys told;
	char text[64], key[KEY_TEXT_MAX];
	size_t count = 0, uses = 0;
	bool said = true, read = true;
	keymap_init(&m);
	keymap_init(&other);
	for (; keymap_tell(&m, count, &told); count++) {
		said &= told.keys[0] && told.does && told.does[0];
		uses += told.mode == MODE_INPUT && told.action == ACT_NOTHING;
	}
	ok(said, "help says of every key what it does");
	is_int(uses, USE_COUNT - 1, "the fixed ones are there");
	ok(count > uses + 50, "and those that are bound");
	for (const struct binding *b = m.first; b; b = b->next) {
		struct error err;
		key_text(b->key, b->alt, key);
		snprintf(text, sizeof text, "browse %s redraw", key);
		read &= keymap_bind(&other, slice_str(text), &err);
		const struct binding *found = keymap_find(&other, MODE_BROWSE, b->key, b->alt);
		read &= found && found->action == ACT_REDRAW;
	}
	ok(read, "every key is read as it is spelled");
	keymap_free(&m);
	keymap_free(&other);
}

/* Which keys are looked up when these were given: + looked up, - not (of vi's command f, or within
 * a sequence). */
static const char *looked_up(const char *keys)
{
	static char text[64];
	struct vi_keys v;
	size_t n = 0;
	vi_init(&v);
	vi_bound(&v, SLICE("jk"), "vi-command-mode", false);
	vi_bound(&v, SLICE("gUx"), "vi-undo", false);
	vi_bound(&v, SLICE("q"), "vi-next-char", false);
	vi_bound(&v, SLICE("m"), "some text", true);
	for (; *keys; keys++)
		text[n++] = vi_looks_up(&v, (wchar_t)*keys) ? '+' : '-';
	text[n] = 0;
	return text;
}

static void test_vi(void)
{
	struct vi_keys v;
	vi_init(&v);
	is_str(looked_up("iabdw"), "+++++", "vi: plain keys and operators");
	is_str(looked_up("fxFfrr"), "-+-+-+", "vi: the key behind f is text");
	is_str(looked_up("jkxjx"), "-++-+", "vi: within a sequence nothing is looked up");
	is_str(looked_up("gUxgUj"), "--+--+", "vi: nor in a long one");
	is_str(looked_up("fjkx"), "-+++", "vi: what f took begins none");
	is_str(looked_up("qjmx"), "-+-+", "vi: keys that were bound to the like");
	ok(vi_looks_up(&v, KEY_LAST) && vi_looks_up(&v, 0x20AC), "vi: special keys and letters");
	for (int i = 0; i < 2 * VI_SEQUENCES_MAX; i++)
		vi_bound(&v, SLICE("0123456789abcdeg"), "vi-undo", false);
	vi_bound(&v, SLICE("0123456789abcdegh"), "vi-undo", false);
	for (const char *key = "0123456789abcde"; *key; key++)
		if (vi_looks_up(&v, *key))
			ok(false, "vi: within the longest sequence");
	ok(vi_looks_up(&v, 'g'), "vi: more and longer ones than there is room for");
}

int main(void)
{
	bytes_init(&seen, 1 << 20);
	bytes_init(&out, 1 << 20);
	test_keys();
	test_spelled();
	test_row();
	test_lines();
	test_keymap();
	test_told();
	test_vi();
	bytes_free(&seen);
	bytes_free(&out);
	return tap_done();
}
