/* handshake.c - the tokens that some protocols put around their frames (RULES ABOUT REPLIES in
 * wilco-frame(5)).
 *
 *   bid a, b, c    the sender sends a, waits for b, sends the frame, and c after the last one
 *   ack, nak       the receiver says that a frame was good, or must come again
 *
 * To send again because of a nak is the protocol's own rule: the device said that it did not take
 * the frame.  This happens at most three times; nothing is ever sent again for another reason.
 */
#include "session/session_private.h"

enum { RESENDS_MOST = 3 };

static void send_token(struct session *s, struct slice token)
{
	if (token.len && s->line && s->line_open && !s->spent)
		session_put(s, token, SEND_ANSWER);
}

/* Returns the command whose frame is handed over: the one in flight, or one out of turn. */
static struct exchange *outgoing(const struct session *s)
{
	return s->now_out ? s->now_out : s->current;
}

static void send_command(struct session *s)
{
	struct exchange *x = s->current;
	s->answers_from = UINT64_MAX;
	if (x->file) {
		file_begin(s);
		return;
	}
	session_put(s, exchange_real_sent(x),
		SEND_COMMAND | (s->spent ? SEND_END : 0) | (x->hidden ? SEND_HIDDEN : 0));
	if (frame_rules(s->frame)->echo && !x->wire)
		split_expect_echo(s->split, exchange_real_sent(x));
}

static void send_frame(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	s->acked = false;
	if (s->now_out) {
		session_put(
			s, exchange_real_sent(s->now_out), s->now_out->hidden ? SEND_HIDDEN : 0);
		now_sent(s, s->now_out);
	} else {
		send_command(s);
	}
	if (s->bid != BID_NONE && !rules->ack.len) {
		send_token(s, rules->bid[2]);
		s->bid = BID_NONE;
	}
}

void handshake_begin(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	s->resends = 0;
	s->bid = BID_NONE;
	if (!s->now_out)
		s->refusals = 0;
	if (!rules->bids || outgoing(s)->wire) {
		send_frame(s);
		return;
	}
	send_token(s, rules->bid[0]);
	s->bid = rules->bid[1].len ? BID_ASKED : BID_GRANTED;
	if (s->bid == BID_GRANTED)
		send_frame(s);
}

static void gives_up(struct session *s, const char *error)
{
	s->bid = BID_NONE;
	if (s->now_out)
		now_over(s, EXCHANGE_DAMAGED, error);
	else
		session_current_end(s, EXCHANGE_DAMAGED, NULL, error);
}

static void refused(struct session *s)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	bool took = !s->now_out && s->tracker.frames; /* the reply has begun */
	if (took || outgoing(s)->wire)
		return;
	if (s->resends == RESENDS_MOST) {
		gives_up(s, s->bid == BID_ASKED
				    ? "the device refused to listen (nak) four times"
				    : "the device said nak to the command and to three resends");
		return;
	}
	s->resends++;
	if (s->bid == BID_ASKED)
		send_token(s, rules->bid[0]);
	else
		send_frame(s);
	if (!s->now_out)
		session_wait(s);
}

void handshake_token(struct session *s, const struct split_event *event)
{
	const struct frame_rules *rules = frame_rules(s->frame);
	/* A token that came before the command had left says nothing about it. */
	bool answers = s->current && (s->bid == BID_ASKED || event->offset >= s->answers_from);
	if (event->token == TOKEN_BID) {
		send_token(s, rules->bid[1]); /* the device wants to send, and may */
	} else if (!answers) {
		return;
	} else if (event->token == TOKEN_NAK) {
		refused(s);
	} else if (s->bid == BID_ASKED && slice_equal(event->raw, rules->bid[1])) {
		s->bid = BID_GRANTED;
		send_frame(s);
		if (!s->now_out)
			session_wait(s);
	} else if (event->token == TOKEN_ACK) {
		s->acked = true;
		if (s->bid == BID_GRANTED)
			send_token(s, rules->bid[2]);
		s->bid = BID_NONE;
		now_over(s, EXCHANGE_OK, NULL);
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
