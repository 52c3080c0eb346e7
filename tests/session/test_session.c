/* A session: one command at a time, never sent twice, and no reply given to the wrong command,
 * whatever the device does with the line. */
#include "base/number.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
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

static void on_exchange(void *owner, struct session *s, const struct exchange *x)
{
	(void)owner;
	(void)s;
	bytes_addf(&log_text, "%s%s", log_text.len ? ", " : "", exchange_status_name(x->status));
	if (x->command)
		bytes_addf(&log_text, " %s", x->command);
	for (const struct reply *r = x->replies; r; r = r->next)
		bytes_addf(&log_text, "=%.*s", SLICE_ARG(r->has_payload ? r->payload : r->raw));
	if (x->stray.len)
		bytes_addf(&log_text, "~%.*s", SLICE_ARG(bytes_slice(&x->stray)));
	if (x->command) {
		snprintf(last_error, sizeof last_error, "%s", x->error ? x->error : "");
		last_heard = x->heard;
	}
	reports++;
}

static const struct session_events session_events = {.exchange = on_exchange};

static struct session *open_session(const char *notation, const char *settings, bool keep_open)
{
	struct address a, local;
	struct bytes where;
	bytes_init(&where, 4096);
	bytes_clear(&heard);
	bytes_clear(&log_text);
	reports = 0;
	connections = 0;
	address_parse_local(SLICE("127.0.0.1:0"), 0, &local, &err);
	listener = listener_open(loop, &local, on_caller, NULL, &err);
	address_free(&local);
	bytes_addf(&where, "%s?%s", listener_address(listener), settings);
	address_parse(bytes_slice(&where), 0, &a, &err);
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

#define UNTIL(condition)     \
	while (!(condition)) \
	loop_step(loop, true)

static bool hears(const char *text)
{
	return slice_is(bytes_slice(&heard), text);
}

#define SAYS(expected, ...) is_str(bytes_str(&log_text), (expected), __VA_ARGS__)

static void test_order(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	session_send(s, SLICE("A"), false);
	session_send(s, SLICE("B"), false);
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

static void test_late(void)
{
	struct session *s = open_session("payload LF", "timeout=50ms", false);
	session_send(s, SLICE("A"), false);
	UNTIL(reports == 1);
	device_says("late\n");
	UNTIL(reports == 2);
	SAYS("timeout A, late=late", "what comes after the timeout is late, and no answer");
	session_send(s, SLICE("B"), false);
	UNTIL(hears("A\nB\n"));
	is_int(connections, 2, "the next command goes over a fresh line");
	device_says("2\n");
	UNTIL(reports == 3);
	SAYS("timeout A, late=late, ok B=2", "and gets its own reply");
	close_session(s);
}

/* A whole frame of another command is not the beginning of this one's reply.  The clock stands
 * still while the device answers. */
static void test_others(void)
{
	int64_t now = loop_now_fresh(loop);
	loop_clock_set(loop, now);
	struct session *s =
		open_session("id:u8=65 payload LF -> id payload LF", "timeout=50ms", false);
	session_send(s, SLICE("x"), false);
	UNTIL(hears("Ax\n"));
	device_says("Bx\n");
	UNTIL(reports == 1);
	loop_clock_set(loop, now + 50 * NS_PER_MS);
	SAYS("unsolicited=x, timeout x", "a frame with another number answers nothing");
	is_str(last_error,
		"no reply within 50 ms: 1 frame came that answers another command (id 66, not 65)",
		"which the timeout says");
	ok(last_heard, "so it is not true that nothing came");
	session_send(s, SLICE("y"), false);
	UNTIL(hears("Ax\nAy\n"));
	device_says("Bx\nAy");
	UNTIL(reports == 3);
	loop_clock_set(loop, now + 100 * NS_PER_MS);
	is_int(reports, 4, "each time after 50 ms");
	is_str(last_error, "no complete reply within 50 ms: 2 bytes came without an end",
		"of what is not whole the bytes are counted alone");
	loop_clock_set(loop, -1);
	close_session(s);
}

static void test_lost(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	session_send(s, SLICE("A"), false);
	session_send(s, SLICE("B"), false);
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
	session_send(s, SLICE("A"), false);
	session_send(s, SLICE("B"), false);
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
	close_session(s);
}

static void test_cancel(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	session_send(s, SLICE("A"), false);
	session_send(s, SLICE("B"), false);
	UNTIL(hears("A\n"));
	ok(session_cancel(s), "a wait can be given up");
	SAYS("cancelled B, cancelled A", "with what waits behind it");
	ok(!session_cancel(s), "once");
	session_send(s, SLICE("C"), false);
	UNTIL(connections == 2 && hears("A\nC\n"));
	device_says("3\n");
	UNTIL(reports == 3);
	SAYS("cancelled B, cancelled A, ok C=3", "and the session goes on, on a fresh line");
	close_session(s);
}

static void test_refused(void)
{
	struct session *s = open_session("payload[2] LF", "timeout=10s", false);
	for (int i = 0; i < 1000; i++)
		session_send(s, SLICE("long"), false);
	session_send(s, SLICE("ok"), false);
	UNTIL(hears("ok\n"));
	is_int(reports, 1000, "commands that the frame cannot carry are refused, one by one");
	device_says("yo\n");
	UNTIL(reports == 1001);
	ok(true, "and the next one is sent");
	struct bytes wire;
	bytes_init(&wire, 100);
	ok(session_preview(s, SLICE("ab"), false, NULL, &wire, &err) &&
			slice_is(bytes_slice(&wire), "ab\n"),
		"a preview shows the bytes");
	ok(!session_preview(s, SLICE("abc"), false, NULL, &wire, &err), "or why there are none");
	bytes_free(&wire);
	close_session(s);
}

static void test_no_line(void)
{
	struct session *s = open_session("payload LF", "timeout=10s", false);
	listener_close(listener);
	listener = NULL;
	loop_step(loop, false);
	session_send(s, SLICE("A"), false);
	session_send(s, SLICE("B"), false);
	UNTIL(reports == 2);
	SAYS("connect A, connect B", "without a line nothing is sent, and each command is told");
	close_session(s);
}

static void test_damage(void)
{
	struct session *s = open_session("payload LF -> 'OK ' payload LF", "timeout=10s", false);
	session_send(s, SLICE("A"), false);
	UNTIL(hears("A\n"));
	device_says("OX 1\n");
	UNTIL(reports == 1);
	SAYS("damaged A=O", "a reply that is not what the frame says is damaged");
	session_send(s, SLICE("B"), false);
	UNTIL(hears("A\nB\n"));
	device_says("OK 2\n");
	UNTIL(reports >= 2 && !session_pending(s));
	ok(strstr(bytes_str(&log_text), "ok B=2"), "the next command gets its own reply");
	is_int(connections, 2, "on a fresh line");
	close_session(s);
}

static void test_gap(void)
{
	struct session *s = open_session("payload gap(20ms)", "timeout=10s", false);
	session_send(s, SLICE("A"), false);
	UNTIL(hears("A"));
	device_says("some");
	UNTIL(reports == 1);
	SAYS("ok A=some", "a reply may end by silence");
	close_session(s);
}

int main(void)
{
	loop = loop_new();
	book = frame_book_new();
	bytes_init(&heard, 1 << 20);
	bytes_init(&log_text, 1 << 20);
	test_order();
	test_late();
	test_others();
	test_lost();
	test_half_close();
	test_unasked();
	test_cancel();
	test_refused();
	test_no_line();
	test_damage();
	test_gap();
	bytes_free(&heard);
	bytes_free(&log_text);
	frame_book_free(book);
	loop_free(loop);
	return tap_done();
}
