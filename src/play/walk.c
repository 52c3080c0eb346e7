/* walk.c - walks the lines below a command, in their order, once.
 *
 * Each waits for what it is about: a reply line for its frame, or for the end of the command; an
 * unasked frame for that frame; `.wait` for its time.
 */
#include "play/play_private.h"

#include "base/mem.h"
#include "macro/request.h"

bool walk_waited(struct play *p, int64_t ns)
{
	struct step *s = &p->step;
	if (!s->timed && !s->waits)
		loop_timer_set(&p->timer, ns);
	s->waits = true;
	return s->timed;
}

static void stop_waiting(struct play *p)
{
	struct step *s = &p->step;
	if (s->waits)
		loop_timer_stop(&p->timer);
	s->timed = s->waits = false;
}

static bool told_urgent(void *asker, struct session *session, struct exchange *x)
{
	struct play *p = asker;
	struct step *s = &p->step;
	bool taken = play_give(p, session, x);
	s->urgent--;
	if (x->status != EXCHANGE_OK && exchange_exit(x->status) > s->status)
		s->status = exchange_exit(x->status);
	play_advance(p);
	return taken;
}

/* Finds what came and answers no command, and is expected; else waits for it. */
static APART bool walk_other(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	int64_t timeout = session_settings(s->device->session)->at[SET_TIMEOUT].value;
	if (!s->exchange)
		return false;
	for (size_t i = 0; i < s->other_count; i++) {
		struct other *o = &s->others[i];
		if (o->listed || !verdict_other(p, e, o))
			continue;
		o->listed = true;
		return true;
	}
	if (!walk_waited(p, timeout + s->delay))
		return false;
	verdict_missing(p, e);
	return true;
}

/* Waits whether nothing comes below_argument a command without a reply, which is over when it has
 * gone out; false: not yet. */
static APART bool walk_silence(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	for (size_t i = 0; i < s->other_count; i++)
		if (!s->others[i].listed && s->others[i].exchange->replies) {
			verdict_missing(p, e);
			return true;
		}
	if (!walk_waited(p, session_settings(s->device->session)->at[SET_TIMEOUT].value + s->delay))
		return false;
	verdict_reply(p, e);
	return true;
}

/* Waits until the device closes below_argument a reply that is complete; false: not yet. */
static APART bool walk_closed(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	const struct session *session = s->device->session;
	s->closes = session_state(session) == SESSION_OPEN;
	if (s->closes &&
		!walk_waited(p, session_settings(session)->at[SET_TIMEOUT].value + s->delay))
		return false;
	if (s->closes)
		verdict_reply(p, e);
	s->compares = s->all = true;
	s->closes = false;
	return true;
}

/* Says whether a frame that has come may be compared before the command ended. */
static bool may_compare(const struct step *s, const struct expected *e)
{
	bool frame = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY;
	return s->exchange || (frame && s->next && s->next->kind == SPLIT_FRAME);
}

/* Says whether only frames that answer no command are left to be what is expected. */
static bool only_others(const struct step *s, const struct expected *e)
{
	switch (e->kind) {
	case EXPECT_UNSOLICITED:
	case EXPECT_LATE:
		return true;
	case EXPECT_STRAY:
		return s->stray || !s->exchange->stray.len;
	case EXPECT_NONE:
	case EXPECT_LOST:
		return false;
	case EXPECT_ANY: /* a command without a reply is over when it has gone out */
		return s->exchange->tell && s->exchange->status == EXCHANGE_OK;
	default:
		return !s->next && s->exchange->status == EXCHANGE_OK;
	}
}

/* The names in the lines below a command stand for the fields that were sent, too. */
static APART void know_fields(struct play *p)
{
	struct step *s = &p->step;
	const struct exchange *x = s->exchange ? s->exchange : s->flight;
	struct variables *v = p->macro->vars;
	v->frame = session_frame(s->device->session);
	v->fields = NULL;
	if (!x || !frame_field_count(v->frame))
		return;
	exchange_sent_fields(x, &p->sent);
	v->fields = p->sent.at;
}

/* Takes a frame whose payload is the text of the line: most are. */
static bool is_same(struct step *s, const struct block_line *l)
{
	const struct reply *r = s->next;
	if (s->within || !r || r->kind != SPLIT_FRAME || !r->has_payload ||
		!slice_equal(r->payload, below_argument(l, block_text(&s->block, l))))
		return false;
	s->compares = true;
	s->frames++;
	s->last = r;
	return true;
}

static APART bool walk_greeting(struct play *p, const struct block_line *l)
{
	struct error err;
	if (below_reply(p, l, block_text(&p->step.block, l), &err) && below_rest(p, l, &err))
		return greeted_walk(p, &p->expected);
	below_wrong(p, l, &err);
	return false;
}

static bool walk_reply(struct play *p, const struct block_line *l)
{
	struct step *s = &p->step;
	MEM_UNSET struct error err;
	struct expected *e = &p->expected;
	if (s->greets)
		return walk_greeting(p, l);
	s->next = verdict_next(s);
	if (!s->exchange && !s->next)
		return false;
	if (l->plain && !s->block.goes_on && is_same(s, l))
		return true;
	if (!below_reply(p, l, block_text(&s->block, l), &err) || !below_rest(p, l, &err)) {
		below_wrong(p, l, &err);
		return false;
	}
	if (e->kind == EXPECT_UNSOLICITED || e->kind == EXPECT_LATE)
		return walk_other(p, e);
	if (!may_compare(s, e))
		return false;
	if (only_others(s, e))
		return walk_other(p, e);
	if (e->kind == EXPECT_NONE && s->exchange->tell && s->exchange->status == EXCHANGE_OK)
		return walk_silence(p, e);
	if (e->kind == EXPECT_LOST && !s->next && s->exchange->status == EXCHANGE_OK)
		return walk_closed(p, e);
	const struct reply *before = s->next;
	verdict_reply(p, e);
	s->last = before && s->next != before ? before : s->last;
	return true;
}

static APART bool walk_urgent(struct play *p, const struct block_line *l)
{
	struct error err;
	if (!below_urgent(p, block_text(&p->step.block, l), &err)) {
		below_wrong(p, l, &err);
		return false;
	}
	const struct request request = order_request(&p->side, told_urgent, p);
	p->step.urgent++;
	session_ask(p->step.device->session, &request);
	return true;
}

static APART bool walk_condition(struct play *p, const struct block_line *l)
{
	struct error err;
	if (!p->step.exchange)
		return p->step.greets; /* it is missing, which is said already */
	if (below_condition(p, l, block_text(&p->step.block, l), &err)) {
		verdict_condition(p, &p->condition);
		return true;
	}
	below_wrong(p, l, &err);
	return false;
}

static APART bool walk_capture(struct play *p, const struct block_line *l)
{
	struct error err;
	struct slice name;
	struct bytes value;
	if (!p->step.exchange)
		return p->step.greets;
	bytes_init(&value, LIMIT_LINE);
	bool good = below_capture(p, l, block_text(&p->step.block, l), &name, &err);
	if (good && verdict_value(p, &p->condition, &value))
		good = variables_set(p->macro->vars, name, bytes_slice(&value), &err);
	bytes_free(&value);
	if (!good)
		below_wrong(p, l, &err);
	return good;
}

static bool walk_line(struct play *p, const struct block_line *l)
{
	if (p->step.block.named)
		know_fields(p);
	switch (l->kind) {
	case BLOCK_REPLY:
		return walk_reply(p, l);
	case BLOCK_AND: /* it was read with the line above */
		return true;
	case BLOCK_DELAY:
		p->step.delay = l->ns;
		return true;
	case BLOCK_WITHIN:
		p->step.within = l->ns;
		return true;
	case BLOCK_WAIT:
		return walk_waited(p, l->ns);
	case BLOCK_NOW:
		return walk_urgent(p, l);
	case BLOCK_EXPECT:
	case BLOCK_EXPECT_NOT:
		return walk_condition(p, l);
	case BLOCK_CAPTURE:
		return walk_capture(p, l);
	}
	return true;
}

/* A .greeting with no reply below it waits for any frame; false: it still waits. */
static APART bool greeting_came(struct play *p)
{
	struct step *s = &p->step;
	if (s->exchange || s->block.replies || s->differences.count)
		return true;
	bool over = greeted_walk(p, NULL);
	if (over)
		stop_waiting(p);
	return over;
}

bool walk_block(struct play *p)
{
	struct step *s = &p->step;
	if (s->greets && !greeting_came(p))
		return false;
	while (s->at < s->block.count && !step_is_void(s)) {
		if (!walk_line(p, &s->block.lines[s->at]))
			return false;
		stop_waiting(p);
		s->at++;
	}
	return true;
}
