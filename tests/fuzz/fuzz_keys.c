/* Any bytes that a terminal sends: the same keys whole, byte by byte and in pieces, each of which
 * the console knows; and a sequence that is not complete ends with the time. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "console/keys.h"

struct seen {
	struct keys keys;
	struct bytes text; /* a line a key */
};

static bool is_key(uint32_t code)
{
	return code <= KEY_BUTTON || (code >= KEY_PASTED && code <= KEY_PASTED + 0xff);
}

static void on_key(void *arg, uint32_t code, bool alt)
{
	struct seen *s = arg;
	MUST(is_key(code));
	bytes_addf(&s->text, "%x%s\n", code, alt ? " alt" : "");
}

static void feed(struct seen *s, struct slice in, unsigned pieces)
{
	unsigned state = pieces;
	*s = (struct seen){0};
	bytes_init(&s->text, 1 << 20);
	while (in.len) {
		state = state * 1103515245 + 12345;
		size_t n = pieces == 0 ? in.len : pieces == 1 ? 1 : 1 + (state >> 16) % 7;
		keys_feed(&s->keys, input_take(&in, n), on_key, s);
		MUST(s->keys.count <= KEYS_PENDING_MAX);
	}
	keys_timeout(&s->keys, on_key, s);
	/* What may end a paste is not given up. */
	MUST(!keys_waiting(&s->keys) || s->keys.pasting);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, other;
	struct slice in = slice_of(data, size);
	if (size > 20000)
		return 0;
	feed(&whole, in, 0);
	for (unsigned pieces = 1; pieces < 4; pieces++) {
		feed(&other, in, pieces);
		MUST(slice_equal(bytes_slice(&whole.text), bytes_slice(&other.text)));
		bytes_free(&other.text);
	}
	bytes_free(&whole.text);
	return 0;
}
