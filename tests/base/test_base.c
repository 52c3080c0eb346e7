/* The base layer: spelling of bytes both ways, numbers, tables, growing buffers, files. */
#include "base/dump.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/inttype.h"
#include "base/json.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/paths.h"
#include "base/table.h"
#include "base/text.h"
#include "lib/tap.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bytes out;
static struct error err;

static const char *spelled(struct slice in, unsigned flags)
{
	bytes_clear(&out);
	text_add(&out, in, flags);
	return bytes_str(&out);
}

/* What a charset's bytes are shown as, and typed. */
static void charset_shows(
	enum charset charset, struct slice bytes, const char *text, const char *name)
{
	struct bytes typed;
	is_str(spelled(bytes, charset * TEXT_CHARSET), text, "%s shows %s", name, text);
	bytes_init(&typed, 100);
	ok(escape_typed(slice_str(text), charset, NULL, &typed, &err), "which is typed");
	is_bytes(bytes_slice(&typed), bytes, "and is the same bytes");
	bytes_free(&typed);
}

static void charset_lacks(enum charset charset, const char *text, size_t column, size_t width)
{
	struct bytes typed;
	bytes_init(&typed, 100);
	ok(!escape_typed(slice_str(text), charset, NULL, &typed, &err) && err.placed &&
			err.column == column && err.width == width,
		"%s is refused at %zu: %s", text, err.column, err.what);
	bytes_free(&typed);
}

static void test_charsets(void)
{
	size_t cells;
	charset_shows(CHARSET_LATIN1, SLICE("Gr\xfc\xdf"), "Gr\u00fc\u00df", "latin1");
	charset_shows(CHARSET_LATIN1,
		SLICE("\x9b"
		      "2J\x85"),
		"\\x9b2J\\x85", "latin1");
	charset_shows(CHARSET_LATIN1, SLICE("\xc3\xbc"), "\u00c3\u00bc", "latin1");
	charset_shows(CHARSET_WINDOWS_1252, SLICE("5\x80\x81"), "5\u20ac\\x81", "windows-1252");
	charset_shows(CHARSET_CP437, SLICE("\xb3\x9b\x01"), "\u2502\u00a2\\x01", "cp437");
	charset_shows(
		CHARSET_SHIFT_JIS, SLICE("\x95\x5c\\~\xb1"), "\u8868\\\\~\uff71", "shift-jis");
	charset_shows(
		CHARSET_SHIFT_JIS, SLICE("\x95"), "\\x95", "half of a character of shift-jis");
	charset_shows(CHARSET_SHIFT_JIS, SLICE("\x81\x0a"), "\\x81\\n", "a wrong half");
	charset_shows(CHARSET_SHIFT_JIS, SLICE("\xed\x40"), "\\xed@", "a second spelling");
	is_str(spelled(SLICE("\xfc"), TEXT_ASCII | CHARSET_LATIN1 * TEXT_CHARSET), "\\u{fc}",
		"a terminal without UTF-8");
	charset_shows(CHARSET_LATIN1, SLICE("\xfc"), "\u00fc", "u{fc}");
	is_int(text_step(SLICE("\x95\x5c"), CHARSET_SHIFT_JIS * TEXT_CHARSET, &cells), 2,
		"two bytes");
	is_int(cells, 2, "of two cells");
	charset_lacks(CHARSET_LATIN1, "5 \u20ac", 2, 3);
	charset_lacks(CHARSET_LATIN1, "\\n\\u{20ac}", 2, 8);
	charset_lacks(CHARSET_CP437, "a\\xffb\u4e00", 6, 3);
}

static void test_bytes_cap(void)
{
	struct bytes b;
	bytes_init(&b, 100);
	ok(bytes_add_str(&b, "0123456789"), "an addition below the cap fits");
	ok(!bytes_space(&b, 91) && b.over, "one byte over the cap is refused and remembered");
	is_int(b.len, 10, "a refused addition adds nothing");
	ok(bytes_space(&b, 90) != NULL, "exactly the cap fits");
	ok(!bytes_space(&b, SIZE_MAX), "a size that would wrap is refused");
	bytes_drop(&b, 4);
	ok(slice_is(bytes_slice(&b), "456789"), "dropping forgets the front");
	is_str(bytes_str(&b), "456789 ...", "what is shown says that something is missing");
	bytes_clear(&b);
	is_str(bytes_str(&b), "", "and no longer when it begins anew");
	bytes_free(&b);
}

/* A string is one however full the buffer is. */
static void test_bytes_str(void)
{
	struct bytes b;
	char expected[200] = "";
	size_t wrong = 0;
	for (size_t max = 0; max < 150; max++) {
		bytes_init(&b, max);
		wrong += strcmp(bytes_str(&b), "") != 0;
		for (size_t n = 0; n < max; n++)
			bytes_addf(&b, "%c", 'x');
		memset(expected, 'x', max);
		strcpy(expected + max, "");
		wrong += b.over || strcmp(bytes_str(&b), expected) != 0;
		wrong += bytes_add_byte(&b, 'y') || bytes_addf(&b, "%d", 7);
		strcpy(expected + max, BYTES_CUT);
		wrong += strcmp(bytes_str(&b), expected) != 0 || b.len != max;
		wrong += !slice_is(bytes_shown(&b), expected);
		bytes_free(&b);
	}
	is_int((long)wrong, 0, "a full one, and one over its cap, which says so");
}

/* Of what does not fit into an error the end is marked, and no character is cut. */
static void test_long_errors(void)
{
	struct error long_one;
	char name[1000];
	size_t wrong = 0;
	for (size_t n = ERROR_WHAT_MAX - 20; n < ERROR_WHAT_MAX + 20; n++) {
		memset(name, 'n', n);
		strcpy(name + n, "\u20ac!");
		error_set(&long_one, STATUS_USAGE, "%s", name);
		error_hint(&long_one, "%s", name);
		size_t length = strlen(long_one.what), hint = strlen(long_one.hint);
		bool cut = n + 4 >= ERROR_WHAT_MAX;
		wrong += !text_is_utf8(slice_str(long_one.what)) || length >= ERROR_WHAT_MAX;
		wrong += cut ? strcmp(long_one.what + length - 4, BYTES_CUT) != 0 : length != n + 4;
		wrong += strcmp(long_one.hint + hint - 4, BYTES_CUT) != 0;
	}
	is_int((long)wrong, 0, "an error that is too long says so");
	is_int((long)text_cut(SLICE("ab\u20ac"), 4).len, 2, "a text is cut at a character");
	is_int((long)text_cut(SLICE("ab\u20ac"), 5).len, 5, "where it does not fit");
	is_int((long)text_cut(SLICE("\x80\x80\x80\x80\x80\x80"), 5).len, 5, "or between bytes");
}

static void test_spelling(void)
{
	is_str(spelled(SLICE("PWR?\r\n\t\\ \0\x1b\x7f"), 0), "PWR?\\r\\n\\t\\\\ \\x00\\x1b\\x7f",
		"control bytes and backslash are escapes");
	is_str(spelled(SLICE("gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2"), 0),
		"gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2", "printable UTF-8 stands for itself");
	is_str(spelled(SLICE("gr\xc3\xbc\xc3\x9f"), TEXT_ASCII), "gr\\u{fc}\\u{df}",
		"a terminal without UTF-8 gets \\u{}");
	is_str(spelled(SLICE("\x9b\xc2\x9b\xc0\x80"), 0), "\\x9b\\xc2\\x9b\\xc0\\x80",
		"C1 as byte and as UTF-8, and overlong forms, are escaped");
	is_str(spelled(SLICE("a\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf"), 0),
		"a\\xe2\\x80\\xae\\xe2\\x80\\x8b\\xef\\xbb\\xbf",
		"bidirectional and zero-width marks are escaped");
	is_str(spelled(SLICE("e\xcc\x81"), 0), "e\\xcc\\x81", "combining marks are escaped");
	is_str(spelled(SLICE(" a "), TEXT_EDGES), "\\x20a\\x20", "edge blanks are visible");
	is_str(spelled(SLICE(" "), TEXT_EDGES), "\\x20", "a single blank is one edge");
	is_str(spelled(SLICE("a\\b"), TEXT_PLAIN), "a\\b", "text for people keeps its backslash");
	is_int(text_cells(SLICE("a\xe6\xbc\xa2")), 3, "a wide character takes two cells");
}

/* Where no cells are counted. */
static void test_marks(void)
{
	static const struct {
		const char *text, *shown, *why;
	} cases[] = {
		{"\u0e17\u0e35\u0e48\u0e1b\u0e34\u0e14", "\u0e17\u0e35\u0e48\u0e1b\u0e34\u0e14",
			"Thai: vowels and tones behind their letters"},
		{"\u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u093f\u0902",
			"\u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u093f\u0902",
			"Hindi: a mark behind a letter, and behind a vowel that has a cell"},
		{"\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
			"\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
			"Arabic, whose marks are for Syriac, too"},
		{"\u05e9\u05c1\u05b8", "\u05e9\u05c1\u05b8", "Hebrew"},
		{"\u0e31a", "\\xe0\\xb8\\xb1a", "a mark alone is escaped"},
		{"a\u0e31", "a\\xe0\\xb8\\xb1", "so is one behind a letter of another script"},
		{"\u0e17\u064f", "\u0e17\\xd9\\x8f", "whatever script that is"},
		{"\u0e51\u0e31", "\u0e51\\xe0\\xb8\\xb1", "and one behind a digit"},
		{"\u0e17 \u0e31", "\u0e17 \\xe0\\xb8\\xb1", "and one behind a blank"},
		{"e\u0301", "e\\xcc\\x81", "and an accent, which belongs to no script"},
		{"\u0e17\u0e35\u0301", "\u0e17\u0e35\\xcc\\x81", "behind other marks, too"},
		{"\u0e17\u0e35\u0e35\u0e35\u0e35\u0e35\u0e35\u0e35\u0e35z",
			"\u0e17\u0e35\u0e35\u0e35\u0e35\u0e35\u0e35"
			"\\xe0\\xb8\\xb5\\xe0\\xb8\\xb5z",
			"more than six are escaped"},
		{"\u0e17\u200d\u0e35", "\u0e17\\xe2\\x80\\x8d\\xe0\\xb8\\xb5",
			"what cannot be seen stays escaped"},
		{"\xb8\x97\u0e35", "\\xb8\\x97\\xe0\\xb8\\xb5", "a broken letter bears none"},
		{"\u0e17\xe0\xb8", "\u0e17\\xe0\\xb8", "and a broken mark is none"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		is_str(spelled(slice_str(cases[i].text), TEXT_MARKS), cases[i].shown, "%s",
			cases[i].why);
	}
	const struct slice thai = SLICE("\u0e17\u0e35\u0e48z");
	size_t cells;
	is_int((long)text_step(thai, TEXT_MARKS, &cells), 9, "a letter and its marks are one step");
	is_int((long)cells, 1, "in the cells of the letter");
	is_int((long)text_step(thai, 0, &cells), 3, "elsewhere the letter is one");
	is_str(spelled(thai, TEXT_MARKS | TEXT_ASCII), "\\u{e17}\\xe0\\xb8\\xb5\\xe0\\xb9\\x88z",
		"in ASCII no mark stands for itself");
	is_str(spelled(SLICE(" \u0e17\u0e35 "), TEXT_MARKS | TEXT_EDGES), "\\x20\u0e17\u0e35\\x20",
		"blanks at the edges are escaped as ever");
}

/* Text of whole steps is spelled as its steps are, with marks, too. */
static void test_marks_by_step(void)
{
	static const char *const pieces[] = {"\u0e17", "\u0e35", "\u0645", "\u064f", "\u0651",
		"\u0301", "\u093f", "\u0902", "\u0939", "a", " ", "\\", "\xe0", "\x80", "\u20ac",
		"\u0660"};
	struct bytes raw, steps;
	bool same = true;
	size_t cells;
	bytes_init(&raw, 2000);
	bytes_init(&steps, 4000);
	srand(8);
	for (int round = 0; round < 5000 && same; round++) {
		bytes_clear(&raw);
		bytes_clear(&steps);
		/* A thousand bytes are spelled at once, from the first one that is not plain. */
		for (int n = round % 40 ? 0 : 960 + rand() % 60; n > 0; n--)
			bytes_add_byte(&raw, raw.len ? 'x' : '\t');
		for (int n = rand() % 30; n > 0; n--)
			bytes_add_str(&raw, pieces[rand() % 16]);
		struct slice in = bytes_slice(&raw);
		for (size_t n; (n = text_step(in, TEXT_MARKS, &cells)) > 0;
			in = slice_cut(in, n, in.len)) {
			size_t from = steps.len;
			text_add(&steps, slice_cut(in, 0, n), TEXT_MARKS);
			same = same &&
			       text_cells(slice_cut(bytes_slice(&steps), from, steps.len)) == cells;
		}
		spelled(bytes_slice(&raw), TEXT_MARKS);
		same = same && slice_equal(bytes_slice(&steps), bytes_slice(&out));
	}
	ok(same, "5,000 texts with marks are spelled as their steps are");
	bytes_free(&raw);
	bytes_free(&steps);
}

static void test_round_trip(void)
{
	struct bytes back;
	uint8_t raw[48];
	bool same = true;
	bytes_init(&back, 1000);
	srand(7);
	for (int round = 0; round < 20000 && same; round++) {
		size_t n = (size_t)rand() % sizeof raw;
		for (size_t i = 0; i < n; i++)
			raw[i] = (uint8_t)(rand() % 3 ? rand() : "\\\xe2\x82\xac \r"[rand() % 6]);
		static const unsigned kinds[] = {0, TEXT_ASCII, TEXT_MARKS};
		unsigned flags = TEXT_EDGES | kinds[rand() % 3];
		spelled(slice_of(raw, n), flags);
		bytes_clear(&back);
		same = escape_decode(bytes_slice(&out), &back, &err) &&
		       slice_equal(bytes_slice(&back), slice_of(raw, n));
	}
	ok(same, "what is shown reads back to the same bytes, 20,000 random strings");
	bytes_free(&back);
}

static void test_steps(void)
{
	static const unsigned flags[] = {0, TEXT_ASCII, TEXT_PLAIN};
	uint8_t raw[4] = {0};
	bool same = true;
	size_t cells, length = 0;
	const uint32_t step = tap_slow() ? 17 : 1;
	for (uint32_t code = 0; code <= 0x10ffff && same; code += step)
		for (size_t i = 0; i < 3 && same; i++) {
			size_t n = text_encode(code, raw);
			length = text_step(slice_of(raw, n ? n : 1), flags[i], &cells);
			spelled(slice_of(raw, length), flags[i]);
			same = length && cells == text_cells(bytes_slice(&out));
		}
	ok(same, "a step knows the cells of every character");
	is_int(text_step(SLICE("\xe6\xbc"), 0, &cells), 1, "of a broken one the first byte");
	is_int(cells, 4, "which is an escape");
	is_int(text_step(SLICE(""), 0, &cells), 0, "and none of nothing");
}

static void decodes(const char *text, struct slice expected)
{
	bytes_clear(&out);
	bool good = escape_decode(slice_str(text), &out, &err);
	is_bytes(good ? bytes_slice(&out) : SLICE("(error)"), expected, "text %s", text);
}

static void lists(const char *text, struct slice expected)
{
	bytes_clear(&out);
	bool good = escape_bytes(slice_str(text), &out, &err);
	is_bytes(good ? bytes_slice(&out) : SLICE("(error)"), expected, "byte list %s", text);
}

static void refuses(bool (*parse)(struct slice, struct bytes *, struct error *), const char *text,
	size_t column, const char *what)
{
	bytes_clear(&out);
	err = (struct error){.column = 999};
	bool good = parse(slice_str(text), &out, &err);
	ok(!good && err.column == column && (strstr(err.what, what) || strstr(err.hint, what)),
		"%s is refused at %zu: %s", text, column, what);
	if (good || err.column != column)
		tap_note("column %zu, %s, %s", err.column, err.what, err.hint);
}

static void test_escapes(void)
{
	decodes("PWR\\r\\n\\t\\e\\0", SLICE("PWR\r\n\t\033\0"));
	decodes("\\x1bID\\x00", SLICE("\033ID\0"));
	decodes("\\u{20ac}", SLICE("\xe2\x82\xac"));
	decodes("\\<STX>01\\<ETX>", SLICE("\x02"
					  "01\x03"));
	decodes("set \\<u16be(300)>", SLICE("set \x01\x2c"));
	decodes("\\<1b 41 'x' >", SLICE("\033Ax"));
	lists("1b 41 0d", SLICE("\033A\r"));
	lists("1b410d", SLICE("\033A\r"));
	lists("1b:41:0D 02", SLICE("\033A\r\x02"));
	lists("1b-41-0d,CR", SLICE("\033A\r\r"));
	refuses(escape_bytes, "1b:41-0d", 2, "':' is not a byte");
	refuses(escape_bytes, "1b:4", 2, "':' is not a byte");
	refuses(escape_bytes, "1b:41:", 2, "':' is not a byte");
	refuses(escape_bytes, "1b-410", 0, "'1b-410' is not a byte");
	lists("0x1b,0x41", SLICE("\033A"));
	lists("ESC 'A' CR", SLICE("\033A\r"));
	lists("01 03 u16be(107,3)", SLICE("\x01\x03\x00\x6b\x00\x03"));
	lists("i16be(-2) u8(10) dec4(42) bcd2(1234) varint(300) ber(200) f32be(1.5)",
		SLICE("\xff\xfe\x0a"
		      "0042\x12\x34\xac\x02\x81\xc8\x3f\xc0\0\0"));
	lists("", SLICE(""));
	refuses(escape_decode, "ab\\1b", 2, "\\x1b");
	refuses(escape_decode, "\\033", 0, "octal");
	refuses(escape_decode, "a\\q", 1, "not an escape");
	refuses(escape_decode, "a\\", 1, "backslash at the end");
	refuses(escape_decode, "\\x1", 0, "two digits");
	refuses(escape_decode, "\\<1b", 0, "no closing >");
	refuses(escape_decode, "\\<1b zz>", 5, "not a byte");
	refuses(escape_decode, "\\u{d800}", 0, "character is");
	refuses(escape_bytes, "1b 4", 3, "half a byte");
	refuses(escape_bytes, "DC5", 2, "half a byte");
	lists("DC1 DC4 dc 11", SLICE("\x11\x14\xdc\x11"));
	refuses(escape_bytes, "ESCC", 0, "ESC");
	refuses(escape_bytes, "u8(256)", 3, "fits u8");
	refuses(escape_bytes, "u17(1)", 0, "not a number type");
	refuses(escape_bytes, "'abc", 0, "closing");
	refuses(escape_bytes, "u8(1 2)", 5, "commas");
}

static void test_numbers(void)
{
	uint64_t n;
	int64_t ns;
	char text[DURATION_TEXT_MAX];
	ok(number_parse(SLICE("0x1f"), "n", 0, 99, &n, &err) && n == 31, "0x hex");
	ok(!number_parse(SLICE("12x"), "n", 0, 99, &n, &err), "a number is the whole text");
	ok(!number_parse(SLICE("18446744073709551616"), "n", 0, UINT64_MAX, &n, &err),
		"a number over 64 bits is refused");
	ok(duration_parse(SLICE("1.5s"), "t", &ns, &err) && ns == 1500000000, "1.5s");
	ok(duration_parse(SLICE("5"), "t", &ns, &err) && ns == 5000000000, "no unit: seconds");
	ok(duration_parse(SLICE("250us"), "t", &ns, &err) && ns == 250000, "250us");
	ok(!duration_parse(SLICE("5x"), "t", &ns, &err), "an unknown unit is refused");
	ok(!duration_parse(SLICE("9999999h"), "t", &ns, &err), "more than a day is refused");
	is_str(duration_text(1500000000, text), "1.5 s", "duration for people");
	is_str(duration_text(1234000, text), "1.2 ms", "milliseconds for people");
	is_str(duration_text(9960000, text), "10.0 ms", "to the nearest tenth");
	is_str(duration_text(99960000, text), "100.0 ms", "of what has less than 100");
	is_str(duration_text(100600000, text), "101 ms", "and above to the nearest whole");
	is_str(duration_text(0, text), "0 us", "no time");
	const struct timespec noon = {.tv_sec = 12 * 3600 + 62, .tv_nsec = 7999999};
	char clock[CLOCK_TEXT_MAX];
	is_str(clock_text(&noon, true, clock) + 2, ":01:02.007", "a time of day");
	is_str(clock_text(&noon, false, clock) + 2, ":01:02", "without its fraction");
	ok(size_parse(SLICE("64K"), "max", 1 << 20, &n, &err) && n == 65536, "64K");
	ok(!size_parse(SLICE("2M"), "max", 1 << 20, &n, &err),
		"a size over its maximum is refused");
}

static void test_inttypes(void)
{
	static const char *const names[] = {"u8", "u16be", "u16le", "u24be", "u32le", "u64be",
		"varint", "vlq", "ber", "dec", "dec3", "hex4", "HEX2", "bcd2"};
	bool same = true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (uint64_t value = 0; value < 70000; value = value * 3 + 1) {
			struct inttype type;
			uint8_t raw[INTTYPE_BYTES_MAX];
			uint64_t back = 0;
			inttype_parse(slice_str(names[i]), &type);
			size_t n = inttype_put(type, value, raw);
			if (n && (inttype_get(type, slice_of(raw, n), true, &back) != (int)n ||
					 back != value))
				same = false;
		}
	ok(same, "what inttype_put writes inttype_get reads, for every kind");
	struct inttype type;
	ok(!inttype_parse(SLICE("u12"), &type) && !inttype_parse(SLICE("dec0"), &type) &&
			!inttype_parse(SLICE("dec99"), &type),
		"names that are no type");
	uint64_t value;
	is_int(inttype_get((struct inttype){INT_DEC, 0, false}, SLICE("12"), false, &value), 0,
		"digits may go on while more can come");
	is_int(inttype_get((struct inttype){INT_BER, 0, false}, SLICE("\x80"), true, &value), -1,
		"an indefinite length is refused");
}

static const char *verb_at(const void *table, size_t index)
{
	(void)table;
	static const char *const verbs[] = {"open", "close", "hex", "help", "history", ""};
	return index < 6 ? verbs[index] : NULL; /* "": one that does not apply here */
}

static void test_tables(void)
{
	is_int(table_prefix(SLICE("o"), verb_at, NULL), 0, "a unique prefix is enough");
	is_int(table_prefix(SLICE("h"), verb_at, NULL), TABLE_AMBIGUOUS, "two names begin so");
	is_int(table_prefix(SLICE("hex"), verb_at, NULL), 2, "an exact name wins");
	is_str(table_near(SLICE("hlep"), verb_at, NULL), "help", "swapped letters are near");
	ok(!table_near(SLICE("zzzz"), verb_at, NULL), "nothing is near zzzz");
	is_int(table_exact(SLICE(""), verb_at, NULL), TABLE_NONE, "no word is no name");
	ok(!table_near(SLICE("z"), verb_at, NULL), "and no name is near a letter");
	char list[32];
	is_str(table_list(SLICE("h"), verb_at, NULL, list, sizeof list), "hex, help, history",
		"the names that could be meant");
}

static void test_plain(void)
{
	ok(text_is_plain(SLICE("gr\xc3\xbc\xc3\x9f ~")) && text_is_plain(SLICE("")),
		"plain text is what may be shown as it is");
	static const struct slice others[] = {SLICE("a\nb"), SLICE("\t"), SLICE("\x7f"),
		SLICE("\0"), SLICE("\xe2\x80\xa8"), SLICE("\xe2\x80\xa9"), SLICE("\xc2\x85"),
		SLICE("\xff"), SLICE("\xe2\x80\xae")};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ok(!text_is_plain(others[i]), "what controls or separates is not (%zu)", i);
}

static const char *pasted(struct slice word, unsigned flags)
{
	bytes_clear(&out);
	paste_add(&out, word, flags);
	return bytes_str(&out);
}

/* tests/e2e/test_paste.py asks the shells themselves. */
static void test_paste(void)
{
	is_str(pasted(SLICE("tcp://10.0.0.5:9100"), 0), "tcp://10.0.0.5:9100",
		"a word that no shell minds is pasted as it is");
	is_str(pasted(SLICE("[::1]:9100"), 0), "'[::1]:9100'", "another one in quotes");
	is_str(pasted(SLICE(""), 0), "''", "so is an empty one");
	is_str(pasted(SLICE("=ls"), 0), "'=ls'", "and one that begins as a shell's own");
	is_str(pasted(SLICE("it's \\ !"), 0), "'it'\\''s '\\\\' '\\!",
		"what quotes do not keep stands between them");
	is_str(pasted(SLICE("'"), 0), "\\'", "without empty quotes around it");
	is_str(pasted(SLICE("a\n'\\!"), 0), "$'a\\012\\047\\134\\041'", "control bytes are octal");
	is_str(pasted(SLICE("gr\xc3\xbc\xc3\x9f"), 0), "'gr\xc3\xbc\xc3\x9f'",
		"a terminal with UTF-8 shows it");
	is_str(pasted(SLICE("\xc3\xbc"), TEXT_ASCII), "$'\\303\\274'", "another the bytes");
	is_str(pasted(SLICE("a\xe2\x80\xa8"), 0), "$'a\\342\\200\\250'",
		"a separator of lines is no character");
	is_str(pasted(SLICE("a\xff"), 0), "$'a\\377'", "nor is half of one");
	is_str(pasted(SLICE("a\0b"), 0), "a", "a NUL ends the word");
	uint8_t longer[PASTED_MAX];
	memset(longer, 'a', sizeof longer);
	is_int(strlen(paste(slice_of(longer, PASTED_MAX - 1)).text), PASTED_MAX - 1,
		"a long word fits");
	is_str(paste(slice_of(longer, PASTED_MAX)).text, "...", "no part stands for a longer one");
}

/* ---- dump ---- */

static const char *dumped(uint64_t offset, struct slice bytes, bool wide)
{
	bytes_clear(&out);
	dump_add_row(&out, offset, bytes, wide);
	return bytes_str(&out);
}

static void test_dump(void)
{
	is_str(dumped(0x10, SLICE("0123456789\nbcdef"), false),
		"0010  30 31 32 33 34 35 36 37  38 39 0a 62 63 64 65 66  0123456789.bcdef",
		"a row of a dump");
	is_str(dumped(0x12345, SLICE("A"), false),
		"012345  41                                                A",
		"an offset has as many digits as it needs");
	is_str(dumped(0xfedcba9876543210, SLICE("12345678"), true),
		"fedcba9876543210  31 32 33 34 35 36 37 38                           12345678",
		"up to sixteen");
	is_str(dumped(0, SLICE(""), true),
		"00000000                                                    ", "no byte is a row");
	struct bytes small;
	bytes_init(&small, 50);
	ok(!dump_add_row(&small, 0, SLICE("A"), true) && !small.len,
		"what does not fit is not begun");
	bytes_free(&small);
}

/* ---- many bytes ---- */

static uint32_t dice(uint32_t below)
{
	static uint64_t state = 1;
	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)((state >> 33) % below);
}

/* Adds random bytes, and characters of every length, whole and broken off. */
static void add_random(struct bytes *to, size_t len)
{
	static const uint32_t codes[] = {0x41, '\\', '\n', 0x7f, 0x80, 0xa0, 0xad, 0xe9, 0x300,
		0x7ff, 0x800, 0x20ac, 0x202e, 0xfeff, 0x10000, 0x1f600, 0x10ffff};
	uint32_t kind = dice(3);
	while (to->len < len) {
		uint8_t utf8[4];
		size_t n = text_encode(codes[dice(sizeof codes / sizeof codes[0])], utf8);
		if (kind == 0 || (kind == 1 && dice(4) == 0))
			bytes_add_byte(to, (uint8_t)dice(256));
		else
			bytes_add(to, slice_of(utf8, n - (dice(16) == 0 && n > 1)));
	}
}

/* Spells text as text.h says it, character by character. */
static void add_slowly(struct bytes *to, struct slice in, unsigned flags)
{
	uint32_t code;
	for (size_t n; (n = text_decode(in, &code)) > 0; in = slice_cut(in, n, in.len)) {
		if (code == '\\' && !(flags & TEXT_PLAIN))
			bytes_add_str(to, "\\\\");
		else if (code >= 0x20 && code < 0x7f)
			bytes_add_byte(to, (uint8_t)code);
		else if (code == '\t' || code == '\n' || code == '\r')
			bytes_add_str(to, code == '\t' ? "\\t" : code == '\n' ? "\\n" : "\\r");
		else if (code >= 0x80 && text_width(code) && (flags & TEXT_ASCII))
			bytes_addf(to, "\\u{%x}", (unsigned)code);
		else if (code >= 0x80 && text_width(code))
			bytes_add(to, slice_cut(in, 0, n));
		else
			for (size_t i = 0; i < n; i++)
				bytes_addf(to, "\\x%02x", in.at[i]);
	}
}

static void test_many_bytes(void)
{
	static const unsigned flags[] = {0, TEXT_ASCII, TEXT_PLAIN};
	struct bytes in, fast, slow, tight;
	size_t wrong = 0, wrong_tight = 0;
	bytes_init(&in, 5000);
	bytes_init(&slow, 50000);
	for (size_t i = 0; i < (tap_slow() ? 300 : 3000); i++) {
		bytes_clear(&in);
		bytes_clear(&slow);
		add_random(&in, i < 100 ? i : dice(3000));
		add_slowly(&slow, bytes_slice(&in), flags[i % 3]);
		bytes_init(&fast, 50000);
		text_add(&fast, bytes_slice(&in), flags[i % 3]);
		wrong += !slice_equal(bytes_slice(&fast), bytes_slice(&slow));
		bytes_init(&tight, slow.len);
		wrong_tight += !text_add(&tight, bytes_slice(&in), flags[i % 3]) || tight.over ||
			       !slice_equal(bytes_slice(&tight), bytes_slice(&slow));
		bytes_free(&fast);
		bytes_free(&tight);
	}
	is_int((long)wrong, 0, "many bytes are spelled as each character is");
	is_int((long)wrong_tight, 0, "also where there is just room for them");
	bytes_free(&in);
	bytes_free(&slow);
}

/* ---- streams ---- */

enum { HELD_LEAST = 3 * 1024 }; /* text_add_hex() wants so much at once */
static size_t parts, cut;

static void take_part(void *arg, struct slice part)
{
	parts++;
	cut += !text_is_utf8(part);
	bytes_add(arg, part);
}

/* An object with every kind of value, of bytes of every kind, and other text. */
static void add_much(struct bytes *to, struct slice bytes)
{
	struct json j = {.out = to};
	json_open(&j, NULL, '{');
	json_canon(&j, "canon", bytes);
	json_hex(&j, "hex", bytes);
	json_open(&j, "list", '[');
	for (int i = 0; i < 3; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "text", bytes);
		json_none(&j, "null");
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_uint(&j, "number", 7);
	json_close(&j, '}');
	bytes_addf(to, "%100d", 7);
	text_add(to, bytes, TEXT_EDGES);
	text_add(to, bytes, TEXT_ASCII);
	text_add_hex(to, bytes, true);
}

/* However little of it is held, a stream gives the same text, whole. */
static void test_streams(void)
{
	struct bytes whole, got, stream, in;
	size_t wrong = 0, most = 0;
	bytes_init(&in, 5000);
	bytes_init(&whole, 1 << 20);
	bytes_init(&got, 1 << 20);
	for (unsigned i = 0; in.len < 4000; i++)
		bytes_addf(&in, "text %u \u20ac\u00e9%c\\\"%c", i, (int)(i % 32), (int)(i % 256));
	add_much(&whole, bytes_slice(&in));
	const struct bytes_drain drain = {take_part, &got};
	for (size_t held = HELD_LEAST; held < 20000; held = held * 3 / 2) {
		bytes_clear(&got);
		parts = 0;
		bytes_stream(&stream, held, &drain);
		add_much(&stream, bytes_slice(&in));
		bytes_pass(&stream);
		wrong += stream.over || !slice_equal(bytes_slice(&got), bytes_slice(&whole));
		most = parts > most ? parts : most;
		bytes_free(&stream);
	}
	is_int((long)wrong, 0, "a stream gives in parts what a buffer holds whole");
	is_int((long)cut, 0, "and no part cuts a character");
	ok(most > whole.len / HELD_LEAST / 2, "however many parts there are");
	bytes_clear(&got);
	bytes_stream(&stream, 10, &drain);
	ok(bytes_add_str(&stream, "longer than it holds") && bytes_addf(&stream, "%*d", 50, 1) &&
			bytes_add_byte(&stream, '.') && !stream.over,
		"what is longer than it holds is handed on at once");
	ok(got.len == 70 && !bytes_space(&stream, 11) && stream.over,
		"only room for more than that there is not");
	bytes_free(&stream);
	bytes_free(&in);
	bytes_free(&whole);
	bytes_free(&got);
}

static void test_json(void)
{
	bytes_clear(&out);
	struct json j = {.out = &out};
	json_open(&j, NULL, '{');
	json_text(&j, "a", SLICE("x\"\\\n\xe2\x82\xac\xf0\x9f\x98\x80"));
	json_canon(&j, "c", SLICE("\0\\"));
	json_none(&j, "n");
	json_open(&j, "l", '[');
	json_uint(&j, NULL, UINT64_MAX);
	json_bool(&j, NULL, true);
	json_close(&j, ']');
	json_ms(&j, "t", 1234567);
	json_hex(&j, "h", SLICE("\x01\xff"));
	json_close(&j, '}');
	is_str(bytes_str(&out),
		"{\"a\":\"x\\\"\\\\\\u000a\\u20ac\\ud83d\\ude00\",\"c\":\"\\\\x00\\\\\\\\\",\"n\":"
		"null,"
		"\"l\":[18446744073709551615,true],\"t\":1.235,\"h\":\"01ff\"}",
		"JSON is ASCII, with 64-bit numbers");
}

static void test_error(void)
{
	bytes_clear(&out);
	error_at(&err, 8, 4, "'%s' is wrong", quote(SLICE("wo\033d")).text);
	error_hint(&err, "use another");
	error_show(&err, "dev:", SLICE("payload wo\033d LF"), false, &out);
	is_str(bytes_str(&out),
		"dev:9: 'wo\\x1bd' is wrong\n  payload wo\\x1bd LF\n          ^~~~~~~\n  use "
		"another\n",
		"an error points at its column and shows no control byte");
}

/* A file is written whole or not at all. */
static void test_paths(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
	struct path_file f;
	struct slice text = SLICE("more");
	ok(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/file", folder);
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err) && !text.len,
		"a file is begun");
	path_cancel(&f);
	ok(access(path, F_OK) != 0, "given up, one that was made is gone again");
	ok(path_write(path, PATH_NEW, SLICE("first\n"), &err), "one that is new");
	ok(!path_write(path, PATH_NEW, SLICE("x"), &err) && strstr(err.hint, "no file has yet"),
		"is not written over");
	text = SLICE("more");
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err), "more of it");
	path_cancel(&f);
	bytes_clear(&out);
	path_read(path, PATH_FILE, 100, &out, &err);
	is_str(bytes_str(&out), "first\n", "given up, it is as it was before");
	ok(path_write(path, PATH_APPEND, SLICE("second\n"), &err) &&
			(bytes_clear(&out), path_read(path, PATH_FILE, 100, &out, &err)) == 1 &&
			slice_is(bytes_slice(&out), "first\nsecond\n"),
		"at the end of a file");
	ok(!path_write("/dev/full", PATH_APPEND, SLICE("x"), &err) &&
			strstr(err.what, "cannot write /dev/full"),
		"a full disk is said");
	unlink(path);
	rmdir(folder);
}

static bool reads(const char *path, enum path_source from, size_t max, const char *why)
{
	bytes_clear(&out);
	err.what[0] = 0;
	int found = path_read(path, from, max, &out, &err);
	if (!why)
		return found == 1;
	return found == -1 && strstr(err.what, why) && strstr(err.what, path);
}

/* What wilco reads at a start is a file; nothing else is waited for. */
static void test_paths_read(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
	ok(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/it", folder);
	is_int(path_read(path, PATH_FILE, 100, &out, &err), 0, "nothing there is no error");
	ok(mkfifo(path, 0600) == 0 && reads(path, PATH_FILE, 100, "but is a pipe"),
		"a FIFO without a writer is not waited for: %s", err.what);
	unlink(path);
	ok(path_write(path, PATH_NEW, SLICE("0123456789"), &err) &&
			reads(path, PATH_FILE, 10, NULL) && out.len == 10,
		"a file of as many bytes as may be");
	ok(reads(path, PATH_FILE, 9, "it has more than 9 bytes"), "and of one more");
	ok(reads(folder, PATH_FILE, 100, "but is a directory"), "a directory");
	ok(reads("/dev/zero", PATH_FILE, 100, "but is a device"), "a device");
	ok(reads("/dev/zero", PATH_STREAM, 100, "more than 100 bytes"),
		"one that a person named is read up to the cap");
	ok(reads("/dev/null", PATH_STREAM, 100, NULL) && !out.len, "or to its end");
	ok(reads(folder, PATH_STREAM, 100, "s a directory"), "a directory has none");
	unlink(path);
	rmdir(folder);
}

/* ---- descriptors that others made non-blocking ---- */

/* Reads all that comes, once the pipe is full. */
static void *slow_reader(void *arg)
{
	struct bytes *got = arg;
	int fd = got->at[0], full;
	size_t size = (size_t)fcntl(fd, F_GETPIPE_SZ);
	do
		sched_yield();
	while (ioctl(fd, FIONREAD, &full) == 0 && (size_t)full < size);
	bytes_clear(got);
	for (ssize_t n; (n = read(fd, bytes_space(got, 4096), 4096)) > 0;)
		got->len += (size_t)n;
	close(fd);
	return NULL;
}

static void test_fd(void)
{
	enum { MUCH = 1024 * 1024 };
	int ends[2];
	pthread_t reader;
	struct bytes all, got;
	bytes_init(&all, MUCH);
	bytes_init(&got, 2 * MUCH);
	while (all.len < MUCH)
		bytes_add_byte(&all, (uint8_t)(all.len * 7 >> 3));
	ok(pipe2(ends, O_NONBLOCK) == 0, "a pipe that does not block");
	fcntl(ends[0], F_SETFL, 0);
	errno = 0;
	ok(!fd_write(ends[1], bytes_slice(&all), 1) && errno == ETIMEDOUT,
		"a reader that does not read is waited for as long as was said");
	bytes_add_byte(&got, (uint8_t)ends[0]);
	pthread_create(&reader, NULL, slow_reader, &got);
	ok(fd_write(ends[1], bytes_slice(&all), FD_FOR_EVER),
		"one that is slow until all is written");
	close(ends[1]);
	pthread_join(reader, NULL);
	size_t before = got.len - all.len;
	ok(got.len > all.len && slice_equal(slice_cut(bytes_slice(&got), before, got.len),
					bytes_slice(&all)),
		"and nothing of it is missing");
	ok(pipe2(ends, O_NONBLOCK) == 0 && close(ends[0]) == 0, "a pipe without a reader");
	signal(SIGPIPE, SIG_IGN);
	ok(!fd_write(ends[1], SLICE("x"), FD_FOR_EVER) && errno == EPIPE, "is a failure");
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
	bytes_free(&all);
	bytes_free(&got);
}

/* What others write to the same file is theirs, whatever becomes of ours. */
static void test_paths_shared(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
	struct path_file f;
	struct slice text = SLICE("mine");
	ok(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/file", folder);
	ok(path_begin(&f, path, PATH_APPEND, &err), "a file is made");
	path_write(path, PATH_APPEND, SLICE("theirs\n"), &err);
	ok(path_cancel(&f), "given up before anything was written");
	bytes_clear(&out);
	path_read(path, PATH_FILE, 100, &out, &err);
	is_str(bytes_str(&out), "theirs\n", "it is there, because others wrote to it");
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err), "more of it");
	path_write(path, PATH_APPEND, SLICE("more\n"), &err);
	ok(!path_cancel(&f), "given up when others have written behind it");
	bytes_clear(&out);
	path_read(path, PATH_FILE, 100, &out, &err);
	is_str(bytes_str(&out), "theirs\nminemore\n", "nothing of theirs is cut off");
	unlink(path);
	rmdir(folder);
}

/* A full disk that everybody can have: the limit of a file's size. */
static void test_paths_full(void)
{
	char path[] = "/tmp/wilcotest.XXXXXX";
	struct stat st;
	int status, fd = mkstemp(path);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit = {1000, 1000};
		struct path_file f;
		struct slice half = SLICE("half of it"), rest = slice_of(out.at, 2000);
		signal(SIGXFSZ, SIG_IGN);
		bool good = path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &half, &err);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(good && !path_add(&f, &rest, &err) && f.fd < 0 ? 0 : 1);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"a disk that is full in the midst is said");
	ok(fstat(fd, &st) == 0 && st.st_size == 0, "and no half is left");
	close(fd);
	unlink(path);
}

int main(void)
{
	bytes_init(&out, 1 << 20);
	test_charsets();
	test_bytes_cap();
	test_bytes_str();
	test_long_errors();
	test_spelling();
	test_plain();
	test_paste();
	test_marks();
	test_marks_by_step();
	test_round_trip();
	test_steps();
	test_escapes();
	test_numbers();
	test_inttypes();
	test_tables();
	test_json();
	test_dump();
	test_many_bytes();
	test_streams();
	test_error();
	test_paths();
	test_fd();
	test_paths_read();
	test_paths_shared();
	bytes_clear(&out);
	memset(bytes_space(&out, 2000), 'x', 2000);
	test_paths_full();
	bytes_free(&out);
	return tap_done();
}
