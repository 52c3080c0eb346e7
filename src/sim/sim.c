/* sim.c - serves the clients of a simulated device; see sim.h.
 *
 * Each client has its own splitter (the frame's command side) and a queue of answers, so that a
 * slow answer of one delays no other.  Commands that stand several times in the file take turns
 * over all clients: the device has one memory, as a real one has.  A client that does not read
 * its answers, or asks faster than it is answered, is not read until it catches up.
 */
#include "sim/script.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include <stdlib.h>

enum { CLIENTS_MAX = 4096, ANSWERS_MAX = 256 };

struct client {
	struct sim *sim;
	struct client *next, **link;
	struct transport *line;
	struct split split;
	struct bytes pending, scratch;
	struct loop_timer silence_timer, delay_timer;
	bool gap_over;
	bool ended; /* it will send nothing more */
	/* Answers that wait, oldest first; `step` is the next one of the oldest. */
	const struct block *answers[ANSWERS_MAX];
	size_t first, count;
	const struct step *step;
	bool delayed; /* the delay of `step` has passed */
	struct frame_values received;
};

struct sim {
	struct loop *loop;
	const struct sim_script *script;
	struct listener *listener;
	sim_log log;
	void *log_arg;
	struct client *clients;
	size_t client_count;
	size_t *turns; /* per block: how often its command came */
};

static void client_free(struct client *c)
{
	loop_timer_stop(&c->silence_timer);
	loop_timer_stop(&c->delay_timer);
	bytes_free(&c->pending);
	bytes_free(&c->scratch);
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

static bool answer_send(struct client *c, const struct step *step)
{
	const struct frame *frame = c->sim->script->frame;
	struct bytes scratch, wire;
	struct error err;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bool good = frame_encode(
		frame, SIDE_REPLY, step->payload, NULL, &c->received, 0, &scratch, &wire, &err);
	if (good) {
		log_line(c, '<', step->payload);
		transport_send(c->line, bytes_slice(&wire), frame_half_closes(frame, SIDE_REPLY));
	} else {
		log_line(c, '!', slice_str(err.what));
	}
	bytes_free(&scratch);
	bytes_free(&wire);
	return good;
}

static bool congested(const struct client *c)
{
	return c->count == ANSWERS_MAX || transport_queued(c->line) > LIMIT_QUEUE;
}

/* Sends what is due of the answers that wait. */
static void answer_due(struct client *c)
{
	while (c->count && transport_queued(c->line) <= LIMIT_QUEUE) {
		if (!c->step) { /* the oldest answer is complete */
			c->first = (c->first + 1) % ANSWERS_MAX;
			c->step = --c->count ? c->answers[c->first]->steps : NULL;
			continue;
		}
		if (c->step->delay && !c->delayed) {
			if (!loop_timer_running(&c->delay_timer))
				loop_timer_set(&c->delay_timer, c->step->delay);
			break;
		}
		c->delayed = false;
		const struct step *step = c->step;
		c->step = step->next;
		if (step->kind != EXPECT_NONE)
			answer_send(c, step);
	}
}

static const struct block *choose(struct sim *sim, struct slice command)
{
	size_t matches = 0, index = 0, first = 0;
	for (const struct block *b = sim->script->blocks; b; b = b->next, index++)
		if (slice_equal(b->command, command) && !matches++)
			first = index;
	if (!matches)
		return sim->script->otherwise;
	size_t turn = sim->turns[first]++ % matches;
	for (const struct block *b = sim->script->blocks;; b = b->next)
		if (slice_equal(b->command, command) && !turn--)
			return b;
}

static void take_command(struct client *c, const struct split_event *event)
{
	log_line(c, '>', event->payload);
	if (event->values)
		c->received = *event->values;
	const struct block *b = choose(c->sim, event->payload);
	if (!b)
		return;
	c->answers[(c->first + c->count) % ANSWERS_MAX] = b;
	if (c->count++ == 0)
		c->step = b->steps;
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

/* What the frame's own protocol says about a frame: ack, nak, leave to send. */
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
	if (token.len)
		transport_send(c->line, token, false);
}

/* Takes what is there, as far as answers may wait. */
static void drain(struct client *c)
{
	struct split_event event;
	while (!congested(c) && split_next(&c->split, &event)) {
		answer_token(c, &event);
		if (event.kind == SPLIT_FRAME)
			take_command(c, &event);
		else if (event.kind != SPLIT_ACK)
			log_odd(c, &event);
	}
	if (!split_pending(&c->split)) {
		bytes_free(&c->pending);
		bytes_free(&c->scratch);
	}
}

/* A client that is not read is not silent: the time runs only while it could say more. */
static void silence_timer_start(struct client *c)
{
	struct frame_gap gap = frame_gap_within(c->sim->script->frame, SIDE_COMMAND);
	int64_t ns = NS_PER_S;
	if (gap.present && !c->gap_over)
		ns = gap.characters ? 50 * (int64_t)NS_PER_MS : gap.ns;
	if (split_pending(&c->split) && !congested(c))
		loop_timer_set(&c->silence_timer, ns);
	else
		loop_timer_stop(&c->silence_timer);
}

/* Takes commands and sends answers as far as both go; the client may be gone after that. */
static void work(struct client *c)
{
	size_t before;
	do {
		drain(c);
		before = c->count;
		answer_due(c);
	} while (c->count < before && split_pending(&c->split));
	transport_read(c->line, !congested(c));
	silence_timer_start(c);
	/* While it is congested, commands may still wait in the splitter. */
	if (c->ended && !c->count && !split_pending(&c->split)) {
		transport_finish(c->line, 5ll * NS_PER_S);
		client_free(c);
	}
}

static void on_delay(void *arg)
{
	struct client *c = arg;
	c->delayed = true;
	work(c);
}

static void on_drained(void *owner)
{
	work(owner);
}

static void on_silence(void *arg)
{
	struct client *c = arg;
	bool gap = frame_gap_within(c->sim->script->frame, SIDE_COMMAND).present && !c->gap_over;
	c->gap_over = true;
	if (gap)
		split_gap(&c->split);
	else
		split_silence(&c->split);
	work(c);
}

static void on_data(void *owner, struct slice bytes)
{
	struct client *c = owner;
	c->gap_over = false;
	split_feed(&c->split, bytes);
	work(c);
}

static void on_end(void *owner)
{
	struct client *c = owner;
	c->ended = true;
	loop_timer_stop(&c->silence_timer);
	split_close(&c->split);
	work(c);
}

static void on_fail(void *owner, const struct error *err)
{
	struct client *c = owner;
	log_line(c, '!', slice_str(err->what));
	transport_close(c->line);
	client_free(c);
}

static const struct transport_events client_events = {
	.data = on_data, .end = on_end, .fail = on_fail, .drained = on_drained};

static void on_caller(void *owner, struct transport *line)
{
	struct sim *sim = owner;
	if (sim->client_count == CLIENTS_MAX) {
		transport_close(line);
		return;
	}
	struct client *c = mem_new(sizeof *c);
	c->sim = sim;
	c->line = line;
	bytes_init(&c->pending, LIMIT_FRAME_MOST);
	bytes_init(&c->scratch, LIMIT_FRAME_MOST);
	loop_timer_init(&c->silence_timer, sim->loop, on_silence, c);
	loop_timer_init(&c->delay_timer, sim->loop, on_delay, c);
	split_init(&c->split, sim->script->frame, SIDE_COMMAND, NULL, 0, &c->pending, &c->scratch);
	c->next = sim->clients;
	c->link = &sim->clients;
	if (c->next)
		c->next->link = &c->next;
	sim->clients = c;
	sim->client_count++;
	transport_adopt(line, &client_events, c);
}

struct sim *sim_open(struct loop *loop, const struct sim_script *script, const struct address *a,
	sim_log log, void *log_arg, struct error *err)
{
	struct sim *sim = mem_new(sizeof *sim);
	sim->loop = loop;
	sim->script = script;
	sim->log = log;
	sim->log_arg = log_arg;
	sim->turns = mem_new(script->count * sizeof *sim->turns);
	sim->listener = listener_open(loop, a, on_caller, sim, err);
	if (sim->listener)
		return sim;
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
	free(sim->turns);
	free(sim);
}

const char *sim_address(const struct sim *sim)
{
	return listener_address(sim->listener);
}
