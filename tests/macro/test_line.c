/* The language: what each line is, and what a wrong one is told. */
#include "lib/tap.h"
#include <wilco/macro.h>

static struct bytes payload;
static struct error err;
static struct line line;

static bool parse(const char *text, enum line_place place, unsigned flags)
{
	return line_parse(slice_str(text), place, flags, &payload, &line, &err);
}

static void sends(const char *text, enum line_place place, unsigned flags, struct slice expected)
{
	bool good = parse(text, place, flags) && line.has_payload;
	is_bytes(good ? bytes_slice(&payload) : SLICE("(error)"), expected, "'%s' sends", text);
}

static void is_kind(const char *text, enum line_place place, enum line_kind kind)
{
	ok(parse(text, place, 0) && line.kind == kind, "'%s' is of kind %d", text, kind);
}

static void refuses(const char *text, enum line_place place, size_t column, const char *part)
{
	bool good = !parse(text, place, 0) && err.column == column &&
		    (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "'%s' is refused at %zu: %s", text, column + 1, part))
		tap_note("column %zu: %s (%s)", err.column + 1, err.what, err.hint);
}

static void test_kinds(void)
{
	is_kind("", PLACE_PROMPT, LINE_NOTHING);
	is_kind("   ", PLACE_DEVICE, LINE_NOTHING);
	is_kind("#", PLACE_PROMPT, LINE_NOTHING);
	is_kind("# words", PLACE_DEVICE, LINE_NOTHING);
	is_kind("#!/usr/bin/wilco", PLACE_DEVICE, LINE_NOTHING);
	is_kind("  READY", PLACE_DEVICE, LINE_REPLY);
	is_kind(".open host", PLACE_PROMPT, LINE_VERB);
	sends("#01", PLACE_PROMPT, 0, SLICE("#01"));
	sends("PWR? \t", PLACE_PROMPT, 0, SLICE("PWR?"));
	sends("PWR?\\x20", PLACE_PROMPT, 0, SLICE("PWR? "));
	sends("..status", PLACE_PROMPT, 0, SLICE(".status"));
	sends(" secret", PLACE_PROMPT, 0, SLICE("secret"));
	ok(line.quiet, "a leading blank keeps the line out of the history");
	sends(" x ", PLACE_COMMAND, LINE_EXACT, SLICE(" x "));
	sends("", PLACE_COMMAND, LINE_EXACT, SLICE(""));
	sends("# x", PLACE_COMMAND, LINE_EXACT, SLICE("# x"));
}

static void test_verbs(void)
{
	sends(".hex 02 30 03", PLACE_PROMPT, 0, SLICE("\x02\x30\x03"));
	sends(".x STX '0' ETX", PLACE_COMMAND, 0, SLICE("\x02\x30\x03"));
	sends(".text a\\r", PLACE_PROMPT, 0, SLICE("a\r"));
	sends(".t", PLACE_PROMPT, 0, SLICE(""));
	sends(".literal C:\\new", PLACE_PROMPT, 0, SLICE("C:\\new"));
	sends(".r  two", PLACE_PROMPT, 0, SLICE(" two"));
	sends(".wire 18", PLACE_PROMPT, 0, SLICE("\x18"));
	ok(line.wire, ".wire goes without the frame");
	sends(".lit x", PLACE_PROMPT, 0, SLICE("x"));
	sends("1b 41", PLACE_PROMPT, LINE_BIN, SLICE("\x1b\x41"));
	sends("1b 41", PLACE_DEVICE, LINE_BIN, SLICE("1b 41"));
	ok(parse(".frame  a b ", PLACE_PROMPT, 0) && line.verb == VERB_FRAME && line.rest_at == 7 &&
			slice_is(line.rest, " a b"),
		"a verb and what stands behind it");
}

static void test_refusals(void)
{
	refuses("a\\q", PLACE_PROMPT, 1, "not an escape");
	refuses(".hex 1", PLACE_PROMPT, 5, "half a byte");
	refuses(" x\\q", PLACE_PROMPT, 2, "not an escape");
	refuses("..x\\q", PLACE_PROMPT, 3, "not an escape");
	refuses(".hlep", PLACE_PROMPT, 0, "did you mean .help?");
	refuses(".h", PLACE_PROMPT, 0, "could be: help, hex, history");
	refuses(".fra x", PLACE_DEVICE, 0, "not a wilco command");
	refuses(".delay 1s", PLACE_PROMPT, 0, "cannot stand at a prompt");
	refuses(".open x", PLACE_COMMAND, 0, "cannot stand as a COMMAND");
	refuses(".", PLACE_PROMPT, 0, "a dot begins a wilco command");
	refuses(".5", PLACE_PROMPT, 0, "typed ..5");
	refuses("  READY", PLACE_PROMPT, 0, "nothing sent");
	refuses("\tx", PLACE_DEVICE, 0, "two blanks");
	refuses(" x", PLACE_DEVICE, 0, "two blanks");
	refuses("STATUS", PLACE_CONFIG, 0, "commands and comments");
	refuses("a\xff", PLACE_PROMPT, 1, "UTF-8");
	refuses(".wire", PLACE_PROMPT, 5, "needs the bytes");
	char text[LIMIT_LINE + 2];
	memset(text, 'x', sizeof text);
	ok(!line_parse(slice_of(text, sizeof text), PLACE_PROMPT, 0, &payload, &line, &err),
		"a line that is too long");
	ok(!line_parse(slice_of("a\0b", 3), PLACE_PROMPT, 0, &payload, &line, &err) &&
			err.column == 1,
		"a NUL in a line");
}

static void test_arguments(void)
{
	struct slice args[3];
	int n = args_split(SLICE(" one 'two words' a\"b \\x41\""), &payload, args, 3, &err);
	ok(n == 3 && slice_is(args[0], "one") && slice_is(args[1], "two words") &&
			slice_is(args[2], "ab A"),
		"arguments are split at blanks, quotes group and take escapes");
	is_int(args_split(SLICE("a b"), &payload, args, 1, &err), -1, "too many are refused");
	is_int(args_split(SLICE("'a"), &payload, args, 1, &err), -1, "so is an open quote");
}

static void test_replies(void)
{
	enum expect_kind kind;
	ok(reply_parse(SLICE("a\\r"), &payload, &kind, &err) && kind == EXPECT_EXACT &&
			payload.len == 2,
		"a reply is text with escapes");
	ok(reply_parse(SLICE("(empty)"), &payload, &kind, &err) && kind == EXPECT_EMPTY, "(empty)");
	ok(reply_parse(SLICE("(none)"), &payload, &kind, &err) && kind == EXPECT_NONE, "(none)");
	ok(reply_parse(SLICE("(unsolicited) x"), &payload, &kind, &err) &&
			kind == EXPECT_UNSOLICITED && slice_is(bytes_slice(&payload), "x"),
		"(unsolicited)");
	ok(!reply_parse(SLICE("x (glob)"), &payload, &kind, &err) && err.column == 2,
		"a pattern cannot be played");
	ok(reply_parse(SLICE("x (glob\\x29"), &payload, &kind, &err) &&
			slice_is(bytes_slice(&payload), "x (glob)"),
		"text that ends like a mark is written with its last bracket escaped");
}

int main(void)
{
	bytes_init(&payload, 2 * LIMIT_LINE);
	test_kinds();
	test_verbs();
	test_refusals();
	test_arguments();
	test_replies();
	bytes_free(&payload);
	return tap_done();
}
