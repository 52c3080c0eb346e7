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

/* The frame becomes what .capture and .expect look at. */
static void take(struct play *p, size_t index)
{
	struct step *s = &p->step;
	struct other *o = &s->others[index];
	if (s->exchange)
		step_give_one(p, s->device->session, s->exchange);
	s->exchange = o->exchange;
	memmove(o, o + 1, (--s->other_count - index) * sizeof *o);
	s->before = 0;
	s->frames++;
	s->compares = s->all = true;
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
	for (size_t i = 0; i < s->other_count; i++)
		if (fits(p, e, &s->others[i])) {
			take(p, i);
			return true;
		}
	if (!down && !step_waited(p, session_settings(on)->at[SET_TIMEOUT].value + s->delay))
		return false;
	missing(p, e, down);
	return true;
}
