/* The loop: timers on a clock that stands still, watches, signals, lookups. */
#include "lib/tap.h"
#include "loop/loop.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static char fired[64];

static void note(void *arg)
{
	strncat(fired, arg, 1);
}

static void test_timers(void)
{
	struct loop_timer t[3];
	static char names[] = "abc";
	fired[0] = 0;
	loop_clock_set(loop, 1000);
	for (int i = 0; i < 3; i++)
		loop_timer_init(&t[i], loop, note, &names[i]);
	loop_timer_set(&t[0], 30);
	loop_timer_set(&t[1], 10);
	loop_timer_set(&t[2], 20);
	loop_clock_set(loop, 1009);
	is_str(fired, "", "no timer fires before its time");
	loop_clock_set(loop, 1025);
	is_str(fired, "bc", "timers fire in the order of their times");
	loop_timer_set(&t[0], 100);
	loop_clock_set(loop, 1060);
	is_str(fired, "bc", "a timer that is set again moves");
	loop_timer_stop(&t[0]);
	loop_clock_set(loop, 2000);
	is_str(fired, "bc", "a timer that was stopped does not fire");
	ok(!loop_timer_running(&t[0]) && !loop_timer_running(&t[1]), "and none is running");
}

/* libuv runs timers before it waits: a step that fired one used to wait for something else. */
static void test_step(void)
{
	struct loop_timer t;
	static char name[] = "s";
	fired[0] = 0;
	loop_timer_init(&t, loop, note, name);
	loop_timer_set(&t, 0);
	loop_step(loop, true);
	is_str(fired, "s", "a step comes back when a timer has fired");
	/* Moving the only timer used to disarm the loop's own: the step never came back. */
	loop_timer_set(&t, 1000000);
	loop_timer_set(&t, 2000000);
	loop_step(loop, true);
	is_str(fired, "ss", "the only timer, moved, fires");
}

static void test_many_timers(void)
{
	enum { MANY = 1000 };
	static struct loop_timer t[MANY];
	static char name[] = "x";
	bool ordered = true;
	srand(5);
	for (int i = 0; i < MANY; i++)
		loop_timer_init(&t[i], loop, note, name);
	for (int round = 0; round < 10000; round++) {
		struct loop_timer *one = &t[rand() % MANY];
		if (rand() % 3)
			loop_timer_set(one, rand() % 1000);
		else
			loop_timer_stop(one);
	}
	for (int64_t now = loop_now(loop); now < 4000; now += 50) {
		fired[0] = 0;
		loop_clock_set(loop, now);
		for (int i = 0; i < MANY; i++)
			ordered &= !loop_timer_running(&t[i]) || t[i].due > now;
	}
	ok(ordered, "1,000 timers set and stopped at random: none is late, none is lost");
}

static void on_ready(void *arg, int events)
{
	*(int *)arg = events;
	loop_stop(loop);
}

static void on_signal(void *arg, int signo)
{
	*(int *)arg = signo;
	loop_stop(loop);
}

enum { PIPES = 200 };
static struct watched {
	struct loop_watch *w;
	int ends[2], seen;
} pipes[PIPES];

/* Each one that is ready lets go of itself and of the next, which may be among those that are told:
 * it must hear nothing more, nor may the new one at its number. */
static void on_many(void *arg, int events)
{
	struct watched *p = arg;
	struct watched *next = p + 1;
	p->seen += events == WATCH_READ ? 1 : 100;
	loop_watch_set(p->w, 0);
	if ((p - pipes) % 2 || !next->w)
		return;
	loop_watch_free(next->w);
	next->w = NULL;
	close(next->ends[0]);
	close(next->ends[1]);
	if (pipe(next->ends) == 0)
		next->w = loop_watch_new(loop, next->ends[0], on_many, next, &(struct error){0});
	loop_watch_set(next->w, WATCH_READ);
}

static void test_many_watches(void)
{
	struct error err;
	int odd = 0, even = 0, made = 0;
	for (int i = 0; i < PIPES; i++) {
		if (pipe(pipes[i].ends) < 0)
			break;
		pipes[i].w = loop_watch_new(loop, pipes[i].ends[0], on_many, &pipes[i], &err);
		loop_watch_set(pipes[i].w, WATCH_READ);
		made += write(pipes[i].ends[1], "x", 1) == 1;
	}
	for (int turn = 0; turn < 2 * PIPES; turn++)
		loop_step(loop, false);
	for (int i = 0; i < PIPES; i += 2) {
		even += pipes[i].seen;
		odd += pipes[i + 1].seen;
	}
	is_int(made, PIPES, "200 pipes with a byte in them");
	is_int(even, PIPES / 2, "each one is told once, though its byte stays");
	is_int(odd, 0, "one that was let go before it was told hears nothing");
	for (int i = 0; i < PIPES; i++) {
		loop_watch_free(pipes[i].w);
		close(pipes[i].ends[0]);
		close(pipes[i].ends[1]);
	}
}

/* Watches a pipe in which a byte is; *events is what on_ready() is told. */
static struct loop_watch *watch_byte(int ends[2], int *events)
{
	struct error err;
	struct loop_watch *w =
		pipe(ends) == 0 ? loop_watch_new(loop, ends[0], on_ready, events, &err) : NULL;
	if (!w)
		exit(99);
	loop_watch_set(w, WATCH_READ);
	ok(write(ends[1], "x", 1) == 1, "a byte in a pipe");
	return w;
}

static void test_watches(void)
{
	int ends[2], events = 0, signo = 0;
	struct error err;
	struct loop_watch *w = watch_byte(ends, &events);
	loop_run(loop);
	is_int(events, WATCH_READ, "makes its other end readable");
	loop_watch_free(w);
	struct loop_signal *s = loop_signal_new(loop, SIGUSR1, on_signal, &signo);
	loop_signal_hold(s); /* nothing else is active */
	raise(SIGUSR1);
	while (!signo)
		loop_step(loop, true);
	is_int(signo, SIGUSR1, "a signal arrives in the loop");
	loop_signal_free(s);
	test_many_watches();
	FILE *file = tmpfile();
	ok(!loop_watch_new(loop, fileno(file), on_ready, &events, &err) && err.what[0],
		"a regular file cannot be watched, and that is said");
	fclose(file);
	close(ends[0]);
	close(ends[1]);
}

static struct loop_timer again;
static int rounds;

static void on_again(void *arg)
{
	(void)arg;
	if (++rounds < 100000)
		loop_timer_set(&again, 0);
}

/* Work that is done a piece a turn: libuv used to do all of it in one. */
static void test_turns(void)
{
	int ends[2], events = 0;
	struct loop_watch *w = watch_byte(ends, &events);
	loop_timer_init(&again, loop, on_again, NULL);
	loop_timer_set(&again, 0);
	loop_run(loop);
	ok(events == WATCH_READ && rounds < 100,
		"is read while a timer sets itself again for at once (%d times)", rounds);
	rounds = 0;
	loop_timer_set(&again, 0);
	loop_step(loop, true);
	ok(rounds >= 1 && rounds <= 2, "a step does a piece of it, not all (%d)", rounds);
	loop_timer_stop(&again);
	loop_watch_free(w);
	close(ends[0]);
	close(ends[1]);
}

static struct {
	size_t count;
	char first[64];
	char what[ERROR_WHAT_MAX];
} found;

static void on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	(void)arg;
	found.count = count;
	if (count)
		inet_ntop(list->ss_family,
			list->ss_family == AF_INET
				? (const void *)&((const struct sockaddr_in *)list)->sin_addr
				: (const void *)&((const struct sockaddr_in6 *)list)->sin6_addr,
			found.first, sizeof found.first);
	else
		snprintf(found.what, sizeof found.what, "%s", err->what);
	loop_stop(loop);
}

static void test_lookups(void)
{
	loop_lookup_new(loop, "192.0.2.7", 80, on_lookup, NULL);
	ok(!loop_busy_threads(loop), "a numeric address starts no thread");
	loop_run(loop);
	is_str(found.first, "192.0.2.7", "and is its own answer");
	loop_lookup_new(loop, "2001:db8::1", 80, on_lookup, NULL);
	loop_run(loop);
	is_str(found.first, "2001:db8::1", "IPv6 as well");
	struct addrinfo *known = NULL;
	if (getaddrinfo("localhost", NULL, NULL, &known) == 0) {
		loop_lookup_new(loop, "localhost", 80, on_lookup, NULL);
		loop_run(loop);
		ok(found.count >= 1, "localhost is found");
		freeaddrinfo(known);
	} else {
		tap_skip("this machine does not know localhost");
	}
	found.what[0] = 0;
	struct loop_lookup *l = loop_lookup_new(loop, "192.0.2.8", 80, on_lookup, NULL);
	found.count = 99;
	loop_lookup_cancel(l);
	loop_step(loop, false);
	is_int(found.count, 99, "a lookup that was cancelled answers nobody");
	loop_lookup_new(loop, "\xff\xfe", 80, on_lookup, NULL);
	ok(!loop_busy_threads(loop), "a name that cannot be looked up starts no thread");
	loop_step(loop, false);
	is_int(found.count, 0, "and is answered at once");
	is_str(found.what, "no address for '\\xff\\xfe': a name cannot be spelled like this",
		"with the reason");
	found.count = 99;
	loop_lookup_cancel(loop_lookup_new(loop, "\xff\xfe", 80, on_lookup, NULL));
	loop_step(loop, false);
	is_int(found.count, 99, "nor does such a one when it was cancelled");
}

int main(void)
{
	struct error err;
	loop = loop_new(&err);
	test_timers();
	test_many_timers();
	loop_free(loop);
	loop = loop_new(&err);
	test_step();
	test_watches();
	test_turns();
	test_lookups();
	loop_free(loop);
	return tap_done();
}
