/* filter.c - see filter.h. */
#include "transport/filter.h"

#include "base/number.h"
#include "base/text.h"
#include <stdio.h>

void filter_fail(struct filter *f, const char *format, ...)
{
	char why[ERROR_WHAT_MAX];
	struct error err;
	va_list args;
	va_start(args, format);
	text_format(why, sizeof why, format, args);
	va_end(args);
	error_set(&err, f->up ? STATUS_REPLY : STATUS_CONNECT, "%s", why);
	loop_timer_stop(&f->deadline);
	filter_hand_on(f);
	transport_fail(&f->base, &err);
}

static void filter_on_deadline(void *arg)
{
	struct filter *f = arg;
	char limit[DURATION_TEXT_MAX];
	filter_fail(f, "%s within %s", f->slow, duration_text(f->connect_timeout, limit));
}

void filter_open(struct filter *f, const struct transport_kind *kind, struct loop *loop,
	const struct address *a, int64_t connect_timeout, const char *slow,
	const struct transport_events *events)
{
	struct address below = *a; /* borrows the texts during the call */
	transport_init(&f->base, kind, loop);
	bytes_init(&f->came, LIMIT_GATHERED);
	f->connect_timeout = connect_timeout;
	f->slow = slow;
	loop_timer_init(&f->deadline, loop, filter_on_deadline, f);
	below.kind = &transport_tcp;
	f->line = transport_open(loop, &below, connect_timeout, events, f);
}

void filter_over(struct filter *f, const struct transport_kind *kind, struct loop *loop,
	struct transport *line, const struct transport_events *events)
{
	transport_init(&f->base, kind, loop);
	bytes_init(&f->came, LIMIT_GATHERED);
	loop_timer_init(&f->deadline, loop, filter_on_deadline, f);
	f->line = line;
	line->events = events;
	line->owner = f;
	snprintf(f->base.peer, sizeof f->base.peer, "%s", transport_peer(line));
}

void filter_under_open(struct filter *f)
{
	snprintf(f->base.peer, sizeof f->base.peer, "%s", transport_peer(f->line));
	if (f->connect_timeout)
		loop_timer_set(&f->deadline, f->connect_timeout);
}

void filter_up(struct filter *f)
{
	f->up = true;
	loop_timer_stop(&f->deadline);
	f->base.events->open(f->base.owner);
}

void filter_gather(struct filter *f, struct slice bytes)
{
	if (bytes.len > f->came.max - f->came.len)
		filter_hand_on(f);
	if (!f->base.closing)
		bytes_add(&f->came, bytes);
}

void filter_hand_on(struct filter *f)
{
	struct bytes came = f->came; /* the owner may close the line */
	bytes_init(&f->came, LIMIT_GATHERED);
	if (came.len && !f->base.closing)
		f->base.events->data(f->base.owner, bytes_slice(&came));
	bytes_free(&came);
}

void filter_on_step(void *filter, enum transport_step step, const char *text)
{
	struct filter *f = filter;
	transport_tell(&f->base, step, text);
}

void filter_on_end(void *filter)
{
	struct filter *f = filter;
	if (f->up)
		f->base.events->end(f->base.owner);
	else
		filter_fail(f, "the peer closed the connection at once");
}

void filter_on_fail(void *filter, const struct error *err)
{
	struct filter *f = filter;
	if (f->up || err->status == STATUS_CONNECT)
		transport_fail(&f->base, err);
	else
		filter_fail(f, "%s", err->what);
}

void filter_on_drained(void *filter)
{
	struct filter *f = filter;
	if (f->up && f->base.events->drained)
		f->base.events->drained(f->base.owner);
}

size_t filter_queued(const struct transport *t)
{
	const struct filter *f = (const struct filter *)t;
	return f->line ? transport_queued(f->line) : 0;
}

size_t filter_unsent(const struct transport *t)
{
	const struct filter *f = (const struct filter *)t;
	return f->line ? t->kind->queued(t) - transport_queued(f->line) + transport_unsent(f->line)
		       : 0;
}

void filter_read(struct transport *t, bool on)
{
	struct filter *f = (struct filter *)t;
	if (f->line)
		transport_read(f->line, on);
}

bool filter_take(struct transport *t)
{
	const struct filter *f = (struct filter *)t;
	return transport_take(f->line) && !t->closing;
}

void filter_close(struct transport *t)
{
	struct filter *f = (struct filter *)t;
	if (t->closing)
		return;
	transport_end(t);
	bytes_free(&f->came);
	loop_timer_stop(&f->deadline);
	transport_close(f->line);
	f->line = NULL;
}

void filter_finish(struct transport *t, int64_t grace)
{
	struct filter *f = (struct filter *)t;
	if (f->line)
		transport_finish(f->line, grace);
	f->line = NULL;
	filter_close(t);
}
