/* filter.h - lines that stand on another one: TLS and telnet over TCP, or over a command.
 *
 * A kind's struct begins with struct filter.  What the kind does not handle itself is passed on.
 */
#ifndef WILCO_TRANSPORT_FILTER_H
#define WILCO_TRANSPORT_FILTER_H

#include "transport/transport_private.h"

struct filter {
	struct transport base;
	struct transport *line; /* below; NULL: closed */
	bool up;                /* bytes of the owner can pass */
	struct loop_timer deadline;
	int64_t connect_timeout;
	const char *slow; /* what to say when the time to get up is over */
};

/* Opens the TCP line below; `events` are the kind's own, called with the filter. */
void filter_open(struct filter *f, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events);
/* The line below is open: takes over its peer. */
void filter_under_open(struct filter *f);
/* Bytes of the owner can pass from now on. */
void filter_up(struct filter *f);
void filter_fail(struct filter *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Events of the line below that are passed on as they are. */
void filter_on_step(void *filter, enum transport_step step, const char *text);
void filter_on_end(void *filter);
void filter_on_fail(void *filter, const struct error *err);
void filter_on_drained(void *filter);

/* Members of struct transport_kind. */
size_t filter_queued(const struct transport *t);
void filter_read(struct transport *t, bool on);
void filter_close(struct transport *t);
void filter_finish(struct transport *t, int64_t grace);

#endif
