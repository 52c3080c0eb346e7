/* transport.c - the calls of transport.h, handed to the kind of the line. */
#include "transport/transport_private.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

struct transport *transport_open(struct loop *loop, const struct address *a,
	int64_t connect_timeout, const struct transport_events *events, void *owner)
{
	struct transport *t = a->kind->open(loop, a, connect_timeout);
	t->events = events;
	t->owner = owner;
	return t;
}

void transport_adopt(struct transport *t, const struct transport_events *events, void *owner)
{
	t->events = events;
	t->owner = owner;
	transport_read(t, true);
}

void transport_send(struct transport *t, struct slice bytes, bool half_close)
{
	t->kind->send(t, bytes, half_close);
}

size_t transport_queued(const struct transport *t)
{
	return t->kind->queued(t);
}

void transport_read(struct transport *t, bool on)
{
	t->kind->read(t, on);
}

int64_t transport_read_at(const struct transport *t)
{
	return t->read_at;
}

void transport_close(struct transport *t)
{
	if (t)
		t->kind->close(t);
}

void transport_finish(struct transport *t, int64_t grace)
{
	t->kind->finish(t, grace);
}

const char *transport_peer(const struct transport *t)
{
	return t->peer;
}

void transport_tell(struct transport *t, enum transport_step step, const char *text)
{
	if (t->events && t->events->step)
		t->events->step(t->owner, step, text);
}

void transport_spell(const struct sockaddr *a, char out[80])
{
	char host[64] = "?", port[8] = "?";
	bool six = a->sa_family == AF_INET6;
	getnameinfo(a, six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in), host,
		sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, 80, six ? "[%s]:%s" : "%s:%s", host, port);
}
