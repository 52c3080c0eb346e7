/* Any lines in each kind of text: none tells more than it has, and what was announced is told as
 * bytes or as missing. */
#include "fuzz/fuzz.h"

#include "capture/told.h"

static void check(const struct told_kind *kind, struct slice text)
{
	struct told_reader r;
	struct told told;
	struct error err;
	struct slice line;
	told_begin(&r, kind);
	while (slice_line(&text, &line)) {
		if (!told_line(&r, line, &told, &err)) {
			MUST(err.what[0]);
			continue;
		}
		MUST(told.bytes.len <= line.len && told.who.len <= line.len);
		MUST(told.kind == TOLD_BYTES || !told.bytes.len);
		MUST((told.kind == TOLD_MISSING) == (told.missing != 0));
	}
	for (int i = 0; told_rest(&r, &told); i++)
		MUST(i < 2 && told.kind == TOLD_MISSING && told.missing);
	told_end(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size), line = text;
	if (size > 20000)
		return 0;
	slice_line(&text, &line);
	told_kind_of(line);
	text = slice_of(data, size);
	check(&told_log, text);
	check(&told_socat, text);
	check(&told_hex, text);
	return 0;
}
