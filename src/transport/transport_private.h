/* transport_private.h - what the kinds of transports share.
 *
 * A kind is a table of functions over its own struct, whose first member is struct transport.
 * No kind knows frames; a send carries end-of-stream.
 */
#ifndef WILCO_TRANSPORT_PRIVATE_H
#define WILCO_TRANSPORT_PRIVATE_H

#include "loop/loop_private.h"
#include <wilco/transport.h>

struct transport_kind {
	const char *name; /* the scheme of its addresses */
	const char *help;
	bool half_closes;
	bool listens;
	struct transport *(*open)(
		struct loop *loop, const struct address *a, int64_t connect_timeout);
	void (*send)(struct transport *t, struct slice bytes, bool half_close);
	size_t (*queued)(const struct transport *t);
	void (*read)(struct transport *t, bool on);
	void (*close)(struct transport *t);
	void (*finish)(struct transport *t, int64_t grace);
};

extern const struct transport_kind transport_tcp, transport_listen;

struct transport {
	const struct transport_kind *kind;
	struct loop *loop;
	const struct transport_events *events;
	void *owner;
	int64_t read_at;
	char peer[80]; /* "127.0.0.1:54321" */
};

/* The numeric form of a socket address. */
void transport_spell(const struct sockaddr *a, char out[80]);
void transport_tell(struct transport *t, enum transport_step step, const char *text);

/* ---- tcp.c, for lines that others begin ---- */

/* A line around a socket that is connected (allocated by mem_new, taken over), not read yet. */
struct transport *tcp_adopt(struct loop *loop, uv_tcp_t *socket);
/* A line that waits to be called; `release` is called once when it need not wait any more. */
struct transport *tcp_waiting(struct loop *loop, const struct transport_kind *kind,
	const struct address *a, int64_t connect_timeout, void (*release)(void *),
	void *release_arg);
void tcp_called(struct transport *t, uv_tcp_t *socket);
void tcp_refuse(struct transport *t, const struct error *err);
void tcp_send(struct transport *t, struct slice bytes, bool half_close);
size_t tcp_queued(const struct transport *t);
void tcp_read(struct transport *t, bool on);
void tcp_close(struct transport *t);
void tcp_finish(struct transport *t, int64_t grace);

/* ---- server.c ---- */

/* Listens on a numeric address; each caller's socket is handed over. */
struct server;
struct server *server_open(struct loop *loop, const struct address *a,
	void (*caller)(void *arg, uv_tcp_t *socket), void *arg, struct error *err);
void server_close(struct server *s);
const char *server_address(const struct server *s);

#endif
