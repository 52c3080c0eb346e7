/* patience.c - says who waits for whom, when nothing comes for as long as a reply may take. */
#include "base/number.h"
#include "base/text.h"
#include "tap/tap_private.h"

static int64_t limit_ns(const struct link *l)
{
	return l->tap->device->address.settings.at[SET_TIMEOUT].value;
}

static void patience_on_time(void *arg)
{
	struct link *l = arg;
	char limit[DURATION_TEXT_MAX];
	if (l->held) { /* whoever holds a frame knows who waits */
		loop_timer_set(&l->patience, limit_ns(l));
		return;
	}
	size_t begun[2] = {decode_pending(l->sides[0]), decode_pending(l->sides[1])};
	duration_text(limit_ns(l), limit);
	l->told = true;
	if (begun[TAP_PROGRAM])
		link_note(l, true,
			"the device waits for the program, which has begun a frame (%zu byte%s) "
			"and says nothing for %s",
			begun[TAP_PROGRAM], plural(begun[TAP_PROGRAM]), limit);
	else if (begun[TAP_DEVICE])
		link_note(l, true,
			"the program waits for the device, which has begun a frame (%zu byte%s) "
			"and says nothing for %s",
			begun[TAP_DEVICE], plural(begun[TAP_DEVICE]), limit);
	else
		link_note(l, true, "the program waits for the device: no reply for %s", limit);
}

void patience_begin(struct link *l)
{
	loop_timer_init(&l->patience, l->tap->loop, patience_on_time, l);
}

void patience_end(struct link *l)
{
	loop_timer_stop(&l->patience);
}

void patience_bytes(struct link *l)
{
	char took[DURATION_TEXT_MAX];
	int64_t now = loop_now(l->tap->loop);
	bool waits = l->waits || decode_pending(l->sides[0]) || decode_pending(l->sides[1]);
	if (l->told)
		link_note(
			l, true, "it goes on after %s", duration_text(now - l->silent_since, took));
	l->told = false;
	l->silent_since = now;
	if (waits)
		loop_timer_set(&l->patience, limit_ns(l));
	else
		loop_timer_stop(&l->patience);
}

void patience_frame(struct link *l, enum tap_side from, const struct split_event *e)
{
	if (e->kind == SPLIT_ACK || e->mark == MARK_ASYNC)
		return;
	l->waits = from == TAP_PROGRAM && e->kind == SPLIT_FRAME &&
		   !frame_answers_none(l->tap->device->frame, e->payload, e->values);
}
