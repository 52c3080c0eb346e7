/* tally.h - counts how the targets of a fleet end, and says how far it is. */
#ifndef WILCO_FLEET_TALLY_H
#define WILCO_FLEET_TALLY_H

#include "fleet/answers.h"
#include "fleet/fleet.h"
#include "fleet/times.h"

enum {
	TALLY_CELLS = 20,
	TALLY_BAR = TALLY_CELLS + 3, /* bytes: "[##........] " */
};

struct tally {
	size_t targets;
	struct times connect, rtt;
	size_t counts[EXCHANGE_SKIPPED + 1]; /* targets by how they ended */
	size_t ended;
	int64_t began; /* monotonic ns */
};

/* now, here and below: monotonic ns. */
void tally_begin(struct tally *t, size_t targets, int64_t now);
void tally_result(struct tally *t, const struct fleet_result *result);
void tally_over(struct tally *t, const struct fleet_outcome *outcome);
/* Returns how many targets failed; what was skipped did not. */
size_t tally_failed(const struct tally *t);
/* Adds "[##........] 12 of 40  ok 11  odd 0  failed 1  3 s left"; a NULL: without the
 * odd ones, because nobody compares the answers. */
void tally_progress(const struct tally *t, const struct answers *a, int64_t now, struct bytes *out);
/* Adds "40 devices in 1.2 s, 39 ok, 1 timeout, 2 odd"; a NULL: nobody compared the answers. */
void tally_summary(const struct tally *t, const struct answers *a, int64_t now, struct bytes *out);
/* Adds percentiles of how long connecting and replies took; nothing if nobody knows. */
void tally_times(const struct tally *t, struct bytes *out);

#endif
