/* fault.c - what goes wrong on purpose with the frames of a direction (tap_fault()).
 *
 * All is decided when a frame is whole, so that what happens depends on the frames and the seed
 * alone, and not on what waits at the gate.
 */
#include "tap/tap_private.h"

#include "base/text.h"

bool tap_fault(struct tap *t, enum tap_side toward, struct slice text, struct error *err)
{
	struct tap_faults *f = &t->faults[tap_other(toward)];
	struct fault fault;
	if (!fault_parse(text, NULL, &fault, err))
		return false;
	if (f->count == TAP_FAULTS_MAX)
		return error_set(err, STATUS_USAGE, "at most %d faults towards the %s",
			TAP_FAULTS_MAX, side_name(toward));
	struct sim_fault *one = sim_fault_new(slice_trim(text), &fault);
	one->index = f->count++;
	*f->end = one;
	f->end = &one->all;
	return true;
}

bool tap_has_faults(const struct tap *t)
{
	return t->faults[TAP_PROGRAM].first || t->faults[TAP_DEVICE].first;
}

void tap_seed(struct tap *t, uint64_t seed)
{
	t->faults[TAP_PROGRAM].state.random = seed;
	t->faults[TAP_DEVICE].state.random = ~seed; /* or both would meet the same faults */
}

void faults_init(struct tap *t)
{
	for (size_t i = 0; i < 2; i++) {
		t->faults[i].end = &t->faults[i].first;
		t->faults[i].state.counts = t->faults[i].counts;
	}
	tap_seed(t, 1);
}

void faults_free(struct tap *t)
{
	for (size_t i = 0; i < 2; i++) {
		while (t->faults[i].first) {
			struct sim_fault *next = t->faults[i].first->all;
			sim_fault_free(t->faults[i].first);
			t->faults[i].first = next;
		}
	}
}

/* Says which bytes go on. */
static void change_bytes(struct harm *h, struct faults *state, const struct split_event *e)
{
	const struct fault_plan *p = &h->plan;
	struct tap_harm *shown = &h->shown;
	bytes_free(&h->bytes);
	shown->sent = SLICE("");
	shown->changed = p->drop || p->stall;
	if (shown->changed || !(p->damaged || p->lost || p->close || p->reset))
		return;
	bytes_init(&h->bytes, e->raw.len);
	bytes_add(&h->bytes, e->raw);
	faults_change(state, p, &h->bytes, 0);
	shown->sent = bytes_slice(&h->bytes);
	shown->changed = true;
}

const struct harm *faults_meet(
	const struct link *l, enum tap_side from, const struct split_event *e)
{
	struct tap_faults *f = &l->tap->faults[from];
	struct harm *h = &l->tap->harm;
	if (!f->first || l->over || e->kind != SPLIT_FRAME ||
		!gate_takes(relay_gate(l->relay, from), e->offset))
		return NULL;
	h->shown.count = 0;
	h->plan = (struct fault_plan){0};
	for (const struct sim_fault *one = f->first; one; one = one->all) {
		if (!faults_happens(&f->state, one))
			continue;
		fault_plan_add(&h->plan, &one->fault);
		h->shown.faults[h->shown.count++] = one->text;
	}
	if (!h->shown.count)
		return NULL;
	change_bytes(h, &f->state, e);
	return h;
}

void faults_note(struct link *l, enum tap_side from, const struct harm *h)
{
	for (size_t i = 0; i < h->shown.count; i++)
		link_note(l, true, "fault towards the %s: %.*s", side_name(tap_other(from)),
			SLICE_ARG(h->shown.faults[i]));
}

struct gate_way faults_way(const struct harm *h)
{
	const struct fault_plan *p = &h->plan;
	return (struct gate_way){.drop = p->drop,
		.stall = p->stall,
		.close = p->close,
		.reset = p->reset,
		.paced = p->paced,
		.pause = p->pause,
		.delay = p->delay};
}
