/* Names: a resolver of our own stands in for the system's.  One that never answers holds up
 * nothing, and several addresses are tried in the manner of RFC 8305. */
#include "base/number.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wilco/transport.h>

static struct loop *loop;
static struct error err;
static sem_t hanging;      /* posted: a lookup that hangs may end */
static unsigned resolving; /* threads that were started */
static int asked_flags;    /* of the last one that was asked */

/* ---- the resolver ---- */

static struct addrinfo *entry(const char *host, const char *port, struct addrinfo *next)
{
	struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_storage));
	struct sockaddr_in *four = (struct sockaddr_in *)(a + 1);
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(a + 1);
	a->ai_next = next;
	a->ai_addr = (struct sockaddr *)(a + 1);
	a->ai_socktype = SOCK_STREAM;
	if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
		a->ai_family = six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)atoi(port));
		a->ai_addrlen = sizeof *six;
	} else {
		inet_pton(AF_INET, host, &four->sin_addr);
		a->ai_family = four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)atoi(port));
		a->ai_addrlen = sizeof *four;
	}
	return a;
}

/* So many as a name service that is not ours may say: 192.0.2.1, 192.0.2.2, ... */
static struct addrinfo *crowd(const char *port)
{
	struct addrinfo *all = NULL;
	char host[24];
	for (int i = 200; i > 0; i--) {
		snprintf(host, sizeof host, "192.0.2.%d", i);
		all = entry(host, port, all);
	}
	return all;
}

/* "hangs...": no answer before the semaphore says so; "many": addresses of both families; "two":
 * 127.0.0.1, then 127.0.0.2; "crowd": more than anybody tries; a byte that is no UTF-8: no name. */
int getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
	__atomic_add_fetch(&resolving, 1, __ATOMIC_SEQ_CST);
	asked_flags = hints->ai_flags;
	if (strchr(host, 0xff))
		return EAI_IDN_ENCODE;
	if (strncmp(host, "hangs", 5) == 0) {
		sem_wait(&hanging);
		return EAI_AGAIN;
	}
	if (strcmp(host, "many") == 0)
		*found = entry("::1", port,
			entry("::2", port,
				entry("::1", port,
					entry("192.0.2.1", port,
						entry("192.0.2.2", port,
							entry("192.0.2.3", port, NULL))))));
	else if (strcmp(host, "two") == 0)
		*found = entry("127.0.0.1", port, entry("127.0.0.2", port, NULL));
	else if (strcmp(host, "crowd") == 0)
		*found = crowd(port);
	else
		return EAI_NONAME;
	return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
	while (a) {
		struct addrinfo *next = a->ai_next;
		free(a);
		a = next;
	}
}

/* ---- a line ---- */

struct end {
	struct transport *line;
	bool opened, failed;
	struct error why;
	struct bytes steps; /* "trying 127.0.0.1:80;..." */
};

static void on_step(void *owner, enum transport_step step, const char *text)
{
	struct end *e = owner;
	if (step == STEP_RESOLVED || step == STEP_TRYING)
		bytes_addf(&e->steps, "%s %s;", step == STEP_TRYING ? "trying" : "found", text);
}

static void on_open(void *owner)
{
	((struct end *)owner)->opened = true;
}

static void on_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes;
}

static void on_end(void *owner)
{
	(void)owner;
}

static void on_fail(void *owner, const struct error *why)
{
	struct end *e = owner;
	e->failed = true;
	e->why = *why;
}

static const struct transport_events events = {
	.step = on_step, .open = on_open, .data = on_data, .end = on_end, .fail = on_fail};

static void start_at(struct end *e, struct address *a, int64_t timeout)
{
	*e = (struct end){0};
	bytes_init(&e->steps, LIMIT_MESSAGE);
	e->line = transport_open(loop, a, timeout, &events, e);
	address_free(a);
}

static void start(struct end *e, const char *where, int64_t timeout)
{
	struct address a;
	address_parse(slice_str(where), 0, &a, &err);
	start_at(e, &a, timeout);
}

/* No address that was read has such a host. */
static void start_unread(struct end *e, const char *host)
{
	struct address a;
	address_parse(SLICE("h:80"), 0, &a, &err);
	free(a.host);
	a.host = strdup(host);
	start_at(e, &a, 0);
}

static void stop(struct end *e)
{
	transport_close(e->line);
	bytes_free(&e->steps);
	loop_step(loop, false);
}

#define UNTIL(condition)     \
	while (!(condition)) \
	loop_step(loop, true)

/* A socket of 127.0.0.1 that drops who calls, as a firewall does. */
struct dead {
	int socket, fill[4];
	unsigned port;
};

static bool dead_open(struct dead *d)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	d->socket = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(d->socket, (void *)&a, sizeof a) < 0 || listen(d->socket, 0) < 0 ||
		getsockname(d->socket, (void *)&a, &size) < 0)
		return false;
	for (int i = 0; i < 4; i++) {
		d->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(d->fill[i], (void *)&a, sizeof a);
	}
	d->port = ntohs(a.sin_port);
	return true;
}

static void dead_close(struct dead *d)
{
	for (int i = 0; i < 4; i++)
		close(d->fill[i]);
	close(d->socket);
}

static int live_open(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, "127.0.0.2", &a.sin_addr);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(s, (void *)&a, sizeof a) < 0 || listen(s, 4) < 0) {
		close(s);
		return -1;
	}
	return s;
}

/* ---- tests ---- */

static void test_silent_resolver(void)
{
	struct end slow, quick;
	start(&slow, "hangs.test:80", 2 * (int64_t)NS_PER_S);
	start(&quick, "127.0.0.1:1", 0);
	UNTIL(quick.opened || quick.failed);
	ok(!slow.failed, "a name service that does not answer holds up no other device");
	UNTIL(slow.failed);
	ok(slow.why.status == STATUS_CONNECT &&
			strstr(slow.why.what, "no answer from the name service"),
		"and the wait for it has an end: %s", slow.why.what);
	stop(&quick);
	stop(&slow);
	ok(loop_busy_threads(loop), "its thread is still there, and known");
	start(&slow, "hangs.too:80", 0);
	loop_step(loop, false);
	stop(&slow);
	ok(true, "a lookup can be given up");
	sem_post(&hanging);
	sem_post(&hanging);
	UNTIL(!loop_busy_threads(loop));
	ok(true, "an answer that comes too late goes nowhere");
}

static void test_numeric(void)
{
	struct end e;
	unsigned before = resolving;
	start(&e, "127.0.0.1:1", 0);
	UNTIL(e.opened || e.failed);
	stop(&e);
	start(&e, "[::1]:1", 0);
	UNTIL(e.opened || e.failed);
	stop(&e);
	is_int(resolving, before, "a numeric address asks no resolver and starts no thread");
}

static void test_international(void)
{
	struct end e;
	start(&e, "pumpe.test:80", 0);
	UNTIL(e.failed);
	stop(&e);
	ok(!(asked_flags & AI_IDN), "an ASCII name is asked for as it is");
	start(&e, "p\xc3\xbcmpe.test:80", 0);
	UNTIL(e.failed);
	stop(&e);
	ok(asked_flags & AI_IDN, "one in other letters as the Internet writes it (RFC 5891)");
	start_unread(&e, "p\xfcmpe\xff.test"); /* no timeout: it used to wait for ever */
	UNTIL(e.failed);
	ok(strstr(e.why.what, "a name cannot be spelled like this"),
		"what is no text fails at once: %s", e.why.what);
	stop(&e);
}

static void test_families(void)
{
	struct end e;
	start(&e, "many:9", 60 * (int64_t)NS_PER_S);
	UNTIL(e.steps.len);
	ok(strstr(bytes_str(&e.steps), "found [::1]:9, 192.0.2.1:9, [::2]:9, 192.0.2.2:9, "
				       "192.0.2.3:9;"),
		"the families take turns, and no address comes twice: %s", bytes_str(&e.steps));
	stop(&e);
	start(&e, "crowd:9", 60 * (int64_t)NS_PER_S);
	UNTIL(e.steps.len);
	ok(strstr(bytes_str(&e.steps), ", 192.0.2.32:9;"), "no more than 32 addresses are tried");
	stop(&e);
}

static void test_second_address(void)
{
	struct end e;
	struct dead dead;
	char where[32];
	int live = dead_open(&dead) ? live_open(dead.port) : -1;
	if (live < 0) {
		tap_skip("the port is taken at 127.0.0.2");
		return;
	}
	snprintf(where, sizeof where, "two:%u", dead.port);
	start(&e, where, 0); /* no timeout: only the second address can end the wait */
	UNTIL(e.opened || e.failed);
	ok(e.opened && strncmp(transport_peer(e.line), "127.0.0.2:", 10) == 0,
		"the second address is tried while the first says nothing");
	char *first = strstr(bytes_str(&e.steps), "trying 127.0.0.1:");
	char *second = strstr(bytes_str(&e.steps), "trying 127.0.0.2:");
	ok(first && second && first < second, "in their order");
	stop(&e);
	close(live);
	dead_close(&dead);
}

int main(void)
{
	sem_init(&hanging, 0, 0);
	loop = loop_new(&err);
	test_numeric();
	test_silent_resolver();
	test_international();
	test_families();
	test_second_address();
	loop_free(loop);
	sem_destroy(&hanging);
	return tap_done();
}
