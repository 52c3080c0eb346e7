/* lookup.c - names to addresses; see loop.h.
 *
 * A numeric host never starts a thread: it is answered soon (loop_soon()), and so is a text that
 * cannot be a name.  Each other lookup has a thread of its own, because libuv ends the
 * program when it cannot start the threads of its pool, and a slow name there would hold up others.
 * A lookup that was cancelled owns itself until its thread has ended.
 */
#include "loop/loop_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Lookups that have a thread at a time: a fleet looks up thousands. */
enum { ADDRESSES_MAX = 32, PORT_TEXT_MAX = 8, THREADS_MAX = 64 };
enum { NO_THREAD = 1, NO_CARD }; /* beside the codes of getaddrinfo(), which are negative */

struct loop_lookup {
	union {
		struct loop_soon soon; /* used when the answer is known */
		uv_async_t answered;   /* used by the thread to say that it is known */
	} handle;
	struct loop *loop;
	void (*done)(void *arg, const struct sockaddr_storage *list, size_t count,
		const struct error *err);
	void *arg;
	bool threaded, cancelled;
	char *host;
	struct sockaddr_storage *list; /* ADDRESSES_MAX of them after a thread; else `one` */
	size_t count;
	struct sockaddr_storage one;
	struct loop_lookup *next; /* of those that wait for a thread */
	/* The members below belong to the thread until it has answered. */
	pthread_t thread;
	char port[PORT_TEXT_MAX];
	struct addrinfo *found;
	/* The result of getaddrinfo(), or NO_THREAD; errno, where the result says so. */
	int status, code;
};

static void lookup_free(struct loop_lookup *l)
{
	if (l->list != &l->one)
		free(l->list);
	free(l->host);
	free(l);
}

static void lookup_on_closed(uv_handle_t *handle)
{
	lookup_free(handle->data);
}

static bool is_listed(const struct loop_lookup *l, const struct addrinfo *a)
{
	for (size_t i = 0; i < l->count; i++)
		if (memcmp(&l->list[i], a->ai_addr, a->ai_addrlen) == 0)
			return true;
	return false;
}

/* Orders the addresses by RFC 8305, section 4: the families take turns, and the resolver's first
 * begins. */
static void interleave(struct loop_lookup *l, const struct addrinfo *all)
{
	const struct addrinfo *next[2] = {all, all};
	int families[2] = {all->ai_family, all->ai_family == AF_INET6 ? AF_INET : AF_INET6};
	for (int turn = 0; l->count < ADDRESSES_MAX && (next[0] || next[1]); turn = !turn) {
		while (next[turn] &&
			(next[turn]->ai_family != families[turn] || is_listed(l, next[turn])))
			next[turn] = next[turn]->ai_next;
		if (!next[turn])
			continue;
		memcpy(&l->list[l->count++], next[turn]->ai_addr, next[turn]->ai_addrlen);
		next[turn] = next[turn]->ai_next;
	}
}

/* ---- the thread ---- */

static bool lookup_is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

/* Asks the resolver.  A name that is not ASCII is UTF-8, whatever the program's locale is. */
static int lookup_ask(struct loop_lookup *l, const struct addrinfo *hints)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	errno = 0;
	int status = getaddrinfo(l->host, l->port, hints, &l->found);
	l->code = errno;
	uselocale(before);
	if (utf8)
		freelocale(utf8);
	return status;
}

static void *resolve(void *lookup)
{
	struct loop_lookup *l = lookup;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	if (strcmp(l->host, "localhost") == 0)
		hints.ai_flags = 0; /* loopback addresses do not count for AI_ADDRCONFIG */
	if (!lookup_is_ascii(l->host))
		hints.ai_flags |= AI_IDN;
	l->status = lookup_ask(l, &hints);
	uv_async_send(&l->handle.answered);
	return NULL;
}

/* Says whether something is lacking.  The resolver calls a name "not known" where it cannot open a
 * file of the system. */
static bool lacks(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM;
}

static const char *lookup_reason(int status, int code)
{
	switch (lacks(code) ? EAI_SYSTEM : status) {
	case EAI_NONAME:
	case EAI_NODATA:
		return "the name is not known";
	case EAI_AGAIN:
		return "the name service does not answer";
	case EAI_IDN_ENCODE:
		return "a name cannot be spelled like this";
	case EAI_SYSTEM:
		return strerror(code);
	case NO_THREAD:
		return "the system cannot start a thread to look it up";
	case NO_CARD:
		return "this machine has no such network card";
	default:
		return gai_strerror(status);
	}
}

static void lookup_tell(struct loop_lookup *l)
{
	struct error err;
	if (!l->count)
		error_set(&err, STATUS_CONNECT, "no address for '%s': %s",
			quote(slice_str(l->host)).text,
			lookup_reason(l->status ? l->status : EAI_NONAME, l->code));
	if (!l->cancelled)
		l->done(l->arg, l->count ? l->list : NULL, l->count, l->count ? NULL : &err);
}

static void start_waiting(struct loop *loop);

static void on_answered(uv_async_t *answered)
{
	struct loop_lookup *l = answered->data;
	if (l->threaded) {
		pthread_join(l->thread, NULL);
		l->loop->lookups--;
		start_waiting(l->loop);
	}
	if (l->status == 0 && l->found) {
		l->list = mem_new(ADDRESSES_MAX * sizeof *l->list);
		interleave(l, l->found);
		freeaddrinfo(l->found);
	}
	lookup_tell(l);
	uv_close((uv_handle_t *)answered, lookup_on_closed);
}

/* Starts the thread with all signals blocked, because the loop handles them. */
static bool create_thread(struct loop_lookup *l)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool good = pthread_create(&l->thread, NULL, resolve, l) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

/* Starts the lookup in a thread.  Neither handle can fail, because the loop already has the
 * descriptor that they share. */
static void start_thread(struct loop_lookup *l)
{
	uv_async_init(&l->loop->uv, &l->handle.answered, on_answered);
	l->handle.answered.data = l;
	l->threaded = create_thread(l);
	if (l->threaded) {
		l->loop->lookups++;
	} else {
		l->status = NO_THREAD;
		uv_async_send(&l->handle.answered);
	}
}

/* Starts those that wait, as far as there are threads for them. */
static void start_waiting(struct loop *loop)
{
	while (loop->waiting && loop->lookups < THREADS_MAX) {
		struct loop_lookup *l = loop->waiting;
		loop->waiting = l->next;
		if (!loop->waiting)
			loop->waiting_last = NULL;
		if (l->cancelled)
			lookup_free(l);
		else
			start_thread(l);
	}
}

static void queue_thread(struct loop_lookup *l)
{
	struct loop *loop = l->loop;
	*(loop->waiting_last ? &loop->waiting_last->next : &loop->waiting) = l;
	loop->waiting_last = l;
	start_waiting(loop);
}

/* ---- without a thread ---- */

static void lookup_is_known(void *lookup)
{
	lookup_tell(lookup);
	lookup_free(lookup);
}

/* Tells an answer that is already known in the next turn. */
static void answer_soon(struct loop_lookup *l)
{
	l->handle.soon = (struct loop_soon){.fire = lookup_is_known, .arg = l};
	loop_soon(l->loop, &l->handle.soon);
}

static bool spelled_wrong(struct loop_lookup *l)
{
	if (!text_is_utf8(slice_str(l->host)))
		l->status = EAI_IDN_ENCODE;
	return l->status != 0;
}

bool loop_numeric(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return true;
	}
	return uv_ip6_addr(host, port, six) == 0 && (six->sin6_scope_id || !strchr(host, '%'));
}

/* Answers a numeric host: "10.0.0.5", "::1", "fe80::1%eth0". */
static bool numeric(struct loop_lookup *l, uint16_t port)
{
	struct sockaddr_in6 six;
	l->count = loop_numeric(l->host, port, &l->one);
	if (!l->count && uv_ip6_addr(l->host, port, &six) == 0)
		l->status = NO_CARD;
	return l->count || l->status;
}

struct loop_lookup *loop_lookup_new(struct loop *loop, const char *host, uint16_t port,
	void (*done)(void *arg, const struct sockaddr_storage *list, size_t count,
		const struct error *err),
	void *arg)
{
	struct loop_lookup *l = mem_new(sizeof *l);
	l->loop = loop;
	l->done = done;
	l->arg = arg;
	l->host = mem_str(host);
	l->list = &l->one;
	if (numeric(l, port) || spelled_wrong(l)) {
		answer_soon(l);
	} else {
		snprintf(l->port, sizeof l->port, "%u", port);
		queue_thread(l);
	}
	return l;
}

void loop_lookup_cancel(struct loop_lookup *l)
{
	l->cancelled = true;
}
