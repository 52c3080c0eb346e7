/* tell.c - a command without a reply (`.tell`); see session.h.
 *
 * It is over when it has left as far as anybody can tell: all bytes have gone out and have arrived
 * (transport_unsent()), and what the frame says comes behind them has come: the echo, the token of
 * `ack`, with `eof` the peer's end.  A device may owe none of these to a command that switches it
 * off, so they are waited for LINGER only.  What comes meanwhile answers nothing.
 */
#include "base/number.h"
#include "session/session_private.h"
#include <stdio.h>

static const int64_t LINGER = NS_PER_S;

/* closed: the device has closed its side. */
static void over(struct session *s, bool closed)
{
	const char *end = !s->current->file ? "none expected"
			  : closed          ? "delivered, and the device closed the line"
			  : s->spent        ? "delivered; the device has not closed the line"
					    : "delivered";
	session_current_end(s, EXCHANGE_OK, end, NULL);
}

/* A device may go on with a file for some time before it closes the line, as its frame says. */
static int64_t linger(const struct session *s)
{
	bool closes = s->current->file && frame_half_closes(s->frame, SIDE_COMMAND);
	int64_t timeout = s->settings.at[SET_TIMEOUT].value;
	return closes && timeout > LINGER ? timeout : LINGER;
}

/* Says whether all of it was handed to the line, and the device let us. */
static bool has_left(const struct session *s)
{
	return s->answers_from != UINT64_MAX && s->bid == BID_NONE;
}

/* Says whether something may yet come that belongs to the command. */
static bool lingers(const struct session *s)
{
	bool token = frame_rules(s->frame)->ack.len && !s->acked && !s->current->wire;
	return s->spent || token || split_expects_echo(s->split);
}

/* Returns when to look again: the system does not say when a peer has acknowledged something. */
static int64_t look_again(int64_t waited)
{
	int64_t ns = waited / 4, most = waited < LINGER ? LINGER - waited : LINGER / 10;
	return ns < NS_PER_MS ? NS_PER_MS : ns > most ? most : ns;
}

void tell_go_on(struct session *s)
{
	if (!has_left(s))
		return;
	size_t unsent = transport_unsent(s->line);
	int64_t waited = loop_now(s->loop) - s->left_at;
	if (s->file)
		file_look(s);
	if (unsent < s->unsent)
		session_wait(s); /* a slow line has its own time */
	s->unsent = unsent;
	if (!unsent && (!lingers(s) || waited >= linger(s)))
		over(s, false);
	else
		loop_timer_set(&s->send_timer, look_again(waited));
}

void tell_time_is_up(struct session *s)
{
	char time[DURATION_TEXT_MAX], error[ERROR_WHAT_MAX];
	duration_text(s->settings.at[SET_TIMEOUT].value, time);
	size_t unsent = transport_unsent(s->line);
	if (has_left(s) && !unsent) {
		over(s, false);
		return;
	}
	if (s->file) {
		file_time_is_up(s);
		return;
	}
	if (unsent)
		snprintf(error, sizeof error, "%zu byte%s of it did not arrive within %s", unsent,
			plural(unsent), time);
	else
		snprintf(error, sizeof error, "the device did not take it within %s (bid, ack)",
			time);
	session_current_end(s, EXCHANGE_TIMEOUT, NULL, error);
}

/* Ends it if it has arrived, and sends nothing meanwhile. */
static void over_if_arrived(struct session *s, bool closed)
{
	bool outer = s->busy;
	if (!has_left(s) || transport_unsent(s->line))
		return;
	s->busy = true;
	over(s, closed);
	s->busy = outer;
}

void tell_heard(struct session *s)
{
	if (tell_waits(s) && !lingers(s))
		over_if_arrived(s, false);
}

void tell_peer_closed(struct session *s)
{
	if (tell_waits(s))
		over_if_arrived(s, true); /* nothing can be sent on this line any more */
}
