/* step.c - a command from its beginning to its result, and what comes in the meantime. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "macro/request.h"

static bool step_told(void *asker, struct session *session, struct exchange *x)
{
	struct play *p = asker;
	(void)session;
	p->step.exchange = x;
	p->step.before = p->step.other_count;
	play_advance(p);
	return true;
}

bool step_check_command(struct play *p, const struct order *o, struct session *s, struct error *err)
{
	const struct request request = order_request(o, NULL, p);
	if (o->later)
		return true; /* it is not known yet what will be sent */
	bytes_clear(&p->scratch);
	if (!session_preview(s, &request, &p->scratch, err))
		return error_hint(err, "the frame is %s", frame_name(session_frame(s)));
	bool dry = p->config.flags & PLAY_DRY && !play_outside(p, p->step.place.line);
	if (dry && p->config.events->wire)
		p->config.events->wire(p->config.owner, s, o, bytes_slice(&p->scratch));
	return true;
}

/* ---- what comes ---- */

void step_give_one(struct play *p, struct session *session, struct exchange *x)
{
	if (!play_give(p, session, x))
		exchange_free(x);
}

static void give_others(struct play *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct other *o = &p->step.others[i];
		if (!play_give_unasked(p, o->session, o->exchange, o->listed))
			exchange_free(o->exchange);
	}
}

bool step_unasked(struct play *p, struct session *session, struct exchange *x)
{
	struct step *s = &p->step;
	if (!s->active || s->other_count == OTHERS_MAX)
		return false;
	s->others = mem_more(s->others, s->other_count, &s->other_room, sizeof *s->others);
	s->others[s->other_count++] = (struct other){session, x, loop_now(p->config.loop), false};
	play_advance(p);
	return true;
}

/* Keeps when the frames of a reply came; of most steps nobody asks. */
static APART void keep_time(struct step *s, int64_t now)
{
	s->came = mem_more(s->came, s->came_count, &s->came_room, sizeof *s->came);
	s->came[s->came_count++] = now;
}

void step_frame(struct play *p, const struct exchange *x)
{
	struct step *s = &p->step;
	/* What a greeting is may be taken out of the reply again. */
	if (!s->block.paced || s->at == s->block.count || frame_greets(x->frame))
		return;
	if (s->block.within)
		keep_time(s, loop_now(p->config.loop));
	s->flight = x;
	play_advance(p);
}

int64_t step_came(const struct step *s)
{
	const struct exchange *x = s->exchange ? s->exchange : s->flight;
	return s->frames <= s->came_count ? s->came[s->frames - 1] : x->came_at;
}

int64_t step_sent_at(const struct step *s)
{
	return s->greets ? s->began : s->exchange->sent_at;
}

/* ---- running ---- */

static struct step_result step_result(const struct play *p)
{
	const struct step *s = &p->step;
	return (struct step_result){.file = source_name(p->macro->source),
		.line = s->place.line,
		.step = p->counts.steps,
		.iteration = lines_turn(p),
		.command = slice_cut(bytes_slice(&s->block.text), 0, s->block.command),
		.expects = s->block.compares,
		.status = s->status,
		.differences = &s->differences,
		.session = s->device->session,
		.exchange = s->exchange,
		.elapsed = loop_now(p->config.loop) - s->began,
		.block = &s->block};
}

static void step_reset(struct step *s)
{
	s->timed = s->waits = s->closes = s->pauses = s->compares = s->all = s->stray = s->excused =
		s->same = false;
	s->at = s->frames = s->came_count = 0;
	s->delay = s->within = 0;
	s->exchange = NULL;
	s->flight = NULL;
	s->last = s->next = NULL;
	s->status = STATUS_OK;
	differences_clear(&s->differences);
}

static void step_ask(struct play *p)
{
	struct step *s = &p->step;
	const struct request request = order_request(&p->order, step_told, p);
	step_reset(s);
	if (!s->greets)
		session_ask(s->device->session, &request);
}

/* Asks whether the step shall run; false: the run is over. */
static APART bool step_confirmed(struct play *p)
{
	struct bytes question;
	bytes_init(&question, LIMIT_MESSAGE);
	bytes_addf(&question, "%s:%u ", quote(slice_str(source_name(p->macro->source))).text,
		p->step.place.line);
	text_add(&question, p->text, TEXT_PLAIN);
	bool yes = p->config.events->confirm &&
		   p->config.events->confirm(p->config.owner, bytes_shown(&question));
	bytes_free(&question);
	p->stopped = !yes;
	if (!yes)
		play_end(p, STATUS_INTERRUPT);
	return yes;
}

/* Begins a step; the order is read already. */
static void step_start(struct play *p)
{
	struct step *s = &p->step;
	s->active = true;
	s->device = p->current;
	s->began = loop_now(p->config.loop);
	s->tries = 0;
	s->exchange = NULL;
	s->status = STATUS_OK;
	p->counts.steps++;
	if (p->config.events->begins) {
		const struct step_result r = step_result(p);
		p->config.events->begins(p->config.owner, &r);
	}
	step_ask(p);
}

static void step_plan(struct play *p)
{
	struct step *s = &p->step;
	s->device = p->current;
	struct step_result r = step_result(p);
	r.command = p->text; /* its block is not read yet */
	p->config.events->planned(p->config.owner, &r);
}

/* A step that is not played captures nothing, but others that are not played may name it. */
static bool step_pass(struct play *p, struct error *err)
{
	const struct block *b = &p->step.block;
	for (size_t i = 0; i < b->count; i++)
		if (b->lines[i].kind == BLOCK_CAPTURE &&
			!below_check(p, &b->lines[i], block_text(b, &b->lines[i]), err))
			return false;
	return true;
}

enum went step_begin(struct play *p, struct error *err)
{
	p->step.place = source_here(p->macro->source);
	p->step.greets = p->order.kind == ORDER_GREETING;
	if (!device_current(p, err))
		return WENT_WRONG;
	if (p->checking) {
		p->retry = (struct retry){.line = 0};
		p->chosen += !play_outside(p, p->step.place.line);
		bool good = p->step.greets ||
			    step_check_command(p, &p->order, p->current->session, err);
		if (good && p->config.events->planned && lines_first_turns(p))
			step_plan(p);
		good = good && block_read(p, &p->step.block, p->text, err);
		return good ? WENT_ON : WENT_WRONG;
	}
	bool good = block_read(p, &p->step.block, p->text, err);
	p->text = slice_cut(bytes_slice(&p->step.block.text), 0, p->step.block.command);
	if (!good)
		return WENT_WRONG;
	if (play_passes(p, p->step.place.line)) {
		p->retry = (struct retry){.line = 0};
		return step_pass(p, err) ? WENT_ON : WENT_WRONG;
	}
	if (p->order.later) {
		error_set(err, STATUS_USAGE,
			"a value in this command comes from a reply, so it is not known yet");
		return WENT_WRONG;
	}
	if (p->config.flags & PLAY_STEPS && !step_confirmed(p))
		return WENT_ON;
	step_start(p);
	return WENT_WAITS;
}

void step_timer(struct play *p)
{
	p->step.timed = true;
}

static void step_judge(struct play *p)
{
	struct step *s = &p->step;
	enum status exit = s->exchange ? exchange_exit(s->exchange->status) : STATUS_REPLY;
	s->next = verdict_next(s);
	if (!step_is_void(s))
		verdict_end(p);
	if (!s->excused && exit > s->status)
		s->status = exit;
	if (s->differences.count && s->status == STATUS_OK)
		s->status = STATUS_DIFFERS;
}

/* Gives what came away, in the order in which it ended. */
static void step_give(struct play *p)
{
	struct step *s = &p->step;
	if (s->before)
		give_others(p, 0, s->before);
	if (s->exchange)
		step_give_one(p, s->device->session, s->exchange);
	if (s->before < s->other_count)
		give_others(p, s->before, s->other_count);
	s->other_count = 0;
	s->exchange = NULL;
	s->flight = NULL;
	s->last = s->next = NULL;
}

/* Begins the pause before the command is sent once more; false: it is not. */
static bool step_retries(struct play *p)
{
	struct step *s = &p->step;
	if (!s->status || s->tries == p->retry.times || !p->retry.line)
		return false;
	s->tries++;
	step_give(p);
	s->pauses = true;
	s->timed = false;
	loop_timer_set(&p->timer, p->retry.pause);
	return true;
}

static void step_over(struct play *p)
{
	struct step *s = &p->step;
	bool connects = !s->exchange || s->exchange->status != EXCHANGE_CONNECT;
	p->counts.over++;
	p->counts.bad += s->status != STATUS_OK;
	const struct step_result r = step_result(p);
	p->config.events->step(p->config.owner, &r);
	if (s->same)
		verdict_keep(p);
	step_give(p);
	s->active = false;
	p->retry = (struct retry){.line = 0};
	p->macro->vars->fields = NULL;
	p->macro->vars->frame = NULL;
	play_raise(p, s->status);
	if (s->status && (!(p->config.flags & PLAY_KEEP_GOING) || !connects))
		play_end(p, s->status);
}

bool step_walk(struct play *p)
{
	struct step *s = &p->step;
	if (s->pauses && !s->timed)
		return false;
	if (s->pauses)
		step_ask(p);
	if (!walk_block(p))
		return false;
	if ((!s->exchange && !s->greets) || s->urgent)
		return false;
	step_judge(p);
	if (step_retries(p))
		return false;
	step_over(p);
	return true;
}

void step_leave(struct play *p)
{
	struct step *s = &p->step;
	if (!s->active)
		return;
	if (s->exchange)
		step_give(p);
	give_others(p, 0, s->other_count);
	s->other_count = 0;
}

void step_forget(struct play *p)
{
	struct step *s = &p->step;
	for (size_t i = 0; i < s->other_count; i++)
		exchange_free(s->others[i].exchange);
	if (s->exchange)
		exchange_free(s->exchange);
	s->exchange = NULL;
	s->other_count = 0;
	s->active = false;
	differences_clear(&s->differences);
	free(s->others);
	free(s->came);
	s->others = NULL;
	s->came = NULL;
	s->other_room = s->came_room = 0;
	block_free(&s->block);
}
