/* Any line at any place, for any frame: an order, or a reason with a place in the line; what it
 * sends reads back from its spelling.  And any text as arguments, as a reply, as a device's file.
 */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "base/text.h"
#include "sim/sim.h"
#include <wilco/macro.h>

static const struct verb frame_verb = {.name = "frame",
	.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE,
	.read = verb_read_frame};
static const struct verb *const verbs[] = {&verb_delay, &verb_else, &verb_fault, &frame_verb,
	&verb_greeting, &verb_hex, &verb_literal, &verb_now, &verb_on, &verb_sendfile, &verb_tell,
	&verb_text, &verb_wait, &verb_wire, &verb_with, NULL};

static void check_error(const struct error *err, struct slice text)
{
	MUST(err->what[0] && (!err->placed || err->column <= text.len));
}

/* As a file has it, where no frame counts. */
static void reads_back(const struct order *o)
{
	struct reading in_file = {.verbs = verbs, .place = PLACE_DEVICE};
	struct bytes spelled;
	struct order again;
	struct error err = {0};
	bytes_init(&spelled, 1 << 20);
	order_init(&again);
	bytes_add_str(&spelled, ".text ");
	text_add(&spelled, bytes_slice(&o->payload), TEXT_EDGES);
	if (spelled.len <= LIMIT_LINE) {
		MUST(order_read(&again, bytes_slice(&spelled), &in_file, &err));
		MUST(slice_equal(bytes_slice(&o->payload), bytes_slice(&again.payload)));
	}
	order_free(&again);
	bytes_free(&spelled);
}

static void read_line(struct slice text, const struct reading *r)
{
	struct order o;
	struct error err = {0};
	order_init(&o);
	if (!order_read(&o, text, r, &err)) {
		check_error(&err, text);
	} else if (o.kind == ORDER_SEND) {
		MUST(!o.payload.over);
		if (!o.wire)
			reads_back(&o);
	} else {
		MUST(o.rest_at + o.rest.len <= text.len);
		MUST(!order_sends(&o, text, &err));
	}
	order_free(&o);
}

static void read_words(struct slice text)
{
	struct bytes store;
	struct slice args[4];
	struct error err = {0};
	enum expect_kind kind;
	bool wire;
	bytes_init(&store, LIMIT_LINE);
	int n = args_split(text, NULL, &store, args, 4, &err);
	MUST(n >= 0 ? n <= 4 : err.what[0]);
	for (int i = 0; i < n; i++)
		MUST(!args[i].len || (args[i].at >= store.at &&
					     args[i].at + args[i].len <= store.at + store.len));
	if (!reply_parse(text, NULL, NULL, &store, &kind, &wire, &err))
		check_error(&err, text);
	bytes_free(&store);
}

static void read_file(struct slice text)
{
	struct bytes shown;
	struct error err = {0};
	bytes_init(&shown, LIMIT_MESSAGE);
	const struct sim_source from = {"file", NULL, NULL, fuzz_book(), verbs};
	struct sim_script *s = sim_script_read(&from, text, &shown, &err);
	MUST(s ? sim_frame(s) != NULL : shown.len > 0);
	sim_script_free(s);
	bytes_free(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in;
	struct frame *frame = size < 20000 ? fuzz_frame(data, size, &in) : NULL;
	if (!frame)
		return 0;
	unsigned flags = input_byte(&in);
	struct reading r = {.verbs = verbs,
		.place = 1u << (flags & 3),
		.flags = flags & 4 ? ORDER_EXACT : 0,
		.frame = flags & 8 ? NULL : frame};
	read_line(in, &r);
	read_words(in);
	if (flags & 16)
		read_file(in);
	frame_unref(frame);
	return 0;
}
