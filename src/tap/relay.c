/* relay.c - see relay.h.
 *
 * The line that broke is closed at once.  Before the other one is reset, it gets what was read for
 * it: a reset throws away what is on its way.
 */
#include "tap/relay.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include <stdlib.h>

/* How long what was read waits for a side that is closed. */
static const int64_t GRACE = 5ll * NS_PER_S;
/* How often the system is asked whether it has arrived. */
static const int64_t ASK_AGAIN = 5ll * NS_PER_MS;
/* How long a device without an end of its own may answer a program that has closed its half. */
static const int64_t LINGER = 500ll * NS_PER_MS;

struct relay_end {
	struct relay *relay;
	enum tap_side side;
	struct transport *line; /* NULL: closed */
	bool half_closes;       /* it can be told that nothing more comes */
	bool ended;             /* it says nothing more */
	bool held;              /* it is not read, because the other one does not take it */
};

struct relay {
	struct loop *loop;
	const struct relay_events *events;
	void *owner;
	struct relay_end ends[2];
	bool open;               /* the device's line is */
	bool runs;               /* the device is a command, which ends in no other way */
	struct loop_timer timer; /* of what follows the end of one side */
	int64_t reset_until;     /* monotonic ns: a side is reset soon; 0: none is */
};

static struct relay_end *other_end(struct relay_end *e)
{
	return &e->relay->ends[tap_other(e->side)];
}

/* ---- the end ---- */

static void over(struct relay *r)
{
	for (size_t i = 0; i < 2; i++) {
		if (r->ends[i].line)
			transport_finish(r->ends[i].line, GRACE);
		r->ends[i].line = NULL;
	}
	loop_timer_stop(&r->timer);
	r->events->over(r->owner);
}

/* Resets the side that is left, as soon as it has got what was read for it. */
static void reset_rest(struct relay *r)
{
	for (size_t i = 0; i < 2; i++) {
		struct transport *line = r->ends[i].line;
		if (!line)
			continue;
		if (transport_unsent(line) && loop_now(r->loop) < r->reset_until) {
			loop_timer_set(&r->timer, ASK_AGAIN);
			return;
		}
		transport_reset(line);
		r->ends[i].line = NULL;
	}
	over(r);
}

static void relay_on_time(void *arg)
{
	struct relay *r = arg;
	if (r->reset_until)
		reset_rest(r);
	else
		over(r);
}

static void relay_on_fail(void *owner, const struct error *err)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	struct relay_end *o = other_end(e);
	bool orderly = r->runs && e->side == TAP_DEVICE && r->open;
	transport_close(e->line);
	e->line = NULL;
	e->ended = true;
	r->events->ended(r->owner, e->side, err);
	if (orderly || !o->line) {
		over(r);
		return;
	}
	transport_read(o->line, false); /* nobody is left to hear it */
	r->reset_until = loop_now(r->loop) + GRACE;
	loop_timer_set(&r->timer, 0);
}

/* Passes the end of a side on. */
static void relay_on_end(void *owner)
{
	struct relay_end *e = owner, *o = other_end(e);
	struct relay *r = e->relay;
	e->ended = true;
	r->events->ended(r->owner, e->side, NULL);
	if (r->reset_until)
		return;
	if (o->ended)
		over(r);
	else if (o->half_closes)
		transport_send(o->line, SLICE(""), SEND_END);
	else if (e->side == TAP_DEVICE)
		over(r);
	else
		loop_timer_set(&r->timer, LINGER);
}

/* ---- bytes ---- */

static void hold(struct relay_end *e, bool on)
{
	struct relay *r = e->relay;
	struct relay_end *o = other_end(e);
	if (e->held == on || !e->line)
		return;
	e->held = on;
	transport_read(e->line, !on);
	r->events->stuck(r->owner, o->side, on ? transport_queued(o->line) : 0);
}

static void relay_on_data(void *owner, struct slice bytes)
{
	struct relay_end *e = owner, *o = other_end(e);
	struct relay *r = e->relay;
	if (o->line)
		transport_send(o->line, bytes, 0);
	if (loop_timer_running(&r->timer) && !r->reset_until)
		loop_timer_set(&r->timer, LINGER); /* the device still answers */
	r->events->passed(r->owner, e->side, bytes);
	if (o->line && transport_queued(o->line) > RELAY_QUEUE)
		hold(e, true);
}

static void relay_on_drained(void *owner)
{
	hold(other_end(owner), false);
}

static void relay_on_open(void *owner)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	r->open = true;
	r->events->open(r->owner);
	if (other_end(e)->line)
		transport_read(other_end(e)->line, true);
}

static void relay_on_step(void *owner, enum transport_step step, const char *text)
{
	struct relay *r = ((struct relay_end *)owner)->relay;
	r->events->step(r->owner, step, text);
}

static const struct transport_events line_events = {.step = relay_on_step,
	.open = relay_on_open,
	.data = relay_on_data,
	.end = relay_on_end,
	.fail = relay_on_fail,
	.drained = relay_on_drained};

/* ---- the relay ---- */

struct relay *relay_new(struct loop *loop, struct transport *program, const struct address *device,
	int64_t connect_timeout, const struct relay_events *events, void *owner)
{
	struct relay *r = mem_new(sizeof *r);
	r->loop = loop;
	r->events = events;
	r->owner = owner;
	r->runs = address_runs(device);
	loop_timer_init(&r->timer, loop, relay_on_time, r);
	for (size_t i = 0; i < 2; i++)
		r->ends[i] = (struct relay_end){.relay = r, .side = (enum tap_side)i};
	r->ends[TAP_PROGRAM].half_closes = true;
	r->ends[TAP_DEVICE].half_closes = address_half_closes(device);
	r->ends[TAP_PROGRAM].line = program;
	transport_adopt(program, &line_events, &r->ends[TAP_PROGRAM]);
	transport_read(program, false); /* until there is somebody to hear it */
	r->ends[TAP_DEVICE].line =
		transport_open(loop, device, connect_timeout, &line_events, &r->ends[TAP_DEVICE]);
	return r;
}

void relay_close(struct relay *r)
{
	loop_timer_stop(&r->timer);
	for (size_t i = 0; i < 2; i++)
		transport_close(r->ends[i].line);
	free(r);
}

const char *relay_peer(const struct relay *r)
{
	return transport_peer(r->ends[TAP_DEVICE].line);
}

bool relay_program_ended(const struct relay *r)
{
	return r->ends[TAP_PROGRAM].ended;
}
