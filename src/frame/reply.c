/* reply.c - knows when the reply to a command is complete; see RULES ABOUT REPLIES in
 * wilco-frame(5). */
#include "frame/frame_private.h"

#include "base/mem.h"

/* Matches a glob with the payload.  The last star gives back one byte at a time, so a byte is
 * compared at most PATTERN_MAX times. */
static bool glob_matches(const struct reply_pattern *p, struct slice payload)
{
	size_t at = 0, i = 0, star = SIZE_MAX, star_at = 0;
	while (at < payload.len) {
		if (i < p->count && p->star[i]) {
			star = i++;
			star_at = at;
		} else if (i < p->count && !((payload.at[at] ^ p->byte[i]) & p->mask[i])) {
			i++;
			at++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (i < p->count && p->star[i])
		i++;
	return i == p->count;
}

static bool value_matches(const struct reply_pattern *p, const struct field_value *values)
{
	const struct field_value *v = values ? &values[p->field] : NULL;
	if (!v || !v->set)
		return false;
	if (field_is_text(v))
		return v->len == p->value.len && memcmp(v->text, p->value.text, v->len) == 0;
	return v->number == p->value.number;
}

bool pattern_matches(const struct patterns *patterns, const struct split_event *event)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct reply_pattern *p = &patterns->at[i];
		if (p->field >= 0 && !value_matches(p, event->values))
			continue;
		if (p->field >= 0 && p->count == 0)
			return true;
		if (glob_matches(p, event->payload))
			return true;
	}
	return false;
}

bool frame_greets(const struct frame *frame)
{
	return frame->greet.count > 0;
}

bool frame_is_greeting(const struct frame *frame, const struct split_event *event)
{
	return frame_greets(frame) && pattern_matches(&frame->greet, event);
}

/* Returns the first rule that names such commands, or else the one for the rest; NULL: none. */
static const struct reply_rule *rule_for(
	const struct frame *f, unsigned kind, const struct split_event *command)
{
	const struct reply_rule *rest = NULL;
	for (size_t i = 0; i < f->reply_count; i++) {
		const struct reply_rule *r = &f->replies[i];
		if (r->kind != kind)
			continue;
		if (!r->on.count)
			rest = r;
		else if (pattern_matches(&r->on, command))
			return r;
	}
	return rest;
}

void reply_begin_again(struct reply_tracker *t)
{
	t->more = t->times ? t->times->times : 1;
	t->frames = 0;
}

static APART void find_rules(
	struct reply_tracker *t, struct slice payload, const struct field_value *fields)
{
	const struct split_event command = {.payload = payload, .values = fields};
	t->until = rule_for(t->frame, RULE_UNTIL, &command);
	t->whiles = rule_for(t->frame, RULE_WHILE, &command);
	t->times = rule_for(t->frame, RULE_TIMES, &command);
}

void reply_begin(struct reply_tracker *t, const struct frame *frame, struct slice payload,
	const struct field_value *fields)
{
	*t = (struct reply_tracker){.frame = frame};
	if (frame->reply_count)
		find_rules(t, payload, fields);
	reply_begin_again(t);
}

bool reply_answers_none(const struct reply_tracker *t)
{
	return !t->until && t->times && !t->times->times;
}

bool frame_answers_none(
	const struct frame *frame, struct slice payload, const struct field_value *fields)
{
	struct reply_tracker t;
	reply_begin(&t, frame, payload, fields);
	return reply_answers_none(&t);
}

void frame_mark_async(const struct frame *frame, struct split_event *event)
{
	if (frame->async.count && event->mark == MARK_NONE && pattern_matches(&frame->async, event))
		event->mark = MARK_ASYNC;
}

enum reply_state reply_take(struct reply_tracker *t, struct split_event *event)
{
	const struct frame *f = t->frame;
	frame_mark_async(f, event);
	if (event->mark != MARK_NONE && event->mark != MARK_INSIDE)
		return REPLY_WAIT;
	t->frames++;
	if (t->more)
		t->more--;
	if (f->more >= 0 && event->values && event->values[f->more].set) {
		uint64_t add = event->values[f->more].number;
		t->more = add > UINT64_MAX - t->more ? UINT64_MAX : t->more + add;
	}
	if (t->until && pattern_matches(&t->until->what, event))
		return REPLY_DONE;
	if (t->until || (t->whiles && pattern_matches(&t->whiles->what, event)))
		return REPLY_WAIT;
	return t->more ? REPLY_WAIT : REPLY_DONE;
}
