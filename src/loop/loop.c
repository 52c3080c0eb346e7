/* loop.c - the loop and its timers; see loop.h.
 *
 * The timers are a binary heap ordered by `due`; one uv_timer is armed for the earliest.  A test
 * may freeze the clock: then time moves only by loop_clock_set().
 */
#include "loop/loop_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <wilco/limits.h>

/* ---- the clock ---- */

int64_t loop_now_fresh(struct loop *loop)
{
	loop->now = loop->frozen >= 0 ? loop->frozen : (int64_t)uv_hrtime();
	return loop->now;
}

void loop_give_way(void)
{
	sched_yield();
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

static void loop_place(struct loop *loop, struct loop_timer *t, size_t slot)
{
	loop->heap[slot] = t;
	t->slot = slot;
}

static void sift_up(struct loop *loop, struct loop_timer *t, size_t slot)
{
	for (; slot > 1 && loop->heap[slot / 2]->due > t->due; slot /= 2)
		loop_place(loop, loop->heap[slot / 2], slot);
	loop_place(loop, t, slot);
}

static void sift_down(struct loop *loop, struct loop_timer *t, size_t slot)
{
	for (size_t child; (child = slot * 2) <= loop->timers; slot = child) {
		if (child < loop->timers && loop->heap[child + 1]->due < loop->heap[child]->due)
			child++;
		if (loop->heap[child]->due >= t->due)
			break;
		loop_place(loop, loop->heap[child], slot);
	}
	loop_place(loop, t, slot);
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

/* libuv runs timers before it waits, so a step whose timer fired must not wait for more.  A timer
 * that sets itself again with no delay is due in the next turn: in this one libuv would run it
 * again and again, and serve nothing else. */
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
		/* The timers of a frozen clock keep the loop alive as well. */
		if (loop->timers)
			uv_timer_start(&loop->timer, on_uv_timer, 3600 * 1000, 0);
		else
			uv_timer_stop(&loop->timer);
		return;
	}
	int64_t due = loop->heap[1]->due;
	uint64_t at = due > (int64_t)uv_hrtime() ? ((uint64_t)due + NS_PER_MS - 1) / NS_PER_MS : 0;
	uv_update_time(&loop->uv);
	/* libuv counts whole milliseconds of its clock: a delay rounded up from within one would
	 * end before the timer is due. */
	uint64_t now = uv_now(&loop->uv);
	uv_timer_start(&loop->timer, on_uv_timer, at > now ? at - now : 0, 0);
}

void loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fire)(void *), void *arg)
{
	*t = (struct loop_timer){.fire = fire, .arg = arg, .loop = loop};
}

void loop_timer_set(struct loop_timer *t, int64_t ns)
{
	struct loop *loop = t->loop;
	loop_timer_stop(t); /* stopping the last one disarms the uv_timer */
	struct loop_timer *first = loop->timers ? loop->heap[1] : NULL;
	int64_t first_due = first ? first->due : 0;
	t->due = loop_now_fresh(loop) + (ns > 0 ? ns : 0);
	loop->heap = mem_more(loop->heap, loop->timers + 1, &loop->room, sizeof *loop->heap);
	sift_up(loop, t, ++loop->timers);
	if (loop->heap[1] != first || loop->heap[1]->due < first_due)
		loop_timers_arm(loop);
}

void loop_timer_stop(struct loop_timer *t)
{
	if (!t->slot)
		return;
	/* The uv_timer stays armed for the stopped timer.  It fires once too early, which costs
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

/* libuv aborts where some of its allocations fail.  These end the program instead, and say why. */
static void *uv_malloc(size_t size)
{
	return mem_grow(NULL, size, 1);
}

static void *uv_realloc(void *old, size_t size)
{
	return mem_grow(old, size, 1);
}

static void *uv_calloc(size_t count, size_t size)
{
	return memset(mem_grow(NULL, count, size), 0, count * size);
}

/* ---- soon ---- */

static void do_soon(struct loop *loop)
{
	struct loop_soon *s = loop->first;
	loop->first = loop->tail = NULL;
	while (s) {
		struct loop_soon *next = s->next; /* it may be freed */
		s->fire(s->arg);
		s = next;
	}
}

static void on_soon(uv_idle_t *soon)
{
	uv_idle_stop(soon);
	do_soon(soon->data);
}

void loop_soon(struct loop *loop, struct loop_soon *s)
{
	s->next = NULL;
	*(loop->tail ? &loop->tail->next : &loop->first) = s;
	loop->tail = s;
	uv_idle_start(&loop->soon, on_soon);
}

/* ---- the beginning and the end ---- */

/* Starts the handles, which fails only for a lack of descriptors, and runs a first turn, in which
 * libuv takes what it wants of the kernel for itself. */
static int loop_start(struct loop *loop)
{
	int rc = uv_loop_init(&loop->uv);
	if (rc < 0)
		return rc;
	uv_timer_init(&loop->uv, &loop->timer);
	uv_idle_init(&loop->uv, &loop->wake);
	uv_idle_init(&loop->uv, &loop->turn);
	uv_idle_init(&loop->uv, &loop->soon);
	loop->timer.data = loop;
	loop->turn.data = loop;
	loop->soon.data = loop;
	loop->uv.data = loop;
	rc = loop_set_open(loop);
	if (rc < 0)
		return rc;
	uv_idle_start(&loop->wake, on_wake);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	uv_idle_stop(&loop->wake);
	return 0;
}

static sigjmp_buf aborted;
static struct loop *volatile given_up; /* reachable, so that what libuv made so far stays */

static void on_abort(int signo)
{
	(void)signo;
	siglongjmp(aborted, errno);
}

/* Starts the loop and survives an abort: libuv aborts where it gets no descriptor for itself, as
 * under a low `ulimit -n`.  errno still says why. */
static int start_guarded(struct loop *loop)
{
	struct sigaction ours = {.sa_handler = on_abort}, before;
	sigaction(SIGABRT, &ours, &before);
	int code = sigsetjmp(aborted, 1);
	int rc = code ? -code : loop_start(loop);
	sigaction(SIGABRT, &before, NULL);
	return rc;
}

struct loop *loop_new(struct error *err)
{
	struct loop *loop = mem_new(sizeof *loop);
	uv_replace_allocator(uv_malloc, uv_realloc, uv_calloc, free);
	int rc = start_guarded(loop);
	if (rc < 0) {
		given_up = loop;
		error_set(err, STATUS_OUTPUT, "cannot start: %s", uv_strerror(rc));
		return NULL;
	}
	loop->frozen = -1;
	loop_now_fresh(loop);
	return loop;
}

static void free_child(uv_handle_t *process)
{
	free(process);
}

/* Closes the handle of a child that was told to end and has not ended: nobody waits for it any
 * more. */
static void leave_child(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (handle->type == UV_PROCESS && !uv_is_closing(handle))
		uv_close(handle, free_child);
}

void loop_free(struct loop *loop)
{
	/* A child that does not end when it is told to is killed when its time is over. */
	while (loop->lingering && loop->timers)
		uv_run(&loop->uv, UV_RUN_ONCE);
	while (loop->first)
		do_soon(loop);
	uv_walk(&loop->uv, leave_child, NULL);
	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	uv_close((uv_handle_t *)&loop->soon, NULL);
	uv_close((uv_handle_t *)&loop->set, NULL);
	/* uv_run() returns at once in a loop that was told to stop, and close callbacks may close
	 * more. */
	for (int turn = 0; turn < 8 && uv_loop_close(&loop->uv) == UV_EBUSY; turn++)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	close(loop->set_fd);
	free(loop->read_buffer);
	free(loop->watch);
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
