/* Escapes: any text is bytes or an error with a place; any bytes are shown so that they read back
 * to the same bytes. */
#include "fuzz/fuzz.h"

#include "base/escape.h"
#include "base/text.h"

static void reads_back(struct slice bytes, enum charset charset, unsigned flags)
{
	struct bytes shown, again;
	struct error err;
	bytes_init(&shown, 1 << 20);
	bytes_init(&again, 1 << 20);
	MUST(text_add(&shown, bytes, flags | charset * TEXT_CHARSET));
	MUST(escape_typed(bytes_slice(&shown), charset, NULL, &again, &err));
	MUST(slice_equal(bytes_slice(&again), bytes));
	bytes_free(&shown);
	bytes_free(&again);
}

/* Each name is its own value; some come later. */
static enum name_is give(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	(void)n;
	if (name.len % 4 == 3)
		return NAME_LATER;
	if (name.len % 4 == 2 || optional) {
		error_at(err, 0, name.len, "unknown");
		return NAME_UNKNOWN;
	}
	bytes_add(out, name);
	return NAME_KNOWN;
}

static void read_named(struct slice text)
{
	struct names names = {.get = give};
	struct bytes out;
	struct error err = {0};
	bytes_init(&out, 1 << 20);
	if (!escape_typed(text, CHARSET_UTF8, &names, &out, &err))
		MUST(err.what[0] && (!err.placed || err.column <= text.len));
	bytes_clear(&out);
	err = (struct error){0};
	if (!escape_list(text, &names, &out, &err))
		MUST(err.what[0] && (!err.placed || err.column <= text.len));
	bytes_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct bytes out;
	struct error err = {0};
	if (size > 20000)
		return 0;
	reads_back(text, CHARSET_UTF8, 0);
	reads_back(text, CHARSET_UTF8, TEXT_MARKS);
	for (enum charset c = 0; c < CHARSET_COUNT; c++)
		reads_back(slice_cut(text, 0, 1000), c, TEXT_EDGES | (size & 1 ? TEXT_ASCII : 0));
	bytes_init(&out, 1 << 20);
	if (escape_decode(text, &out, &err))
		reads_back(bytes_slice(&out), CHARSET_UTF8, 0);
	else
		MUST(err.what[0] && (!err.placed || err.column <= size));
	bytes_clear(&out);
	err = (struct error){0};
	if (!escape_bytes(text, &out, &err))
		MUST(err.what[0] && (!err.placed || err.column <= size));
	bytes_free(&out);
	read_named(text);
	return 0;
}
