/* transport_private.h - what the kinds of transports share.
 *
 * A kind is a table of functions over its own struct, whose first member is struct transport.
 * No kind knows frames; a send carries end-of-stream.
 */
#ifndef WILCO_TRANSPORT_PRIVATE_H
#define WILCO_TRANSPORT_PRIVATE_H

#include "loop/loop_private.h"
#include <wilco/transport.h>

/* How the part of an address behind the scheme reads. */
enum address_form {
	FORM_HOST,    /* //HOST[:PORT] */
	FORM_LISTEN,  /* //[HOST]:PORT, or unix:PATH */
	FORM_PATH,    /* PATH */
	FORM_COMMAND, /* the rest, for /bin/sh; no settings */
};

/* Which groups of settings a kind has. */
enum setting_use {
	USE_ALL = 1,
	USE_TCP = 2,    /* keepalive */
	USE_TLS = 4,    /* verify, ca, cert, key, sni */
	USE_SERIAL = 8, /* baud, mode, flow, dtr, rts */
	USE_VIA = 16,
};

struct transport_kind {
	const char *name; /* the scheme of its addresses */
	const char *help;
	enum address_form form;
	unsigned uses; /* enum setting_use, besides USE_ALL */
	uint16_t port; /* the default; 0: it has to be said */
	bool half_closes;
	bool listens;
	bool reopens; /* opening afresh drops what was on its way */
	struct transport *(*open)(
		struct loop *loop, const struct address *a, int64_t connect_timeout);
	void (*send)(struct transport *t, struct slice bytes, bool half_close);
	size_t (*queued)(const struct transport *t);
	void (*read)(struct transport *t, bool on);
	void (*close)(struct transport *t);
	void (*finish)(struct transport *t, int64_t grace);
	/* NULL: it has no such thing. */
	bool (*change)(struct transport *t, const struct settings *s, struct error *err);
	bool (*send_break)(struct transport *t, int64_t ns, struct error *err);
};

extern const struct transport_kind transport_tcp, transport_tls, transport_udp, transport_unix,
	transport_serial, transport_exec, transport_telnet, transport_rfc2217, transport_listen;

enum { TRANSPORT_PEER_MAX = 128 };

struct transport {
	const struct transport_kind *kind;
	struct loop *loop;
	const struct transport_events *events;
	void *owner;
	int64_t read_at;
	bool closing;   /* the owner has let go and hears nothing more */
	uv_idle_t life; /* never runs: libuv calls back when it is closed, after this turn */
	void (*release)(struct transport *t); /* just before the struct is freed; NULL: nothing */
	char peer[TRANSPORT_PEER_MAX];        /* "127.0.0.1:54321" */
};

void transport_init(struct transport *t, const struct transport_kind *kind, struct loop *loop);
/* Begins a kind's close: nothing is told any more, and the struct (made by mem_new) is freed when
 * this turn is over, for callbacks that led here still look at `closing`. */
void transport_end(struct transport *t);
/* The numeric form of a socket address. */
void transport_spell(const struct sockaddr *a, char out[TRANSPORT_PEER_MAX]);
void transport_tell(struct transport *t, enum transport_step step, const char *text);
void transport_fail(struct transport *t, const struct error *err);
/* LIMIT_READ bytes that all lines of a loop share; what is read there is used up at once. */
char *transport_space(struct transport *t);
/* No delay; keepalive after so many ns, -1: off. */
void transport_tune(uv_tcp_t *socket, int64_t keepalive);
/* The names of the texts that kinds with these uses have, "" for another; NULL at the end. */
const char *address_text_name(size_t index, unsigned uses);
bool setting_used(unsigned uses, size_t index);

/* ---- server.c ---- */

/* Listens on a numeric address or at a path; each caller's socket, made by mem_new, is handed
 * over, with how the caller is called. */
struct server;
struct server *server_open(struct loop *loop, const struct address *a,
	void (*caller)(void *arg, uv_stream_t *socket, const char *peer), void *arg,
	struct error *err);
void server_close(struct server *s);
const char *server_address(const struct server *s);

/* ---- exec.c ---- */

/* A command as the line to an address: its `via`, where %h is the host and %p the port. */
struct transport *via_open(struct loop *loop, const struct address *a, int64_t connect_timeout);

#endif
