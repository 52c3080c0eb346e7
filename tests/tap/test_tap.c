/* A tap of datagrams whose device has a name that is looked up for long: a resolver of our own
 * answers when the test says so.  And one whose device takes long to take what it is told. */
#include "lib/tap.h"
#include "loop/loop.h"
#include "tap/tap.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <wilco/limits.h>

enum { LOST = 6 };

static struct loop *loop;
static struct bytes said; /* the warnings, a line each */
static struct bytes told; /* all bytes */
static sem_t found;       /* posted: the lookup may end */

int getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list)
{
	struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
	struct sockaddr_in *in = (struct sockaddr_in *)(a + 1);
	(void)host;
	(void)hints;
	sem_wait(&found);
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)atoi(port));
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->ai_family = AF_INET;
	a->ai_socktype = SOCK_DGRAM;
	a->ai_addr = (struct sockaddr *)in;
	a->ai_addrlen = sizeof *in;
	*list = a;
	return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
	free(a);
}

/* ---- the tap ---- */

static void tap_called(void *owner, struct tap_link *l)
{
	(void)owner;
	(void)l;
}

static void tap_bytes(void *owner, struct tap_link *l, enum tap_side from, struct slice bytes)
{
	(void)owner;
	(void)l;
	(void)from;
	bytes_add(&told, bytes);
}

static void tap_frame(void *owner, struct tap_link *l, enum tap_side from, struct split_event *e,
	const char *fault)
{
	(void)owner;
	(void)l;
	(void)from;
	(void)e;
	(void)fault;
}

static void tap_said(void *owner, struct tap_link *l, bool warning, const char *text)
{
	(void)owner;
	(void)l;
	if (warning)
		bytes_addf(&said, "%s\n", text);
}

static void tap_ended(void *owner, struct tap_link *l, enum tap_side side, bool broke)
{
	(void)owner;
	(void)l;
	(void)side;
	(void)broke;
}

static const struct tap_events happens = {.called = tap_called,
	.opened = tap_called,
	.ended = tap_ended,
	.bytes = tap_bytes,
	.frame = tap_frame,
	.closed = tap_called,
	.note = tap_said};

/* Returns a socket at a port of 127.0.0.1, and the port. */
static int device_socket(int type, unsigned *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, type, 0);
	bind(fd, (struct sockaddr *)&in, len);
	getsockname(fd, (struct sockaddr *)&in, &len);
	*port = ntohs(in.sin_port);
	return fd;
}

static void say(int program, const char *where, size_t count)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	in.sin_port = htons((uint16_t)atoi(strrchr(where, ':') + 1));
	for (size_t i = 0; i < count; i++)
		sendto(program, "x", 1, 0, (struct sockaddr *)&in, sizeof in);
}

static struct tap *tap_at(const struct target *target)
{
	struct error err;
	struct address at;
	ok(address_parse_local(SLICE("udp://127.0.0.1:0"), 0, &at, &err), "a place to listen");
	struct tap *tap = tap_open(loop, &at, target, &happens, NULL, &err);
	ok(tap != NULL, "a tap");
	address_free(&at);
	return tap;
}

static void turns(unsigned count)
{
	while (count--)
		loop_step(loop, false);
}

static size_t arrived(int device)
{
	char byte;
	size_t n = 0;
	while (recv(device, &byte, 1, MSG_DONTWAIT) == 1)
		n++;
	return n;
}

static void test_early(bool opens)
{
	struct target target = {0};
	struct tap_counts counts;
	struct error err;
	char text[64], expected[160];
	unsigned port;
	int device = device_socket(SOCK_DGRAM, &port), program = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(text, sizeof text, "udp://looked.up:%u", port);
	ok(address_parse(slice_str(text), 0, &target.address, &err), "an address");
	target.frame = frame_compile(NULL, SLICE("payload LF"), &err);
	ok(target.frame != NULL, "a frame");
	struct tap *tap = tap_at(&target);
	say(program, tap_address(tap), RELAY_EARLY + LOST);
	turns(50);
	is_str(bytes_str(&said), "", "while the name is looked up datagrams wait");
	if (opens) {
		sem_post(&found);
		while (!tap_counted(tap)->bytes[TAP_PROGRAM])
			loop_step(loop, true);
		turns(50);
		is_int(arrived(device), RELAY_EARLY, "so many as may wait arrive");
	}
	tap_close(tap, &counts);
	snprintf(expected, sizeof expected,
		"%d datagrams of the program were lost: more than %d came before the device's "
		"line was open\n",
		LOST, RELAY_EARLY);
	is_str(bytes_str(&said), expected, "the others are counted");
	bytes_clear(&said);
	sem_post(&found);
	while (loop_busy_threads(loop))
		loop_step(loop, true);
	sem_init(&found, 0, 0);
	target_free(&target);
	close(device);
	close(program);
}

/* ---- a device that is slow ---- */

enum { MUCH = 200000, PIECE = 4096 };

/* Returns a pseudo-terminal that is a device, and its name. */
static int slow_device(char name[64])
{
	struct termios raw;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	bool good = master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 &&
		    ptsname_r(master, name, 64) == 0 && tcgetattr(master, &raw) == 0;
	if (good) {
		cfmakeraw(&raw);
		tcsetattr(master, TCSANOW, &raw);
	}
	ok(good, "a port");
	return master;
}

static int call(const char *where)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_port = htons((uint16_t)atoi(strrchr(where, ':') + 1));
	connect(fd, (struct sockaddr *)&in, sizeof in);
	return fd;
}

static void pass_time(int64_t *now, unsigned ms)
{
	for (; ms; ms--) {
		*now += 1000000;
		loop_clock_set(loop, *now);
		turns(1);
	}
}

/* Sends so much, and closes its half. */
static void say_much(int program, const struct tap *tap, int64_t *now)
{
	uint64_t all = tap_counted(tap)->bytes[TAP_PROGRAM] + MUCH;
	static const char piece[PIECE];
	for (size_t sent = 0; sent < MUCH;) {
		size_t n = MUCH - sent < PIECE ? MUCH - sent : PIECE;
		ssize_t went = send(program, piece, n, MSG_DONTWAIT);
		sent += went > 0 ? (size_t)went : 0;
		loop_step(loop, false);
	}
	shutdown(program, SHUT_WR);
	while (tap_counted(tap)->bytes[TAP_PROGRAM] < all)
		pass_time(now, 1);
	pass_time(now, 10);
}

static size_t take_some(int device)
{
	char bytes[PIECE];
	ssize_t n = read(device, bytes, sizeof bytes);
	turns(10);
	return n > 0 ? (size_t)n : 0;
}

static void test_slow(void)
{
	struct target target = {0};
	struct tap_counts counts;
	struct error err;
	struct address at;
	char name[64];
	size_t taken = 0;
	int64_t now = 1000000000000;
	int device = slow_device(name);
	address_parse(slice_str(name), 0, &target.address, &err);
	target.frame = frame_compile(NULL, SLICE("payload LF"), &err);
	address_parse_local(SLICE("127.0.0.1:0"), 0, &at, &err);
	struct tap *tap = tap_open(loop, &at, &target, &happens, NULL, &err);
	loop_clock_set(loop, now);
	int program = call(tap_address(tap));
	say_much(program, tap, &now);
	int other = call(tap_address(tap));
	pass_time(&now, 50);
	ok(strstr(bytes_str(&said), "the device has one line, which is in use"),
		"who has said all has the line until the device has taken it");
	bytes_clear(&said);
	while (taken < MUCH / 2) {
		taken += take_some(device);
		pass_time(&now, 2000);
	}
	ok(tap_links(tap) == 1, "however long that takes");
	while (tap_links(tap)) {
		taken += take_some(device);
		pass_time(&now, 100);
	}
	while (taken < MUCH)
		taken += take_some(device);
	is_int(taken, MUCH, "and it gets all");
	is_str(bytes_str(&said), "", "nothing is lost");
	bytes_clear(&said);
	close(program);
	program = call(tap_address(tap));
	say_much(program, tap, &now);
	pass_time(&now, 70000);
	ok(!tap_links(tap) && strstr(bytes_str(&said),
				      "for the device are lost: it took nothing any more"),
		"one that takes nothing any more is given up, which is said");
	bytes_clear(&said);
	tap_close(tap, &counts);
	address_free(&at);
	target_free(&target);
	close(program);
	close(other);
	close(device);
}

/* Says something, and waits until the tap has it. */
static void say_to(const struct tap *tap, int64_t *now, int program, const char *text)
{
	uint64_t all = tap_counted(tap)->bytes[TAP_PROGRAM] + strlen(text);
	send(program, text, strlen(text), 0);
	while (tap_counted(tap)->bytes[TAP_PROGRAM] < all)
		pass_time(now, 1);
}

/* Bytes of our own in a frame that has begun are told where they go, or that they go nowhere. */
static void test_injected(void)
{
	struct target target = {0};
	struct tap_counts counts;
	struct error err;
	struct address at;
	char name[64];
	unsigned port;
	int64_t now = loop_now(loop);
	int door = device_socket(SOCK_STREAM, &port);
	listen(door, 1);
	snprintf(name, sizeof name, "127.0.0.1:%u", port);
	address_parse(slice_str(name), 0, &target.address, &err);
	target.frame = frame_compile(NULL, SLICE("payload LF"), &err);
	address_parse_local(SLICE("127.0.0.1:0"), 0, &at, &err);
	struct tap *tap = tap_open(loop, &at, &target, &happens, NULL, &err);
	int program = call(tap_address(tap));
	bytes_clear(&told);
	say_to(tap, &now, program, "A");
	ok(tap_inject(tap, 1, TAP_PROGRAM, SLICE("X\n"), &err), "within a frame");
	is_str(bytes_str(&told), "A", "nothing is told of it yet");
	say_to(tap, &now, program, "B\nC");
	is_str(bytes_str(&told), "AB\nX\nC", "it is told behind that frame");
	ok(tap_inject(tap, 1, TAP_PROGRAM, SLICE("Y\n"), &err), "within the next one");
	bytes_clear(&said);
	int device = accept(door, NULL, NULL);
	setsockopt(device, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
	close(device); /* it crashes */
	while (tap_links(tap))
		pass_time(&now, 1);
	ok(strstr(bytes_str(&said), "2 bytes were injected behind a frame of the program that did "
				    "not end, and did not go out\n"),
		"what does not go out is said: %s", bytes_str(&said));
	is_str(bytes_str(&told), "AB\nX\nC", "and is not told");
	tap_close(tap, &counts);
	address_free(&at);
	target_free(&target);
	close(program);
	close(door);
}

int main(void)
{
	struct error err;
	loop = loop_new(&err);
	bytes_init(&said, LIMIT_MESSAGE);
	bytes_init(&told, LIMIT_FRAME_MOST);
	sem_init(&found, 0, 0);
	test_early(true);
	test_early(false);
	test_slow();
	test_injected();
	bytes_free(&said);
	bytes_free(&told);
	loop_free(loop);
	return tap_done();
}
