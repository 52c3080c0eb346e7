/* fuzz.h - what the fuzz targets share.  Each target is one function that takes any bytes; it
 * aborts when something that must hold does not.  In `make fuzz` libFuzzer calls it; in `make
 * check` main.c calls it with the seeds and mutations of them. */
#ifndef WILCO_FUZZ_H
#define WILCO_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <wilco/frame.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, \
				#condition);                                             \
			abort();                                                         \
		}                                                                        \
	} while (0)

static inline struct frame_book *fuzz_book(void)
{
	static struct frame_book *book;
	if (!book)
		book = frame_book_new();
	return book;
}

/* The input's frame: its first byte is a number in the catalogue, or 255 and a notation up to a
 * line feed.  *rest is what stands behind.  NULL: no frame. */
static inline struct frame *fuzz_frame(const uint8_t *data, size_t size, struct slice *rest)
{
	const char *group, *name;
	struct error err;
	struct slice all = slice_of(data, size);
	if (!size)
		return NULL;
	*rest = slice_cut(all, 1, size);
	if (data[0] == 255) {
		const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
		size_t n = end ? (size_t)(end - rest->at) : rest->len;
		struct slice notation = slice_cut(*rest, 0, n);
		*rest = slice_cut(*rest, n + 1, rest->len);
		return frame_compile(fuzz_book(), notation, &err);
	}
	/* Compiled once: most of the time is to go into the bytes. */
	static struct frame *known[255];
	if (!known[data[0]]) {
		name = frame_book_name(fuzz_book(), data[0], &group, NULL);
		if (!name)
			return NULL;
		known[data[0]] = frame_find(fuzz_book(), slice_str(name), &err);
	}
	return frame_ref(known[data[0]]);
}

/* Checks both sides of the input's frame with the bytes behind it; returns what a target does. */
static inline int fuzz_sides(const uint8_t *data, size_t size,
	void (*check)(struct frame *frame, enum frame_side side, struct slice bytes))
{
	struct slice bytes;
	struct frame *frame = size <= 20000 ? fuzz_frame(data, size, &bytes) : NULL;
	if (!frame)
		return 0;
	check(frame, SIDE_COMMAND, bytes);
	check(frame, SIDE_REPLY, bytes);
	frame_unref(frame);
	return 0;
}

#endif
