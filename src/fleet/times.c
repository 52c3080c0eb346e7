/* times.c - see times.h. */
#include "fleet/times.h"

/* Returns the class of a time: its highest bit, and the three below. */
static size_t class_of(uint64_t ns)
{
	if (ns < 8)
		return (size_t)ns;
	unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - 3;
	return (size_t)(shift + 1) * 8 + (size_t)(ns >> shift & 7);
}

/* Returns the longest time of a class. */
static int64_t class_end(size_t class)
{
	if (class < 8)
		return (int64_t) class;
	size_t shift = class / 8 - 1;
	return (int64_t)((((uint64_t) class % 8 + 9) << shift) - 1);
}

void times_add(struct times *t, int64_t ns)
{
	size_t class = class_of(ns > 0 ? (uint64_t)ns : 0);
	t->classes[class < TIMES_CLASSES ? class : TIMES_CLASSES - 1]++;
	t->count++;
	if (ns > t->most)
		t->most = ns;
}

int64_t times_percent(const struct times *t, unsigned percent)
{
	uint64_t wanted = (t->count * percent + 99) / 100, seen = 0;
	for (size_t class = 0; class < TIMES_CLASSES && wanted; class ++) {
		seen += t->classes[class];
		if (seen < wanted)
			continue;
		int64_t end = class_end(class);
		return end < t->most ? end : t->most;
	}
	return 0;
}
