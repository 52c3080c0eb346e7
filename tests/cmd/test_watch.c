/* Watches: what becomes of their answers, and of those that do not come. */
#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "lib/tap.h"
#include "pane/pane.h"
#include "session/exchange.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct loop *loop;
static struct context context;
static struct shell *shell;
static struct record record;
static struct pane pane;
static struct bytes said;
static struct error err;
static uint64_t number; /* of the last command */

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text)
{
	(void)ui;
	bytes_addf(&said, "%s%.*s\n", kind == UI_ERROR ? "! " : "", SLICE_ARG(text));
}

static const struct ui_ops ops = {.line = on_line};
static struct ui ui = {.ops = &ops, .pane = &pane, .utf8 = true};

/* How what `told` hears of ended, NULL: what nobody asked; `reply` NULL: none came.  Whether it was
 * the watch's. */
static bool ends(exchange_told *told, void *asker, enum exchange_status status, const char *reply)
{
	struct frame *frame = session_frame(shell_now(shell));
	struct timespec time = {1700000000 + (time_t)number, 0};
	struct exchange *x =
		told ? exchange_command(frame, SLICE("N"), false) : exchange_new(frame, time);
	x->time = time;
	struct split_event event = {
		.kind = SPLIT_FRAME, .has_payload = true, .payload = slice_str(reply ? reply : "")};
	if (reply)
		exchange_take(x, &event);
	exchange_end(x, status, 1, NULL, status == EXCHANGE_TIMEOUT ? "no reply" : NULL);
	bool taken = told ? told == watch_answered : watch_takes_late(shell_current(shell), x);
	if (!told || !told(asker, shell_now(shell), x))
		exchange_free(x);
	return taken;
}

/* The watch asked, and that became of it. */
static bool asked(enum exchange_status status, const char *reply)
{
	struct watch *w = shell->watches;
	w->waiting = true;
	number++;
	return ends(watch_answered, w, status, reply) && !w->waiting;
}

static void says(const char *text, const char *what)
{
	is_str(bytes_str(&said), text, "%s", what);
	bytes_clear(&said);
}

static void begin(void)
{
	record_init(&record);
	pane_init(&pane, &record, true);
	shell = shell_new(loop, &context, &ui, false);
	shell_open(shell, "pump1", SLICE("127.0.0.1:1"), NAMED_BY_ARGUMENT, &err);
	while (shell_busy(shell)) /* nobody is there */
		loop_step(loop, true);
	shell_line(shell, SLICE(".frame payload LF"));
	shell_line(shell, SLICE(".watch rpm 1h N"));
	bytes_clear(&said);
}

static void end(void)
{
	shell_free(shell);
	pane_free(&pane);
	record_free(&record);
}

static void test_misses(void)
{
	char word[WATCH_WORD_MAX];
	begin();
	const struct watch *w = shell->watches;
	ok(asked(EXCHANGE_OK, "N=3"), "an answer is the watch's");
	says("rpm 3\n", "lines say the number");
	ok(asked(EXCHANGE_TIMEOUT, NULL) && asked(EXCHANGE_TIMEOUT, NULL) &&
			asked(EXCHANGE_DAMAGED, "4") && asked(EXCHANGE_LOST, NULL) &&
			asked(EXCHANGE_OK, "no digits"),
		"whatever became of it");
	says("! watch rpm: no reply\n", "what goes wrong each time is said once");
	is_int((long)w->missed, 5, "and counted");
	ok(asked(EXCHANGE_OK, "5"), "then it works");
	says("rpm 5\n", "which is said");
	is_int((long)w->missed, 0, "and nothing is missed any more");
	asked(EXCHANGE_OK, "?");
	says("! watch rpm: no number in the reply ?\n", "the next failure is said again");
	ok(w->count == 8 && isnan(w->samples[1].value) && isnan(w->samples[5].value) &&
			w->samples[6].value == 5,
		"each miss is a gap");
	ok(w->total == 2 && w->least == 3 && w->most == 5 && w->sum == 8 && w->last == 5,
		"of which the numbers know nothing");
	watch_word(w, WATCH_MEAN, word);
	is_str(word, "mean 4", "nor their mean");
	shell_line(shell, SLICE(".watch"));
	says("rpm every 60 m: N: 5, paused, min 3, max 5, mean 4 of 2\n",
		".watch lists them; the line is down");
	end();
}

/* The beginning of a number is another number. */
static void test_long_number(void)
{
	const char *long_one =
		"10000000000000000000000000000000000000000000000000000000000000000007";
	begin();
	asked(EXCHANGE_OK, long_one);
	const struct watch *w = shell->watches;
	ok(w->missed == 1 && isnan(w->samples[0].value), "a number too long to be read is missed");
	ok(asked(EXCHANGE_OK, long_one + 10) && w->last == 7, "one that is not is read to its end");
	end();
}

static void test_pattern(void)
{
	begin();
	shell_line(shell, SLICE(".watch rpm off"));
	shell_line(shell, SLICE(".watch speed 1h N '/speed ([0-9]+)/'"));
	ok(asked(EXCHANGE_OK, "7 speed 15") && shell->watches->last == 15,
		"a pattern, in slashes or without");
	says("speed 15\n", "is the number's");
	asked(EXCHANGE_OK, "7");
	says("! watch speed: no number like PATTERN in the reply 7\n",
		"it is not the number's fault");
	end();
}

static bool watches(const char *line)
{
	shell_line(shell, slice_str(line));
	bytes_clear(&said);
	return shell->watches;
}

/* Digits among bytes are no number. */
static void test_bytes(void)
{
	begin();
	asked(EXCHANGE_OK, "\x03\x15");
	asked(EXCHANGE_OK, "\x03 7");
	is_int((long)shell->watches->missed, 2, "bytes are no text");
	asked(EXCHANGE_OK, "\xb0 25.5\xb0"
			   "C\r\n");
	ok(shell->watches->last == 25.5, "a letter that is not of UTF-8 is");
	shell_line(shell, SLICE(".watch rpm off"));
	shell_line(shell, SLICE(".frame unit:u8=1 payload LF ; bin"));
	shell_line(shell, SLICE(".watch reg 1h 01"));
	shell_line(shell, SLICE(".watch reg 1h 01 ' ([0-9]+)$'"));
	ok(!shell->watches && strstr(bytes_str(&said), "are bytes"),
		"replies of bytes need a place");
	ok(watches(".watch reg 1h 01 u16be@1*0.5 V") && asked(EXCHANGE_OK, "\x03\x01\x04"),
		"a type and an offset");
	says("reg 130 V\n", "with a factor and a unit");
	shell_line(shell, SLICE(".watch"));
	ok(strstr(bytes_str(&said), "01 u16be@1*0.5: 130 V"), "are listed");
	bytes_clear(&said);
	asked(EXCHANGE_OK, "\x03\x01");
	says("! watch reg: no u16be@1*0.5 in the reply of 2 bytes\n", "a short reply has none");
	ok(watches(".watch reg 1h 01 i16le@0 *-1") && asked(EXCHANGE_OK, "\xfe\xff") &&
			shell->watches->last == 2,
		"a signed one");
	ok(watches(".watch reg 1h 01 f32be@1") && asked(EXCHANGE_OK, "\x03\xc1\x48") &&
			shell->watches->missed,
		"a float that is not whole is none");
	asked(EXCHANGE_OK, "\x03\xc1\x48\x01\x01");
	ok(shell->watches->last < -12.5 && shell->watches->last > -12.501, "a whole one is");
	asked(EXCHANGE_OK, "\x03\x7f\xc1\x01\x01");
	ok(shell->watches->missed == 1, "but not what is no number");
	shell_line(shell, SLICE(".frame payload LF"));
	ok(watches(".watch reg 1h N dec3@2") && asked(EXCHANGE_OK, "T=042") &&
			shell->watches->last == 42,
		"digits of a text, too");
	bytes_clear(&said);
	shell_line(shell, SLICE(".watch reg 1h N u16@2"));
	says("! TYPE@OFFSET needs a type of numbers, such as u8, u16be, i16le, f32be, dec4 or "
	     "bcd2, "
	     "not 'u16'\n",
		"a type that there is not");
	shell_line(shell, SLICE(".watch reg 1h N dec3@2*x"));
	says("! a factor is * and a number, such as *0.1, not '*x'\n", "a factor that is none");
	end();
}

/* A field of the reply's frame. */
static void test_field(void)
{
	begin();
	shell_line(shell, SLICE(".watch rpm off"));
	shell_line(shell, SLICE(".frame payload LF -> temp:u16be payload LF ; bin"));
	ok(watches(".watch t 1h 01 temp*0.1 C"), "a field is watched");
	is_str(measure_unit(shell->watches->measure), "C", "in its unit");
	asked(EXCHANGE_OK, "x"); /* made without fields */
	says("! watch t: no number in the field temp of the reply \n", "which a reply may lack");
	end();
}

static void test_late(void)
{
	begin();
	ok(!ends(NULL, NULL, EXCHANGE_LATE, "3"), "what comes late is nobody's");
	asked(EXCHANGE_TIMEOUT, NULL);
	ok(ends(NULL, NULL, EXCHANGE_LATE, "3"), "unless a watch was the last to give up");
	ends(shell_answered, shell_current(shell), EXCHANGE_TIMEOUT, NULL);
	ok(!ends(NULL, NULL, EXCHANGE_LATE, "3"), "or another command was given up since");
	shell_ask(shell_current(shell), SLICE("N"), watch_answered, shell->watches, &err);
	ok(watch_asked(session_next(shell_now(shell))), "a watch asks");
	shell_line(shell, SLICE(".watch rpm off"));
	ok(watch_asked(session_next(shell_now(shell))), "one that ended is still who asked");
	bytes_clear(&said);
	session_close(shell_now(shell));
	says("", "and hears nothing of its answer");
	end();
}

/* The first time it is asked, the line is down. */
static void test_outage(void)
{
	begin();
	const struct watch *w = shell->watches;
	loop_step(loop, false);
	is_int((long)w->count, 0, "before the first number there is no gap");
	asked(EXCHANGE_OK, "3");
	shell_line(shell, SLICE(".watch rpm off"));
	shell_line(shell, SLICE(".watch rpm 10ms N"));
	asked(EXCHANGE_OK, "3");
	w = shell->watches;
	while (w->count < 2)
		loop_step(loop, true);
	for (int i = 0; i < 5; i++)
		loop_step(loop, true);
	ok(w->count == 2 && isnan(w->samples[1].value), "an outage is one gap");
	asked(EXCHANGE_CANCELLED, NULL);
	ok(w->count == 3 && !w->missed, "what the user gives up is one, and no miss");
	end();
}

static void test_many(void)
{
	begin();
	const struct watch *w = shell->watches;
	for (size_t i = 0; i < SAMPLES_MAX; i++)
		asked(EXCHANGE_OK, "1");
	is_int((long)w->count, SAMPLES_MAX, "a day of samples, one a second, is kept");
	asked(EXCHANGE_OK, "2");
	ok(w->count == SAMPLES_MAX / 2 + 1 && w->last == 2 && w->total == SAMPLES_MAX + 1,
		"then the older half goes, and counts on");
	bytes_clear(&said);
	end();
}

int main(void)
{
	static struct options options;
	struct bytes shown;
	setenv("HOME", "/nowhere", 1);
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_init(&said, LIMIT_MESSAGE);
	loop = loop_new(&err);
	ok(context_open(&context, &options, &shown, &err), "a configuration");
	test_misses();
	test_bytes();
	test_field();
	test_long_number();
	test_pattern();
	test_late();
	test_outage();
	test_many();
	context_close(&context);
	loop_free(loop);
	bytes_free(&said);
	bytes_free(&shown);
	return tap_done();
}
