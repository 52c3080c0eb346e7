/* silence.c - ends what waits for silence: a frame that ends by a gap, then everything pending
 * after the idle time; see session.h. */
#include "session/silence.h"

#include "base/number.h"
#include "session/session_private.h"

static const int64_t GAP_LEAST = 2ll * NS_PER_MS;

int64_t silence_gap(const struct address *a, const struct settings *s, struct frame_gap gap)
{
	int64_t byte_time = address_byte_time(a);
	if (!gap.characters)
		return gap.ns;
	if (!byte_time || s->at[SET_GAP].set)
		return s->at[SET_GAP].value;
	int64_t ns = (int64_t)(gap.amount * (double)byte_time);
	return ns < GAP_LEAST ? GAP_LEAST : ns;
}

int64_t session_gap(const struct session *s, struct frame_gap gap)
{
	return silence_gap(&s->address, &s->settings, gap);
}

/* Returns the idle time.  While a command waits only a frame's own `idle` ends what is pending. */
static int64_t idle_ns(const struct session *s)
{
	int64_t own = frame_rules(s->frame)->idle;
	if (own)
		return own;
	return s->current ? 0 : s->settings.at[SET_IDLE].value;
}

/* Returns how much longer than the gap a frame waits whose check fails; 0: no longer. */
static int64_t more_ns(const struct session *s, struct frame_gap gap)
{
	int64_t more = s->settings.at[SET_GAP_MORE].value - session_gap(s, gap);
	return more > 0 ? more : 0;
}

static int64_t silence_ns(const struct session *s)
{
	struct frame_gap gap = frame_gap_within(s->frame, SIDE_REPLY);
	return gap.present && !s->gap_over ? session_gap(s, gap)
	       : split_torn(s->split)      ? more_ns(s, gap)
					   : idle_ns(s);
}

void session_silence_start(struct session *s)
{
	int64_t ns = split_pending(s->split) ? silence_ns(s) : 0;
	if (ns)
		loop_timer_set(&s->silence_timer, ns);
	else
		loop_timer_stop(&s->silence_timer);
}

void session_on_silence(void *arg)
{
	struct session *s = arg;
	struct frame_gap gap = frame_gap_within(s->frame, SIDE_REPLY);
	if (!gap.present || s->gap_over)
		split_silence(s->split);
	else if (more_ns(s, gap))
		split_gap_maybe(s->split);
	else
		split_gap(s->split);
	s->gap_over = true;
	session_drain(s);
	session_silence_start(s);
	session_pump(s);
}
