/* Any payload in any frame: refused with a reason, or sent so that the receiver reads the same. */
#include "fuzz/fuzz.h"

static bool trims(const struct frame *frame)
{
	return strstr(frame_notation(frame), "trim") != NULL;
}

static void check(struct frame *frame, enum frame_side side, struct slice payload)
{
	static struct frame_values sent, values;
	static struct frame_values came;
	static struct split_event e;
	struct bytes wire, pending, scratch;
	struct error err = {0};
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	memset(&sent, 0, sizeof sent);
	if (!frame_encode(frame, side, payload, NULL, sent.at, 0, &scratch, &wire, &err)) {
		MUST(err.what[0]);
		MUST(wire.len == 0);
	} else if (!strchr(frame_notation(frame), '|') && !strchr(frame_notation(frame), ';')) {
		/* With several layouts another one may claim the bytes: that is the notation's. */
		bool found = false;
		values = sent;
		struct split *s =
			split_new(frame, side, values.at, came.at, LIMIT_FRAME, &pending, &scratch);
		split_feed(s, bytes_slice(&wire));
		while (split_next(s, &e))
			found |= e.kind == SPLIT_FRAME && slice_equal(e.payload, payload);
		split_close(s);
		while (split_next(s, &e))
			found |= e.kind == SPLIT_FRAME && slice_equal(e.payload, payload);
		if (!found && !trims(frame) && wire.len) {
			fprintf(stderr, "frame %s side %d payload", frame_notation(frame), side);
			for (size_t i = 0; i < payload.len; i++)
				fprintf(stderr, " %02x", payload.at[i]);
			fprintf(stderr, " wire");
			for (size_t i = 0; i < wire.len; i++)
				fprintf(stderr, " %02x", wire.at[i]);
			fprintf(stderr, "\n");
			MUST(found);
		}
		split_free(s);
	}
	bytes_free(&wire);
	bytes_free(&pending);
	bytes_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_sides(data, size, check);
}
