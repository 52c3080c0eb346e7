/* udp.h - datagrams as a line, and the server whose callers share its socket. */
#ifndef WILCO_TRANSPORT_UDP_H
#define WILCO_TRANSPORT_UDP_H

#include "transport/bind.h"
#include "transport/from.h"
#include "transport/stream.h"

struct udp_server;

struct udp {
	struct transport base;
	uv_udp_t *socket;             /* made by mem_new; NULL until it is open */
	struct bind *bind;            /* our own address; owned; NULL: any */
	struct from *from;            /* whose datagrams are taken; NULL: the peer's */
	struct sockaddr_storage peer; /* the destination, where the socket is not connected */
	bool connected, strange;      /* strange: a datagram that was not taken was reported */
	struct loop_lookup *lookup;
	struct loop_timer deadline;
	int64_t connect_timeout;
	/* What libuv holds, in bytes: all datagrams, each with its overhead, and those that nobody
	 * asked for. */
	size_t queued, answers;
	bool wanted; /* the owner wants to read */
	bool reading;
	bool overfull;
	bool within; /* a datagram was handed on, but not its boundary */
	/* Of a caller: whose socket it is, and its place among the others.  NULL: the socket is its
	 * own. */
	struct udp_server *server;
	struct udp *next, *before;
	bool lingers; /* it was closed while libuv still had datagrams of it */
};

/* Says whether `from` (NULL: anybody) takes a datagram of this peer; for the first that it does
 * not, text gets a sentence about it. */
enum { UDP_REFUSAL_MAX = 2 * TRANSPORT_PEER_MAX };
bool udp_takes(const struct from *from, const struct sockaddr *peer, bool *told,
	char text[UDP_REFUSAL_MAX]);
/* Makes the line of a caller, which is open. */
struct udp *udp_caller_new(struct loop *loop, uv_udp_t *socket, const struct sockaddr *peer);
/* Tells the owner that the datagram is over. */
void udp_boundary(struct udp *u);

/* ---- udp_server.c ---- */

/* Listens on a numeric address.  Each address that sends something is a caller, up to
 * UDP_CALLERS_MAX; the one that was silent longest is told that its peer has ended, to make room
 * for another. */
enum { UDP_CALLERS_MAX = 1024 };
struct udp_server_events {
	void (*caller)(void *arg, struct transport *t); /* as for a listener */
	void (*refused)(void *arg, const char *text);   /* as for a server */
};
struct udp_server *udp_server_open(struct loop *loop, const struct address *a,
	const struct udp_server_events *events, void *arg, struct error *err);
/* The lines of callers stay, and send nothing any more. */
void udp_server_close(struct udp_server *s);
const char *udp_server_address(const struct udp_server *s);
/* Called when a caller's line is closed. */
void udp_server_forget(struct udp *u);

#endif
