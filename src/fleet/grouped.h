/* grouped.h - what devices answered, as lines for people: groups of equal answers, the biggest
 * first, and what the odd ones say instead. */
#ifndef WILCO_FLEET_GROUPED_H
#define WILCO_FLEET_GROUPED_H

#include "fleet/answers.h"
#include "fleet/targets.h"

/* Writes lines such as "    47 fw 2.1: pump[1-47]"; flags: those of base/text.h. */
void grouped_write(struct answers *a, const struct targets *targets, unsigned flags,
	void (*write)(void *arg, struct slice line), void *arg);

#endif
