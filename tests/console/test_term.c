/* What a terminal's emulation gets between two looks at the keyboard, and between two paints, when
 * a device says more than anyone can read.  The clock stands still: what is fed moves it on. */
#include "base/number.h"
#include "console/term_screen.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE_MOST = 1024, KIB = 1024 };

static struct error err;
static struct loop *loop;
static struct {
	int64_t now, cost; /* ns; cost: of a piece */
	size_t fed, pieces, resets;
	char last; /* the last byte of them */
} emulation;

static void emulation_feed(struct vt *vt, const char *bytes, size_t size)
{
	(void)vt;
	emulation.fed += size;
	emulation.pieces++;
	emulation.last = bytes[size - 1];
	emulation.now += emulation.cost;
	loop_clock_set(loop, emulation.now);
}

static void emulation_reset(struct vt *vt)
{
	(void)vt;
	emulation.resets++;
}

static struct session *unopened_session(struct frame_book *book)
{
	static const struct session_events events = {0};
	struct address a;
	address_parse(SLICE("127.0.0.1:9"), 0, &a, &err);
	struct frame *frame = frame_find(book, SLICE("raw"), &err);
	struct session_config config = {.loop = loop,
		.name = "device",
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.events = &events};
	struct session *s = session_new(&config);
	frame_unref(frame);
	address_free(&a);
	return s;
}

static void says(struct term_screen *t, size_t size, char last)
{
	char *bytes = malloc(size);
	memset(bytes, 'x', size);
	bytes[size - 1] = last;
	term_screen_show(t, slice_of(bytes, size));
	free(bytes);
}

static void begin(struct term_screen *t, int64_t cost)
{
	bytes_clear(&t->pending);
	t->skipped = t->fed = 0;
	emulation.fed = emulation.pieces = emulation.resets = 0;
	emulation.cost = cost;
	bytes_clear(&t->console->message);
}

static void test_flood(struct term_screen *t)
{
	begin(t, 0);
	for (int i = 0; i < 16; i++)
		says(t, 64 * KIB, (char)('a' + i));
	ok(term_screen_feed(t), "a flood is painted");
	is_int(emulation.fed, TERM_PENDING, "after 256 KiB of it");
	is_int(emulation.last, 'p', "the last ones");
	is_int(emulation.resets, 1, "before which the emulation begins anew");
	ok(strstr(bytes_str(&t->console->message), "769 KiB are skipped"),
		"what was skipped is said");
}

static void test_slow(struct term_screen *t)
{
	size_t looks = 0, pieces = 0, bytes = 0, fed = 0;
	begin(t, NS_PER_MS);
	says(t, TERM_PENDING, '.');
	for (bool over = false; !over; looks++) {
		emulation.pieces = 0;
		over = term_screen_feed(t);
		pieces = emulation.pieces > pieces ? emulation.pieces : pieces;
		bytes = emulation.fed - fed > bytes ? emulation.fed - fed : bytes;
		fed = emulation.fed;
	}
	is_int(pieces, 5, "keys are looked at after 4 ms, and a piece");
	ok(bytes <= 5 * PIECE_MOST, "which is small");
	is_int(emulation.fed, TERM_PENDING, "nothing is lost by that");
	is_int(emulation.resets, 0, "or skipped");
	ok(looks >= TERM_PENDING / PIECE_MOST / 5, "it takes as many looks");
}

static void test_paint(struct term_screen *t)
{
	begin(t, NS_PER_MS);
	size_t said = 0;
	do {
		says(t, 8 * KIB, '.');
		said += 8 * KIB;
	} while (!term_screen_feed(t));
	ok(t->fed >= TERM_PENDING && t->fed < TERM_PENDING + PIECE_MOST,
		"what goes on coming is painted after 256 KiB");
	is_int(emulation.fed + t->pending.len + t->skipped, said,
		"and the rest waits, or is counted");
}

int main(void)
{
	static const struct vt_functions is = {.feed = emulation_feed, .reset = emulation_reset};
	static char screen; /* there is one, so that messages wait for it */
	struct frame_book *book = frame_book_new();
	loop = loop_new(&err);
	emulation.now = loop_now_fresh(loop);
	loop_clock_set(loop, emulation.now);
	struct console *c = calloc(1, sizeof *c);
	c->loop = loop;
	c->dirty = true;
	c->screen = (struct screen *)&screen;
	bytes_init(&c->message, LIMIT_MESSAGE);
	struct session *s = unopened_session(book);
	struct term_screen t = {
		.console = c, .session = s, .is = &is, .vt = (struct vt *)&emulation};
	bytes_init(&t.pending, TERM_PENDING);
	test_flood(&t);
	test_slow(&t);
	test_paint(&t);
	bytes_free(&t.pending);
	bytes_free(&c->message);
	free(c);
	session_free(s);
	frame_book_free(book);
	loop_clock_set(loop, -1);
	loop_free(loop);
	return tap_done();
}
