/* times.h - how long things took: percentiles of any number of times, in fixed memory.
 *
 * Times are counted in classes of which each is an eighth wider than the one before, so a
 * percentile is right to an eighth.
 */
#ifndef WILCO_FLEET_TIMES_H
#define WILCO_FLEET_TIMES_H

#include <stddef.h>
#include <stdint.h>

enum { TIMES_CLASSES = 64 * 8 };

struct times {
	uint64_t count;
	int64_t most; /* ns */
	uint32_t classes[TIMES_CLASSES];
};

void times_add(struct times *t, int64_t ns);
/* Returns the ns within which so many percent were done; 0: there are none. */
int64_t times_percent(const struct times *t, unsigned percent);

#endif
