/* fleet.c - see fleet.h.
 *
 *   not begun --> running --> done (freed in the next turn; in rounds: resting)
 *
 * A member is one device that was begun.  Sessions are not freed inside of their own callbacks, so
 * members that are done wait in a list for the timer `turn`, which then begins others.
 */
#include "fleet/fleet.h"

#include "base/mem.h"
#include "base/number.h"
#include "fleet/gateways.h"
#include "loop/loop.h"
#include "macro/request.h"
#include "session/exchange.h"
#include <stdlib.h>

/* Replies that are kept until their device is done; beyond them they are given one by one. */
enum { HELD_MOST = 64 * 1024 * 1024 };
/* Targets that are begun, and skipped, in one turn of the loop.  Few are begun, because then what a
 * device needs is still in the processor's cache when its line is opened and its command goes out.
 */
enum { BEGINS_A_TURN = 32, SKIPS_A_TURN = 1000 };

struct member {
	struct fleet *fleet;
	size_t target;
	size_t command;   /* whose result comes next */
	size_t asked;     /* those before it were begun; with `ahead` several are under way */
	size_t under_way; /* commands */
	struct fleet_device device;
	struct member *next, **link; /* in the fleet's list of those that run */
	struct exchange *held, *held_last;
	struct loop_timer wait; /* for `.wait` */
	int64_t begun_at, connect;
	enum exchange_status worst;
	bool holds;  /* its `.wait` begins when the line is open, or could not be opened */
	bool asking; /* member_next() is at work */
	bool done;
};

struct fleet {
	struct fleet_config config;
	struct member *running, *done;
	size_t running_count;
	size_t begun;     /* targets */
	size_t next;      /* the next target that no other has to let begin */
	uint32_t *behind; /* of each target the one that may begin after it; NULL: there are none */
	uint32_t *queue;  /* of each target the next that may begin now, */
	uint32_t ready, ready_last; /* from the first to the last of them */
	uint64_t round;
	struct member **resting; /* in rounds, of each target; NULL: not begun yet */
	struct loop_timer turn, pause, rounds;
	int64_t next_at; /* when the next one may be begun */
	int64_t round_at;
	size_t held;
	char *stopped; /* why no other is begun; NULL: they are */
	bool cancelled, over;
	bool sung; /* the canaries were good */
};

static void member_next(struct member *m);

static void fleet_soon(struct fleet *f)
{
	if (!loop_timer_running(&f->turn))
		loop_timer_set(&f->turn, 0);
}

/* ---- results ---- */

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

/* ---- one device ---- */

/* Says that a target has ended: one behind the same gateway may begin. */
static void let_next(struct fleet *f, size_t target)
{
	uint32_t next = f->behind ? f->behind[target] : GATEWAY_NONE;
	if (next == GATEWAY_NONE)
		return;
	f->queue[next] = GATEWAY_NONE;
	*(f->ready == GATEWAY_NONE ? &f->ready : &f->queue[f->ready_last]) = next;
	f->ready_last = next;
}

static void member_over(struct member *m)
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
	let_next(f, m->target);
	m->next = f->done;
	f->done = m;
	fleet_soon(f);
}

void fleet_job_over(void *session_owner, enum exchange_status worst)
{
	struct member *m = session_owner;
	if (m->done)
		return;
	m->worst = worst;
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

/* Begins what comes next.  A command may end while it is begun: whoever began it goes on. */
static void member_next(struct member *m)
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

static struct member *member_new(struct fleet *f, size_t target)
{
	struct member *m = mem_new(sizeof *m);
	m->fleet = f;
	m->target = target;
	loop_timer_init(&m->wait, f->config.loop, member_on_waited, m);
	f->config.events->begin(f->config.owner, target, &member_events, m, &m->device);
	return m;
}

static void member_run(struct member *m)
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

static void member_free(struct member *m)
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

/* ---- all of them ---- */

static struct member *member_for(struct fleet *f, size_t target)
{
	struct member *m = f->resting ? f->resting[target] : NULL;
	if (m)
		return m;
	m = member_new(f, target);
	if (f->resting)
		f->resting[target] = m;
	return m;
}

/* Takes the next target that may begin; false: each of the others has to wait. */
static bool take_target(struct fleet *f, size_t *target)
{
	*target = f->ready;
	if (f->ready != GATEWAY_NONE) {
		f->ready = f->queue[f->ready];
		f->begun++;
		return true;
	}
	while (f->behind && f->next < f->config.targets && f->config.after[f->next] != GATEWAY_NONE)
		f->next++;
	*target = f->next;
	if (f->next == f->config.targets)
		return false;
	f->next++;
	f->begun++;
	return true;
}

static bool begin_one(struct fleet *f)
{
	size_t target;
	if (!take_target(f, &target))
		return false;
	struct member *m = member_for(f, target);
	member_run(m);
	member_next(m);
	return true;
}

static void skip_job(struct fleet *f, size_t target)
{
	const struct fleet_outcome outcome = {target, f->round, EXCHANGE_SKIPPED};
	f->config.events->job_skipped(f->config.owner, target, f->stopped);
	f->config.events->target_over(f->config.owner, &outcome);
	let_next(f, target);
	fleet_soon(f);
}

/* Skips those that may begin; the ones behind a gateway that is busy wait for its end. */
static void skip_some(struct fleet *f)
{
	size_t target;
	for (int i = 0; i < SKIPS_A_TURN && take_target(f, &target); i++) {
		if (f->config.jobs) {
			skip_job(f, target);
			continue;
		}
		struct member *m = member_for(f, target);
		member_run(m);
		skip_rest(m, f->stopped);
		member_over(m);
	}
}

/* Says whether one more may be begun now; if only time is missing, waits for it. */
static bool may_begin(struct fleet *f)
{
	bool canary = f->config.canary && !f->sung;
	size_t most = canary && f->config.canary < f->config.targets ? f->config.canary
								     : f->config.targets;
	if (f->running_count >= f->config.limit || f->begun >= most)
		return false;
	if (!f->config.pause)
		return true;
	int64_t now = loop_now_fresh(f->config.loop);
	if (now < f->next_at) {
		if (!loop_timer_running(&f->pause))
			loop_timer_set(&f->pause, f->next_at - now);
		return false;
	}
	/* A turn that came late makes up for what it missed, but not for more than a moment. */
	int64_t least = now - 100 * NS_PER_MS;
	f->next_at = (f->next_at > least ? f->next_at : now) + f->config.pause;
	return true;
}

static void fleet_end(struct fleet *f)
{
	f->over = true;
	f->config.events->over(f->config.owner);
}

static void end_round(struct fleet *f)
{
	f->config.events->round_over(f->config.owner, f->round);
	if (!f->config.every || f->stopped) {
		fleet_end(f);
		return;
	}
	/* A round that took too long makes the next one late, and no two. */
	int64_t now = loop_now_fresh(f->config.loop);
	while (f->round_at <= now)
		f->round_at += f->config.every;
	loop_timer_set(&f->rounds, f->round_at - now);
}

/* Asks, when the canaries are done, whether the others may follow. */
static void hear_canaries(struct fleet *f)
{
	bool done = !f->running_count &&
		    (f->begun >= f->config.canary || f->begun == f->config.targets);
	if (!f->config.canary || f->sung || f->stopped || !done)
		return;
	f->sung = true;
	const char *why = f->config.events->canary_over(f->config.owner);
	if (why)
		fleet_stop(f, why);
}

/* begun: so many were begun in this turn already. */
static void begin_some(struct fleet *f, int begun)
{
	while (begun < BEGINS_A_TURN && may_begin(f) && begin_one(f))
		begun++;
	if (begun == BEGINS_A_TURN)
		fleet_soon(f);
}

static void fleet_pump(struct fleet *f, int begun)
{
	bool rests = f->over || loop_timer_running(&f->rounds);
	hear_canaries(f);
	if (f->stopped)
		skip_some(f);
	else
		begin_some(f, begun);
	bool all = f->begun == f->config.targets;
	if (all && !f->running_count && !f->done && !rests)
		end_round(f);
}

static void fleet_on_turn(void *arg)
{
	struct fleet *f = arg;
	int begun = 0;
	while (f->done) {
		struct member *m = f->done;
		f->done = m->next;
		if (!f->resting)
			member_free(m);
		else if (f->config.after) /* the next one may need the line */
			session_close(m->device.session);
		/* The next one gets the memory, while the processor's cache has it. */
		if (!f->stopped && begun < BEGINS_A_TURN && may_begin(f))
			begun += begin_one(f);
	}
	fleet_pump(f, begun);
}

static void fleet_on_round(void *arg)
{
	struct fleet *f = arg;
	f->round++;
	f->next = f->begun = 0;
	fleet_pump(f, 0);
}

/* Finds for each target the one that waits for it. */
static void follow_gateways(struct fleet *f)
{
	size_t size = (f->config.targets + 1) * sizeof *f->behind;
	f->queue = mem_new(size);
	f->behind = mem_new(size);
	memset(f->behind, 0xff, size);
	for (size_t i = 0; i < f->config.targets; i++)
		if (f->config.after[i] != GATEWAY_NONE)
			f->behind[f->config.after[i]] = (uint32_t)i;
}

struct fleet *fleet_new(const struct fleet_config *config)
{
	struct fleet *f = mem_new(sizeof *f);
	f->config = *config;
	f->round = 1;
	loop_timer_init(&f->turn, config->loop, fleet_on_turn, f);
	loop_timer_init(&f->pause, config->loop, fleet_on_turn, f);
	loop_timer_init(&f->rounds, config->loop, fleet_on_round, f);
	f->ready = GATEWAY_NONE;
	if (config->after)
		follow_gateways(f);
	if (config->every && !config->jobs) /* a job is over when it is over */
		f->resting = mem_new((config->targets + 1) * sizeof(struct member *));
	return f;
}

void fleet_start(struct fleet *f)
{
	f->round_at = loop_now_fresh(f->config.loop) + f->config.every;
	fleet_pump(f, 0);
}

void fleet_stop(struct fleet *f, const char *why)
{
	if (f->stopped || f->over)
		return;
	f->stopped = mem_str(why);
	loop_timer_stop(&f->pause);
	if (loop_timer_running(&f->rounds)) { /* nothing runs: this was the last round */
		loop_timer_stop(&f->rounds);
		fleet_end(f);
		return;
	}
	fleet_soon(f);
}

static void member_cancel(struct member *m)
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
	skip_rest(m, m->fleet->stopped);
	member_over(m);
}

void fleet_cancel(struct fleet *f, const char *why)
{
	fleet_stop(f, why);
	f->cancelled = true;
	for (struct member *m = f->running, *next; m; m = next) {
		next = m->next;
		member_cancel(m);
	}
}

bool fleet_is_over(const struct fleet *f)
{
	return f->over;
}

size_t fleet_running(const struct fleet *f)
{
	return f->running_count;
}

static void free_list(struct member *m)
{
	while (m) {
		struct member *next = m->next;
		member_free(m);
		m = next;
	}
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	loop_timer_stop(&f->turn);
	loop_timer_stop(&f->pause);
	loop_timer_stop(&f->rounds);
	if (f->resting) {
		for (size_t i = 0; i < f->config.targets; i++)
			if (f->resting[i])
				member_free(f->resting[i]);
	} else {
		free_list(f->running);
		free_list(f->done);
	}
	free(f->resting);
	free(f->behind);
	free(f->queue);
	free(f->stopped);
	free(f);
}
