/* Any bytes into any frame's splitter: the same events whole, byte by byte and in random pieces,
 * every byte in at most one event, and the same number of frames where they are only counted. */
#include "fuzz/fuzz.h"

struct record {
	struct bytes text; /* one line an event */
	uint64_t next;     /* where the next event may begin */
	size_t frames;
	uint64_t others; /* a hash over where the other events are */
};

static uint64_t hash(struct slice bytes)
{
	uint64_t h = 1469598103934665603u;
	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ bytes.at[i]) * 1099511628211u;
	return h;
}

static void count_event(const struct split_event *e, struct record *r)
{
	if (e->kind == SPLIT_FRAME)
		r->frames++;
	else
		r->others = (r->others ^ e->offset ^ e->raw.len << 32 ^ (uint64_t)e->kind << 60) *
			    1099511628211u;
}

static void take(struct split *s, struct record *r)
{
	static struct split_event e;
	char end[SPLIT_TEXT_MAX], error[SPLIT_TEXT_MAX];
	while (split_next(s, &e)) {
		count_event(&e, r);
		split_end_text(&e, end);
		split_error_text(&e, error);
		MUST(e.kind != SPLIT_FRAME || e.fault == FAULT_NONE);
		/* What is missing depends on when it is said. */
		bool said = e.kind != SPLIT_PARTIAL && e.kind != SPLIT_OVERSIZE;
		bytes_addf(&r->text, "%d %d %llu+%zu %llx %llx %s %s\n", e.kind, e.mark,
			(unsigned long long)e.offset, e.raw.len, (unsigned long long)hash(e.raw),
			(unsigned long long)(e.has_payload ? hash(e.payload) : 0), end,
			said ? error : "");
		if (e.mark == MARK_INSIDE) {
			if (e.offset + e.raw.len > r->next)
				r->next = e.offset + e.raw.len;
			continue;
		}
		MUST(e.offset >= r->next);
		r->next = e.offset + e.raw.len;
	}
}

static void run(struct frame *frame, enum frame_side side, struct slice wire, unsigned pieces,
	struct record *r)
{
	struct bytes pending, scratch;
	static struct frame_values came;
	unsigned state = pieces;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&r->text, LIMIT_FRAME_MOST);
	r->next = r->frames = r->others = 0;
	struct split *s = split_new(frame, side, NULL, came.at, 4096, &pending, &scratch);
	if (frame_rules(frame)->echo)
		split_expect_echo(s, SLICE("ab c\r"));
	for (size_t at = 0; at < wire.len;) {
		state = state * 1103515245 + 12345;
		size_t n = pieces == 0 ? wire.len : pieces == 1 ? 1 : 1 + (state >> 16) % 7;
		split_feed(s, slice_cut(wire, at, at + n));
		take(s, r);
		at += n;
	}
	split_close(s);
	take(s, r);
	MUST(split_pending(s) == 0);
	MUST(r->next <= wire.len);
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* Tells of no frame that split_count() takes. */
static void run_counted(
	struct frame *frame, enum frame_side side, struct slice wire, struct record *r)
{
	struct bytes pending, scratch;
	static struct frame_values came;
	static struct split_event e;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	*r = (struct record){0};
	struct split *s = split_new(frame, side, NULL, came.at, 4096, &pending, &scratch);
	if (frame_rules(frame)->echo)
		split_expect_echo(s, SLICE("ab c\r"));
	for (int fed = 0; fed < 2; fed++) {
		if (fed)
			split_close(s);
		else
			split_feed(s, wire);
		for (r->frames += split_count(s); split_next(s, &e); r->frames += split_count(s))
			count_event(&e, r);
	}
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

static void compare(struct frame *frame, enum frame_side side, struct slice wire)
{
	struct record whole, other;
	run(frame, side, wire, 0, &whole);
	for (unsigned pieces = 1; pieces < 4; pieces++) {
		run(frame, side, wire, pieces, &other);
		if (!slice_equal(bytes_slice(&whole.text), bytes_slice(&other.text)))
			fprintf(stderr, "frame %s side %d pieces %u\n%s---\n%s",
				frame_notation(frame), side, pieces, bytes_str(&whole.text),
				bytes_str(&other.text));
		MUST(slice_equal(bytes_slice(&whole.text), bytes_slice(&other.text)));
		bytes_free(&other.text);
	}
	run_counted(frame, side, wire, &other);
	MUST(whole.frames == other.frames && whole.others == other.others);
	bytes_free(&whole.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_sides(data, size, compare);
}
