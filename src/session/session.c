/* session.c - what a session is made of, and what its owner asks of it; see session.h.
 *
 *   queue --> current (turn.c) --> ended (ending.c: told once; then owned by whoever took it, or
 * freed)
 *
 * Invariants:
 * - At most one exchange is current, the oldest that is out; it is current from the moment its
 * bytes went out, or the one before it was answered (ahead.c).
 * - Nothing is sent while events are being drained (events.c).
 * - A line of which either side is closed is never used for another command (line.c).
 * - After a reply was given up, what comes is late, and the next command waits (giving_up.c).
 */
#include "base/mem.h"
#include "base/text.h"
#include "session/session_private.h"
#include "session/shelf.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- telling the owner ---- */

void session_set_state(struct session *s, enum session_state state)
{
	if (s->state == state)
		return;
	s->state = state;
	s->since = loop_now(s->loop);
	if (s->events->state)
		s->events->state(s->owner, s);
}

void session_tell(struct session *s, bool warning, const char *text)
{
	struct session *to = s->lender ? s->lender : s;
	if (s->log)
		log_note(s->log, text);
	if (to->events->note)
		to->events->note(to->owner, to, warning, text);
}

__attribute__((format(printf, 3, 0))) static void tell_formatted(
	struct session *s, bool warning, const char *format, va_list args)
{
	char text[ERROR_WHAT_MAX];
	text_format(text, sizeof text, format, args);
	session_tell(s, warning, text);
}

void session_note(struct session *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell_formatted(s, false, format, args);
	va_end(args);
}

void session_warn(struct session *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell_formatted(s, true, format, args);
	va_end(args);
}

/* ---- the owner's side ---- */

/* Makes room for the values of the frame's fields, and takes those that the user set. */
static void set_fields(struct session *s, const struct field_value *set)
{
	size_t count = frame_field_count(s->frame);
	free(s->counters);
	s->counters = NULL;
	free(s->set);
	s->set = mem_new(3 * count * sizeof *s->set);
	s->sent = s->set + count;
	s->came = s->sent + count;
	if (set)
		memcpy(s->set, set, count * sizeof *set);
}

struct session *session_new(const struct session_config *config)
{
	struct session *s = mem_new(sizeof *s);
	s->loop = config->loop;
	s->name = mem_str(config->name);
	address_copy(&s->address, config->address);
	s->settings = *config->settings;
	settings_merge(&s->settings, &config->address->settings);
	s->frame = frame_ref(config->frame);
	s->keep_open = config->keep_open;
	s->verbose = config->verbose;
	s->events = config->events;
	s->owner = config->owner;
	s->rtt = -1;
	set_fields(s, config->fields);
	bytes_init(&s->pending, LIMIT_PENDING);
	bytes_init(&s->scratch, LIMIT_FRAME_MOST);
	bytes_init(&s->echo, LIMIT_WIRE);
	bytes_init(&s->wire, LIMIT_WIRE);
	bytes_init(&s->unlogged, LIMIT_ANSWERS);
	loop_timer_init(&s->reply_timer, s->loop, session_on_reply_time, s);
	loop_timer_init(&s->silence_timer, s->loop, session_on_silence, s);
	loop_timer_init(&s->send_timer, s->loop, session_on_send_time, s);
	loop_timer_init(&s->retry_timer, s->loop, session_on_retry, s);
	session_split_begin(s);
	if (s->keep_open)
		session_open(s);
	return s;
}

static void free_all(struct exchange *x)
{
	while (x) {
		struct exchange *next = x->next;
		exchange_free(x);
		x = next;
	}
}

void session_free(struct session *s)
{
	if (!s)
		return;
	split_reset(s->split); /* the owner is told nothing more */
	session_direct_free(s);
	file_free(s);
	session_line_drop(s);
	loop_timer_stop(&s->reply_timer);
	loop_timer_stop(&s->send_timer);
	loop_timer_stop(&s->retry_timer);
	if (s->current)
		exchange_free(s->current);
	if (s->now_out)
		exchange_free(s->now_out);
	ahead_free(s);
	free_all(s->now);
	free_all(s->queue);
	session_log_end(s);
	shelf_leave(s->shelf);
	split_free(s->split);
	bytes_free(&s->pending);
	bytes_free(&s->scratch);
	bytes_free(&s->echo);
	bytes_free(&s->wire);
	bytes_free(&s->unlogged);
	free(s->counters);
	free(s->set);
	frame_unref(s->frame);
	address_free(&s->address);
	free(s->damage);
	free(s->barred);
	free(s->down);
	free(s->name);
	free(s);
}

void session_open(struct session *s)
{
	login_allow(s);
	if (!s->line)
		session_line_start(s);
}

/* Gives up the command in flight, and says what had come of its reply. */
static void give_up(struct session *s)
{
	char error[ERROR_WHAT_MAX] = "given up while waiting for the reply";
	size_t came = s->received > s->elsewhere ? s->received - s->elsewhere : 0;
	if (s->answers_from == UINT64_MAX)
		snprintf(error, sizeof error, "given up while it was being sent");
	else if (came)
		snprintf(error, sizeof error, "given up after %zu byte%s of the reply", came,
			plural(came));
	session_current_end(s, EXCHANGE_CANCELLED, NULL, error);
}

bool session_cancel(struct session *s)
{
	bool waited = session_pending(s) > 0, outer = s->busy;
	now_cancel(s);
	size_t unsent = s->queued;
	s->busy = true; /* what the owner asks for meanwhile goes out behind the end of all */
	if (s->current)
		session_tell_rest(s);
	if (s->current)
		give_up(s);
	while (unsent-- && s->queue)
		session_finish(s, session_queue_next(s), EXCHANGE_CANCELLED, NULL,
			"cancelled before it was sent");
	s->busy = outer;
	session_pump(s);
	return waited;
}

void session_close(struct session *s)
{
	bool asked = s->current || late_waits(s) || late_wants_fresh_line(s), outer = s->busy;
	s->busy = true; /* what the owner asks for meanwhile does not go onto this line */
	session_cancel(s);
	loop_timer_stop(&s->retry_timer);
	loop_timer_stop(&s->send_timer);
	session_line_drop(s);
	s->shut = true;
	s->again = false;
	login_allow(s);
	late_forget(s, asked);
	s->retry_pause = 0;
	free(s->down);
	s->down = NULL;
	session_set_state(s, SESSION_CLOSED);
	s->busy = outer;
	session_pump(s);
}

bool session_frame_fits(const struct address *a, const struct frame *frame, struct error *err)
{
	struct bytes line;
	if (!ahead_fits(a, &a->settings, frame, err))
		return false;
	if (address_half_closes(a) || !frame_half_closes(frame, SIDE_COMMAND))
		return true;
	bytes_init(&line, LIMIT_MESSAGE);
	if (address_has_terminal(a))
		bytes_add_str(&line, "a command with a terminal (tty=yes)");
	else
		address_text(a, &line);
	error_set(err, STATUS_USAGE,
		"the frame %s half-closes the connection after a command (eof), which %s cannot do",
		frame_name(frame), bytes_str(&line));
	bytes_free(&line);
	return error_hint(err, "%s",
		address_has_terminal(a) ? "tty=no gives the command pipes, which have an end; the "
					  "frame tty needs none"
					: "esc-cr-nul is esc-cr on a line that stays open");
}

bool session_is_telling(const struct session *s)
{
	return s->busy;
}

bool session_set_frame(struct session *s, struct frame *frame, struct error *err)
{
	if (session_pending(s) || s->busy)
		return error_set(err, STATUS_USAGE,
			"a command waits for its reply: the frame stays %s until then",
			frame_name(s->frame));
	if (!session_frame_fits(&s->address, frame, err))
		return false;
	split_close(s->split);
	session_drain(s);
	frame_ref(frame);
	frame_unref(s->frame);
	s->frame = frame;
	set_fields(s, NULL);
	each_chosen(s);
	greeting_over(s);
	session_split_begin(s);
	return true;
}

/* Makes it a command without a reply, which a file is. */
static APART void expect_none(struct exchange *x, const struct request *r)
{
	x->tell = true;
	if (r->file)
		exchange_set_file(x, r->file);
}

void session_ask(struct session *s, const struct request *r)
{
	struct exchange *x = exchange_command(s->frame, r->payload, r->wire);
	if (r->hidden)
		exchange_hide(x, r->shown);
	if (r->tell)
		expect_none(x, r);
	x->charset = (unsigned)s->settings.at[SET_CHARSET].value;
	x->ended = r->ended;
	x->asker = r->asker;
	if (r->with)
		x->with = exchange_fields_copy(s->frame, r->with);
	if (s->direct) {
		char error[ERROR_WHAT_MAX];
		session_finish(s, x, EXCHANGE_REFUSED, NULL, direct_refuses(s, error));
		return;
	}
	if (s->queued >= LIMIT_COMMANDS) {
		session_finish(s, x, EXCHANGE_REFUSED, NULL, "too many commands wait already");
		return;
	}
	if (r->now && now_takes(s, x)) {
		session_pump(s);
		return;
	}
	*(s->queue_last ? &s->queue_last->next : &s->queue) = x;
	s->queue_last = x;
	s->queued++;
	session_pump(s);
}

bool session_take_back(struct session *s, const void *asker)
{
	size_t before = s->queued;
	s->queue_last = NULL;
	for (struct exchange **link = &s->queue; *link;) {
		struct exchange *x = *link;
		if (x->asker == asker) {
			*link = x->next;
			exchange_free(x);
			s->queued--;
		} else {
			s->queue_last = x;
			link = &x->next;
		}
	}
	return s->queued < before;
}

void session_hand_over(struct session *s, const void *from, exchange_told *ended, void *asker)
{
	struct exchange *x = s->current ? s->current : s->queue;
	while (x) {
		if (x->asker == from) {
			x->ended = ended;
			x->asker = asker;
		}
		x = x == s->current ? s->queue : x->next;
	}
	ahead_hand_over(s, from, ended, asker);
}
