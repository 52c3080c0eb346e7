/* listen.c - lines that the device begins: listen:// (what `nc -l` does), and the listener of a
 * simulated device. */
#include "transport/stream.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- listen:// ---- */

struct waiting {
	struct stream stream;
	struct server *server;   /* NULL: could not listen, or was called */
	struct loop_timer begin; /* says so from the loop, after transport_open() returned */
	struct loop_timer deadline;
	int64_t connect_timeout, keepalive;
	struct error *failure; /* owned; NULL: none */
};

static void waiting_over(struct waiting *w)
{
	loop_timer_stop(&w->begin);
	loop_timer_stop(&w->deadline);
	if (w->server)
		server_close(w->server);
	w->server = NULL;
}

static void on_caller(void *arg, uv_stream_t *socket, const char *peer)
{
	struct waiting *w = arg;
	waiting_over(w);
	snprintf(w->stream.base.peer, sizeof w->stream.base.peer, "%s", peer);
	if (socket->type == UV_TCP)
		transport_tune((uv_tcp_t *)socket, w->keepalive);
	stream_start(&w->stream, socket, socket);
}

static void on_begin(void *arg)
{
	struct waiting *w = arg;
	if (w->server)
		transport_tell(&w->stream.base, STEP_LISTENING, server_address(w->server));
	else
		transport_fail(&w->stream.base, w->failure);
}

static void on_deadline(void *arg)
{
	struct waiting *w = arg;
	char limit[DURATION_TEXT_MAX], why[80];
	snprintf(why, sizeof why, "nobody called within %s",
		duration_text(w->connect_timeout, limit));
	waiting_over(w);
	stream_fail(&w->stream, STATUS_CONNECT, why, "");
}

static void let_go(struct stream *s)
{
	struct waiting *w = (struct waiting *)s;
	waiting_over(w);
	free(w->failure);
}

static struct transport *listen_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct waiting *w = mem_new(sizeof *w);
	struct error err;
	stream_init(&w->stream, &transport_listen, loop);
	w->stream.let_go = let_go;
	w->connect_timeout = connect_timeout;
	w->keepalive = a->settings.at[SET_KEEPALIVE].value;
	w->server = server_open(loop, a, on_caller, w, &err);
	if (!w->server) {
		w->failure = mem_new(sizeof *w->failure);
		*w->failure = err;
	}
	loop_timer_init(&w->begin, loop, on_begin, w);
	loop_timer_init(&w->deadline, loop, on_deadline, w);
	loop_timer_set(&w->begin, 0);
	if (connect_timeout)
		loop_timer_set(&w->deadline, connect_timeout);
	return &w->stream.base;
}

const struct transport_kind transport_listen = {
	.name = "listen",
	.help = "wait on [HOST]:PORT, or at unix:PATH, for the device to call",
	.form = FORM_LISTEN,
	.uses = USE_TCP,
	.port = PORT_DEFAULT,
	.half_closes = true,
	.listens = true,
	.open = listen_open,
	STREAM_OPERATIONS,
};

/* ---- listener ---- */

struct listener {
	struct server *server;
	struct loop *loop;
	void (*caller)(void *owner, struct transport *t);
	void *owner;
};

static void on_listener_caller(void *arg, uv_stream_t *socket, const char *peer)
{
	struct listener *l = arg;
	struct stream *s = mem_new(sizeof *s);
	bool tcp = socket->type == UV_TCP;
	stream_init(s, tcp ? &transport_tcp : &transport_unix, l->loop);
	snprintf(s->base.peer, sizeof s->base.peer, "%s", peer);
	stream_take(s, socket, socket);
	if (tcp)
		transport_tune((uv_tcp_t *)socket, -1);
	l->caller(l->owner, &s->base);
}

struct listener *listener_open(struct loop *loop, const struct address *a,
	void (*caller)(void *owner, struct transport *t), void *owner, struct error *err)
{
	struct listener *l = mem_new(sizeof *l);
	l->loop = loop;
	l->caller = caller;
	l->owner = owner;
	l->server = server_open(loop, a, on_listener_caller, l, err);
	if (l->server)
		return l;
	free(l);
	return NULL;
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	server_close(l->server);
	free(l);
}

const char *listener_address(const struct listener *l)
{
	return server_address(l->server);
}
