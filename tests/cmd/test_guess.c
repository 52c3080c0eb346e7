/* The frame that is guessed from a reply.  To find it once took a walk through the reply for each
 * of its bytes: 41 s of a frozen console for 240 KB. */
#include "base/number.h"
#include "cmd/guess.h"
#include "lib/tap.h"
#include <stdlib.h>

static struct frame_book *book;
static struct bytes reply, notation;

static bool closes; /* the device closed the line behind that */

/* What is proposed for what came in vain, behind `q` in this frame. */
static const char *missed(const char *frame, struct slice came, bool cut, int64_t silence)
{
	struct error err;
	struct bytes sent, scratch;
	struct frame_values none = {0};
	struct frame *f = frame_find(book, slice_str(frame), &err);
	bytes_init(&sent, LIMIT_WIRE);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	frame_encode(f, SIDE_COMMAND, SLICE("q"), NULL, none.at, 0, &scratch, &sent, &err);
	const struct guess_missed m = {.frame = f,
		.payload = SLICE("q"),
		.sent = bytes_slice(&sent),
		.came = came,
		.cut = cut,
		.closed = closes,
		.silence = silence};
	bytes_clear(&notation);
	bool good = guess_other(book, &m, &notation);
	bytes_free(&sent);
	bytes_free(&scratch);
	frame_unref(f);
	return good ? bytes_str(&notation) : "nothing";
}

static const char *other(struct slice came, bool cut)
{
	return missed("payload LF", came, cut, NS_PER_S);
}

static const char *found(const char *text, bool closed)
{
	struct bytes because;
	struct guess_seen seen = {.asked = true,
		.command = SLICE("q"),
		.end = SLICE("\n"),
		.reply = slice_str(text),
		.closed = closed};
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_clear(&notation);
	bool good = guess_frame(book, &seen, &notation, &because);
	bytes_free(&because);
	return good ? bytes_str(&notation) : "nothing";
}

/* What is guessed from a command without an end, and what came. */
static const char *between(struct slice command, struct slice came)
{
	struct bytes because;
	struct guess_seen seen = {.asked = true, .command = command, .reply = came};
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_clear(&notation);
	bool good = guess_frame(book, &seen, &notation, &because);
	bytes_free(&because);
	return good ? bytes_str(&notation) : "nothing";
}

/* What is guessed from what a device says by itself. */
static const char *said(struct slice came)
{
	struct bytes because;
	struct guess_seen seen = {.reply = came};
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_clear(&notation);
	bool good = guess_frame(book, &seen, &notation, &because);
	bytes_free(&because);
	return good ? bytes_str(&notation) : "nothing";
}

static void fill(size_t n, const char *line)
{
	size_t size = strlen(line);
	bytes_clear(&reply);
	uint8_t *to = bytes_space(&reply, n);
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)line[i % size];
	reply.len = n;
}

static void guess(struct slice seen)
{
	struct bytes because;
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_clear(&notation);
	guess_frame(book,
		&(struct guess_seen){
			.asked = true, .command = SLICE("q"), .end = SLICE("\n"), .reply = seen},
		&notation, &because);
	bytes_free(&because);
}

/* Short lines, and behind them two long ones that differ at their ends only. */
static void two_lines(size_t n)
{
	fill(n / 6 * 2, "a\n");
	for (int i = 0; i < 2; i++) {
		uint8_t *to = bytes_space(&reply, n / 3);
		for (size_t k = 0; k < n / 3; k++)
			to[k] = k % 2 ? ' ' : 'x';
		reply.len += n / 3;
		bytes_add_str(&reply, i ? "y\n" : "\n");
	}
	guess(bytes_slice(&reply));
}

static void short_lines(size_t n)
{
	fill(n / 2 * 2, "a\n");
	guess(bytes_slice(&reply));
}

static void empty_lines(size_t n)
{
	fill(n, "\n");
	guess(bytes_slice(&reply));
}

static void no_line(size_t n)
{
	fill(n, "ab ");
	guess(bytes_slice(&reply));
}

static void test_cost(void)
{
	size_t n = tap_slow() ? 2 * 1024 : 16 * 1024;
	is_linear(two_lines, n, "two lines that are alike are guessed from in a few walks");
	is_linear(short_lines, n, "so are many short ones");
	is_linear(empty_lines, n, "empty ones");
	is_linear(no_line, n, "and text without an end");
}

static void test_lines(void)
{
	is_str(found("2-a\n2-b\n2 OK\n", false), "payload LF -> payload LF ; until \"2\" SP *",
		"a last line that begins as no other does");
	is_str(found("ab\nac\nad x\n", false), "payload LF -> payload LF ; until \"ad\" *",
		"with as much of it as it takes");
	is_str(found("a\na\n", false), "payload LF -> payload LF ; times 2", "or so many lines");
	is_str(found("a\nab\nab c\n", false), "payload LF -> payload LF ; until \"ab\" SP *",
		"one that goes on where another ends");
	is_str(found("pump on\npump off\n", false), "payload LF -> payload LF ; times 2",
		"but none of the others' kind");
	is_str(found("250 a\n250 ok\n", false),
		"payload LF -> payload LF ; until \"250\" SP \"o\" *", "which a code is");
	is_str(found("a\nb\n\n", false), "payload LF -> payload LF ; until \"\"",
		"an empty last line");
	is_str(found("a\n\nb\n\n", false), "payload LF -> payload LF ; times 4",
		"but not where others are empty, too");
	is_str(found("x\n0123456789abcdefg\n", false), "payload LF -> payload LF ; times 2",
		"a word that is too long");
	is_str(found("a\n;$(x) b\n", false), "payload LF -> payload LF ; until 3b 24 28 \"x\" 29 *",
		"what a shell minds is a number");
}

/* Values are other ones next time. */
static void test_values(void)
{
	is_str(found("FM\n15000\n", false), "payload LF -> payload LF ; times 2",
		"a number is a value");
	is_str(found("FM\n-15.2 dB\n", false), "payload LF -> payload LF ; times 2",
		"with a unit, too");
	is_str(found("1\nhello\n", false), "payload LF -> payload LF ; times 2", "a word may be");
	is_str(found("a\n250 ok\n", false),
		"payload LF -> payload LF ; until \"250\" * | \"4\" ?? ?? SP * | \"5\" ?? ?? SP *",
		"a code is none, and others tell of failures");
	is_str(found("500 a\n250 ok\n", false), "payload LF -> payload LF ; until \"250\" *",
		"unless lines before it begin so");
	is_str(found("a\nOK\n", false), "payload LF -> payload LF ; until \"OK\" | \"ERR\" *",
		"nor are words with which replies end");
	is_str(found("ERR\nOK\n", false), "payload LF -> payload LF ; until \"OK\"",
		"beside one of a failure, if no line begins so");
	is_str(found("a\n.\n", false), "payload LF -> payload LF ; until \".\"", "and dots");
}

/* A proposal encodes what was sent, and takes what came for one reply. */
static void test_tried(void)
{
	is_str(between(SLICE("\6\0\0"), SLICE("\6\0\0")),
		"payload gap(50ms) -> payload gap(200ms) ; bin",
		"the last byte of binary is no end");
	is_str(between(SLICE("\x21\7\0\0"), SLICE("\x21\7\0\0")),
		"payload gap(50ms) -> payload gap(200ms) ; bin", "nor is one of several NULs");
	is_str(between(SLICE("FA;"), SLICE("FA00145;")), "payload 3b -> payload 3b",
		"a mark at the end of both is one");
	is_str(between(SLICE("version\x1a"), SLICE("Open\nOCD\x1a")), "payload SUB -> payload SUB",
		"also where lines are in the reply");
	is_str(between(SLICE("FA;FB;"), SLICE("FA1;FB2;")),
		"payload gap(50ms) -> payload gap(200ms)", "not of two commands at once");
}

static void test_known(void)
{
	is_str(between(SLICE("\1\3\0\0\0\2\xc4\x0b"), SLICE("\1\3\4\x10\0\x10\1\x32\xf3")),
		"modbus-rtu", "a check that is right names the frame");
	is_str(between(SLICE("\0\1\0\0\0\6\1\3\0\0\0\2"), SLICE("\0\1\0\0\0\7\1\3\4\x10\0\x10\1")),
		"modbus-tcp", "so do lengths on both sides");
	is_str(between(SLICE("\x10\x10\0\4MQTT\4\2\0\x3c\0\4test"), SLICE("\x20\2\0\0")), "mqtt",
		"of one byte, too");
	is_str(between(SLICE("+$!#21"), SLICE("+$OK#9a")), "gdb",
		"tokens of the protocol may stand before it");
	is_str(said(SLICE("$GPTXT,1*52\r\n$GPTXT,2*51\r\n")), "nmea",
		"what a device says by itself is known, too");
	is_str(said(SLICE("\xc0\0ab\xdb\xdc\xc0")), "slip", "and what is stuffed");
	is_str(said(SLICE("$GPTXT,1*54\r\n")), "payload CR LF -> payload CR LF",
		"a wrong check names nothing");
}

/* Redis takes LF, too. */
static void test_other_end(void)
{
	const char *got = found("$5\r\nhello\r\n", false);
	ok(strncmp(got, "payload LF -> 24 \"-1\" CR LF | 2a \"-1\" CR LF | 24 len(payload):dec ",
		   60) == 0,
		"a known frame may have the line end that was sent: %s", got);
	is_str(found("hello\r\n", false), "payload LF -> payload CR LF",
		"if its lengths or checks prove it");
}

static void test_length(void)
{
	is_str(between(SLICE("\x80\1\0\0\0\x0c\0\0\1\x7b\0\x08"),
		       SLICE("\x80\1\0\0\0\x0e\0\0\0\0\0\2\xaa\xbb")),
		"head1:u16be=0x8001 len(all):u32be payload ; bin", "a length of all");
	is_str(between(SLICE("\1\2\3\4\2\0\0\0\x11\x22\x33\x44xy"),
		       SLICE("\1\2\3\4\3\0\0\0\x11\x22\x33\x44xyz")),
		"head1:u32be=0x01020304 len(payload)-4:u32le payload ; bin",
		"one that counts what stands behind more of the header");
	is_str(between(SLICE("\xaa\2\1\2\x77"), SLICE("\xaa\3\1\2\3\x66")),
		"head1:u8=0xaa len(payload)-1:u8 payload ; bin", "a byte");
	is_str(between(SLICE("\xaa\2\1\2\x77"), SLICE("\xaa\2\1\3\x66")),
		"payload gap(50ms) -> payload gap(200ms) ; bin",
		"which proves nothing where both have the same size");
}

static void test_cut(void)
{
	is_str(other(SLICE("b\r\n2 OK\r\n"), true), "payload LF -> payload CR LF ; until \"2\" *",
		"the end of a long reply says how it ends");
	is_str(other(SLICE("a\r\na\r\n"), true), "nothing", "but not of how many lines it is");
	is_str(other(SLICE("a\r\na\r\n"), false), "payload LF -> payload gap(200ms)",
		"nor does a whole one: another reply has other lines, so silence has to do");
	is_str(other(SLICE("a\r\n"), true), "line", "one long line");
}

/* Each may be the beginning of the line on which the next command is typed. */
static void test_prompts(void)
{
	static const struct {
		const char *came, *notation;
	} all[] = {
		{"12.5\r\n> ", "payload CR -> payload CR LF 3e SP"},
		{"eth0 up\r\neth1 down\r\n# ", "payload CR -> payload CR LF 23 SP"},
		{"a=1\r\nb=2\r\n=> ", "payload CR -> payload CR LF \"=\" 3e SP"},
		{"bye\r\n\r\nlogin: ", "payload CR -> payload CR LF \"login:\" SP"},
		{"8\n>>> ", "payload CR -> payload LF 3e 3e 3e SP"},
		{"OK\r\n>", "payload CR -> payload CR LF 3e"},
		{"up 3 days\r\nSwitch#", "payload CR -> payload CR LF \"Switch\" 23"},
		{"q\r\n12.5\r\n=> ",
			"payload CR -> payload (CR LF \"=\" 3e SP | LF \"=\" 3e SP) ; echo"},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		is_str(missed("line-cr", slice_str(all[i].came), false, NS_PER_S), all[i].notation,
			"a prompt ends the reply");
	is_str(missed("line-cr", SLICE("12.5\r\n> "), false, NS_PER_MS), "nothing",
		"but the device may only pause");
}

static void test_others(void)
{
	is_str(missed("esc-cr-nul", SLICE("READY\r\n"), false, NS_PER_S),
		"ESC payload CR -> payload CR LF", "what is sent stays as it is");
	is_str(missed("payload CR -> payload NUL", SLICE("READY\r"), false, NS_PER_S), "line-cr",
		"a frame that has a name is called by it");
	is_str(missed("payload CR LF -> payload NUL", SLICE("q\r\nREADY\r\n"), false, NS_PER_S),
		"payload CR LF -> payload CR LF ; echo", "the echo is left out");
	is_str(missed("line", SLICE("12.5 V"), false, NS_PER_S), "payload LF -> payload gap(200ms)",
		"silence ends text that has no other end");
	is_str(missed("line", SLICE("12.5 V"), true, NS_PER_S), "nothing",
		"unless its beginning is not there");
	closes = true;
	is_str(missed("line", SLICE("12.5 V"), false, 0), "payload LF -> payload eof",
		"the end of the line may be its end");
	is_str(missed("payload LF -> payload NUL", SLICE("12.5 V\n"), false, 0),
		"payload LF -> payload LF eof", "or one behind its end");
	closes = false;
	is_str(missed("line", SLICE("\1\2\x80"), false, NS_PER_S), "nothing", "nor bytes");
	is_str(missed("line", SLICE(""), false, NS_PER_S), "nothing", "nothing came");
	is_str(missed("line", SLICE("a 1\nb 2\nOK\n"), false, NS_PER_S),
		"payload LF -> payload LF ; until \"OK\" | \"ERR\" *",
		"several lines end where one says so");
	is_str(missed("line", SLICE("SENSOR 1\nSENSOR 2\n"), false, NS_PER_S),
		"payload LF -> payload gap(200ms)", "or in silence");
}

int main(void)
{
	book = frame_book_new();
	bytes_init(&reply, LIMIT_FRAME_MOST);
	bytes_init(&notation, LIMIT_NOTATION);
	test_lines();
	test_values();
	test_tried();
	test_known();
	test_other_end();
	test_length();
	test_cut();
	test_prompts();
	test_others();
	test_cost();
	bytes_free(&reply);
	bytes_free(&notation);
	frame_book_free(book);
	return tap_done();
}
