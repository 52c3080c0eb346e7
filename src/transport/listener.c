/* listener.c - being called on any kind of line that can be; see transport.h. */
#include "transport/door.h"
#include "transport/pty.h"
#include "transport/telnet.h"
#include "transport/udp.h"

#include "adapter/module.h"
#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

/* The keepalive of callers that are served, because nobody checks whether they are still there. */
static const int64_t KEEPALIVE = 60ll * NS_PER_S;
/* How long a caller has for the TLS handshake, and how many callers may be at it. */
static const int64_t PATIENCE = 10ll * NS_PER_S;
enum { GREETED_MOST = 1024 };
static const int64_t PTY_PAUSE = 100ll * NS_PER_MS;

/* A caller whose TLS handshake is not over. */
struct greeted {
	struct listener *listener;
	struct greeted *next, **link;
	struct transport *line;
};

struct listener {
	struct loop *loop;
	void (*caller)(void *owner, struct transport *t);
	void (*failed)(void *owner, const struct error *err);
	void (*refused)(void *owner, const char *text); /* NULL: nobody is told */
	void *owner;
	int64_t keepalive; /* ns; -1: off */
	char address[TRANSPORT_PEER_MAX + 16];
	char certificate[TLS_FINGERPRINT_MAX]; /* empty: none is shown */
	/* Of these the kind of line needs one, or none. */
	struct server *server;
	struct udp_server *datagrams;
	struct transport *pty; /* the line that is open */
	const struct telnet_functions *telnet;
	struct tls_door *door;
	struct greeted *greeted;
	size_t greeted_count;
	/* The pty: it is handed over, or made anew, from the loop. */
	struct loop_timer begin;
	char *path;
	bool again;    /* it was handed over before */
	int64_t began; /* when, in monotonic ns */
};

static void tell_refused(struct listener *l, const char *text)
{
	if (l->refused)
		l->refused(l->owner, text);
}

/* ---- TLS ---- */

static void greeted_free(struct greeted *g)
{
	*g->link = g->next;
	if (g->next)
		g->next->link = g->link;
	g->listener->greeted_count--;
	free(g);
}

static void greeted_on_open(void *owner)
{
	struct greeted *g = owner;
	struct listener *l = g->listener;
	struct transport *line = g->line;
	greeted_free(g);
	l->caller(l->owner, line);
}

static void greeted_on_fail(void *owner, const struct error *err)
{
	struct greeted *g = owner;
	char text[TRANSPORT_PEER_MAX + ERROR_WHAT_MAX];
	snprintf(text, sizeof text, "%s: %s", transport_peer(g->line), err->what);
	struct listener *l = g->listener;
	transport_close(g->line);
	greeted_free(g);
	tell_refused(l, text);
}

static void greeted_on_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes; /* nothing comes before the line is open */
}

static void greeted_on_end(void *owner)
{
	struct greeted *g = owner;
	transport_close(g->line);
	greeted_free(g);
}

static void greet(struct listener *l, struct transport *line)
{
	static const struct transport_events greeting = {.open = greeted_on_open,
		.data = greeted_on_data,
		.end = greeted_on_end,
		.fail = greeted_on_fail};
	if (l->greeted_count == GREETED_MOST) {
		tell_refused(l, "a caller was turned away: too many are at the TLS handshake");
		transport_close(line);
		return;
	}
	struct greeted *g = mem_new(sizeof *g);
	g->listener = l;
	g->line = tls_accept(l->door, l->loop, line, PATIENCE);
	g->next = l->greeted;
	g->link = &l->greeted;
	if (g->next)
		g->next->link = &g->next;
	l->greeted = g;
	l->greeted_count++;
	transport_adopt(g->line, &greeting, g);
}

/* ---- streams ---- */

static void listener_on_caller(void *arg, int socket, const char *peer)
{
	struct listener *l = arg;
	struct stream *s = mem_new(sizeof *s);
	bool tcp = server_is_tcp(l->server);
	stream_init(s, tcp ? &transport_tcp : &transport_unix, l->loop);
	snprintf(s->base.peer, sizeof s->base.peer, "%s", peer);
	s->tcp = tcp;
	if (stream_own(s, socket, socket) < 0) {
		stream_close(&s->base);
		return;
	}
	if (tcp)
		transport_keep_alive(socket, l->keepalive);
	if (l->door)
		greet(l, &s->base);
	else
		l->caller(l->owner,
			l->telnet ? telnet_accept(l->telnet, l->loop, &s->base) : &s->base);
}

static void listener_on_failed(void *arg, const struct error *err)
{
	struct listener *l = arg;
	server_close(l->server);
	l->server = NULL;
	l->failed(l->owner, err);
}

static void listener_on_refusal(void *arg, const char *text)
{
	tell_refused(arg, text);
}

static bool listen_on_stream(struct listener *l, const struct address *a, struct error *err)
{
	static const struct server_events server_events = {.caller = listener_on_caller,
		.failed = listener_on_failed,
		.refused = listener_on_refusal};
	if (a->kind == &transport_telnet && !(l->telnet = module_telnet(err)))
		return false;
	if (a->kind == &transport_tls && !(l->door = tls_door_open(a, l->certificate, err)))
		return false;
	l->server = server_open(l->loop, a, &server_events, l, err);
	if (!l->server)
		return false;
	bool over = l->telnet || l->door;
	snprintf(l->address, sizeof l->address, "%s%s%s", over ? a->kind->name : "",
		over ? "://" : "", server_address(l->server));
	return true;
}

/* ---- datagrams ---- */

static void on_datagrams(void *arg, struct transport *t)
{
	struct listener *l = arg;
	l->caller(l->owner, t);
}

static bool listen_for_datagrams(struct listener *l, const struct address *a, struct error *err)
{
	static const struct udp_server_events datagram_events = {
		.caller = on_datagrams, .refused = listener_on_refusal};
	l->datagrams = udp_server_open(l->loop, a, &datagram_events, l, err);
	if (!l->datagrams)
		return false;
	snprintf(l->address, sizeof l->address, "udp://%s", udp_server_address(l->datagrams));
	return true;
}

/* ---- a pseudo-terminal ---- */

/* A port that comes and goes all the time must not keep the processor busy. */
static void pty_is_gone(void *arg)
{
	struct listener *l = arg;
	bool brief = loop_now(l->loop) - l->began < PTY_PAUSE;
	l->pty = NULL;
	loop_timer_set(&l->begin, brief ? PTY_PAUSE : 0);
}

static bool make_pty(struct listener *l, struct error *err)
{
	l->pty = pty_serve(l->loop, l->path, pty_is_gone, l, err);
	if (!l->pty)
		return false;
	snprintf(l->address, sizeof l->address, "%s",
		*l->path && strlen(l->path) < sizeof l->address ? l->path : transport_peer(l->pty));
	return true;
}

/* Hands the line over; the device had closed the one before, which for programs is a port that is
 * gone, so there is another one. */
static void listener_on_begin(void *arg)
{
	struct listener *l = arg;
	char text[sizeof l->address + 40];
	struct error err;
	if (!l->pty && !make_pty(l, &err)) {
		l->failed(l->owner, &err);
		return;
	}
	if (l->again) {
		snprintf(text, sizeof text, "the port is %s from now on", l->address);
		tell_refused(l, text);
	}
	l->again = true;
	l->began = loop_now(l->loop);
	l->caller(l->owner, l->pty);
}

static bool listen_on_pty(struct listener *l, const struct address *a, struct error *err)
{
	l->path = mem_str(a->host);
	if (!make_pty(l, err))
		return false;
	loop_timer_set(&l->begin, 0);
	return true;
}

/* ---- all of them ---- */

void listener_on_refused(struct listener *l, void (*refused)(void *owner, const char *text))
{
	l->refused = refused;
}

struct listener *listener_open(struct loop *loop, const struct address *a,
	void (*caller)(void *owner, struct transport *t),
	void (*failed)(void *owner, const struct error *err), void *owner, struct error *err)
{
	const struct setting *keepalive = &a->settings.at[SET_KEEPALIVE];
	struct listener *l = mem_new(sizeof *l);
	l->loop = loop;
	l->caller = caller;
	l->failed = failed;
	l->owner = owner;
	l->keepalive = keepalive->set ? keepalive->value : KEEPALIVE;
	loop_timer_init(&l->begin, loop, listener_on_begin, l);
	bool good = a->kind == &transport_udp   ? listen_for_datagrams(l, a, err)
		    : a->kind == &transport_pty ? listen_on_pty(l, a, err)
						: listen_on_stream(l, a, err);
	if (good)
		return l;
	listener_close(l);
	return NULL;
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	loop_timer_stop(&l->begin);
	while (l->greeted) {
		transport_close(l->greeted->line);
		greeted_free(l->greeted);
	}
	if (l->server)
		server_close(l->server);
	if (l->datagrams)
		udp_server_close(l->datagrams);
	if (l->pty)
		pty_leave(l->pty);
	if (l->pty && !l->again) /* nobody has it yet */
		transport_close(l->pty);
	tls_door_close(l->door);
	free(l->path);
	free(l);
}

const char *listener_address(const struct listener *l)
{
	return l->address;
}

const char *listener_certificate(const struct listener *l)
{
	return l->certificate;
}
