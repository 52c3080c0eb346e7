/* Many sessions in one process, and one session over many connections: what they cost, and that
 * nothing is left behind.  The device is a child process, so that its memory is not counted. */
#include "lib/tap.h"
#include "loop/loop_private.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wilco/session.h>

enum {
	SESSIONS = 10000,
	SESSION_MOST = 16 * 1024,
	HEAP_MOST = 6 * 1024,
	RECONNECTS = 1000,
	SPARE = 64
};

static struct loop *loop;
static struct frame_book *book;
static struct error err;
static size_t answered, wrong, lost_bytes, opened;

/* ---- the device: repeats every line; one that begins with '!' is its last ---- */

static void serve(int listening)
{
	int poll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listening}};
	epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event);
	for (;;) {
		char bytes[4096];
		if (epoll_wait(poll, &event, 1, -1) < 1)
			continue;
		if (event.data.fd == listening) {
			event.data.fd = accept(listening, NULL, NULL);
			epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
			continue;
		}
		ssize_t n = read(event.data.fd, bytes, sizeof bytes);
		if (n > 0 && write(event.data.fd, bytes, (size_t)n) != n)
			_exit(1);
		if (n <= 0 || bytes[0] == '!')
			close(event.data.fd);
	}
}

static pid_t device;

/* Its port. */
static unsigned start_device(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listening, (struct sockaddr *)&at, size) < 0 || listen(listening, 4096) < 0)
		return 0;
	getsockname(listening, (struct sockaddr *)&at, &size);
	device = fork();
	if (device == 0)
		serve(listening);
	close(listening);
	return ntohs(at.sin_port);
}

/* ---- sessions ---- */

static bool on_exchange(void *owner, struct session *s, struct exchange *x)
{
	(void)owner;
	(void)s;
	answered++;
	bool good = x->status == EXCHANGE_OK && x->replies && !x->replies->next &&
		    slice_equal(x->replies->payload, x->payload);
	wrong += !good;
	lost_bytes += x->sent.len - (good ? x->replies->raw.len : 0);
	return false;
}

/* A reply that comes too late is not the answer of an exchange, which had ended before. */
static bool on_unasked(void *owner, struct session *s, struct exchange *x)
{
	(void)owner;
	(void)s;
	(void)x;
	wrong++;
	return false;
}

static void on_state(void *owner, struct session *s)
{
	(void)owner;
	opened += session_state(s) == SESSION_OPEN;
}

static const struct session_events events = {.state = on_state, .unasked = on_unasked};

static void ask(struct session *s, struct slice payload)
{
	struct request r = {.payload = payload, .ended = on_exchange};
	session_ask(s, &r);
}

static struct session *new_session(unsigned port, bool keep_open)
{
	struct address a;
	char where[64];
	struct frame *frame = frame_find(book, SLICE("payload LF"), &err);
	/* A machine may be so busy that the usual five seconds are too short. */
	snprintf(where, sizeof where, "127.0.0.1:%u?timeout=10m", port);
	address_parse(slice_str(where), 0, &a, &err);
	struct session_config config = {.loop = loop,
		.name = where,
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.keep_open = keep_open,
		.events = &events};
	struct session *s = session_new(&config);
	frame_unref(frame);
	address_free(&a);
	return s;
}

#define UNTIL(condition)     \
	while (!(condition)) \
	loop_step(loop, true)

static size_t resident(void)
{
	unsigned long pages = 0, all;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%lu %lu", &all, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t descriptors(void)
{
	size_t count = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* Under a tool that keeps books of its own about every block. */
static bool heavy(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	return tap_slow();
#endif
}

/* How many sessions the limits let us open. */
static size_t allowed(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < SPARE)
		return 0;
	size_t sessions = tap_slow() ? SESSIONS / 10 : SESSIONS;
	return limit.rlim_cur - SPARE < sessions ? limit.rlim_cur - SPARE : sessions;
}

static void test_many(unsigned port, size_t count)
{
	struct session **all = calloc(count, sizeof *all);
	if (count < SESSIONS)
		tap_note(
			"only %zu sessions: under valgrind, or by the limit of descriptors", count);
	/* What the first one costs is the process's: buffers, tables. */
	struct session *first = new_session(port, false);
	ask(first, SLICE("first"));
	UNTIL(answered == 1);
	size_t before = resident(), heap_before = mallinfo2().uordblks;
	for (size_t i = 0; i < count; i++) {
		all[i] = new_session(port, false);
		ask(all[i], SLICE("STATUS"));
		UNTIL(answered + 200 > i); /* the queue of a listener has its limits */
	}
	UNTIL(answered == count + 1);
	size_t each = (resident() - before) / count;
	size_t heap = (mallinfo2().uordblks - heap_before) / count;
	is_int(wrong, 0, "%zu sessions are open, and each got its answer", count);
	if (heavy())
		tap_note("the memory of each is not looked at: a tool's own counts with it");
	else
		ok(each <= SESSION_MOST && heap <= HEAP_MOST,
			"each costs at most 16 KiB, 6 of them allocated");
	tap_note("%zu bytes a session, of %zu allocated", each, heap);
	for (size_t i = 0; i < count; i++)
		session_free(all[i]);
	session_free(first);
	free(all);
	loop_step(loop, false);
}

static void cycle(struct session *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t now = answered, again = opened;
		ask(s, SLICE("!last words"));
		UNTIL(answered > now && opened > again);
	}
}

static void test_reconnects(unsigned port)
{
	struct session *s = new_session(port, true);
	answered = wrong = opened = 0;
	UNTIL(opened);
	cycle(s, 50);
	size_t fds = descriptors(), timers = loop->timers;
	struct mallinfo2 before = mallinfo2();
	cycle(s, RECONNECTS);
	struct mallinfo2 after = mallinfo2();
	is_int(answered, RECONNECTS + 50, "%d connections, one after the other", RECONNECTS);
	ok(lost_bytes == 0 && wrong == 0, "every command was answered once");
	ok(descriptors() <= fds + 1, "no descriptor stays open");
	ok(loop->timers <= timers + 1, "no timer goes on");
	size_t grown = after.uordblks > before.uordblks ? after.uordblks - before.uordblks : 0;
	/* Nobody took the exchanges. */
	if (!ok(grown <= RECONNECTS * 16, "and nothing grows"))
		tap_note("%zu bytes", grown);
	session_free(s);
	loop_step(loop, false);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	size_t count = allowed(); /* the device inherits the limit */
	unsigned port = start_device();
	loop = loop_new(&err);
	book = frame_book_new();
	test_many(port, count);
	test_reconnects(port);
	frame_book_free(book);
	loop_free(loop);
	kill(device, SIGKILL);
	waitpid(device, NULL, 0);
	return tap_done();
}
