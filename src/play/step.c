/* step.c - a command, what stands below it, and what came.
 *
 * The lines of the block are walked in their order, once.  Each waits for what it is about: a reply
 * line for its frame, or for the end of the command; an unasked frame for that frame; `.wait` for
 * its time.
 */
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

/* ---- checking ---- */

static bool check_command(
	struct play *p, const struct order *o, struct session *s, struct error *err)
{
	const struct request request = order_request(o, NULL, p);
	if (o->later)
		return true; /* it is not known yet what will be sent */
	bytes_clear(&p->scratch);
	if (!session_preview(s, &request, &p->scratch, err))
		return error_hint(err, "the frame is %s", frame_name(session_frame(s)));
	if (p->config.flags & PLAY_DRY && !play_outside(p, p->step.place.line))
		p->config.events->wire(p->config.owner, s, o, bytes_slice(&p->scratch));
	return true;
}

/* Lines below a command are read when they are checked, and when they are walked. */
static bool read_urgent(struct play *p, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return order_read(&p->side, text, &reading, err);
}

static struct slice behind(const struct block_line *l, struct slice text)
{
	return slice_cut(text, l->column, text.len);
}

static bool read_condition(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return condition_read(
		&p->condition, behind(l, text), l->kind == BLOCK_EXPECT_NOT, &reading, err);
}

static bool read_capture(struct play *p, const struct block_line *l, struct slice text,
	struct slice *name, struct error *err)
{
	const struct reading reading = play_reading(p);
	return condition_read_capture(&p->condition, behind(l, text), &reading, name, err);
}

static bool read_reply(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return expected_read(&p->expected, behind(l, text), &reading, err);
}

/* Adds the lines with which the reply at this line goes on. */
static bool read_rest(struct play *p, const struct block_line *l, struct error *err)
{
	const struct reading reading = play_reading(p);
	const struct block *b = &p->step.block;
	for (const struct block_line *more = l + 1;
		more < b->lines + b->count && more->kind == BLOCK_AND; more++)
		if (!expected_add(&p->expected, behind(more, block_text(b, more)), &reading, err))
			return false;
	return true;
}

/* What a reply says is not kept while the file is checked, only how. */
static bool check_more(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	bytes_clear(&p->expected.payload);
	return expected_add(&p->expected, behind(l, text), &reading, err);
}

void step_check_plain(struct play *p)
{
	p->expected.kind = EXPECT_EXACT;
	p->expected.form = EXPECTED_EXACT;
}

static bool check_kind(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	struct slice name;
	switch (l->kind) {
	case BLOCK_NOW:
		return read_urgent(p, text, err) &&
		       check_command(p, &p->side, p->current->session, err);
	case BLOCK_REPLY:
		return l->plain || (read_reply(p, l, text, err) &&
					   (!p->step.greets || greeted_fits(&p->expected,
								       text.len - l->column, err)));
	case BLOCK_AND:
		return check_more(p, l, text, err);
	case BLOCK_EXPECT:
	case BLOCK_EXPECT_NOT:
		return read_condition(p, l, text, err);
	case BLOCK_CAPTURE:
		if (!read_capture(p, l, text, &name, err))
			return false;
		return play_outside(p, p->step.place.line)
			       ? variables_set_passed(p->macro->vars, name, err)
			       : variables_set_later(p->macro->vars, name, err);
	default:
		return true;
	}
}

bool step_check_line(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	if (check_kind(p, l, text, err))
		return true;
	err->column += err->placed ? l->column : 0;
	return false;
}

static void line_wrong(struct play *p, const struct block_line *l, struct error *err)
{
	err->column += err->placed ? l->column : 0;
	play_complain(p, err, block_text(&p->step.block, l), l->line);
}

/* ---- what comes ---- */

void step_give_one(struct play *p, struct session *session, struct exchange *x)
{
	if (!p->config.events->exchange(p->config.owner, session, x))
		exchange_free(x);
}

static void give_others(struct play *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct other *o = &p->step.others[i];
		p->config.events->unasked(p->config.owner, o->session, o->exchange, o->listed);
		step_give_one(p, o->session, o->exchange);
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
			!check_kind(p, &b->lines[i], block_text(b, &b->lines[i]), err))
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
		bool good = p->step.greets || check_command(p, &p->order, p->current->session, err);
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

bool step_waited(struct play *p, int64_t ns)
{
	struct step *s = &p->step;
	if (!s->timed && !s->waits)
		loop_timer_set(&p->timer, ns);
	s->waits = true;
	return s->timed;
}

/* Finds what came and answers no command, and is expected; else waits for it. */
static APART bool walk_other(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	int64_t timeout = session_settings(s->device->session)->at[SET_TIMEOUT].value;
	if (!s->exchange)
		return false;
	for (size_t i = 0; i < s->other_count; i++) {
		struct other *o = &s->others[i];
		if (o->listed || !verdict_other(p, e, o))
			continue;
		o->listed = true;
		return true;
	}
	if (!step_waited(p, timeout + s->delay))
		return false;
	verdict_missing(p, e);
	return true;
}

/* Waits whether nothing comes behind a command without a reply, which is over when it has gone out;
 * false: not yet. */
static APART bool walk_silence(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	for (size_t i = 0; i < s->other_count; i++)
		if (!s->others[i].listed && s->others[i].exchange->replies) {
			verdict_missing(p, e);
			return true;
		}
	if (!step_waited(p, session_settings(s->device->session)->at[SET_TIMEOUT].value + s->delay))
		return false;
	verdict_reply(p, e);
	return true;
}

/* Waits until the device closes behind a reply that is complete; false: not yet. */
static APART bool walk_closed(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	const struct session *session = s->device->session;
	s->closes = session_state(session) == SESSION_OPEN;
	if (s->closes &&
		!step_waited(p, session_settings(session)->at[SET_TIMEOUT].value + s->delay))
		return false;
	if (s->closes)
		verdict_reply(p, e);
	s->compares = s->all = true;
	s->closes = false;
	return true;
}

/* Finds the reply to compare next. */
static const struct reply *step_peek(const struct step *s)
{
	const struct exchange *x = s->exchange ? s->exchange : s->flight;
	if (!x || s->all)
		return NULL;
	const struct reply *r = s->last ? s->last->next : x->replies;
	while (r && !verdict_counts(r))
		r = r->next;
	return r;
}

/* Says whether a frame that has come may be compared before the command ended. */
static bool may_compare(const struct step *s, const struct expected *e)
{
	bool frame = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY;
	return s->exchange || (frame && s->next && s->next->kind == SPLIT_FRAME);
}

/* Says whether only frames that answer no command are left to be what is expected. */
static bool only_others(const struct step *s, const struct expected *e)
{
	switch (e->kind) {
	case EXPECT_UNSOLICITED:
	case EXPECT_LATE:
		return true;
	case EXPECT_STRAY:
		return s->stray || !s->exchange->stray.len;
	case EXPECT_NONE:
	case EXPECT_LOST:
		return false;
	case EXPECT_ANY: /* a command without a reply is over when it has gone out */
		return s->exchange->tell && s->exchange->status == EXCHANGE_OK;
	default:
		return !s->next && s->exchange->status == EXCHANGE_OK;
	}
}

/* The names in the lines below a command stand for the fields that were sent, too. */
static APART void know_fields(struct play *p)
{
	struct step *s = &p->step;
	const struct exchange *x = s->exchange ? s->exchange : s->flight;
	struct variables *v = p->macro->vars;
	v->frame = session_frame(s->device->session);
	v->fields = NULL;
	if (!x || !frame_field_count(v->frame))
		return;
	exchange_sent_fields(x, &p->sent);
	v->fields = p->sent.at;
}

/* Takes a frame whose payload is the text of the line: most are. */
static bool is_same(struct step *s, const struct block_line *l)
{
	const struct reply *r = s->next;
	if (s->within || !r || r->kind != SPLIT_FRAME || !r->has_payload ||
		!slice_equal(r->payload, behind(l, block_text(&s->block, l))))
		return false;
	s->compares = true;
	s->frames++;
	s->last = r;
	return true;
}

static APART bool walk_greeting(struct play *p, const struct block_line *l)
{
	struct error err;
	if (read_reply(p, l, block_text(&p->step.block, l), &err) && read_rest(p, l, &err))
		return greeted_walk(p, &p->expected);
	line_wrong(p, l, &err);
	return false;
}

static bool walk_reply(struct play *p, const struct block_line *l)
{
	struct step *s = &p->step;
	MEM_UNSET struct error err;
	struct expected *e = &p->expected;
	if (s->greets)
		return walk_greeting(p, l);
	s->next = step_peek(s);
	if (!s->exchange && !s->next)
		return false;
	if (l->plain && !s->block.goes_on && is_same(s, l))
		return true;
	if (!read_reply(p, l, block_text(&s->block, l), &err) || !read_rest(p, l, &err)) {
		line_wrong(p, l, &err);
		return false;
	}
	if (e->kind == EXPECT_UNSOLICITED || e->kind == EXPECT_LATE)
		return walk_other(p, e);
	if (!may_compare(s, e))
		return false;
	if (only_others(s, e))
		return walk_other(p, e);
	if (e->kind == EXPECT_NONE && s->exchange->tell && s->exchange->status == EXCHANGE_OK)
		return walk_silence(p, e);
	if (e->kind == EXPECT_LOST && !s->next && s->exchange->status == EXCHANGE_OK)
		return walk_closed(p, e);
	const struct reply *before = s->next;
	verdict_reply(p, e);
	s->last = before && s->next != before ? before : s->last;
	return true;
}

static APART bool walk_urgent(struct play *p, const struct block_line *l)
{
	struct error err;
	if (!read_urgent(p, block_text(&p->step.block, l), &err)) {
		line_wrong(p, l, &err);
		return false;
	}
	const struct request request = order_request(&p->side, step_told_urgent, p);
	p->step.urgent++;
	session_ask(p->step.device->session, &request);
	return true;
}

static APART bool walk_condition(struct play *p, const struct block_line *l)
{
	struct error err;
	if (!p->step.exchange)
		return p->step.greets; /* it is missing, which is said already */
	if (read_condition(p, l, block_text(&p->step.block, l), &err)) {
		verdict_condition(p, &p->condition);
		return true;
	}
	line_wrong(p, l, &err);
	return false;
}

static APART bool walk_capture(struct play *p, const struct block_line *l)
{
	struct error err;
	struct slice name;
	struct bytes value;
	if (!p->step.exchange)
		return p->step.greets;
	bytes_init(&value, LIMIT_LINE);
	bool good = read_capture(p, l, block_text(&p->step.block, l), &name, &err);
	if (good && verdict_value(p, &p->condition, &value))
		good = variables_set(p->macro->vars, name, bytes_slice(&value), &err);
	bytes_free(&value);
	if (!good)
		line_wrong(p, l, &err);
	return good;
}

static bool walk_line(struct play *p, const struct block_line *l)
{
	if (p->step.block.named)
		know_fields(p);
	switch (l->kind) {
	case BLOCK_REPLY:
		return walk_reply(p, l);
	case BLOCK_AND: /* it was read with the line above */
		return true;
	case BLOCK_DELAY:
		p->step.delay = l->ns;
		return true;
	case BLOCK_WITHIN:
		p->step.within = l->ns;
		return true;
	case BLOCK_WAIT:
		return step_waited(p, l->ns);
	case BLOCK_NOW:
		return walk_urgent(p, l);
	case BLOCK_EXPECT:
	case BLOCK_EXPECT_NOT:
		return walk_condition(p, l);
	case BLOCK_CAPTURE:
		return walk_capture(p, l);
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

static void step_judge(struct play *p)
{
	struct step *s = &p->step;
	enum status exit = s->exchange ? exchange_exit(s->exchange->status) : STATUS_REPLY;
	s->next = step_peek(s);
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

static void step_stop_waiting(struct play *p)
{
	struct step *s = &p->step;
	if (s->waits)
		loop_timer_stop(&p->timer);
	s->timed = s->waits = false;
}

/* A .greeting with no reply below it waits for any frame; false: it still waits. */
static APART bool step_greeted(struct play *p)
{
	struct step *s = &p->step;
	if (s->exchange || s->block.replies || s->differences.count)
		return true;
	bool over = greeted_walk(p, NULL);
	if (over)
		step_stop_waiting(p);
	return over;
}

bool step_walk(struct play *p)
{
	struct step *s = &p->step;
	if (s->pauses && !s->timed)
		return false;
	if (s->pauses)
		step_ask(p);
	if (s->greets && !step_greeted(p))
		return false;
	while (s->at < s->block.count && !step_is_void(s)) {
		if (!walk_line(p, &s->block.lines[s->at]))
			return false;
		step_stop_waiting(p);
		s->at++;
	}
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
