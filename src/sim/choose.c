/* choose.c - finds what answers a command: the block that fits it best, then the first `.on`, then
 * `.else`. */
#include "sim/sim_private.h"

static bool is_value(const struct field_value *want, const struct field_value *came)
{
	return !want->set ||
	       (came->set && field_is_text(came) == field_is_text(want) &&
		       (field_is_text(want) ? slice_equal(slice_of(want->text, want->len),
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

const struct sim_block *choose_block(
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

/* Returns how often the block has answered, or (`.every`) has been said to this client; from 1. */
static uint64_t turn_of(const struct client *c, const struct sim_block *b)
{
	if (!b->period)
		return ++c->sim->answered[b->index];
	const struct talk *t = c->talk;
	while (t->block != b)
		t++;
	return t->said;
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
	memory->iteration = NAME_KNOWN;
	memory->n = turn_of(c, b);
	b = answer_make(b, c->sim->script->frame, memory, &good, &err);
	memory->fields = NULL;
	if (!good)
		client_log(c, '!', slice_str(err.what));
	return b;
}

void client_answer(struct client *c, const struct sim_block *b)
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

static void tell_unknown(struct client *c)
{
	c->sim->unknown.commands++;
	if (c->sim->strict)
		client_log(c, '!',
			c->sim->script->otherwise
				? SLICE("the file has no such command; .else answers it")
				: SLICE("the file has no such command; nothing answers it"));
}

void client_take_command(struct client *c, const struct split_event *event)
{
	client_log(c, '>', event->payload);
	if (event->values)
		c->received = c->came;
	const struct sim_block *b =
		choose_block(c->sim, event->payload, event->values ? c->came.at : NULL, false);
	if (!b)
		b = choose_pattern(c->sim, event->payload);
	if (!b)
		tell_unknown(c);
	client_answer(c, b ? b : c->sim->script->otherwise);
}
