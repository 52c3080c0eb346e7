/* saved.c - see saved.h. */
#include "fuzz/saved.h"

#include "cmd/context.h"
#include "fuzz/fuzz.h"
#include "pane/view.h"
#include "sim/sim.h"
#include <wilco/macro.h>

enum { SENT_MAX = 512, EXPECTED_MAX = SENT_MAX };

static struct sent {
	struct frame *frame; /* a reference */
	struct bytes payload;
	bool wire, fields;
	struct frame_values with;
	struct bytes replies; /* each behind its size_t */
} sent[SENT_MAX];
static size_t sent_count, expected[EXPECTED_MAX], expected_count;

void saved_begin(void)
{
	sent_count = expected_count = 0;
}

void saved_end(void)
{
	for (size_t i = 0; i < sent_count; i++) {
		frame_unref(sent[i].frame);
		bytes_free(&sent[i].payload);
		bytes_free(&sent[i].replies);
	}
	sent_count = 0;
}

void saved_add(struct exchange *x)
{
	MUST(sent_count < SENT_MAX);
	struct sent *s = &sent[sent_count++];
	*s = (struct sent){
		.frame = frame_ref(x->frame), .wire = x->wire, .fields = x->with != NULL};
	if (x->with)
		memcpy(s->with.at, x->with, frame_field_count(x->frame) * sizeof *x->with);
	bytes_init(&s->payload, LIMIT_FRAME_MOST);
	bytes_init(&s->replies, LIMIT_FRAME_MOST);
	bytes_add(&s->payload, x->payload);
	for (const struct reply *r = x->replies; r; r = r->next)
		if (view_counts(r)) {
			struct slice payload = view_bytes(r);
			bytes_add(&s->replies, slice_of(&payload.len, sizeof payload.len));
			bytes_add(&s->replies, payload);
		}
	x->asker = s;
}

size_t saved_expect(
	const struct record *r, const struct record_device *device, uint64_t first, uint64_t end)
{
	expected_count = 0;
	for (size_t i = record_index(r, first); i < r->count && r->at[i].id < end; i++) {
		const struct entry *e = &r->at[i];
		const struct sent *s =
			e->command && e->device == device ? e->exchange->asker : NULL;
		if (s)
			expected[expected_count++] = (size_t)(s - sent);
	}
	return expected_count;
}

/* ---- a file is read ---- */

struct reader {
	bool lossy;
	size_t next;            /* of the expected ones */
	const struct sent *now; /* whose replies come; NULL: no command yet */
	struct slice replies;   /* that are still to come */
	struct frame *frame;
	struct order order;
	struct bytes payload;
};

/* Blanks at its ends are none of a line. */
static bool is_same(const struct frame *a, const struct frame *b)
{
	return slice_equal(
		slice_trim(slice_str(frame_notation(a))), slice_trim(slice_str(frame_notation(b))));
}

static bool is_command(const struct order *o, const struct sent *s, const struct frame *frame)
{
	bool same = slice_equal(bytes_slice(&o->payload), bytes_slice(&s->payload)) &&
		    o->wire == s->wire && o->fields == s->fields && is_same(frame, s->frame);
	for (size_t i = 0; same && s->fields && i < frame_field_count(frame); i++) {
		const struct field_value *a = &o->with.at[i], *b = &s->with.at[i];
		same = a->set == b->set &&
		       (!a->set ||
			       (field_is_text(a) == field_is_text(b) && a->number == b->number &&
				       slice_equal(slice_of(a->text, a->len),
					       slice_of(b->text, b->len))));
	}
	return same;
}

static void take_command(struct reader *r)
{
	MUST(!r->replies.len);
	MUST(r->frame);
	size_t i = r->next;
	while (r->lossy && i < expected_count &&
		!is_command(&r->order, &sent[expected[i]], r->frame))
		i++;
	MUST(i < expected_count && is_command(&r->order, &sent[expected[i]], r->frame));
	r->now = &sent[expected[i]];
	r->replies = bytes_slice(&r->now->replies);
	r->next = i + 1;
}

static void take_reply(struct reader *r, struct slice text)
{
	enum expect_kind kind;
	bool wire;
	struct error err;
	size_t size;
	struct frame_values with;
	bool any;
	MUST(r->frame && reply_take_fields(&text, r->frame, NULL, &with, &any, &err));
	MUST(reply_parse(text, r->frame, NULL, &r->payload, &kind, &wire, &err));
	if (kind > EXPECT_EMPTY) /* nothing, bytes on the wire, or what answers no command */
		return;
	MUST(r->now && r->replies.len > sizeof size - 1);
	memcpy(&size, r->replies.at, sizeof size);
	r->replies = slice_cut(r->replies, sizeof size, r->replies.len);
	MUST(kind == EXPECT_EXACT || (kind == EXPECT_EMPTY && !size));
	MUST(slice_equal(bytes_slice(&r->payload), slice_cut(r->replies, 0, size)));
	r->replies = slice_cut(r->replies, size, r->replies.len);
}

/* In the briefest spelling, too, it would be longer than a line may be. */
static void skip_command(struct reader *r)
{
	MUST(!r->replies.len && r->next < expected_count);
	MUST(sent[expected[r->next++]].payload.len > LIMIT_LINE / 3);
}

static void skip_reply(struct reader *r)
{
	size_t size = 0;
	MUST(r->replies.len > sizeof size);
	memcpy(&size, r->replies.at, sizeof size);
	MUST(size > LIMIT_LINE / 3);
	r->replies = slice_cut(r->replies, sizeof size + size, r->replies.len);
}

static void take_frame(struct reader *r)
{
	struct error err;
	frame_unref(r->frame);
	r->frame = frame_find(fuzz_book(), r->order.rest, &err);
	MUST(r->frame);
}

/* As in the file of a device; what cannot stand there, as it is typed. */
static void read_line(struct reader *r, struct slice line)
{
	struct reading reading = {.verbs = verbs, .place = PLACE_DEVICE, .frame = r->frame};
	struct error err;
	if (slice_starts(line, SLICE(".w")))
		reading.place = PLACE_COMMAND;
	MUST(order_read(&r->order, line, &reading, &err));
}

static void take_line(struct reader *r, struct slice line)
{
	if (slice_is(line, "# the rest is no longer in memory")) {
		MUST(r->lossy);
		r->replies = (struct slice){0};
	} else if (slice_starts(line, SLICE("# not sent ("))) {
		MUST(r->lossy || r->next < expected_count);
		r->next += !r->lossy;
	} else if (slice_starts(line, SLICE("# a command of "))) {
		skip_command(r);
	} else if (slice_starts(line, SLICE("# a reply of "))) {
		skip_reply(r);
	}
	read_line(r, line);
	if (r->order.kind == ORDER_SEND)
		take_command(r);
	else if (r->order.kind == ORDER_REPLY)
		take_reply(r, r->order.rest);
	else if (r->order.kind == ORDER_FRAME)
		take_frame(r);
}

/* Whether the simulator plays it: a device has one frame, and takes no command that says how it is
 * sent. */
static bool is_played(struct slice file)
{
	size_t frames = 0;
	for (struct slice line; slice_line(&file, &line);) {
		frames += slice_starts(line, SLICE(".frame "));
		if (slice_starts(line, SLICE(".w")))
			return false;
	}
	return frames == 1;
}

static void play(struct slice file)
{
	struct sim_source from = {.name = "file", .book = fuzz_book(), .verbs = verbs};
	struct bytes shown;
	struct error err;
	bytes_init(&shown, LIMIT_MESSAGE);
	struct sim_script *script = sim_script_read(&from, file, &shown, &err);
	MUST(script);
	sim_script_free(script);
	bytes_free(&shown);
}

void saved_check(struct slice file, bool lossy)
{
	if (is_played(file))
		play(file);
	struct reader r = {.lossy = lossy};
	struct slice line;
	order_init(&r.order);
	bytes_init(&r.payload, LIMIT_FRAME_MOST);
	while (slice_line(&file, &line))
		take_line(&r, line);
	MUST(!r.replies.len);
	MUST(lossy || r.next == expected_count);
	order_free(&r.order);
	bytes_free(&r.payload);
	frame_unref(r.frame);
}
