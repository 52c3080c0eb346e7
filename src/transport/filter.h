/* filter.h - lines that stand on another line: TLS and telnet over TCP, or over a command.
 *
 * A kind's struct begins with struct filter.  Calls and events that the kind does not handle itself
 * are passed on.
 */
#ifndef WILCO_TRANSPORT_FILTER_H
#define WILCO_TRANSPORT_FILTER_H

#include "transport/transport_private.h"

struct filter {
	struct transport base;
	struct transport *line; /* the line below; NULL: closed */
	bool up;                /* the owner's bytes can pass */
	struct loop_timer deadline;
	int64_t connect_timeout; /* ns; 0: none */
	const char *slow;        /* the message when this takes longer than connect_timeout */
	struct bytes came;       /* bytes gathered for the owner */
};

/* Opens the TCP line below; `events` are the kind's own and are called with the filter. */
void filter_open(struct filter *f, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events);
/* Stands on a line that is open, of a caller, whose peer it takes over. */
void filter_over(struct filter *f, const struct transport_kind *kind, struct loop *loop,
	struct transport *line, const struct transport_events *events);
/* Called when the line below is open: takes over its peer. */
void filter_under_open(struct filter *f);
/* Called when the owner's bytes can pass from now on. */
void filter_up(struct filter *f);
/* Gathers bytes, so that the result of one read of the line below goes to the owner as one
 * (filter_hand_on()).  If it came in two parts, the owner would send the next command between them
 * and take the second part, which came before, for the answer. */
void filter_gather(struct filter *f, struct slice bytes);
void filter_hand_on(struct filter *f);
void filter_fail(struct filter *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Pass on events of the line below as they are. */
void filter_on_step(void *filter, enum transport_step step, const char *text);
void filter_on_end(void *filter);
void filter_on_fail(void *filter, const struct error *err);
void filter_on_drained(void *filter);

/* The members of struct transport_kind that a filter has. */
size_t filter_queued(const struct transport *t);
size_t filter_unsent(const struct transport *t);
void filter_read(struct transport *t, bool on);
bool filter_take(struct transport *t);
void filter_close(struct transport *t);
void filter_finish(struct transport *t, int64_t grace);

#endif
