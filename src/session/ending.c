/* ending.c - how a command ends: once, told to whoever asked. */
#include "base/mem.h"
#include "session/session_private.h"
#include <stdio.h>

void session_finish(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	/* A reply came when it was read: in a flood the clock would cost as much as all else. */
	bool came = !x->command || status == EXCHANGE_OK;
	int64_t now = came ? loop_now(s->loop) : loop_now_fresh(s->loop);
	exchange_end(x, status, now, end, error);
	if (s->unlogged.len)
		session_log_came(s, x->hides);
	if (s->log) {
		log_exchange(s->log, x);
		session_log_flush(s);
	}
	exchange_told *told = x->command ? x->ended : s->events->unasked;
	if (!told || !told(x->command ? x->asker : s->owner, s, x))
		exchange_free(x);
}

/* Keeps bytes after a reply that is the last of its line; they belong to no frame. */
static void keep_leftover(struct session *s)
{
	exchange_stray(s->current, split_rest(s->split));
	split_reset(s->split);
}

static void answered(struct session *s, const struct exchange *x)
{
	s->rtt = s->came_at - x->sent_at;
	s->retry_pause = 0;
	s->answered++;
	s->answered_at = loop_now(s->loop);
	s->surplus_until = s->answered_at + s->settings.at[s->told ? SET_TIMEOUT : SET_GAP].value;
	if (!s->ahead || !ahead_stopped(s))
		late_answered(s);
	s->greeting.expected = false;
}

/* Ends a command on a line that has damaged bytes before: a reply that came damaged is not ok. */
static APART void finish_judged(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	char text[ERROR_WHAT_MAX];
	error = damage_judge(s->damage, &status, error, text);
	session_finish(s, x, status, end, error);
}

static void finish(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	if (s->damage)
		finish_judged(s, x, status, end, error);
	else
		session_finish(s, x, status, end, error);
}

/* Ends the oldest of several that were out.  What the owner asks for meanwhile goes out behind the
 * end of those that end with it. */
static APART void finish_oldest(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error)
{
	char text[ERROR_WHAT_MAX];
	bool outer = s->busy;
	s->busy = true;
	if (status == EXCHANGE_TIMEOUT && ahead_stopped(s)) {
		snprintf(text, sizeof text, "sent, outcome unknown: %s", error);
		error = text;
		status = EXCHANGE_LOST;
	}
	ahead_turn(s, status, error);
	finish(s, x, status, end, error);
	s->busy = outer;
	ahead_tell(s);
}

/* Ends a file, and with it the command. */
static APART void end_file(
	struct session *s, enum exchange_status status, const char *end, const char *error)
{
	char text[ERROR_WHAT_MAX];
	error = file_ended(s, s->current, status, error, text);
	session_current_end(s, status, end, error);
}

void session_current_end(
	struct session *s, enum exchange_status status, const char *end, const char *error)
{
	struct exchange *x = s->current;
	bool last_of_line = s->single;
	if (s->file) {
		end_file(s, status, end, error);
		return;
	}
	if (last_of_line)
		keep_leftover(s);
	x->heard = s->received > 0;
	x->came_at = x->heard && !x->tell ? s->came_at : 0;
	bool sent = s->bid != BID_ASKED;
	s->current = NULL;
	s->bid = BID_NONE;
	split_expect_echo(s->split, (struct slice){0});
	if (x->tell)
		s->told = true;
	else if (status == EXCHANGE_OK)
		answered(s, x);
	else if (!late_given_up(s, status))
		session_warn(s,
			"resync=off: a late reply will be taken for the reply to the next command");
	if (!s->ahead || !ahead_count(s)) /* else the last of them is what goes out */
		session_pace_cut(s);
	loop_timer_stop(&s->reply_timer);
	if (last_of_line) {
		session_line_drop(s);
		session_set_state(s, SESSION_CLOSED);
	}
	if (s->now || s->now_out || s->echo.cap)
		now_current_ended(s, sent);
	if (s->ahead)
		finish_oldest(s, x, status, end, error);
	else
		finish(s, x, status, end, error);
}

void session_queue_end(struct session *s, enum exchange_status status, const char *error)
{
	struct exchange *x = s->queue;
	s->queue = s->queue_last = NULL;
	s->queued = 0;
	while (x) {
		struct exchange *next = x->next;
		session_finish(s, x, status, NULL, error);
		x = next;
	}
}
