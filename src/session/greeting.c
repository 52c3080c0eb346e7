/* greeting.c - what a device says because a line was opened answers no command.
 *
 * Where the frame has `greet`, the frames up to the first that matches are the greeting, whenever
 * they come before the first reply.  With the setting alone all bytes are the greeting, until the
 * line was quiet for `gap`.  The first command waits for it, but not for ever.
 *
 * The bytes of `open` go out before it, after the greeting of a frame that has one.
 */
#include "session/session_private.h"

#include "base/escape.h"
#include "base/number.h"
#include "base/text.h"
#include <stdio.h>

static const int64_t GREETING_NS = NS_PER_S;

static int64_t wait_ns(const struct session *s)
{
	const struct setting *greet = &s->settings.at[SET_GREET];
	return !greet->set && frame_greets(s->frame) ? GREETING_NS : greet->value;
}

static void send_opening(struct session *s)
{
	const char *list = s->address.text[TEXT_OPEN];
	struct bytes bytes, text;
	struct error err;
	if (!list || !s->line || !s->line_open)
		return;
	bytes_init(&bytes, LIMIT_ADDRESS);
	bytes_init(&text, LIMIT_MESSAGE);
	escape_bytes(slice_str(list), &bytes, &err);
	text_add_hex(&text, bytes_slice(&bytes), true);
	session_put(s, bytes_slice(&bytes), 0);
	session_note(s, "sent at opening: %s", bytes_str(&text));
	bytes_free(&bytes);
	bytes_free(&text);
}

void greeting_line_starts(struct session *s)
{
	bool awaited = wait_ns(s) > 0 && !address_datagrams(&s->address) && !s->direct;
	s->greeting = (struct greeting){
		.awaited = awaited,
		.expected = awaited || frame_greets(s->frame),
		.until = INT64_MAX,
		.most = INT64_MAX,
	};
}

void greeting_line_opened(struct session *s)
{
	struct greeting *g = &s->greeting;
	g->most = loop_now(s->loop) + wait_ns(s);
	g->until = g->until < g->most ? g->until : g->most;
	if (!g->awaited || !frame_greets(s->frame))
		send_opening(s);
}

/* Ends the wait for the greeting, because it came or did not. */
static void wait_over(struct session *s)
{
	bool opens = s->greeting.awaited && frame_greets(s->frame);
	s->greeting.awaited = false;
	if (opens)
		send_opening(s);
}

void greeting_over(struct session *s)
{
	s->greeting = (struct greeting){.expected = false};
}

bool greeting_takes(struct session *s, struct split_event *event, bool owed)
{
	const struct greeting *g = &s->greeting;
	if (event->mark == MARK_ASYNC)
		return false;
	bool last = event->kind == SPLIT_FRAME && frame_is_greeting(s->frame, event);
	if (!last && (!g->awaited || owed))
		return false;
	s->greeting.expected = !last;
	if (event->mark == MARK_NONE)
		event->mark = MARK_GREETING;
	return true;
}

void greeting_told(struct session *s)
{
	if (!s->greeting.expected)
		wait_over(s);
}

/* Takes out of a reply the frames that were counted for it before the greeting's last one came. */
static struct exchange *greeting_begun(struct session *s, struct exchange *x)
{
	struct exchange *begun = NULL;
	struct reply **link = &x->replies, *r;
	x->last = NULL;
	while ((r = *link)) {
		if (r->kind != SPLIT_FRAME || r->mark != MARK_NONE) {
			x->last = r;
			link = &r->next;
			continue;
		}
		if (!begun)
			begun = exchange_new(s->frame, loop_wall(s->loop));
		*link = r->next;
		r->next = NULL;
		r->mark = MARK_GREETING;
		*(begun->last ? &begun->last->next : &begun->replies) = r;
		begun->last = r;
		s->elsewhere += r->raw.len;
	}
	return begun;
}

bool greeting_came_late(struct session *s, struct split_event *event)
{
	if (event->mark != MARK_NONE || !frame_is_greeting(s->frame, event))
		return false;
	struct exchange *begun = greeting_begun(s, s->current);
	greeting_over(s);
	event->mark = MARK_GREETING;
	s->elsewhere += event->raw.len;
	reply_begin_again(&s->tracker);
	s->counted = false;
	if (begun)
		session_finish(s, begun, EXCHANGE_GREETING, NULL, NULL);
	struct exchange *last = exchange_alone(&s->shelf, s->frame, loop_wall(s->loop), event);
	session_finish(s, last, EXCHANGE_GREETING, NULL, NULL);
	return true;
}

void greeting_bytes_came(struct session *s)
{
	struct greeting *g = &s->greeting;
	int64_t now = loop_now(s->loop), quiet = now + s->settings.at[SET_GAP].value;
	if (frame_greets(s->frame))
		return;
	g->came = true;
	g->until = quiet < g->most ? quiet : g->most;
	loop_timer_set(&s->send_timer, g->until - now);
}

int64_t greeting_until(const struct session *s, int64_t until)
{
	int64_t soon = loop_now(s->loop) + 1;
	if (until < s->greeting.until)
		until = s->greeting.until;
	return until > soon ? until : soon;
}

void greeting_on_time(struct session *s)
{
	struct greeting *g = &s->greeting;
	char limit[DURATION_TEXT_MAX];
	if (!g->awaited || g->until > loop_now(s->loop))
		return;
	if (!g->came)
		session_note(s, "no greeting came within %s: the command is sent without it",
			duration_text(wait_ns(s), limit));
	if (g->came) { /* what has no end belongs to it, not to a reply */
		split_silence(s->split);
		session_drain(s);
	}
	wait_over(s);
	g->expected = frame_greets(s->frame);
}
