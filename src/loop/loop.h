/* loop.h - the one event loop of a program, behind our names (libuv underneath).
 *
 * Timers are ours: a heap on a clock that tests can set, over one uv_timer.  Objects are embedded
 * in their owners and must be stopped before the owner goes.  Callbacks run inside loop_run() or
 * loop_step() and may start, stop and free anything, themselves included.
 */
#ifndef WILCO_LOOP_H
#define WILCO_LOOP_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct loop;

struct loop *loop_new(void);
/* Everything must have been stopped and closed before; runs the last close callbacks. */
void loop_free(struct loop *loop);
/* Runs until loop_stop() or until nothing is active. */
void loop_run(struct loop *loop);
/* One turn; waits for something to happen when wait is true. */
void loop_step(struct loop *loop, bool wait);
void loop_stop(struct loop *loop);
/* Monotonic nanoseconds as of this turn; loop_now_fresh() asks the clock. */
int64_t loop_now(const struct loop *loop);
int64_t loop_now_fresh(struct loop *loop);
/* The wall clock as of this turn. */
struct timespec loop_wall(struct loop *loop);
/* Tests: the clock stands still and moves only by this; due timers run. */
void loop_clock_set(struct loop *loop, int64_t ns);
/* A lookup may still run in a thread when the program ends: then leave by _exit after flushing. */
bool loop_busy_threads(const struct loop *loop);

struct loop_timer {
	void (*fire)(void *arg);
	void *arg;
	struct loop *loop;
	int64_t due;
	size_t slot; /* in the heap, 1-based; 0: not running */
};
void loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fire)(void *), void *arg);
/* Fires once, `ns` from now; set again moves it. */
void loop_timer_set(struct loop_timer *t, int64_t ns);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_running(const struct loop_timer *t);

/* Readiness of a descriptor that can be polled (not a regular file); the descriptor stays the
 * caller's.  Note that libuv makes it non-blocking. */
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct loop_watch;
struct loop_watch *loop_watch_new(struct loop *loop, int fd, void (*ready)(void *arg, int events),
	void *arg, struct error *err);
bool loop_watch_set(struct loop_watch *w, int events); /* 0: pause */
void loop_watch_free(struct loop_watch *w);            /* NULL is allowed */

struct loop_signal;
struct loop_signal *loop_signal_new(
	struct loop *loop, int signo, void (*fire)(void *arg, int signo), void *arg);
void loop_signal_free(struct loop_signal *s); /* NULL is allowed */

/* Name to addresses without blocking: a numeric host is answered in the same turn, without a
 * thread.  done() gets the addresses in the order to try them (RFC 8305 section 4: families
 * interleaved), or err. */
struct sockaddr_storage;
struct loop_lookup;
struct loop_lookup *loop_lookup_new(struct loop *loop, const char *host, uint16_t port,
	void (*done)(void *arg, const struct sockaddr_storage *list, size_t count,
		const struct error *err),
	void *arg);
void loop_lookup_cancel(struct loop_lookup *l); /* done() is not called any more */

#endif
