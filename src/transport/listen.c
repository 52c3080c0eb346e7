/* listen.c - lines that the device begins: listen:// (what `nc -l` does), and the listener of a
 * simulated device. */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- listen:// ---- */

struct caller {
	struct stream stream;
	struct server *server;   /* NULL: it could not listen, or was called */
	struct loop_timer begin; /* reports from the loop, after transport_open() returned */
	struct loop_timer deadline;
	int64_t connect_timeout, keepalive;
	struct error *failure; /* owned; NULL: none */
};

static void waiting_over(struct caller *w)
{
	loop_timer_stop(&w->begin);
	loop_timer_stop(&w->deadline);
	if (w->server)
		server_close(w->server);
	w->server = NULL;
}

static void listen_on_caller(void *arg, int socket, const char *peer)
{
	struct caller *w = arg;
	w->stream.tcp = server_is_tcp(w->server);
	waiting_over(w);
	snprintf(w->stream.base.peer, sizeof w->stream.base.peer, "%s", peer);
	if (w->stream.tcp)
		transport_keep_alive(socket, w->keepalive);
	stream_start(&w->stream, socket, socket);
}

static void listen_on_failed(void *arg, const struct error *err)
{
	struct caller *w = arg;
	waiting_over(w);
	transport_fail(&w->stream.base, err);
}

static void listen_on_refused(void *arg, const char *text)
{
	struct caller *w = arg;
	transport_tell(&w->stream.base, STEP_WARNING, text);
}

static void listen_on_begin(void *arg)
{
	struct caller *w = arg;
	if (w->server)
		transport_tell(&w->stream.base, STEP_LISTENING, server_address(w->server));
	else
		transport_fail(&w->stream.base, w->failure);
}

static void listen_on_deadline(void *arg)
{
	struct caller *w = arg;
	char limit[DURATION_TEXT_MAX], why[80];
	snprintf(why, sizeof why, "nobody called within %s",
		duration_text(w->connect_timeout, limit));
	waiting_over(w);
	stream_fail(&w->stream, STATUS_CONNECT, why, "");
}

static void listen_let_go(struct stream *s)
{
	struct caller *w = (struct caller *)s;
	waiting_over(w);
	free(w->failure);
}

static struct transport *listen_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	static const struct server_events server_events = {.caller = listen_on_caller,
		.failed = listen_on_failed,
		.refused = listen_on_refused};
	struct caller *w = mem_new(sizeof *w);
	struct error err;
	stream_init(&w->stream, &transport_listen, loop);
	w->stream.let_go = listen_let_go;
	w->connect_timeout = connect_timeout;
	w->keepalive = a->settings.at[SET_KEEPALIVE].value;
	w->server = server_open(loop, a, &server_events, w, &err);
	if (!w->server) {
		w->failure = mem_new(sizeof *w->failure);
		*w->failure = err;
	}
	loop_timer_init(&w->begin, loop, listen_on_begin, w);
	loop_timer_init(&w->deadline, loop, listen_on_deadline, w);
	loop_timer_set(&w->begin, 0);
	if (connect_timeout)
		loop_timer_set(&w->deadline, connect_timeout);
	return &w->stream.base;
}

const struct transport_kind transport_listen = {
	.name = "listen",
	.help = "wait on [HOST]:PORT, or at unix:PATH, for the device to call",
	.form = FORM_LISTEN,
	.uses = USE_TCP | USE_FROM,
	.port = PORT_DEFAULT,
	.half_closes = true,
	.listens = true,
	.open = listen_open,
	STREAM_OPERATIONS,
};

/* ---- listener ---- */

/* The keepalive of callers that are served, because nobody checks whether they are still there. */
static const int64_t KEEPALIVE = 60ll * NS_PER_S;

struct listener {
	struct server *server;
	struct loop *loop;
	void (*caller)(void *owner, struct transport *t);
	void (*failed)(void *owner, const struct error *err);
	void (*refused)(void *owner, const char *text); /* NULL: nobody is told */
	void *owner;
	int64_t keepalive; /* ns; -1: off */
};

static void on_listener_caller(void *arg, int socket, const char *peer)
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
	l->caller(l->owner, &s->base);
}

static void on_listener_failed(void *arg, const struct error *err)
{
	struct listener *l = arg;
	server_close(l->server);
	l->server = NULL;
	l->failed(l->owner, err);
}

static void on_listener_refused(void *arg, const char *text)
{
	struct listener *l = arg;
	if (l->refused)
		l->refused(l->owner, text);
}

void listener_on_refused(struct listener *l, void (*refused)(void *owner, const char *text))
{
	l->refused = refused;
}

struct listener *listener_open(struct loop *loop, const struct address *a,
	void (*caller)(void *owner, struct transport *t),
	void (*failed)(void *owner, const struct error *err), void *owner, struct error *err)
{
	static const struct server_events server_events = {.caller = on_listener_caller,
		.failed = on_listener_failed,
		.refused = on_listener_refused};
	const struct setting *keepalive = &a->settings.at[SET_KEEPALIVE];
	struct listener *l = mem_new(sizeof *l);
	l->loop = loop;
	l->caller = caller;
	l->failed = failed;
	l->owner = owner;
	l->keepalive = keepalive->set ? keepalive->value : KEEPALIVE;
	l->server = server_open(loop, a, &server_events, l, err);
	if (l->server)
		return l;
	free(l);
	return NULL;
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	if (l->server)
		server_close(l->server);
	free(l);
}

const char *listener_address(const struct listener *l)
{
	return server_address(l->server);
}
