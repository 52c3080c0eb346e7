/* reply.c - when is the reply to a command complete?  Notation section 6. */
#include "frame/frame_private.h"

/* A glob on the payload: the last star gives back one byte at a time. */
static bool glob_matches(const struct pattern *p, struct slice payload)
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

static bool value_matches(const struct pattern *p, const struct frame_values *values)
{
	const struct field_value *v = values ? &values->at[p->field] : NULL;
	if (!v || !v->set)
		return false;
	if (v->is_text)
		return v->len == p->value.len && memcmp(v->text, p->value.text, v->len) == 0;
	return v->number == p->value.number;
}

bool pattern_matches(const struct patterns *patterns, const struct split_event *event)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct pattern *p = &patterns->at[i];
		if (p->field >= 0 && !value_matches(p, event->values))
			continue;
		if (p->field >= 0 && p->count == 0)
			return true;
		if (glob_matches(p, event->payload))
			return true;
	}
	return false;
}

void reply_begin(struct reply_tracker *t, const struct frame *frame)
{
	*t = (struct reply_tracker){
		.frame = frame, .more = frame->rules.times ? frame->rules.times : 1};
}

enum reply_state reply_take(struct reply_tracker *t, struct split_event *event)
{
	const struct frame *f = t->frame;
	if (event->mark == MARK_NONE && pattern_matches(&f->async, event))
		event->mark = MARK_ASYNC;
	if (event->mark != MARK_NONE && event->mark != MARK_INSIDE)
		return REPLY_WAIT;
	t->frames++;
	if (t->more)
		t->more--;
	if (f->more >= 0 && event->values && event->values->at[f->more].set) {
		uint64_t add = event->values->at[f->more].number;
		t->more = add > UINT64_MAX - t->more ? UINT64_MAX : t->more + add;
	}
	if (f->until.count && pattern_matches(&f->until, event))
		return REPLY_DONE;
	if (f->whiles.count && pattern_matches(&f->whiles, event))
		return REPLY_WAIT;
	if (f->until.count)
		return REPLY_WAIT;
	return t->more ? REPLY_WAIT : REPLY_DONE;
}
