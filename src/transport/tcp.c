/* tcp.c - a TCP connection: a lookup, addresses that are tried in turn, and then a stream.
 *
 * Connecting follows RFC 8305: the addresses are tried in order, the next one when the last one
 * failed or after ATTEMPT_DELAY, and the first that answers wins.
 */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include "transport/bind.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const int64_t ATTEMPT_DELAY = 250ll * NS_PER_MS; /* RFC 8305 section 5 */

struct tcp;

/* One connection that is being tried. */
struct attempt {
	struct loop_watch watch; /* once it is clear that it takes time */
	int fd;
	struct tcp *tcp;
	struct attempt *next;
	size_t address; /* its index */
};

struct tcp {
	struct stream stream;
	struct loop_lookup *lookup;
	struct loop_soon begin; /* where there is nothing to look up */
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} only;                             /* the address, if there is one */
	struct sockaddr_storage *addresses; /* if there are more; owned */
	size_t count, at;
	struct attempt *attempts;
	struct loop_timer deadline, next_attempt;
	int64_t connect_timeout;
	int64_t keepalive; /* ns, -1: off */
	struct bind *bind; /* our own address; owned; NULL: any */
	char *failure;     /* why the last address failed; owned */
	size_t failures;
};

static void attempt_next(void *arg);

/* ---- connecting ---- */

static void unlink_attempt(struct attempt *a)
{
	struct attempt **link = &a->tcp->attempts;
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
}

static void attempt_forget(struct attempt *a)
{
	unlink_attempt(a);
	if (a->watch.loop)
		loop_watch_close(&a->watch);
	else if (a->fd >= 0)
		close(a->fd);
	free(a);
}

/* Frees what only connecting needs, so that an open line keeps none of it. */
static void connecting_over(struct tcp *t)
{
	if (t->lookup)
		loop_lookup_cancel(t->lookup);
	t->lookup = NULL;
	while (t->attempts)
		attempt_forget(t->attempts);
	loop_timer_stop(&t->next_attempt);
	loop_timer_stop(&t->deadline);
	free(t->addresses);
	free(t->failure);
	free(t->bind);
	t->addresses = NULL;
	t->failure = NULL;
	t->bind = NULL;
}

static void tcp_fail(struct tcp *t, const char *why, const char *where)
{
	struct error err;
	error_set(&err, STATUS_CONNECT, *where ? "%s (%s)" : "%s%s", why, where);
	connecting_over(t);
	transport_fail(&t->stream.base, &err);
}

static const struct sockaddr *attempt_to(const struct attempt *a)
{
	const struct tcp *t = a->tcp;
	return t->count == 1 ? &t->only.any : (const struct sockaddr *)&t->addresses[a->address];
}

/* Spells the address that is tried.  The only one is spelled already, as the line's peer. */
static void attempt_where(const struct attempt *a, char where[TRANSPORT_PEER_MAX])
{
	if (a->tcp->count == 1)
		memcpy(where, a->tcp->stream.base.peer, TRANSPORT_PEER_MAX);
	else
		transport_spell(attempt_to(a), where);
}

static void attempt_won(struct attempt *a)
{
	struct tcp *t = a->tcp;
	if (t->count > 1)
		transport_spell(attempt_to(a), t->stream.base.peer);
	unlink_attempt(a);
	connecting_over(t);
	transport_keep_alive(a->fd, t->keepalive);
	if (a->watch.loop)
		stream_start_watched(&t->stream, &a->watch);
	else
		stream_start(&t->stream, a->fd, a->fd);
	free(a);
}

static void attempt_failed(struct tcp *t, const char *where, int code)
{
	char buffer[128], text[256];
	const char *why = code == -EADDRNOTAVAIL && !t->bind
				  ? "this machine has no free port left to call it from"
				  : stream_reason(code, buffer, sizeof buffer);
	snprintf(text, sizeof text, "%s: %s", where, why);
	transport_tell(&t->stream.base, STEP_FAILED, text);
	if (t->stream.base.closing)
		return;
	t->failures++;
	free(t->failure);
	snprintf(text, sizeof text, "%s (%s)", why, where);
	t->failure = mem_str(text);
	if (t->at < t->count)
		attempt_next(t);
	else if (!t->attempts)
		tcp_fail(t, t->failure, t->failures > 1 ? "the last of several addresses" : "");
}

/* Asks how far it is: 0: connected; -EINPROGRESS; or the negative errno for which it failed. */
static int attempt_state(const struct attempt *a)
{
	const struct sockaddr *to = attempt_to(a);
	if (connect(a->fd, to, transport_size(to)) == 0 || errno == EISCONN)
		return 0;
	return errno == EALREADY || errno == EINTR ? -EINPROGRESS : -errno;
}

static void attempt_ended(struct attempt *a, int code)
{
	struct tcp *t = a->tcp;
	char where[TRANSPORT_PEER_MAX];
	attempt_where(a, where);
	attempt_forget(a);
	attempt_failed(t, where, code);
}

static void attempt_on_ready(void *arg, int events)
{
	struct attempt *a = arg;
	int code = attempt_state(a);
	(void)events;
	if (code == 0)
		attempt_won(a);
	else if (code != -EINPROGRESS)
		attempt_ended(a, code);
}

/* Begins to connect; returns what attempt_state() does.  On this machine, and where the network is
 * fast, there is nothing to wait for. */
static int attempt_begin(struct attempt *a)
{
	const struct sockaddr *to = attempt_to(a);
	a->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0)
		return -errno;
	int rc = a->tcp->bind ? bind_stream(a->tcp->bind, a->fd, to->sa_family) : 0;
	if (rc < 0 || connect(a->fd, to, transport_size(to)) == 0)
		return rc;
	if (errno != EINPROGRESS && errno != EINTR)
		return -errno;
	rc = attempt_state(a);
	if (rc != -EINPROGRESS)
		return rc;
	rc = loop_watch_start(
		&a->watch, a->tcp->stream.base.loop, a->fd, WATCH_WRITE, attempt_on_ready, a);
	return rc < 0 ? rc : -EINPROGRESS;
}

/* Tries the next address, while the earlier ones may still answer. */
static void attempt_next(void *arg)
{
	struct tcp *t = arg;
	if (t->at == t->count)
		return;
	struct attempt *a = mem_new(sizeof *a);
	char where[TRANSPORT_PEER_MAX];
	a->address = t->at++;
	a->fd = -1;
	a->tcp = t;
	attempt_where(a, where);
	a->next = t->attempts;
	t->attempts = a;
	transport_tell(&t->stream.base, STEP_TRYING, where);
	if (t->stream.base.closing)
		return;
	if (t->at < t->count)
		loop_timer_set(&t->next_attempt, ATTEMPT_DELAY);
	int code = attempt_begin(a);
	if (code == 0)
		attempt_won(a);
	else if (code != -EINPROGRESS)
		attempt_ended(a, code);
}

static void tell_addresses(struct tcp *t)
{
	struct bytes text;
	char one[TRANSPORT_PEER_MAX];
	if (t->count == 1) {
		transport_spell(&t->only.any, t->stream.base.peer);
		transport_tell(&t->stream.base, STEP_RESOLVED, t->stream.base.peer);
		return;
	}
	bytes_init(&text, LIMIT_MESSAGE);
	for (size_t i = 0; i < t->count; i++) {
		transport_spell((struct sockaddr *)&t->addresses[i], one);
		bytes_addf(&text, "%s%s", i ? ", " : "", one);
	}
	transport_tell(&t->stream.base, STEP_RESOLVED, bytes_str(&text));
	bytes_free(&text);
}

static void take_addresses(struct tcp *t, const struct sockaddr_storage *list, size_t count)
{
	t->count = count;
	if (count == 1) {
		memcpy(&t->only, list, sizeof t->only);
	} else {
		t->addresses = mem_grow(NULL, count, sizeof *list);
		memcpy(t->addresses, list, count * sizeof *list);
	}
}

static void tcp_begin(void *arg)
{
	struct tcp *t = arg;
	if (!t->stream.base.closing)
		tell_addresses(t);
	if (!t->stream.base.closing)
		attempt_next(t);
}

static void tcp_on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct tcp *t = arg;
	t->lookup = NULL;
	if (!count) {
		tcp_fail(t, err->what, "");
		return;
	}
	take_addresses(t, list, count);
	tcp_begin(t);
}

static void tcp_on_deadline(void *arg)
{
	struct tcp *t = arg;
	char limit[DURATION_TEXT_MAX], why[160], where[TRANSPORT_PEER_MAX] = "";
	duration_text(t->connect_timeout, limit);
	if (t->lookup)
		snprintf(why, sizeof why, "no answer from the name service within %s", limit);
	else
		snprintf(why, sizeof why, "no answer within %s: a firewall may drop the packets",
			limit);
	if (t->attempts)
		attempt_where(t->attempts, where);
	tcp_fail(t, why, where);
}

static void tcp_let_go(struct stream *s)
{
	connecting_over((struct tcp *)s);
}

/* Finds the addresses; a numeric one needs no lookup. */
static void tcp_find(struct tcp *t, const struct address *a)
{
	struct loop *loop = t->stream.base.loop;
	struct sockaddr_storage one = {0};
	if (!loop_numeric(a->host, a->port, &one)) {
		t->lookup = loop_lookup_new(loop, a->host, a->port, tcp_on_lookup, t);
		return;
	}
	take_addresses(t, &one, 1);
	t->begin = (struct loop_soon){.fire = tcp_begin, .arg = t};
	loop_soon(loop, &t->begin);
}

static struct transport *tcp_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct tcp *t = mem_new(sizeof *t);
	stream_init(&t->stream, &transport_tcp, loop);
	t->stream.let_go = tcp_let_go;
	t->stream.tcp = true;
	t->connect_timeout = connect_timeout;
	t->keepalive = a->settings.at[SET_KEEPALIVE].value;
	t->bind = bind_of(a);
	loop_timer_init(&t->deadline, loop, tcp_on_deadline, t);
	loop_timer_init(&t->next_attempt, loop, attempt_next, t);
	tcp_find(t, a);
	if (connect_timeout)
		loop_timer_set(&t->deadline, connect_timeout);
	return &t->stream.base;
}

const struct transport_kind transport_tcp = {
	.name = "tcp",
	.help = "a TCP connection to HOST:PORT",
	.form = FORM_HOST,
	.port = PORT_DEFAULT,
	.uses = USE_TCP | USE_VIA | USE_BIND | USE_EACH,
	.half_closes = true,
	.reopens = true,
	.direct = true,
	.open = tcp_open,
	STREAM_OPERATIONS,
};
