/* transport.c - the calls of transport.h, which the kind of the line does. */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>

struct transport *transport_open(struct loop *loop, const struct address *a,
	int64_t connect_timeout, const struct transport_events *events, void *owner)
{
	/* Lines above TCP open their own TCP line, and that one uses the command. */
	bool via = a->text[TEXT_VIA] && a->kind == &transport_tcp;
	struct transport *t =
		via ? via_open(loop, a, connect_timeout) : a->kind->open(loop, a, connect_timeout);
	t->events = events;
	t->owner = owner;
	return t;
}

const char *transport_step_text(enum transport_step step)
{
	static const char words[][20] = {[STEP_LOOKUP] = "looking up",
		[STEP_RESOLVED] = "its addresses:",
		[STEP_TRYING] = "connecting to",
		[STEP_FAILED] = "failed:",
		[STEP_LISTENING] = "listening on",
		[STEP_CONNECTED] = "connected to",
		[STEP_SECURED] = "protected by",
		[STEP_WARNING] = "warning:",
		[STEP_SAID] = "the command says:",
		[STEP_PROGRESS] = "the command says:"};
	return words[step];
}

void transport_adopt(struct transport *t, const struct transport_events *events, void *owner)
{
	t->events = events;
	t->owner = owner;
	transport_read(t, true);
}

void transport_as_port(struct transport *t)
{
	if (t->kind->as_port)
		t->kind->as_port(t);
}

void transport_send(struct transport *t, struct slice bytes, unsigned how)
{
	t->kind->send(t, bytes, how);
}

size_t transport_queued(const struct transport *t)
{
	return t->kind->queued(t);
}

size_t transport_unsent(const struct transport *t)
{
	return t->kind->unsent ? t->kind->unsent(t) : t->kind->queued(t);
}

void transport_read(struct transport *t, bool on)
{
	t->kind->read(t, on);
}

bool transport_take(struct transport *t)
{
	return t->kind->take(t);
}

bool transport_change(struct transport *t, const struct settings *s, struct error *err)
{
	return !t->kind->change || t->kind->change(t, s, err);
}

bool transport_break(struct transport *t, int64_t ns, struct error *err)
{
	if (!t->kind->send_break)
		return error_set(err, STATUS_USAGE,
			"%s lines have no break; serial, telnet and rfc2217 lines have one",
			t->kind->name);
	return t->kind->send_break(t, ns, err);
}

void transport_window(struct transport *t, uint16_t columns, uint16_t rows)
{
	if (t->kind->window)
		t->kind->window(t, columns, rows);
}

bool transport_binary(struct transport *t, bool on)
{
	return t->kind->binary && t->kind->binary(t, on);
}

void transport_wires(struct transport *t, struct bytes *out)
{
	if (t->kind->wires)
		t->kind->wires(t, out);
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

void transport_reset(struct transport *t)
{
	if (t->kind->reset)
		t->kind->reset(t);
	else
		t->kind->close(t);
}

void transport_finish(struct transport *t, int64_t grace)
{
	t->kind->finish(t, grace);
}

bool transport_half_closes(const struct transport *t)
{
	return t->kind->half_closes;
}

const char *transport_peer(const struct transport *t)
{
	return t->peer;
}

/* ---- for the kinds ---- */

void transport_init(struct transport *t, const struct transport_kind *kind, struct loop *loop)
{
	t->kind = kind;
	t->loop = loop;
}

static void life_over(void *arg)
{
	struct transport *t = arg;
	if (t->release)
		t->release(t);
	free(t);
}

void transport_end(struct transport *t)
{
	t->closing = true;
	t->life = (struct loop_soon){.fire = life_over, .arg = t};
	loop_soon(t->loop, &t->life);
}

void transport_tell(struct transport *t, enum transport_step step, const char *text)
{
	if (t->events && t->events->step && !t->closing)
		t->events->step(t->owner, step, text);
}

void transport_fail(struct transport *t, const struct error *err)
{
	/* The owner closes the line before it has read the reason, which the line may own; so it is
	 * copied. */
	struct error reason = *err;
	if (!t->closing)
		t->events->fail(t->owner, &reason);
}

void transport_tell_full(struct transport *t)
{
	if (t->full_told)
		return;
	t->full_told = true;
	transport_tell(t, STEP_WARNING,
		"the peer makes wilco answer and does not read the answers: nothing more is read "
		"from it until it does");
}

void transport_occupy(struct transport *t, const struct settings *s, size_t n, int64_t *at)
{
	int64_t now = loop_now_fresh(t->loop);
	*at = (*at > now ? *at : now) + (int64_t)n * settings_byte_time(s);
}

char *transport_space(struct transport *t)
{
	return loop_read_space(t->loop);
}

char *loop_read_space(struct loop *loop)
{
	if (!loop->read_buffer)
		loop->read_buffer = mem_grow_line(NULL, 0, LIMIT_READ + 1);
	return (char *)loop->read_buffer;
}

/* Sets keepalive: after the idle time three questions, each a third of it (at least 1 s) after the
 * last.  The system's default would be nine questions, 75 s apart. */
void transport_keep_alive(int fd, int64_t keepalive)
{
	if (keepalive <= 0)
		return;
	int on = 1, idle = (int)(keepalive / NS_PER_S), interval = idle >= 3 ? idle / 3 : 1,
	    count = 3;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

socklen_t transport_size(const struct sockaddr *a)
{
	return a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static char *spell_number(char *at, unsigned number)
{
	char digits[5];
	int n = 0;
	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n)
		*at++ = digits[--n];
	return at;
}

/* Does it without the system, because a fleet has thousands of them. */
static void spell_four(const struct sockaddr_in *a, char *out)
{
	uint32_t host = ntohl(a->sin_addr.s_addr);
	for (int shift = 24; shift >= 0; shift -= 8) {
		out = spell_number(out, host >> shift & 255);
		*out++ = shift ? '.' : ':';
	}
	*spell_number(out, ntohs(a->sin_port)) = 0;
}

void transport_spell(const struct sockaddr *a, char out[TRANSPORT_PEER_MAX])
{
	if (a->sa_family == AF_INET) {
		spell_four((const struct sockaddr_in *)a, out);
		return;
	}
	char host[64] = "?", port[8] = "?";
	bool six = a->sa_family == AF_INET6;
	getnameinfo(a, transport_size(a), host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, TRANSPORT_PEER_MAX, six ? "[%s]:%s" : "%s:%s", host, port);
}
