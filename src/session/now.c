/* now.c - a command that goes out at once while another one waits (`.now`); see session.h.
 *
 * It has no reply of its own: what comes belongs to the command that waits.  It goes out between
 * two frames only: behind one that is paced, bids, or is not acknowledged yet, it waits.  Where the
 * device acknowledges frames (`ack`, `bid`), it ends with its own acknowledgement, so that a nak
 * brings it again, and not the command that waits.
 */
#include "base/mem.h"
#include "session/session_private.h"
#include <stdlib.h>
#include <string.h>

static bool has_tokens(const struct session *s)
{
	return frame_rules(s->frame)->ack.len || frame_rules(s->frame)->bids;
}

static void now_end(
	struct session *s, struct exchange *x, enum exchange_status status, const char *error)
{
	bool outer = s->busy;
	s->busy = true;
	session_finish(s, x, status, status == EXCHANGE_OK ? "none expected" : NULL, error);
	s->busy = outer;
}

static struct exchange *take_first(struct session *s)
{
	struct exchange *x = s->now;
	s->now = x->next;
	x->next = NULL;
	return x;
}

/* ---- fields ---- */

/* Encodes it with the next values of counters, and leaves those with which the reply that is waited
 * for is compared. */
static bool now_encode(struct session *s, struct exchange *x, struct error *err)
{
	MEM_UNSET struct frame_values sent;
	memcpy(sent.at, session_counters(s), frame_field_count(s->frame) * sizeof *s->sent);
	if (!session_may_send(s, err) || !session_encode_command(s, x, sent.at, err))
		return false;
	session_count_on(s, sent.at);
	return true;
}

void session_count_on(struct session *s, const struct field_value *sent)
{
	size_t size = frame_field_count(s->frame) * sizeof *s->sent;
	if (size && !s->counters)
		s->counters = mem_new(size);
	if (size)
		memcpy(s->counters, sent, size);
}

const struct field_value *session_counters(const struct session *s)
{
	return s->counters ? s->counters : s->sent;
}

void now_merge_counters(struct session *s)
{
	memcpy(s->sent, s->counters, frame_field_count(s->frame) * sizeof *s->sent);
	free(s->counters);
	s->counters = NULL;
}

/* ---- its echo ---- */

/* It is expected behind that of the command that waits, if that one is still to come.  Whoever
 * answers first may echo it later: then it is not told from the reply. */
void now_sent(struct session *s, const struct exchange *x)
{
	if (!frame_rules(s->frame)->echo || x->wire || !s->current)
		return;
	if (split_expects_echo(s->split) && !s->echo_lent)
		bytes_add(&s->echo, exchange_real_sent(x));
	else if (!split_expects_echo(s->split) && !split_pending(s->split)) {
		bytes_clear(&s->echo);
		s->echo_lent = false;
		bytes_add(&s->echo, exchange_real_sent(x));
		now_echo_came(s);
	}
}

void now_echo_came(struct session *s)
{
	s->echo_lent = s->echo.len && !s->echo_lent;
	if (s->echo_lent)
		split_expect_echo_maybe(s->split, bytes_slice(&s->echo));
	else
		bytes_free(&s->echo);
}

/* ---- sending ---- */

/* Says whether the frame in progress is out and acknowledged. */
static bool may_go(const struct session *s)
{
	bool token = s->current && frame_rules(s->frame)->ack.len && !s->current->wire;
	return !s->busy && !s->pace && s->bid == BID_NONE && !s->now_out &&
	       (!token || s->acked || s->tracker.frames);
}

static void now_send(struct session *s, struct exchange *x)
{
	struct error err;
	if (!now_encode(s, x, &err)) {
		now_end(s, x, EXCHANGE_REFUSED, err.what);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &x->time);
	x->sent_at = loop_now_fresh(s->loop);
	x->tell = x->now = true;
	s->now_out = x;
	handshake_begin(s);
	if (!has_tokens(s) || x->wire)
		now_over(s, EXCHANGE_OK, NULL);
}

void now_over(struct session *s, enum exchange_status status, const char *error)
{
	struct exchange *x = s->now_out;
	s->now_out = NULL;
	if (x)
		now_end(s, x, status, error);
}

/* Gives those that did not go out their turn as any command, in front of those that wait. */
static void put_in_front(struct session *s)
{
	struct exchange **link = &s->now;
	for (; *link; link = &(*link)->next) {
		s->queued++;
		if (!s->queue && !(*link)->next)
			s->queue_last = *link;
	}
	*link = s->queue;
	s->queue = s->now;
	s->now = NULL;
}

/* It goes behind a command that is about to go out, or whose line is not open yet, or still awaits
 * the greeting: a device that does not run that command yet would take no notice. */
static bool goes_behind(const struct session *s)
{
	return s->current || (s->queue && (s->busy || !s->line_open || s->greeting.awaited));
}

void now_pump(struct session *s)
{
	if (!s->current && !s->queue)
		put_in_front(s);
	while (s->now && s->current && !s->busy)
		if (s->spent)
			now_end(s, take_first(s), EXCHANGE_REFUSED,
				"the connection is half-closed behind the command (eof): nothing "
				"can be sent before its reply has come");
		else if (may_go(s))
			now_send(s, take_first(s));
		else
			return;
}

bool now_takes(struct session *s, struct exchange *x)
{
	if (!goes_behind(s)) {
		if (!s->queue || has_tokens(s) || !may_go(s))
			return false;
		now_send(s, x);
		return true;
	}
	struct exchange **link = &s->now;
	size_t count = 0;
	for (; *link; link = &(*link)->next)
		count++;
	*link = x;
	if (count >= LIMIT_COMMANDS) {
		*link = NULL;
		now_end(s, x, EXCHANGE_REFUSED, "too many commands wait already");
	}
	now_pump(s);
	return true;
}

void now_current_ended(struct session *s, bool sent)
{
	if (s->now_out && !sent)
		s->now_out->sent_at = 0;
	now_over(s, sent ? EXCHANGE_OK : EXCHANGE_LOST,
		sent ? NULL
		     : "not sent: the command that waited ended before the device was ready");
	bytes_free(&s->echo);
	s->echo_lent = false;
	put_in_front(s);
}

void now_cancel(struct session *s)
{
	while (s->now)
		now_end(s, take_first(s), EXCHANGE_CANCELLED, "cancelled before it was sent");
}
