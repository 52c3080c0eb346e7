/* How frames go through a gate: gate.h. */
#include "lib/tap.h"
#include "loop/loop.h"
#include "tap/gate.h"
#include <stdlib.h>
#include <wilco/limits.h>

enum { MS = 1000000 };
static const struct gate_way PASS, HOLD = {.held = true};

static struct loop *loop;
static struct gate *gate;
static struct bytes out; /* what went on: "AB|CD|" */
static int64_t now;
static uint64_t offset; /* of the next frame */
static unsigned left;

static void on_send(void *owner, struct slice bytes)
{
	(void)owner;
	bytes_add(&out, bytes);
	bytes_add_byte(&out, '|');
}

static void on_cut(void *owner, bool reset)
{
	(void)owner;
	bytes_add_str(&out, reset ? "reset" : "close");
}

static void on_left(void *owner)
{
	(void)owner;
	left++;
}

static const struct gate_events gate_happens = {on_send, on_cut, on_left};

static void begin(bool asked)
{
	gate = gate_new(loop, &gate_happens, NULL);
	offset = 0;
	left = 0;
	if (asked)
		gate_ask(gate, true);
}

static void end(const char *expected, const char *name)
{
	is_str(bytes_str(&out), expected, "%s", name);
	bytes_clear(&out);
	gate_free(gate);
}

static void bytes(const char *text)
{
	gate_bytes(gate, slice_str(text));
}

/* The next n bytes are a frame. */
static uint64_t frame(size_t n, const struct gate_way *way)
{
	offset += n;
	return gate_frame(gate, offset - n, n, way, NULL);
}

static uint64_t came(const char *text, const struct gate_way *way)
{
	bytes(text);
	return frame(strlen(text), way);
}

static void wait(int64_t ms)
{
	now += ms * MS;
	loop_clock_set(loop, now);
}

static void mark(void)
{
	bytes_add_byte(&out, ' ');
}

static void test_passing(void)
{
	begin(false);
	bytes("AB");
	bytes("C");
	is_int(frame(3, &PASS), 0, "a frame that has passed has no number");
	ok(gate_idle(gate), "nothing waits");
	end("AB|C|", "bytes pass as they come");

	begin(false);
	bytes("AB");
	gate_ask(gate, true);
	ok(!gate_takes(gate, 0) && gate_takes(gate, 3), "a frame that has begun cannot be taken");
	bytes("CDE");
	frame(3, &HOLD);
	frame(2, &HOLD);
	gate_ask(gate, false);
	end("AB|C|DE|", "it goes on as it is, the next one when nobody asks any more");

	begin(true);
	bytes("AB");
	mark();
	gate_ask(gate, false);
	bytes("C");
	end(" AB|C|", "what is not whole goes on when nobody asks any more");

	begin(true);
	bytes("AB\nCD");
	frame(2, &PASS);
	offset++;
	frame(2, &(struct gate_way){.drop = true});
	bytes("\nE");
	mark();
	gate_end(gate);
	end("AB|\n| \nE|", "what is between frames and behind the last one passes");
}

static void test_fillers(void)
{
	begin(true);
	bytes("~~~");
	gate_begun(gate, 0);
	bytes("~AB");
	gate_begun(gate, 2);
	mark();
	bytes("C~");
	offset = 4;
	frame(3, &PASS);
	gate_begun(gate, 0);
	end("~~~|~| ABC|~|", "what is between frames does not wait for the next one");
	begin(true);
	bytes("ABC");
	frame(3, &PASS);
	gate_begun(gate, 2);
	end("ABC|", "what is looked at again in a broken frame has gone on already");
}

static void test_holding(void)
{
	begin(true);
	uint64_t first = came("AB", &HOLD), second = came("CD", &HOLD);
	came("EF", &PASS);
	ok(first && second && !gate_idle(gate), "held frames have numbers");
	ok(gate_release(gate, second, false, &SLICE("cdcd")), "one may be changed");
	mark();
	ok(gate_release(gate, first, false, NULL) && left, "and go on behind the one before it");
	ok(!gate_release(gate, first, false, NULL), "once");
	ok(gate_idle(gate), "then nothing waits");
	end(" AB|cdcd|EF|", "frames keep their order");

	begin(true);
	first = came("AB", &HOLD);
	came("CD", &HOLD);
	gate_release(gate, first, true, NULL);
	mark();
	gate_ask(gate, false);
	bytes("EF");
	end(" CD|EF|", "a held frame may be dropped");

	begin(true);
	first = came("AB", &(struct gate_way){.held = true, .reset = true});
	gate_release(gate, first, false, NULL);
	end("AB|reset", "what a fault does with a frame that was held is done when it goes on");
	begin(true);
	first = came("AB", &(struct gate_way){.held = true, .drop = true});
	second = came("CD", &(struct gate_way){.held = true, .drop = true});
	gate_release(gate, first, false, NULL);
	gate_release(gate, second, false, &SLICE("cd"));
	end("cd|", "also a drop, unless somebody changed the frame");
}

static void test_injecting(void)
{
	unsigned injected = 0;
	begin(false);
	came("AB", &PASS);
	gate_inject(gate, SLICE("++"), false);
	bytes("C");
	gate_inject(gate, SLICE("--"), true);
	bytes("D");
	bytes("EF");
	mark();
	frame(2, &PASS);
	frame(2, &PASS);
	ok(gate_idle(gate), "and then bytes pass again");
	bytes("G");
	end("AB|++|C| D|--|EF|G|", "bytes of our own go between frames");
	begin(false);
	bytes("AB");
	gate_inject(gate, SLICE("--"), true);
	mark();
	frame(2, &PASS);
	ok(gate_idle(gate), "silence ended the frame: nothing more waits");
	end("AB| --|", "behind a frame that had passed when it ended, too");
	const size_t size = LIMIT_WIRE / 2;
	uint8_t *many = calloc(1, size);
	begin(true);
	bytes("A");
	ok(gate_inject(gate, slice_of(many, size), true) &&
			gate_inject(gate, slice_of(many, size), true),
		"so many may wait behind a frame that has begun");
	ok(!gate_has_room(gate, 1, true) && !gate_inject(gate, SLICE("-"), true),
		"what does not fit is refused");
	gate_stop(gate);
	end("", "and nothing of it went on");
	begin(true);
	came("A", &HOLD);
	while (gate_inject(gate, slice_of(many, size), false))
		injected++;
	is_int(injected, 2, "behind a frame that is held, too");
	gate_stop(gate);
	end("", "and nothing of that");
	free(many);
}

static void test_ways(void)
{
	begin(true);
	came("AB", &(struct gate_way){.delay = 100 * MS});
	wait(40);
	came("CD", &(struct gate_way){.delay = 100 * MS});
	came("EF", &PASS);
	wait(59);
	mark();
	wait(1);
	mark();
	wait(40);
	end(" AB| CD|EF|", "a delay counts from when the frame came");

	begin(true);
	came("ABC", &(struct gate_way){.pause = 10 * MS});
	came("DEF", &(struct gate_way){.pause = 10 * MS, .paced = true});
	wait(9);
	mark();
	wait(1);
	wait(10);
	mark();
	wait(10);
	end("AB| C|D|E| F|", "two pieces, or one for each byte");

	begin(true);
	came("AB", &(struct gate_way){.stall = true});
	came("CD", &PASS);
	bytes("EF");
	gate_end(gate);
	ok(gate_idle(gate) && gate_stalled(gate), "nothing waits at a stalled gate");
	end("", "which lets nothing through");

	begin(true);
	came("AB", &(struct gate_way){.reset = true});
	came("CD", &PASS);
	end("AB|reset", "the line is cut behind the frame");
}

static void test_limits(void)
{
	static uint8_t much[GATE_BYTES / 2 + 1];
	begin(true);
	gate_bytes(gate, slice_of(much, sizeof much));
	uint64_t first = frame(sizeof much, &HOLD);
	ok(!gate_full(gate), "there is room for frames");
	gate_bytes(gate, slice_of(much, sizeof much));
	frame(sizeof much, &PASS);
	ok(gate_full(gate), "until it is full");
	gate_release(gate, first, false, NULL);
	ok(!gate_full(gate), "and again");
	bytes_clear(&out);
	end("", "and all went on");
	begin(true);
	for (size_t i = 0; i <= GATE_FRAMES; i++)
		came("A", &HOLD);
	ok(gate_full(gate), "small frames fill it, too");
	end("", "while they are held");
}

static void many_frames(size_t n)
{
	struct bytes all;
	bytes_init(&all, n);
	while (all.len < n)
		bytes_add_byte(&all, 'A');
	begin(true);
	gate_bytes(gate, bytes_slice(&all));
	for (size_t i = 0; i < n; i++)
		frame(1, &PASS);
	gate_free(gate);
	bytes_clear(&out);
	bytes_free(&all);
}

int main(void)
{
	struct error err;
	loop = loop_new(&err);
	bytes_init(&out, LIMIT_FILE);
	loop_clock_set(loop, now);
	test_passing();
	test_fillers();
	test_holding();
	test_injecting();
	test_ways();
	test_limits();
	is_linear(many_frames, tap_slow() ? 2000 : 20000, "many frames of one read");
	bytes_free(&out);
	loop_free(loop);
	return tap_done();
}
