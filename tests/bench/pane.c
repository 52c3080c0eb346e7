/* pane.c - what keys cost in a long transcript, in milliseconds; run by hand:
 *   make tests/bench/pane && tests/bench/pane [ENTRIES BYTES]
 * Without numbers: small entries by the hundred thousand, a few of many MiB, and one of many frames
 * (ENTRIES 0). */
#include "pane/pane.h"
#include "base/mem.h"
#include "base/number.h"
#include "lib/idle.h"
#include "loop/loop.h"
#include "session/exchange.h"
#include "session/shelf.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static struct loop *loop;
static struct frame_book *book;
static struct frame *frame;
static struct session *session;
static struct shelf *shelf;
static struct record record;
static struct record_device *device;
static struct pane pane;
static struct error err;

/* Letters, and for the large ones a byte in eight that has to be escaped. */
static void fill(struct bytes *wire, size_t bytes, size_t i)
{
	bytes_clear(wire);
	bytes_addf(wire, "reply %zu ", i);
	while (wire->len < bytes)
		bytes_add_byte(wire,
			(uint8_t)(wire->len % 8 || bytes < 4096 ? 'a' + wire->len % 26 : 0x80));
}

/* An answer of many frames. */
static void add_frames(size_t count)
{
	struct exchange *x = exchange_command(frame, SLICE("LIST"), false);
	struct split_event event = {.kind = SPLIT_FRAME, .has_payload = true};
	event.payload = SLICE("a line of a long list, some fifty characters long");
	event.raw = event.payload;
	x->time.tv_sec = 1700000000;
	x->sent_at = 1000;
	x->sent = slice_str(mem_str("LIST\n"));
	for (size_t i = 0; i < count; i++)
		exchange_take(x, &event);
	exchange_end(x, EXCHANGE_OK, 1000 + NS_PER_MS, NULL, NULL);
	pane_add_exchange(&pane, device, x);
}

static void add(size_t i, size_t bytes)
{
	static struct bytes wire = {.max = LIMIT_FRAME_MOST};
	struct timespec time = {1700000000 + (time_t)(i / 10), (long)(i % 10) * 100000000};
	struct exchange *x;
	struct split_event event = {.kind = SPLIT_FRAME, .has_payload = true};
	fill(&wire, bytes, i);
	event.payload = event.raw = bytes_slice(&wire);
	if (i % 4) {
		x = exchange_alone(&shelf, frame, time, &event);
	} else {
		x = exchange_command(frame, SLICE("MEASURE"), false);
		x->time = time;
		x->sent_at = 1000;
		x->sent = slice_str(mem_str("MEASURE\n"));
		exchange_take(x, &event);
	}
	exchange_end(x, i % 4 ? EXCHANGE_UNSOLICITED : EXCHANGE_OK, 1000 + NS_PER_MS, NULL, NULL);
	pane_add_exchange(&pane, device, x);
}

/* ---- keys ---- */

static void on_row(void *arg, size_t y, const struct styled *row, bool selected)
{
	(void)arg;
	(void)y;
	(void)row;
	(void)selected;
}

static void draw(void)
{
	static const struct pane_drawer drawer = {.row = on_row};
	pane_draw(&pane, &drawer, NULL);
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)NS_PER_S + t.tv_nsec;
}

static void search(const char *text)
{
	size_t which;
	pane_find(&pane, slice_str(text), &err);
	pane_select(&pane, false);
	pane_seek(&pane, true, pane_is_found);
	pane_found(&pane, &which);
}

static void again(void)
{
	size_t which;
	pane_seek(&pane, true, pane_is_found);
	pane_found(&pane, &which);
}

#define KEY(name, ...)                                                                        \
	do {                                                                                  \
		int64_t began = now();                                                        \
		__VA_ARGS__;                                                                  \
		draw();                                                                       \
		printf("  %-24s %9.2f\n", name, (double)(now() - began) / (double)NS_PER_MS); \
	} while (0)

static void keys(void)
{
	KEY("first paint", (void)0);
	KEY("page up", pane_scroll(&pane, -40));
	KEY("page down", pane_scroll(&pane, 40));
	KEY("top", pane_top(&pane));
	KEY("page down", pane_scroll(&pane, 40));
	KEY("end", pane_end(&pane));
	KEY("resize", pane_size(&pane, 100, 40));
	KEY("dump", pane_view(&pane, &view_dump));
	KEY("anatomy", pane_view(&pane, &view_anatomy));
	KEY("hex", pane_view(&pane, &view_hex));
	KEY("text", pane_view(&pane, &view_text));
	KEY("search text", search("reply 77"));
	KEY("n", again());
	KEY("search bytes", search(".x 72 65 70 6c 79 20 37 37"));
	KEY("n", again());
	KEY("search what is not", search("nowhere"));
	KEY("search regex", search("/reply 77|1[0-9]9$/"));
	KEY("n", again());
	KEY("one more comes", add(record.count, 20));
	KEY("n", again());
	KEY("filter found", pane_filter(&pane, FILTER_FOUND, NULL));
	KEY("page up", pane_scroll(&pane, -40));
	KEY("filter session", pane_filter(&pane, FILTER_SESSION, session));
	KEY("filter sent", pane_filter(&pane, FILTER_SENT, NULL));
	KEY("filter damaged", pane_filter(&pane, FILTER_WRONG, NULL));
	KEY("one more comes", add(record.count, 20));
	KEY("filter all", pane_filter(&pane, FILTER_NONE, NULL));
	KEY("previous damaged", pane_seek(&pane, true, pane_is_wrong));
	KEY("a time", pane_seek_time(&pane, 3600));
	KEY("end", pane_end(&pane));
	KEY("open all", pane_fold(&pane, true));
	KEY("page up", pane_scroll(&pane, -40));
	KEY("page up", pane_scroll(&pane, -40));
	KEY("resize", pane_size(&pane, 90, 40));
	KEY("top", pane_top(&pane));
	KEY("end", pane_end(&pane));
	KEY("dump", pane_view(&pane, &view_dump));
	KEY("page up", pane_scroll(&pane, -40));
	KEY("hex", pane_view(&pane, &view_hex));
	KEY("page up", pane_scroll(&pane, -40));
	KEY("anatomy", pane_view(&pane, &view_anatomy));
	KEY("page up", pane_scroll(&pane, -40));
}

static void bench(size_t entries, size_t bytes)
{
	if (entries)
		printf("%zu entries of %zu bytes, ms\n", entries, bytes);
	else
		printf("an answer of %zu frames, ms\n", bytes);
	record_init(&record);
	record.cap = LIMIT_FRAME_MOST;
	pane_init(&pane, &record, true);
	pane_size(&pane, 80, 40);
	session = idle_session(loop, "bench", frame);
	device = record_device(&record, session);
	for (size_t i = 0; i < entries; i++)
		add(i, bytes);
	if (!entries)
		add_frames(bytes);
	keys();
	session_free(session);
	pane_free(&pane);
	record_free(&record);
	shelf_leave(shelf);
	shelf = NULL;
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8");
	loop = loop_new(&err);
	book = frame_book_new();
	frame = frame_find(book, SLICE("payload LF"), &err);
	if (argc == 3) {
		bench(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
	} else {
		bench(256 * 1024, 250);
		bench(4, 16 * 1024 * 1024);
		bench(0, 200 * 1000);
	}
	frame_unref(frame);
	frame_book_free(book);
	loop_free(loop);
	return 0;
}
