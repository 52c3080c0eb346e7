/* silence.c - what ends because nothing comes: a frame that ends by a gap, then all that is pending
 * after the idle time; see session.h. */
#include "base/number.h"
#include "session/session_private.h"

static const int64_t GAP_LEAST = 2ll * NS_PER_MS;

/* On a serial line a gap in characters is one; the drivers and the USB bus between add their own,
 * so that less than GAP_LEAST says nothing. */
int64_t session_gap(const struct session *s, struct frame_gap gap)
{
	int64_t byte_time = address_byte_time(&s->address);
	if (!gap.characters)
		return gap.ns;
	if (!byte_time || s->settings.at[SET_GAP].set)
		return s->settings.at[SET_GAP].value;
	int64_t ns = (int64_t)(gap.amount * (double)byte_time);
	return ns < GAP_LEAST ? GAP_LEAST : ns;
}

/* While a command waits only a frame's own `idle` ends what is pending. */
static int64_t idle_ns(const struct session *s)
{
	int64_t own = frame_rules(s->frame)->idle;
	if (own)
		return own;
	return s->current ? 0 : s->settings.at[SET_IDLE].value;
}

void session_silence_start(struct session *s)
{
	struct frame_gap gap = frame_gap_within(s->frame, SIDE_REPLY);
	int64_t ns = gap.present && !s->gap_over ? session_gap(s, gap) : idle_ns(s);
	if (split_pending(&s->split) && ns)
		loop_timer_set(&s->silence_timer, ns);
	else
		loop_timer_stop(&s->silence_timer);
}

void session_on_silence(void *arg)
{
	struct session *s = arg;
	struct frame_gap gap = frame_gap_within(s->frame, SIDE_REPLY);
	if (gap.present && !s->gap_over)
		split_gap(&s->split);
	else
		split_silence(&s->split);
	s->gap_over = true;
	session_drain(s);
	session_silence_start(s);
	session_pump(s);
}
