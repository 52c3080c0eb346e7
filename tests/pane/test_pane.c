/* The console's transcript without a terminal: rows as text.  Exchanges are made from bytes. */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "lib/idle.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include "pane/chart.h"
#include "pane/marks.h"
#include "pane/pane_private.h"
#include "pane/written.h"
#include "session/exchange.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct loop *loop;
static struct frame_book *book;
static struct session *session;
static struct record_device *device; /* its part of the record */
static struct frame *frame;
static struct record record;
static struct pane pane;
static struct error err;
static struct bytes screen;

/* ---- what a session would do ---- */

static struct session *new_session(const char *notation)
{
	frame_unref(frame);
	frame = frame_find(book, slice_str(notation), &err);
	return idle_session(loop, "pump1", frame);
}

static time_t sent_before; /* seconds: how long ago commands were sent, */
static bool clock_set;     /* or how far the clock was set back */

/* A command (NULL: none) and the bytes that came. */
static struct exchange *exchange(
	const char *command, struct slice came, enum exchange_status status)
{
	struct bytes pending, scratch;
	struct frame_values fields;
	struct split_event e;
	struct timespec time = {1700000000 + (time_t)record.ever, 123000000};
	struct exchange *x = command ? exchange_command(frame, slice_str(command), false)
				     : exchange_new(frame, time);
	x->time = time;
	if (command) {
		x->time.tv_sec -= sent_before;
		struct frame_values sent = {0};
		bytes_init(&scratch, LIMIT_FRAME_MOST);
		bytes_init(&pending, LIMIT_FRAME_MOST);
		frame_encode(frame, SIDE_COMMAND, slice_str(command), NULL, sent.at, 0, &scratch,
			&pending, &err);
		exchange_wire(x, &pending);
		bytes_free(&pending);
		bytes_free(&scratch);
		x->sent_at = 1000;
	}
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *split = split_new(frame, SIDE_REPLY, NULL, fields.at, 0, &pending, &scratch);
	split_feed(split, came);
	split_close(split);
	while (split_next(split, &e))
		exchange_take(x, &e);
	int64_t took = 2 * NS_PER_MS + (command && !clock_set ? sent_before * NS_PER_S : 0);
	x->came_at = 1000 + took;
	exchange_end(x, status, 1000 + took, NULL,
		status == EXCHANGE_OK || status == EXCHANGE_UNSOLICITED ? NULL : "it went wrong");
	split_free(split);
	bytes_free(&pending);
	bytes_free(&scratch);
	return x;
}

static void add(const char *command, struct slice came, enum exchange_status status)
{
	pane_add_exchange(&pane, device, exchange(command, came, status));
}

/* ---- the text back-end ---- */

enum { GRID_ROWS = 512 };
static char *grid[GRID_ROWS];
static size_t formatted, differing;

static void put(size_t y, char *text)
{
	free(grid[y]);
	grid[y] = text;
}

static bool marking;      /* what was found stands in braces */
static bool hereing;      /* that of it at which somebody is in angle brackets */
static bool highlighting; /* "{1:" and "}" around what is red, and so on */
static bool dimming;      /* what is dim in parentheses */

static void on_row(void *arg, size_t y, const struct styled *row, bool selected)
{
	struct bytes text;
	(void)arg;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_add_str(&text, selected ? "]" : "");
	for (size_t i = 0; i < row->run_count; i++) {
		const struct run *r = &row->runs[i];
		bool found = marking && (r->style == STYLE_FOUND || r->style == STYLE_HERE);
		bool here = hereing && r->style == STYLE_HERE;
		bool dim = dimming && r->style == STYLE_DIM;
		bool high = highlighting && r->style >= STYLE_RED && r->style <= STYLE_MAGENTA;
		if (high)
			bytes_addf(&text, "{%d:", (int)(r->style - STYLE_RED) + 1);
		bytes_addf(&text, "%s%.*s%s",
			here    ? "<"
			: found ? "{"
			: dim   ? "("
				: "",
			(int)r->len, (const char *)row->text.at + r->from,
			here            ? ">"
			: found || high ? "}"
			: dim           ? ")"
					: "");
	}
	bytes_add_str(&text, "\n");
	put(y, strdup(bytes_str(&text)));
	bytes_free(&text);
	formatted++;
}

static void on_scroll(void *arg, long rows)
{
	(void)arg;
	for (long n = labs(rows); n > 0; n--) {
		size_t last = pane.height - 1, gone = rows > 0 ? 0 : last;
		put(gone, NULL);
		if (rows > 0)
			memmove(grid, grid + 1, last * sizeof *grid);
		else
			memmove(grid + 1, grid, last * sizeof *grid);
		grid[last - gone] = strdup("\n");
	}
}

static const struct pane_drawer drawer = {.row = on_row, .scroll = on_scroll};

static void take_grid(void)
{
	bytes_clear(&screen);
	for (size_t y = 0; y < pane.height; y++)
		bytes_add_str(&screen, grid[y] ? grid[y] : "never drawn\n");
}

/* What changed is drawn over what is there; drawn afresh, it is the same. */
static const char *drawn(void)
{
	pane_draw(&pane, &drawer, NULL);
	take_grid();
	char *before = strdup(bytes_str(&screen));
	pane_again(&pane);
	pane_draw(&pane, &drawer, NULL);
	take_grid();
	if (strcmp(before, bytes_str(&screen)) != 0 && ++differing < 4)
		tap_note("by parts:\n%safresh:\n%s", before, bytes_str(&screen));
	free(before);
	return bytes_str(&screen);
}

static void begin(const char *notation, size_t width, size_t height)
{
	record_init(&record);
	pane_init(&pane, &record, true);
	pane_size(&pane, width, height);
	session = new_session(notation);
	device = record_device(&record, session);
}

static void end(void)
{
	session_free(session);
	pane_free(&pane);
	record_free(&record);
}

/* ---- tests ---- */

static bool shows(const char *text)
{
	bool good = strstr(drawn(), text) != NULL;
	if (!good)
		tap_note("no '%s' in:", text);
	struct slice rest = bytes_slice(&screen), line;
	while (!good && slice_line(&rest, &line))
		tap_note("|%.*s|", SLICE_ARG(line));
	return good;
}

static void test_views(void)
{
	begin("STX payload ETX xor8(payload ETX)", 80, 14);
	add("AB",
		SLICE("\x02"
		      "CD\x03\x04"),
		EXCHANGE_OK);
	ok(shows("> AB\n"), "text: the command");
	ok(shows("< CD ") && shows("2 ms  delimiter ETX"),
		"the reply, how long it took, and why it ended");
	pane_view(&pane, &view_hex);
	ok(shows("> 02 41 42 03 00") && shows("< 02 43 44 03 04 "), "hex: the bytes on the wire");
	pane_view(&pane, &view_dump);
	ok(shows("0000  02 41 42 03 00") && shows("0000  02 43 44 03 04"),
		"dump: the bytes on the wire");
	pane_view(&pane, &view_anatomy);
	ok(shows("43 44") && shows("payload      CD") && shows("xor8         right"),
		"anatomy: the parts");
	add("X",
		SLICE("\x02"
		      "CD\x03\x7f"),
		EXCHANGE_DAMAGED);
	ok(shows("wrong: expected 04, got 7f"),
		"a wrong check, with what was expected and what came");
	ok(shows("\n22:13:21.125 ! it went wrong\n"), "and why it failed, and when");
	end();
}

/* What is not there can be told from what looks like it. */
static void test_empty(void)
{
	begin("payload LF", 80, 10);
	add("A", SLICE("\n"), EXCHANGE_OK);
	ok(shows("< (empty)   "), "a reply without a byte");
	add("A", SLICE("(empty)\n"), EXCHANGE_OK);
	ok(shows("< \\x28empty)   "), "and one that says so");
	add("A", SLICE("(empty) \n"), EXCHANGE_OK);
	ok(shows("< (empty)\\x20   "), "one that only begins so");
	pane_view(&pane, &view_hex);
	ok(shows("< 0a   ") && shows("< 28 65 6d 70 74 79 29 0a   "), "in hex there is something");
	pane_view(&pane, &view_dump);
	ok(shows("< (empty)   ") && shows("0000  0a "), "on the wire there is something");
	end();
}

/* Lines are lines: what a terminal would show, with marks for what ended them. */
static void test_lines(void)
{
	begin("payload CR -> payload LF \"# \"", 60, 14);
	pane.look.breaks = true;
	dimming = true;
	add("show",
		SLICE("  Port  State\r\ngi0/1 up\n\nlong: it is broken at a word and goes on "
		      "further in, where it ends\r\r\nend\r\n# "),
		EXCHANGE_OK);
	ok(shows("<   Port  State(\u21b5)\n               gi0/1 up(\u2193)\n               "
		 "(\u2193)\n               long: it is broken at a word and goes on \n"
		 "                 further in, where it ends(\\r\u21b5)\n"
		 "               end(\\r)  "),
		"rows end with the lines of a reply, and dim marks say how");
	ok(strstr(drawn(), "> show") && shows("(2 ms"),
		"what is told of a reply stands at its end");
	pane.look.utf8 = false;
	pane_view(&pane, &view_text);
	ok(shows("State(\\r\\n)\n") && shows("up(\\n)\n"), "in ASCII the marks are escapes");
	pane.look.utf8 = true;
	pane.look.breaks = false;
	pane_view(&pane, &view_text);
	ok(shows("< \\x20 Port  State\\r\\ngi0/1 up\\n\\nlong"), "elsewhere a frame is one line");
	pane.look.breaks = true;
	pane_view(&pane, &view_text);
	add("tab", SLICE("a\tb\r\n1234567\t8\r\n\tc\n# "), EXCHANGE_OK);
	ok(shows("< a(\u2192)      b(\u21b5)\n               1234567(\u2192)8(\u21b5)\n"
		 "               (\u2192)       c"),
		"a tab is as wide as on a terminal");
	add("one", SLICE("a\tb\rc\n# "), EXCHANGE_OK);
	ok(shows("a\\tb\\rc  "), "in one line it is an escape");
	dimming = false;
	marking = true;
	ok(pane_find(&pane, SLICE("State\\r\\ngi"), &err) &&
			pane_seek(&pane, true, pane_is_found) &&
			shows("{State\u21b5}\n               {gi}0/1"),
		"what was found is marked across lines");
	marking = false;
	end();
}

/* Lines that do not fit beside the time stand below it, whole. */
static void test_wide_lines(void)
{
	const char *digits =
		"0123456789012345678901234567890123456789012345678901234567890123456789";
	char text[256];
	begin("payload CR -> payload LF \"# \"", 80, 14);
	pane.look.breaks = true;
	snprintf(text, sizeof text, "%s12345678\r\nshort\r\n# ", digits);
	add("wide", slice_str(text), EXCHANGE_OK);
	ok(shows("78\u21b5\nshort\\r\n") && strstr(drawn(), "2 ms  delimiter LF 23 SP\n0123456"),
		"lines of the window's width stand at its edge, below the head");
	snprintf(text, sizeof text, "%s1\r\nshort\r\n# ", digits);
	add("less", slice_str(text), EXCHANGE_OK);
	ok(shows("\n  0123456") && shows("891\u21b5\n  short\\r\n"),
		"shorter ones two cells further in");
	snprintf(text, sizeof text, "%s%s\r\nshort\r\n# ", digits, digits);
	add("long", slice_str(text), EXCHANGE_OK);
	ok(shows("               short\\r"), "one that is broken anyway moves nothing");
	snprintf(text, sizeof text, "%s1234567890\r\nshort\r\n# ", digits);
	add("full", slice_str(text), EXCHANGE_OK);
	ok(shows("\n01234567890") && shows("7890\nshort\\r\n"),
		"a mark for which there is no room is left out");
	pane_size(&pane, 40, 14);
	ok(shows("  90\u21b5\nshort\\r"), "where there is little room, lines have all of it");
	end();
}

static void test_many_lines(void)
{
	struct bytes text;
	begin("payload CR -> payload LF \"# \"", 80, 14);
	pane.look.breaks = true;
	bytes_init(&text, LIMIT_FRAME_MOST);
	for (int i = 0; i < 4000; i++)
		bytes_addf(&text, "line %d\r\n", i);
	bytes_add_str(&text, "# ");
	add("show", bytes_slice(&text), EXCHANGE_OK);
	ok(shows("line 3987") && shows("line 3999"),
		"a reply of some thousand lines is not folded");
	pane_scroll(&pane, -13);
	ok(shows("line 3974\u21b5\n               line 3975"), "and is walked through");
	bytes_clear(&text);
	for (int i = 0; i < 9000; i++)
		bytes_addf(&text, "line %d\r\n", i);
	bytes_add_str(&text, "# ");
	add("show", bytes_slice(&text), EXCHANGE_OK);
	pane_end(&pane);
	ok(shows("line 8191") && shows("+ 8887 more bytes"), "one of ten thousand is");
	bytes_free(&text);
	end();
}

static void test_auto(void)
{
	begin("payload LF", 80, 14);
	pane_view(&pane, &view_auto);
	pane.look.breaks = pane.look.chooses = true;
	add("A", SLICE("READY\n"), EXCHANGE_OK);
	add("B", SLICE("\x01\x00\xff\x10\x7f\n"), EXCHANGE_OK);
	ok(shows("< READY  ") && shows("\n    0000  01 00 ff 10 7f 0a "),
		"a binary reply is a dump");
	ok(shows("> A\n") && !strstr(drawn(), " 41 0a"), "a command and a text are none");
	add("C", SLICE("\x06\n"), EXCHANGE_OK);
	ok(shows("< \\x06 "), "nor is a single byte");
	add("D", SLICE("\x1b[1mtemp 21.5 \xc2\xb0\x43 and more\x1b[0m\n"), EXCHANGE_OK);
	ok(shows("temp 21.5 \xc2\xb0\x43 and"), "nor a text with some escapes");
	ok(pane_find(&pane, SLICE(".x ff 10"), &err) && pane_seek(&pane, true, pane_is_found),
		"what is shown as a dump is found");
	pane.look.breaks = pane.look.chooses = false;
	pane_view(&pane, &view_auto);
	ok(!strstr(drawn(), "0000  01"), "where a frame is one line it is text");
	end();
}

/* One second between the beginnings of entries; a reply takes 2 ms. */
static void test_times(void)
{
	begin("payload LF", 80, 14);
	add("A", SLICE("first\n"), EXCHANGE_OK);
	add(NULL, SLICE("ALARM\n"), EXCHANGE_UNSOLICITED);
	add("B", SLICE("second\n"), EXCHANGE_OK);
	add(NULL, SLICE("one\n"), EXCHANGE_LATE);
	record.at[2].exchange->replies->mark = MARK_ASYNC;
	add(NULL, SLICE(""), EXCHANGE_UNSOLICITED);
	exchange_stray(record.at[4].exchange, SLICE("noise"));
	ok(shows("> A\n") && shows(" +998 ms  unsolicited  delimiter LF\n"),
		"what comes unasked says how long after the line above");
	ok(shows("> B                                                            +1 s\n") &&
			shows(" +998 ms  late  delimiter LF\n"),
		"so does a command, and what comes late");
	ok(shows("* second                                         2 ms  delimiter LF\n"),
		"a part of what answers does not");
	ok(shows("22:13:24.123 ? noise                                           +1 s  stray "
		 "bytes\n"),
		"bytes of no frame do");
	pane_size(&pane, 44, 14);
	ok(shows("* ALARM        +998 ms  unsolicited\n") && shows("+1 s\n"),
		"where there is little room, why a frame ended goes first");
	pane_size(&pane, 24, 14);
	ok(shows("* ALARM      unsolicited\n"), "then the time");
	pane_size(&pane, 16, 14);
	ok(shows("* ALARM\n") && shows("+1 s\n"), "and never a row of its own");
	pane_size(&pane, 80, 14);
	add(NULL, SLICE("a line of thirty-seven characters ...\n"), EXCHANGE_UNSOLICITED);
	add("C", SLICE("a line of as many characters as leave no room, not even for that\n"),
		EXCHANGE_OK);
	ok(shows("for that\n") && strstr(drawn(), "  2 ms  delimiter LF\n\n"),
		"unless even what is left does not fit");
	add("D", SLICE("half of a line that is as long as it may be ......."), EXCHANGE_LOST);
	ok(shows("......\n") && shows("  2 ms  no LF came\n"),
		"what is wrong keeps all that is said of it");
	pane_filter(&pane, FILTER_SENT, NULL);
	ok(shows(" +2 s\n"), "the line above is the one that is shown there");
	end();
}

static void test_window(void)
{
	char text[16];
	begin("payload LF", 60, 4);
	ok(strcmp(drawn(), "\n\n\n\n") == 0, "an empty transcript");
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "C%d", i);
		add(text, SLICE("R\n"), EXCHANGE_OK);
	}
	ok(shows("> C98") && shows("> C99") && !strstr(drawn(), "C97"),
		"the window follows what comes");
	pane_scroll(&pane, -4);
	ok(shows("> C96") && !strstr(drawn(), "C98") && !pane.follow, "a page back");
	add("new", SLICE("R\n"), EXCHANGE_OK);
	ok(shows("> C96") && !strstr(drawn(), "new"), "stays when something comes");
	is_int((long)pane_unfollowed(&pane), 1, "which is counted");
	pane_scroll(&pane, 1000);
	ok(shows("> new") && pane.follow && pane_unfollowed(&pane) == 0,
		"behind the end it follows again");
	pane_top(&pane);
	ok(shows("> C0\n") && !strstr(drawn(), "C2"), "the beginning");
	pane_scroll(&pane, 1);
	ok(!strstr(drawn(), "> C0\n") && shows("> C2 "), "by one row, in the middle of an entry");
	pane_scroll(&pane, -1000);
	ok(shows("> C0\n"), "in front of the beginning there is nothing");
	pane_size(&pane, 60, 40);
	pane_end(&pane);
	pane_select(&pane, true);
	pane_select_by(&pane, -19);
	ok(shows("> C81 ") && pane.follow, "what is selected is in sight");
	pane_size(&pane, 40, 6);
	ok(shows("> C81 "), "and stays so when the window shrinks");
	pane_end(&pane);
	pane_size(&pane, 40, 5);
	ok(shows("> new"), "unless it was not any more");
	pane_select(&pane, false);
	pane_top(&pane);
	pane_size(&pane, 20, 1);
	ok(strlen(drawn()) > 0, "a window of one row");
	pane_size(&pane, 1, 1);
	drawn();
	ok(true, "and of one cell");
	end();
}

/* A command stands where it was sent, as long as its answer is in sight there. */
static void test_order(void)
{
	begin("payload LF", 60, 20);
	pane.by_time = true;
	add("before", SLICE("R\n"), EXCHANGE_OK);
	add(NULL, SLICE("event 1\n"), EXCHANGE_UNSOLICITED);
	add(NULL, SLICE("event 2\n"), EXCHANGE_UNSOLICITED);
	drawn();
	sent_before = 2;
	add("slow", SLICE("late\n"), EXCHANGE_OK);
	const char *text = drawn(), *slow = strstr(text, "> slow");
	ok(slow && slow > strstr(text, "event 1") && slow < strstr(text, "event 2"),
		"a command stands where it was sent");
	ok(slice_is(pane_chosen(&pane)->exchange->payload, "slow"), "and is what was last");
	sent_before = 0;
	for (int i = 0; i < 4; i++)
		add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	pane_select(&pane, true);
	pane_select_by(&pane, -1);
	pane.marked = pane.selected;
	sent_before = 3;
	add("slow 2", SLICE("late\n"), EXCHANGE_OK);
	sent_before = 0;
	ok(shows("\n]22:13:26.123 * event"), "what is selected stays selected");
	is_int((long)pane.marked, (long)pane.selected, "and what is marked marked");
	is_int((long)pane.selected, 7, "which is further down by what was put in front of it");
	clock_set = true;
	sent_before = 3600;
	add("back", SLICE("in time\n"), EXCHANGE_OK);
	clock_set = false;
	text = drawn();
	ok(strstr(text, "> back") > strrchr(text, '*'), "a clock that was set back does not count");
	pane_size(&pane, 60, 8);
	sent_before = 5;
	add("slow 3", SLICE("late\n"), EXCHANGE_OK);
	sent_before = 0;
	ok(strstr(drawn(), "> slow 3") > strrchr(drawn(), '*'),
		"unless its answer would not be seen there: then it is at the end");
	pane_select(&pane, false);
	end();
}

static void test_seeking(void)
{
	size_t which;
	begin("payload LF", 60, 12);
	add("one", SLICE("R1\n"), EXCHANGE_OK);
	add("two", SLICE("half"), EXCHANGE_LOST);
	add(NULL, SLICE("ALARM\n"), EXCHANGE_UNSOLICITED);
	add("three", SLICE("R3\n"), EXCHANGE_OK);
	ok(pane_seek(&pane, true, pane_is_wrong) && pane.selected == 1, "what is damaged is found");
	ok(!pane_seek(&pane, true, pane_is_wrong), "once");
	pane_select(&pane, false);
	ok(pane_find(&pane, SLICE("r3"), &err) && pane_seek(&pane, true, pane_is_found) &&
			pane.selected == 3 && pane_found(&pane, &which) == 1 && which == 1,
		"text, whatever its case");
	ok(pane_find(&pane, SLICE("/^t|AL.RM/"), &err) && pane_found(&pane, &which) == 3,
		"a regular expression");
	ok(!pane_find(&pane, SLICE("/(/"), &err) && err.placed, "a wrong one is refused");
	ok(pane_found(&pane, &which) == 3, "and the search before it stays");
	ok(!pane_find(&pane, SLICE("/((a{1,99}){1,99}){1,99}/"), &err),
		"one that may take all memory, too");
	ok(pane_find(&pane, SLICE("/\\bR\\d$/"), &err) && pane_found(&pane, &which) == 2,
		"escapes of Perl's are known");
	ok(pane_find(&pane, SLICE("/^R3$/"), &err) && pane_found(&pane, &which) == 1,
		"^ and $ are those of a row");
	ok(pane_find(&pane, SLICE(".x 4c 41 52"), &err) && pane_found(&pane, &which) == 1, "bytes");
	ok(pane_seek_time(&pane, ((22 * 60L + 13) * 60 + 22) * 1000) && pane.selected == 2 &&
			!pane_seek_time(&pane, (22 * 60L + 14) * 60 * 1000),
		"a time of day");
	pane_select(&pane, false);
	pane_filter(&pane, FILTER_WRONG, NULL);
	ok(shows("> two") && !strstr(drawn(), "> one"), "a filter");
	pane_select(&pane, true);
	pane_top(&pane);
	ok(pane_selected(&pane) && pane_is_wrong(&pane, pane.selected),
		"what it hides is not selected");
	pane_select(&pane, false);
	pane_filter(&pane, FILTER_SENT, NULL);
	ok(shows("> three") && !strstr(drawn(), "R3"), "only what was sent");
	pane_filter(&pane, FILTER_NONE, NULL);
	ok(shows("> one") && shows("* ALARM"), "and nothing was lost");
	end();
}

static bool found(const char *what)
{
	size_t which;
	marking = true;
	return pane_find(&pane, slice_str(what), &err) && pane_found(&pane, &which) > 0;
}

/* A pattern and a reply that together take longer than anybody waits. */
static void test_gives_up(void)
{
	size_t which;
	struct bytes row;
	begin("payload LF", 60, 12);
	bytes_init(&row, 100000);
	while (row.len < (tap_slow() ? 5000 : 50000))
		bytes_add_byte(&row, 'x');
	bytes_add_byte(&row, '\n');
	add("one", bytes_slice(&row), EXCHANGE_OK);
	ok(!found("/(x+x+)+[yz]/") && find_gave_up(&pane.find),
		"a match that would take for ever is given up");
	drawn();
	ok(found("/x$/") && !find_gave_up(&pane.find), "which ends with that search");
	ok(!found("/(?(DEFINE)(?<k>x\\K))(?=(?&k))/"),
		"a match that ends before it begins is none");
	drawn();
	add("two", SLICE("\u0414\u0410\n"), EXCHANGE_OK);
	ok(pane_find(&pane, SLICE("\u0434\u0430"), &err) && pane_found(&pane, &which) == 1,
		"letters beyond ASCII are found whatever their case");
	ok(!found("\u0434\u0410"), "unless a capital is asked for");
	marking = false;
	bytes_free(&row);
	end();
}

/* Hex shows the wire, and dims what is not payload, wherever rows break. */
static void test_dimmed(void)
{
	dimming = true;
	begin("STX payload ETX xor8(payload)", 80, 30);
	add("AB",
		SLICE("\x02"
		      "CD\x03\x07"),
		EXCHANGE_OK);
	pane_view(&pane, &view_hex);
	ok(shows("> (02 )41 42 (03 ") && shows("< (02 )43 44 (03 07"),
		"what is around the payload is dim");
	pane_size(&pane, 20, 30);
	add(NULL,
		SLICE("\x02"
		      "0123456789\x03\x01"),
		EXCHANGE_UNSOLICITED);
	ok(shows("* (02 )30 31 32 33 34") && shows("  35 36 37 38 39 (03"), "across its rows");
	end();
	begin("C0 slip(payload) C0", 80, 30);
	add("a",
		SLICE("\xc0"
		      "b\xdb\xdc\xc0"),
		EXCHANGE_OK);
	pane_view(&pane, &view_hex);
	ok(shows("< (c0 )62 db dc (c0)"), "a payload in a code is not");
	add("never", SLICE(""), EXCHANGE_LOST);
	struct exchange *x = exchange("no", SLICE(""), EXCHANGE_LOST);
	x->sent.len = 0;
	pane_add_exchange(&pane, device, x);
	ok(shows("> 6e 6f "), "what was not sent is shown as its payload");
	dimming = false;
	end();
}

/* Every place is marked, in whatever view, and wherever rows break. */
static void test_marks(void)
{
	begin("STX payload ETX", 80, 30);
	add("one two one",
		SLICE("\x02"
		      "One \xff\r one-two\x03"),
		EXCHANGE_OK);
	ok(found("one") && shows("> {one} two {one}\n") && shows("< {One} \\xff\\r {one}-two"),
		"all places in a row are marked");
	ok(found("One") && shows("> one two one\n") && shows("< {One} \\xff\\r one"),
		"a capital letter is one");
	ok(found("\\xff\\r o") && shows("< One {\\xff\\r o}ne"), "escapes stand for bytes");
	ok(found("/[a-z]-|ff.r/") && shows("< One {\\xff\\r} on{e-}two"),
		"a regular expression sees escapes, and marks them whole");
	ok(found("/^one|one$/") && shows("> {one} two {one}\n"), "and the ends of a payload");
	ok(found(".x 20 ff") && shows("< One{ \\xff}\\r"),
		"bytes are marked where they are spelled");
	ok(found(".x 02 4f 6e") && shows("< {On}e "),
		"of those that are more than the payload, a part");
	marking = false;
	end();
}

static void test_marks_in_views(void)
{
	begin("STX payload ETX", 80, 30);
	add("one two one",
		SLICE("\x02"
		      "One \xff\r one-two\x03"),
		EXCHANGE_OK);
	pane_view(&pane, &view_hex);
	ok(found(".x 02 4f 6e") && shows("< {02 4f 6e} 65 20 ff"), "bytes in hex");
	ok(found("one") && shows("> 02 {6f 6e 65} 20 74 77 6f 20 {6f 6e 65} 03"),
		"text in hex, too");
	pane_view(&pane, &view_dump);
	ok(shows("0000  02 {6f 6e 65} 20 74 77 6f  20 {6f 6e 65} 03          .{one} two {one}."),
		"text in both columns of the dump");
	ok(found(".x 20 74 77 6f 20 6f") &&
			shows("{20 74 77 6f  20 6f} 6e 65 03          .one{ two o}ne."),
		"bytes as well");
	pane_size(&pane, 40, 30);
	ok(shows("02 6f 6e 65 {20 74 77 6f} .one{ two}") &&
			shows("0008  {20 6f} 6e 65 03          { o}ne."),
		"across its rows");
	pane_size(&pane, 80, 30);
	pane_view(&pane, &view_anatomy);
	ok(found(".x 02 6f") && shows("{02}                          literal      {\\x02}") &&
			shows("{6f} 6e 65 20 74 77 6f 20 +3  payload      {o}ne two one"),
		"in the anatomy");
	ok(found("two") && shows("6f 6e 65 20 {74 77 6f} 20 +3  payload      one {two} one"),
		"text in the anatomy");
	end();
	begin("C0* slip(payload) C0", 80, 30);
	add("a\xc0"
	    "b",
		SLICE("ok\xdb\xdc?\xc0"), EXCHANGE_OK);
	pane_view(&pane, &view_anatomy);
	ok(found("\\xc0?") && shows("6f 6b {c0 3f}") && shows("ok{\\xc0?}"),
		"inside a transform, where it is not as on the wire");
	ok(found(".x 6b db") && shows("{6b db}"), "and the bytes of the wire as they were");
	marking = false;
	end();
}

/* A place that two rows share, and what is no exchange. */
static void test_marks_across_rows(void)
{
	begin("payload LF", 30, 30);
	add(NULL, SLICE("0123456789 needle 0123\n"), EXCHANGE_UNSOLICITED);
	add("lost", SLICE(""), EXCHANGE_LOST);
	record_text(&record, ENTRY_OUTPUT, SLICE("words of ours, a needle among needles"));
	ok(found("needle") && shows("* 0123456789 {needle} 0123"), "what fits into a row");
	pane_size(&pane, 16, 30);
	ok(shows("0123456789 {nee}\n  {dle} 0123"), "and what does not, in both rows");
	ok(shows("{needle} among\n{needle}s"), "in what wilco said");
	ok(found("it went") && shows("! {it went} wrong"), "and why a command failed");
	ok(!found(".x 61 20 6e"), "which are no bytes of a device");
	marking = false;
	end();
}

/* Of a long reply only what is seen is searched, in pieces: wherever they end, it is the same. */
static void test_pieces(void)
{
	static const char *const finds[] = {
		"needle", "le\\xc3\xc3\xa3n", "/n.*?[\xc3\xa3]/", ".x 65 64"};
	struct find f;
	struct marks marks;
	struct bytes text;
	bytes_init(&text, LIMIT_FRAME_MOST);
	while (text.len < 3 * MARKS_PIECE)
		bytes_add_str(&text, "needle\xc3\xc3\xa3");
	struct slice all = bytes_slice(&text);
	uint8_t *whole = mem_new(all.len);
	for (size_t n = 0; n < 4; n++) {
		size_t wrong = 0, count = 0;
		find_begin(&f, slice_str(finds[n]), 0, &err);
		marks_begin(&marks, &(struct marking){.find = &f}, all, all, all);
		memset(whole, 0, all.len);
		find_mark(&f, all, false, 0, all.len, whole);
		for (size_t i = 0; i < all.len; i++) {
			wrong += whole[i] != (marks_at(&marks, i) == STYLE_FOUND);
			count += whole[i];
		}
		ok(!wrong && count > 2 * MARKS_PIECE / 9, "%s, wherever the pieces end", finds[n]);
		marks_free(&marks);
		find_end(&f);
	}
	free(whole);
	bytes_free(&text);
}

/* A device repeats all of it but the last byte. */
static void search_in_vain(size_t n)
{
	struct find f;
	struct bytes text, needle;
	bytes_init(&text, n);
	bytes_init(&needle, n);
	while (text.len < n)
		bytes_add_byte(&text, 'a');
	while (needle.len < n / 4)
		bytes_add_byte(&needle, 'a');
	bytes_add_byte(&needle, 'b');
	uint8_t *marks = mem_new(n);
	if (find_begin(&f, bytes_slice(&needle), 0, &err)) {
		find_in(&f, bytes_slice(&text), false);
		find_mark(&f, bytes_slice(&text), false, 0, n, marks);
	}
	find_end(&f);
	free(marks);
	bytes_free(&text);
	bytes_free(&needle);
}

static void test_long_needle(void)
{
	struct find f;
	char text[FIND_MAX + 2];
	memset(text, 'a', sizeof text);
	ok(find_begin(&f, slice_of(text, FIND_MAX), 0, &err), "%d bytes can be searched for",
		FIND_MAX);
	find_end(&f);
	ok(!find_begin(&f, slice_of(text, FIND_MAX + 1), 0, &err) &&
			strstr(err.what, "at most 1000"),
		"no more");
	find_end(&f);
	is_linear(search_in_vain, 16 * 1024, "a long search costs what the reply is long");
}

/* A row of a very wide window says that not all of it is there. */
static void test_wide_row(void)
{
	struct styled row;
	struct bytes text;
	styled_init(&row);
	bytes_init(&text, 2 * ROW_MAX);
	while (text.len < ROW_MAX + 100)
		bytes_add_str(&text, "\u20ac");
	styled_add(&row, STYLE_PLAIN, bytes_slice(&text));
	styled_add(&row, STYLE_PLAIN, SLICE("more"));
	styled_cut(&row, 2 * ROW_MAX);
	struct slice shown = bytes_slice(&row.text);
	ok(shown.len <= ROW_MAX && text_is_utf8(shown) && shown.at[shown.len - 1] == '~',
		"a row that has no room for all is marked, and cuts no character");
	bytes_free(&text);
	styled_free(&row);
}

/* ---- lines of any length ---- */

static struct {
	size_t parts, cut;
	bool ended;
	struct bytes text;
} given;

static void take_part(void *arg, struct slice part, bool ends)
{
	(void)arg;
	given.parts++;
	given.cut += given.ended || !text_is_utf8(part);
	given.ended = ends;
	bytes_add(&given.text, part);
}

static void gives_parts(
	const struct view *view, struct slice bytes, unsigned flags, struct slice expected)
{
	given.parts = given.cut = 0;
	given.ended = false;
	bytes_clear(&given.text);
	struct shown shown = {.payload = bytes, .raw = bytes, .flags = flags};
	view->lines(&shown, take_part, NULL);
	ok(given.parts > 3 && !given.cut && given.ended &&
			slice_equal(bytes_slice(&given.text), expected),
		"a long line in view %s comes in parts", view->name);
}

static void test_long_lines(void)
{
	struct bytes in, text;
	bytes_init(&given.text, LIMIT_FRAME_MOST);
	bytes_init(&in, LIMIT_FRAME_MOST);
	bytes_init(&text, LIMIT_FRAME_MOST);
	while (in.len < 100000)
		bytes_add_str(&in, " \u20ac\xff");
	bytes_add_str(&in, " ");
	text_add(&text, bytes_slice(&in), TEXT_EDGES);
	gives_parts(&view_text, bytes_slice(&in), 0, bytes_slice(&text));
	bytes_clear(&text);
	text_add_hex(&text, bytes_slice(&in), false);
	gives_parts(&view_hex, bytes_slice(&in), 0, bytes_slice(&text));
	bytes_clear(&text);
	text_add_hex(&text, bytes_slice(&in), true);
	gives_parts(&view_text, bytes_slice(&in), TEXT_BIN, bytes_slice(&text));
	bytes_free(&in);
	bytes_free(&text);
	bytes_free(&given.text);
}

/* Whether the first byte is found, among bytes that are searched in part. */
static bool first_is_marked(const char *what, struct slice bytes, bool safe)
{
	struct find f;
	uint8_t mark = 0;
	bool good = find_begin(&f, slice_str(what), 0, &err);
	find_mark(&f, bytes, safe, 0, 1, &mark);
	find_end(&f);
	return good && mark;
}

/* The library is given whole characters, wherever a part ends: it does not check. */
static void test_cut_characters(void)
{
	struct bytes text;
	size_t wrong = 0;
	bytes_init(&text, LIMIT_MESSAGE);
	for (size_t before = 4090; before < 4100; before++) {
		bytes_clear(&text);
		bytes_addf(&text, "a%*s", (int)before, "");
		for (size_t i = 0; i < 100; i++)
			bytes_add_str(&text, "\u20ac");
		/* Half a character would be spelled as an escape. */
		wrong += !first_is_marked("/a(?!.*\\\\)/", bytes_slice(&text), false);
		wrong += !first_is_marked("/a(?=.*\u20ac| {4})/", bytes_slice(&text), true);
	}
	is_int((long)wrong, 0, "no character is cut");
	ok(first_is_marked("/a\\\\xe2\\\\x82$/", SLICE("a\xe2\x82"), true),
		"what should be text and is none is seen as escapes");
	bytes_free(&text);
}

/* In a long transcript a key costs what is new, not all of it. */
static void test_costs(void)
{
	enum { MANY = 20000 };
	char text[32];
	size_t which;
	begin("payload LF", 80, 20);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "reply %zu\n", i);
		add(i % 2 ? "ask" : NULL, slice_str(text),
			i % 2 ? EXCHANGE_OK : EXCHANGE_UNSOLICITED);
	}
	drawn();
	pane_find(&pane, SLICE("reply 1234"), &err);
	ok(pane_seek(&pane, true, pane_is_found) && pane_found(&pane, &which) == 11 && which == 11,
		"a search");
	is_int((long)pane.tested, MANY, "looks into each entry once");
	ok(pane_seek(&pane, true, pane_is_found) && pane_found(&pane, &which) == 11 && which == 10,
		"the next place");
	pane_filter(&pane, FILTER_FOUND, NULL);
	ok(shows("reply 12349") && !strstr(drawn(), "reply 1999"),
		"and a filter of what was found");
	is_int((long)pane.tested, MANY, "look into none again");
	add("ask", SLICE("reply 1234\n"), EXCHANGE_OK);
	ok(pane_found(&pane, &which) == 12, "one that comes meanwhile");
	is_int((long)pane.tested, MANY + 1, "is the only one that is looked into");
	pane_filter(&pane, FILTER_NONE, NULL);
	pane_find(&pane, SLICE(""), &err);
	formatted = 0;
	pane_end(&pane);
	pane_draw(&pane, &drawer, NULL);
	pane_scroll(&pane, -19);
	pane_draw(&pane, &drawer, NULL);
	pane_top(&pane);
	pane_draw(&pane, &drawer, NULL);
	pane_view(&pane, &view_dump);
	pane_draw(&pane, &drawer, NULL);
	pane_size(&pane, 100, 20);
	pane_draw(&pane, &drawer, NULL);
	ok(formatted <= 5 * 20, "moving, another view and another size cost a window each");
	record.cap = 1;
	add("ask", SLICE("reply 1234\n"), EXCHANGE_OK);
	ok(pane_find(&pane, SLICE("reply 1234"), &err) && pane_found(&pane, &which) < 2,
		"what is no longer in memory is not found");
	end();
}

/* The row of the window in which a place is, after a search from the end, or (back: false) from the
 * beginning; -1: it is not there. */
static long place_from(const char *what, bool back)
{
	pane_select(&pane, false);
	pane_end(&pane);
	if (!found(what) || !pane_seek(&pane, back, pane_is_found))
		return -1;
	const char *text = drawn(), *at = strstr(text, "{");
	long row = at ? 0 : -1;
	for (; at && text < at; text++)
		row += *text == '\n';
	return row;
}

static long place_of(const char *what)
{
	return place_from(what, true);
}

/* Where another day begins, a rule names it. */
static void test_days(void)
{
	enum { DAY = 24 * 60 * 60 };
	size_t which;
	begin("payload LF", 40, 8);
	add("one", SLICE("1\n"), EXCHANGE_OK);
	add("two", SLICE("2\n"), EXCHANGE_OK);
	add("three", SLICE("3\n"), EXCHANGE_OK);
	record.at[1].time.tv_sec += DAY;
	record.at[2].time.tv_sec += 3 * DAY;
	ok(shows("< 1") && shows("\u2500\u2500 Wed 2023-11-15 \u2500\u2500") &&
			shows("\u2500\u2500 Fri 2023-11-17 \u2500\u2500"),
		"a rule names the day that begins");
	ok(!strstr(drawn(), "2023-11-14"), "the first entry has none");
	pane_size(&pane, 40, 3);
	ok(!strncmp(drawn(), "\u2500\u2500 Fri", 10), "it is the first row of the entry below it");
	pane_scroll(&pane, -1);
	ok(shows("< 2") && shows("> three"), "and scrolls with it");
	pane_size(&pane, 40, 8);
	pane_end(&pane);
	ok(pane_find(&pane, SLICE("o"), &err) && pane_seek(&pane, true, pane_is_found) &&
			pane_found(&pane, &which) == 2,
		"a search counts only what was said");
	pane_filter(&pane, FILTER_FOUND, NULL);
	ok(shows("2023-11-15") && !strstr(drawn(), "2023-11-17"),
		"a filter leaves the rules of what it shows");
	record.at[1].time.tv_sec = record.at[2].time.tv_sec;
	pane_filter(&pane, FILTER_NONE, NULL);
	ok(shows("Fri 2023-11-17") && !strstr(drawn(), "2023-11-15"), "one rule for each day");
	pane.look.utf8 = false;
	pane_view(&pane, &view_text);
	ok(shows("-- Fri 2023-11-17 --"), "in ASCII, too");
	pane.look.utf8 = true;
	end();
}

/* Rules that changed change what is drawn. */
static bool shows_again(const char *text)
{
	pane_again(&pane);
	return shows(text);
}

/* Rules mark what is shown in their colours, until they are dropped. */
static void test_highlights(void)
{
	struct highlights h = {0};
	struct bytes text;
	size_t red = 0, green = 2;
	char rule[32];
	bytes_init(&text, LIMIT_MESSAGE);
	begin("payload LF", 80, 12);
	pane.look.marking.rules = &h;
	highlighting = true;
	add("read", SLICE("OK alarm 7\n"), EXCHANGE_OK);
	ok(highlights_add(&h, SLICE("/alarm \\d+/"), red, TELLS_BELL, &err) &&
			shows_again("< OK {1:alarm 7}"),
		"a rule marks what it finds");
	ok(highlights_add(&h, SLICE("/OK|larm/"), green, TELLS_NOTHING, &err) &&
			shows_again("< {3:OK} {1:a}{3:larm}{1: 7}") && h.telling == 1,
		"a later one paints over it");
	pane_view(&pane, &view_hex);
	ok(shows_again("{3:4f 4b} 20 {1:61}"), "in all views");
	pane_view(&pane, &view_text);
	record_text(&record, ENTRY_NOTE, SLICE("larmed"));
	ok(shows_again("- {3:larm}ed"), "and in what wilco says");
	pane_find(&pane, SLICE("OK"), &err);
	ok(shows_again("< OK {1:a}"), "but what is searched for is seen first");
	ok(highlights_add(&h, SLICE("/OK|larm/"), 1, TELLS_FLASH, &err) && h.count == 2 &&
			shows_again("{1:a}{2:larm}"),
		"the same pattern has another colour");
	highlight_spell(&h.at[1], &text);
	is_str(bytes_str(&text), "/OK|larm/ yellow --flash", "a rule is spelled as it is typed");
	ok(!highlights_drop(&h, SLICE("3")) && !highlights_drop(&h, SLICE("0")) &&
			!highlights_drop(&h, SLICE("/x/")) && !highlights_drop(&h, SLICE("")),
		"what is not there cannot be dropped");
	ok(highlights_drop(&h, SLICE("1")) && h.count == 1 && h.telling == 1 &&
			shows_again("< OK a{2:larm} 7"),
		"by its number");
	ok(highlights_drop(&h, SLICE("/OK|larm/")) && shows_again("< OK alarm 7"),
		"or its pattern");
	ok(!highlights_add(&h, SLICE("/(/"), red, TELLS_NOTHING, &err) && h.count == 0,
		"what cannot be compiled is refused");
	for (size_t i = 0; i < HIGHLIGHTS_MAX; i++) {
		snprintf(rule, sizeof rule, "/%zu/", i);
		highlights_add(&h, slice_str(rule), red, TELLS_NOTHING, &err);
	}
	ok(h.count == HIGHLIGHTS_MAX &&
			!highlights_add(&h, SLICE("/more/"), red, TELLS_NOTHING, &err) &&
			strstr(err.what, "at most 16 highlights"),
		"there are not too many");
	highlighting = false;
	pane.look.marking.rules = NULL;
	highlights_free(&h);
	bytes_free(&text);
	end();
}

/* Steps from one place to the next, within an entry, too, and says where one is. */
static void test_steps(void)
{
	size_t which;
	begin("payload LF", 80, 12);
	hereing = true;
	add("a ab aba", SLICE("b a\n"), EXCHANGE_OK);
	add("none", SLICE("nothing\n"), EXCHANGE_OK);
	record_text(&record, ENTRY_NOTE, SLICE("a and A"));
	ok(found("a") && pane_seek(&pane, true, pane_is_found) && pane_found(&pane, &which) == 8 &&
			which == 8 && shows("{a} {a}nd <A>"),
		"a search from the end goes to the last place");
	ok(pane_seek(&pane, true, pane_is_found) && pane_found(&pane, &which) == 8 && which == 7 &&
			shows("{a} <a>nd {A}"),
		"then to the one before in the same entry");
	for (size_t i = 0; i < 3; i++)
		pane_seek(&pane, true, pane_is_found);
	ok(pane_found(&pane, &which) == 8 && which == 4 && shows("{a} {a}b {a}b<a>"),
		"and on to the entry above, and from its reply to its command");
	ok(pane_seek(&pane, false, pane_is_found) && shows("b <a>  "), "and forth again");
	pane_select_by(&pane, 1);
	ok(pane_seek(&pane, false, pane_is_found) && shows("<a> {a}nd {A}"),
		"who selected another entry goes on from there");
	pane_select_by(&pane, -2);
	ok(pane_seek(&pane, false, pane_is_found) && pane_found(&pane, &which) == 8 && which == 1,
		"and finds the first place of it");
	ok(!pane_seek(&pane, true, pane_is_found), "before which there is none");
	pane_select(&pane, false);
	ok(found("/ab/") && pane_seek(&pane, true, pane_is_found) && shows("a {ab} <ab>a"),
		"an expression, too");
	ok(pane_seek(&pane, true, pane_is_found) && shows("a <ab> {ab}a"), "place by place");
	pane_select(&pane, false);
	ok(found(".x 61 62") && pane_seek(&pane, true, pane_is_found) && shows("a {ab} <ab>a") &&
			pane_found(&pane, &which) == 2 && which == 2,
		"and bytes");
	hereing = false;
	marking = false;
	end();
}

/* What was found is in the window, wherever in a long entry, and opened where that is folded. */
static void test_places_found(void)
{
	const size_t whole = (tap_slow() ? 1 : 16) * 1024 * 1024 - 64;
	struct bytes came;
	bytes_init(&came, LIMIT_FRAME_MOST);
	begin("STX payload ETX", 80, 12);
	bytes_add_byte(&came, 2);
	while (came.len < whole)
		bytes_add_str(&came, "0123456789abcdef");
	memcpy(came.at + whole - 5000, "needle", 6);
	bytes_add_byte(&came, 3);
	add("long", bytes_slice(&came), EXCHANGE_OK);
	add("short", SLICE("\x02nothing\x03"), EXCHANGE_OK);
	ok(place_from("9abc", false) == 1 && !record.at[0].open,
		"what is not folded opens nothing");
	formatted = 0;
	is_int(place_of("needle"), 2, "what is folded is opened, with a little of what is above");
	ok(formatted <= 6 * 12, "and no more is formatted than is seen");
	is_int(place_of("/needl./"), 2, "by a regular expression");
	is_int(place_of(".x 6e 65 65"), 2, "by bytes");
	place_of("needle");
	pane_size(&pane, 60, 8);
	ok(strstr(drawn(), "{needle}") != NULL,
		"it stays in the window when that has another size");
	pane_fold(&pane, false);
	pane_size(&pane, 80, 12);
	ok(!strstr(drawn(), "{needle}") && !record.at[0].open, "unless it is folded by hand");
	for (size_t v = 1; view_at(v); v++) {
		record.at[0].open = false;
		pane_view(&pane, view_at(v));
		is_int(place_of("needle"), 2, "in the view %s", view_at(v)->name);
		ok(record.at[0].open, "which is opened, too");
	}
	record.at[0].open = false;
	ok(place_from("89abc", false) >= 0 && !record.at[0].open,
		"in the anatomy where it is shown");
	ok(place_of(".x 03") >= 0 && !record.at[0].open, "and behind what is folded");
	pane_view(&pane, &view_text);
	bytes_clear(&came);
	while (came.len < 4000)
		bytes_add_str(&came, "words and words ");
	bytes_add_str(&came, "the end");
	record_text(&record, ENTRY_NOTE, bytes_slice(&came));
	ok(place_of("the end") == 11, "at the end of what wilco said");
	pane_size(&pane, 80, 3);
	ok(place_of("needle") == 0 && place_of("the end") == 2, "in a window of three rows");
	marking = false;
	bytes_free(&came);
	end();
}

/* In an answer of many frames those in front of the window are passed over: the rows are those that
 * they are when it is shown as a whole. */
static void test_many_frames(void)
{
	struct bytes came, whole;
	static const struct view *const views[] = {&view_text, &view_anatomy, &view_dump};
	bytes_init(&came, LIMIT_FRAME_MOST);
	bytes_init(&whole, LIMIT_FRAME_MOST);
	begin("payload LF", 60, 7);
	for (size_t i = 0; i < 2000; i++)
		bytes_addf(&came, "frame %zu%*s\n", i, (int)(i % 90), "");
	add("LIST", bytes_slice(&came), EXCHANGE_OK);
	pane_fold(&pane, true);
	for (size_t v = 0; v < 3; v++) {
		size_t rows = 0, wrong = 0;
		struct slice rest, line;
		pane_view(&pane, views[v]);
		bytes_clear(&whole);
		pane_as_shown(&pane, &record.at[0], &whole);
		rest = bytes_slice(&whole);
		drawn();
		for (; slice_line(&rest, &line); rows++) {
			if (rows % 37)
				continue;
			pane_top(&pane);
			pane_scroll(&pane, (long)rows);
			if (!pane.follow)
				wrong += strncmp(drawn(), (const char *)line.at, line.len) != 0;
		}
		ok(rows > 2000 && !wrong && pane.places.count > 20, "%s: wherever one begins",
			views[v]->name);
	}
	bytes_free(&came);
	bytes_free(&whole);
	end();
}

/* In a long entry the window stays where it was, as near as can be. */
static void test_place(void)
{
	struct bytes came;
	bytes_init(&came, LIMIT_FRAME_MOST);
	begin("payload LF", 60, 10);
	for (int i = 0; i < 2000; i++)
		bytes_addf(&came, "%04d ", i);
	bytes_add_str(&came, "\n");
	add("LONG", bytes_slice(&came), EXCHANGE_OK);
	bytes_free(&came);
	pane_fold(&pane, true);
	pane_top(&pane);
	pane_scroll(&pane, 100);
	ok(shows(" 0900 "), "in the midst of a long reply");
	pane_size(&pane, 100, 10);
	ok(shows(" 0900 "), "another width leaves it there");
	pane_size(&pane, 40, 12);
	pane_view(&pane, &view_dump);
	ok(shows(" 090"), "so does another view");
	pane_view(&pane, &view_text);
	for (int i = 0; i < 10; i++)
		record_text(&record, ENTRY_NOTE, SLICE("x"));
	ok(shows(" 0900 "), "and what comes meanwhile");
	end();
}

static void test_folding(void)
{
	struct bytes long_reply;
	begin("payload LF", 60, 100);
	bytes_init(&long_reply, LIMIT_FRAME_MOST);
	for (int i = 0; i < 1000; i++)
		bytes_add_str(&long_reply, "abc");
	bytes_add_str(&long_reply, "\n");
	add("LONG", bytes_slice(&long_reply), EXCHANGE_OK);
	ok(shows("+ 2640 more bytes: Ctrl-O, then o opens\n"), "a long reply is folded");
	pane_size(&pane, 40, 100);
	ok(shows("+ 2768 more bytes: Ctrl-O o\n"), "and says how it opens, in a narrow window too");
	pane_size(&pane, 60, 20);
	pane_select(&pane, true);
	pane_fold(&pane, false);
	ok(!strstr(drawn(), "more bytes") && !pane.follow, "and opens");
	pane_fold(&pane, false);
	ok(strstr(drawn(), "more bytes") && pane.follow, "and folds again");
	pane_fold(&pane, false);
	pane_view(&pane, &view_dump);
	pane_size(&pane, 80, 3);
	pane_end(&pane);
	ok(shows("0bb0  "), "the last row of a long dump is reached at once");
	pane_view(&pane, &view_text);
	pane_size(&pane, 60, 40);
	add("SHORT", slice_cut(bytes_slice(&long_reply), 3001 - 9 * 45, 3001), EXCHANGE_OK);
	add("NOT SO", slice_cut(bytes_slice(&long_reply), 3001 - 9 * 45 - 2, 3001), EXCHANGE_OK);
	ok(shows("+ 46 more bytes") && strstr(drawn(), "more") > strstr(drawn(), "NOT SO"),
		"what is longer by one row is not");
	bytes_free(&long_reply);
	end();
}

/* Rows end between characters: what is one on the screen is never cut in two. */
static void test_breaks(void)
{
	begin("payload LF", 60, 40);
	add(NULL, SLICE("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x10\x11\x12\x13\n"),
		EXCHANGE_UNSOLICITED);
	ok(shows("\\x08\\t\\x10\\x11") && shows("\n               \\x12\\x13"),
		"a row breaks in front of an escape");
	add(NULL,
		SLICE("0123456789012345678901234567890123456789012\xe6\xbc\xa2"
		      "012345678901234567890123456789012345678901\\\xe6\xbc\xa2\n"),
		EXCHANGE_UNSOLICITED);
	ok(shows("9012\xe6\xbc\xa2\n               0123"), "a wide character fits exactly");
	ok(shows("8901\\\\\n               \xe6\xbc\xa2"), "or goes below");
	pane.look.utf8 = false;
	pane_view(&pane, &view_text);
	ok(shows("9012\n               \\u{6f22}"), "spelled it stays whole");
	pane_size(&pane, 3, 40);
	drawn();
	pane_size(&pane, 60, 40);
	pane_view(&pane, &view_hex);
	ok(shows("* 01 02 03 04 05 06 07 08 09 10 11 12 13") &&
			shows("* 30 31 32 33 34 35 36 37 38 39 30 31 32 33 34\n"
			      "               35 36 37"),
		"hex breaks between bytes, and begins below without a blank");
	end();
}

/* A check has the digits of its width, and what makes a row too long is its type. */
static void test_checks(void)
{
	begin("\":\" payload sum8(payload):HEX2 CR LF", 80, 20);
	add("A", SLICE(":010300\r\n"), EXCHANGE_DAMAGED);
	pane_view(&pane, &view_anatomy);
	ok(shows("sum8         wrong: expected c4, got 00\n"),
		"the digits of a byte, and no type where it would take a row");
	pane_size(&pane, 88, 20);
	ok(shows("wrong: expected c4, got 00  (HEX2)\n"), "which stands where it fits");
	pane_size(&pane, 40, 20);
	ok(shows("sum8     should be c4\n"), "in a narrow window shortly");
	struct exchange *x = exchange("B", SLICE(":010300\r\n"), EXCHANGE_DAMAGED);
	free(x->error);
	x->error = mem_str(x->last->error);
	pane_add_exchange(&pane, device, x);
	pane_view(&pane, &view_text);
	pane_size(&pane, 80, 20);
	const char *last = strstr(drawn(), "> B");
	ok(last && strstr(last, "expected c4") &&
			!strstr(strstr(last, "expected c4") + 1, "expected"),
		"what is wrong with the reply is said once");
	ok(found("expected c4"), "and found all the same");
	marking = false;
	x->last->mark = MARK_ECHO;
	pane_view(&pane, &view_text); /* its rows were remembered */
	last = strstr(drawn(), "> B");
	ok(last && strstr(last, "! sum8: expected c4"), "also where the frame is not shown");
	end();
}

/* Where nothing is folded, opening shows the parts of that entry's frames, and of no other. */
static void test_opened_parts(void)
{
	begin("payload LF", 60, 20);
	add("one", SLICE("ok\n"), EXCHANGE_OK);
	add("two", SLICE("yes\n"), EXCHANGE_OK);
	pane_select(&pane, true);
	ok(pane_fold(&pane, false) && shows("79 65 73 ") && shows("literal") && !shows("6f 6b "),
		"an entry that has nothing folded opens into its parts");
	ok(pane_fold(&pane, false) && !shows("79 65 73"), "and folds again");
	pane_view(&pane, &view_anatomy);
	ok(!pane_fold(&pane, false), "in that view all of it is in sight");
	pane_view(&pane, &view_text);
	record_text(&record, ENTRY_NOTE, SLICE("a note"));
	pane_select(&pane, true);
	pane_select_by(&pane, 1);
	ok(!pane_fold(&pane, false), "and a note has no parts");
	end();
}

static void test_columns(void)
{
	struct bytes wire;
	begin("STX name:s4 payload ETX", 80, 20);
	bytes_init(&wire, LIMIT_MESSAGE);
	bytes_add_str(&wire, "\x02PUMP");
	for (int i = 0; i < 115; i++)
		bytes_add_byte(&wire, 'x');
	bytes_add_byte(&wire, 3);
	add(NULL, bytes_slice(&wire), EXCHANGE_UNSOLICITED);
	pane_view(&pane, &view_anatomy);
	ok(shows("50 55 4d 50                 name         PUMP  (s4)"), "a field of text is text");
	ok(shows("78 78 78 78 78 78 78 +108   payload      xxx"), "names stay in line");
	wire.len -= 1;
	bytes_addf(&wire, "%100s\x03", "end");
	add(NULL, bytes_slice(&wire), EXCHANGE_UNSOLICITED);
	pane_size(&pane, 80, 40);
	ok(shows(" + 111 more bytes: Ctrl-O o\n") && !shows("    end\n"),
		"of a long one the beginning");
	pane_select(&pane, true);
	pane_fold(&pane, false);
	ok(shows("  end\n") && !shows("more bytes"), "which opens");
	pane_fold(&pane, false);
	pane_size(&pane, 40, 20);
	ok(shows("  78 78 78 +112   payload  xxx") && shows("xxx~") &&
			shows("  50 55 4d 50     name     PUMP"),
		"in a narrow window, too");
	bytes_free(&wire);
	end();
}

/* Of long replies what differs: the lines of a whole one would drive everything else out. */
static void test_long_comparison(struct bytes *text)
{
	struct bytes reply;
	size_t first = record.count, lines = 0;
	struct slice rest, line;
	bytes_init(&reply, LIMIT_FRAME_MOST);
	for (size_t i = 0; i < 10000; i++)
		bytes_add_byte(&reply, 'a');
	bytes_add_byte(&reply, '\n');
	add("a", bytes_slice(&reply), EXCHANGE_OK);
	reply.at[5000] = 'b';
	add("b", bytes_slice(&reply), EXCHANGE_OK);
	memset(reply.at, 'c', 5000);
	add("c", bytes_slice(&reply), EXCHANGE_OK);
	bytes_clear(text);
	entry_compare(&record.at[first], &record.at[first + 1], 80, text);
	ok(strstr(bytes_str(text), "1 differ\n1388  61 61"), "of long replies only what differs");
	bytes_clear(text);
	entry_compare(&record.at[first], &record.at[first + 2], 80, text);
	for (rest = bytes_slice(text); slice_line(&rest, &line);)
		lines++;
	ok(lines < 150 && strstr(bytes_str(text), "\n... 4489 more bytes differ\n"), "and not all");
	bytes_free(&reply);
}

/* What is longer than a line may be cannot be read back. */
static void test_too_long(void)
{
	struct bytes lines, *text = &lines;
	enum { LONG = LIMIT_LINE / 4 + 1 };
	uint8_t bytes[2 * LONG + 1], plain[LIMIT_LINE + 1];
	size_t first = record.count;
	memset(bytes, 0xff, sizeof bytes);
	bytes[LONG] = '\n';
	add("long", slice_of(bytes, LONG + 1), EXCHANGE_OK);
	bytes[LONG] = 0xff;
	bytes[2 * LONG] = '\n';
	add("longer", slice_of(bytes, 2 * LONG + 1), EXCHANGE_OK);
	struct exchange *x = exchange_command(frame, slice_of(bytes, 2 * LONG), false);
	exchange_end(x, EXCHANGE_CANCELLED, 1, NULL, NULL);
	pane_add_exchange(&pane, device, x);
	memset(plain, 'a', sizeof plain);
	plain[LIMIT_LINE] = '\n';
	add("plain", slice_of(plain, sizeof plain), EXCHANGE_OK);
	bytes_init(text, LIMIT_FRAME_MOST);
	entry_lines(&record.at[first], text);
	ok(slice_starts(bytes_slice(text), SLICE("long\n  \\<ff ff ff")) &&
			text->len == strlen("long\n  \\<>\n") + 3 * LONG - 1,
		"a long reply is hex, too, as long as it fits");
	bytes_clear(text);
	entry_lines(&record.at[first + 1], text);
	ok(slice_starts(bytes_slice(text), SLICE("longer\n  \\<ff ff ff")) &&
			text->len == strlen("longer\n  \\<>\n  (and) \\<>\n  (and) \\xff\\xff\n") +
					     2 * (3 * (LONG - 1) - 1),
		"what is longer than a line may be even so goes on in others");
	bytes_clear(text);
	entry_lines(&record.at[first + 2], text);
	is_str(bytes_str(text), "# a command of 32770 bytes is longer than a line may be\n",
		"a command is left out, and that is said");
	bytes_clear(text);
	entry_lines(&record.at[first + 3], text);
	ok(slice_starts(bytes_slice(text), SLICE("plain\n  aaa")) &&
			text->len == strlen("plain\n") + 4 * strlen("  \n") + 3 * strlen("(and) ") +
					     LIMIT_LINE,
		"a long reply goes on in others without an escape, too");
	bytes_free(text);
}

/* A value of a field is a word. */
static void test_values(void)
{
	struct bytes text;
	begin("name:s8 payload LF", 60, 10);
	bytes_init(&text, LIMIT_MESSAGE);
	struct exchange *x = exchange_command(frame, SLICE("X"), false);
	x->with = mem_new(sizeof *x->with);
	frame_field_parse(frame, 0, SLICE(" a\tb c "), x->with, &err);
	exchange_end(x, EXCHANGE_OK, 1, NULL, NULL);
	pane_add_exchange(&pane, device, x);
	entry_lines(&record.at[0], &text);
	is_str(bytes_str(&text), ".with name=\\x20a\\tb\\x20c\\x20 -- X\n",
		"blanks in a value are no blanks of the line");
	bytes_free(&text);
	end();
}

static void test_keeping(void)
{
	struct bytes text;
	begin("payload LF", 60, 10);
	bytes_init(&text, LIMIT_MESSAGE);
	add(".dot (x)", SLICE("(a)\n"), EXCHANGE_OK);
	add("# no comment ", SLICE("\n"), EXCHANGE_OK);
	add("late", SLICE(""), EXCHANGE_TIMEOUT);
	for (size_t i = 0; i < record.count; i++)
		entry_lines(&record.at[i], &text);
	is_str(bytes_str(&text),
		"..dot (x)\n  \\x28a\\x29\n\\x23 no comment\\x20\n  (empty)\nlate\n  (none)\n",
		"exchanges as lines that read back");
	bytes_clear(&text);
	add("a", SLICE("abcdefghij\n"), EXCHANGE_OK);
	add("b", SLICE("abXdefghi\n"), EXCHANGE_OK);
	entry_compare(&record.at[3], &record.at[4], 80, &text);
	ok(strstr(bytes_str(&text), "10 and 9 bytes, 2 differ") && strstr(bytes_str(&text), "^^"),
		"two replies compared");
	bytes_clear(&text);
	entry_compare(&record.at[3], &record.at[4], 40, &text);
	is_str(bytes_str(&text),
		"left:  22:13:23.123 > a\n"
		"right: 22:13:24.123 > b\n"
		"10 and 9 bytes, 2 differ\n"
		"0000 61 62 63 64 abcd|61 62 58 64 abXd\n"
		"           ^^    \n"
		"0004 65 66 67 68 efgh|65 66 67 68 efgh\n"
		"0008 69 6a       ij  |69          i   \n"
		"        ^^ \n",
		"in a narrow window, too");
	test_long_comparison(&text);
	test_too_long();
	add(NULL, SLICE("ALARM\n"), EXCHANGE_UNSOLICITED);
	record_text(&record, ENTRY_NOTE, SLICE("a note"));
	bytes_clear(&text);
	entry_compare(&record.at[3], &record.at[record.count - 2], 80, &text);
	ok(strstr(bytes_str(&text), "* unsolicited\n10 and 5 bytes"), "what came unasked");
	bytes_clear(&text);
	entry_compare(&record.at[3], &record.at[record.count - 1], 80, &text);
	is_str(bytes_str(&text), "only exchanges can be compared: the right entry is none\n",
		"but not what wilco said");
	bytes_free(&text);
	end();
}

static void add_listed(void *arg, const struct styled *row)
{
	bytes_add(arg, bytes_slice(&row->text));
	bytes_add_str(arg, "\n");
}

static bool new_is_shown(const char *command, struct slice came)
{
	add(command, came, EXCHANGE_OK);
	return pane_shows_new(&pane);
}

/* What consoles without a window ask. */
static void test_lists(void)
{
	struct bytes text, whole;
	struct exchange *x;
	begin("payload LF", 60, 10);
	bytes_init(&text, LIMIT_FRAME_MOST);
	bytes_init(&whole, LIMIT_FRAME_MOST);
	add("one", SLICE("R1\n"), EXCHANGE_OK);
	add("two", SLICE("half"), EXCHANGE_LOST);
	add("three", SLICE("R3\n"), EXCHANGE_OK);
	pane_list(&pane, 0, 64, add_listed, &text);
	ok(strstr(bytes_str(&text), "22:13:20.123 > one\n") && strstr(bytes_str(&text), "< R1"),
		"an entry as lines");
	long ms = ((22 * 60L + 13) * 60 + 21) * 1000;
	ok(pane_at_time(&pane, ms) == 1 && pane_at_time(&pane, ms + 123) == 1 &&
			pane_at_time(&pane, ms + 124) == 2 &&
			pane_at_time(&pane, ms + 5000) == PANE_NONE,
		"an entry by its time");
	x = exchange("never", SLICE(""), EXCHANGE_REFUSED);
	x->time = (struct timespec){0};
	pane_add_exchange(&pane, device, x);
	ok(record.at[3].time.tv_sec > 1700000000, "one that was not sent has its time, too");
	bytes_clear(&text);
	pane_list(&pane, 3, 64, add_listed, &text);
	struct slice rest = bytes_slice(&text), row;
	ok(slice_line(&rest, &row) && row.at[2] == ':' && slice_line(&rest, &row) &&
			row.at[2] == ':',
		"and shows it");
	bytes_clear(&text);
	pane_filter(&pane, FILTER_WRONG, NULL);
	ok(!pane_shows(&pane, 0) && pane_shows(&pane, 1), "which ones a filter shows");
	ok(!new_is_shown("four", SLICE("R4\n")),
		"and whether one that has just ended is among them");
	pane_find(&pane, SLICE("r4"), &err);
	pane_filter(&pane, FILTER_FOUND, NULL);
	ok(new_is_shown("five", SLICE("R4\n")), "by what is searched for, too");
	ok(pane_chosen(&pane) == &record.at[5], "the last exchange is meant");
	bytes_clear(&text);
	for (int i = 0; i < 200000; i++)
		bytes_add_str(&text, "abc");
	bytes_add_str(&text, "\nX\nY\n");
	add("LONG", bytes_slice(&text), EXCHANGE_OK);
	bytes_clear(&text);
	pane_list(&pane, 6, 64, add_listed, &text);
	ok(strstr(bytes_str(&text), ".save FILE has them"), "of a long one the beginning");
	struct look look = pane.look;
	struct rows rows;
	look.fold = 0;
	bytes_clear(&text);
	rows_init(&rows, 60, 0, (size_t)-1, add_listed, &text);
	entry_rows(&record.at[6], &look, NULL, NULL, &rows);
	rows_free(&rows);
	pane_as_shown(&pane, &record.at[6], &whole);
	ok(rows.made > 10000 && slice_equal(bytes_slice(&text), bytes_slice(&whole)),
		"piece by piece it is the same as at once");
	bytes_free(&text);
	bytes_free(&whole);
	end();
}

static void test_bounds(void)
{
	enum { MANY = 300 * 1000 };
	begin("payload LF", 60, 4);
	record.cap = 4096;
	for (int i = 0; i < 100; i++)
		add("X", SLICE("some reply\n"), EXCHANGE_OK);
	pane_top(&pane);
	ok(shows(" entries are no longer in memory\n") && strstr(drawn(), "\n22:14:"),
		"what the transcript dropped is said in one row");
	ok(pane_is_command(&pane, 0) && record.at[0].id == record_gone(&record),
		"and what is looked at is there");
	pane_end(&pane);
	ok(shows("< some reply"), "what it has is shown");
	for (int i = 0; i < MANY; i++)
		record_text(&record, ENTRY_NOTE, SLICE("x"));
	ok(record.count < 100 && record.held <= 4096, "what wilco said has a cap, too");
	ok(shows("- x"), "and the end is still shown");
	uint64_t gone = record_gone(&record);
	record.cap = 1024 * 1024 * 1024;
	for (int i = 0; i < MANY; i++)
		record_text(&record, ENTRY_NOTE, SLICE("y"));
	is_int((long)record_gone(&record), (long)gone, "no other one than that of the setting");
	end();
}

/* What is selected goes while a filter hides what came after it. */
static void test_selected_gone(void)
{
	begin("payload LF", 60, 4);
	pane_select_by(&pane, 1);
	ok(!pane_selected(&pane), "of nothing nothing is selected");
	for (int i = 0; i < 3; i++)
		add("ask", SLICE("reply\n"), EXCHANGE_OK);
	pane_select_by(&pane, -1);
	is_int((long)pane.selected, 2, "where nothing is selected, it begins");
	pane_filter(&pane, FILTER_SENT, NULL);
	pane_select_by(&pane, -2);
	record.cap = 1;
	add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	ok(!pane_selected(&pane), "what the filter hides is not selected");
	record.cap = LIMIT_TRANSCRIPT;
	add("last", SLICE("reply\n"), EXCHANGE_OK);
	add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	pane_select(&pane, true);
	record.cap = 1;
	add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	pane_size(&pane, 40, 5);
	ok(!pane_selected(&pane), "also where the window changes before it is drawn");
	pane_select(&pane, false);
	pane_filter(&pane, FILTER_NONE, NULL);
	ok(shows("event"), "and what is there can be seen");
	end();
}

/* What was at the top goes, and a filter hides all that came after it. */
static void test_top_gone(void)
{
	begin("payload LF", 60, 4);
	struct record_device *other = record_device(&record, NULL);
	pane_add_exchange(&pane, other, exchange("kept", SLICE("reply\n"), EXCHANGE_OK));
	for (int i = 0; i < 50; i++)
		add("ask", SLICE("reply\n"), EXCHANGE_OK);
	pane_top(&pane);
	pane_scroll(&pane, 2);
	record.cap = 16 * record.at[0].size;
	add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	pane_find(&pane, SLICE("kept"), &err);
	pane_filter(&pane, FILTER_FOUND, NULL);
	add(NULL, SLICE("event\n"), EXCHANGE_UNSOLICITED);
	ok(shows("> kept"), "what is let through above the top is shown");
	end();
}

/* Below a window that follows stand commands that wait. */
static void test_selected_and_waiting(void)
{
	begin("payload LF", 60, 4);
	struct exchange *waits = exchange_command(frame, SLICE("slow"), false);
	add("first", SLICE("reply\n"), EXCHANGE_OK);
	add("last", SLICE("a\nb\nc\n"), EXCHANGE_OK);
	pane_wait(&pane, &(struct waiting){.session = session, .exchange = waits}, 1, session);
	pane_top(&pane);
	pane_select(&pane, true);
	pane_select_by(&pane, -1);
	pane_select_by(&pane, 1);
	ok(shows("]22:13:21.123 > last") && shows("< c"),
		"what is selected has its beginning in sight, also where a command waits");
	pane_end(&pane);
	ok(shows("> slow") && shows("< c"), "which is in sight at the end");
	exchange_free(waits);
	end();
}

/* A reply that comes is shown as it would be when it is whole: its end. */
static void test_coming(void)
{
	struct waiting w[3];
	begin("payload LF", 60, 6);
	pane.look.breaks = true;
	struct exchange *x = exchange_command(frame, SLICE("slow"), false);
	x->sent_at = 1000;
	add("first", SLICE("reply\n"), EXCHANGE_OK);
	w[0] = (struct waiting){.session = session,
		.exchange = x,
		.waited = 2 * NS_PER_S,
		.keys = "F5 helps",
		.coming = {7, SLICE("one\ntwo")}};
	pane_wait(&pane, w, 1, session);
	ok(shows("< reply") && shows("> slow") && shows("  waiting 2 s; F5 helps\n"),
		"the command says how long it has waited, and what can be done");
	ok(shows("\u2039 one\u2193\n               two\u258c 7 bytes so far\n"),
		"what has come of the reply stands below it");
	pane_wait(&pane, w, 1, NULL);
	ok(shows("two\u258c 7 bytes so far") && !strstr(drawn(), "one"),
		"of a device that is not the current one the last row");
	w[0].coming = (struct session_coming){28, SLICE("one\ntwo\nthree\nfour\nfive\nsix\n")};
	pane_wait(&pane, w, 1, session);
	ok(shows("> slow") && shows("three\u2193\n") && shows("six\u2193\u258c 28 bytes") &&
			shows("delimiter LF\n") && !strstr(drawn(), "two"),
		"a row is left for what happened before");
	w[2] = w[1] = w[0];
	w[1].coming.bytes = 0;
	pane_wait(&pane, w, 3, NULL);
	ok(shows("slow") && shows("28 bytes so far"), "three that wait share the window");
	pane_size(&pane, 60, 2);
	pane_wait(&pane, w, 3, session);
	ok(shows("> slow") && !strstr(drawn(), "so far"), "as far as there is room");
	pane_size(&pane, 60, 1);
	pane_wait(&pane, w, 3, session);
	ok(shows("delimiter LF"), "a window of one row has none for them");
	exchange_free(x);
	end();
}

static void test_much_coming(void)
{
	struct bytes many;
	begin("payload LF", 60, 6);
	pane.look.breaks = true;
	struct exchange *x = exchange_command(frame, SLICE("slow"), false);
	struct waiting w = {.session = session, .exchange = x};
	bytes_init(&many, LIMIT_FRAME_MOST);
	for (int i = 0; i < 5000; i++)
		bytes_addf(&many, "line %d\n", i);
	w.coming = (struct session_coming){many.len, bytes_slice(&many)};
	pane_wait(&pane, &w, 1, session);
	ok(shows("line 4998\u2193\n") && shows("line 4999\u2193\u258c"), "of much the end is seen");
	bytes_free(&many);
	for (int i = 0; i < 100; i++) {
		char reply[32];
		snprintf(reply, sizeof reply, "frame %d", i);
		const struct split_event event = {.kind = SPLIT_FRAME,
			.has_payload = true,
			.raw = slice_str(reply),
			.payload = slice_str(reply)};
		exchange_take(x, &event);
		w.coming = (struct session_coming){800, SLICE("")};
		pane_wait(&pane, &w, 1, session);
	}
	ok(shows("< frame 97") && shows("< frame 99") && shows("\u2039 \u258c 800 bytes so far"),
		"and of many frames the last ones");
	exchange_free(x);
	end();
}

/* What is copied to be read has the lines of the reply, and still nothing that a terminal obeys. */
static void test_readable(void)
{
	struct bytes text;
	begin("payload CR -> payload LF \"# \" ; times 2", 80, 14);
	bytes_init(&text, LIMIT_FRAME_MOST);
	add("show",
		SLICE("a\tC:\\dir\r\n\x1b[2J \xc2\xb0\n\nb\r\r\nend\r\n# \x01\x02\xff\n\x03\n# "),
		EXCHANGE_OK);
	entry_readable(&record.at[0], &text);
	is_str(bytes_str(&text), "a\tC:\\dir\n\\x1b[2J \u00b0\n\nb\nend\n\\x01\\x02\\xff\\n\\x03\n",
		"lines end with a LF");
	bytes_free(&text);
	end();
	begin("payload ETX ; bin", 80, 14);
	bytes_init(&text, LIMIT_FRAME_MOST);
	add("A", SLICE("\x01\x0a\x02\x03"), EXCHANGE_OK);
	entry_readable(&record.at[0], &text);
	is_str(bytes_str(&text), "01 0a 02\n", "bytes of a binary frame are hex");
	bytes_free(&text);
	end();
}

/* A command that was not sent has no bytes on the wire in which its place could be. */
static void test_found_unsent(void)
{
	begin("payload LF", 60, 4);
	struct exchange *x = exchange_command(frame, SLICE("a\nb"), false);
	exchange_end(x, EXCHANGE_REFUSED, 1, NULL, "the payload holds its terminator");
	pane_add_exchange(&pane, device, x);
	pane_view(&pane, &view_dump);
	ok(pane_find(&pane, SLICE("b"), &err) && pane_seek(&pane, true, pane_is_found) &&
			shows("> a\\nb"),
		"what was not sent is found where the bytes on the wire are shown");
	end();
}

/* Numbers ascend, and what is counted is what is there. */
static void check_record(size_t *wrong)
{
	size_t held = 0;
	for (size_t i = 0; i < record.count; i++) {
		held += record.at[i].size;
		*wrong += i && record.at[i].id <= record.at[i - 1].id;
		*wrong += record_index(&record, record.at[i].id) != i;
	}
	*wrong += held != record.held || held > record.cap;
}

/* A flood in one session, and now and then something in another. */
static void test_past(void)
{
	enum { FLOOD = 30000 };
	char expected[64];
	size_t wrong = 0;
	begin("payload LF", 80, 5);
	struct session *quiet = new_session("payload LF");
	struct record_device *flooded = device, *other = record_device(&record, quiet);
	record.cap = 16 * 1024;
	for (int i = 0; i < FLOOD; i++) {
		device = i % 10000 == 5000 ? other : flooded;
		add("ask", SLICE("reply\n"), EXCHANGE_OK);
		if (i % 5000 == 0)
			check_record(&wrong);
	}
	device = flooded;
	ok(record.count > 10 && record.held > record.cap * 7 / 8, "memory is used");
	is_int((long)other->commands_gone, 0, "a flood does not push out what others said");
	is_int((long)flooded->commands_gone, FLOOD - (long)record.count, "but its own");
	pane_top(&pane);
	snprintf(expected, sizeof expected, "- %zu entries are no longer in memory (.set",
		FLOOD - record.count);
	ok(strncmp(drawn(), expected, strlen(expected)) == 0, "one row stands for all");
	pane_scroll(&pane, 2);
	ok(shows("> ask") && !strstr(drawn(), "memory"), "below it are those that are there");
	pane_scroll(&pane, -2);
	ok(shows(expected), "and above them it is");
	pane_select(&pane, true);
	pane_top(&pane);
	is_int((long)pane.selected, 5000, "it is not selected, but the first that is there");
	ok(shows("]23:") && !pane_seek(&pane, true, pane_is_command), "nothing is sought behind");
	pane_select_by(&pane, 1);
	is_int((long)pane.selected, 15000, "the next one is that of the other session, too");
	pane_select_by(&pane, 2);
	uint64_t selected = pane.selected;
	while (record_find(&record, selected))
		add("ask", SLICE("reply\n"), EXCHANGE_OK);
	ok(pane_selected(&pane) && pane_selected(&pane)->id > selected,
		"when what is selected goes, the next is");
	drawn();
	ok(pane.selected > selected && record_find(&record, pane.selected), "also in the window");
	pane_filter(&pane, FILTER_WRONG, NULL);
	pane_top(&pane);
	ok(shows("no longer in memory") && !strstr(drawn(), "> ask"), "whatever the filter shows");
	pane_filter(&pane, FILTER_NONE, NULL);
	for (size_t i = 0; i < FLOOD; i++)
		record_text(&record, ENTRY_NOTE, SLICE("x"));
	drawn();
	check_record(&wrong);
	is_int((long)other->commands_gone, 0, "nor does what wilco says");
	is_int((long)wrong, 0, "the record is right at all times");
	session_free(quiet);
	end();
}

static struct bytes chart;

static void on_chart(void *arg, const struct styled *row)
{
	(void)arg;
	bytes_addf(&chart, "%.*s|", (int)row->text.len, (const char *)row->text.at);
}

static const struct chart_axis *axis;

static const char *chart_of(enum chart_kind kind, size_t rows_high)
{
	static const double values[] = {0, 1, 2, 3, NAN, 3};
	struct rows rows;
	bytes_clear(&chart);
	rows_init(&rows, 20, 0, (size_t)-1, on_chart, NULL);
	chart_rows(kind, values, 6, 0, 3, rows_high, axis, &rows);
	rows_free(&rows);
	return bytes_str(&chart);
}

static void test_charts(void)
{
	is_str(chart_of(CHART_ASCII, 1), ".:|# #|", "a chart in ASCII");
	is_str(chart_of(CHART_BLOCK, 1), "▁▃▆█ █|", "in blocks");
	is_str(chart_of(CHART_BRAILLE, 1), "⣠⣾⢸|", "in braille, two values a cell");
	is_str(chart_of(CHART_ASCII, 2), "  :# #|.|## #|", "over two rows");
	axis = &(struct chart_axis){"1500", "0", 14};
	is_str(chart_of(CHART_ASCII, 3),
		"          1500  .# #|               .## #|             0 ### #|",
		"beside the numbers of an axis");
	axis = NULL;
}

/* ---- drawing by parts ---- */

static void some_change(unsigned dice)
{
	static const char *const finds[] = {"reply", "/1[0-9]/", ""};
	char text[32];
	unsigned n = dice / 16;
	switch (dice % 16) {
	case 0:
		pane_scroll(&pane, -(long)(n % 9));
		break;
	case 1:
		pane_scroll(&pane, (long)(n % 9));
		break;
	case 2:
		pane_end(&pane);
		break;
	case 3:
		pane_select(&pane, n % 3 != 0);
		break;
	case 4:
		pane_select_by(&pane, (long)(n % 7) - 3);
		break;
	case 5:
		pane_fold(&pane, n % 4 == 0);
		break;
	case 6:
		if (n % 4 == 0)
			pane_view(&pane, view_at(n / 4 % 5));
		break;
	case 7:
		if (n % 4 == 0)
			pane_filter(&pane, n / 4 % 2 ? FILTER_WRONG : FILTER_NONE, NULL);
		break;
	case 8:
		if (n % 4 == 0)
			pane_find(&pane, slice_str(finds[n / 4 % 3]), &err);
		break;
	case 9:
		pane_size(&pane, 80, 8 + n % 20);
		break;
	case 10:
		snprintf(text, sizeof text, "a note, %u", n);
		record_text(&record, ENTRY_NOTE, slice_str(text));
		break;
	default:
		snprintf(text, sizeof text, "reply %u, %*s\n", n, (int)(n % 20), "");
		sent_before = n % 3;
		add(n % 2 ? "asked" : NULL, slice_str(text),
			n % 5 ? EXCHANGE_OK : EXCHANGE_DAMAGED);
		sent_before = 0;
	}
}

static void test_parts(void)
{
	unsigned seed = 1;
	size_t wrong = 0, changes = tap_slow() ? 300 : 3000;
	begin("payload LF", 80, 20);
	record.cap = changes * 20; /* the oldest go meanwhile */
	pane.by_time = true;
	for (size_t i = 0; i < changes; i++) {
		seed = seed * 1103515245 + 12345;
		some_change(seed >> 8 & 0xffff);
		drawn();
		check_record(&wrong);
	}
	is_int((long)wrong, 0, "the record is right at all times");
	ok(record_gone(&record) > 0 && shows(""), "%zu changes", changes);
	pane_view(&pane, &view_text);
	pane_filter(&pane, FILTER_NONE, NULL);
	pane_select(&pane, false);
	pane_end(&pane);
	drawn();
	record.cap *= 2; /* nothing above goes for it */
	add("one", SLICE("more\n"), EXCHANGE_OK);
	formatted = 0;
	pane_draw(&pane, &drawer, NULL);
	is_int((long)formatted, 2, "a reply that comes costs its own rows, not a window of them");
	formatted = 0;
	pane_draw(&pane, &drawer, NULL);
	is_int((long)formatted, 0, "and nothing when nothing came");
	end();
}

/* Adds the frames of what a side says to the other one; broken: by that side. */
static void pass(enum frame_side side, uint32_t link, struct slice bytes, bool broken)
{
	struct bytes pending, scratch;
	struct frame_values fields;
	struct split_event e;
	struct timespec time = {1700000000 + (time_t)record.ever, 123000000};
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *split = split_new(frame, side, NULL, fields.at, 0, &pending, &scratch);
	split_feed(split, bytes);
	split_close(split);
	while (split_next(split, &e))
		pane_add_exchange(&pane, device,
			exchange_passed(
				frame, side, link, time, &e, broken && e.kind != SPLIT_FRAME));
	split_free(split);
	bytes_free(&pending);
	bytes_free(&scratch);
}

static const char *passed_lines(size_t from, size_t to)
{
	static struct bytes out;
	struct written w;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	written_begin(&w, "/dev/null");
	for (size_t i = from; i < to; i++) {
		struct entry_at at = {0};
		while (written_next(&w, session, record.at[i].exchange, &at, &out))
			;
	}
	written_end(&w);
	const char *text = strstr(bytes_str(&out), ".frame");
	return text ? strchr(text, '\n') + 1 : bytes_str(&out);
}

/* Frames that pass between a program and the device, each an entry of its own. */
static void pass_frames(void)
{
	begin("STX payload ETX xor8(payload ETX)", 80, 14);
	pass(SIDE_COMMAND, 1,
		SLICE("\x02"
		      "AB\x03\x00"),
		true);
	pass(SIDE_REPLY, 1,
		SLICE("\x02"
		      "CD\x03\x04"),
		true);
	pass(SIDE_COMMAND, 2,
		SLICE("\x02"
		      "AC\x03\x7f"),
		true);
	pass(SIDE_REPLY, 2,
		SLICE("\x02"
		      "CD\x03\x7f"),
		true);
	pass(SIDE_REPLY, 12,
		SLICE("\x02"
		      "CD"),
		false);
	pass(SIDE_REPLY, 12,
		SLICE("xx\x02"
		      "CE\x03\x05"),
		true);
}

static void test_passed(void)
{
	pass_frames();
	ok(shows("22:13:20.123 1  > AB  ") && shows("22:13:21.123 1  < CD  "),
		"a frame has the number of its connection and its direction");
	ok(shows("2  >! AC  ") && shows("  the program broke it  xor8: "),
		"one that is broken names the side that broke it");
	ok(shows("2  <! CD  ") && shows("  the device broke it  xor8: "), "on both sides");
	ok(shows("12 <! ") && shows("  cut off  "), "one that nobody broke says so");
	ok(shows("12 <! xx") && shows("  bytes of the device, of no frame\n"),
		"and so do bytes of no frame");
	pane_view(&pane, &view_anatomy);
	pane_end(&pane);
	ok(shows("wrong: expected"), "a view shows both sides");
	pane_view(&pane, &view_text);
	pane_filter(&pane, FILTER_SENT, NULL);
	ok(shows("> AB ") && shows(">! AC ") && !strstr(drawn(), " CD"),
		"what the program sent can be shown alone");
	pane_filter(&pane, FILTER_WRONG, NULL);
	ok(shows(">! AC ") && shows("<! CD ") && !strstr(drawn(), "> AB"), "and what is damaged");
	pane_filter(&pane, FILTER_NONE, NULL);
	ok(pane_find(&pane, SLICE("AC"), &err) && pane_seek(&pane, true, pane_is_found) &&
			shows("]22:13:22.123 2  >! AC"),
		"a search finds what a program said");
	end();
}

/* Passed frames as text: compared, and as lines of the language. */
static void test_passed_lines(void)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	pass_frames();
	entry_compare(&record.at[1], &record.at[3], 80, &text);
	ok(strstr(bytes_str(&text), "left:  22:13:21.123 < CD\nright: 22:13:23.123 < ") &&
			strstr(bytes_str(&text), "\n5 and 5 bytes, 1 differ\n"),
		"two of them can be compared: %s", bytes_str(&text));
	bytes_clear(&text);
	entry_lines(&record.at[0], &text);
	is_str(bytes_str(&text), "AB\n", "a frame of the program is a line of the language");
	bytes_free(&text);
	is_str(passed_lines(0, 2), "AB\n  CD\n", "what a device says stands below the command");
	is_str(passed_lines(2, 4), ".wire 02 41 43 03 7f\n  (damaged) \\x02CD\\x03\\x7f\n",
		"damaged frames are bytes on the wire");
	pass(SIDE_REPLY, 1,
		SLICE("\x02"
		      "EF\x03\x00"),
		true);
	is_str(passed_lines(2, record.count),
		".wire 02 41 43 03 7f\n  (damaged) \\x02CD\\x03\\x7f\n"
		"# connection 12:\n#   (damaged) \\x02CD\n# connection 12:\n#   (stray) xx\n"
		"# connection 12:\n#   CE\n# connection 1:\n#   EF\n",
		"what came by another connection answers no command above it");
	end();
	begin("modbus-tcp", 80, 14);
	pass(SIDE_COMMAND, 1, SLICE("\x00\x07\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x03"), true);
	bytes_init(&text, LIMIT_MESSAGE);
	entry_lines(&record.at[0], &text);
	is_str(bytes_str(&text), ".with unit=17 -- .hex 03 00 6b 00 03\n",
		"a line has the fields that must be given");
	bytes_free(&text);
	end();
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	loop = loop_new(&err);
	book = frame_book_new();
	bytes_init(&screen, LIMIT_FRAME_MOST);
	bytes_init(&chart, LIMIT_MESSAGE);
	test_views();
	test_empty();
	test_lines();
	test_wide_lines();
	test_many_lines();
	test_auto();
	test_times();
	test_window();
	test_order();
	test_seeking();
	test_dimmed();
	test_marks();
	test_marks_in_views();
	test_marks_across_rows();
	test_gives_up();
	test_pieces();
	test_long_needle();
	test_cut_characters();
	test_wide_row();
	test_long_lines();
	test_costs();
	test_days();
	test_highlights();
	test_steps();
	test_places_found();
	test_many_frames();
	test_place();
	test_folding();
	test_opened_parts();
	test_breaks();
	test_checks();
	test_columns();
	test_keeping();
	test_values();
	test_lists();
	test_bounds();
	test_found_unsent();
	test_selected_gone();
	test_top_gone();
	test_selected_and_waiting();
	test_coming();
	test_much_coming();
	test_readable();
	test_past();
	test_charts();
	test_parts();
	test_passed();
	test_passed_lines();
	is_int((long)differing, 0, "what is drawn by parts is what is drawn afresh");
	for (size_t y = 0; y < GRID_ROWS; y++)
		free(grid[y]);
	bytes_free(&screen);
	bytes_free(&chart);
	frame_unref(frame);
	frame_book_free(book);
	loop_free(loop);
	return tap_done();
}
