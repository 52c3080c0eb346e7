/* loop_private.h - what the files of the loop layer, and the transports, share. */
#ifndef WILCO_LOOP_PRIVATE_H
#define WILCO_LOOP_PRIVATE_H

#include "loop/loop.h"
#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_timer_t timer;
	uv_idle_t wake; /* while active, a turn does not wait */
	uv_idle_t turn; /* arms the timer in the next turn */
	bool stepping;  /* inside loop_step() */
	/* Inside the timer's callback, which arms the timer at its end. */
	bool firing;
	struct loop_timer **heap; /* binary heap by due; its first slot is 1 */
	size_t timers, room;
	int64_t frozen;       /* the clock that a test has set; -1: the real one */
	struct timespec wall; /* as of wall_at on the other clock */
	int64_t wall_at;
	int64_t now;
	struct loop_lookup *waiting, *waiting_last; /* lookups without a thread yet */
	size_t lookups;
	size_t lingering;     /* commands that were told to end and have not ended */
	uint8_t *read_buffer; /* shared by all lines: a callback uses its data up */
};

void loop_timers_arm(struct loop *loop);

/* libuv ends the program where the kernel will not watch one more descriptor (ENOSPC, ENOMEM; see
 * epoll_ctl(2)).  This registers the handle's descriptor for no event, so that libuv later only
 * changes the events, which does not fail.  Returns 0, or libuv's code for the reason. */
int loop_reserve(const uv_handle_t *handle);

#endif
