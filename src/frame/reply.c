/* reply.c - when is the reply to a command complete?  One frame that is ours. */
#include "frame/frame_private.h"

void reply_begin(struct reply_tracker *t, const struct frame *frame)
{
	*t = (struct reply_tracker){.frame = frame, .more = 1};
}

enum reply_state reply_take(struct reply_tracker *t, struct split_event *event)
{
	if (event->mark == MARK_NOT_OURS)
		return REPLY_WAIT;
	t->frames++;
	t->more--;
	return t->more ? REPLY_WAIT : REPLY_DONE;
}
