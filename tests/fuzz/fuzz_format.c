/* Any line that `wilco fmt` can read means the same in its canonical form, wherever it stands and
 * for any frame; and that form is its own. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "lib/meaning.h"
#include "macro/format.h"

static const struct verb frame_verb = {.name = "frame",
	.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE,
	.behind = BEHIND_VERBATIM,
	.read = verb_read_frame};
static const struct verb open_verb = {.name = "open", .places = PLACE_PROMPT | PLACE_CONFIG};
static const struct verb *const verbs[] = {&verb_delay, &verb_else, &verb_fault, &frame_verb,
	&verb_greeting, &verb_hex, &verb_literal, &verb_now, &verb_on, &open_verb, &verb_tell,
	&verb_text, &verb_wait, &verb_wire, &verb_with, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in, line;
	struct frame *frame = size < 20000 ? fuzz_frame(data, size, &in) : NULL;
	struct format f = {.verbs = verbs}, again = {.verbs = verbs};
	struct bytes out, twice;
	struct error err = {0};
	if (!frame)
		return 0;
	bytes_init(&out, 1 << 20);
	bytes_init(&twice, 1 << 20);
	while (slice_line(&in, &line)) {
		bytes_clear(&out);
		bytes_clear(&twice);
		again.headed = f.headed;
		if (!format_line(&f, line, &out, &err)) {
			MUST(err.what[0] && (!err.placed || err.column <= line.len));
			continue;
		}
		MUST(meaning_same(line, bytes_slice(&out), verbs, frame));
		MUST(meaning_same(line, bytes_slice(&out), verbs, NULL));
		MUST(format_line(&again, bytes_slice(&out), &twice, &err));
		MUST(slice_equal(bytes_slice(&out), bytes_slice(&twice)));
	}
	bytes_free(&out);
	bytes_free(&twice);
	frame_unref(frame);
	return 0;
}
