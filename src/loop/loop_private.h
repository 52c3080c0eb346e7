/* loop_private.h - what the files of the loop layer, and the transports, share. */
#ifndef WILCO_LOOP_PRIVATE_H
#define WILCO_LOOP_PRIVATE_H

#include "loop/loop.h"
#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_timer_t timer;
	uv_idle_t wake;           /* while it is active, a turn does not wait */
	uv_idle_t turn;           /* arms the timer again in the next turn */
	bool stepping;            /* inside loop_step() */
	bool firing;              /* inside the timer's callback, which arms it when it is done */
	struct loop_timer **heap; /* 1-based binary heap by due */
	size_t timers, room;
	int64_t frozen;       /* the clock that a test has set; -1: the real one */
	struct timespec wall; /* as of wall_at on the other clock */
	int64_t wall_at;
	int64_t now;
	size_t lookups;
	size_t lingering;     /* commands that were told to end, and have not yet */
	uint8_t *read_buffer; /* shared by all lines: data is used up within the callback */
};

void loop_timers_arm(struct loop *loop);

#endif
