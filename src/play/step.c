/* step.c - a command, what stands below it, and what came.
 *
 * The lines of the block are walked in their order, once.  Each waits for what it is about: a reply
 * for the end of the command, an unasked frame for that frame, `.wait` for its time.
 */
#include "play/play_private.h"

#include "base/mem.h"

static bool step_told(void *asker, struct session *session, struct exchange *x)
{
	struct play *p = asker;
	(void)session;
	p->step.exchange = x;
	p->step.next = x->replies;
	play_advance(p);
	return true;
}

static bool step_told_urgent(void *asker, struct session *session, struct exchange *x)
{
	struct play *p = asker;
	struct step *s = &p->step;
	bool taken = p->config.events->exchange(p->config.owner, session, x);
	s->urgent--;
	if (x->status != EXCHANGE_OK && exchange_exit(x->status) > s->status)
		s->status = exchange_exit(x->status);
	play_advance(p);
	return taken;
}

static struct request step_request(struct play *p, const struct order *o, exchange_told *told)
{
	return (struct request){.payload = bytes_slice(&o->payload),
		.wire = o->wire,
		.tell = o->tell,
		.now = o->now,
		.with = o->fields ? o->with.at : NULL,
		.ended = told,
		.asker = p};
}

/* ---- checking ---- */

static bool check_command(
	struct play *p, const struct order *o, struct session *s, struct error *err)
{
	const struct request request = step_request(p, o, NULL);
	bytes_clear(&p->scratch);
	if (!session_preview(s, &request, &p->scratch, err))
		return error_hint(err, "the frame is %s", frame_name(session_frame(s)));
	if (p->config.flags & PLAY_DRY)
		p->config.events->wire(p->config.owner, s, o, bytes_slice(&p->scratch));
	return true;
}

static bool read_urgent(struct play *p, const struct block_line *l, struct error *err)
{
	const struct reading reading = play_reading(p);
	return order_read(&p->side, block_text(&p->step.block, l), &reading, err);
}

static bool check_line(struct play *p, const struct block_line *l, struct error *err)
{
	struct expectation e;
	struct slice text = block_text(&p->step.block, l);
	bool good = true;
	if (l->kind == BLOCK_NOW)
		good = read_urgent(p, l, err) &&
		       check_command(p, &p->side, p->current->session, err);
	else if (l->kind == BLOCK_REPLY)
		good = verdict_read(p, slice_cut(text, l->column, text.len), &e, err) ||
		       (err->column += l->column, false);
	if (!good)
		play_complain(p, err, text, l->line);
	return good;
}

static enum went step_check(struct play *p, struct error *err)
{
	struct block *b = &p->step.block;
	if (!check_command(p, &p->order, p->current->session, err))
		return WENT_WRONG;
	for (size_t i = 0; i < b->count; i++)
		if (!check_line(p, &b->lines[i], err))
			return WENT_WRONG;
	return WENT_ON;
}

/* ---- running ---- */

static void give(struct play *p, struct exchange *x)
{
	if (!p->config.events->exchange(p->config.owner, p->step.device->session, x))
		exchange_free(x);
}

static void give_others(struct play *p)
{
	struct step *s = &p->step;
	for (size_t i = 0; i < s->other_count; i++) {
		struct other *o = &s->others[i];
		if (!o->exchange)
			continue;
		p->config.events->unasked(p->config.owner, o->session, o->exchange, o->listed);
		if (!p->config.events->exchange(p->config.owner, o->session, o->exchange))
			exchange_free(o->exchange);
	}
	s->other_count = 0;
}

void step_unasked(struct play *p, struct session *session, struct exchange *x)
{
	struct step *s = &p->step;
	if (!s->active || s->other_count == OTHERS_MAX) {
		p->config.events->unasked(p->config.owner, session, x, false);
		if (!p->config.events->exchange(p->config.owner, session, x))
			exchange_free(x);
		return;
	}
	if (s->other_count == s->other_room) {
		s->other_room = s->other_room ? 2 * s->other_room : 4;
		s->others = mem_grow(s->others, s->other_room, sizeof *s->others);
	}
	s->others[s->other_count++] = (struct other){session, x, false};
	play_advance(p);
}

static struct step_result step_result(const struct play *p)
{
	const struct step *s = &p->step;
	return (struct step_result){.file = source_name(p->macro->source),
		.line = s->place.line,
		.step = p->counts.steps,
		.command = slice_cut(bytes_slice(&s->block.text), 0, s->block.command),
		.expects = s->block.expects,
		.status = s->status,
		.differences = &s->differences,
		.session = s->device->session,
		.exchange = s->exchange,
		.elapsed = loop_now(p->config.loop) - s->began,
		.block = &s->block};
}

static enum went step_ask(struct play *p)
{
	struct step *s = &p->step;
	const struct request request = step_request(p, &p->order, step_told);
	s->active = true;
	s->device = p->current;
	s->began = loop_now(p->config.loop);
	p->counts.steps++;
	const struct step_result r = step_result(p);
	p->config.events->begins(p->config.owner, &r);
	session_ask(s->device->session, &request);
	return WENT_WAITS;
}

static void step_reset(struct step *s)
{
	s->active = s->timed = s->waits = s->stray = s->excused = s->compares = false;
	s->at = s->frames = 0;
	s->delay = 0;
	s->exchange = NULL;
	s->next = NULL;
	s->status = STATUS_OK;
	differences_clear(&s->differences);
}

enum went step_begin(struct play *p, struct error *err)
{
	struct slice text = slice_of(p->line.at, p->line.len);
	p->step.place = source_here(p->macro->source);
	if (!device_current(p, err) || !block_read(p, &p->step.block, text, err))
		return WENT_WRONG;
	if (p->checking)
		return step_check(p, err);
	step_reset(&p->step);
	return step_ask(p);
}

void step_timer(struct play *p)
{
	p->step.timed = true;
}

/* Runs the timer for the line that is walked; true: it has run out. */
static bool step_waited(struct play *p, int64_t ns)
{
	struct step *s = &p->step;
	if (!s->timed && !s->waits)
		loop_timer_set(&p->timer, ns);
	s->waits = true;
	return s->timed;
}

/* Finds what came and answers no command, and is expected; else waits for it. */
static bool walk_other(struct play *p, const struct expectation *e)
{
	struct step *s = &p->step;
	int64_t timeout = session_settings(s->device->session)->at[SET_TIMEOUT].value;
	for (size_t i = 0; i < s->other_count; i++) {
		struct other *o = &s->others[i];
		if (o->listed || !verdict_other(p, e, o->exchange))
			continue;
		o->listed = true;
		return true;
	}
	if (!s->exchange || !step_waited(p, timeout + s->delay))
		return false;
	verdict_missing(p, e);
	return true;
}

static bool is_unasked(const struct expectation *e)
{
	return e->kind == EXPECT_UNSOLICITED || e->kind == EXPECT_LATE;
}

/* Says whether only frames that answer no command are left to be what is expected. */
static bool only_others(const struct step *s, const struct expectation *e)
{
	if (e->kind == EXPECT_STRAY)
		return s->stray || !s->exchange->stray.len;
	return !s->next && s->exchange->status == EXCHANGE_OK && e->kind != EXPECT_NONE &&
	       e->kind != EXPECT_LOST && !(e->whatever);
}

static bool walk_reply(struct play *p, const struct block_line *l)
{
	struct step *s = &p->step;
	MEM_UNSET struct error err;
	MEM_UNSET struct expectation e;
	struct slice text = block_text(&s->block, l);
	if (!verdict_read(p, slice_cut(text, l->column, text.len), &e, &err)) {
		err.column += l->column;
		play_complain(p, &err, text, l->line);
		return false;
	}
	if (is_unasked(&e))
		return walk_other(p, &e);
	if (!s->exchange)
		return false;
	while (s->next && !verdict_counts(s->next))
		s->next = s->next->next;
	if (only_others(s, &e))
		return walk_other(p, &e);
	verdict_reply(p, &e);
	return true;
}

static bool walk_urgent(struct play *p, const struct block_line *l)
{
	struct error err;
	const struct request request = step_request(p, &p->side, step_told_urgent);
	if (!read_urgent(p, l, &err)) {
		play_complain(p, &err, block_text(&p->step.block, l), l->line);
		return false;
	}
	struct request now = request;
	now.payload = bytes_slice(&p->side.payload);
	p->step.urgent++;
	session_ask(p->step.device->session, &now);
	return true;
}

static bool walk_line(struct play *p, const struct block_line *l)
{
	switch (l->kind) {
	case BLOCK_REPLY:
		return walk_reply(p, l);
	case BLOCK_DELAY:
		p->step.delay = l->ns;
		return true;
	case BLOCK_WAIT:
		return step_waited(p, l->ns);
	case BLOCK_NOW:
		return walk_urgent(p, l);
	}
	return true;
}

/* Says whether nothing more can come of the command: it was not even sent. */
static bool step_is_void(const struct step *s)
{
	return s->exchange && (s->exchange->status == EXCHANGE_CONNECT ||
				      s->exchange->status == EXCHANGE_REFUSED ||
				      s->exchange->status == EXCHANGE_CANCELLED);
}

static void step_over(struct play *p)
{
	struct step *s = &p->step;
	bool connects = s->exchange->status != EXCHANGE_CONNECT;
	if (!step_is_void(s))
		verdict_end(p);
	if (!s->excused && exchange_exit(s->exchange->status) > s->status)
		s->status = exchange_exit(s->exchange->status);
	if (s->differences.count && s->status == STATUS_OK)
		s->status = STATUS_DIFFERS;
	p->counts.bad += s->status != STATUS_OK;
	const struct step_result r = step_result(p);
	p->config.events->step(p->config.owner, &r);
	give_others(p);
	give(p, s->exchange);
	s->exchange = NULL;
	s->active = false;
	play_raise(p, s->status);
	if (s->status && (!(p->config.flags & PLAY_KEEP_GOING) || !connects))
		play_end(p, s->status);
}

bool step_walk(struct play *p)
{
	struct step *s = &p->step;
	while (s->at < s->block.count && !step_is_void(s)) {
		if (!walk_line(p, &s->block.lines[s->at]))
			return false;
		loop_timer_stop(&p->timer);
		s->timed = s->waits = false;
		s->at++;
	}
	if (!s->exchange || s->urgent)
		return false;
	step_over(p);
	return true;
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
	s->others = NULL;
	s->other_room = 0;
	block_free(&s->block);
}
