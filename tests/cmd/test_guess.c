/* The frame that is guessed from a reply.  To find it once took a walk through the reply for each
 * of its bytes: 41 s of a frozen console for 240 KB. */
#include "cmd/guess.h"
#include "lib/tap.h"
#include <stdlib.h>

static struct frame_book *book;
static struct frame *line_frame;
static struct bytes reply, notation;

static const char *other(struct slice came, bool cut)
{
	bytes_clear(&notation);
	bool good = guess_other(book, line_frame, came, cut, &notation);
	return good ? bytes_str(&notation) : "nothing";
}

static const char *found(const char *text, bool closed)
{
	struct bytes because;
	struct guess_seen seen = {.end = SLICE("\n"), .reply = slice_str(text), .closed = closed};
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
	guess_frame(
		book, &(struct guess_seen){.end = SLICE("\n"), .reply = seen}, &notation, &because);
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
	is_str(found("ab\nac\nad\n", false), "payload LF -> payload LF ; until \"ad\"",
		"with as much of it as it takes");
	is_str(found("a\na\n", false), "payload LF -> payload LF ; times 2", "or so many lines");
	is_str(found("a\nab\nab c\n", false), "payload LF -> payload LF ; until \"ab\" SP *",
		"one that goes on where another ends");
	is_str(found("a\n\n", false), "payload LF -> payload LF ; times 2", "an empty last line");
	is_str(found("x\n0123456789abcdefg\n", false), "payload LF -> payload LF ; times 2",
		"a word that is too long");
	is_str(found("a\n1;2$(x) b\n", false),
		"payload LF -> payload LF ; until \"1\" 3b \"2\" 24 28 \"x\" 29 *",
		"what a shell minds is a number");
}

static void test_cut(void)
{
	is_str(other(SLICE("b\r\n2 OK\r\n"), true), "payload LF -> payload CR LF ; until \"2\" *",
		"the end of a long reply says how it ends");
	is_str(other(SLICE("a\r\na\r\n"), true), "nothing", "but not of how many lines it is");
	is_str(other(SLICE("a\r\na\r\n"), false), "payload LF -> payload CR LF ; times 2",
		"which a whole one does");
	is_str(other(SLICE("a\r\n"), true), "payload LF -> payload CR LF", "one long line");
}

int main(void)
{
	struct error err;
	book = frame_book_new();
	line_frame = frame_find(book, SLICE("line"), &err);
	bytes_init(&reply, LIMIT_FRAME_MOST);
	bytes_init(&notation, LIMIT_NOTATION);
	test_lines();
	test_cut();
	test_cost();
	bytes_free(&reply);
	bytes_free(&notation);
	frame_unref(line_frame);
	frame_book_free(book);
	return tap_done();
}
