/* idle.h - a session that is never opened, for what is shown of one. */
#ifndef WILCO_TESTS_IDLE_H
#define WILCO_TESTS_IDLE_H

#include <wilco/session.h>

/* Makes it; the session has its own reference to the frame. */
static inline struct session *idle_session(struct loop *loop, const char *name, struct frame *frame)
{
	struct address a;
	struct error err;
	address_parse(SLICE("127.0.0.1:1"), 0, &a, &err);
	struct session_config config = {.loop = loop,
		.name = name,
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.events = &session_unheard};
	struct session *s = session_new(&config);
	address_free(&a);
	return s;
}

#endif
