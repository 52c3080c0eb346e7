/* overheard.c - see overheard.h. */
#include "session/overheard.h"

#include "base/mem.h"
#include "base/number.h"
#include <wilco/transport.h>

struct overheard_side {
	struct split *split;
	struct bytes pending, scratch;
	struct frame_values values;
	struct timespec last; /* when it said something */
	int64_t silence;      /* ns that end its frames; 0: silence ends none */
};

struct overheard {
	struct frame *frame;
	bool runs;
	overheard_event *event;
	void *arg;
	struct overheard_side sides[2]; /* by enum frame_side */
};

static void begin(struct overheard *o, enum frame_side side)
{
	struct overheard_side *s = &o->sides[side];
	split_free(s->split);
	s->split = split_new(o->frame, side, NULL, s->values.at, o->runs ? LIMIT_FRAME_MOST : 0,
		&s->pending, &s->scratch);
}

static int64_t silence_of(const struct overheard *o, enum frame_side side)
{
	struct settings defaults;
	struct frame_gap gap = frame_gap_within(o->frame, side);
	settings_init(&defaults);
	return !gap.present     ? 0
	       : o->runs        ? INT64_MAX
	       : gap.characters ? defaults.at[SET_GAP].value
				: gap.ns;
}

struct overheard *overheard_new(struct frame *frame, bool runs, overheard_event *event, void *arg)
{
	struct overheard *o = mem_new(sizeof *o);
	o->frame = frame_ref(frame);
	o->runs = runs;
	o->event = event;
	o->arg = arg;
	for (enum frame_side side = SIDE_COMMAND; side <= SIDE_REPLY; side++) {
		bytes_init(&o->sides[side].pending, LIMIT_PENDING);
		bytes_init(&o->sides[side].scratch, LIMIT_FRAME_MOST);
		o->sides[side].silence = silence_of(o, side);
		begin(o, side);
	}
	return o;
}

void overheard_free(struct overheard *o)
{
	if (!o)
		return;
	for (int side = 0; side < 2; side++) {
		split_free(o->sides[side].split);
		bytes_free(&o->sides[side].pending);
		bytes_free(&o->sides[side].scratch);
	}
	frame_unref(o->frame);
	free(o);
}

static void drain(struct overheard *o, enum frame_side side)
{
	struct split_event e;
	while (split_next(o->sides[side].split, &e)) {
		if (e.kind == SPLIT_FRAME && side == SIDE_REPLY && !e.mark)
			frame_mark_async(o->frame, &e);
		o->event(o->arg, side, &e);
	}
}

bool overheard_ends(const struct overheard *o, enum frame_side side)
{
	return o->sides[side].silence && split_pending(o->sides[side].split);
}

bool overheard_is_whole(const struct overheard *o, enum frame_side side)
{
	return o->sides[side].silence || !split_pending(o->sides[side].split);
}

void overheard_silence(struct overheard *o, enum frame_side side)
{
	const struct overheard_side *s = &o->sides[side];
	if (!s->silence || !split_pending(s->split))
		return;
	split_gap(s->split);
	drain(o, side);
}

static bool was_silent(const struct overheard_side *s, const struct timespec *now)
{
	int64_t ns =
		((int64_t)now->tv_sec - s->last.tv_sec) * NS_PER_S + now->tv_nsec - s->last.tv_nsec;
	return s->last.tv_sec && ns >= s->silence;
}

void overheard_bytes(struct overheard *o, enum frame_side side, struct slice bytes,
	const struct timespec *time, bool apart)
{
	struct overheard_side *s = &o->sides[side];
	overheard_silence(o, other_side(side));
	if (was_silent(s, time))
		overheard_silence(o, side);
	s->last = *time;
	split_feed(s->split, bytes);
	drain(o, side);
	if (apart && !(o->runs && side == SIDE_REPLY))
		overheard_silence(o, side);
}

struct slice overheard_missing(struct overheard *o, enum frame_side side)
{
	overheard_silence(o, other_side(side));
	return overheard_rest(o, side);
}

struct slice overheard_rest(struct overheard *o, enum frame_side side)
{
	struct split *s = o->sides[side].split;
	struct slice rest = split_rest(s);
	split_reset(s);
	return rest;
}

void overheard_closed(struct overheard *o, enum frame_side side)
{
	overheard_silence(o, other_side(side));
	overheard_silence(o, side);
	split_close(o->sides[side].split);
	drain(o, side);
	begin(o, side);
}

void overheard_echo(struct overheard *o, struct slice sent)
{
	const struct frame_rules *rules = frame_rules(o->frame);
	struct split *s = o->sides[SIDE_REPLY].split;
	if (split_expects_echo(s))
		return;
	if (rules->echo)
		split_expect_echo(s, sent);
	else if (rules->echo_maybe)
		split_expect_echo_maybe(s, sent);
}
