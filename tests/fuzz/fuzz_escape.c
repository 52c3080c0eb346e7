/* Escapes: any text is bytes or an error with a place; any bytes are shown so that they read back
 * to the same bytes. */
#include "fuzz/fuzz.h"

#include "base/escape.h"
#include "base/text.h"

static void reads_back(struct slice bytes, unsigned flags)
{
	struct bytes shown, again;
	struct error err;
	bytes_init(&shown, 1 << 20);
	bytes_init(&again, 1 << 20);
	MUST(text_add(&shown, bytes, flags));
	MUST(escape_decode(bytes_slice(&shown), &again, &err));
	MUST(slice_equal(bytes_slice(&again), bytes));
	bytes_free(&shown);
	bytes_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct bytes out;
	struct error err = {0};
	if (size > 20000)
		return 0;
	reads_back(text, 0);
	reads_back(text, TEXT_ASCII | TEXT_EDGES);
	bytes_init(&out, 1 << 20);
	if (escape_decode(text, &out, &err))
		reads_back(bytes_slice(&out), 0);
	else
		MUST(err.what[0] && (!err.placed || err.column <= size));
	bytes_clear(&out);
	err = (struct error){0};
	if (!escape_bytes(text, &out, &err))
		MUST(err.what[0] && (!err.placed || err.column <= size));
	bytes_free(&out);
	return 0;
}
