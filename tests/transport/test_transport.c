/* Transports: addresses both ways, and TCP lines against sockets of our own: half-close, reset,
 * back-pressure, closing inside callbacks, a thousand reconnects. */
#include "lib/tap.h"
#include "loop/loop.h"
#include "transport/from.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wilco/transport.h>

static struct loop *loop;
static struct error err;

/* ---- addresses ---- */

static void reads(const char *text, const char *url)
{
	struct address a, again;
	struct bytes out, back;
	bytes_init(&out, 4096);
	bytes_init(&back, 4096);
	bool good = address_parse(slice_str(text), 0, &a, &err);
	if (good) {
		address_url(&a, &out);
		address_free(&a);
	}
	is_str(good ? bytes_str(&out) : err.what, url, "%s", text);
	if (good && address_parse(bytes_slice(&out), 0, &again, &err)) {
		address_url(&again, &back);
		address_free(&again);
		is_str(bytes_str(&back), url, "%s reads back", url);
	}
	bytes_free(&out);
	bytes_free(&back);
}

static void refuses(const char *text, size_t column, const char *part)
{
	struct address a;
	bool good = !address_parse(slice_str(text), 0, &a, &err) && err.placed &&
		    err.column == column && (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "'%s' is refused at %zu: %s", text, column + 1, part))
		tap_note("column %zu: %s (%s)", err.column + 1, err.what, err.hint);
}

static void test_hosts(void)
{
	reads("10.0.0.5", "tcp://10.0.0.5:9100");
	reads("pump1.local", "tcp://pump1.local:9100");
	reads("10.0.0.5:80", "tcp://10.0.0.5:80");
	reads("[::1]:80", "tcp://[::1]:80");
	reads("[::1]", "tcp://[::1]:9100");
	reads("::1", "tcp://[::1]:9100");
	reads("fe80::1%eth0", "tcp://[fe80::1%eth0]:9100");
	reads("fe80::1%eth0:7103", "tcp://[fe80::1%eth0]:7103");
	reads("[fe80::1%eth0]:7103", "tcp://[fe80::1%eth0]:7103");
	refuses("[fe80::1]:7103", 1, "name of its network card");
	reads("10.1:7103", "tcp://10.1:7103");
	refuses("10.0.0.256:7103", 0, "four numbers from 0 to 255");
	refuses("1.2.3.4.5", 0, "'1.2.3.4.5' is no address");
	refuses("tcp://...", 6, "is no address");
	refuses("fe80::1", 0, "name of its network card");
	refuses("fe80::1%eth0:0", 13, "1 to 65535");
}

static void test_addresses(void)
{
	reads("tcp://h", "tcp://h:9100");
	reads("tcp://h:1?timeout=2s", "tcp://h:1?timeout=2s");
	reads("h?timeout=1.5s&max=1K", "tcp://h:9100?timeout=1500ms&max=1024");
	reads("h?resync=off&keepalive=30s", "tcp://h:9100?keepalive=30s&resync=off");
	reads("listen://:9100", "listen://:9100");
	reads("listen://127.0.0.1:0", "listen://127.0.0.1:0");
	reads("listen://[::1]:0", "listen://[::1]:0");
	reads("/dev/ttyUSB0", "serial:/dev/ttyUSB0");
	reads("serial:usb-FTDI*?baud=19200", "serial:usb-FTDI*?baud=19200");
	reads("serial:", "serial:");
	reads("telnet://sw1?login=sw1-in&timeout=2s", "telnet://sw1:23?timeout=2s&login=sw1-in");
	reads("pty:/tmp/port", "pty:/tmp/port");
	reads("pty:", "pty:");
	reads("serial:/tmp/tty?baud=19200&mode=8e1&flow=rtscts&dtr=off",
		"serial:/tmp/tty?baud=19200&mode=8E1&flow=rtscts&dtr=off");
	reads("unix:/run/x.sock?timeout=1s", "unix:/run/x.sock?timeout=1s");
	reads("exec:nc -q1 h 80 ?a=b&c", "exec:nc -q1 h 80 ?a=b&c");
	reads("tls://h:443?verify=no&ca=/a b&sni=x", "tls://h:443?verify=no&ca=/a b&sni=x");
	reads("tls://h:443?tls-min=1.0", "tls://h:443?tls-min=1.0");
	reads("listen://:9100?from=10.0.0.0/24", "listen://:9100?from=10.0.0.0/24");
	reads("listen://:9100?from=any", "listen://:9100?from=any");
	reads("udp://h:161", "udp://h:161");
	reads("udp://h:161?bind=[fe80::1%lo]:5&from=any",
		"udp://h:161?from=any&bind=[fe80::1%lo]:5");
	reads("telnet://h", "telnet://h:23");
	reads("rfc2217://h:4001?mode=7O2", "rfc2217://h:4001?mode=7O2");
	reads("h:1?timeout=1s&via=ssh -W %h:%p a&b=c",
		"tcp://h:1?timeout=1s&via=ssh -W %h:%p a&b=c");
	reads("listen:unix:/tmp/s", "listen:unix:/tmp/s");
}

static void test_bad_addresses(void)
{
	refuses("tls://h", 7, "needs a port");
	refuses("udp://h", 7, "needs a port");
	refuses("tcp:h", 3, "followed by ://");
	refuses("/run/x.sock", 0, "unix:/run/x.sock");
	refuses("unix:", 5, "needs a path");
	refuses("exec:", 5, "needs a command");
	refuses("", 0, "needs a host");
	refuses(":80", 0, "needs a host");
	refuses("tcp://", 6, "needs a host");
	refuses("tcp://:80", 6, "needs a host");
	refuses("tcp://pump\xe9:80", 6, "a host is UTF-8");
	refuses("\xed\xa0\x80", 0, "a host is UTF-8");
	refuses("h:0", 2, "1 to 65535");
	refuses("h:65536", 2, "65535");
	refuses("h:x", 2, "a port");
	refuses("h:", 2, "a port");
	refuses("h:80x", 2, "a port");
	refuses("[::1", 0, "has no ']'");
	refuses("[::1]80", 5, ":PORT");
	refuses("a b", 1, "cannot be part of a host");
	refuses("a/b", 1, "cannot be part of a host");
	refuses("a\033b", 1, "\\x1b");
	refuses("ftp://h", 0,
		"kinds are tcp, tls, udp, unix, serial, pty, exec, telnet, rfc2217, listen");
	refuses("://h", 0, "no kind of line");
	refuses("listen://h:99999", 11, "0 to 65535");
}

static void test_bad_settings(void)
{
	refuses("tcp://h?baud=9600", 8, "no setting 'baud' here; the settings are timeout");
	refuses("h?verify=no", 2, "no setting 'verify'");
	refuses("tls://h:1?verify=maybe", 10, "yes or no");
	refuses("tls://h:1?tls-min=2", 10, "tls-min is 1.0, 1.1, 1.2 or 1.3, not '2'");
	refuses("h?tls-min=1.2", 2, "no setting 'tls-min'");
	refuses("/dev/ttyS0?flow=rts", 11, "flow is none, rtscts or xonxoff, not 'rts'");
	refuses("listen://:1?from=pump1", 12, "from is any, or a numeric address");
	refuses("listen://:1?from=10.0.0.0/33", 12, "number after the / of from");
	refuses("listen://:1?from=10.0.0.0/", 12, "number after the / of from");
	refuses("listen://:1?from=::/129", 12, "128");
	refuses("listen:unix:/tmp/s?from=any", 19, "calls over TCP");
	refuses("h?from=any", 2, "no setting 'from'");
	refuses("h?bind=x", 2, "numeric address of this machine");
	refuses("h?bind=10.0.0.7:0", 2, "the port of bind");
	refuses("h?bind=fe80::1:", 2, "numeric address of this machine");
	refuses("/dev/ttyS0?bind=:1", 11, "no setting");
	refuses("/dev/ttyS0?mode=9N1", 11, "8N1");
	refuses("/dev/ttyS0?mode=8N3", 11, "8N1");
	refuses("/dev/ttyS0?baud=0", 11, "from 1 to");
	refuses("/dev/ttyS0?flow=x", 11, "rtscts");
	refuses("tls://h:1?ca=", 10, "ca needs a value");
	refuses("tls://h:1?ca=a&ca=b", 15, "is given twice");
	refuses("h?x", 2, "NAME=VALUE");
	refuses("h?=yes", 2, "no setting ''");
	refuses("/dev/ttyS0?=off", 11, "no setting ''");
	refuses("h?timeut=1", 2, "the settings are timeout");
	refuses("h?timeout=1&timeout=2", 12, "is given twice");
	refuses("h?timeout=0", 2, "more than '0'");
	refuses("h?timeout=x", 2, "a duration");
	refuses("h?max=0", 2, "1 to");
}

/* A path may hold any bytes but NUL. */
static void test_url(void)
{
	struct address a;
	struct bytes url;
	bytes_init(&url, 4096);
	address_parse(SLICE("unix:/tmp/\033[1m\t\xff\n"), 0, &a, &err);
	address_url(&a, &url);
	ok(slice_is(bytes_slice(&url), "unix:/tmp/\033[1m\t\xff\n"),
		"a path stands in the URL as it is");
	bytes_clear(&url);
	address_text(&a, &url);
	is_str(bytes_str(&url), "unix /tmp/\\x1b[1m\\t\\xff\\n", "and for people it is escaped");
	bytes_free(&url);
	address_free(&a);
}

/* As the device book sets them: what could not stand on an address is refused. */
static void test_set(void)
{
	struct address a;
	address_parse(SLICE("tls://h:1"), 0, &a, &err);
	ok(!address_set(&a, SLICE("ca"), SLICE("/tmp/a&b"), &err) &&
			strstr(err.what, "without NUL or &, not '/tmp/a&b'"),
		"a file name with & is refused: on an address it would end there");
	ok(address_set(&a, SLICE("via"), SLICE("ssh & x"), &err), "a command may hold one");
	ok(!address_set(&a, SLICE(""), SLICE("off"), &err), "no setting has an empty name");
	address_free(&a);
}

static bool takes(const char *text, const char *peer)
{
	struct from from;
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	if (!from_parse(slice_str(text), &from, &err))
		return false;
	if (inet_pton(AF_INET, peer, &four.sin_addr) == 1)
		return from_takes(&from, (struct sockaddr *)&four);
	inet_pton(AF_INET6, peer, &six.sin6_addr);
	return from_takes(&from, (struct sockaddr *)&six);
}

static void test_from(void)
{
	ok(takes("any", "10.0.0.5") && takes("any", "::1"), "any");
	ok(takes("10.0.0.5", "10.0.0.5") && !takes("10.0.0.5", "10.0.0.6"), "one host");
	ok(takes("10.0.0.5", "::ffff:10.0.0.5"), "also on a socket of both families");
	ok(takes("10.1.2.3/9", "10.127.0.1") && !takes("10.1.2.3/9", "10.128.0.1"),
		"a net whose end is inside a byte");
	ok(takes("0.0.0.0/0", "1.2.3.4") && !takes("0.0.0.0/0", "::1"), "all of IPv4");
	ok(takes("::/0", "1.2.3.4") && takes("::/0", "fe80::1"), "all there is");
	ok(takes("fd00::/8", "fd12::1") && !takes("fd00::/8", "fe12::1"), "a net of IPv6");
	ok(takes("::1/128", "::1") && !takes("::1/128", "::2"), "to the last bit");
}

/* ---- lines ---- */

struct end {
	struct transport *line;
	struct bytes got;
	size_t ends;
	bool opened, ended, failed, drained, close_on_data, close_on_open;
	bool slow; /* it takes its time with what comes */
	struct error why;
	char listening[80], warning[200];
};

static void end_init(struct end *e)
{
	*e = (struct end){0};
	bytes_init(&e->got, LIMIT_UNSENT);
}

static void end_close(struct end *e)
{
	transport_close(e->line);
	e->line = NULL;
	bytes_free(&e->got);
}

static void on_step(void *owner, enum transport_step step, const char *text)
{
	struct end *e = owner;
	if (step == STEP_LISTENING)
		snprintf(e->listening, sizeof e->listening, "%s", text);
	if (step == STEP_WARNING)
		snprintf(e->warning, sizeof e->warning, "%s", text);
}

static void drop(struct end *e)
{
	transport_close(e->line);
	e->line = NULL;
}

static void on_open(void *owner)
{
	struct end *e = owner;
	e->opened = true;
	if (e->close_on_open)
		drop(e);
}

static void on_data(void *owner, struct slice bytes)
{
	struct end *e = owner;
	bytes_add(&e->got, bytes);
	if (e->slow && bytes.len == LIMIT_READ)
		usleep(12000); /* longer than a turn of the loop goes on reading */
	if (e->close_on_data)
		drop(e);
}

static void on_end(void *owner)
{
	struct end *e = owner;
	e->ended = true;
	e->ends++;
}

static void on_fail(void *owner, const struct error *why)
{
	struct end *e = owner;
	e->failed = true;
	e->why = *why;
	drop(e);
}

static void on_drained(void *owner)
{
	((struct end *)owner)->drained = true;
}

static const struct transport_events events = {.step = on_step,
	.open = on_open,
	.data = on_data,
	.end = on_end,
	.fail = on_fail,
	.drained = on_drained};

static struct end client, server;
static struct listener *listener;

static void on_caller(void *owner, struct transport *line)
{
	(void)owner;
	server.line = line;
	transport_adopt(line, &events, &server);
}

static struct transport *connect_to(const char *where, int64_t timeout)
{
	struct address a;
	address_parse(slice_str(where), 0, &a, &err);
	struct transport *t = transport_open(loop, &a, timeout, &events, &client);
	address_free(&a);
	return t;
}

static void begin(void)
{
	struct address a;
	end_init(&client);
	end_init(&server);
	address_parse_local(SLICE("127.0.0.1:0"), 0, &a, &err);
	listener = listener_open(loop, &a, on_caller, NULL, NULL, &err);
	address_free(&a);
}

static void finish(void)
{
	end_close(&client);
	end_close(&server);
	listener_close(listener);
	loop_step(loop, false);
}

#define UNTIL(condition)     \
	while (!(condition)) \
	loop_step(loop, true)

static void pair(void)
{
	begin();
	client.line = connect_to(listener_address(listener), 0);
	UNTIL((client.opened || client.failed) && server.line);
}

static void test_bytes(void)
{
	pair();
	ok(client.opened, "a connection opens");
	transport_send(client.line, SLICE("hello"), true);
	UNTIL(server.ended);
	is_bytes(bytes_slice(&server.got), SLICE("hello"), "bytes arrive, then the half-close");
	transport_read(server.line, false);
	transport_read(server.line, true);
	for (int turn = 0; turn < 10; turn++)
		loop_step(loop, false);
	is_int(server.ends, 1, "which is read once");
	transport_send(server.line, SLICE("world"), false);
	UNTIL(client.got.len == 5);
	is_bytes(bytes_slice(&client.got), SLICE("world"), "the other side can still send");
	transport_send(client.line, SLICE("more"), false);
	transport_finish(server.line, 1000000000);
	server.line = NULL;
	UNTIL(client.ended || client.failed);
	ok(client.ended, "finish closes in good order");
	finish();
}

static void test_large(void)
{
	size_t size = 4 << 20;
	uint8_t *block = malloc(size);
	for (size_t i = 0; i < size; i++)
		block[i] = (uint8_t)(i * 7);
	pair();
	transport_read(server.line, false);
	size_t sent = 0;
	for (; !transport_queued(client.line) && sent < LIMIT_UNSENT; sent += size)
		transport_send(client.line, slice_of(block, size), false);
	ok(transport_queued(client.line) > 0, "what the peer does not read is queued, and counted");
	is_int(server.got.len, 0, "a line that is paused reads nothing");
	server.slow = true;
	transport_read(server.line, true);
	size_t most = 0;
	for (size_t had = 0; had < sent; had = server.got.len) {
		loop_step(loop, true);
		most = server.got.len - had > most ? server.got.len - had : most;
	}
	ok(most <= LIMIT_READ, "a turn that lasts long reads no more (%zu of %d bytes)", most,
		LIMIT_READ);
	server.slow = false;
	ok(memcmp(server.got.at, block, size) == 0 &&
			memcmp(server.got.at + sent - size, block, size) == 0,
		"MiBs arrive as they were");
	UNTIL(client.drained);
	is_int(transport_queued(client.line), 0, "and then nothing is queued");
	transport_read(server.line, false);
	transport_send(client.line, slice_of(block, size), false);
	free(block);
	finish();
	ok(true, "closing drops what is queued");
}

/* A peer that reads nothing, and how much of what is sent to it is counted as what. */
static void fill(size_t size, unsigned how)
{
	uint8_t block[1000] = {0};
	transport_read(server.line, false);
	while (client.line && transport_queued(client.line) <= size) {
		transport_send(client.line, slice_of(block, sizeof block), how);
		loop_step(loop, false); /* that what it sends fails shows from the loop */
	}
}

/* It says something, and all that could be done about it is done. */
static bool is_heard(void)
{
	transport_send(server.line, SLICE("x"), false);
	for (int turn = 0; turn < 100 && !client.got.len; turn++)
		loop_step(loop, false);
	return client.got.len > 0;
}

static void test_answers(void)
{
	pair();
	fill(LIMIT_ANSWERS, SEND_ANSWER);
	ok(strstr(client.warning, "nothing more is read"),
		"a peer that takes no answers is read no more, and that is said");
	ok(!is_heard(), "and nothing is read");
	size_t queued = transport_queued(client.line);
	ok(queued <= LIMIT_ANSWERS + 1000, "above the cap not a byte more is needed");
	transport_read(server.line, true);
	UNTIL(client.got.len && client.drained);
	ok(true, "when it has taken them it is read again");
	finish();
	pair();
	fill(LIMIT_ANSWERS, 0);
	transport_send(server.line, SLICE("x"), false);
	UNTIL(client.got.len);
	ok(!*client.warning, "what was asked for does not stop reading");
	transport_send(client.line, SLICE("y"), SEND_ANSWER | SEND_END);
	transport_read(server.line, true);
	UNTIL(server.ended);
	is_int(server.got.at[server.got.len - 1], 'y', "our side closes behind all that waits");
	finish();
}

/* More than that cannot be left for later; a line that loses bytes is no line any more. */
static void test_unsent(void)
{
	pair();
	fill(LIMIT_UNSENT, 0);
	ok(client.failed && strstr(client.why.what, "too many bytes wait"),
		"64 MiB that nobody takes break the line");
	finish();
}

static void test_closing_inside(void)
{
	begin();
	client.close_on_open = true;
	client.line = connect_to(listener_address(listener), 0);
	UNTIL(client.opened);
	ok(!client.line, "a line may be closed when it opens");
	finish();
	pair();
	client.close_on_data = true;
	transport_send(server.line, SLICE("x"), false);
	UNTIL(client.got.len);
	ok(!client.line, "and when data comes");
	finish();
}

static void test_failures(void)
{
	char where[80];
	begin();
	snprintf(where, sizeof where, "%s", listener_address(listener));
	listener_close(listener);
	listener = NULL;
	loop_step(loop, false);
	client.line = connect_to(where, 0);
	UNTIL(client.failed);
	ok(client.why.status == STATUS_CONNECT && strstr(client.why.what, "connection refused") &&
			strstr(client.why.what, where),
		"refused, with the address");
	finish();
	end_init(&client);
	client.line = connect_to("no-such-host.invalid", 0);
	UNTIL(client.failed);
	ok(strstr(client.why.what, "no address for 'no-such-host.invalid'"), "an unknown name");
	finish();
}

/* A reset: the peer closes with unread bytes and no lingering. */
static void test_reset(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	struct linger hard = {1, 0};
	char where[32];
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s, (void *)&a, sizeof a) < 0 || listen(s, 1) < 0 ||
		getsockname(s, (void *)&a, &size) < 0)
		return;
	snprintf(where, sizeof where, "127.0.0.1:%u", ntohs(a.sin_port));
	end_init(&client);
	end_init(&server);
	client.line = connect_to(where, 0);
	UNTIL(client.opened);
	int c = accept(s, NULL, NULL);
	setsockopt(c, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(c);
	UNTIL(client.failed || client.ended);
	ok(client.failed && client.why.status == STATUS_REPLY &&
			strstr(client.why.what, "reset by the peer"),
		"a reset is a failure of the line, and said");
	close(s);
	listener = NULL;
	finish();
}

static void test_deadline(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	char where[32];
	int fill[4], s = socket(AF_INET, SOCK_STREAM, 0);
	/* A queue that is full drops what comes, as a firewall does. */
	if (bind(s, (void *)&a, sizeof a) < 0 || listen(s, 0) < 0 ||
		getsockname(s, (void *)&a, &size) < 0)
		return;
	for (int i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fill[i], (void *)&a, sizeof a);
	}
	snprintf(where, sizeof where, "127.0.0.1:%u", ntohs(a.sin_port));
	end_init(&client);
	loop_clock_set(loop, 1000);
	client.line = connect_to(where, 5000000000);
	loop_step(loop, false);
	loop_clock_set(loop, 4999999999);
	ok(!client.failed, "before its time a connection is waited for");
	loop_clock_set(loop, 5000002000);
	ok(client.failed && strstr(client.why.what, "a firewall may drop the packets"),
		"then nothing answered");
	loop_clock_set(loop, -1);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(s);
	listener = NULL;
	end_init(&server);
	finish();
}

static void test_listen(void)
{
	begin();
	client.line = connect_to("listen://127.0.0.1:0", 0);
	UNTIL(client.listening[0]);
	struct end caller = client;
	struct address a;
	address_parse(slice_str(client.listening), 0, &a, &err);
	end_init(&server);
	server.line = transport_open(loop, &a, 0, &events, &server);
	address_free(&a);
	UNTIL(client.opened && server.opened);
	ok(true, "listen:// opens when it is called");
	transport_send(server.line, SLICE("ring"), false);
	UNTIL(client.got.len == 4);
	is_bytes(bytes_slice(&client.got), SLICE("ring"), "and talks");
	(void)caller;
	finish();
}

static size_t descriptors(void)
{
	size_t count = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count;
}

static void test_reconnects(void)
{
	begin();
	char where[80];
	snprintf(where, sizeof where, "%s", listener_address(listener));
	size_t before = descriptors();
	for (int i = 0; i < 1000; i++) {
		client.opened = false;
		client.line = connect_to(where, 0);
		UNTIL(client.opened && server.line);
		drop(&client);
		drop(&server);
		loop_step(loop, false);
	}
	is_int(descriptors(), before, "1,000 connections leave no descriptor behind");
	finish();
}

int main(void)
{
	loop = loop_new(&err);
	test_hosts();
	test_addresses();
	test_bad_addresses();
	test_bad_settings();
	test_from();
	test_url();
	test_set();
	test_bytes();
	test_large();
	test_answers();
	test_unsent();
	test_closing_inside();
	test_failures();
	test_reset();
	test_listen();
	test_reconnects();
	test_deadline();
	loop_free(loop);
	return tap_done();
}
