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
/* How long a device that cannot be reached is left alone. */
static const int64_t TRY_AGAIN = NS_PER_S;
/* How long a side may take nothing of what waits for it when the other one has said all. */
static const int64_t PATIENCE = 60ll * NS_PER_S;
/* How long a device without an end of its own may answer a program that has closed its half. */
static const int64_t LINGER = 500ll * NS_PER_MS;

struct relay_end {
	struct relay *relay;
	enum tap_side side;
	struct transport *line; /* NULL: closed */
	struct gate *gate;      /* what comes from it goes through this */
	bool half_closes;       /* it can be told that nothing more comes */
	bool ended;             /* it says nothing more */
	bool passing;           /* its end has not been passed on: the gate is not empty */
	bool held;              /* it is not read: the other one or the gate has enough of it */
	bool stuck;             /* and this was told of the other one */
};

struct relay {
	struct loop *loop;
	const struct relay_events *events;
	void *owner;
	struct relay_end ends[2];
	struct relay_device device;
	struct bytes early; /* datagrams of the program that came before that line was open, */
	size_t early_sizes[RELAY_EARLY], early_count; /* so long, and so many */
	size_t early_lost;                            /* beyond these */
	bool datagrams;
	bool open;               /* the device's line is */
	bool runs;               /* the device is a command, which ends in no other way */
	struct loop_timer timer; /* of what follows the end of one side */
	struct loop_timer wake;  /* a gate lets less wait */
	int64_t reset_until;     /* monotonic ns: a side is reset soon; 0: none is */
	size_t unsent;           /* bytes that waited when it was asked last, */
	int64_t unsent_until;    /* and until when they may be as many */
	bool broken; /* a line broke, and the other one is reset when the gate is empty */
	bool cut;    /* nothing passes any more, and both lines are closed soon */
};

static struct relay_end *other_end(struct relay_end *e)
{
	return &e->relay->ends[tap_other(e->side)];
}

/* ---- the end ---- */

size_t relay_waiting(const struct relay *r, enum tap_side side)
{
	const struct transport *line = r->ends[side].line;
	return line ? transport_queued(line) : 0;
}

static void over(struct relay *r)
{
	for (int side = 0; side < 2; side++) {
		size_t queued = relay_waiting(r, (enum tap_side)side);
		if (queued)
			r->events->lost(r->owner, (enum tap_side)side, queued);
		if (r->ends[side].line)
			transport_finish(r->ends[side].line, GRACE);
		r->ends[side].line = NULL;
	}
	loop_timer_stop(&r->timer);
	loop_timer_stop(&r->wake);
	r->events->over(r->owner);
}

/* Says whether what waits for the sides still goes out. */
static bool goes_out(struct relay *r)
{
	size_t unsent = relay_waiting(r, TAP_PROGRAM) + relay_waiting(r, TAP_DEVICE);
	int64_t now = loop_now(r->loop);
	if (unsent != r->unsent || !r->unsent_until)
		r->unsent_until = now + PATIENCE;
	r->unsent = unsent;
	return unsent && now < r->unsent_until;
}

/* Ends what nobody has anything to say in any more, when all has gone out. */
static void finish(struct relay *r)
{
	if (goes_out(r))
		loop_timer_set(&r->timer, LINGER);
	else
		over(r);
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

static void reset_soon(struct relay *r)
{
	r->reset_until = loop_now(r->loop) + GRACE;
	loop_timer_set(&r->timer, 0);
}

static void open_device(struct relay *r);

static void relay_on_time(void *arg)
{
	struct relay *r = arg;
	if (!r->ends[TAP_DEVICE].line && !r->broken && !r->cut)
		open_device(r);
	else if (r->reset_until)
		reset_rest(r);
	else if (!r->cut && !gate_idle(r->ends[TAP_DEVICE].gate))
		loop_timer_set(&r->timer, LINGER); /* the device has answered, but it waits */
	else
		finish(r);
}

/* Ends what is left of a relay of which a line broke, when nothing waits for it any more. */
static void end_broken(struct relay *r)
{
	bool orderly = r->runs && !r->ends[TAP_DEVICE].line && r->open;
	if (orderly || (!r->ends[0].line && !r->ends[1].line))
		finish(r);
	else
		reset_soon(r);
}

static void relay_on_fail(void *owner, const struct error *err)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	struct relay_end *o = other_end(e);
	transport_close(e->line);
	e->line = NULL;
	if (e->side == TAP_DEVICE && !r->open && r->device.again) {
		r->events->unreachable(r->owner, err);
		loop_timer_set(&r->timer, TRY_AGAIN);
		return;
	}
	e->ended = true;
	r->events->ended(r->owner, e->side, err);
	gate_end(e->gate);
	gate_stop(o->gate); /* nobody is left to hear it */
	if (o->line)
		transport_read(o->line, false);
	r->broken = true;
	if (!o->line || gate_idle(e->gate))
		end_broken(r);
}

/* Passes the end of a side on, behind all that it said. */
static void pass_end(struct relay_end *e)
{
	struct relay_end *o = other_end(e);
	struct relay *r = e->relay;
	e->passing = !gate_idle(e->gate);
	if (r->broken || r->cut || e->passing)
		return;
	if (o->ended && !o->passing)
		finish(r);
	else if (gate_stalled(e->gate))
		return;
	else if (o->half_closes)
		transport_send(o->line, SLICE(""), SEND_END);
	else if (e->side == TAP_DEVICE || r->datagrams)
		finish(r);
	else
		loop_timer_set(&r->timer, LINGER);
}

static void relay_on_end(void *owner)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	e->ended = true;
	r->events->ended(r->owner, e->side, NULL);
	gate_end(e->gate);
	pass_end(e);
}

/* ---- bytes ---- */

/* Reads a side as long as the other one and the gate take what it says. */
static void follow(struct relay_end *e)
{
	struct relay *r = e->relay;
	struct relay_end *o = other_end(e);
	size_t queued = o->line ? transport_queued(o->line) : 0;
	bool stuck = queued > (e->stuck ? 0 : RELAY_QUEUE);
	bool held = stuck || gate_full(e->gate);
	if (!e->line || r->broken || r->cut)
		return;
	if (e->held != held)
		transport_read(e->line, !held);
	e->held = held;
	if (e->stuck == stuck)
		return;
	e->stuck = stuck;
	r->events->stuck(r->owner, o->side, queued);
}

static void relay_on_send(void *owner, struct slice bytes)
{
	struct relay_end *e = owner, *o = other_end(e);
	if (o->line)
		transport_send(o->line, bytes, 0);
}

/* Keeps a datagram until there is a line for it. */
static void keep_early(struct relay *r, struct slice bytes)
{
	if (r->early_count == RELAY_EARLY || !bytes_add(&r->early, bytes)) {
		r->early_lost++;
		return;
	}
	r->early_sizes[r->early_count++] = bytes.len;
}

static void relay_on_data(void *owner, struct slice bytes)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	if (r->cut)
		return;
	if (r->datagrams && !r->open) {
		keep_early(r, bytes);
		return;
	}
	if (bytes.len)
		gate_bytes(e->gate, bytes);
	else
		relay_on_send(e, bytes); /* an empty datagram, which no gate sees */
	if (loop_timer_running(&r->timer) && !r->reset_until)
		loop_timer_set(&r->timer, LINGER); /* the device still answers */
	r->events->passed(r->owner, e->side, bytes);
	follow(e);
}

static void relay_on_boundary(void *owner)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	if (!r->open || r->cut)
		return;
	r->events->boundary(r->owner, e->side);
	gate_end(e->gate); /* what is in no frame does not wait for the next datagram */
}

static void send_early(struct relay *r)
{
	size_t at = 0;
	for (size_t i = 0; i < r->early_count; i++) {
		struct slice all = bytes_slice(&r->early);
		relay_on_data(&r->ends[TAP_PROGRAM], slice_cut(all, at, at + r->early_sizes[i]));
		relay_on_boundary(&r->ends[TAP_PROGRAM]);
		at += r->early_sizes[i];
	}
	r->early_count = 0;
	bytes_free(&r->early);
}

/* A device may still answer what has gone out now. */
static void relay_on_drained(void *owner)
{
	struct relay_end *e = owner, *o = other_end(e);
	struct relay *r = e->relay;
	bool said_all = r->cut || r->broken || (e->ended && o->ended);
	if (r->unsent && loop_timer_running(&r->timer) && !r->reset_until)
		loop_timer_set(&r->timer, said_all ? 0 : LINGER);
	follow(o);
}

/* ---- gates ---- */

/* The lines are closed from the loop, because the gate is in the middle of something. */
static void relay_on_cut(void *owner, bool reset)
{
	struct relay *r = ((struct relay_end *)owner)->relay;
	r->cut = true;
	for (size_t i = 0; i < 2; i++) {
		gate_stop(r->ends[i].gate);
		if (r->ends[i].line)
			transport_read(r->ends[i].line, false);
	}
	if (reset)
		reset_soon(r);
	else
		loop_timer_set(&r->timer, 0);
}

void relay_finish(struct relay *r)
{
	if (!r->reset_until)
		relay_on_cut(&r->ends[TAP_PROGRAM], false);
}

static void relay_on_left(void *owner)
{
	struct relay_end *e = owner;
	if (e->held || e->passing || e->relay->broken)
		loop_timer_set(&e->relay->wake, 0);
}

static void relay_on_wake(void *arg)
{
	struct relay *r = arg;
	struct relay_end *ends = r->ends;
	for (size_t i = 0; i < 2; i++)
		follow(&ends[i]);
	if (r->broken && !r->reset_until && gate_idle(ends[0].gate) && gate_idle(ends[1].gate)) {
		end_broken(r);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!ends[i].passing || !gate_idle(ends[i].gate))
			continue;
		loop_timer_set(&r->wake, 0); /* the other one's end may pass, too */
		pass_end(&ends[i]);
		return; /* the relay may be over */
	}
}

static const struct gate_events gate_events = {
	.send = relay_on_send, .cut = relay_on_cut, .left = relay_on_left};

/* ---- opening ---- */

static void relay_on_open(void *owner)
{
	struct relay_end *e = owner;
	struct relay *r = e->relay;
	r->open = true;
	r->events->open(r->owner);
	if (r->datagrams)
		send_early(r);
	else if (other_end(e)->line)
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
	.boundary = relay_on_boundary,
	.end = relay_on_end,
	.fail = relay_on_fail,
	.drained = relay_on_drained};

/* ---- the relay ---- */

static void open_device(struct relay *r)
{
	struct relay_end *e = &r->ends[TAP_DEVICE];
	e->line = transport_open(
		r->loop, r->device.address, r->device.connect_timeout, &line_events, e);
}

struct relay *relay_new(struct loop *loop, struct transport *program,
	const struct relay_device *device, const struct relay_events *events, void *owner)
{
	struct relay *r = mem_new(sizeof *r);
	r->loop = loop;
	r->events = events;
	r->owner = owner;
	r->device = *device;
	r->runs = address_runs(device->address);
	r->datagrams = address_datagrams(device->address);
	bytes_init(&r->early, LIMIT_QUEUE);
	loop_timer_init(&r->timer, loop, relay_on_time, r);
	loop_timer_init(&r->wake, loop, relay_on_wake, r);
	for (size_t i = 0; i < 2; i++)
		r->ends[i] = (struct relay_end){.relay = r,
			.side = (enum tap_side)i,
			.gate = gate_new(loop, &gate_events, &r->ends[i])};
	r->ends[TAP_PROGRAM].half_closes = transport_half_closes(program);
	r->ends[TAP_DEVICE].half_closes = address_half_closes(device->address);
	r->ends[TAP_PROGRAM].line = program;
	transport_adopt(program, &line_events, &r->ends[TAP_PROGRAM]);
	transport_as_port(program);
	transport_read(program, r->datagrams); /* else not until there is somebody to hear it */
	open_device(r);
	return r;
}

void relay_close(struct relay *r)
{
	loop_timer_stop(&r->timer);
	loop_timer_stop(&r->wake);
	for (size_t i = 0; i < 2; i++) {
		transport_close(r->ends[i].line);
		gate_free(r->ends[i].gate);
	}
	bytes_free(&r->early);
	free(r);
}

struct gate *relay_gate(struct relay *r, enum tap_side from)
{
	return r->ends[from].gate;
}

const char *relay_peer(const struct relay *r)
{
	return transport_peer(r->ends[TAP_DEVICE].line);
}

size_t relay_lost(struct relay *r)
{
	size_t count = r->early_lost;
	r->early_lost = 0;
	return count;
}

bool relay_program_ended(const struct relay *r)
{
	const struct relay_end *e = &r->ends[TAP_PROGRAM];
	return e->ended && gate_idle(e->gate) && !relay_waiting(r, TAP_DEVICE);
}

bool relay_passes(const struct relay *r, enum tap_side from)
{
	return r->open && !r->broken && !r->cut && !r->ends[from].ended &&
	       !gate_stalled(r->ends[from].gate) && r->ends[tap_other(from)].line;
}
