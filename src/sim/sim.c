/* sim.c - serves the clients of a simulated device; see sim.h.
 *
 * Each client has its own splitter (the frame's command side) and a queue of answers, so that a
 * slow answer of one delays no other.  Commands that stand several times in the file take turns
 * over all clients: the device has one memory, as a real one has.  A client that does not read its
 * answers, or asks faster than it is answered, is not read until it catches up.  A client that does
 * nothing at all for too long is closed.
 */
#include "sim/answer.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_MAX = 4096, ANSWERS_MAX = 256 };

/* What the device says to one client by itself. */
struct talk {
	struct client *client;
	const struct sim_block *block;
	struct loop_timer timer;
	uint64_t said;
};

struct client {
	struct sim *sim;
	struct client *next, **link;
	struct transport *line;
	struct split *split;
	struct bytes pending, scratch;
	struct talk *talk; /* of this client, as many as the script has */
	struct loop_timer silence_timer, delay_timer, idle_timer;
	int64_t active_at; /* when it last sent or took something, as far as that is known */
	size_t unsent;     /* bytes that it had not taken then */
	bool gap_over;
	bool ended;   /* it has closed its side */
	bool lost;    /* we close ours: (lost), or a fault */
	bool stalled; /* a fault: nothing more is sent */
	/* Answers that wait, the oldest first; `step` is the next step of the oldest. */
	const struct sim_block *answers[ANSWERS_MAX];
	size_t first, count;
	const struct step *step;
	bool delayed;           /* the delay of `step`, or the pause, has passed */
	bool planned;           /* `plan` is that of `step` */
	struct fault_plan plan; /* what goes wrong with the reply */
	struct bytes held;      /* what is left of one that goes out in pieces */
	/* The fields of the last command and of the one being parsed. */
	struct frame_values received, came;
};

struct sim {
	struct loop *loop;
	const struct sim_script *script;
	struct listener *listener;
	bool datagrams;
	bool failed; /* it can listen no more; `failure` says why */
	struct error failure;
	sim_log log;
	void *log_arg;
	int64_t idle_limit; /* ns; 0: none */
	struct client *clients;
	size_t client_count;
	struct variables memory; /* one for all clients */
	struct faults faults;    /* the same */
	size_t *turns;           /* for each block, how often its command came */
};

/* An answer that was made for one command ends with it. */
static void answer_drop(struct client *c)
{
	const struct sim_block *b = c->answers[c->first];
	if (b->made)
		sim_block_free((struct sim_block *)b);
	c->first = (c->first + 1) % ANSWERS_MAX;
	c->count--;
}

static void client_free(struct client *c)
{
	while (c->count)
		answer_drop(c);
	for (size_t i = 0; i < c->sim->script->talk_count; i++)
		loop_timer_stop(&c->talk[i].timer);
	free(c->talk);
	loop_timer_stop(&c->silence_timer);
	loop_timer_stop(&c->delay_timer);
	loop_timer_stop(&c->idle_timer);
	split_free(c->split);
	bytes_free(&c->pending);
	bytes_free(&c->scratch);
	bytes_free(&c->held);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->sim->client_count--;
	free(c);
}

static void log_line(struct client *c, char direction, struct slice bytes)
{
	if (c->sim->log)
		c->sim->log(c->sim->log_arg, transport_peer(c->line), direction, bytes);
}

/* ---- answers ---- */

/* Adds the bytes of a step that is a frame. */
static void answer_add(struct client *c, const struct step *step, struct bytes *wire)
{
	struct bytes scratch;
	struct error err;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(c->sim->script->frame, SIDE_REPLY, step->payload,
		step_fields(step), c->received.at, 0, &scratch, wire, &err);
	log_line(c, good ? '<' : '!', good ? step->payload : slice_str(err.what));
	bytes_free(&scratch);
}

static void take_step(struct client *c, const struct step *step, struct bytes *wire)
{
	if (step_is_framed(step)) {
		answer_add(c, step, wire);
	} else if (step->kind == EXPECT_LOST) {
		log_line(c, '!', SLICE("closed: (lost)"));
		c->lost = true;
	} else if (step->kind != EXPECT_NONE) {
		log_line(c, '<', step->payload);
		bytes_add(wire, step->payload);
	}
}

/* Sends what the steps added; the peer sees where datagrams and silences divide it. */
static void send_added(struct client *c, struct bytes *wire)
{
	bool ends = frame_half_closes(c->sim->script->frame, SIDE_REPLY);
	transport_send(c->line, bytes_slice(wire), SEND_ANSWER | (ends ? SEND_END : 0));
	bytes_clear(wire);
}

/* Says whether frames can go out in one piece: whoever reads the first then has the next, too,
 * before the next command. */
static bool goes_together(const struct client *c)
{
	const struct frame *frame = c->sim->script->frame;
	return !c->sim->datagrams && !frame_gap_within(frame, SIDE_REPLY).present &&
	       !frame_half_closes(frame, SIDE_REPLY);
}

static bool congested(const struct client *c)
{
	return c->count == ANSWERS_MAX || transport_queued(c->line) > LIMIT_ANSWERS;
}

/* ---- faults ---- */

static void plan_add(struct client *c, const struct sim_fault *f)
{
	for (; f; f = f->next) {
		struct bytes said;
		if (!faults_happens(&c->sim->faults, f))
			continue;
		fault_plan_add(&c->plan, &f->fault);
		bytes_init(&said, LIMIT_LINE + 8);
		bytes_add_str(&said, "fault: ");
		bytes_add(&said, f->text);
		log_line(c, '!', bytes_slice(&said));
		bytes_free(&said);
	}
}

/* Finds out once for each reply what goes wrong with it. */
static void plan_step(struct client *c)
{
	if (c->planned)
		return;
	c->planned = true;
	c->plan = (struct fault_plan){0};
	if (!step_is_sent(c->step))
		return;
	plan_add(c, c->sim->script->general);
	plan_add(c, c->step->faults);
}

/* Sends the next piece of a reply: a byte, or of two pieces the first or the second. */
static void send_piece(struct client *c, bool first)
{
	bool ends = frame_half_closes(c->sim->script->frame, SIDE_REPLY);
	size_t n = c->plan.paced ? 1 : first ? (c->held.len + 1) / 2 : c->held.len;
	ends = ends && n == c->held.len;
	transport_send(c->line, slice_cut(bytes_slice(&c->held), 0, n),
		SEND_ANSWER | (ends ? SEND_END : 0));
	bytes_drop(&c->held, n);
}

/* Sends the reply, which is what is in `wire` from `from` on, as its plan has it. */
static void send_planned(struct client *c, struct bytes *wire, size_t from)
{
	faults_change(&c->sim->faults, &c->plan, wire, from);
	if (!c->plan.pause || wire->len == from)
		return;
	transport_send(c->line, slice_cut(bytes_slice(wire), 0, from), SEND_ANSWER);
	bytes_add(&c->held, slice_cut(bytes_slice(wire), from, wire->len));
	bytes_clear(wire);
	send_piece(c, true);
}

/* Says whether so many ns have passed; if not, the client works again when they have. */
static bool has_waited(struct client *c, int64_t ns)
{
	bool over = !ns || c->delayed;
	if (over)
		c->delayed = false;
	else if (!loop_timer_running(&c->delay_timer))
		loop_timer_set(&c->delay_timer, ns);
	return over;
}

/* Goes on with a reply with which something goes wrong.  False: it has to wait. */
static bool go_on(struct client *c)
{
	if (!c->held.len) {
		c->lost = true; /* its plan closes the line */
		return true;
	}
	if (!has_waited(c, c->plan.pause))
		return false;
	send_piece(c, false);
	return true;
}

/* Says whether the reply before `step` is not over yet: it has pieces, or closes the line. */
static bool is_over(const struct client *c)
{
	bool closes = !c->planned && !c->stalled && (c->plan.close || c->plan.reset);
	return !c->held.len && !closes;
}

/* ---- sending ---- */

/* Takes the next step, after its delay. */
static void send_step(struct client *c, struct bytes *wire, bool together)
{
	const struct step *step = c->step;
	size_t before = wire->len;
	c->step = step->next;
	c->planned = false;
	c->stalled = c->stalled || c->plan.stall;
	if (c->plan.drop || c->plan.stall)
		return;
	take_step(c, step, wire);
	send_planned(c, wire, before);
	if (!together && wire->len > before)
		send_added(c, wire);
}

/* Sends the steps of waiting answers that are due. */
static void answer_due(struct client *c)
{
	struct bytes wire;
	bool together = goes_together(c);
	bytes_init(&wire, LIMIT_WIRE);
	while (c->count && !c->lost && transport_queued(c->line) + wire.len <= LIMIT_ANSWERS) {
		if (!is_over(c)) {
			if (!go_on(c))
				break;
			continue;
		}
		if (!c->step || c->stalled) { /* the oldest answer is complete */
			answer_drop(c);
			c->step = c->count ? c->answers[c->first]->steps : NULL;
			continue;
		}
		plan_step(c);
		if (!has_waited(c, c->step->delay + c->plan.delay))
			break;
		send_step(c, &wire, together);
	}
	if (wire.len)
		send_added(c, &wire);
	bytes_free(&wire);
}

static bool is_value(const struct field_value *want, const struct field_value *came)
{
	return !want->set || (came->set && came->is_text == want->is_text &&
				     (want->is_text ? slice_equal(slice_of(want->text, want->len),
							      slice_of(came->text, came->len))
						    : came->number == want->number));
}

/* Returns how well a block fits the command: 0 not at all, else one more for each field that both
 * have.  values NULL: it came without fields. */
static size_t fit_of(const struct sim *sim, const struct sim_block *b, struct slice command,
	const struct field_value *values, bool wire)
{
	size_t fit = 1;
	if (b->wire != wire || !slice_equal(b->command, command))
		return 0;
	for (size_t i = 0; b->with && i < frame_field_count(sim->script->frame); i++) {
		if (b->with->at[i].set && !(values && is_value(&b->with->at[i], &values[i])))
			return 0;
		fit += b->with->at[i].set;
	}
	return fit;
}

/* Chooses the block that fits best; those that fit as well take turns.  NULL: none fits. */
static const struct sim_block *sim_choose(
	struct sim *sim, struct slice command, const struct field_value *values, bool wire)
{
	size_t best = 0, matches = 0, index = 0, first = 0;
	for (const struct sim_block *b = sim->script->blocks; b; b = b->next, index++) {
		size_t fit = fit_of(sim, b, command, values, wire);
		if (fit > best) {
			first = index;
			matches = 0;
		}
		best = fit > best ? fit : best;
		matches += fit && fit == best;
	}
	if (!matches)
		return NULL;
	size_t turn = sim->turns[first]++ % matches;
	for (const struct sim_block *b = sim->script->blocks;; b = b->next)
		if (fit_of(sim, b, command, values, wire) == best && !turn--)
			return b;
}

/* Makes the answer of a block with names.  What it does to the memory of the device is done when
 * the command comes, in whatever time the answer is sent. */
static const struct sim_block *answer_named(struct client *c, const struct sim_block *b)
{
	struct variables *memory = &c->sim->memory;
	struct error err;
	bool good;
	if (!b->on)
		variables_clear_arguments(memory);
	memory->fields = c->received.at;
	b = answer_make(b, c->sim->script->frame, memory, &good, &err);
	memory->fields = NULL;
	if (!good)
		log_line(c, '!', slice_str(err.what));
	return b;
}

static void answer_by(struct client *c, const struct sim_block *b)
{
	if (!b)
		return;
	if (b->named)
		b = answer_named(c, b);
	c->answers[(c->first + c->count) % ANSWERS_MAX] = b;
	if (c->count++ == 0)
		c->step = b->steps;
}

/* Returns the first `.on` that the command matches, whose groups are the arguments then. */
static const struct sim_block *choose_pattern(struct sim *sim, struct slice command)
{
	const struct sim_block *b = sim->script->patterns;
	while (b && !match_take(b->on, command, &sim->memory))
		b = b->next;
	return b;
}

static void sim_take_command(struct client *c, const struct split_event *event)
{
	log_line(c, '>', event->payload);
	if (event->values)
		c->received = c->came;
	const struct sim_block *b =
		sim_choose(c->sim, event->payload, event->values ? c->came.at : NULL, false);
	if (!b)
		b = choose_pattern(c->sim, event->payload);
	answer_by(c, b ? b : c->sim->script->otherwise);
}

/* ---- the client's bytes ---- */

static void log_odd(struct client *c, const struct split_event *event)
{
	char text[SPLIT_TEXT_MAX];
	struct bytes line;
	bytes_init(&line, event->raw.len + SPLIT_TEXT_MAX + 8);
	bytes_addf(&line, "%s: ",
		event->kind == SPLIT_STRAY ? "bytes of no frame" : split_error_text(event, text));
	bytes_add(&line, event->raw);
	log_line(c, '!', bytes_slice(&line));
	bytes_free(&line);
}

/* Takes bytes of no frame, for which the file may have a `.wire`. */
static void take_odd(struct client *c, const struct split_event *event)
{
	const struct sim_block *b = sim_choose(c->sim, event->raw, NULL, true);
	if (b)
		log_line(c, '>', event->raw);
	else
		log_odd(c, event);
	answer_by(c, b);
}

/* Answers what the frame's own protocol asks for: ack, nak, leave to send. */
static void answer_token(struct client *c, const struct split_event *event)
{
	const struct frame_rules *rules = frame_rules(c->sim->script->frame);
	struct slice token = {0};
	if (event->kind == SPLIT_FRAME)
		token = rules->ack;
	else if (event->kind == SPLIT_DAMAGED)
		token = rules->nak;
	else if (event->token == TOKEN_BID)
		token = rules->bid[1];
	if (token.len && !c->stalled)
		transport_send(c->line, token, SEND_ANSWER);
}

/* Takes the commands that are there, as long as answers may wait. */
static void drain(struct client *c)
{
	struct split_event event;
	while (!congested(c) && split_next(c->split, &event)) {
		answer_token(c, &event);
		if (event.kind == SPLIT_FRAME)
			sim_take_command(c, &event);
		else if (event.kind != SPLIT_ACK)
			take_odd(c, &event);
	}
	if (!split_pending(c->split)) {
		bytes_free(&c->pending);
		bytes_free(&c->scratch);
	}
}

/* A client that is not read is not silent: the time runs only while the client could send more. */
static void silence_timer_start(struct client *c)
{
	struct frame_gap gap = frame_gap_within(c->sim->script->frame, SIDE_COMMAND);
	int64_t ns = NS_PER_S;
	if (gap.present && !c->gap_over)
		ns = gap.characters ? 50 * (int64_t)NS_PER_MS : gap.ns;
	if (split_pending(c->split) && !congested(c))
		loop_timer_set(&c->silence_timer, ns);
	else
		loop_timer_stop(&c->silence_timer);
}

/* Takes commands and sends answers as long as both are possible; the client may be freed by this
 * call. */
static void sim_work(struct client *c)
{
	size_t before;
	do {
		drain(c);
		before = c->count;
		answer_due(c);
	} while (c->count < before && split_pending(c->split));
	transport_read(c->line, !congested(c));
	silence_timer_start(c);
	/* A congested client may still have commands in the splitter. */
	if (c->lost || (c->ended && !c->count && !split_pending(c->split))) {
		if (c->lost && c->plan.reset)
			transport_reset(c->line);
		else
			transport_finish(c->line, 5ll * NS_PER_S);
		client_free(c);
	}
}

static void on_delay(void *arg)
{
	struct client *c = arg;
	c->delayed = true;
	sim_work(c);
}

static void sim_on_drained(void *owner)
{
	sim_work(owner);
}

static void on_silence(void *arg)
{
	struct client *c = arg;
	bool gap = frame_gap_within(c->sim->script->frame, SIDE_COMMAND).present && !c->gap_over;
	c->gap_over = true;
	if (gap)
		split_gap(c->split);
	else
		split_silence(c->split);
	sim_work(c);
}

/* Takes bytes off the front that are those of a `.wire`; false: they are not. */
static bool take_wire(struct client *c, struct slice *bytes)
{
	const struct sim_script *script = c->sim->script;
	size_t most = 0;
	for (size_t i = 0; i < script->wire_count; i++)
		if (script->wires[i].len > most && slice_starts(*bytes, script->wires[i]))
			most = script->wires[i].len;
	if (!most || split_pending(c->split) || congested(c))
		return false;
	struct slice came = slice_cut(*bytes, 0, most);
	log_line(c, '>', came);
	answer_by(c, sim_choose(c->sim, came, NULL, true));
	*bytes = slice_cut(*bytes, most, bytes->len);
	return true;
}

static void sim_on_data(void *owner, struct slice bytes)
{
	struct client *c = owner;
	while (bytes.len && take_wire(c, &bytes))
		;
	c->gap_over = false;
	c->active_at = loop_now(c->sim->loop);
	split_feed(c->split, bytes);
	sim_work(c);
}

static void sim_on_end(void *owner)
{
	struct client *c = owner;
	c->ended = true;
	loop_timer_stop(&c->silence_timer);
	split_close(c->split);
	sim_work(c);
}

static void sim_on_fail(void *owner, const struct error *err)
{
	struct client *c = owner;
	log_line(c, '!', slice_str(err->what));
	transport_close(c->line);
	client_free(c);
}

/* Says whether the client is active.  A client that waits for a reply, because of its delay or of
 * earlier replies, is not idle. */
static bool is_active(const struct client *c)
{
	size_t unsent = transport_queued(c->line);
	return unsent < c->unsent || (c->count && !unsent);
}

/* Bytes do not restart this timer: whether the time is really over is checked when it fires. */
static void sim_on_idle(void *arg)
{
	struct client *c = arg;
	char limit[DURATION_TEXT_MAX], text[80];
	int64_t now = loop_now(c->sim->loop);
	if (is_active(c))
		c->active_at = now;
	c->unsent = transport_queued(c->line);
	int64_t left = c->active_at + c->sim->idle_limit - now;
	if (left > 0) {
		loop_timer_set(&c->idle_timer, left);
		return;
	}
	snprintf(text, sizeof text, "closed: nothing came for %s (--idle-limit)",
		duration_text(c->sim->idle_limit, limit));
	log_line(c, '!', slice_str(text));
	transport_close(c->line);
	client_free(c);
}

void sim_limit_idle(struct sim *sim, int64_t ns)
{
	sim->idle_limit = ns;
}

void sim_seed(struct sim *sim, uint64_t seed)
{
	sim->faults.random = seed;
}

bool sim_has_faults(const struct sim_script *script)
{
	return script->fault_count;
}

/* ---- what the device says by itself ---- */

static void on_talk(void *arg)
{
	struct talk *t = arg;
	struct client *c = t->client;
	if (!t->block->times || ++t->said < t->block->times)
		loop_timer_set(&t->timer, t->block->period);
	if (!c->sim->datagrams && !c->stalled && !transport_queued(c->line))
		c->active_at = loop_now(c->sim->loop); /* it takes what is said */
	if (!congested(c))
		answer_by(c, t->block);
	sim_work(c);
}

static void talk_begin(struct client *c)
{
	const struct sim_script *script = c->sim->script;
	const struct sim_block *b = script->talk;
	c->talk = script->talk_count ? mem_new(script->talk_count * sizeof *c->talk) : NULL;
	for (struct talk *t = c->talk; b; t++, b = b->next) {
		t->client = c;
		t->block = b;
		loop_timer_init(&t->timer, c->sim->loop, on_talk, t);
		loop_timer_set(&t->timer, b->period);
	}
}

static const struct transport_events client_events = {
	.data = sim_on_data, .end = sim_on_end, .fail = sim_on_fail, .drained = sim_on_drained};

static void sim_on_caller(void *owner, struct transport *line)
{
	struct sim *sim = owner;
	if (sim->client_count == CLIENTS_MAX) {
		if (sim->log)
			sim->log(sim->log_arg, transport_peer(line), '!',
				SLICE("turned away: there are too many clients already"));
		transport_close(line);
		return;
	}
	struct client *c = mem_new(sizeof *c);
	c->sim = sim;
	c->line = line;
	bytes_init(&c->pending, LIMIT_FRAME_MOST);
	bytes_init(&c->scratch, LIMIT_FRAME_MOST);
	bytes_init(&c->held, LIMIT_WIRE);
	loop_timer_init(&c->silence_timer, sim->loop, on_silence, c);
	loop_timer_init(&c->delay_timer, sim->loop, on_delay, c);
	loop_timer_init(&c->idle_timer, sim->loop, sim_on_idle, c);
	c->active_at = loop_now(sim->loop);
	if (sim->idle_limit)
		loop_timer_set(&c->idle_timer, sim->idle_limit);
	c->split = split_new(
		sim->script->frame, SIDE_COMMAND, NULL, c->came.at, 0, &c->pending, &c->scratch);
	c->next = sim->clients;
	c->link = &sim->clients;
	if (c->next)
		c->next->link = &c->next;
	sim->clients = c;
	sim->client_count++;
	transport_adopt(line, &client_events, c);
	talk_begin(c);
	answer_by(c, sim->script->greeting);
	sim_work(c);
}

static void sim_on_failed(void *owner, const struct error *err)
{
	struct sim *sim = owner;
	sim->failed = true;
	sim->failure = *err;
	loop_stop(sim->loop);
}

const struct error *sim_failure(const struct sim *sim)
{
	return sim->failed ? &sim->failure : NULL;
}

static void sim_on_refused(void *owner, const char *text)
{
	struct sim *sim = owner;
	if (sim->log)
		sim->log(sim->log_arg, listener_address(sim->listener), '!', slice_str(text));
}

struct sim *sim_open(struct loop *loop, const struct sim_script *script, const struct address *a,
	sim_log log, void *log_arg, struct error *err)
{
	struct sim *sim = mem_new(sizeof *sim);
	sim->loop = loop;
	sim->script = script;
	sim->log = log;
	sim->log_arg = log_arg;
	sim->datagrams = address_datagrams(a);
	variables_init(&sim->memory);
	sim->memory.frame = script->frame;
	variables_copy(&sim->memory, &script->first);
	sim->turns = mem_new(script->count * sizeof *sim->turns);
	sim->faults.random = 1;
	sim->faults.counts = mem_new(script->fault_count * sizeof *sim->faults.counts);
	sim->listener = listener_open(loop, a, sim_on_caller, sim_on_failed, sim, err);
	if (sim->listener) {
		listener_on_refused(sim->listener, sim_on_refused);
		return sim;
	}
	sim_close(sim);
	return NULL;
}

void sim_close(struct sim *sim)
{
	if (!sim)
		return;
	listener_close(sim->listener);
	while (sim->clients) {
		transport_close(sim->clients->line);
		client_free(sim->clients);
	}
	variables_free(&sim->memory);
	free(sim->turns);
	free(sim->faults.counts);
	free(sim);
}

const char *sim_address(const struct sim *sim)
{
	return listener_address(sim->listener);
}
