/* handshake.c - the tokens that some protocols put around their frames (notation section 6).
 *
 *   bid a, b, c    the sender sends a, waits for b, sends the frame, and c after the last one
 *   ack, nak       the receiver says that a frame came well, or has to come again
 *
 * A resend because of a nak is the protocol's own: the device said that it did not take the frame.
 * There are at most three; nothing is ever sent again for another reason.
 */
#include "session/session_private.h"

enum { RESENDS_MOST = 3 };

static void send_token(struct session *s, struct slice token)
{
	if (token.len && s->line && s->line_open && !s->spent)
		session_put(s, token, false);
}

static void send_frame(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	struct exchange *x = s->current;
	session_put(s, bytes_slice(&x->sent), s->spent);
	if (rules->echo && !x->wire)
		split_expect_echo(&s->split, bytes_slice(&x->sent));
	if (s->bid != BID_NONE && !rules->ack.len) {
		send_token(s, rules->bid[2]);
		s->bid = BID_NONE;
	}
}

void handshake_begin(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	s->resends = s->refusals = 0;
	s->bid = BID_NONE;
	if (!rules->bids || s->current->wire) {
		send_frame(s);
		return;
	}
	send_token(s, rules->bid[0]);
	s->bid = rules->bid[1].len ? BID_ASKED : BID_GRANTED;
	if (s->bid == BID_GRANTED)
		send_frame(s);
}

static void refused(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	if (s->tracker.frames || s->current->wire)
		return; /* the reply has begun: the device took the command */
	if (s->resends == RESENDS_MOST) {
		session_current_end(s, EXCHANGE_DAMAGED, NULL,
			s->bid == BID_ASKED
				? "the device refused to listen (nak) four times"
				: "the device said nak to the command and to three resends");
		return;
	}
	s->resends++;
	if (s->bid == BID_ASKED)
		send_token(s, rules->bid[0]);
	else
		send_frame(s);
	session_wait(s);
}

void handshake_token(struct session *s, const struct split_event *event)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	if (event->token == TOKEN_BID) {
		send_token(s, rules->bid[1]); /* the device wants to send: it may */
	} else if (!s->current) {
		return;
	} else if (event->token == TOKEN_NAK) {
		refused(s);
	} else if (s->bid == BID_ASKED && slice_equal(event->raw, rules->bid[1])) {
		s->bid = BID_GRANTED;
		send_frame(s);
		session_wait(s);
	} else if (s->bid == BID_GRANTED && event->token == TOKEN_ACK) {
		send_token(s, rules->bid[2]);
		s->bid = BID_NONE;
	}
}

void handshake_good(struct session *s)
{
	send_token(s, frame_rules(s->frame)->ack);
}

bool handshake_damaged(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	if (!rules->nak.len || s->refusals == RESENDS_MOST)
		return false;
	s->refusals++;
	send_token(s, rules->nak);
	session_wait(s);
	return true;
}
