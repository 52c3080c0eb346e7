/* A tap of datagrams whose device has a name that is looked up for long: a resolver of our own
 * answers when the test says so. */
#include "lib/tap.h"
#include "loop/loop.h"
#include "tap/tap.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wilco/limits.h>

enum { LOST = 6 };

static struct loop *loop;
static struct bytes said; /* the warnings, a line each */
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
	(void)bytes;
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
static int device_socket(unsigned *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
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
	int device = device_socket(&port), program = socket(AF_INET, SOCK_DGRAM, 0);
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

int main(void)
{
	struct error err;
	loop = loop_new(&err);
	bytes_init(&said, LIMIT_MESSAGE);
	sem_init(&found, 0, 0);
	test_early(true);
	test_early(false);
	bytes_free(&said);
	loop_free(loop);
	return tap_done();
}
