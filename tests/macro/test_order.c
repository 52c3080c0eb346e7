/* The language: what each line is, and what a wrong one is told. */
#include "lib/tap.h"
#include <wilco/macro.h>

static struct bytes payload; /* of a reply */
static struct error err;
static struct order order;
static struct frame_book *book;
static struct frame *bin, *plain;

enum { BIN = 2 }; /* the frame is binary */

/* The language, and commands that a program may have. */
static const struct verb frame_verb = {.name = "frame",
	.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE,
	.read = verb_read_frame};
static const struct verb help_verb = {.name = "help", .places = PLACE_PROMPT};
static const struct verb history_verb = {.name = "history", .places = PLACE_PROMPT};
static const struct verb open_verb = {.name = "open", .places = PLACE_PROMPT};
static const struct verb *const verbs[] = {&verb_delay, &verb_else, &frame_verb, &verb_greeting,
	&help_verb, &verb_hex, &history_verb, &verb_literal, &verb_now, &open_verb, &verb_tell,
	&verb_text, &verb_wait, &verb_wire, &verb_with, NULL};

static bool parse(const char *text, enum line_place place, unsigned flags)
{
	struct reading r = {.verbs = verbs,
		.place = place,
		.flags = flags & ORDER_EXACT,
		.frame = flags & BIN ? bin : plain};
	return order_read(&order, slice_str(text), &r, &err);
}

static void sends(const char *text, enum line_place place, unsigned flags, struct slice expected)
{
	bool good = parse(text, place, flags) && order.kind == ORDER_SEND;
	is_bytes(good ? bytes_slice(&order.payload) : SLICE("(error)"), expected, "'%s' sends",
		text);
}

static void is_kind(const char *text, enum line_place place, enum order_kind kind)
{
	ok(parse(text, place, 0) && order.kind == kind, "'%s' is of kind %d", text, kind);
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
	is_kind("", PLACE_PROMPT, ORDER_NOTHING);
	is_kind("   ", PLACE_DEVICE, ORDER_NOTHING);
	is_kind("#", PLACE_PROMPT, ORDER_NOTHING);
	is_kind("# words", PLACE_DEVICE, ORDER_NOTHING);
	is_kind("#!/usr/bin/wilco", PLACE_DEVICE, ORDER_NOTHING);
	is_kind("  READY", PLACE_DEVICE, ORDER_REPLY);
	is_kind(".open host", PLACE_PROMPT, ORDER_VERB);
	is_kind(".wait 1s", PLACE_COMMAND, ORDER_WAIT);
	is_kind(".frame line", PLACE_DEVICE, ORDER_FRAME);
	is_kind(".delay 1s", PLACE_DEVICE, ORDER_DELAY);
	is_kind(".else", PLACE_DEVICE, ORDER_ELSE);
	is_kind(".greeting", PLACE_DEVICE, ORDER_GREETING);
	sends("#01", PLACE_PROMPT, 0, SLICE("#01"));
	sends("PWR? \t", PLACE_PROMPT, 0, SLICE("PWR?"));
	sends("PWR?\\x20", PLACE_PROMPT, 0, SLICE("PWR? "));
	sends("..status", PLACE_PROMPT, 0, SLICE(".status"));
	sends(" secret", PLACE_PROMPT, 0, SLICE("secret"));
	ok(order.quiet, "a leading blank keeps the line out of the history");
	sends(" x ", PLACE_COMMAND, ORDER_EXACT, SLICE(" x "));
	sends("", PLACE_COMMAND, ORDER_EXACT, SLICE(""));
	sends("# x", PLACE_COMMAND, ORDER_EXACT, SLICE("# x"));
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
	ok(order.wire, ".wire goes without the frame");
	sends(".lit x", PLACE_PROMPT, 0, SLICE("x"));
	sends(".tell x # y", PLACE_COMMAND, 0, SLICE("x # y"));
	ok(order.tell && slice_is(order.rest, "x # y") && order.rest_at == 6,
		".tell has a whole line behind it");
	sends(".tell  .wire 18", PLACE_PROMPT, 0, SLICE("\x18"));
	ok(order.tell && order.wire, "or another verb that sends");
	sends("x", PLACE_PROMPT, 0, SLICE("x"));
	ok(!order.tell, "and the next line knows nothing of it");
	sends(".tell .text", PLACE_DEVICE, 0, SLICE(""));
	sends(".now .tell .hex 18", PLACE_PROMPT, 0, SLICE("\x18"));
	ok(order.tell && order.now && order.rest_at == 16, ".now stands in front of all");
	sends("1b 41", PLACE_PROMPT, BIN, SLICE("\x1b\x41"));
	sends("1b 41", PLACE_DEVICE, BIN, SLICE("\x1b\x41"));
	sends("\\<1b 41>", PLACE_DEVICE, BIN, SLICE("\x1b\x41"));
	sends("1b 41", PLACE_DEVICE, 0, SLICE("1b 41"));
	ok(parse(".frame  a b ", PLACE_PROMPT, 0) && order.verb == &frame_verb &&
			order.kind == ORDER_VERB && order.rest_at == 7 &&
			slice_is(order.rest, " a b"),
		"a verb and what stands behind it");
}

static void test_with(void)
{
	sends(".with unit=17 03 00", PLACE_PROMPT, BIN, SLICE("\x03\x00"));
	ok(order.fields && order.with.at[0].set && order.with.at[0].number == 17,
		".with sets a field for one command, in bytes where the frame is binary");
	sends(".with unit=17 -- unit=1 # x", PLACE_COMMAND, 0, SLICE("unit=1 # x"));
	sends(".with name=a\\x20b x", PLACE_PROMPT, 0, SLICE("x"));
	ok(order.with.at[1].len == 3 && memcmp(order.with.at[1].text, "a b", 3) == 0,
		"a value takes escapes");
	sends(".tell .with unit=1 x", PLACE_PROMPT, 0, SLICE("x"));
	ok(order.tell && order.fields && order.with.at[0].number == 1, "it may stand behind .tell");
	sends(".with unit=1 .wire 18", PLACE_PROMPT, 0, SLICE("\x18"));
	ok(order.wire && order.fields, "any command that is sent may stand behind it");
	sends("x", PLACE_PROMPT, 0, SLICE("x"));
	ok(!order.fields && !order.wire, "and the next line knows nothing of it");
	refuses(".with unit=300 x", PLACE_PROMPT, 6, "300");
	refuses(".with unit=1", PLACE_PROMPT, 12, "missing");
	refuses(".with x", PLACE_PROMPT, 6, "FIELD=VALUE");
	refuses(".with unit=1 .help", PLACE_PROMPT, 13, "needs a command to send");
	refuses(".with unit=1 a\\q", PLACE_PROMPT, 14, "not an escape");
	struct reading r = {.verbs = verbs, .place = PLACE_PROMPT};
	ok(order_read(&order, SLICE(".with unit=1 x"), &r, &err) && order.kind == ORDER_SEND,
		"without a device there are no fields; it is not for wilco either");
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
	refuses(".delay 1s", PLACE_PROMPT, 0, "cannot be used at a prompt");
	refuses(".open x", PLACE_COMMAND, 0, "cannot be used as a COMMAND");
	refuses(".", PLACE_PROMPT, 0, "a dot begins a wilco command");
	refuses(".5", PLACE_PROMPT, 0, "type ..5");
	refuses("  READY", PLACE_PROMPT, 0, "nothing was sent");
	refuses("\tx", PLACE_DEVICE, 0, "two blanks");
	refuses(" x", PLACE_DEVICE, 0, "two blanks");
	refuses("STATUS", PLACE_CONFIG, 0, "commands and comments");
	refuses("a\xff", PLACE_PROMPT, 1, "UTF-8");
	refuses(".wire", PLACE_PROMPT, 5, "needs the bytes");
	refuses(".tell", PLACE_PROMPT, 5, "needs the command");
	refuses(".now", PLACE_PROMPT, 4, "needs the command");
	refuses(".now .help", PLACE_PROMPT, 5, "needs a command to send");
	refuses(".now .now x", PLACE_PROMPT, 5, "needs a command to send");
	refuses(".tell .now x", PLACE_PROMPT, 6, "needs a command to send");
	refuses(".now x", PLACE_COMMAND, 0, "cannot be used as a COMMAND");
	refuses(".tell .help", PLACE_PROMPT, 6, "needs a command to send");
	refuses(".tell .tell x", PLACE_PROMPT, 6, "needs a command to send");
	refuses(".tell a\\q", PLACE_PROMPT, 7, "not an escape");
	refuses(".with unit=1 .tell x", PLACE_PROMPT, 13, "needs a command to send");
	char text[LIMIT_LINE + 2];
	memset(text, 'x', sizeof text);
	struct reading r = {.verbs = verbs, .place = PLACE_PROMPT};
	ok(!order_read(&order, slice_of(text, sizeof text), &r, &err), "a line that is too long");
	refuses("\xef\xbb\xbfSTATUS", PLACE_PROMPT, 0, "byte order mark");
	refuses("\xef\xbb\xbf# words", PLACE_DEVICE, 0, "byte order mark");
	ok(!order_read(&order, slice_of("a\0b", 3), &r, &err) && err.column == 1,
		"a NUL in a line");
}

static void test_arguments(void)
{
	struct slice args[3];
	int n = args_split(SLICE(" one 'two words' a\"b \\x41\""), NULL, &payload, args, 3, &err);
	ok(n == 3 && slice_is(args[0], "one") && slice_is(args[1], "two words") &&
			slice_is(args[2], "ab A"),
		"arguments are split at blanks, quotes group and take escapes");
	is_int(args_split(SLICE("a b"), NULL, &payload, args, 1, &err), -1, "too many are refused");
	is_int(args_split(SLICE("'a"), NULL, &payload, args, 1, &err), -1, "so is an open quote");
	n = args_split_patterns(SLICE("/a b\\/\\d/ /x 'y z'"), &payload, args, 3, &err);
	ok(n == 3 && slice_is(args[0], "/a b\\/\\d/") && slice_is(args[1], "/x"),
		"a pattern is one argument, verbatim; a word with one slash is none");
}

static void test_replies(void)
{
	enum expect_kind kind;
	bool wire;
	ok(reply_parse(SLICE("a\\r"), NULL, NULL, &payload, &kind, &wire, &err) &&
			kind == EXPECT_EXACT && payload.len == 2,
		"a reply is text with escapes");
	ok(reply_parse(SLICE("(empty)"), NULL, NULL, &payload, &kind, &wire, &err) &&
			kind == EXPECT_EMPTY,
		"(empty)");
	ok(reply_parse(SLICE("(none)"), NULL, NULL, &payload, &kind, &wire, &err) &&
			kind == EXPECT_NONE,
		"(none)");
	ok(reply_parse(SLICE("(unsolicited) x"), NULL, NULL, &payload, &kind, &wire, &err) &&
			kind == EXPECT_UNSOLICITED && slice_is(bytes_slice(&payload), "x"),
		"(unsolicited)");
	ok(!reply_parse(SLICE("x (glob)"), NULL, NULL, &payload, &kind, &wire, &err) &&
			err.column == 2,
		"a pattern cannot be played");
	ok(reply_parse(SLICE("(wire) +OK\\r\\n"), NULL, NULL, &payload, &kind, &wire, &err) &&
			wire && kind == EXPECT_EXACT && payload.len == 5,
		"(wire)");
	ok(reply_parse(SLICE("(late) (wire) x"), NULL, NULL, &payload, &kind, &wire, &err) &&
			wire && kind == EXPECT_LATE && payload.len == 1,
		"(late) (wire)");
	ok(reply_parse(SLICE("(and) x"), NULL, NULL, &payload, &kind, &wire, &err) && !wire &&
			kind == EXPECT_AND && payload.len == 1,
		"(and)");
	ok(reply_parse(SLICE("x (glob\\x29"), NULL, NULL, &payload, &kind, &wire, &err) &&
			slice_is(bytes_slice(&payload), "x (glob)"),
		"text that ends like a mark is written with its last bracket escaped");
}

int main(void)
{
	bytes_init(&payload, 2 * LIMIT_LINE);
	order_init(&order);
	book = frame_book_new();
	plain = frame_find(book, SLICE("unit:u8=1 name:s4='x' payload LF"), &err);
	bin = frame_find(book, SLICE("unit:u8=1 payload LF ; bin"), &err);
	test_kinds();
	test_verbs();
	test_with();
	test_refusals();
	test_arguments();
	test_replies();
	bytes_free(&payload);
	order_free(&order);
	frame_unref(plain);
	frame_unref(bin);
	frame_book_free(book);
	return tap_done();
}
