/* greeted.c - a step without a command: what a device says because its line was opened.
 *
 * Only a login has such steps (PLAY_LOGIN), because it begins with a line that was just opened.
 * Each reply below `.greeting` waits for the first frame that is so; others before it (a message of
 * the day) are passed over.
 */
#include "play/play_private.h"

bool greeted_is(const struct play *p, const struct order *o)
{
	return o->kind == ORDER_GREETING && p->config.flags & PLAY_LOGIN;
}

bool greeted_fits(const struct expected *e, size_t width, struct error *err)
{
	bool comes = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY || e->kind == EXPECT_ANY ||
		     e->kind == EXPECT_UNSOLICITED;
	return comes ||
	       error_at(err, 0, width,
		       "below .greeting stand frames that the device says, whole and right");
}

/* Takes the first of those that came; the owner of the step or of the run frees it. */
static struct other take_first(struct step *s)
{
	struct other first = s->others[0];
	memmove(s->others, s->others + 1, --s->other_count * sizeof *s->others);
	s->before = 0;
	return first;
}

/* The first frame becomes what .capture and .expect look at. */
static void take(struct play *p)
{
	struct step *s = &p->step;
	if (s->exchange)
		step_give_one(p, s->device->session, s->exchange);
	s->exchange = take_first(s).exchange;
	s->frames++;
	s->compares = s->all = true;
}

/* A device that talks without end fills no memory. */
static void pass_over(struct play *p)
{
	struct other o = take_first(&p->step);
	if (!play_give_unasked(p, o.session, o.exchange, false))
		exchange_free(o.exchange);
}

static bool fits(struct play *p, const struct expected *e, const struct other *o)
{
	bool any = !e || e->kind == EXPECT_ANY;
	return any ? verdict_last(o->exchange) != NULL : verdict_other(p, e, o);
}

static void missing(struct play *p, const struct expected *e, bool down)
{
	struct step *s = &p->step;
	if (down)
		difference_add(&s->differences, "greeting", SLICE("a frame"),
			SLICE("the end of the line"));
	else if (e)
		verdict_missing(p, e);
	else
		difference_add(&s->differences, "greeting", SLICE("a frame"), SLICE("nothing"));
	s->status = STATUS_REPLY;
}

bool greeted_walk(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	const struct session *on = s->device->session;
	bool down = session_state(on) == SESSION_CLOSED;
	while (s->other_count) {
		if (fits(p, e, &s->others[0])) {
			take(p);
			return true;
		}
		if (s->other_count == 1) /* it is shown where none fits */
			break;
		pass_over(p);
	}
	if (!down && !walk_waited(p, session_settings(on)->at[SET_TIMEOUT].value + s->delay))
		return false;
	missing(p, e, down);
	return true;
}
