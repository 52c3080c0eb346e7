/* lookup.c - names to addresses; see loop.h.
 *
 * A numeric host never starts a thread: it is answered by an idle handle in the same turn.  A
 * lookup that was cancelled owns itself until libuv hands it back.
 */
#include "loop/loop_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { ADDRESSES_MAX = 32 };

struct loop_lookup {
	uv_getaddrinfo_t request;
	uv_idle_t idle; /* for a numeric host */
	struct loop *loop;
	void (*done)(void *arg, const struct sockaddr_storage *list, size_t count,
		const struct error *err);
	void *arg;
	bool cancelled;
	char *host;
	struct sockaddr_storage list[ADDRESSES_MAX];
	size_t count;
};

static void lookup_free(struct loop_lookup *l)
{
	free(l->host);
	free(l);
}

static void on_idle_closed(uv_handle_t *handle)
{
	lookup_free(handle->data);
}

static void on_idle(uv_idle_t *idle)
{
	struct loop_lookup *l = idle->data;
	uv_idle_stop(idle);
	if (!l->cancelled)
		l->done(l->arg, l->list, l->count, NULL);
	uv_close((uv_handle_t *)idle, on_idle_closed);
}

static bool is_listed(const struct loop_lookup *l, const struct addrinfo *a)
{
	for (size_t i = 0; i < l->count; i++)
		if (memcmp(&l->list[i], a->ai_addr, a->ai_addrlen) == 0)
			return true;
	return false;
}

/* RFC 8305 section 4: the families take turns, beginning with the resolver's first. */
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

static void explain(struct error *err, const char *host, int status)
{
	const char *why = status == UV_EAI_NONAME || status == UV_EAI_NODATA
				  ? "the name is not known"
			  : status == UV_EAI_AGAIN ? "the name service does not answer"
						   : uv_strerror(status);
	error_set(err, STATUS_CONNECT, "no address for '%s': %s", quote(slice_str(host)).text, why);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *all)
{
	struct loop_lookup *l = request->data;
	struct error err;
	l->loop->lookups--;
	if (status == 0 && all)
		interleave(l, all);
	uv_freeaddrinfo(all);
	if (!l->count)
		explain(&err, l->host, status ? status : UV_EAI_NONAME);
	if (!l->cancelled)
		l->done(l->arg, l->count ? l->list : NULL, l->count, l->count ? NULL : &err);
	lookup_free(l);
}

/* "10.0.0.5", "::1", "fe80::1%eth0": no thread. */
static bool numeric(struct loop_lookup *l, uint16_t port)
{
	struct sockaddr_storage *to = &l->list[0];
	if (uv_ip4_addr(l->host, port, (struct sockaddr_in *)to) == 0 ||
		uv_ip6_addr(l->host, port, (struct sockaddr_in6 *)to) == 0)
		l->count = 1;
	return l->count == 1;
}

static void start_thread(struct loop_lookup *l, uint16_t port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	char service[8];
	snprintf(service, sizeof service, "%u", port);
	/* libuv runs two lookups at a time in a pool of four; a slow name must not hold up others.
	 */
	setenv("UV_THREADPOOL_SIZE", "16", 0);
	l->request.data = l;
	l->loop->lookups++;
	if (strcmp(l->host, "localhost") == 0)
		hints.ai_flags = 0; /* loopback addresses do not count for AI_ADDRCONFIG */
	int rc = uv_getaddrinfo(&l->loop->uv, &l->request, on_resolved, l->host, service, &hints);
	if (rc < 0) {
		l->loop->lookups--;
		l->idle.data = l;
	}
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
	if (numeric(l, port)) {
		uv_idle_init(&loop->uv, &l->idle);
		l->idle.data = l;
		uv_idle_start(&l->idle, on_idle);
	} else {
		start_thread(l, port);
	}
	return l;
}

void loop_lookup_cancel(struct loop_lookup *l)
{
	l->cancelled = true;
	uv_cancel((uv_req_t *)&l->request);
}
