/* turn.c - when the next command goes out: what must be over before, and what begins with it.
 * What can be read before it is written is taken first (line_take()). */
#include "base/mem.h"
#include "session/session_private.h"

/* Says whether the next command can go out now; if not, what makes that possible is under way. */
static bool line_ready(struct session *s)
{
	if (s->line && s->line_open && (s->single || late_wants_fresh_line(s))) {
		s->again = !s->single;
		session_line_drop(s);
	}
	if (!s->line) {
		session_line_start(s);
		return false;
	}
	if (!s->line_open)
		return false;
	if (s->queue)
		late_holds(s);
	int64_t now = loop_now(s->loop), late = session_waits_until(s);
	int64_t until = late > s->quiet_until ? late : s->quiet_until;
	if (s->greeting.awaited)
		until = greeting_until(s, until);
	if (until > now)
		loop_timer_set(&s->send_timer, until - now);
	return until <= now;
}

bool session_synchronised(struct session *s)
{
	bool rests = session_rests(s) && !late_waits(s) && !s->late.listens;
	return s->current || rests || line_ready(s);
}

/* Takes what is readable before a command is written: it answers nothing, and a line whose peer
 * closed it takes no command.  False: the command cannot go out now. */
static bool line_take(struct session *s)
{
	const struct transport *line = s->line;
	uint64_t before = split_offset(s->split);
	s->busy = true;
	bool open = transport_take(s->line);
	s->busy = false;
	if (s->line == line && (!open || split_offset(s->split) == before))
		return open;
	return s->queue && line_ready(s); /* the owner, who was told, may have given it up */
}

void session_on_send_time(void *arg)
{
	greeting_on_time(arg);
	if (tell_waits(arg))
		tell_go_on(arg);
	session_pump(arg);
}

/* Ends what is pending: an echo is compared with the next bytes, which that cannot begin.  False:
 * the owner, who was told, left nothing that can go out. */
static bool end_pending(struct session *s)
{
	if (!split_pending(s->split) || !frame_rules(s->frame)->echo)
		return true;
	split_silence(s->split);
	session_drain(s);
	return !s->current && s->queue && line_ready(s);
}

static void put_on_line(struct session *s, struct exchange *x)
{
	struct frame_gap gap = frame_gap_after(s->frame, SIDE_COMMAND);
	s->current = x;
	s->received = s->elsewhere = s->others = 0;
	s->spent = !x->wire && frame_half_closes(s->frame, SIDE_COMMAND);
	s->single = s->spent || session_each(s);
	s->awaited = s->unused = false;
	s->answers_from = UINT64_MAX;
	s->told = s->told && (!s->surplus_until || loop_now(s->loop) < s->surplus_until);
	s->surplus_until = 0;
	s->unsent = 0;
	s->turn_at = 0;
	s->late.waits = false;
	if (s->damage)
		damage_begin(s->damage);
	reply_begin(&s->tracker, s->frame, exchange_real_payload(x), s->sent);
	x->tell |= reply_answers_none(&s->tracker);
	clock_gettime(CLOCK_REALTIME, &x->time);
	handshake_begin(s);
	if (!session_pace_goes_on(s)) /* else its last byte begins the time */
		session_wait(s);
	x->sent_at = loop_now(s->loop); /* the timer has just read the clock */
	if (gap.present)
		s->quiet_until = x->sent_at + session_gap(s, gap);
}

/* Sends the next command, or says why it cannot be sent.  Every command passes here. */
static inline __attribute__((always_inline)) void send_next(struct session *s)
{
	MEM_UNSET struct error err;
	struct exchange *x = session_queue_next(s);
	if (s->counters)
		now_merge_counters(s);
	if (session_may_send(s, &err) &&
		(x->file ? file_open(s, x, &err) : session_encode_command(s, x, s->sent, &err)))
		put_on_line(s, x);
	else
		session_finish(s, x, EXCHANGE_REFUSED, NULL, err.what);
}

/* Says whether a command may go out as far as those are concerned that are out. */
static bool may_follow(struct session *s)
{
	return !s->current || (ahead_is_set(s) && ahead_has_room(s) && ahead_is_due(s));
}

/* Sends the next command, if one waits and nothing prevents it. */
void session_pump(struct session *s)
{
	if (s->busy || s->gathers)
		return;
	if (s->now)
		now_pump(s);
	while (s->queue && may_follow(s) && line_ready(s) && line_take(s) && end_pending(s)) {
		s->busy = true; /* an owner that answers a refusal by the next command does not
				   recurse */
		if (ahead_is_set(s))
			ahead_gather(s);
		if (!s->current)
			send_next(s);
		if (ahead_is_set(s))
			ahead_send(s);
		s->busy = false;
		if (s->now)
			now_pump(s);
	}
}
