/* What `wilco fmt` makes of lines.  With files as arguments: each means the same afterwards. */
#include "lib/meaning.h"
#include "lib/tap.h"
#include "macro/format.h"
#include <stdio.h>

static const struct verb frame_verb = {.name = "frame",
	.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE,
	.behind = BEHIND_VERBATIM,
	.read = verb_read_frame};
static const struct verb open_verb = {.name = "open", .places = PLACE_PROMPT};
static const struct verb set_verb = {.name = "set", .places = PLACE_PROMPT | PLACE_CONFIG};
static const struct verb *const verbs[] = {&verb_delay, &verb_else, &frame_verb, &verb_greeting,
	&verb_hex, &verb_literal, &verb_now, &open_verb, &set_verb, &verb_tell, &verb_text,
	&verb_wait, &verb_wire, &verb_with, NULL};

static struct format f = {.verbs = verbs, .headed = true};
static struct bytes out;
static struct error err;
static struct frame_book *book;
static struct frame *frames[3];

static bool formats(struct slice line)
{
	bytes_clear(&out);
	return format_line(&f, line, &out, &err);
}

static bool means_same(struct slice before, struct slice after)
{
	bool same = meaning_same(before, after, verbs, NULL);
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
		same = same && meaning_same(before, after, verbs, frames[i]);
	return same;
}

static void becomes(const char *line, const char *expected)
{
	struct bytes first;
	bytes_init(&first, LIMIT_LINE);
	is_str(formats(slice_str(line)) ? bytes_str(&out) : err.what, expected, "'%s' becomes",
		line);
	bytes_add(&first, bytes_slice(&out));
	ok(means_same(slice_str(line), bytes_slice(&first)), "and means the same");
	ok(formats(bytes_slice(&first)) && slice_equal(bytes_slice(&out), bytes_slice(&first)),
		"and stays so");
	bytes_free(&first);
}

static void stays(const char *line)
{
	becomes(line, line);
}

static void refuses(const char *line, size_t column, const char *part)
{
	bool good = !formats(slice_str(line)) && err.column == column &&
		    (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "'%s' is refused at %zu: %s", line, column + 1, part))
		tap_note("column %zu: %s (%s)", err.column + 1, err.what, err.hint);
}

static void test_stays(void)
{
	static const char *const lines[] = {"", "#", "# a  remark \\e",
		"#!/usr/bin/env -S wilco play", "#01", "STATUS", "A  B", "..status", "\\x2301",
		"\\x23 x", "\\x20A\\x20", "a\\\\b", "\xc3\xa9", "\\xc3\\xa9", "'\\x27'", ".text",
		".text \\x20A", ".literal a\\e  b", ".literal  a", ".frame payload CR LF",
		".frame a = STX  payload ETX", ".open 'a b'", ".hex 03 00 6b",
		".hex STX '01' ETX u16be(300, 3)", ".hex \\{a|) x} 01", ".hex u8(\\{a|)}|0x40) 01",
		".wire 18", ".tell OUTP ON", ".now .wire 03", ".with unit=17 .hex 03 00",
		".with unit=17 -- a=1", ".with unit=17 a=1  b", ".with name=a\\x20b x",
		"SET \\{a|x y} \\{b}", "  READY", "  \\x20READY", "    0000  1b 00",
		"  \\<03 04 ?? ?? 00 2a>", "  (with unit=18) \\<83 02>",
		"  (with t=u8(\\{t|)}|0x40)) \\<05 u8(\\{1:u8}|0x80)>", "  (empty)", "  (none)",
		"  (any)", "  (lost)", "  (unsolicited) ALARM 17", "  (late) (empty)",
		"  (damaged) \\<01 03>", "  \\x28empty)", "  (OK)", "  \\e\\d+ (re)",
		"  \\x2a*\\\\ (glob)", "  any \\q text (any)", ".else", ".greeting", ".delay 3s",
		"  # a reply"};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		stays(lines[i]);
}

static void test_becomes(void)
{
	becomes("STATUS \t ", "STATUS");
	becomes("   ", "");
	becomes("\\e[A\\0\\a\\'\\\"", "\\x1b[A\\x00\\x07'\"");
	becomes("\\x41\\x0D\\x0a\\x09\\xFF\\x5c", "A\\r\\n\\t\\xff\\\\");
	becomes("a\tb", "a\\tb");
	becomes("\\u{e9}\\u{41}\\u{00AD}\xc2\xad\x7f", "\xc3\xa9"
						       "A\\u{ad}\\u{ad}\\x7f");
	becomes("\u0e17\u0e35\u0e48 \u0e35\u0301", "\u0e17\u0e35\u0e48 \\u{e35}\\u{301}");
	becomes("\u0e17\\u{e35}", "\u0e17\\u{e35}");
	becomes("\\x2estatus", "..status");
	becomes("\\u{23}01", "\\x2301");
	becomes("#\\x20x", "\\x23 x");
	becomes(".tell # x", ".tell \\x23 x");
	becomes("  a \\x28re\\x29", "  a (re\\x29");
	becomes("a\\x20b\\x20", "a b\\x20");
	becomes("\\<STX>01\\<ETX>", "\\x0201\\x03");
	becomes("\\<1B410D>", "\\<1b 41 0d>");
	becomes("A\\<\\{x}>", "A\\<\\{x}>");
	becomes(".x 1B410d", ".hex 1b 41 0d");
	becomes(".hex 1b:41,0x0D  'a\\e'ESC", ".hex 1b 41 0d 'a\\x1b' ESC");
	becomes(".t  A", ".text \\x20A");
	becomes(".r a\\b", ".literal a\\b");
	becomes(".li a\\b", ".literal a\\b");
	becomes(".tell   .x 01 ", ".tell .hex 01");
	becomes(".with unit=\\x31  .x 0102", ".with unit=1  .hex 01 02");
	becomes(".open   host  timeout=1s", ".open host  timeout=1s");
	becomes("   A", "  \\x20A");
	becomes("  (with unit=18) \\<8302>", "  (with unit=18) \\<83 02>");
	becomes("  (late)  A", "  (late) \\x20A");
	becomes("  (\\x65mpty)", "  \\x28empty)");
	becomes("  a\\x20(re)", "  a (re\\x29");
	becomes("  \\x2A\\x3f\\x41* (glob)", "  \\x2a\\x3fA* (glob)");
	becomes("  a\\x20 (glob)", "  a\\x20 (glob)");
}

static void test_refuses(void)
{
	refuses(" A", 0, "two blanks");
	refuses("\tA", 0, "two blanks");
	refuses(".stauts", 0, "is not a wilco command");
	refuses(".wi 01", 0, "could be several");
	refuses(".e", 0, "is not a wilco command");
	refuses(". x", 0, "a dot begins");
	refuses("a\\q", 1, "is not an escape");
	refuses("ab\\", 2, "a backslash at the end");
	refuses("a\\{x", 1, "no closing }");
	refuses("a\\{}", 1, "no name");
	refuses("a\\<01", 1, "no closing >");
	refuses(".hex 01 0", 8, "half a byte");
	refuses(".hex 01 qq", 8, "is not a byte");
	refuses(".hex 01 'a", 8, "no closing '");
	refuses(".hex 01 u8(3", 10, "is not closed");
	refuses(".hex 01 u8(300)", 11, "300");
	refuses(".tell .hex 0g", 11, "is not a byte");
	refuses(".with a=1 b=\\q x", 12, "is not an escape");
	refuses("  (emtpy)", 2, "is no mark");
	refuses("  (empty) x", 2, "nothing can stand behind");
	refuses("  (late) \\q", 9, "is not an escape");
	refuses("a\xff", 1, "not valid UTF-8");
	f.headed = false;
	refuses("  READY", 0, "no command above it");
	f.headed = true;
}

/* A line that grows too long to be read stays. */
static void test_long(void)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	while (line.len < LIMIT_LINE - 1)
		bytes_add_str(&line, "\t");
	bytes_add_str(&line, "x");
	line.at[0] = 'x';
	ok(formats(bytes_slice(&line)) && slice_equal(bytes_slice(&out), bytes_slice(&line)),
		"a line that would be too long stays");
	bytes_free(&line);
}

static void test_file(const char *path)
{
	static char line[LIMIT_LINE];
	size_t number = 0, wrong = 0;
	FILE *file = fopen(path, "r");
	if (!ok(file != NULL, "%s opens", path))
		return;
	for (; fgets(line, sizeof line, file); number++) {
		struct slice text = slice_of(line, strcspn(line, "\n"));
		bool same = !formats(text) || means_same(text, bytes_slice(&out));
		if (!same && !wrong++)
			tap_note("line %zu means something else", number + 1);
	}
	fclose(file);
	ok(!wrong, "%s: %zu lines mean the same", path, number);
}

int main(int argc, char **argv)
{
	static const char *const notations[] = {"payload LF", "unit:u8=1 name:s4='x' payload LF",
		"type:u8=0 len(payload):u8 payload ; bin"};
	bytes_init(&out, 8 * LIMIT_LINE);
	book = frame_book_new();
	for (size_t i = 0; i < 3; i++)
		ok((frames[i] = frame_compile(book, slice_str(notations[i]), &err)) != NULL, "%s",
			notations[i]);
	for (int i = 1; i < argc; i++)
		test_file(argv[i]);
	if (argc < 2) {
		test_stays();
		test_becomes();
		test_refuses();
		test_long();
	}
	for (size_t i = 0; i < 3; i++)
		frame_unref(frames[i]);
	frame_book_free(book);
	bytes_free(&out);
	return tap_done();
}
