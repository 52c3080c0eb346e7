/* What files say, piece by piece: pieces.h, and part.h over it. */
#include "lib/tap.h"

#include "cmd/cmd.h"
#include "viewed/part.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <wilco/limits.h>

static char folder[] = "/tmp/wilcotest.XXXXXX";
static struct frame_book *book;

/* Opens a file of this name and content. */
static struct pieces *open_text(const char *name, const char *text, struct error *err)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	const struct pieces_config config = {.path = path, .book = book, .verbs = verbs};
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	struct pieces *p = pieces_open(&config, err);
	unlink(path);
	return p;
}

/* Adds the pieces up to the end, a line each: stream, side, time of day, bytes. */
static void read_all(struct pieces *p, struct bytes *out)
{
	struct piece piece;
	enum pieces_state state;
	char clock[16];
	struct tm day;
	while ((state = pieces_next(p, &piece)) != PIECES_END) {
		if (state == PIECES_LATER)
			continue;
		localtime_r(&piece.time.tv_sec, &day);
		strftime(clock, sizeof clock, "%d %H:%M:%S", &day);
		bytes_addf(out, "%zu %c%s %s %.*s\n", piece.stream + 1,
			piece.side == PIECES_PROGRAM ? '>' : '<', piece.begins ? "+" : "",
			!piece.time.tv_sec ? "-" : clock, SLICE_ARG(piece.bytes));
	}
}

static void test_says(const char *name, const char *file, const char *text, const char *expected)
{
	struct error err;
	struct bytes first, again;
	bytes_init(&first, LIMIT_MESSAGE);
	bytes_init(&again, LIMIT_MESSAGE);
	struct pieces *p = open_text(file, text, &err);
	if (ok(p != NULL, "%s: it opens", name)) {
		read_all(p, &first);
		is_str(bytes_str(&first), expected, "%s: its pieces", name);
		pieces_rewind(p);
		read_all(p, &again);
		is_str(bytes_str(&again), expected, "%s: again", name);
		pieces_close(p);
	}
	bytes_free(&first);
	bytes_free(&again);
}

static void test_macros(void)
{
	test_says("devices", "a.wilco",
		".frame payload ';'\n.open one\nA\n  1\n.open two\nB\n  2\n.use one\nC\n  3\n",
		"1 >+ - A;\n1 < - 1;\n2 >+ - B;\n2 < - 2;\n1 >+ - C;\n1 < - 3;\n");
	test_says("a reply in several lines", "a.wilco",
		".frame payload ';'\nA\n  1\n  (and) 2\n  (and) 3\n  4\n",
		"1 >+ - A;\n1 < - 123;\n1 < - 4;\n");
	test_says("bytes on the wire", "a.wilco",
		".frame payload ';'\n.wire 41\n  (wire) x\n  (stray) y\n",
		"1 >+ - A\n1 < - x\n1 < - y\n");
	test_says("what only playing tells is left out", "a.wilco",
		".frame payload ';'\nA\n  \\d+ (re)\n  (any)\nB \\{X}\n  1\nC\n  2\n",
		"1 >+ - A;\n1 >+ - C;\n1 < - 2;\n");
	test_says("the times of a recording, beyond midnight", "a.wilco",
		"# recorded 2026-12-01\n.frame payload ';'\n# 23:59:59.500 +800 ms\nA\n  1\n"
		"# 00:00:01.000\nB\n  2\nC\n  3\n# 00:00:09.000\n  (unsolicited) 4\n",
		"1 >+ 01 23:59:59 A;\n1 < 02 00:00:00 1;\n1 >+ 02 00:00:01 B;\n"
		"1 < 02 00:00:01 2;\n1 >+ - C;\n1 < - 3;\n1 < 02 00:00:09 4;\n");
	test_says("a time without a day, and days that are none", "a.wilco",
		"# 12:00:00.000\n# recorded 0000-99-99\n# 12:00:00.000\n.frame payload ';'\nA\n",
		"1 >+ - A;\n");
}

/* Says so many bytes in one line, between two others. */
static void test_long(const char *file, const char *begin, const char *end, const char *expected)
{
	struct bytes text;
	struct error err;
	bytes_init(&text, LIMIT_FILE);
	bytes_add_str(&text, begin);
	for (int i = 0; i < 2 * LIMIT_LINE; i++)
		bytes_add_byte(&text, 'A');
	bytes_add_str(&text, end);
	test_says("a line that is too long", file, bytes_str(&text), expected);
	struct pieces *p = open_text(file, bytes_str(&text), &err);
	bytes_clear(&text);
	if (ok(p != NULL, "it opens")) {
		struct bytes said;
		bytes_init(&said, LIMIT_MESSAGE);
		for (int i = 0; i < 2; i++, pieces_rewind(p))
			read_all(p, &said);
		pieces_left_out(p, &text);
		ok(slice_starts(bytes_slice(&text),
			   SLICE("1 line cannot be read; the first is line 3: a line has at most")),
			"it is told once: %s", bytes_str(&text));
		bytes_free(&said);
	}
	pieces_close(p);
	bytes_free(&text);
}

static void test_unreadable(void)
{
	test_long("a.txt", "> 41\n< 42\n> ", "\n> 43\n< 44\n",
		"1 > - A\n1 < - B\n1 > - C\n1 < - D\n");
	test_long("a.wilco", ".frame payload ';'\nA\n", "\n  1\nB\n  2\n",
		"1 >+ - A;\n1 >+ - B;\n1 < - 2;\n");
	test_says("what answers a command that cannot be read", "a.wilco",
		".frame payload ';'\nA\n  1\n.with x=1 -- B\n  2\nC\n  3\n",
		"1 >+ - A;\n1 < - 1;\n1 >+ - C;\n1 < - 3;\n");
	struct error err;
	struct bytes text;
	bytes_init(&text, LIMIT_FILE);
	for (int i = 0; i < 2 * LIMIT_LINE; i++)
		bytes_add_byte(&text, 'A');
	ok(!open_text("a.bin", bytes_str(&text), &err) &&
			strstr(err.what, "no capture and no text"),
		"one long line is no text that is known: %s", err.what);
	bytes_free(&text);
}

static void test_refused(const char *name, const char *file, const char *text, const char *what)
{
	struct error err;
	struct pieces *p = open_text(file, text, &err);
	ok(!p && strstr(err.what, what), "%s: refused: %s", name, p ? "" : err.what);
	pieces_close(p);
}

/* Returns the number of entries in parts of so many pieces. */
static size_t entries(struct pieces *pieces, size_t size)
{
	struct error err;
	const struct part_size parts = {size, LIMIT_FRAME};
	struct frame *frame = frame_find(book, SLICE("raw"), &err);
	struct part *part = part_new(pieces, frame, true, &parts);
	const struct mark *next;
	struct mark mark = {0};
	size_t total = 0, count;
	pieces_rewind(pieces);
	for (part_begin(part, NULL);; part_begin(part, &mark)) {
		while (part_step(part))
			;
		part_entries(part, &count);
		total += count;
		mark_free(&mark);
		if (part_is_last(part, &next))
			break;
		mark_copy(&mark, next);
	}
	part_free(part);
	frame_unref(frame);
	return total;
}

static void test_parts(void)
{
	struct error err;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_add_str(&text, ".frame payload ';'\n");
	for (int i = 0; i < 100; i++)
		bytes_addf(&text, "COMMAND %d\n  ONE\n  TWO\n", i);
	struct pieces *p = open_text("a.wilco", bytes_str(&text), &err);
	if (ok(p != NULL, "a file of 100 commands")) {
		is_int(entries(p, 100000), 200, "an entry for each, and for what came unasked");
		is_int(entries(p, 7), 200, "and as many in small parts, which cut exchanges");
		pieces_close(p);
	}
	bytes_free(&text);
}

int main(void)
{
	book = frame_book_new();
	if (ok(mkdtemp(folder) != NULL, "a folder")) {
		test_macros();
		test_refused("nothing", "a.txt", "", "says nothing");
		test_refused("no bytes", "a.wilco", ".wait 1s\n", "no command and no reply");
		test_refused("a line that cannot be read", "a.wilco", "# x\n.nonsense\n", ":2:");
		test_refused("another text", "a.txt", "hello\n", "no capture and no text");
		test_unreadable();
		test_parts();
		rmdir(folder);
	}
	frame_book_free(book);
	return tap_done();
}
