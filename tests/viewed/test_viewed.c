/* A large file in a pane, of which only some parts are in memory: viewed.h. */
#include "lib/tap.h"

#include "loop/loop.h"
#include "viewed/viewed.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wilco/limits.h>

/* So many commands, of which the mark of each PIECES is kept at first, and MARKS at most. */
enum { COMMANDS = 1000, PIECES = 10, MARKS = 8 };

static char path[] = "/tmp/wilcotest.XXXXXX";
static struct loop *loop;
static struct frame *frame;
static bool is_read;

static void on_changed(void *owner)
{
	(void)owner;
}

static void on_sought(void *owner, bool found)
{
	(void)owner;
	(void)found;
}

static void on_read(void *owner, const char *left_out)
{
	(void)owner;
	(void)left_out;
	is_read = true;
}

static const struct viewed_events happens = {on_changed, on_sought, on_read};

static void write_file(size_t commands)
{
	FILE *f = fopen(path, "w");
	for (size_t i = 0; i < commands; i++)
		fprintf(f,
			"2026-12-01T12:00:00.%06zuZ pump > %zu\\n\n"
			"2026-12-01T12:00:00.%06zuZ pump < %zu\\n\n",
			2 * i, i, 2 * i + 1, i);
	fclose(f);
}

/* Says whether all entries of the record are the commands of their numbers. */
static bool is_right(const struct record *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct exchange *x = r->at[i].exchange;
		char text[24];
		snprintf(text, sizeof text, "%llu", (unsigned long long)r->at[i].id);
		if (!x || !slice_is(x->payload, text) || !x->replies ||
			!slice_is(x->replies->payload, text))
			return false;
	}
	return r->count > 0;
}

/* Has the window at one end of what is in memory, and asks for more there. */
static bool scroll(struct pane *pane, bool back)
{
	const struct record *r = pane->record;
	pane->top = r->at[back ? 0 : r->count - 1].id;
	return r->source->more(r->source_arg, back);
}

static struct viewed *view(struct pane *pane, struct record *record)
{
	static struct settings settings;
	struct error err;
	const struct pieces_config file = {.path = path};
	settings_init(&settings);
	record_init(record);
	record->cap = 32 * 1024;
	pane_init(pane, record, true);
	pane_size(pane, 80, 10);
	is_read = false;
	struct pieces *pieces = pieces_open(&file, &err);
	if (!ok(pieces != NULL, "it opens"))
		return NULL;
	const struct viewed_config config = {.loop = loop,
		.file = pieces,
		.frame = frame,
		.settings = &settings,
		.pane = pane,
		.part = {PIECES, LIMIT_FRAME},
		.index = MARKS,
		.events = &happens};
	struct viewed *v = viewed_open(&config);
	while (!is_read)
		loop_step(loop, true);
	return v;
}

static void leave(struct viewed *v, struct pane *pane, struct record *record)
{
	viewed_free(v);
	pane_free(pane);
	record_free(record);
}

static void test_walk(void)
{
	struct pane pane;
	struct record record;
	size_t wrong = 0;
	write_file(COMMANDS);
	struct viewed *v = view(&pane, &record);
	if (!v)
		return;
	const struct record *r = pane.record;
	is_int(viewed_entries(v), COMMANDS, "each command is an entry");
	ok(viewed_marks(v) > 1 && viewed_marks(v) <= MARKS, "few marks are kept");
	r->source->end(r->source_arg);
	ok(is_right(r) && r->at[r->count - 1].id == COMMANDS - 1, "the end is there at once");
	while (scroll(&pane, true))
		wrong += !is_right(r);
	is_int(r->at[0].id, 0, "backwards there is all up to the beginning");
	while (scroll(&pane, false))
		wrong += !is_right(r);
	is_int(r->at[r->count - 1].id, COMMANDS - 1, "and forwards all up to the end");
	is_int(wrong, 0, "with the same entries at the same numbers");
	ok(!viewed_is_whole(v), "although they are not all in memory");
	leave(v, &pane, &record);
}

/* Whoever rotates a log by copying it cuts the file off under its reader. */
static void test_cut_off(void)
{
	struct pane pane;
	struct record record;
	write_file(COMMANDS);
	struct viewed *v = view(&pane, &record);
	if (!v)
		return;
	const struct record *r = pane.record;
	write_file(1);
	r->source->end(r->source_arg);
	r->source->top(r->source_arg);
	ok(viewed_changed(v), "a file that was cut off meanwhile is another one");
	leave(v, &pane, &record);
}

int main(void)
{
	struct error err;
	struct frame_book *book = frame_book_new();
	int fd = mkstemp(path);
	loop = loop_new(&err);
	frame = frame_find(book, SLICE("line"), &err);
	if (ok(fd >= 0 && frame, "a file and a frame")) {
		test_walk();
		test_cut_off();
		close(fd);
		unlink(path);
	}
	frame_unref(frame);
	frame_book_free(book);
	loop_free(loop);
	return tap_done();
}
