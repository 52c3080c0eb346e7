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

/* Makes a loop.  Returns NULL where the system lacks something for it, such as descriptors.  From
 * then on libuv gets all memory that it wants, or the program ends (base/mem.h). */
struct loop *loop_new(struct error *err);
/* Frees the loop and runs the last close callbacks.  Everything else must have been stopped and
 * closed before. */
void loop_free(struct loop *loop);
/* Runs until loop_stop() or until nothing is active. */
void loop_run(struct loop *loop);
/* Runs one turn; if `wait` is true, it waits for something to happen. */
void loop_step(struct loop *loop, bool wait);
void loop_stop(struct loop *loop);
/* Return monotonic nanoseconds: as of this turn, or fresh from the clock. */
int64_t loop_now(const struct loop *loop);
int64_t loop_now_fresh(struct loop *loop);
/* Lets a peer on this processor go on first: one that is about to say more need not wake us for
 * each part of it. */
void loop_give_way(void);
/* Returns the wall clock as of this turn. */
struct timespec loop_wall(struct loop *loop);
/* Used by tests: stops the clock, which from then on moves only by this call, and runs due
 * timers. */
void loop_clock_set(struct loop *loop, int64_t ns);
/* Says whether a lookup still runs in a thread.  The program must then end by _exit() after
 * flushing. */
bool loop_busy_threads(const struct loop *loop);

struct loop_timer {
	void (*fire)(void *arg);
	void *arg;
	struct loop *loop;
	int64_t due; /* monotonic ns */
	size_t slot; /* its place in the heap, from 1; 0: not running */
};
void loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fire)(void *), void *arg);
/* Fires once, `ns` nanoseconds from now.  A timer that is running is moved. */
void loop_timer_set(struct loop_timer *t, int64_t ns);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_running(const struct loop_timer *t);

/* Watches a descriptor that can be polled (not a regular file).  The descriptor stays the caller's,
 * but libuv makes it non-blocking. */
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct loop_watch;
struct loop_watch *loop_watch_new(struct loop *loop, int fd, void (*ready)(void *arg, int events),
	void *arg, struct error *err);
/* Does the same for a descriptor that other programs share, and leaves it blocking. */
struct loop_watch *loop_watch_shared(struct loop *loop, int fd,
	void (*ready)(void *arg, int events), void *arg, struct error *err);
/* Changes what is watched for; 0 pauses.  Ends the program where the kernel has no memory for it
 * (base/mem.h). */
void loop_watch_set(struct loop_watch *w, int events);
void loop_watch_free(struct loop_watch *w); /* NULL is allowed */

struct loop_signal;
struct loop_signal *loop_signal_new(
	struct loop *loop, int signo, void (*fire)(void *arg, int signo), void *arg);
/* Makes a turn of the loop wait for it even where nothing else is active. */
void loop_signal_hold(struct loop_signal *s);
/* From now on loop_signal_came() says at once whether this signal came, which somebody watches for,
 * even where the loop does not run; loop_signal_forget() makes it say no. */
void loop_signal_notice(int signo);
bool loop_signal_came(int signo);
void loop_signal_forget(int signo);
void loop_signal_free(struct loop_signal *s); /* NULL is allowed */

/* Looks up the addresses of a name without blocking; a numeric host is answered in the same turn,
 * without a thread.  done() gets the addresses in the order in which to try them (RFC 8305 section
 * 4: families interleaved), or err. */
struct sockaddr_storage;
struct loop_lookup;
struct loop_lookup *loop_lookup_new(struct loop *loop, const char *host, uint16_t port,
	void (*done)(void *arg, const struct sockaddr_storage *list, size_t count,
		const struct error *err),
	void *arg);
void loop_lookup_cancel(struct loop_lookup *l); /* done() is not called any more */
/* Takes a numeric host without a lookup; false: it needs one, and be it for the error. */
bool loop_numeric(const char *host, uint16_t port, struct sockaddr_storage *out);

#endif
