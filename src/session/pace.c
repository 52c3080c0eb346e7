/* pace.c - sends a session's bytes: at once in one write, or byte by byte and line by line for a
 * device that cannot take them faster (char-delay, line-delay). */
#include "base/mem.h"
#include "session/session_private.h"
#include <stdlib.h>

struct pace {
	struct bytes bytes;
	size_t at;
	size_t answers;  /* bytes of them that nobody asked for, even those that were sent */
	size_t command;  /* where the command in flight ends in them; 0: it has left */
	unsigned end;    /* SEND_END after them, or 0 */
	unsigned hidden; /* SEND_HIDDEN: there is a secret in them; SEND_UNLOGGED */
	struct loop_timer timer;
};

static void pace_put(struct session *s, struct slice bytes, unsigned how)
{
	if (how & SEND_UNLOGGED)
		; /* direct.c does it */
	else if (s->log && bytes.len && how & SEND_HIDDEN)
		log_hidden(s->log, true, bytes.len);
	else if (s->log && bytes.len)
		log_bytes(s->log, true, bytes, frame_rules(s->frame)->bin);
	if (s->ahead && ahead_keeps(s, bytes))
		return;
	transport_send(s->line, bytes, how & (SEND_END | SEND_ANSWER));
}

/* Returns how much goes out before the next pause: a byte, or everything up to a line end. */
static size_t piece(const struct session *s, struct slice rest, int64_t *pause)
{
	int64_t by_char = s->settings.at[SET_CHAR_DELAY].value;
	int64_t by_line = s->settings.at[SET_LINE_DELAY].value;
	size_t n = 0;
	bool ends = false;
	while (n < rest.len && !ends && !(by_char && n)) {
		uint8_t c = rest.at[n++];
		bool pair = c == '\r' && n < rest.len && rest.at[n] == '\n';
		ends = by_line && (c == '\n' || c == '\r') && !pair;
	}
	*pause = ends && by_line > by_char ? by_line : by_char;
	return n;
}

/* Starts the reply's time at the command's last byte, so that it cannot be over before. */
static void time_command(struct session *s, struct pace *p, int64_t pause)
{
	bool ahead = ahead_count(s) > 0; /* then the time is that of the oldest */
	if (p->at >= p->command) {
		p->command = 0;
		pause = 0;
		session_command_left(s);
		if (!ahead)
			s->current->sent_at = loop_now_fresh(s->loop);
	}
	if (ahead)
		return;
	loop_timer_set(&s->reply_timer, s->settings.at[SET_TIMEOUT].value + pause);
}

static void on_pace(void *arg)
{
	struct session *s = arg;
	struct pace *p = s->pace;
	int64_t pause;
	struct slice rest = slice_cut(bytes_slice(&p->bytes), p->at, p->bytes.len);
	size_t n = piece(s, rest, &pause);
	bool last = n == rest.len;
	p->at += n;
	pace_put(s, slice_cut(rest, 0, n), (last ? p->end : 0) | p->hidden);
	if (p->command)
		time_command(s, p, pause);
	if (!last) {
		loop_timer_set(&p->timer, pause);
		return;
	}
	session_pace_stop(s);
	transport_read(s->line, !direct_holds(s));
	if (s->file)
		file_go_on(s);
	else
		session_pump(s);
	if (s->direct)
		direct_drained(s);
}

bool session_is_slow(const struct session *s)
{
	return s->settings.at[SET_CHAR_DELAY].value || s->settings.at[SET_LINE_DELAY].value;
}

static struct pace *pace_new(struct session *s)
{
	struct pace *p = mem_new(sizeof *p);
	bytes_init(&p->bytes, LIMIT_UNSENT); /* session_may_send() keeps it far below this */
	loop_timer_init(&p->timer, s->loop, on_pace, s);
	return p;
}

void session_put(struct session *s, struct slice bytes, unsigned how)
{
	if (!s->pace && (!session_is_slow(s) || bytes.len <= 1)) {
		pace_put(s, bytes, how & (SEND_END | SEND_ANSWER | SEND_HIDDEN | SEND_UNLOGGED));
		if (how & SEND_COMMAND)
			session_command_left(s);
		return;
	}
	bool begins = !s->pace;
	if (begins)
		s->pace = pace_new(s);
	if (!bytes_add(&s->pace->bytes, bytes))
		session_tell(s, true, "warning: an answer of wilco is lost: too many bytes wait");
	s->pace->command = how & SEND_COMMAND ? s->pace->bytes.len : s->pace->command;
	s->pace->end |= how & SEND_END;
	s->pace->hidden |= how & (SEND_HIDDEN | SEND_UNLOGGED);
	s->pace->answers += how & SEND_ANSWER ? bytes.len : 0;
	if (s->pace->answers > LIMIT_ANSWERS)
		transport_read(s->line, false);
	if (begins) /* at once: what comes before its first byte is no echo of it */
		on_pace(s);
}

bool session_may_send(const struct session *s, struct error *err)
{
	size_t unsent = transport_queued(s->line) + (s->pace ? s->pace->bytes.len : 0);
	return unsent <= LIMIT_QUEUE ||
	       error_set(err, STATUS_REPLY,
		       "not sent: the device takes nothing, and %zu bytes wait for it already",
		       unsent);
}

bool session_pace_goes_on(const struct session *s)
{
	return s->pace && s->pace->command;
}

size_t session_pace_left(const struct session *s)
{
	return s->pace ? s->pace->bytes.len - s->pace->at : 0;
}

size_t session_waiting(const struct session *s)
{
	return (s->line ? transport_queued(s->line) : 0) + session_pace_left(s);
}

size_t session_unsent(const struct session *s)
{
	return (s->line ? transport_unsent(s->line) - transport_queued(s->line) : 0) +
	       session_waiting(s);
}

size_t session_pace_answers(const struct session *s)
{
	return s->pace ? s->pace->answers : 0;
}

void session_pace_cut(struct session *s)
{
	if (!session_pace_goes_on(s))
		return;
	session_pace_stop(s);
	transport_read(s->line, !direct_holds(s));
	session_warn(s, "only a part of the command went out: the device may take what follows for "
			"the rest of it");
}

void session_pace_stop(struct session *s)
{
	if (!s->pace)
		return;
	loop_timer_stop(&s->pace->timer);
	if (s->pace->hidden)
		explicit_bzero(s->pace->bytes.at, s->pace->bytes.len);
	bytes_free(&s->pace->bytes);
	free(s->pace);
	s->pace = NULL;
}
