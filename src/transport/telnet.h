/* telnet.h - the telnet protocol over a line (RFC 854, 856, 857, 858), with libtelnet: options are
 * negotiated and kept out of the data.  rfc2217.c builds on it. */
#ifndef WILCO_TRANSPORT_TELNET_H
#define WILCO_TRANSPORT_TELNET_H

#include "adapter/telnet.h"
#include "transport/filter.h"

enum { TELNET_COM_PORT = 44 }; /* RFC 2217 */

struct telnet {
	struct filter filter;
	const struct telnet_functions *functions;
	telnet_t *protocol;      /* NULL: no module, `trouble` says why */
	struct loop_timer begin; /* fails from the loop, after transport_open() returned */
	struct error *trouble;   /* owned */
	bool binary_in;          /* negotiated: a NUL behind a CR is data */
	bool came_cr;            /* the last byte that came */
	struct loop_timer break_over;
	/* The kind's part; NULL: none.  agreed: the peer said DO (or WILL) to an option, or not. */
	void (*agreed)(struct telnet *t, unsigned char option, bool yes);
	void (*told)(struct telnet *t, unsigned char option, struct slice bytes);
};

void telnet_open(struct telnet *t, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events);
/* The owner's bytes onto the line below. */
void telnet_put(struct transport *t, struct slice bytes, bool half_close);
void telnet_on_data(void *telnet, struct slice bytes);
void telnet_kind_close(struct transport *t);

#endif
