/* Datagrams that the kernel does not take: nothing on a machine makes it say so at will, so that
 * here the system's calls do. */
#include "lib/tap.h"
#include "loop/loop.h"
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wilco/transport.h>

static bool full; /* as if the network took nothing */
static size_t sent;

/* In front of the C library's: what libuv sends datagrams with. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static ssize_t (*next)(int, const struct msghdr *, int);
	if (full) {
		errno = EAGAIN;
		return -1;
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "sendmsg");
	sent++;
	return next(fd, message, flags);
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list args;
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_sendmmsg && full) {
		errno = EAGAIN;
		return -1;
	}
	long rc = next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	sent += number == SYS_sendmmsg && rc > 0 ? (size_t)rc : 0;
	return rc;
}

static struct loop *loop;
static struct transport *line;
static bool opened, drained;
static size_t came;
static char warning[200], failure[ERROR_WHAT_MAX];

static void on_step(void *owner, enum transport_step step, const char *text)
{
	(void)owner;
	if (step == STEP_WARNING)
		snprintf(warning, sizeof warning, "%s", text);
}

static void on_open(void *owner)
{
	(void)owner;
	opened = true;
}

static void on_data(void *owner, struct slice bytes)
{
	(void)owner;
	came += bytes.len;
}

static void on_fail(void *owner, const struct error *err)
{
	(void)owner;
	snprintf(failure, sizeof failure, "%s", err->what);
	transport_close(line);
	line = NULL;
}

static void on_drained(void *owner)
{
	(void)owner;
	drained = true;
}

static const struct transport_events events = {
	.step = on_step, .open = on_open, .data = on_data, .fail = on_fail, .drained = on_drained};

static int device;

static void begin(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	struct address a;
	struct error err;
	char where[40];
	device = socket(AF_INET, SOCK_DGRAM, 0);
	ok(bind(device, (struct sockaddr *)&at, size) == 0 &&
			getsockname(device, (struct sockaddr *)&at, &size) == 0,
		"a device");
	snprintf(where, sizeof where, "udp://127.0.0.1:%u", ntohs(at.sin_port));
	opened = drained = full = false;
	sent = came = 0;
	warning[0] = failure[0] = 0;
	address_parse(slice_str(where), 0, &a, &err);
	line = transport_open(loop, &a, 0, &events, NULL);
	address_free(&a);
	while (!opened)
		loop_step(loop, true);
}

static void end(void)
{
	full = false;
	transport_close(line);
	close(device);
	loop_step(loop, false);
}

static void say(void)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	char byte;
	recvfrom(device, &byte, 1, 0, (struct sockaddr *)&from, &size);
	sendto(device, "x", 1, 0, (struct sockaddr *)&from, size);
}

static size_t send_until(size_t most, unsigned how)
{
	size_t count = 0;
	transport_send(line, SLICE("A"), how);
	full = true;
	for (; line && transport_queued(line) <= most; count++) {
		transport_send(line, SLICE("A"), how);
		loop_step(loop, false);
	}
	return count;
}

static void test_answers(void)
{
	begin();
	size_t count = send_until(LIMIT_ANSWERS, SEND_ANSWER);
	ok(transport_queued(line) <= LIMIT_ANSWERS + 1024,
		"a datagram of a byte counts with all that it takes");
	ok(strstr(warning, "nothing more is read"), "a device that is too fast is read no more");
	say();
	for (int turn = 0; turn < 100; turn++)
		loop_step(loop, false);
	is_int(came, 0, "and is not");
	full = false;
	while (!drained || !came)
		loop_step(loop, true);
	is_int(sent, count + 1, "when the datagrams go out, each once, it is read again");
	end();
}

static void test_asked(void)
{
	begin();
	send_until(LIMIT_ANSWERS, 0);
	say();
	while (!came)
		loop_step(loop, true);
	ok(true, "what was asked for does not stop reading");
	end();
	begin();
	static uint8_t big[60000];
	transport_send(line, SLICE("A"), 0);
	full = true;
	while (line) {
		transport_send(line, slice_of(big, sizeof big), 0);
		loop_step(loop, false);
	}
	is_str(failure, "too many bytes wait to be sent",
		"64 MiB that do not go out break the line");
	end();
}

int main(void)
{
	struct error err;
	loop = loop_new(&err);
	test_answers();
	test_asked();
	loop_free(loop);
	return tap_done();
}
