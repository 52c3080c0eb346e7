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
static struct pane pane;
static struct bytes said;
static struct error err;
static uint64_t number; /* of the last command */

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail)
{
	(void)ui;
	(void)detail;
	bytes_addf(&said, "%s%.*s\n", kind == UI_ERROR ? "! " : "", SLICE_ARG(text));
}

static const struct ui_ops ops = {.line = on_line};
static struct ui ui = {.ops = &ops, .pane = &pane, .utf8 = true};

/* How an exchange ended; `reply` NULL: none came.  command false: it answers none. */
static bool ends(enum exchange_status status, const char *reply, bool command)
{
	struct frame *frame = session_frame(shell->session);
	struct timespec time = {1700000000 + (time_t)number, 0};
	struct exchange *x =
		command ? exchange_command(frame, SLICE("N"), false) : exchange_new(frame, time);
	x->time = time;
	x->number = command ? number : 0;
	struct split_event event = {
		.kind = SPLIT_FRAME, .has_payload = true, .payload = slice_str(reply ? reply : "")};
	if (reply)
		exchange_take(x, &event);
	exchange_end(x, status, 1, NULL, status == EXCHANGE_TIMEOUT ? "no reply" : NULL);
	bool taken = watch_takes(shell->current, x);
	exchange_free(x);
	return taken;
}

/* The watch asked, and that became of it. */
static bool asked(enum exchange_status status, const char *reply)
{
	shell->watches->waiting = ++number;
	return ends(status, reply, true);
}

static void says(const char *text, const char *what)
{
	is_str(bytes_str(&said), text, "%s", what);
	bytes_clear(&said);
}

static void begin(void)
{
	pane_init(&pane, true);
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

/* Of a frame of bytes the number is looked for in what is shown, too. */
static void test_bytes(void)
{
	begin();
	shell_line(shell, SLICE(".watch rpm off"));
	shell_line(shell, SLICE(".frame payload LF ; bin"));
	shell_line(shell, SLICE(".watch reg 1h 01 ' ([0-9]+)$'"));
	ok(asked(EXCHANGE_OK, "\x03\x15") && shell->watches->last == 15, "03 15 is two bytes");
	end();
}

static void test_late(void)
{
	begin();
	ok(!ends(EXCHANGE_LATE, "3", false), "what comes late is nobody's");
	asked(EXCHANGE_TIMEOUT, NULL);
	ok(ends(EXCHANGE_LATE, "3", false), "unless a watch was the last to give up");
	number++;
	ok(!ends(EXCHANGE_TIMEOUT, NULL, true), "another command is none of its");
	ok(!ends(EXCHANGE_LATE, "3", false), "nor what then comes late");
	shell->watches->waiting = ++number;
	shell_line(shell, SLICE(".watch rpm off"));
	struct exchange x = {.number = number};
	ok(watch_asked(shell, shell->session, &x), "one that ended is still who asked");
	x.number++;
	ok(!watch_asked(shell, shell->session, &x), "but not of what comes next");
	ok(ends(EXCHANGE_OK, "3", true), "and waits for its answer still");
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

int main(void)
{
	static struct options options;
	struct bytes shown;
	setenv("HOME", "/nowhere", 1);
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_init(&said, LIMIT_MESSAGE);
	loop = loop_new();
	ok(context_open(&context, &options, &shown, &err), "a configuration");
	test_misses();
	test_bytes();
	test_pattern();
	test_late();
	test_outage();
	context_close(&context);
	loop_free(loop);
	bytes_free(&said);
	bytes_free(&shown);
	return tap_done();
}
