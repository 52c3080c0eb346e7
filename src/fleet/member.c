/* member.c - one device of a fleet: its commands in their order, and what came of them. */
#include "fleet/fleet_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "macro/request.h"
#include "session/exchange.h"
#include <stdlib.h>

/* Replies that are kept until their device is done; beyond them they are given one by one. */
enum { HELD_MOST = 64 * 1024 * 1024 };

static void give(struct member *m, size_t command, const struct exchange *x)
{
	struct fleet *f = m->fleet;
	struct fleet_result r = {.target = m->target,
		.command = command,
		.round = f->round,
		.session = m->device.session,
		.exchange = x,
		.connect = m->connect};
	m->connect = -1;
	f->config.events->result(f->config.owner, &r);
}

/* Gives what is held, from the command after those that were given. */
static void give_held(struct member *m, size_t command)
{
	while (m->held) {
		struct exchange *x = m->held;
		m->held = x->next;
		while (m->device.orders[command].kind != ORDER_SEND)
			command++;
		m->fleet->held -= exchange_size(x);
		give(m, command++, x);
		exchange_free(x);
	}
	m->held_last = NULL;
}

static size_t first_held(const struct member *m)
{
	size_t command = m->command;
	for (const struct exchange *x = m->held; x; x = x->next)
		do
			command--;
		while (m->device.orders[command].kind != ORDER_SEND);
	return command;
}

static void hold(struct member *m, struct exchange *x)
{
	x->next = NULL;
	*(m->held_last ? &m->held_last->next : &m->held) = x;
	m->held_last = x;
	m->fleet->held += exchange_size(x);
}

/* What was skipped behind a failure says less than the failure. */
static bool is_worse(enum exchange_status a, enum exchange_status b)
{
	if (a == EXCHANGE_OK || b == EXCHANGE_OK)
		return b == EXCHANGE_OK && a != EXCHANGE_OK;
	return exchange_exit(a) > exchange_exit(b);
}

/* Takes a result; true: the exchange is ours now. */
static bool take_result(struct member *m, struct exchange *x)
{
	struct fleet *f = m->fleet;
	if (is_worse(x->status, m->worst))
		m->worst = x->status;
	bool held = f->config.together && f->config.commands > 1 && f->held < HELD_MOST;
	if (held) {
		hold(m, x);
		return true;
	}
	give_held(m, first_held(m));
	give(m, m->command, x);
	return false;
}

/* Gives results of the commands that are not tried, from the present one on. */
static void skip_rest(struct member *m, const char *why)
{
	struct fleet *f = m->fleet;
	m->under_way = 0;
	m->asked = f->config.commands;
	for (; m->command < f->config.commands; m->command++) {
		const struct order *o = &m->device.orders[m->command];
		if (o->kind != ORDER_SEND)
			continue;
		struct exchange *x = order_skipped(
			o, session_frame(m->device.session), loop_now(f->config.loop), why);
		if (!take_result(m, x))
			exchange_free(x);
	}
}

void member_over(struct member *m)
{
	struct fleet *f = m->fleet;
	if (m->held)
		give_held(m, first_held(m));
	struct fleet_outcome outcome = {m->target, f->round, m->worst};
	f->config.events->target_over(f->config.owner, &outcome);
	m->done = true;
	*m->link = m->next;
	if (m->next)
		m->next->link = m->link;
	f->running_count--;
	fleet_let_next(f, m->target);
	m->next = f->done;
	f->done = m;
	fleet_soon(f);
}

void member_skip(struct member *m, const char *why)
{
	skip_rest(m, why);
	member_over(m);
}

static bool member_on_answer(void *asker, struct session *s, struct exchange *x)
{
	struct member *m = asker;
	struct fleet *f = m->fleet;
	bool connected = x->status != EXCHANGE_CONNECT;
	(void)s;
	if (!m->under_way) /* it was skipped with one that could not connect */
		return false;
	while (m->device.orders[m->command].kind != ORDER_SEND)
		m->command++;
	bool taken = take_result(m, x);
	m->command++;
	m->under_way--;
	if (!connected)
		skip_rest(m, "not tried: the device could not be reached");
	else if (f->cancelled && !m->under_way)
		skip_rest(m, f->stopped);
	member_next(m);
	return taken;
}

static void member_ask(struct member *m, const struct order *o)
{
	const struct request request = order_request(o, member_on_answer, m);
	session_ask(m->device.session, &request);
}

static void start_wait(struct member *m)
{
	const struct order *o = &m->device.orders[m->asked];
	struct error err;
	int64_t ns = 0;
	duration_parse(slice_trim(o->rest), ".wait", &ns, &err); /* it was read before */
	loop_timer_set(&m->wait, ns);
}

/* A board that restarts when its port is opened needs the time before the first command. */
static void member_wait(struct member *m)
{
	m->holds = session_state(m->device.session) != SESSION_OPEN && m->asked == 0;
	if (m->holds)
		session_open(m->device.session);
	else
		start_wait(m);
}

/* Says whether one more command can be begun. */
static bool member_may_ask(const struct member *m)
{
	int64_t most = session_settings(m->device.session)->at[SET_AHEAD].value;
	return m->asked < m->fleet->config.commands && (int64_t)m->under_way < most &&
	       !m->fleet->cancelled;
}

/* Begins those commands that can be begun; false: they were the last, and have ended. */
static bool member_go_on(struct member *m)
{
	for (; member_may_ask(m); m->asked++) {
		const struct order *o = &m->device.orders[m->asked];
		if (o->kind == ORDER_WAIT && m->under_way)
			return true;
		if (o->kind == ORDER_WAIT) {
			member_wait(m);
			return true;
		}
		if (o->kind != ORDER_SEND)
			continue;
		m->under_way++;
		member_ask(m, o);
	}
	return m->under_way || m->asked < m->fleet->config.commands;
}

void member_next(struct member *m)
{
	if (m->device.job) {
		m->fleet->config.events->job_run(m->fleet->config.owner, m->device.job);
		return;
	}
	if (m->asking || m->done)
		return;
	m->asking = true;
	session_gather(m->device.session, true);
	bool goes_on = member_go_on(m);
	m->asking = false;
	if (!goes_on)
		member_over(m);
	session_gather(m->device.session, false);
}

static void member_on_waited(void *arg)
{
	struct member *m = arg;
	m->asked++;
	member_next(m);
}

static void member_on_state(void *owner, struct session *s)
{
	struct member *m = owner;
	enum session_state state = session_state(s);
	if (state == SESSION_OPEN && m->begun_at) {
		m->connect = loop_now(m->fleet->config.loop) - m->begun_at;
		m->begun_at = 0;
	}
	if (m->holds && (state == SESSION_OPEN || state == SESSION_CLOSED)) {
		m->holds = false;
		start_wait(m);
	}
}

static void member_on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct fleet *f = ((struct member *)owner)->fleet;
	f->config.events->note(f->config.owner, s, warning, text);
}

static bool member_on_unasked(void *owner, struct session *s, struct exchange *x)
{
	struct fleet *f = ((struct member *)owner)->fleet;
	f->config.events->unasked(f->config.owner, s, x);
	return false;
}

static const struct session_events member_events = {
	.state = member_on_state, .note = member_on_note, .unasked = member_on_unasked};

struct member *member_new(struct fleet *f, size_t target)
{
	struct member *m = mem_new(sizeof *m);
	m->fleet = f;
	m->target = target;
	loop_timer_init(&m->wait, f->config.loop, member_on_waited, m);
	f->config.events->begin(f->config.owner, target, &member_events, m, &m->device);
	return m;
}

void member_run(struct member *m)
{
	struct fleet *f = m->fleet;
	m->command = m->asked = m->under_way = 0;
	m->done = m->holds = false;
	m->worst = EXCHANGE_OK;
	m->connect = -1;
	m->begun_at = m->device.job || session_state(m->device.session) == SESSION_OPEN
			      ? 0
			      : loop_now(f->config.loop);
	m->next = f->running;
	m->link = &f->running;
	if (m->next)
		m->next->link = &m->next;
	f->running = m;
	f->running_count++;
}

void member_free(struct member *m)
{
	loop_timer_stop(&m->wait);
	while (m->held) {
		struct exchange *x = m->held;
		m->held = x->next;
		exchange_free(x);
	}
	if (m->device.job)
		m->fleet->config.events->job_free(m->fleet->config.owner, m->device.job);
	session_free(m->device.session);
	free(m);
}

void member_cancel(struct member *m)
{
	if (m->device.job) {
		m->fleet->config.events->job_stop(m->fleet->config.owner, m->device.job);
		fleet_job_over(m, EXCHANGE_CANCELLED);
		return;
	}
	if (session_cancel(m->device.session))
		return; /* it was told */
	loop_timer_stop(&m->wait);
	m->holds = false;
	member_skip(m, m->fleet->stopped);
}
