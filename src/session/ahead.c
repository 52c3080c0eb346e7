/* ahead.c - commands that go out before the one in front of them is answered (the setting `ahead`);
 * see session.h.
 *
 *   queue --> behind (their bytes went out) --> current, the oldest --> ended
 *
 * The user asserts that the device answers in order.  Where the frame has bare names or counters, a
 * reply may also come out of order: it is kept, and told when its command is the oldest.  So
 * commands are told in the order in which they were asked.
 *
 * When the oldest is not ok, nothing goes out any more.  Those behind it wait for replies that name
 * them; where no name can tell them apart, and when one of them is not answered either, all that
 * are left are lost: sent, outcome unknown.  Then the session goes on as after any reply that was
 * given up (giving_up.c).
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/secret.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

/* Commands are gathered up to so many bytes in one write, and wait while more than that are unsent:
 * a device that takes nothing holds up the next command, and does not refuse it. */
enum { TOGETHER = 64 * 1024 };
/* While the device has more than half of what may be out, the next commands wait this long for more
 * of them to be answered, and then go out together. */
static const int64_t GATHER = NS_PER_MS;

/* A command that is out, behind the oldest. */
struct flight {
	struct flight *next;
	struct exchange *x;
	struct reply_tracker tracker;
	uint64_t answers_from;      /* as in the session */
	enum exchange_status ended; /* its reply came before its turn; EXCHANGE_WAITING: not yet */
	int64_t came_at;            /* when its last byte came */
	const char *error;          /* why that reply is not ok */
	struct field_value sent[];  /* one for each field of the frame */
};

struct ahead {
	struct flight *first, *last;
	size_t count;
	enum exchange_status ended; /* of the oldest, whose reply came before its turn */
	int64_t came_at;            /* as in its flight; 0: it did not come */
	const char *error;
	struct bytes out; /* what goes out together, */
	bool gathers;     /* when it does */
	int64_t send_at;  /* when those that wait to be gathered go out; 0: none do */
	bool blocked;     /* the next command cannot go ahead: it waits until nothing is out */
	bool stopped;     /* one was not ok: nothing goes out before all have ended */
	bool early;       /* the one that ends had its reply before its turn */
	bool telling;     /* somebody is being told, and what follows from that is done behind it */
	char *lost;       /* why those behind are lost; NULL: they are not */
};

/* ---- what cannot go ahead ---- */

/* Says why replies cannot be told apart with this frame while several commands are out. */
static const char *obstacle(
	const struct address *a, const struct settings *settings, const struct frame *frame)
{
	const struct frame_rules *rules = frame_rules(frame);
	bool each = frame_closes_each(frame) && address_has_each(a) &&
		    !settings->at[SET_CONNECTION].set;
	if (frame_half_closes(frame, SIDE_COMMAND) || frame_ends_by_close(frame, SIDE_REPLY) ||
		each)
		return "a line is closed with each command (eof)";
	if (frame_gap_after(frame, SIDE_COMMAND).present ||
		frame_gap_within(frame, SIDE_REPLY).present)
		return "silence parts its frames (gap)";
	if (rules->echo)
		return "the device echoes each command (echo)";
	if (rules->bids)
		return "each command waits for leave to send (bid)";
	if (rules->ack.len || rules->nak.len)
		return "each frame is acknowledged (ack)";
	return NULL;
}

bool ahead_fits(const struct address *a, const struct settings *settings, const struct frame *frame,
	struct error *err)
{
	int64_t ahead = settings->at[SET_AHEAD].value;
	const char *why = ahead > 1 ? obstacle(a, settings, frame) : NULL;
	return !why ||
	       error_set(err, STATUS_USAGE,
		       "ahead=%lld is not possible with the frame %s: %s; ahead=1 sends one by one",
		       (long long)ahead, frame_name(frame), why);
}

bool ahead_allows(const struct session *s, const struct request *r, const struct field_value *sent,
	struct error *err)
{
	bool tells = r->tell || (!r->wire && frame_answers_none(s->frame, r->payload, sent));
	return !tells ||
	       error_set(err, STATUS_USAGE,
		       "not sent: a command without a reply (%s) cannot go out with "
		       "ahead=%lld; .set ahead=1 sends one by one",
		       r->tell ? ".tell" : "times 0", (long long)s->settings.at[SET_AHEAD].value);
}

/* ---- sending ---- */

size_t ahead_count(const struct session *s)
{
	return s->ahead ? s->ahead->count : 0;
}

bool ahead_has_room(const struct session *s)
{
	const struct ahead *a = s->ahead;
	bool waits = a && (a->blocked || a->stopped || a->telling);
	return !waits && ahead_count(s) + 1 < (size_t)s->settings.at[SET_AHEAD].value &&
	       !s->single && !s->pace && !s->current->tell && s->line && s->line_open &&
	       transport_queued(s->line) <= TOGETHER;
}

bool ahead_is_due(struct session *s)
{
	struct ahead *a = s->ahead;
	size_t out = ahead_count(s) + 1, most = (size_t)s->settings.at[SET_AHEAD].value;
	int64_t now = loop_now(s->loop);
	if (!a || out <= most / 2 || (a->send_at && now >= a->send_at))
		return true;
	if (!a->send_at) {
		a->send_at = now + GATHER;
		loop_timer_set(&s->send_timer, GATHER);
		loop_give_way();
	}
	return false;
}

void session_gather(struct session *s, bool on)
{
	bool gathered = s->gathers;
	s->gathers = on && ahead_is_set(s);
	if (gathered && !on)
		session_pump(s);
}

static void flight_add(struct ahead *a, struct flight *f)
{
	*(a->last ? &a->last->next : &a->first) = f;
	a->last = f;
	a->count++;
}

static struct flight *flight_take(struct ahead *a)
{
	struct flight *f = a->first;
	if (!f)
		return NULL;
	a->first = f->next;
	if (!a->first)
		a->last = NULL;
	a->count--;
	return f;
}

/* Adds the next command of the queue to those that are out.  NULL: it cannot go ahead, and waits
 * until nothing is out; then it is told why. */
static struct flight *depart(struct session *s)
{
	struct exchange *x = s->queue;
	MEM_UNSET struct error ignored;
	size_t size = frame_field_count(s->frame) * sizeof(struct field_value);
	struct flight *f = mem_new(sizeof *f + size);
	if (size)
		memcpy(f->sent, session_counters(s), size);
	if (!session_encode_command(s, x, f->sent, &ignored)) {
		s->ahead->blocked = true;
		free(f);
		return NULL;
	}
	session_queue_next(s);
	session_count_on(s, f->sent);
	reply_begin(&f->tracker, s->frame, exchange_real_payload(x), f->sent);
	clock_gettime(CLOCK_REALTIME, &x->time);
	f->x = x;
	f->answers_from = UINT64_MAX;
	flight_add(s->ahead, f);
	return f;
}

bool ahead_left(struct session *s)
{
	struct flight *f = s->ahead->last;
	if (!f)
		return false;
	f->answers_from = split_offset(s->split);
	f->x->sent_at = s->ahead->gathers ? loop_now(s->loop) : loop_now_fresh(s->loop);
	return true;
}

bool ahead_keeps(struct session *s, struct slice bytes)
{
	return s->ahead->gathers && bytes_add(&s->ahead->out, bytes);
}

void ahead_gather(struct session *s)
{
	if (!s->ahead) {
		s->ahead = mem_new(sizeof *s->ahead);
		bytes_init(&s->ahead->out, LIMIT_UNSENT);
	}
	s->ahead->send_at = 0;
	s->ahead->gathers = !session_is_slow(s) && !address_datagrams(&s->address);
}

/* Sends one more behind those that are out; false: it cannot go ahead. */
static bool send_behind(struct session *s)
{
	const struct flight *f = depart(s);
	if (f)
		session_put(s, exchange_real_sent(f->x),
			SEND_COMMAND | (f->x->hidden ? SEND_HIDDEN : 0));
	return f;
}

void ahead_send(struct session *s)
{
	struct ahead *a = s->ahead;
	struct bytes *out = &a->out;
	while (s->queue && s->current && out->len <= TOGETHER && ahead_has_room(s) &&
		send_behind(s) && a->gathers)
		;
	a->gathers = false;
	if (!out->len)
		return;
	transport_send(s->line, bytes_slice(out), 0);
	if (secret_any())
		explicit_bzero(out->at, out->len);
	bytes_free(out);
}

/* ---- what comes ---- */

bool ahead_ignores(struct session *s, const struct split_event *event)
{
	bool ignores = s->ahead->stopped && (event->kind != SPLIT_FRAME || !event->tied);
	if (ignores)
		s->elsewhere += event->raw.len;
	return ignores;
}

void ahead_mark(const struct session *s, struct split_event *event)
{
	if (event->mark != MARK_NONE && event->mark != MARK_NOT_OURS)
		return;
	bool ours = frame_answers(event, s->sent, &event->other);
	event->mark = ours ? MARK_NONE : MARK_NOT_OURS;
}

static struct flight *flight_of(const struct session *s, const struct split_event *event)
{
	unsigned ignored;
	for (struct flight *f = s->ahead->first; f; f = f->next)
		if (f->ended == EXCHANGE_WAITING && event->offset >= f->answers_from &&
			frame_answers(event, f->sent, &ignored))
			return f;
	return NULL;
}

bool ahead_takes(struct session *s, struct split_event *event)
{
	struct flight *f = flight_of(s, event);
	if (!f)
		return false;
	event->mark = MARK_NONE;
	enum reply_state reply = reply_take(&f->tracker, event);
	if (event->mark == MARK_ASYNC)
		return false;
	s->elsewhere += event->raw.len;
	f->came_at = s->came_at;
	bool damaged = s->damage && s->damage->here, kept = exchange_take(f->x, event);
	if (kept && reply != REPLY_DONE)
		return true;
	f->ended = kept && !damaged ? EXCHANGE_OK : EXCHANGE_DAMAGED;
	f->error = !kept     ? "the reply is over the size limit"
		   : damaged ? "the line damaged the reply"
			     : NULL;
	return true;
}

/* ---- the end of the oldest ---- */

bool ahead_stopped(const struct session *s)
{
	return s->ahead->stopped;
}

/* Makes the oldest of those behind the current one. */
static void promote(struct session *s)
{
	struct ahead *a = s->ahead;
	struct flight *f = flight_take(a);
	size_t size = frame_field_count(s->frame) * sizeof *s->sent;
	s->current = f->x;
	s->tracker = f->tracker;
	s->answers_from = f->answers_from;
	s->received = split_pending(s->split);
	s->elsewhere = s->others = 0;
	s->turn_at = loop_now(s->loop);
	a->ended = f->ended;
	a->came_at = f->came_at;
	a->error = f->error;
	if (size)
		memcpy(s->sent, f->sent, size);
	if (s->damage)
		damage_begin(s->damage);
	if (!session_pace_goes_on(s) || a->count) /* else its last byte begins the time */
		session_wait(s);
	free(f);
}

/* Says whether replies may yet come that name the commands behind the one that ended so. */
static bool may_be_named(const struct session *s, enum exchange_status status)
{
	bool goes_on = status == EXCHANGE_TIMEOUT || status == EXCHANGE_DAMAGED;
	return s->line && s->line_open && !late_matters(s) &&
	       (s->ahead->early || (goes_on && !s->ahead->stopped));
}

/* Gives up all that are behind. */
static void lose(struct session *s, enum exchange_status status, const char *error)
{
	struct ahead *a = s->ahead;
	char text[ERROR_WHAT_MAX];
	size_t replies = 0;
	snprintf(text, sizeof text, "sent, outcome unknown: a command before it was not ok (%s)",
		error ? error : exchange_status_name(status));
	free(a->lost);
	a->lost = mem_str(text);
	for (const struct flight *f = a->first; f; f = f->next)
		replies += f->ended == EXCHANGE_WAITING;
	late_owes_more(s, replies);
	session_pace_cut(s);
}

/* Loses those whose reply could be taken for one to the command that ended: they follow it. */
static void lose_same(struct session *s)
{
	for (struct flight *f = s->ahead->first; f; f = f->next)
		if (f->ended == EXCHANGE_WAITING &&
			!frame_tells_apart(s->frame, s->sent, f->sent)) {
			late_owes_more(s, 1);
			f->ended = EXCHANGE_LOST;
			f->error = "sent, outcome unknown: a command before it was not ok, and has "
				   "the same number";
		}
}

void ahead_turn(struct session *s, enum exchange_status status, const char *error)
{
	struct ahead *a = s->ahead;
	bool good = status == EXCHANGE_OK && s->line;
	if (!a->first) {
		a->blocked = a->stopped = false;
		return;
	}
	if (!good && !may_be_named(s, status)) {
		a->stopped = true;
		lose(s, status, error);
		return;
	}
	if (!good)
		lose_same(s);
	a->stopped |= !good;
	promote(s);
}

/* Ends the next one that has nothing to wait for; false: there is none. */
static bool end_next(struct session *s)
{
	struct ahead *a = s->ahead;
	if (!a->lost) {
		enum exchange_status ended = a->ended;
		a->ended = EXCHANGE_WAITING;
		if (!s->current || ended == EXCHANGE_WAITING)
			return false;
		a->early = true;
		if (a->came_at) {
			s->received = 1; /* it was heard, though not in its turn */
			s->came_at = a->came_at;
		}
		session_current_end(s, ended, NULL, a->error);
		a->early = false;
		return true;
	}
	struct flight *f = flight_take(a);
	if (!f) {
		mem_drop(a->lost);
		a->lost = NULL;
		a->stopped = a->blocked = false;
		return false;
	}
	bool waits = f->ended == EXCHANGE_WAITING;
	session_finish(s, f->x, waits ? EXCHANGE_LOST : f->ended, NULL, waits ? a->lost : f->error);
	free(f);
	return true;
}

void ahead_tell(struct session *s)
{
	bool outer = s->busy;
	if (s->ahead->telling)
		return;
	s->ahead->telling = s->busy = true;
	while (end_next(s))
		;
	s->ahead->telling = false;
	s->busy = outer;
	session_pump(s);
}

/* ---- all of them ---- */

bool ahead_all(const struct session *s, bool (*is)(const struct exchange *x))
{
	for (const struct flight *f = s->ahead ? s->ahead->first : NULL; f; f = f->next)
		if (!is(f->x))
			return false;
	return true;
}

void ahead_hand_over(struct session *s, const void *from, exchange_told *ended, void *asker)
{
	for (struct flight *f = s->ahead ? s->ahead->first : NULL; f; f = f->next)
		if (f->x->asker == from) {
			f->x->ended = ended;
			f->x->asker = asker;
		}
}

void ahead_free(struct session *s)
{
	struct flight *f;
	if (!s->ahead)
		return;
	while ((f = flight_take(s->ahead))) {
		exchange_free(f->x);
		free(f);
	}
	free(s->ahead->lost);
	free(s->ahead);
}
