/* patience.c - knows how long a reply may take; see session.h.
 *
 * `timeout` is absolute: it runs from each write that the protocol asks for (command, bid, frame,
 * resend, nak), and no byte that comes extends it, or a modem that prints a line every half second
 * would keep a command alive for ever.  With `silence` it runs only to the first byte of the reply;
 * then each pause may take that long, and `deadline` bounds the whole.
 */
#include "base/number.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>

static int64_t value(const struct session *s, enum setting_id id)
{
	return s->settings.at[id].value;
}

static bool has_silence(const struct session *s)
{
	return value(s, SET_SILENCE) > 0;
}

void session_wait(struct session *s)
{
	loop_timer_set(&s->reply_timer, value(s, SET_TIMEOUT));
	s->due_before = s->reply_timer.due;
}

/* Bounds the time when the reply is given up by the deadline. */
static int64_t bounded(const struct session *s, int64_t due)
{
	int64_t from = s->turn_at > s->current->sent_at ? s->turn_at : s->current->sent_at;
	int64_t most = from + value(s, SET_DEADLINE);
	return value(s, SET_DEADLINE) > 0 && due > most ? most : due;
}

/* Restarts `silence`.  A frame that is not part of the reply (an echo, an acknowledgement, a frame
 * for somebody else) leaves the clock as it was before its first byte. */
void session_reply_goes_on(struct session *s)
{
	bool pending = split_pending(s->split) > 0, goes_on = s->counted || pending;
	int64_t now = loop_now(s->loop);
	if (!s->current || s->current->tell || !has_silence(s) || s->answers_from == UINT64_MAX)
		return;
	int64_t due = goes_on ? bounded(s, now + value(s, SET_SILENCE)) : s->due_before;
	loop_timer_set(&s->reply_timer, due - now);
	if (s->counted || !pending)
		s->due_before = due;
}

/* ---- why it ended ---- */

/* Adds "... 2 frames came that answer another command (tid 3, not 4)". */
static void explain_others(const struct session *s, const char *limit, char error[ERROR_WHAT_MAX])
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "%s ", frame_field_name(s->frame, s->other));
	frame_field_text(&s->other_value, &text);
	bytes_add_str(&text, ", not ");
	frame_field_text(&s->sent[s->other], &text);
	snprintf(error, ERROR_WHAT_MAX,
		"no reply within %s: %zu frame%s came that %s another command (%s)", limit,
		s->others, plural(s->others), s->others == 1 ? "answers" : "answer",
		bytes_str(&text));
	bytes_free(&text);
}

/* Says what was waited for: the whole reply, its next byte, or its end. */
static const char *limit_text(const struct session *s, int64_t now, char out[64])
{
	char text[DURATION_TEXT_MAX];
	bool began = has_silence(s) && s->received > s->elsewhere;
	bool late = began && value(s, SET_DEADLINE) > 0 &&
		    now >= s->current->sent_at + value(s, SET_DEADLINE);
	duration_text(value(s, late ? SET_DEADLINE : began ? SET_SILENCE : SET_TIMEOUT), text);
	snprintf(out, 64, "%s%s", text, late ? " (deadline)" : began ? " of silence" : "");
	return out;
}

static bool still_came(const struct session *s, int64_t now)
{
	int64_t recent = value(s, SET_TIMEOUT) / 2;
	return !has_silence(s) && s->received && now - s->came_at <= recent;
}

/* Says that the command has not left: the device lets nothing out, or the line is slow. */
bool session_explain_unsent(const struct session *s, char error[ERROR_WHAT_MAX])
{
	static const char *const flows[] = {[FLOW_NONE] = "they have not left the port yet",
		[FLOW_RTSCTS] = "the device holds the line (CTS is off)",
		[FLOW_XONXOFF] = "the device holds the line (XOFF)"};
	size_t unsent = s->line && address_byte_time(&s->address) ? transport_unsent(s->line) : 0;
	if (unsent)
		snprintf(error, ERROR_WHAT_MAX, "%zu byte%s still wait%s: %s", unsent,
			plural(unsent), unsent == 1 ? "s" : "", flows[value(s, SET_FLOW)]);
	return unsent > 0;
}

/* Says why the command in flight timed out: what came has no end, or it was whole and answers
 * another command; or nothing came. */
static void explain_timeout(const struct session *s, char error[ERROR_WHAT_MAX])
{
	char limit[64];
	int64_t now = loop_now(s->loop);
	size_t open = s->received > s->elsewhere ? s->received - s->elsewhere : 0;
	limit_text(s, now, limit);
	if (open)
		snprintf(error, ERROR_WHAT_MAX,
			"no complete reply within %s: %zu byte%s came without an end%s", limit,
			open, plural(open),
			still_came(s, now) ? "; bytes were still coming: silence=1s waits for "
					     "replies that take long"
					   : "");
	else if (session_explain_unsent(s, error))
		return;
	else if (s->others)
		explain_others(s, limit, error);
	else
		snprintf(error, ERROR_WHAT_MAX, "no reply within %s%s", limit,
			s->acked ? ": the device acknowledged the command" : "");
}

void session_on_reply_time(void *arg)
{
	struct session *s = arg;
	char end[64], error[ERROR_WHAT_MAX];
	if (frame_gap_within(s->frame, SIDE_REPLY).present && !s->gap_over)
		split_give_up(s->split);
	else
		split_silence(s->split);
	session_drain(s);
	if (!s->current || s->current->tell) {
		if (s->current)
			tell_time_is_up(s);
		session_pump(s);
		return;
	}
	snprintf(end, sizeof end, "timeout after %zu byte%s", s->received, plural(s->received));
	explain_timeout(s, error);
	session_current_end(s, EXCHANGE_TIMEOUT, end, error);
	session_pump(s);
}
