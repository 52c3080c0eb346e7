/* listen.c - lines that the device begins: listen:// (what `nc -l` does), and the listener of a
 * simulated device. */
#include "transport/transport_private.h"

#include "base/mem.h"
#include <stdlib.h>

/* ---- listen:// ---- */

struct waiting {
	struct transport *line;
	struct server *server; /* NULL: could not listen */
	struct loop *loop;
	struct loop_timer begin; /* says so from the loop, after transport_open() returned */
	struct error failure;
};

static void release(void *arg)
{
	struct waiting *w = arg;
	loop_timer_stop(&w->begin);
	if (w->server)
		server_close(w->server);
	free(w);
}

static void on_caller(void *arg, uv_tcp_t *socket)
{
	struct waiting *w = arg;
	tcp_called(w->line, socket); /* releases w */
}

static void on_begin(void *arg)
{
	struct waiting *w = arg;
	if (w->server)
		transport_tell(w->line, STEP_LISTENING, server_address(w->server));
	else
		tcp_refuse(w->line, &w->failure);
}

static struct transport *listen_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct waiting *w = mem_new(sizeof *w);
	w->loop = loop;
	w->server = server_open(loop, a, on_caller, w, &w->failure);
	loop_timer_init(&w->begin, loop, on_begin, w);
	loop_timer_set(&w->begin, 0);
	w->line = tcp_waiting(loop, &transport_listen, a, connect_timeout, release, w);
	return w->line;
}

const struct transport_kind transport_listen = {
	.name = "listen",
	.help = "wait on [HOST]:PORT for the device to call",
	.half_closes = true,
	.listens = true,
	.open = listen_open,
	.send = tcp_send,
	.queued = tcp_queued,
	.read = tcp_read,
	.close = tcp_close,
	.finish = tcp_finish,
};

/* ---- listener ---- */

struct listener {
	struct server *server;
	struct loop *loop;
	void (*caller)(void *owner, struct transport *t);
	void *owner;
};

static void on_listener_caller(void *arg, uv_tcp_t *socket)
{
	struct listener *l = arg;
	l->caller(l->owner, tcp_adopt(l->loop, socket));
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
