/* giving_up.c - a reply that was given up may yet come, and must not answer anything else.
 *
 *   ended as     the peer is the device itself        the device is behind it, or calls us
 *   timeout      opened afresh and listened to        waits for `resync`
 *   damaged      waits for `resync`                   the same
 *   cancelled    waits until its own timeout is over  the same
 *   lost         the next line is listened to         the same
 *   a terminal   is listened to, as the next line is where it is not open
 *
 * The wait is over when as many complete replies came as were given up and the line was quiet for
 * `gap`, at the latest at `most`: more bytes do not extend it.  On a line that was opened afresh
 * only time ends it, because a banner is no reply.  A frame that repeats a number of its command
 * (frame_matches_replies) needs none of this: that it is late is only said.
 */
#include "base/number.h"
#include "session/session_private.h"
#include <stdio.h>

static const int64_t LISTEN_NS = 500 * NS_PER_MS;

/* Returns how long to wait; a negative time: not at all. */
static int64_t resync_ns(const struct session *s)
{
	const struct setting *resync = &s->settings.at[SET_RESYNC];
	int64_t timeout = s->settings.at[SET_TIMEOUT].value;
	int64_t silence = s->settings.at[SET_SILENCE].value;
	return resync->set ? resync->value : silence > timeout ? silence : timeout;
}

static int64_t listen_ns(const struct session *s)
{
	int64_t resync = resync_ns(s);
	bool shorter = s->settings.at[SET_RESYNC].set && resync < LISTEN_NS;
	return shorter ? resync : LISTEN_NS;
}

static bool is_direct(const struct session *s)
{
	return address_is_direct(&s->address) && !s->settings.at[SET_GATEWAY].value;
}

bool late_matters(const struct session *s)
{
	return !frame_matches_replies(s->frame);
}

static void wait_until(struct session *s, int64_t ns)
{
	s->late.waits = true;
	s->late.told = s->late.left = false;
	s->late.until = s->late.most = ns;
}

/* Expects the reply that is given up, which depends on the command. */
static void late_owes(struct session *s, size_t replies)
{
	struct late *l = &s->late;
	l->owed += replies;
	l->quiet = l->several = false;
	l->tracker = s->tracker;
	reply_begin_again(&l->tracker);
}

bool late_given_up(struct session *s, enum exchange_status status)
{
	struct late *l = &s->late;
	bool direct = is_direct(s);
	if (!late_matters(s)) {
		late_owes(s, status == EXCHANGE_TIMEOUT || status == EXCHANGE_CANCELLED);
		return true;
	}
	if (resync_ns(s) < 0)
		return false;
	if (status == EXCHANGE_LOST) {
		l->listens = true;
		return true;
	}
	l->afresh = direct && status == EXCHANGE_TIMEOUT;
	l->listens = direct && (s->single || status == EXCHANGE_TIMEOUT);
	late_owes(s, 1);
	wait_until(s, status == EXCHANGE_CANCELLED ? s->reply_timer.due
						   : loop_now(s->loop) + resync_ns(s));
	return true;
}

void late_owes_more(struct session *s, size_t replies)
{
	struct late *l = &s->late;
	if (resync_ns(s) < 0 || !replies)
		return;
	l->owed += replies;
	l->several = true;
}

void late_answered(struct session *s)
{
	s->late.owed = 0;
}

bool late_line_opened(struct session *s)
{
	struct late *l = &s->late;
	char time[DURATION_TEXT_MAX];
	bool listens = l->listens && resync_ns(s) >= 0 && late_matters(s);
	if (listens) {
		const char *why = l->left ? "because bytes passed without a frame"
					  : "because a reply did not come";
		wait_until(s, loop_now(s->loop) + listen_ns(s));
		/* A frame that closes our side opens each line afresh. */
		l->told = !frame_half_closes(s->frame, SIDE_COMMAND);
		if (l->told && listen_ns(s) >= NS_PER_MS) /* a probe listens by itself */
			session_warn(s,
				"the line was opened again, %s; bytes that come within %s are late",
				why, duration_text(listen_ns(s), time));
	}
	l->listens = l->afresh = l->quiet = false;
	l->owed = 0;
	return listens;
}

void late_forget(struct session *s, bool listens)
{
	s->late = (struct late){.listens = listens};
	reply_begin(&s->late.tracker, s->frame, SLICE(""), NULL);
}

void late_left(struct session *s)
{
	late_forget(s, !s->line_open);
	if (resync_ns(s) >= 0 && late_matters(s) && s->line_open) {
		wait_until(s, loop_now(s->loop) + listen_ns(s));
		s->late.most = loop_now(s->loop) + resync_ns(s);
	}
	s->late.left = true;
}

bool late_waits(const struct session *s)
{
	return s->late.waits && loop_now(s->loop) < s->late.until;
}

void late_holds(struct session *s)
{
	char time[DURATION_TEXT_MAX];
	if (!late_waits(s) || s->late.told)
		return;
	s->late.told = true;
	session_note(s, "the next command waits for a late reply, at most %s",
		duration_text(s->late.most - loop_now(s->loop), time));
}

bool late_wants_fresh_line(const struct session *s)
{
	return s->late.afresh;
}

/* Extends the wait to `gap` of quiet after the last reply that was given up, or after what a
 * terminal left. */
void late_bytes_came(struct session *s)
{
	struct late *l = &s->late;
	int64_t quiet = loop_now(s->loop) + s->settings.at[SET_GAP].value;
	if (l->quiet || (l->left && quiet > l->until))
		l->until = quiet < l->most ? quiet : l->most;
}

/* Counts the replies that were given up. */
static void late_count(struct session *s, struct split_event *event)
{
	struct late *l = &s->late;
	if (reply_take(&l->tracker, event) != REPLY_DONE)
		return;
	reply_begin_again(&l->tracker);
	l->quiet = l->owed == 1 || l->quiet;
	l->owed -= l->owed > 0;
	if (l->several && l->waits && l->owed) /* the device answers one after the other */
		l->until = l->most = loop_now(s->loop) + resync_ns(s);
	late_bytes_came(s); /* silence may have ended it, some time after its bytes */
}

bool late_takes(struct session *s, struct split_event *event)
{
	const struct late *l = &s->late;
	bool late = l->owed || late_waits(s);
	if (event->kind == SPLIT_FRAME && (l->owed || l->quiet))
		late_count(s, event);
	else if (event->kind == SPLIT_FRAME)
		frame_mark_async(s->frame, event);
	return late && event->mark != MARK_ASYNC;
}

int64_t session_waits_until(const struct session *s)
{
	return late_waits(s) ? s->late.until : 0;
}
