/* faults.c - see faults.h. */
#include "sim/faults.h"

#include "base/mem.h"
#include <stdlib.h>

struct sim_fault *sim_fault_new(struct slice text, const struct fault *fault)
{
	struct sim_fault *f = mem_new(sizeof *f);
	f->fault = *fault;
	f->text = slice_of(mem_strn(text.at, text.len), text.len);
	return f;
}

void sim_fault_free(struct sim_fault *fault)
{
	free((void *)fault->text.at);
	free(fault);
}

/* Returns a number below `below`.  This is splitmix64: each seed, 0 too, has its own numbers, which
 * are the same on all machines. */
static uint64_t faults_random(struct faults *state, uint64_t below)
{
	uint64_t z = state->random += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % below;
}

bool faults_happens(struct faults *state, const struct sim_fault *f)
{
	uint64_t count = ++state->counts[f->index];
	switch (f->fault.when) {
	case FAULT_PERCENT:
		return faults_random(state, 100) < f->fault.n;
	case FAULT_NTH:
		return count == f->fault.n;
	case FAULT_EVERY:
		return count % f->fault.n == 0;
	default:
		return true;
	}
}

void fault_plan_add(struct fault_plan *plan, const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_CLOSE:
		plan->close = true;
		break;
	case FAULT_CORRUPT:
		plan->damaged += fault->bytes;
		break;
	case FAULT_DELAY:
		plan->delay += fault->ns;
		break;
	case FAULT_DROP:
		plan->drop = true;
		break;
	case FAULT_PACE:
	case FAULT_SPLIT:
		plan->pause = fault->ns;
		plan->paced = fault->kind == FAULT_PACE;
		break;
	case FAULT_RESET:
		plan->reset = true;
		break;
	case FAULT_STALL:
		plan->stall = true;
		break;
	case FAULT_TRUNCATE:
		plan->lost += fault->bytes;
		break;
	}
}

/* Changes so many bytes, each to another one; all where there are fewer. */
static void corrupt(struct faults *state, uint64_t damaged, uint8_t *at, size_t len)
{
	for (size_t left = len; left && damaged; left--, at++) {
		if (faults_random(state, left) >= damaged)
			continue;
		*at ^= (uint8_t)(1 + faults_random(state, 255));
		damaged--;
	}
}

void faults_change(
	struct faults *state, const struct fault_plan *plan, struct bytes *wire, size_t from)
{
	size_t len = wire->len - from;
	if (plan->damaged && len)
		corrupt(state, plan->damaged, wire->at + from, len);
	len -= plan->lost < len ? (size_t)plan->lost : len;
	if (plan->close || plan->reset)
		len /= 2;
	wire->len = from + len;
}
