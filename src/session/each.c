/* each.c - a line for each command (connection=each), for devices that close it behind each reply;
 * see session.h.
 *
 * The setting decides, or else the frame.  A device of which nobody knew it shows it by one lost
 * command, which is not sent again.
 */
#include "base/number.h"
#include "session/session_private.h"

/* Behind a reply means this soon: a person who types `exit` is slower. */
static const int64_t BEHIND_NS = NS_PER_S;

bool session_each(const struct session *s)
{
	const struct setting *connection = &s->settings.at[SET_CONNECTION];
	bool each = connection->set ? connection->value == CONNECTION_EACH
				    : frame_closes_each(s->frame);
	return each && address_has_each(&s->address);
}

void each_chosen(struct session *s)
{
	s->single |= s->answered && session_each(s);
}

bool session_rests(const struct session *s)
{
	return s->state == SESSION_CLOSED && !s->shut && session_each(s);
}

bool each_is_possible(const struct session *s)
{
	return address_has_each(&s->address) && !session_each(s);
}

void each_line_lost(struct session *s)
{
	bool behind =
		s->answered == 1 && !s->received && loop_now(s->loop) - s->answered_at <= BEHIND_NS;
	if (!behind || !each_is_possible(s) || ahead_is_set(s))
		return;
	s->settings.at[SET_CONNECTION] = (struct setting){true, CONNECTION_EACH};
	session_warn(s, "the device closes the line after each reply: from now on each command "
			"gets its own line (connection=each); the lost command is not sent again");
}
