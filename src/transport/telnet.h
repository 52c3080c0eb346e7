/* telnet.h - the telnet protocol over a line (RFC 854, 856, 857, 858), by libtelnet.  Options are
 * negotiated and kept out of the data.  rfc2217.c builds on it. */
#ifndef WILCO_TRANSPORT_TELNET_H
#define WILCO_TRANSPORT_TELNET_H

#include "adapter/telnet.h"
#include "transport/filter.h"

enum { TELNET_COM_PORT = 44 }; /* RFC 2217 */

struct telnet {
	struct filter filter;
	const struct telnet_functions *functions;
	telnet_t *protocol;      /* NULL: there is no module, and `trouble` says why */
	struct loop_timer fails; /* reports from the loop, outside of transport_open() and sends */
	struct error *trouble;   /* why the line fails; owned */
	bool binary_in;          /* negotiated: a NUL after a CR is data */
	bool binary_out;         /* the same for what we send */
	bool binary_asked;       /* by the owner, who gives it up again */
	struct loop_timer binary_time; /* the peer has answered nothing until then; or now: refused
					*/
	bool came_cr;                  /* the last byte that came was a CR */
	struct loop_timer break_over;
	struct loop_timer quiet; /* when it is over telnet:// is open */
	bool inside;             /* libtelnet is at work */
	bool refused;            /* what it said: the line fails soon, and no more is read */
	int64_t quiet_most;      /* monotonic ns; the latest time for that */
	uint16_t columns, rows;  /* of the terminal that is shown; 0: none is */
	bool offered, wanted;    /* its size (NAWS): we said WILL, the peer said DO */
	/* The kind's own callbacks; NULL: none.  `agreed` says whether the peer said DO (or WILL)
	 * to an option. */
	void (*agreed)(struct telnet *t, unsigned char option, bool yes);
	void (*told)(struct telnet *t, unsigned char option, struct slice bytes);
};

void telnet_open(struct telnet *t, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events);
/* Sends the owner's bytes on the line below. */
void telnet_put(struct transport *t, struct slice bytes, unsigned how);
/* Lets the line fail for this reason in the next turn. */
void telnet_give_up(struct telnet *t, const char *why);
bool telnet_take(struct transport *t);
/* transport_binary(): asks for BINARY both ways (RFC 856), unless both ways have it. */
bool telnet_binary(struct transport *t, bool on);
void telnet_on_data(void *telnet, struct slice bytes);
/* Speaks telnet with a caller as a device does, over the line on which it called. */
struct transport *telnet_accept(
	const struct telnet_functions *functions, struct loop *loop, struct transport *line);
void telnet_kind_close(struct transport *t);

#endif
