/* The record of an exchange: what finds no room in it is counted and said. */
#include "lib/tap.h"
#include "session/exchange.h"
#include "session/shelf.h"
#include <stdio.h>
#include <stdlib.h>

enum { HALF = 40 * 1024 * 1024 }; /* more than half of what is kept */

static struct frame *frame;
static struct slice much;

static struct split_event event(enum split_kind kind, struct slice raw)
{
	return (struct split_event){.kind = kind, .raw = raw};
}

static void test_command(enum split_kind kind, size_t times, enum exchange_status expected)
{
	struct exchange *x = exchange_command(frame, SLICE("X"), false);
	struct split_event reply = event(SPLIT_FRAME, SLICE("ok")), more = event(kind, much);
	size_t taken = 0;
	exchange_take(x, &reply);
	for (size_t i = 0; i < times; i++)
		taken += exchange_take(x, &more);
	exchange_end(x, EXCHANGE_OK, 1, NULL, NULL);
	is_int((long)taken, 1, "of %zu long ones the first is kept", times);
	is_int((long)x->lost, (long)(times - 1) * HALF, "the bytes of the others are counted");
	is_int(x->status, expected, "how the command ended");
	ok(times == 1 ? !x->error : x->error && strstr(x->error, "more came than the 64 MiB"),
		"is said: %s", x->error ? x->error : "(nothing)");
	exchange_free(x);
}

static void test_other_reasons(void)
{
	struct exchange *x = exchange_command(frame, SLICE("X"), false);
	exchange_stray(x, much);
	exchange_stray(x, much);
	exchange_end(x, EXCHANGE_TIMEOUT, 1, "timeout", "no reply within 1 s");
	ok(x->status == EXCHANGE_TIMEOUT &&
			strcmp(x->error, "no reply within 1 s; 41943040 bytes more came than the "
					 "64 MiB that are kept") == 0,
		"besides what else went wrong: %s", x->error);
	exchange_free(x);
}

static void test_alone(void)
{
	struct shelf *shelf = NULL;
	struct slice all = slice_of(much.at, 2 * (size_t)HALF);
	struct split_event e = event(SPLIT_STRAY, all);
	struct exchange *x = exchange_alone(&shelf, frame, (struct timespec){0}, &e);
	exchange_end(x, EXCHANGE_UNSOLICITED, 1, NULL, NULL);
	ok(x->lost == all.len && !x->stray.len && x->error, "what answers no command: %s",
		x->error);
	exchange_free(x);
}

int main(void)
{
	struct error err;
	struct frame_book *book = frame_book_new();
	frame = frame_find(book, SLICE("payload LF"), &err);
	much = slice_of(calloc(2, HALF), HALF);
	test_command(SPLIT_STRAY, 1, EXCHANGE_OK);
	test_command(SPLIT_STRAY, 3, EXCHANGE_DAMAGED);
	test_command(SPLIT_ACK, 2, EXCHANGE_DAMAGED);
	test_command(SPLIT_FRAME, 2, EXCHANGE_DAMAGED);
	test_other_reasons();
	test_alone();
	free((void *)much.at);
	frame_unref(frame);
	frame_book_free(book);
	return tap_done();
}
