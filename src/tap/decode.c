/* decode.c - see decode.h.
 *
 * A frame that has begun waits as long as it likes for its rest, because a program may be a person
 * who types; silence ends it where the frame says so, or where the line may have lost bytes.
 */
#include "tap/decode.h"

#include "base/mem.h"
#include "loop/loop.h"
#include "session/silence.h"
#include <stdlib.h>

struct decode {
	const struct target *target;
	enum frame_side side;
	decode_event *event;
	void *owner;
	struct split *split;
	struct bytes pending, scratch;
	struct frame_values values;
	struct loop_timer silence;
	bool gap_over;
};

/* A run of bytes of which nobody said a frame has no limit: a long one comes in pieces. */
static void take_run(struct split_event *e)
{
	*e = (struct split_event){.kind = SPLIT_FRAME,
		.end = END_SILENCE,
		.has_payload = true,
		.offset = e->offset,
		.raw = e->raw,
		.payload = e->raw};
}

static void drain(struct decode *d)
{
	struct split_event event = {0};
	while (split_next(d->split, &event)) {
		if (d->target->default_frame && event.kind != SPLIT_FRAME)
			take_run(&event);
		if (event.kind == SPLIT_FRAME && d->side == SIDE_REPLY)
			frame_mark_async(d->target->frame, &event);
		d->event(d->owner, &event);
	}
	if (!split_pending(d->split)) {
		bytes_free(&d->pending);
		bytes_free(&d->scratch);
	}
}

static struct frame_gap gap_of(const struct decode *d)
{
	return frame_gap_within(d->target->frame, d->side);
}

/* Returns the silence that comes next; 0: none matters. */
static int64_t silence_ns(const struct decode *d)
{
	const struct address *a = &d->target->address;
	struct frame_gap gap = gap_of(d);
	if (gap.present && !d->gap_over)
		return silence_gap(a, &a->settings, gap);
	int64_t own = frame_rules(d->target->frame)->idle;
	return own ? own : address_byte_time(a) ? a->settings.at[SET_IDLE].value : 0;
}

static void silence_start(struct decode *d)
{
	int64_t ns = split_pending(d->split) ? silence_ns(d) : 0;
	if (ns)
		loop_timer_set(&d->silence, ns);
	else
		loop_timer_stop(&d->silence);
}

static void decode_on_silence(void *arg)
{
	struct decode *d = arg;
	if (gap_of(d).present && !d->gap_over)
		split_gap(d->split);
	else
		split_silence(d->split);
	d->gap_over = true;
	drain(d);
	silence_start(d);
}

struct decode *decode_new(struct loop *loop, const struct target *target, enum frame_side side,
	decode_event *event, void *owner)
{
	struct decode *d = mem_new(sizeof *d);
	d->target = target;
	d->side = side;
	d->event = event;
	d->owner = owner;
	bytes_init(&d->pending, LIMIT_PENDING);
	bytes_init(&d->scratch, LIMIT_FRAME_MOST);
	d->split = split_new(target->frame, side, NULL, d->values.at,
		(size_t)target->address.settings.at[SET_MAX].value, &d->pending, &d->scratch);
	loop_timer_init(&d->silence, loop, decode_on_silence, d);
	return d;
}

void decode_free(struct decode *d)
{
	if (!d)
		return;
	loop_timer_stop(&d->silence);
	split_free(d->split);
	bytes_free(&d->pending);
	bytes_free(&d->scratch);
	free(d);
}

void decode_bytes(struct decode *d, struct slice bytes)
{
	d->gap_over = false;
	split_feed(d->split, bytes);
	drain(d);
	silence_start(d);
}

void decode_turn(struct decode *d)
{
	if (!split_pending(d->split) || !gap_of(d).present || d->gap_over)
		return;
	split_gap_maybe(d->split); /* what is not whole may go on */
	drain(d);
	silence_start(d);
}

void decode_boundary(struct decode *d)
{
	split_close(d->split);
	drain(d);
	silence_start(d);
}

void decode_end(struct decode *d, bool broke)
{
	if (broke)
		split_break(d->split);
	else
		split_close(d->split);
	drain(d);
	loop_timer_stop(&d->silence);
}

size_t decode_pending(const struct decode *d)
{
	return split_pending(d->split);
}
