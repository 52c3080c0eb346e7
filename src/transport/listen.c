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
