/* loop_private.h - what the files of the loop layer, and the transports, share. */
#ifndef WILCO_LOOP_PRIVATE_H
#define WILCO_LOOP_PRIVATE_H

#include "loop/loop.h"
#include <uv.h>

/* Something to do in the next turn, or in this one where the lines have not been looked at yet.  It
 * is embedded in what it frees, or starts. */
struct loop_soon {
	void (*fire)(void *arg);
	void *arg;
	struct loop_soon *next;
};

/* A descriptor that is watched (loop.h).  The lines have theirs in a set of our own, which is one
 * descriptor for libuv: that one registers a descriptor twice where it must not fail, and looks
 * through all events when it lets go of one. */
struct loop_watch {
	struct loop *loop;
	void (*ready)(void *arg, int events);
	void *arg;
	int fd;          /* -1: none */
	uint32_t serial; /* tells it from others that have had this descriptor */
	uint8_t wanted;  /* enum WATCH_ */
	uint8_t known;   /* what the kernel watches for: as much, or more until that happens */
	bool registered; /* the kernel has it in the set */
};

struct loop {
	uv_loop_t uv;
	uv_timer_t timer;
	uv_poll_t set;             /* the set of descriptors that are watched */
	int set_fd;                /* -1: none yet */
	struct loop_watch **watch; /* of each descriptor; NULL: it is not watched */
	size_t watch_room;
	uint32_t watch_serial;
	size_t registered, wanted;      /* watches that are in the set; that want something */
	struct loop_watch *last;        /* the last that came into the set, if it is still there */
	uv_idle_t soon;                 /* active while there is something to do soon */
	struct loop_soon *first, *tail; /* in this order */
	uv_idle_t wake;                 /* while active, a turn does not wait */
	uv_idle_t turn;                 /* arms the timer in the next turn */
	bool stepping;                  /* inside loop_step() */
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

/* Calls s->fire(s->arg) in the next turn.  It cannot be taken back. */
void loop_soon(struct loop *loop, struct loop_soon *s);

/* Watches a descriptor that is not blocking, for these events (enum WATCH_).  Returns 0, or the
 * negative errno for which the kernel will not watch it. */
int loop_watch_start(struct loop_watch *w, struct loop *loop, int fd, int events,
	void (*ready)(void *arg, int events), void *arg);
/* Lets go of the descriptor, which stays open.  A watch of zeroes, or one that is over, may be
 * stopped, too. */
void loop_watch_stop(struct loop_watch *w);
/* Closes the descriptor as well, which costs less than letting go of it before. */
void loop_watch_close(struct loop_watch *w);
/* Makes `to` what `from` is, which is over. */
void loop_watch_move(struct loop_watch *to, struct loop_watch *from,
	void (*ready)(void *arg, int events), void *arg);
/* For loop.c: the set as a part of libuv's loop.  Returns 0 or libuv's code. */
int loop_set_open(struct loop *loop);

/* libuv ends the program where the kernel will not watch one more descriptor (ENOSPC, ENOMEM; see
 * epoll_ctl(2)).  This registers the handle's descriptor for no event, so that libuv later only
 * changes the events, which does not fail.  Returns 0, or libuv's code for the reason. */
int loop_reserve(const uv_handle_t *handle);

#endif
