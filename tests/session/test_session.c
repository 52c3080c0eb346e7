/* A session: one command at a time, never sent twice, and no reply given to the wrong command,
 * whatever the device does with the line. */
#include "base/number.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wilco/session.h>

static struct loop *loop;
static struct frame_book *book;
static struct error err;

/* ---- a device under the test's hand ---- */

static struct listener *listener;
static struct transport *line; /* the connection that is open now */
static struct bytes heard;     /* all that the device received, over all connections */
static int connections;

static void on_device_data(void *owner, struct slice bytes)
{
	(void)owner;
	bytes_add(&heard, bytes);
}

static void on_device_end(void *owner)
{
	(void)owner;
}

static void on_device_fail(void *owner, const struct error *why)
{
	(void)owner;
	(void)why;
	transport_close(line);
	line = NULL;
}

static const struct transport_events device_events = {
	.data = on_device_data, .end = on_device_end, .fail = on_device_fail};

static void on_caller(void *owner, struct transport *t)
{
	(void)owner;
	transport_close(line);
	line = t;
	connections++;
	transport_adopt(t, &device_events, NULL);
}

static void device_says(const char *text)
{
	transport_send(line, slice_str(text), false);
}

static void device_hangs_up(void)
{
	transport_finish(line, 1000000000);
	line = NULL;
}

/* ---- what the session reports, as text: "ok PWR?=ON" ---- */

static struct bytes log_text;
static size_t reports;
static char last_error[256]; /* of the last command */
static bool last_heard;
static bool taking; /* exchanges are taken over: */
static struct exchange *taken;

static void (*from_inside)(struct session *s); /* what the owner does when it is told; once */

static bool on_exchange(void *owner, struct session *s, struct exchange *x)
{
	(void)owner;
	bytes_addf(&log_text, "%s%s", log_text.len ? ", " : "", exchange_status_name(x->status));
	if (x->command) {
		bytes_add_byte(&log_text, ' ');
		exchange_spell(x, &log_text);
	}
	for (const struct reply *r = x->replies; r; r = r->next)
		bytes_addf(&log_text, "=%.*s", SLICE_ARG(r->has_payload ? r->payload : r->raw));
	if (x->stray.len)
		bytes_addf(&log_text, "~%.*s", SLICE_ARG(x->stray));
	if (x->command) {
		snprintf(last_error, sizeof last_error, "%s", x->error ? x->error : "");
		last_heard = x->heard;
	}
	reports++;
	if (from_inside) {
		void (*once)(struct session *) = from_inside;
		from_inside = NULL;
		once(s);
	}
	if (!taking)
		return false;
	x->next = taken;
	taken = x;
	return true;
}

static int warnings;

static void on_note(void *owner, struct session *s, bool warning, const char *text)
{
	(void)owner;
	(void)s;
	(void)text;
	warnings += warning;
}

static const struct session_events session_events = {.unasked = on_exchange, .note = on_note};

static void ask(struct session *s, struct slice payload)
{
	struct request r = {.payload = payload, .ended = on_exchange};
	session_ask(s, &r);
}

static void tell(struct session *s, struct slice payload)
{
	struct request r = {.payload = payload, .tell = true, .ended = on_exchange};
	session_ask(s, &r);
}

static void send_now(struct session *s, struct slice payload)
{
	struct request r = {.payload = payload, .now = true, .ended = on_exchange};
	session_ask(s, &r);
}

/* ---- a clock that stands still ---- */

static int64_t stopped_at = -1;

/* While it stands still no turn of the loop does. */
static void run_due_timers(void)
{
	if (stopped_at >= 0)
		loop_clock_set(loop, stopped_at);
}

static void stop_clock(void)
{
	stopped_at = loop_now_fresh(loop);
	loop_clock_set(loop, stopped_at);
}

static void pass_ms(int64_t ms)
{
	stopped_at += ms * NS_PER_MS;
	loop_clock_set(loop, stopped_at);
	loop_step(loop, false);
}

static void start_clock(void)
{
	stopped_at = -1;
	loop_clock_set(loop, -1);
}

static struct session *session_at(struct slice where, const char *notation, bool keep_open)
{
	struct address a;
	address_parse(where, 0, &a, &err);
	struct frame *frame = frame_find(book, slice_str(notation), &err);
	struct session_config config = {.loop = loop,
		.name = "device",
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.keep_open = keep_open,
		.events = &session_events};
	struct session *s = session_new(&config);
	frame_unref(frame);
	address_free(&a);
	return s;
}

static struct session *open_session(const char *notation, const char *settings, bool keep_open)
{
	struct address local;
	struct bytes where;
	bytes_init(&where, 4096);
	bytes_clear(&heard);
	bytes_clear(&log_text);
	reports = 0;
	warnings = 0;
	connections = 0;
	address_parse_local(SLICE("127.0.0.1:0"), 0, &local, &err);
	listener = listener_open(loop, &local, on_caller, NULL, NULL, &err);
	address_free(&local);
	bytes_addf(&where, "%s?%s", listener_address(listener), settings);
	struct session *s = session_at(bytes_slice(&where), notation, keep_open);
	bytes_free(&where);
	return s;
}

static void close_session(struct session *s)
{
	session_free(s);
	transport_close(line);
	line = NULL;
	listener_close(listener);
	listener = NULL;
	loop_step(loop, false);
}

#define UNTIL(condition)                       \
	while (run_due_timers(), !(condition)) \
	loop_step(loop, true)

static bool hears(const char *text)
{
	return slice_is(bytes_slice(&heard), text);
}

#define SAYS(expected, ...) is_str(bytes_str(&log_text), (expected), __VA_ARGS__)

static void test_order(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	is_int(session_pending(s), 2, "the second command waits for the reply to the first");
	device_says("1\nextra\n");
	UNTIL(hears("A\nB\n"));
	device_says("2\n");
	UNTIL(reports == 3);
	SAYS("ok A=1, unsolicited=extra, ok B=2",
		"a second frame in one piece answers no later command");
	is_int(connections, 1, "over one connection");
	ok(session_rtt(s) > 0, "and the time was measured");
	close_session(s);
}

/* Nothing that has been sent so far is followed by a command before so many ms have passed. */
static void sends_after(int64_t ms, const char *before, const char *after, const char *name)
{
	pass_ms(ms - 1);
	bool early = !hears(before);
	pass_ms(1);
	UNTIL(hears(after));
	ok(!early, "%s", name);
}

static void test_late(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=50ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	pass_ms(50);
	device_says("late\n");
	UNTIL(reports == 2);
	SAYS("timeout A, late=late", "what comes after the timeout is late, and no answer");
	ask(s, SLICE("B"));
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	is_int(warnings, 1, "the next command goes over a fresh line, which is told");
	sends_after(500, "A\n", "A\nB\n", "and is listened to for 500 ms");
	device_says("2\n");
	UNTIL(reports == 3);
	SAYS("timeout A, late=late, ok B=2", "the next command gets its own reply");
	close_session(s);
	start_clock();
}

/* A terminal server hands to the new connection what the device says. */
static void test_late_on_fresh_line(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=50ms", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	pass_ms(50);
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	device_says("banner\n1\n");
	UNTIL(reports == 3);
	sends_after(500, "A\n", "A\nB\n", "a banner and a late reply do not end the time");
	device_says("2\n");
	UNTIL(reports == 4);
	SAYS("timeout A, late=banner, late=1, ok B=2", "in which what comes is late");
	close_session(s);
	start_clock();
}

/* Behind a gateway a late reply comes on any line: it is waited for. */
static void test_gateway(void)
{
	stop_clock();
	struct session *s =
		open_session("payload LF", "gateway=yes&timeout=500ms&resync=5s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	pass_ms(500);
	pass_ms(200);
	device_says("1\n");
	UNTIL(reports == 2);
	ok(session_waits_until(s) == stopped_at + 50 * NS_PER_MS, "the wait ends after the gap");
	sends_after(50, "A\n", "A\nB\n", "the late reply and a gap end the wait");
	is_int(connections, 1, "on the same line");
	pass_ms(500);
	ask(s, SLICE("C"));
	for (int i = 1; i < 50; i++) {
		pass_ms(100);
		device_says("x");
		UNTIL(session_waits_until(s));
		loop_step(loop, false);
	}
	sends_after(100, "A\nB\n", "A\nB\nC\n", "bytes that go on coming do not make it longer");
	device_says("rest\n3\n");
	UNTIL(reports == 5);
	ok(strstr(bytes_str(&log_text), "rest, ok C=3"),
		"a frame that began before the command was sent does not answer it");
	close_session(s);
	start_clock();
}

/* One that was given up before the last one may still come, too. */
static void test_two_owed(void)
{
	stop_clock();
	struct session *s =
		open_session("payload LF", "gateway=yes&timeout=50ms&resync=100ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	pass_ms(50);
	pass_ms(100);
	ask(s, SLICE("B"));
	ask(s, SLICE("C"));
	UNTIL(hears("A\nB\n"));
	pass_ms(50);
	device_says("1\n");
	UNTIL(reports == 3);
	sends_after(100, "A\nB\n", "A\nB\nC\n", "one late reply of two does not end the wait");
	close_session(s);
	start_clock();
}

static void test_lost_listens(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	device_hangs_up();
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	device_says("1\n");
	UNTIL(reports == 2);
	sends_after(500, "A\n", "A\nB\n", "after a loss the new line is listened to");
	SAYS("lost A, late=1", "and the reply of the lost command answers nothing");
	device_hangs_up();
	UNTIL(reports == 3);
	close_session(s);
	s = open_session("payload LF", "timeout=10s", true);
	UNTIL(session_state(s) == SESSION_OPEN && line);
	device_hangs_up();
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	ask(s, SLICE("B"));
	UNTIL(hears("B\n"));
	is_int(warnings, 1,
		"a line that was lost while idle is not, but that it was opened afresh is told");
	session_close(s);
	ask(s, SLICE("C"));
	UNTIL(connections == 3 && session_state(s) == SESSION_OPEN);
	sends_after(500, "B\n", "B\nC\n", "one that was closed while a command was out is");
	close_session(s);
	start_clock();
}

static void test_resync_off(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=50ms&resync=off", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	pass_ms(50);
	UNTIL(hears("A\nB\n"));
	is_int(connections, 1, "resync=off: the next command goes out at once, on the same line");
	is_int(warnings, 1, "and it is told what that means");
	close_session(s);
	start_clock();
}

static void test_surplus(void)
{
	stop_clock();
	struct session *s = open_session("payload LF ; async '!' *", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("1\n!event\n");
	UNTIL(reports == 2);
	is_int(warnings, 0, "an asynchronous frame behind a reply is expected");
	ask(s, SLICE("B"));
	UNTIL(hears("A\nB\n"));
	device_says("2\nmore\nmore\n");
	UNTIL(reports == 5);
	is_int(warnings, 1, "one more reply than commands is a warning, once");
	ask(s, SLICE("C"));
	UNTIL(hears("A\nB\nC\n"));
	device_says("3\n");
	UNTIL(reports == 6);
	pass_ms(50);
	device_says("unasked\n");
	UNTIL(reports == 7);
	is_int(warnings, 1, "what comes later is not");
	close_session(s);
	start_clock();
}

/* A command without a reply answers nothing, and what comes behind it does not either. */
static void test_tell(void)
{
	struct session *s = open_session("payload LF", "timeout=1m", false);
	tell(s, SLICE("A"));
	UNTIL(reports == 1 && hears("A\n"));
	SAYS("ok A", "it is over when it has arrived");
	device_says("1\n");
	UNTIL(reports == 2);
	ask(s, SLICE("B"));
	UNTIL(hears("A\nB\n"));
	device_says("2\n3\n");
	UNTIL(reports == 4);
	SAYS("ok A, unsolicited=1, ok B=2, unsolicited=3", "what comes before the next is unasked");
	is_int(warnings, 1, "a second frame for the next one is a warning as ever");
	tell(s, SLICE("C"));
	UNTIL(reports == 5);
	stop_clock();
	ask(s, SLICE("D"));
	UNTIL(hears("A\nB\nC\nD\n"));
	device_says("C?\n");
	UNTIL(reports == 6);
	pass_ms(3000);
	device_says("4\n");
	UNTIL(reports == 7);
	is_int(warnings, 2, "behind a command without a reply it may take its time");
	start_clock();
	close_session(s);
	s = open_session("payload LF ; ack '+'", "timeout=1m", false);
	int64_t began = loop_now_fresh(loop);
	tell(s, SLICE("A"));
	UNTIL(reports == 1);
	ok(loop_now_fresh(loop) - began >= NS_PER_S, "the token of ack is waited for");
	tell(s, SLICE("B"));
	UNTIL(hears("A\nB\n"));
	device_says("+");
	UNTIL(reports == 2);
	SAYS("ok A, ok B=+", "for a second at most");
	close_session(s);
}

/* A command out of turn goes out at once, and what comes belongs to the one that waits. */
static void test_now(void)
{
	struct session *s = open_session("payload LF", "timeout=1s", false);
	send_now(s, SLICE("N"));
	UNTIL(hears("N\n"));
	device_says("n\n");
	UNTIL(reports == 1);
	SAYS("ok N=n", "with no command waiting it is one as any");
	stop_clock();
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("N\nA\n"));
	pass_ms(700);
	send_now(s, SLICE("N"));
	SAYS("ok N=n, ok N", "it is over when it has gone out");
	UNTIL(hears("N\nA\nN\n"));
	pass_ms(299);
	is_int(reports, 2, "the timeout is that of the command that waits");
	device_says("1\n2\n");
	UNTIL(reports == 4);
	UNTIL(hears("N\nA\nN\nB\n"));
	SAYS("ok N=n, ok N, ok A=1, unsolicited=2", "to which belongs what comes");
	pass_ms(700);
	send_now(s, SLICE("M"));
	pass_ms(300);
	UNTIL(reports == 6);
	SAYS("ok N=n, ok N, ok A=1, unsolicited=2, ok M, timeout B", "which is not restarted");
	start_clock();
	close_session(s);
	s = open_session("payload eof -> payload eof", "timeout=1m", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A"));
	send_now(s, SLICE("N"));
	SAYS("refused N", "the connection is half-closed");
	device_says("1");
	device_hangs_up();
	UNTIL(reports == 2);
	SAYS("refused N, ok A=1", "which disturbs nothing");
	close_session(s);
	s = open_session("payload LF", "timeout=1m&char-delay=2ms", false);
	ask(s, SLICE("ABC"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	send_now(s, SLICE("N"));
	send_now(s, SLICE("M"));
	UNTIL(hears("ABC\nN\nM\n"));
	ok(reports == 2, "it goes behind the frame that is on its way");
	ask(s, SLICE("B"));
	send_now(s, SLICE("N"));
	session_cancel(s);
	SAYS("ok N, ok M, ok N, cancelled ABC, cancelled B", "giving up ends all");
	close_session(s);
}

/* Counters go on, the reply is compared with what its command had. */
static void test_now_fields(void)
{
	struct session *s =
		open_session("id:dec1=1++ payload LF -> id payload LF", "timeout=1m", false);
	ask(s, SLICE("A"));
	UNTIL(hears("1A\n"));
	send_now(s, SLICE("N"));
	send_now(s, SLICE("M"));
	UNTIL(hears("1A\n2N\n3M\n"));
	device_says("2n\n1a\n");
	UNTIL(reports == 4);
	SAYS("ok N, ok M, unsolicited=n, ok A=a", "a reply to it is not taken for the other");
	ask(s, SLICE("B"));
	UNTIL(hears("1A\n2N\n3M\n4B\n"));
	device_says("4b\n");
	UNTIL(reports == 5);
	SAYS("ok N, ok M, unsolicited=n, ok A=a, ok B=b", "and the next has the next number");
	close_session(s);
}

/* Between a frame and its token nothing may come; each token is for the frame before it. */
static void test_now_tokens(void)
{
	struct session *s = open_session("payload LF ; ack '+' ; nak '-'", "timeout=1m", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	send_now(s, SLICE("N"));
	device_says("-");
	UNTIL(hears("A\nA\n"));
	device_says("+");
	UNTIL(hears("A\nA\nN\n"));
	device_says("-");
	UNTIL(hears("A\nA\nN\nN\n"));
	is_int(reports, 0, "it waits for its own");
	device_says("+");
	UNTIL(reports == 1);
	device_says("1\n");
	UNTIL(reports == 2);
	SAYS("ok N, ok A=-=+=-=+=1", "and a nak brings back what it was for");
	UNTIL(hears("A\nA\nN\nN\n+"));
	close_session(s);
	s = open_session("payload LF ; ack ACK ; bid ENQ, ACK, EOT", "timeout=1m", false);
	ask(s, SLICE("A"));
	UNTIL(hears("\x05"));
	send_now(s, SLICE("N"));
	device_says("\x06");
	UNTIL(hears("\x05"
		    "A\n"));
	device_says("\x06");
	UNTIL(hears("\x05"
		    "A\n\x04\x05"));
	is_int(reports, 0, "it asks for leave as any");
	device_says("\x06");
	UNTIL(hears("\x05"
		    "A\n\x04\x05N\n"));
	device_says("\x06");
	UNTIL(reports == 1);
	device_says("1\n");
	UNTIL(reports == 2);
	ok(strncmp(bytes_str(&log_text), "ok N, ok A", 10) == 0, "and is acknowledged");
	close_session(s);
}

/* Its echo comes behind the first, if it comes. */
static void test_now_echo(void)
{
	struct session *s = open_session("payload CR ; echo", "timeout=1m", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\r"));
	send_now(s, SLICE("N"));
	UNTIL(hears("A\rN\r"));
	device_says("A\rN\r1\r");
	UNTIL(reports == 2);
	SAYS("ok N, ok A=A\r=N\r=1", "behind that of the command that waits");
	ask(s, SLICE("B"));
	UNTIL(hears("A\rN\rB\r"));
	send_now(s, SLICE("N"));
	device_says("B\r2\r");
	UNTIL(reports == 4);
	SAYS("ok N, ok A=A\r=N\r=1, ok N, ok B=B\r=2", "or it does not");
	close_session(s);
}

/* What is readable before a command is written is taken first. */
static void test_readable(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("1\n");
	UNTIL(reports == 1);
	device_says("stale\npart");
	ask(s, SLICE("B"));
	is_int(reports, 2, "what is readable is taken before the command is written");
	UNTIL(hears("A\nB\n"));
	device_says("ial\n2\n");
	UNTIL(reports == 4);
	SAYS("ok A=1, unsolicited=stale, unsolicited=partial, ok B=2", "and answers nothing");
	transport_close(line);
	line = NULL;
	ask(s, SLICE("C"));
	UNTIL(hears("A\nB\nC\n"));
	is_int(connections, 2, "a line whose peer has closed it takes no command");
	device_says("3\n");
	UNTIL(reports == 5);
	ok(strstr(bytes_str(&log_text), "ok C=3"), "which is lost nowhere");
	close_session(s);
}

/* A peer that closes each line before the command is sent is not tried for ever. */
static void test_closes_at_once(void)
{
	stop_clock();
	struct session *s =
		open_session("payload LF gap(500ms) -> payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("1\n");
	UNTIL(reports == 1);
	ask(s, SLICE("B"));
	for (int i = 2; i <= 3; i++) {
		transport_close(line);
		line = NULL;
		UNTIL(connections == i && session_state(s) == SESSION_OPEN);
		is_int(session_pending(s), 1, "a line that ended is opened afresh");
	}
	transport_close(line);
	line = NULL;
	UNTIL(reports == 2);
	SAYS("ok A=1, lost B", "until one that was opened for the command ended, too");
	ok(strstr(last_error, "before the command was sent, twice"), "which is said");
	ok(hears("A\n"), "and nothing was sent");
	close_session(s);
	start_clock();
}

/* What a device says because it is connected answers nothing; the first command waits for it. */
static void test_greeting(void)
{
	stop_clock();
	struct session *s = open_session(
		"payload LF ; async '!' * ; greet 'hello' * ; ack ACK", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	pass_ms(900);
	device_says("!event\nwell\nhello\n");
	UNTIL(hears("\6\6\6A\n"));
	SAYS("unsolicited=!event, greeting=well, greeting=hello",
		"up to the first frame that matches, without those that come by themselves");
	device_says("1\nhello\n");
	UNTIL(reports == 5);
	ok(strstr(bytes_str(&log_text), "ok A=1, unsolicited=hello"), "once");
	close_session(s);
	s = open_session("payload LF ; times 2 ; greet 'hello'", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	sends_after(1000, "", "A\n", "the command waits for it, but not longer than 1 s");
	device_says("well\nhello\n1\n2\n");
	UNTIL(reports == 3);
	SAYS("greeting=well, greeting=hello, ok A=1=2", "though it comes later");
	transport_close(line);
	line = NULL;
	ask(s, SLICE("B"));
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	sends_after(1000, "A\n", "A\nB\n", "each line has its own");
	close_session(s);
	s = open_session("payload LF ; greet 'hello'", "timeout=10s&greet=0s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("hello\n1\n");
	UNTIL(reports == 2);
	SAYS("greeting=hello, ok A=1", "with greet=0s the command does not wait");
	close_session(s);
	start_clock();
}

static void test_opening(void)
{
	struct session *s = open_session("payload LF", "timeout=10s&open=2b,26", false);
	ask(s, SLICE("A"));
	UNTIL(hears("+&A\n"));
	device_says("1\n");
	UNTIL(reports == 1);
	ask(s, SLICE("B"));
	UNTIL(hears("+&A\nB\n"));
	device_hangs_up();
	UNTIL(reports == 2);
	ask(s, SLICE("C"));
	UNTIL(hears("+&A\nB\n+&C\n"));
	ok(true, "bytes are sent at each opening");
	close_session(s);
	stop_clock();
	s = open_session("payload LF ; greet 'hello'", "timeout=10s&open=2b", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	device_says("hello\n");
	UNTIL(hears("+A\n"));
	ok(true, "behind a greeting");
	close_session(s);
	s = open_session("payload LF ; greet 'hello'", "timeout=10s&open=2b", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	sends_after(1000, "", "+A\n", "or when none came");
	close_session(s);
	start_clock();
}

static void test_greeting_setting(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=10s&greet=400ms", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	pass_ms(200);
	device_says("hello\nlogin: ");
	UNTIL(reports == 1);
	sends_after(50, "", "A\n", "the setting alone waits until the line is quiet");
	device_says("1\n");
	UNTIL(reports == 3);
	SAYS("greeting=hello, greeting=login: , ok A=1",
		"and what has no end then is no part of a reply");
	close_session(s);
	s = open_session("payload LF", "timeout=10s&greet=400ms", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	for (int i = 1; i < 20; i++) {
		pass_ms(20);
		device_says("x\n");
		UNTIL(reports == (size_t)i);
	}
	sends_after(20, "", "A\n", "one that does not stop is cut off");
	close_session(s);
	s = open_session("payload LF", "timeout=10s&greet=400ms", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	sends_after(400, "", "A\n", "and nothing is waited for so long");
	close_session(s);
	start_clock();
}

/* Two datagrams that came are told apart, though the command that waits could go after the first.
 */
static void test_readable_datagram(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_storage peer;
	socklen_t size = sizeof at;
	char where[64], got[8];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bind(fd, (struct sockaddr *)&at, size);
	getsockname(fd, (struct sockaddr *)&at, &size);
	snprintf(where, sizeof where, "udp://127.0.0.1:%d?timeout=10s", ntohs(at.sin_port));
	struct session *s = session_at(slice_str(where), "payload LF", false);
	bytes_clear(&log_text);
	reports = 0;
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	size = sizeof peer;
	UNTIL(recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&peer, &size) == 2);
	sendto(fd, "1\nrest", 6, 0, (struct sockaddr *)&peer, size);
	sendto(fd, "stale\n", 6, 0, (struct sockaddr *)&peer, size);
	UNTIL(recv(fd, got, sizeof got, 0) == 2);
	sendto(fd, "2\n", 2, 0, (struct sockaddr *)&peer, size);
	UNTIL(!session_pending(s));
	SAYS("ok A=1, unsolicited=rest, unsolicited=stale, ok B=2",
		"a datagram that came before the command answers nothing");
	session_free(s);
	close(fd);
	loop_step(loop, false);
}

/* A whole frame of another command is not the beginning of this one's reply.  The clock stands
 * still while the device answers. */
static void test_others(void)
{
	stop_clock();
	struct session *s =
		open_session("id:u8=65 payload LF -> id payload LF", "timeout=50ms", false);
	ask(s, SLICE("x"));
	UNTIL(hears("Ax\n"));
	device_says("Bx\n");
	UNTIL(reports == 1);
	pass_ms(50);
	SAYS("unsolicited=x, timeout x", "a frame with another number answers nothing");
	is_str(last_error,
		"no reply within 50 ms: 1 frame came that answers another command (id 66, not 65)",
		"which the timeout says");
	ok(last_heard, "so it is not true that nothing came");
	ask(s, SLICE("y"));
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	pass_ms(500);
	UNTIL(hears("Ax\nAy\n"));
	device_says("Bx\nAy");
	UNTIL(reports == 3);
	pass_ms(50);
	is_int(reports, 4, "each time after 50 ms");
	is_str(last_error, "no complete reply within 50 ms: 2 bytes came without an end",
		"of what is not whole the bytes are counted alone");
	close_session(s);
	start_clock();
}

static void test_lost(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	device_says("half");
	device_hangs_up();
	UNTIL(hears("A\nB\n"));
	SAYS("lost A=half", "a command in flight is lost with what had come, and not sent again");
	device_says("2\n");
	UNTIL(reports == 2);
	SAYS("lost A=half, ok B=2", "the next one opens the line again");
	is_int(connections, 2, "once");
	close_session(s);
}

static void test_half_close(void)
{
	struct session *s = open_session("esc-cr", "timeout=10s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("\033A\r"));
	transport_send(line, slice_of("1\0rest", 6), false);
	UNTIL(hears("\033A\r\033B\r"));
	SAYS("ok A=1~rest",
		"esc-cr takes the reply without waiting for the close, and keeps the rest");
	device_hangs_up();
	UNTIL(reports == 2);
	SAYS("ok A=1~rest, lost B", "a close without a reply is no reply");
	is_int(connections, 2, "a connection for each command");
	close_session(s);
}

static void test_unasked(void)
{
	struct session *s = open_session("payload LF", "timeout=10s&idle=50ms", true);
	UNTIL(session_state(s) == SESSION_OPEN && line);
	device_says("hello\npart");
	UNTIL(reports == 2);
	SAYS("unsolicited=hello, unsolicited=part", "what comes before the first command answers "
						    "nothing, and a part is reported when idle");
	device_hangs_up();
	UNTIL(connections == 2);
	ok(true, "a line that is kept is opened again when it is lost");
	session_close(s);
	is_int(session_state(s), SESSION_CLOSED, "and stays closed when the user said so");
	session_open(s);
	UNTIL(session_state(s) == SESSION_OPEN && connections == 3);
	device_says("again\n");
	UNTIL(reports == 3);
	SAYS("unsolicited=hello, unsolicited=part, unsolicited=again",
		"when it was opened again, what comes unasked is taken as before");
	close_session(s);
}

/* What begins before the last byte of the command has left does not answer it, however slowly that
 * goes. */
static void test_early(void)
{
	int64_t now = loop_now_fresh(loop);
	loop_clock_set(loop, now);
	struct session *s = open_session("payload LF", "timeout=10s&char-delay=1s", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	loop_clock_set(loop, now);
	UNTIL(hears("A"));
	device_says("early\n");
	UNTIL(reports == 1);
	loop_clock_set(loop, now + NS_PER_S);
	UNTIL(hears("A\n"));
	device_says("1\n");
	UNTIL(reports == 2);
	SAYS("unsolicited=early, ok A=1", "a frame that came between the bytes of a command");
	close_session(s);
	s = open_session("payload LF ; bid ENQ, ACK, EOT", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("\5"));
	device_says("early\n");
	UNTIL(reports == 1);
	device_says("\6");
	UNTIL(hears("\5A\n\4"));
	device_says("1\n");
	UNTIL(reports == 2);
	SAYS("unsolicited=early, ok A=\6=1", "a frame that came before the device let us send");
	close_session(s);
	s = open_session("payload LF ; nak NAK", "timeout=10s&char-delay=1s", false);
	ask(s, SLICE("A"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	loop_clock_set(loop, now + NS_PER_S);
	UNTIL(hears("A"));
	device_says("\x15");
	UNTIL(session_current(s)->held);
	loop_clock_set(loop, now + 2ll * NS_PER_S);
	UNTIL(hears("A\n"));
	device_says("1\n");
	UNTIL(reports == 1);
	SAYS("ok A=\x15=1", "a nak to what was not sent yet sends nothing again");
	loop_clock_set(loop, -1);
	close_session(s);
}

/* A slow command has the time that it takes; one that is given up goes no further. */
static void test_slow_command(void)
{
	int64_t now = loop_now_fresh(loop);
	loop_clock_set(loop, now);
	struct session *s = open_session("payload LF", "timeout=1s&char-delay=2s", false);
	ask(s, SLICE("AB"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	for (int64_t i = 0; i < 3; i++)
		loop_clock_set(loop, now + 2 * i * NS_PER_S);
	UNTIL(hears("AB\n"));
	is_int(reports, 0, "the timeout begins with the last byte");
	loop_clock_set(loop, now + 5ll * NS_PER_S);
	SAYS("timeout AB", "and then it runs");
	close_session(s);
	s = open_session("payload LF", "timeout=1s&char-delay=2s&resync=1ms", false);
	ask(s, SLICE("AB"));
	UNTIL(session_state(s) == SESSION_OPEN && line);
	loop_clock_set(loop, now + 5ll * NS_PER_S);
	UNTIL(hears("A"));
	session_cancel(s);
	is_str(last_error, "given up while it was being sent", "a part went out, which is said");
	ask(s, SLICE("C"));
	is_int(warnings, 1, "and what that means for the next one");
	loop_clock_set(loop, now + 20ll * NS_PER_S);
	loop_clock_set(loop, now + 30ll * NS_PER_S);
	loop_clock_set(loop, now + 40ll * NS_PER_S);
	UNTIL(hears("AC\n"));
	is_int(connections, 1, "no more of it goes out, and giving up opens nothing afresh");
	loop_clock_set(loop, -1);
	close_session(s);
}

/* What is taken over is there when its session, its line and its frame are gone. */
static void test_taken(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", true);
	size_t frames = 0, commands = 0;
	char end[SPLIT_TEXT_MAX];
	UNTIL(session_state(s) == SESSION_OPEN && line);
	taking = true;
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("answer\n");
	UNTIL(reports == 1);
	for (int i = 0; i < 1000; i++)
		device_says("event\n");
	UNTIL(reports == 1001);
	taking = false;
	device_says("event\n");
	UNTIL(reports == 1002);
	close_session(s);
	while (taken) {
		struct exchange *next = taken->next;
		commands += taken->command && slice_is(taken->replies->payload, "answer");
		frames += !taken->command && slice_is(taken->replies->payload, "event") &&
			  strcmp(exchange_end_text(taken, end), "delimiter LF") == 0 &&
			  strcmp(frame_notation(taken->frame), "payload LF") == 0;
		exchange_free(taken);
		taken = next;
	}
	ok(commands == 1 && frames == 1000, "exchanges outlive their session where they are taken");
}

static void test_cancel(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=10s", false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	pass_ms(4000);
	ok(session_cancel(s), "a wait can be given up");
	SAYS("cancelled A, cancelled B", "with what waits behind it");
	ok(!session_cancel(s), "once");
	ask(s, SLICE("C"));
	sends_after(
		6000, "A\n", "A\nC\n", "the next one waits until the time of the first is over");
	is_int(connections, 1, "on the same line");
	device_says("3\n");
	UNTIL(reports == 3);
	SAYS("cancelled A, cancelled B, ok C=3", "and the session goes on");
	close_session(s);
	start_clock();
}

static size_t coming(const struct session *s)
{
	return session_coming(s).bytes;
}

/* A reply that comes in pieces can be looked at before it is whole. */
static void test_coming(void)
{
	stop_clock();
	struct session *s = open_session(
		"payload LF -> payload LF ; while '-' * ; async '!' *", "timeout=10s", false);
	is_int((long)coming(s), 0, "nothing comes while nothing was asked");
	ask(s, SLICE("A"));
	is_int((long)coming(s), 0, "nor before anything came");
	UNTIL(hears("A\n"));
	device_says("-one");
	UNTIL(coming(s) == 4);
	ok(slice_is(session_coming(s).rest, "-one"), "what is in no frame yet");
	device_says("\n-tw");
	UNTIL(coming(s) == 8);
	ok(slice_is(session_coming(s).rest, "-tw") &&
			slice_is(session_current(s)->last->payload, "-one"),
		"goes on behind the frames that are whole");
	device_says("o\n!2\n");
	UNTIL(reports == 1);
	is_int((long)coming(s), 10, "a frame that answers nothing is not counted");
	session_cancel(s);
	is_int((long)coming(s), 0, "and nothing comes any more when it was given up");
	close_session(s);
	start_clock();
}

/* What has come of a frame is in the log; who looks at the exchanges misses nothing either. */
static void test_rest(void)
{
	stop_clock();
	struct session *s = open_session("payload LF ; async '!' *", "timeout=50ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	pass_ms(50);
	device_says("!1\nfirst");
	UNTIL(reports == 2);
	ask(s, SLICE("B"));
	UNTIL(reports == 3);
	SAYS("timeout A, unsolicited=!1, late=first",
		"what has come of a late reply is told when the line is opened afresh");
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	sends_after(500, "A\n", "A\nB\n", "then the next command goes");
	bytes_clear(&log_text);
	device_says("!2\nsecond");
	UNTIL(reports == 4);
	session_cancel(s);
	SAYS("unsolicited=!2, cancelled B=second", "a command that is cancelled has it");
	bytes_clear(&log_text);
	device_says("!3\nthird");
	UNTIL(reports == 6);
	session_tell_rest(s);
	SAYS("unsolicited=!3, late=third", "and so is it when nothing more is read");
	session_tell_rest(s);
	is_int(reports, 7, "once");
	close_session(s);
	start_clock();
}

static void test_refused(void)
{
	struct session *s = open_session("payload[2] LF", "timeout=10s", false);
	for (int i = 0; i < 1000; i++)
		ask(s, SLICE("long"));
	ask(s, SLICE("ok"));
	UNTIL(hears("ok\n"));
	is_int(reports, 1000, "commands that the frame cannot carry are refused, one by one");
	device_says("yo\n");
	UNTIL(reports == 1001);
	ok(true, "and the next one is sent");
	struct bytes wire;
	bytes_init(&wire, 100);
	struct request fits = {.payload = SLICE("ab")}, too_long = {.payload = SLICE("abc")};
	ok(session_preview(s, &fits, &wire, &err) && slice_is(bytes_slice(&wire), "ab\n"),
		"a preview shows the bytes");
	ok(!session_preview(s, &too_long, &wire, &err), "or why there are none");
	bytes_free(&wire);
	close_session(s);
}

static void test_no_line(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	listener_close(listener);
	listener = NULL;
	loop_step(loop, false);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(reports == 2);
	SAYS("connect A, connect B", "without a line nothing is sent, and each command is told");
	close_session(s);
}

/* Who is told that the line ended may close it, or open it again: there is one line at a time. */
static void test_from_inside(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", true);
	UNTIL(session_state(s) == SESSION_OPEN && line);
	from_inside = session_close;
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_hangs_up();
	UNTIL(reports == 1);
	is_int(session_state(s), SESSION_CLOSED, "a line that the owner closed stays closed");
	is_int(session_retry_at(s), 0, "and is not tried again");
	from_inside = session_open;
	ask(s, SLICE("B"));
	UNTIL(hears("A\nB\n"));
	device_hangs_up();
	UNTIL(reports == 2);
	is_int(session_retry_at(s), 0, "nor is one that the owner opened at once");
	UNTIL(connections == 3);
	close_session(s);
}

/* The longest of twelve pauses before a line that is not there is opened again, ms. */
static int longest_pause(const char *where)
{
	struct session *s = session_at(slice_str(where), "payload LF", true);
	int64_t longest = 0;
	stop_clock();
	session_open(s);
	for (int i = 0; i < 12; i++) {
		UNTIL(session_state(s) == SESSION_RETRYING);
		int64_t pause = session_retry_at(s) - stopped_at;
		longest = pause > longest ? pause : longest;
		pass_ms(pause / NS_PER_MS + 1);
	}
	session_free(s);
	start_clock();
	loop_step(loop, false);
	return (int)(longest / NS_PER_MS);
}

static void test_pauses(void)
{
	is_int(longest_pause("serial:/nowhere/tty"), 200, "a port is looked for every 200 ms");
	is_int(longest_pause("unix:/nowhere/socket"), 200, "so is a socket");
	is_int(longest_pause("udp://fe80::1%nocard:9"), 10000, "a peer every ten seconds");
}

static void test_damage(void)
{
	stop_clock();
	struct session *s =
		open_session("payload LF -> 'OK ' payload LF", "timeout=10s&resync=300ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	device_says("OX 1\n");
	UNTIL(reports == 1);
	SAYS("damaged A=O", "a reply that is not what the frame says is damaged");
	ask(s, SLICE("B"));
	sends_after(300, "A\n", "A\nB\n", "the next command waits");
	device_says("OK 2\n");
	UNTIL(reports >= 2 && !session_pending(s));
	ok(strstr(bytes_str(&log_text), "ok B=2"), "and gets its own reply");
	is_int(connections, 1, "on the same line");
	close_session(s);
	start_clock();
}

static void test_gap(void)
{
	struct session *s = open_session("payload gap(20ms)", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A"));
	device_says("some");
	UNTIL(reports == 1);
	SAYS("ok A=some", "a reply may end by silence");
	close_session(s);
}

/* ---- how long a reply may take, on a clock that stands still ---- */

/* The device says this, and the session takes it: both are in this loop, over loopback. */
static void comes(const char *text)
{
	device_says(text);
	while (transport_queued(line))
		loop_step(loop, true);
	for (int turn = 0; turn < 3; turn++)
		loop_step(loop, false);
}

/* A command at such a device, and a text every 500 ms, at most 20 times; gives how often. */
static int times_until_told(const char *notation, const char *settings, const char *text)
{
	int times = 0;
	stop_clock();
	struct session *s = open_session(notation, settings, false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	for (; session_current(s) && times < 20; times++) {
		pass_ms(500);
		if (session_current(s))
			comes(text);
	}
	close_session(s);
	start_clock();
	return times;
}

static void test_patience(void)
{
	const char *until = "payload LF ; until 'OK'";
	is_int(times_until_told(until, "timeout=1s", "x\n"), 2,
		"frames that come do not make the timeout longer");
	ok(strstr(last_error, "no reply within 1 s") ||
			strstr(last_error, "no complete reply within 1 s"),
		"the timeout is told: %s", last_error);
	is_int(times_until_told(until, "timeout=1s", "x"), 2, "nor do bytes");
	ok(strstr(last_error, "bytes were still coming: silence="), "which names the remedy");
	is_int(times_until_told(until, "timeout=1s&silence=700ms", "x\n"), 20,
		"with silence each pause has its own time");
	is_int(times_until_told(until, "timeout=1s&silence=700ms", "x"), 20, "in a frame, too");
	is_int(times_until_told(until, "timeout=1s&silence=400ms", "x\n"), 2,
		"a longer pause ends it");
	ok(strstr(last_error, "400 ms of silence"), "as silence: %s", last_error);
	is_int(times_until_told(until, "timeout=1s&silence=700ms&deadline=3s", "x\n"), 6,
		"the deadline ends it");
	ok(strstr(last_error, "3 s (deadline)"), "as the deadline: %s", last_error);
	is_int(times_until_told("payload LF ; async '!' *", "timeout=1s&silence=700ms", "!x\n"), 2,
		"frames that are no reply count for nothing");
	ok(strstr(last_error, "no reply within 1 s"), "so that nothing came: %s", last_error);
}

/* What is no part of a reply in pieces leaves its clock as it was. */
static void test_patience_mixed(void)
{
	stop_clock();
	struct session *s = open_session(
		"payload LF ; async '!' * ; until 'OK'", "timeout=1s&silence=700ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	pass_ms(500);
	comes("one\n");
	pass_ms(500);
	comes("!news\n");
	pass_ms(199);
	is_int((int)reports, 1, "the pause is not over");
	pass_ms(2);
	SAYS("unsolicited=!news, timeout A=one", "it ends 700 ms after the reply's last byte");
	close_session(s);
	start_clock();
}

/* A reply in two lumps, as an adapter delivers it, and one with a wrong check. */
static void test_torn(void)
{
	const char *notation = "payload xor8 gap(4ms) -> payload xor8 gap(4ms)";
	stop_clock();
	struct session *s = open_session(notation, "timeout=1s", false);
	ask(s, SLICE("A"));
	UNTIL(heard.len == 2);
	comes("ab");
	pass_ms(5);
	is_int((int)reports, 0, "a gap in front of which the check fails may be the adapter's");
	pass_ms(11);
	comes("c\x60");
	pass_ms(5);
	SAYS("ok A=abc", "what comes then is a part of the same frame");
	ask(s, SLICE("B"));
	UNTIL(heard.len == 4);
	comes("abx");
	pass_ms(5);
	pass_ms(40);
	is_int((int)reports, 1, "nothing more comes");
	pass_ms(6);
	is_int((int)reports, 2, "after gap-more the frame is damaged");
	ok(strstr(last_error, "gap-more="), "and the setting is named: %s", last_error);
	close_session(s);
	s = open_session(notation, "timeout=1s&gap-more=off", false);
	ask(s, SLICE("A"));
	UNTIL(heard.len == 2);
	comes("ab");
	pass_ms(5);
	is_int((int)reports, 1, "with off the gap ends it");
	close_session(s);
	start_clock();
}

static void test_rtt(void)
{
	stop_clock();
	struct session *s = open_session("payload gap(500ms)", "timeout=10s", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A"));
	taking = true;
	pass_ms(10);
	comes("some");
	for (int i = 0; i < 10 && !reports; i++)
		pass_ms(100);
	taking = false;
	is_int((int)(exchange_rtt(taken) / NS_PER_MS), 10, "the time ends with the last byte");
	is_int((int)((taken->ended_at - taken->sent_at) / NS_PER_MS) / 100, 5,
		"and the silence behind it is told apart");
	exchange_free(taken);
	taken = NULL;
	close_session(s);
	start_clock();
}

/* ---- what waits has a limit ---- */

static void test_many_commands(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	for (int i = 0; i < LIMIT_COMMANDS; i++)
		ask(s, SLICE("x"));
	is_int(reports, 0, "as many commands as that may wait");
	ask(s, SLICE("y"));
	is_str(last_error, "too many commands wait already", "one more is refused");
	close_session(s);
}

static void test_large_reply(void)
{
	static uint8_t part[1024 * 1024];
	memset(part, 'x', sizeof part);
	part[sizeof part - 1] = '\n';
	struct session *s = open_session("payload LF ; until 'end'", "timeout=1h", false);
	ask(s, SLICE("A"));
	UNTIL(hears("A\n"));
	size_t size = 0;
	for (; !reports && size < 2 * LIMIT_EXCHANGE; size += sizeof part) {
		transport_send(line, slice_of(part, sizeof part), false);
		while (transport_queued(line))
			loop_step(loop, true);
	}
	UNTIL(reports);
	ok(strstr(last_error, "the reply is over the size limit"), "a reply has at most 64 MiB");
	ok(size <= LIMIT_EXCHANGE, "as it is counted in memory");
	close_session(s);
}

static void test_takes_nothing(void)
{
	static uint8_t big[60000];
	struct session *s = open_session("payload LF", "timeout=1ms&resync=off", true);
	struct slice command = slice_of(big, sizeof big);
	UNTIL(session_state(s) == SESSION_OPEN && line);
	transport_read(line, false);
	for (size_t sent = 0; sent < 1000 && !strstr(last_error, "not sent"); sent++) {
		size_t before = reports;
		bytes_clear(&log_text);
		ask(s, command);
		UNTIL(reports > before);
	}
	ok(strstr(last_error, "the device takes nothing"),
		"behind 1 MiB that a device does not take no command goes out");
	close_session(s);
	last_error[0] = 0;
}

/* With pauses between the bytes, answers wait behind the command that goes out. */
static void test_slow_answers(void)
{
	int64_t now = loop_now_fresh(loop);
	static uint8_t bids[LIMIT_ANSWERS];
	memset(bids, 5, sizeof bids);
	loop_clock_set(loop, now);
	struct session *s = open_session(
		"STX payload ETX ; bid ENQ, ACK, EOT", "timeout=1h&char-delay=1ms", false);
	ask(s, SLICE("A"));
	UNTIL(hears("\5"));
	device_says("\6");
	const struct exchange *x = session_current(s);
	UNTIL(x->held);
	size_t each = x->held; /* of a token that came */
	loop_clock_set(loop, now);
	UNTIL(hears("\5\2"));
	transport_send(line, slice_of(bids, sizeof bids), false);
	UNTIL(x->held == each * (sizeof bids + 1)); /* with the end of our own bid too much waits */
	device_says("\2B\3");
	for (int turn = 0; turn < 100; turn++)
		loop_step(loop, false);
	is_int(reports, 0, "a device whose answers wait behind slow bytes is not read");
	for (size_t i = 0; i < 3 + sizeof bids; i++) {
		loop_clock_set(loop, now += NS_PER_MS);
		if (i % 256 == 0)
			loop_step(loop, false);
	}
	UNTIL(reports == 1);
	ok(strstr(bytes_str(&log_text), "ok A=") && strstr(bytes_str(&log_text), "=B"),
		"until they have gone out");
	UNTIL(heard.len == 5 + sizeof bids);
	ok(true, "each of them");
	loop_clock_set(loop, -1);
	close_session(s);
}

/* ---- several commands are out (ahead) ---- */

static void ask_all(struct session *s, const char *commands)
{
	session_gather(s, true);
	for (const char *c = commands; *c; c++)
		ask(s, slice_of(c, 1));
	session_gather(s, false);
}

static void test_ahead(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=10s&ahead=3", false);
	ask_all(s, "ABCDE");
	is_int(session_pending(s), 5, "all that wait are counted");
	UNTIL(hears("A\nB\nC\n"));
	loop_step(loop, false);
	ok(hears("A\nB\nC\n") && reports == 0, "so many go out before the first is answered");
	is_int(session_pending(s), 5, "and are counted, too");
	device_says("1\n2\n");
	UNTIL(reports == 2);
	UNTIL(hears("A\nB\nC\nD\nE\n"));
	device_says("3\n4\n5\nextra\n");
	UNTIL(reports == 6);
	SAYS("ok A=1, ok B=2, ok C=3, ok D=4, ok E=5, unsolicited=extra",
		"each gets its reply, in order, also of one piece");
	is_int(warnings, 1, "one more right behind the last is warned of");
	ask_all(s, "FG");
	UNTIL(strstr(bytes_str(&heard), "F\nG\n"));
	device_says("6");
	loop_step(loop, false);
	pass_ms(9000);
	device_says("\n");
	UNTIL(reports == 7);
	pass_ms(9000);
	device_says("7\n");
	UNTIL(reports == 8);
	ok(strstr(bytes_str(&log_text), "ok F=6, ok G=7"),
		"the time of a reply begins when the one before came");
	close_session(s);
	start_clock();
}

/* Room in the middle is gathered, so that a write has several commands. */
static void test_ahead_gathers(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=10s&ahead=4", false);
	ask_all(s, "ABCDEF");
	UNTIL(hears("A\nB\nC\nD\n"));
	device_says("1\n");
	UNTIL(reports == 1);
	loop_step(loop, false);
	ok(hears("A\nB\nC\nD\n"), "while most are out, the next one waits a moment for others");
	pass_ms(1);
	UNTIL(hears("A\nB\nC\nD\nE\n"));
	device_says("2\n3\n");
	UNTIL(hears("A\nB\nC\nD\nE\nF\n"));
	device_says("4\n5\n6\n");
	UNTIL(reports == 6);
	SAYS("ok A=1, ok B=2, ok C=3, ok D=4, ok E=5, ok F=6", "but not for long");
	close_session(s);
	start_clock();
}

static void test_ahead_given_up(void)
{
	stop_clock();
	struct session *s =
		open_session("payload LF", "gateway=yes&timeout=500ms&resync=2s&ahead=3", false);
	ask_all(s, "ABCD");
	UNTIL(hears("A\nB\nC\n"));
	pass_ms(500);
	UNTIL(reports == 3);
	SAYS("timeout A, lost B, lost C", "behind one that is not answered the others are lost");
	ok(strstr(last_error, "sent, outcome unknown"), "which says what that means");
	pass_ms(1900);
	device_says("1\n");
	UNTIL(reports == 4);
	pass_ms(1900);
	device_says("2\n");
	UNTIL(reports == 5);
	pass_ms(1900);
	device_says("3\n");
	UNTIL(reports == 6);
	sends_after(50, "A\nB\nC\n", "A\nB\nC\nD\n",
		"the next one waits while late replies come, one after the other");
	device_says("4\n");
	UNTIL(reports == 7);
	SAYS("timeout A, lost B, lost C, late=1, late=2, late=3, ok D=4",
		"and gets its own reply, on the same line");
	is_int(connections, 1, "nothing is sent twice");
	ask_all(s, "EFGH");
	UNTIL(strstr(bytes_str(&heard), "E\nF\nG\n"));
	bytes_clear(&log_text);
	session_cancel(s);
	SAYS("cancelled E, lost F, lost G, cancelled H", "who gives up is told in order");
	ok(strstr(last_error, "before it was sent"), "what did not go out");
	is_int(session_pending(s), 0, "and nothing is left");
	close_session(s);
	s = open_session("payload LF", "timeout=10s&ahead=3", false);
	ask_all(s, "ABCD");
	UNTIL(hears("A\nB\nC\n"));
	device_says("1\n2");
	UNTIL(reports == 1);
	device_hangs_up();
	UNTIL(reports == 3);
	SAYS("ok A=1, lost B=2, lost C", "a line that ends loses all that are out");
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	pass_ms(500);
	UNTIL(hears("A\nB\nC\nD\n"));
	device_says("4\n");
	UNTIL(reports == 4);
	ok(hears("A\nB\nC\nD\n"), "and the others go over the next one, none twice");
	close_session(s);
	start_clock();
}

static void close_from_inside(struct session *s)
{
	session_close(s);
	ask(s, SLICE("Z"));
}

static void test_ahead_from_inside(void)
{
	struct session *s = open_session("payload LF", "timeout=10s&ahead=4", false);
	ask_all(s, "ABCDE");
	UNTIL(hears("A\nB\nC\nD\n"));
	from_inside = close_from_inside;
	device_says("1\n2\n");
	UNTIL(reports == 5);
	SAYS("ok A=1, ok B=2, cancelled C, lost D, cancelled E",
		"an owner that closes the line when it is told of one ends them all, once");
	UNTIL(connections == 2 && strstr(bytes_str(&heard), "Z\n"));
	device_says("26\n");
	UNTIL(reports == 6);
	ok(strstr(bytes_str(&log_text), "ok Z=26"), "and what it asks for then is answered");
	close_session(s);
}

/* A counter that the reply repeats tells which command it answers. */
static void test_ahead_named(void)
{
	static const char frame[] = "tid:u8=48++ payload LF";
	stop_clock();
	struct session *s = open_session(frame, "timeout=1s&ahead=4", false);
	ask_all(s, "ABCDEF");
	UNTIL(hears("0A\n1B\n2C\n3D\n"));
	device_says("2c\n1b\n");
	loop_step(loop, false);
	pass_ms(1);
	is_int(reports, 0, "a reply before its turn is kept");
	device_says("7x\n0a\n");
	UNTIL(reports == 4);
	SAYS("unsolicited=x, ok A=a, ok B=b, ok C=c", "and told in the order of the commands");
	UNTIL(hears("0A\n1B\n2C\n3D\n4E\n5F\n"));
	device_says("4e\n");
	loop_step(loop, false);
	pass_ms(1000);
	UNTIL(reports == 6);
	ok(strstr(bytes_str(&log_text), "ok C=c, timeout D, ok E=e"),
		"behind one that is not answered those that were are ok");
	ask_all(s, "G");
	device_says("3d\n");
	UNTIL(reports == 7);
	pass_ms(500);
	ok(strstr(bytes_str(&heard), "G\n") == NULL, "nothing goes out while one is left");
	device_says("5f\n");
	UNTIL(reports == 8);
	ok(strstr(bytes_str(&log_text), "ok E=e, late=d, ok F=f"),
		"a reply names its command: the late one and the other");
	UNTIL(strstr(bytes_str(&heard), "6G\n"));
	ask_all(s, "HI");
	UNTIL(strstr(bytes_str(&heard), "6G\n7H\n8I\n"));
	pass_ms(1000);
	UNTIL(reports == 9);
	pass_ms(1000);
	UNTIL(reports == 11);
	ok(strstr(bytes_str(&log_text), "timeout G, lost H, lost I"),
		"when none of them is answered, they are lost");
	is_int(connections, 1, "on one line");
	close_session(s);
	start_clock();
}

/* Who gives each command the same number has no names to go by. */
static void test_ahead_same_number(void)
{
	stop_clock();
	struct session *s = open_session("tid:u8=48++ payload LF", "timeout=1s&ahead=4", false);
	session_set(s, SLICE("tid"), SLICE("65"), &err);
	ask_all(s, "AB");
	UNTIL(hears("AA\nAB\n"));
	pass_ms(1000);
	device_says("Ab\n");
	UNTIL(reports == 3);
	SAYS("timeout A, lost B, late=b", "a reply to both of two answers none after a failure");
	close_session(s);
	start_clock();
}

static void test_ahead_refused(void)
{
	static const struct {
		const char *frame, *why;
	} refused[] = {{"payload eof", "(eof)"}, {"payload LF -> payload eof", "(eof)"},
		{"payload gap(2ms)", "(gap)"}, {"payload LF ; echo", "(echo)"},
		{"payload LF ; ack ACK", "(ack)"}, {"payload LF ; bid ENQ, ACK, EOT", "(bid)"}};
	struct bytes wire;
	bytes_init(&wire, 4096);
	struct session *s = open_session("payload LF ; times 0 on 'N' *", "ahead=2", false);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct frame *frame = frame_find(book, slice_str(refused[i].frame), &err);
		bool fits = frame && session_set_frame(s, frame, &err);
		ok(frame && !fits && strstr(err.what, refused[i].why),
			"ahead is not possible with %s", refused[i].frame);
		frame_unref(frame);
	}
	ok(!session_set(s, SLICE("connection"), SLICE("each"), &err), "nor a line for each");
	struct request request = {.payload = SLICE("A"), .tell = true, .ended = on_exchange};
	ok(!session_preview(s, &request, &wire, &err), "nor .tell");
	session_ask(s, &request);
	request = (struct request){.payload = SLICE("N"), .ended = on_exchange};
	ok(!session_preview(s, &request, &wire, &err), "nor a command without a reply");
	ask_all(s, "ANB");
	UNTIL(hears("A\n"));
	device_says("1\n");
	UNTIL(hears("A\nB\n"));
	device_says("2\n");
	UNTIL(reports == 4);
	SAYS("refused A, ok A=1, refused N, ok B=2", "which is told in its turn");
	bytes_free(&wire);
	close_session(s);
}

/* ---- without a frame ---- */

static size_t keys_told, bytes_passed;

static void on_direct_came(void *owner, struct slice bytes)
{
	(void)owner;
	bytes_passed += bytes.len;
}

static void on_direct_entry(void *owner, struct session *s, struct exchange *x)
{
	on_exchange(owner, s, x);
	exchange_free(x);
}

static void on_direct_keys(
	void *owner, struct session *s, size_t count, const struct timespec *since)
{
	(void)since;
	(void)owner;
	(void)s;
	keys_told += count;
}

static void on_direct_answered(
	void *owner, struct session *s, struct slice bytes, const struct timespec *since)
{
	(void)since;
	(void)owner;
	(void)s;
	bytes_addf(&log_text, ", answered %.*s", SLICE_ARG(bytes));
}

/* What was handed to the session comes; the clock stands still. */
static void direct_gets(const char *text)
{
	size_t until = bytes_passed + strlen(text);
	device_says(text);
	UNTIL(bytes_passed == until);
}

static const struct session_direct *terminal_mode(void)
{
	static struct session_direct direct = {.came = on_direct_came,
		.entry = on_direct_entry,
		.keys = on_direct_keys,
		.answered = on_direct_answered};
	if (!direct.frame)
		direct.frame = frame_find(book, SLICE("raw"), &err);
	return &direct;
}

static struct session *open_direct(const char *settings)
{
	struct session *s = open_session("payload LF", settings, true);
	keys_told = bytes_passed = 0;
	UNTIL(session_state(s) == SESSION_OPEN && line);
	session_direct_begin(s, terminal_mode());
	return s;
}

static void type(struct session *s, const char *keys)
{
	size_t until = heard.len + strlen(keys);
	session_type(s, slice_str(keys), strlen(keys), &err);
	UNTIL(heard.len == until);
}

static void test_direct_entries(void)
{
	stop_clock();
	struct session *s = open_direct("timeout=1s");
	direct_gets("boot\n");
	pass_ms(999);
	direct_gets("more\n");
	pass_ms(999);
	is_int((int64_t)reports, 0, "what comes again and again within a second is one entry");
	pass_ms(1);
	is_int((int64_t)reports, 1, "which a second of quiet ends");
	direct_gets("login: ");
	pass_ms(500);
	type(s, "root");
	SAYS("unsolicited=boot\nmore\n, unsolicited=login: ", "a key ends what came before it");
	pass_ms(999);
	type(s, "\r");
	pass_ms(999);
	is_int((int64_t)keys_told, 0, "keys are quiet no more than bytes are");
	direct_gets("$ ");
	session_answer(s, SLICE("I"));
	pass_ms(1000);
	is_int((int64_t)keys_told, 5, "keys are counted, and none is told");
	SAYS("unsolicited=boot\nmore\n, unsolicited=login: , unsolicited=$ , answered I",
		"and stand with what came for them");
	close_session(s);

	s = open_direct("timeout=1s&log-keys=yes");
	type(s, "ls");
	pass_ms(1000);
	SAYS("ok 6c 73", "log-keys=yes tells them");
	close_session(s);

	s = open_direct("timeout=1s");
	char *flood = malloc(LIMIT_DIRECT + 11);
	memset(flood, 'x', LIMIT_DIRECT + 10);
	flood[LIMIT_DIRECT + 10] = 0;
	direct_gets(flood);
	free(flood);
	is_int((int64_t)reports, 1, "an entry that is full ends at once");
	is_int((int64_t)log_text.len, (int64_t)strlen("unsolicited=") + LIMIT_DIRECT, "at 64 KiB");
	bytes_clear(&log_text);
	session_direct_end(s);
	SAYS("unsolicited=xxxxxxxxxx", "and the end of the mode ends the last one");
	close_session(s);
	start_clock();
}

static void test_direct_left(void)
{
	stop_clock();
	struct session *s = open_session("payload LF", "timeout=2s", true);
	ask(s, SLICE("A"));
	ask(s, SLICE("B"));
	UNTIL(hears("A\n"));
	session_direct_begin(s, terminal_mode());
	SAYS("cancelled A, cancelled B",
		"what waits when it begins is given up, what was not sent, too");
	ask(s, SLICE("C"));
	SAYS("cancelled A, cancelled B, refused C", "no command is taken meanwhile");
	bytes_passed = 0;
	direct_gets("1\n");
	type(s, "x");
	session_direct_end(s);
	bytes_clear(&log_text);
	ask(s, SLICE("D"));
	pass_ms(400);
	device_says("left\n");
	UNTIL(log_text.len);
	pass_ms(20);
	device_says("over\n");
	UNTIL(reports == 6);
	sends_after(
		100 - 20, "A\nx", "A\nxD\n", "when it is left, the line is listened to for 500 ms");
	device_says("4\n");
	UNTIL(reports == 7);
	SAYS("late=left, late=over, ok D=4", "what comes in that time answers nothing");
	session_direct_begin(s, terminal_mode());
	session_direct_end(s);
	ask(s, SLICE("E"));
	for (int i = 0; i < 49; i++) {
		pass_ms(40);
		device_says("x");
		UNTIL(session_waits_until(s));
		loop_step(loop, false);
	}
	sends_after(40, "A\nxD\n", "A\nxD\nE\n", "bytes make that longer, up to resync");
	device_says("\n5\n");
	close_session(s);
	start_clock();
}

static void test_direct_lost(void)
{
	stop_clock();
	struct session *s = open_direct("timeout=2s");
	type(s, "x");
	device_hangs_up();
	UNTIL(session_state(s) != SESSION_OPEN);
	session_direct_end(s);
	bytes_clear(&heard);
	ask(s, SLICE("A"));
	UNTIL(connections == 2 && session_state(s) == SESSION_OPEN);
	sends_after(500, "", "A\n", "a line that it lost is listened to when it is opened again");
	close_session(s);

	s = open_direct("timeout=2s&resync=off");
	type(s, "x");
	session_direct_end(s);
	ask(s, SLICE("A"));
	UNTIL(hears("xA\n"));
	is_int(connections, 1, "resync=off: the next command goes out at once");
	close_session(s);
	start_clock();
}

int main(void)
{
	loop = loop_new(&err);
	book = frame_book_new();
	bytes_init(&heard, 1 << 20);
	bytes_init(&log_text, 2 * LIMIT_EXCHANGE);
	test_order();
	test_late();
	test_late_on_fresh_line();
	test_gateway();
	test_two_owed();
	test_lost_listens();
	test_resync_off();
	test_surplus();
	test_tell();
	test_now();
	test_now_fields();
	test_now_tokens();
	test_now_echo();
	test_readable();
	test_readable_datagram();
	test_closes_at_once();
	test_greeting();
	test_greeting_setting();
	test_opening();
	test_others();
	test_lost();
	test_half_close();
	test_unasked();
	test_taken();
	test_early();
	test_slow_command();
	test_cancel();
	test_coming();
	test_rest();
	test_refused();
	test_no_line();
	test_from_inside();
	test_pauses();
	test_damage();
	test_gap();
	test_patience();
	test_patience_mixed();
	test_torn();
	test_rtt();
	test_many_commands();
	test_large_reply();
	test_takes_nothing();
	test_slow_answers();
	test_ahead();
	test_ahead_gathers();
	test_ahead_given_up();
	test_ahead_from_inside();
	test_ahead_named();
	test_ahead_same_number();
	test_ahead_refused();
	test_direct_entries();
	test_direct_left();
	test_direct_lost();
	frame_unref(terminal_mode()->frame);
	bytes_free(&heard);
	bytes_free(&log_text);
	frame_book_free(book);
	loop_free(loop);
	return tap_done();
}
