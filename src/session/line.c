/* line.c - what the line of a session tells, and when it is opened again; see session.h.
 *
 * A line that was lost is opened again at once, then with pauses that grow to RETRY_MOST; a line
 * that could not be opened waits the first pause.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t RETRY_FIRST = 100 * NS_PER_MS;
static const int64_t RETRY_MOST = 10ll * NS_PER_S;

/* ---- the line ---- */

static bool tries_again(const struct session *s)
{
	return s->keep_open && !frame_half_closes(s->frame, SIDE_COMMAND);
}

/* Told once while the reason stays the same: a device may be off for a night. */
static void tell_down(struct session *s, const char *why)
{
	if (s->down && strcmp(s->down, why) == 0)
		return;
	free(s->down);
	s->down = mem_str(why);
	session_note(s, "cannot connect: %s%s", why,
		tries_again(s) ? "; trying again until it answers" : "");
}

static void tell_up(struct session *s)
{
	if (s->down)
		session_note(s, "the line is open");
	free(s->down);
	s->down = NULL;
}

static void retry_later(struct session *s)
{
	if (!tries_again(s)) {
		session_set_state(s, SESSION_CLOSED);
		return;
	}
	session_set_state(s, SESSION_RETRYING);
	loop_timer_set(&s->retry_timer, s->retry_pause);
	s->retry_pause = s->retry_pause ? s->retry_pause * 2 : RETRY_FIRST;
	if (s->retry_pause > RETRY_MOST)
		s->retry_pause = RETRY_MOST;
}

/* The line ended under us, by `why`. */
static void line_lost(struct session *s, const char *why)
{
	bool unheard = !s->current;
	if (loop_now(s->loop) - s->opened_at > RETRY_MOST)
		s->retry_pause = 0;
	session_line_drop(s);
	s->unsynced = false;
	s->busy = true;
	if (s->current)
		session_current_end(s, EXCHANGE_LOST, NULL, why);
	s->busy = false;
	if (unheard && s->keep_open)
		session_note(s, "%s", why);
	retry_later(s);
	session_pump(s);
}

static void on_line_open(void *owner)
{
	struct session *s = owner;
	s->line_open = true;
	s->answered = false;
	if (s->log)
		log_connected(s->log, transport_peer(s->line));
	s->opened_at = loop_now(s->loop);
	s->unsynced = false;
	session_set_state(s, SESSION_OPEN);
	tell_up(s);
	session_pump(s);
}

static void on_line_data(void *owner, struct slice bytes)
{
	struct session *s = owner;
	if (s->log)
		log_bytes(s->log, false, bytes, frame_rules(s->frame)->bin);
	s->received += bytes.len;
	s->gap_over = false;
	split_feed(&s->split, bytes);
	session_drain(s);
	if (s->unsynced && s->queue)
		loop_timer_set(&s->send_timer, s->settings.at[SET_RESYNC].value);
	session_silence_start(s);
	session_pump(s);
}

static void on_line_end(void *owner)
{
	struct session *s = owner;
	char error[ERROR_WHAT_MAX];
	split_close(&s->split);
	session_drain(s);
	if (!s->line) { /* the reply was complete by the close, and was the last of its line */
		session_pump(s);
		return;
	}
	if (s->current && s->received)
		snprintf(error, sizeof error,
			"peer closed in the middle of the reply, after %zu byte%s", s->received,
			s->received == 1 ? "" : "s");
	else
		snprintf(error, sizeof error, "%s",
			!s->current   ? "peer closed the line"
			: s->answered ? "peer closed without a reply; it answered on this line "
					"before: does it close after each reply?"
				      : "peer closed without a reply");
	line_lost(s, error);
}

/* The end of a datagram is silence and close, but the line stays. */
static void on_line_boundary(void *owner)
{
	struct session *s = owner;
	split_close(&s->split);
	session_drain(s);
	session_silence_start(s);
	session_pump(s);
}

static void on_line_fail(void *owner, const struct error *err)
{
	struct session *s = owner;
	if (err->status != STATUS_CONNECT) {
		split_break(&s->split);
		session_drain(s);
		line_lost(s, err->what);
		return;
	}
	session_line_drop(s);
	s->busy = true;
	if (s->queue)
		session_queue_end(s, EXCHANGE_CONNECT, err->what);
	else
		tell_down(s, err->what);
	s->busy = false;
	if (!s->retry_pause)
		s->retry_pause = RETRY_FIRST;
	retry_later(s);
	session_pump(s);
}

/* Any free port is chosen once: a device that calls again calls the same. */
static void keep_port(struct address *a, const char *where)
{
	const char *colon = strrchr(where, ':');
	long port = colon ? strtol(colon + 1, NULL, 10) : 0;
	if (*where != '/' && a->port == 0 && port > 0 && port <= 65535)
		a->port = (uint16_t)port;
}

static void on_line_step(void *owner, enum transport_step step, const char *text)
{
	static const char *const words[] = {[STEP_LOOKUP] = "looking up",
		[STEP_RESOLVED] = "its addresses:",
		[STEP_TRYING] = "connecting to",
		[STEP_FAILED] = "failed:",
		[STEP_LISTENING] = "listening on",
		[STEP_CONNECTED] = "connected to",
		[STEP_SECURED] = "protected by",
		[STEP_WARNING] = "warning:",
		[STEP_SAID] = "the command says:"};
	struct session *s = owner;
	struct bytes line; /* the text may be what a peer or a command says */
	if (step == STEP_LISTENING)
		keep_port(&s->address, text);
	bool called = step == STEP_CONNECTED && address_listens(&s->address);
	if (!called && !s->verbose && step != STEP_LISTENING && step < STEP_WARNING)
		return;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line, "%s ", called ? "called by" : words[step]);
	text_add(&line, slice_str(text), TEXT_PLAIN);
	session_tell(s, step >= STEP_WARNING, bytes_str(&line));
	bytes_free(&line);
}

/* The time runs from the last byte sent: a long command takes its own time first. */
static void on_line_drained(void *owner)
{
	struct session *s = owner;
	if (s->current && !s->received && !s->pace)
		session_wait(s);
}

static const struct transport_events line_events = {
	.step = on_line_step,
	.open = on_line_open,
	.data = on_line_data,
	.end = on_line_end,
	.boundary = on_line_boundary,
	.fail = on_line_fail,
	.drained = on_line_drained,
};

void session_line_start(struct session *s)
{
	const struct setting *connect = &s->settings.at[SET_CONNECT_TIMEOUT];
	int64_t ns = connect->set ? connect->value : s->settings.at[SET_TIMEOUT].value;
	loop_timer_stop(&s->retry_timer);
	/* Nobody knows when a device calls: only a time that somebody asked for limits the wait. */
	if (address_listens(&s->address) && !connect->set && !s->settings.at[SET_TIMEOUT].set)
		ns = 0;
	s->address.settings = s->settings;
	s->line = transport_open(s->loop, &s->address, ns, &line_events, s);
	session_set_state(s, SESSION_CONNECTING);
}

void session_on_retry(void *arg)
{
	session_line_start(arg);
}
