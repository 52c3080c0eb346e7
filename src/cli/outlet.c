/* outlet.c - see outlet.h. */
#include "cli/outlet.h"

#include "base/fd.h"
#include "cli/cli.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <wilco/limits.h>

/* How often we look for a signal that came just before the wait. */
enum { LOOK_AGAIN_MS = 100 };

struct outlet {
	int fd;
	bool given_up; /* its reader had its grace */
	int error;     /* errno of the first write that failed */
	/* Where it was let go: */
	bool free;
	struct loop_watch *watch; /* NULL: a file, which always takes all */
	void (*failed)(enum spool_kind of, int code);
	struct bytes waiting;
	size_t written; /* of these */
	uint64_t left_out;
};

static struct outlet outlets[] = {
	[SPOOL_OUT] = {.fd = STDOUT_FILENO}, [SPOOL_ERR] = {.fd = STDERR_FILENO}};

/* Says whether there is room, for which it waits. */
static bool outlet_wait(struct outlet *o)
{
	struct pollfd p = {.fd = o->fd, .events = POLLOUT};
	while (!o->given_up) {
		bool ends = cli_ending();
		int n = poll(&p, 1, ends ? OUTLET_GRACE : LOOK_AGAIN_MS);
		if (n > 0)
			return true;
		o->given_up = n == 0 && ends;
	}
	return false;
}

/* Writes what goes now, and returns how much that was. */
static size_t outlet_try(struct outlet *o, struct slice bytes)
{
	ssize_t n = o->error ? -1 : fd_write_ready(o->fd, bytes);
	if (n < 0 && !o->error)
		o->error = errno;
	return n > 0 ? (size_t)n : 0;
}

static bool outlet_good(const struct outlet *o)
{
	errno = o->error;
	return !o->error;
}

static bool write_all(struct outlet *o, struct slice bytes)
{
	do
		bytes = slice_cut(bytes, outlet_try(o, bytes), bytes.len);
	while (bytes.len && !o->error && outlet_wait(o));
	return outlet_good(o);
}

/* ---- let go ---- */

static size_t outlet_waits(const struct outlet *o)
{
	return o->waiting.len - o->written;
}

static struct slice outlet_rest(const struct outlet *o)
{
	return slice_cut(bytes_slice(&o->waiting), o->written, o->waiting.len);
}

static void outlet_forget(struct outlet *o)
{
	bytes_free(&o->waiting);
	o->written = 0;
	if (o->watch)
		loop_watch_set(o->watch, 0);
}

static void outlet_on_ready(void *arg, int events)
{
	struct outlet *o = arg;
	(void)events;
	o->written += outlet_try(o, outlet_rest(o));
	if (o->error)
		o->failed((enum spool_kind)(o - outlets), o->error);
	if (o->error || !outlet_waits(o)) {
		outlet_forget(o);
	} else if (o->written > o->waiting.len / 2) {
		bytes_drop(&o->waiting, o->written);
		o->written = 0;
	}
}

static bool write_free(struct outlet *o, struct slice bytes)
{
	size_t n = outlet_waits(o) ? 0 : outlet_try(o, bytes);
	if (n == bytes.len || o->error)
		return outlet_good(o);
	o->left_out += !bytes_add(&o->waiting, slice_cut(bytes, n, bytes.len));
	if (o->watch)
		loop_watch_set(o->watch, WATCH_WRITE);
	return true;
}

void outlet_let_go(struct loop *loop, void (*failed)(enum spool_kind of, int code))
{
	struct error unwatched;
	for (size_t i = 0; i < sizeof outlets / sizeof outlets[0]; i++) {
		struct outlet *o = &outlets[i];
		o->free = true;
		o->failed = failed;
		bytes_init(&o->waiting, LIMIT_FRAME_MOST);
		o->watch = loop_watch_shared(loop, o->fd, outlet_on_ready, o, &unwatched);
	}
}

bool outlet_room(enum spool_kind to)
{
	struct outlet *o = &outlets[to];
	bool room = outlet_waits(o) < OUTLET_WAITING;
	o->left_out += !room;
	return room;
}

bool outlet_left_out(enum spool_kind to, const char *what, bool ends, char out[OUTLET_TEXT_MAX])
{
	struct outlet *o = &outlets[to];
	if (!o->left_out || (!ends && outlet_waits(o)))
		return false;
	snprintf(out, OUTLET_TEXT_MAX, "%llu %s%s not shown, because nobody read standard %s",
		(unsigned long long)o->left_out, what, o->left_out == 1 ? " was" : "s were",
		to == SPOOL_OUT ? "output" : "error");
	o->left_out = 0;
	return true;
}

bool outlet_finish(enum spool_kind to)
{
	struct outlet *o = &outlets[to];
	if (!o->free)
		return outlet_good(o);
	o->free = false;
	bool good = write_all(o, outlet_rest(o));
	outlet_forget(o);
	loop_watch_free(o->watch);
	o->watch = NULL;
	return good;
}

bool outlet_write(enum spool_kind to, struct slice bytes)
{
	struct outlet *o = &outlets[to];
	return o->free ? write_free(o, bytes) : write_all(o, bytes);
}
