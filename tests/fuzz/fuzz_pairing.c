/* Any bytes of both sides, in any frame, with holes and ends: what comes out is in order, and each
 * byte that went in is there at most as often as frames inside of damaged ones may repeat it. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "session/pairing.h"

enum { STARTS = 16 }; /* of frames inside a damaged one */

static size_t bytes_of(const struct exchange *x)
{
	size_t n = x->command ? x->sent.len : 0;
	for (const struct reply *r = x->replies; r; r = r->next)
		n += r->raw.len;
	return n + x->stray.len;
}

static void check_result(struct pairing *p, size_t fed)
{
	size_t count, had = 0;
	const struct paired *all = pairing_end(p, &count);
	for (size_t i = 0; i < count; i++) {
		MUST(!i || all[i].number >= all[i - 1].number);
		MUST((all[i].x != NULL) == (all[i].missing == 0));
		had += all[i].x ? bytes_of(all[i].x) : 0;
		MUST(!all[i].x || all[i].x->status != EXCHANGE_WAITING);
	}
	MUST(had <= (STARTS + 1) * fed);
}

static void check(struct frame *frame, bool runs, struct slice in)
{
	struct pairing *p = pairing_new(frame, runs);
	struct pairing_at at = {0};
	uint64_t offset = 0;
	size_t fed = 0;
	while (in.len) {
		unsigned flags = input_byte(&in);
		enum frame_side side = flags & 1 ? SIDE_REPLY : SIDE_COMMAND;
		at.number++;
		at.time.tv_sec = at.time.tv_sec + 1 + (flags & 8);
		at.apart = flags & 16;
		if (flags >> 5 == 1) {
			pairing_missing(p, side, offset++, 1 + input_byte(&in), &at);
		} else if (flags >> 5 == 2) {
			pairing_closed(p, side, &at);
		} else {
			struct slice bytes = input_run(&in);
			pairing_bytes(p, side, bytes, &at);
			fed += bytes.len;
		}
	}
	check_result(p, fed);
	pairing_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest;
	struct frame *frame = size > 20000 ? NULL : fuzz_frame(data, size, &rest);
	if (!frame)
		return 0;
	check(frame, input_byte(&rest) & 1, rest);
	frame_unref(frame);
	return 0;
}
