/* sim.c - serves the clients of a simulated device; see sim.h.
 *
 * Each client has its own splitter (the frame's command side) and a queue of answers, so that a
 * slow answer of one delays no other.  Commands that stand several times in the file take turns
 * over all clients: the device has one memory, as a real one has.  A client that does not read its
 * answers, or asks faster than it is answered, is not read until it catches up.  A client that does
 * nothing at all for too long is closed.
 */
#include "sim/sim_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_MAX = 4096 };

static void client_free(struct client *c)
{
	while (c->count)
		client_drop_answer(c);
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
	if (c->sim->once) /* not from here: the listener may be what called us */
		loop_timer_set(&c->sim->over, 0);
	free(c);
}

void client_log(struct client *c, char direction, struct slice bytes)
{
	if (c->sim->log)
		c->sim->log(c->sim->log_arg, transport_peer(c->line), direction, bytes);
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
	client_log(c, '!', bytes_slice(&line));
	bytes_free(&line);
}

/* Takes bytes of no frame, for which the file may have a `.wire`. */
static void take_odd(struct client *c, const struct split_event *event)
{
	const struct sim_block *b = choose_block(c->sim, event->raw, NULL, true);
	if (b) {
		client_log(c, '>', event->raw);
	} else {
		log_odd(c, event);
		c->sim->unknown.odd++;
	}
	client_answer(c, b);
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
	while (!client_congested(c) && split_next(c->split, &event)) {
		answer_token(c, &event);
		if (event.kind == SPLIT_FRAME)
			client_take_command(c, &event);
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
	if (split_pending(c->split) && !client_congested(c))
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
		client_send_due(c);
	} while (c->count < before && split_pending(c->split));
	transport_read(c->line, !client_congested(c));
	silence_timer_start(c);
	/* A client_congested client may still have commands in the splitter. */
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
	if (!most || split_pending(c->split) || client_congested(c))
		return false;
	struct slice came = slice_cut(*bytes, 0, most);
	client_log(c, '>', came);
	client_answer(c, choose_block(c->sim, came, NULL, true));
	*bytes = slice_cut(*bytes, most, bytes->len);
	return true;
}

static void sim_on_data(void *owner, struct slice bytes)
{
	struct client *c = owner;
	if (frame_rules(c->sim->script->frame)->echo && !c->stalled)
		transport_send(c->line, bytes, SEND_ANSWER);
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

/* A datagram is whole, and so is what it ends. */
static void sim_on_boundary(void *owner)
{
	struct client *c = owner;
	split_close(c->split);
	sim_work(c);
}

static void sim_on_fail(void *owner, const struct error *err)
{
	struct client *c = owner;
	client_log(c, '!', slice_str(err->what));
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
	client_log(c, '!', slice_str(text));
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

static void close_doors(struct sim *sim)
{
	for (struct door *d = sim->doors; d; d = d->next) {
		listener_close(d->listener);
		d->listener = NULL;
	}
}

static void sim_on_over(void *arg)
{
	close_doors(arg);
}

bool sim_serve_once(struct sim *sim, struct error *err)
{
	for (const struct door *d = sim->doors; d; d = d->next)
		if (d->lasting)
			return error_set(err, STATUS_USAGE,
				"--once is for clients that call and go; nobody calls %s",
				listener_address(d->listener));
	sim->once = true;
	return true;
}

void sim_strict(struct sim *sim)
{
	sim->strict = true;
}

struct sim_unknown sim_unknown(const struct sim *sim)
{
	return sim->unknown;
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
	t->said++;
	if (!t->block->times || t->said < t->block->times)
		loop_timer_set(&t->timer, t->block->period);
	if (!c->door->datagrams && !c->stalled && !transport_queued(c->line))
		c->active_at = loop_now(c->sim->loop); /* it takes what is said */
	if (!client_congested(c))
		client_answer(c, t->block);
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

static const struct transport_events client_events = {.data = sim_on_data,
	.boundary = sim_on_boundary,
	.end = sim_on_end,
	.fail = sim_on_fail,
	.drained = sim_on_drained};

static void sim_on_caller(void *owner, struct transport *line)
{
	const struct door *door = owner;
	struct sim *sim = door->sim;
	if (sim->client_count == CLIENTS_MAX || (sim->once && sim->served)) {
		if (sim->log)
			sim->log(sim->log_arg, transport_peer(line), '!',
				sim->once ? SLICE("turned away: --once is for one client")
					  : SLICE("turned away: there are too many clients "
						  "already"));
		transport_close(line);
		return;
	}
	sim->served++;
	struct client *c = mem_new(sizeof *c);
	c->sim = sim;
	c->door = door;
	c->line = line;
	bytes_init(&c->pending, LIMIT_FRAME_MOST);
	bytes_init(&c->scratch, LIMIT_FRAME_MOST);
	bytes_init(&c->held, LIMIT_WIRE);
	loop_timer_init(&c->silence_timer, sim->loop, on_silence, c);
	loop_timer_init(&c->delay_timer, sim->loop, on_delay, c);
	loop_timer_init(&c->idle_timer, sim->loop, sim_on_idle, c);
	c->active_at = loop_now(sim->loop);
	if (sim->idle_limit && !door->lasting)
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
	client_answer(c, sim->script->greeting);
	sim_work(c);
}

static void sim_on_failed(void *owner, const struct error *err)
{
	struct sim *sim = ((const struct door *)owner)->sim;
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
	const struct door *door = owner;
	if (door->sim->log)
		door->sim->log(
			door->sim->log_arg, listener_address(door->listener), '!', slice_str(text));
}

bool sim_listen(struct sim *sim, const struct address *a, struct error *err)
{
	struct door *door = mem_new(sizeof *door), **end = &sim->doors;
	door->sim = sim;
	door->datagrams = address_datagrams(a);
	door->lasting = address_is_local(a) && address_listens(a);
	door->listener = listener_open(sim->loop, a, sim_on_caller, sim_on_failed, door, err);
	if (!door->listener) {
		free(door);
		return false;
	}
	listener_on_refused(door->listener, sim_on_refused);
	while (*end)
		end = &(*end)->next;
	*end = door;
	return true;
}

struct sim *sim_open(struct loop *loop, const struct sim_script *script, const struct address *a,
	sim_log log, void *log_arg, struct error *err)
{
	struct sim *sim = mem_new(sizeof *sim);
	sim->loop = loop;
	sim->script = script;
	sim->log = log;
	sim->log_arg = log_arg;
	loop_timer_init(&sim->over, loop, sim_on_over, sim);
	variables_init(&sim->memory);
	sim->memory.frame = script->frame;
	variables_copy(&sim->memory, &script->first);
	sim->turns = mem_new(script->count * sizeof *sim->turns);
	sim->answered = mem_new(script->all * sizeof *sim->answered);
	sim->faults.random = 1;
	sim->faults.counts = mem_new(script->fault_count * sizeof *sim->faults.counts);
	if (sim_listen(sim, a, err))
		return sim;
	sim_close(sim);
	return NULL;
}

void sim_close(struct sim *sim)
{
	if (!sim)
		return;
	close_doors(sim);
	sim->once = false;
	loop_timer_stop(&sim->over);
	while (sim->clients) {
		transport_close(sim->clients->line);
		client_free(sim->clients);
	}
	while (sim->doors) {
		struct door *next = sim->doors->next;
		free(sim->doors);
		sim->doors = next;
	}
	variables_free(&sim->memory);
	free(sim->turns);
	free(sim->answered);
	free(sim->faults.counts);
	free(sim);
}

static const struct door *door_at(const struct sim *sim, size_t index)
{
	const struct door *door = sim->doors;
	while (door && index--)
		door = door->next;
	return door;
}

const char *sim_address(const struct sim *sim, size_t index)
{
	const struct door *door = door_at(sim, index);
	return door ? listener_address(door->listener) : NULL;
}

const char *sim_certificate(const struct sim *sim, size_t index)
{
	return listener_certificate(door_at(sim, index)->listener);
}
