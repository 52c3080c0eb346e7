/* loop.c - the loop and its timers; see loop.h.
 *
 * The timers are a binary heap ordered by `due`; one uv_timer is armed for the earliest.  A test
 * may freeze the clock: then only loop_clock_set() moves time.
 */
#include "loop/loop_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdlib.h>
#include <wilco/limits.h>

/* ---- the clock ---- */

int64_t loop_now_fresh(struct loop *loop)
{
	loop->now = loop->frozen >= 0 ? loop->frozen : (int64_t)uv_hrtime();
	return loop->now;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

struct timespec loop_wall(struct loop *loop)
{
	if (loop->wall_at != loop->now || !loop->wall_at) {
		clock_gettime(CLOCK_REALTIME, &loop->wall);
		loop->wall_at = loop->now;
	}
	return loop->wall;
}

/* ---- the heap ---- */

static void place(struct loop *loop, struct loop_timer *t, size_t slot)
{
	loop->heap[slot] = t;
	t->slot = slot;
}

static void sift_up(struct loop *loop, struct loop_timer *t, size_t slot)
{
	for (; slot > 1 && loop->heap[slot / 2]->due > t->due; slot /= 2)
		place(loop, loop->heap[slot / 2], slot);
	place(loop, t, slot);
}

static void sift_down(struct loop *loop, struct loop_timer *t, size_t slot)
{
	for (size_t child; (child = slot * 2) <= loop->timers; slot = child) {
		if (child < loop->timers && loop->heap[child + 1]->due < loop->heap[child]->due)
			child++;
		if (loop->heap[child]->due >= t->due)
			break;
		place(loop, loop->heap[child], slot);
	}
	place(loop, t, slot);
}

static void heap_remove(struct loop *loop, struct loop_timer *t)
{
	size_t slot = t->slot;
	struct loop_timer *last = loop->heap[loop->timers--];
	t->slot = 0;
	if (last == t)
		return;
	if (slot > 1 && loop->heap[slot / 2]->due > last->due)
		sift_up(loop, last, slot);
	else
		sift_down(loop, last, slot);
}

static void run_due(struct loop *loop)
{
	int64_t now = loop_now_fresh(loop);
	while (loop->timers && loop->heap[1]->due <= now) {
		struct loop_timer *t = loop->heap[1];
		heap_remove(loop, t);
		t->fire(t->arg);
	}
	loop_timers_arm(loop);
}

static void on_wake(uv_idle_t *wake)
{
	(void)wake;
}

static void on_next_turn(uv_idle_t *turn)
{
	uv_idle_stop(turn);
	loop_timers_arm(turn->data);
}

/* libuv runs timers before it waits: a step whose timer fired must not wait for more.  A timer that
 * sets itself again for at once is due in the next turn: libuv would go on with it in this one, and
 * serve nothing else. */
static void on_uv_timer(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	if (loop->stepping)
		uv_idle_start(&loop->wake, on_wake);
	loop->firing = true;
	run_due(loop);
	loop->firing = false;
	if (loop->timers && loop->heap[1]->due <= (int64_t)uv_hrtime())
		uv_idle_start(&loop->turn, on_next_turn);
	else
		loop_timers_arm(loop);
}

void loop_timers_arm(struct loop *loop)
{
	if (loop->firing)
		return;
	if (!loop->timers || loop->frozen >= 0) {
		/* A frozen clock's timers keep the loop alive all the same. */
		if (loop->timers)
			uv_timer_start(&loop->timer, on_uv_timer, 3600 * 1000, 0);
		else
			uv_timer_stop(&loop->timer);
		return;
	}
	int64_t left = loop->heap[1]->due - (int64_t)uv_hrtime();
	uint64_t ms = left > 0 ? ((uint64_t)left + NS_PER_MS - 1) / NS_PER_MS : 0;
	uv_update_time(&loop->uv);
	uv_timer_start(&loop->timer, on_uv_timer, ms, 0);
}

void loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fire)(void *), void *arg)
{
	*t = (struct loop_timer){.fire = fire, .arg = arg, .loop = loop};
}

void loop_timer_set(struct loop_timer *t, int64_t ns)
{
	struct loop *loop = t->loop;
	loop_timer_stop(t); /* the last one of all disarms */
	struct loop_timer *first = loop->timers ? loop->heap[1] : NULL;
	int64_t first_due = first ? first->due : 0;
	t->due = loop_now_fresh(loop) + (ns > 0 ? ns : 0);
	if (loop->timers + 2 > loop->room) {
		loop->room = loop->room ? loop->room * 2 : 64;
		loop->heap = mem_grow(loop->heap, loop->room, sizeof *loop->heap);
	}
	sift_up(loop, t, ++loop->timers);
	if (loop->heap[1] != first || loop->heap[1]->due < first_due)
		loop_timers_arm(loop);
}

void loop_timer_stop(struct loop_timer *t)
{
	if (!t->slot)
		return;
	/* The uv_timer stays armed for a timer that goes: it fires once too early, which costs
	 * less than arming it anew with every reply. */
	heap_remove(t->loop, t);
	if (!t->loop->timers)
		loop_timers_arm(t->loop);
}

bool loop_timer_running(const struct loop_timer *t)
{
	return t->slot != 0;
}

void loop_clock_set(struct loop *loop, int64_t ns)
{
	loop->frozen = ns;
	run_due(loop);
}

/* ---- the loop ---- */

struct loop *loop_new(void)
{
	struct loop *loop = mem_new(sizeof *loop);
	uv_loop_init(&loop->uv);
	uv_timer_init(&loop->uv, &loop->timer);
	uv_idle_init(&loop->uv, &loop->wake);
	uv_idle_init(&loop->uv, &loop->turn);
	loop->timer.data = loop;
	loop->turn.data = loop;
	loop->uv.data = loop;
	loop->frozen = -1;
	loop_now_fresh(loop);
	return loop;
}

static void free_child(uv_handle_t *process)
{
	free(process);
}

/* A child that was told to end and has not yet: nobody waits for it any more. */
static void leave_child(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (handle->type == UV_PROCESS && !uv_is_closing(handle))
		uv_close(handle, free_child);
}

void loop_free(struct loop *loop)
{
	/* What does not end when it is told to is killed when its time is over. */
	while (loop->lingering && loop->timers)
		uv_run(&loop->uv, UV_RUN_ONCE);
	uv_walk(&loop->uv, leave_child, NULL);
	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	/* A loop that was told to stop returns at once, and close callbacks may close more. */
	for (int turn = 0; turn < 8 && uv_loop_close(&loop->uv) == UV_EBUSY; turn++)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	free(loop->read_buffer);
	free(loop->heap);
	free(loop);
}

void loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_step(struct loop *loop, bool wait)
{
	loop->stepping = true;
	uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	loop->stepping = false;
	uv_idle_stop(&loop->wake);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

bool loop_busy_threads(const struct loop *loop)
{
	return loop->lookups > 0;
}
