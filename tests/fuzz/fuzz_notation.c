/* Any text as a notation, as a definition: an error with a place inside the text, or a frame that
 * can be explained. */
#include "fuzz/fuzz.h"

static void explain(struct frame *frame)
{
	struct bytes out;
	bytes_init(&out, LIMIT_MESSAGE);
	frame_explain(frame, &out);
	for (size_t i = 0; i < out.len; i++)
		MUST(out.at[i] == '\n' || (out.at[i] >= 0x20 && out.at[i] != 0x7F));
	bytes_free(&out);
	frame_unref(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	struct slice text = slice_of(data, size);
	struct frame *frame = frame_compile(fuzz_book(), text, &err);
	if (frame) {
		explain(frame);
	} else {
		MUST(err.what[0]);
		MUST(!err.placed || err.column <= size);
	}
	if (size && data[0] == 'c') {
		struct frame_book *book = frame_book_new();
		frame_book_define(book, text, &err);
		frame_book_free(book);
	}
	return 0;
}
