/* fleet.c - see fleet.h.
 *
 *   not begun --> running --> done (freed in the next turn; in rounds: resting)
 *
 * A member is one device that was begun.  Sessions are not freed inside of their own callbacks, so
 * members that are done wait in a list for the timer `turn`, which then begins others.
 */
#include "fleet/fleet_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "fleet/gateways.h"
#include <stdlib.h>

/* Targets that are begun, and skipped, in one turn of the loop.  Few are begun, because then what a
 * device needs is still in the processor's cache when its line is opened and its command goes out.
 */
enum { BEGINS_A_TURN = 32, SKIPS_A_TURN = 1000 };

void fleet_soon(struct fleet *f)
{
	if (!loop_timer_running(&f->turn))
		loop_timer_set(&f->turn, 0);
}

void fleet_let_next(struct fleet *f, size_t target)
{
	uint32_t next = f->behind ? f->behind[target] : GATEWAY_NONE;
	if (next == GATEWAY_NONE)
		return;
	f->queue[next] = GATEWAY_NONE;
	*(f->ready == GATEWAY_NONE ? &f->ready : &f->queue[f->ready_last]) = next;
	f->ready_last = next;
}

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
	fleet_let_next(f, target);
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
		member_skip(m, f->stopped);
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
	int64_t now = loop_now_fresh(f->config.loop), late = now - f->round_at;
	if (late >= 0)
		f->round_at += (late / f->config.every + 1) * f->config.every;
	loop_timer_set(&f->rounds, f->round_at - now);
}

/* Asks, when the canaries are done, whether the others may follow; where there are others. */
static void hear_canaries(struct fleet *f)
{
	bool done =
		!f->running_count && f->begun >= f->config.canary && f->begun < f->config.targets;
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
		else if (f->config.after || f->config.closes) /* the next one may need the line */
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
	f->config.events->round_begins(f->config.owner);
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

void fleet_cancel(struct fleet *f, const char *why)
{
	fleet_stop(f, why);
	f->cancelled = true;
	for (struct member *m = f->running, *next; m; m = next) {
		next = m->next;
		member_cancel(m);
	}
}

void fleet_job_over(void *session_owner, enum exchange_status worst)
{
	struct member *m = session_owner;
	if (m->done)
		return;
	m->worst = worst;
	member_over(m);
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
