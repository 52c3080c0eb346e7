/* sorted.h - finding in an array that is sorted. */
#ifndef WILCO_SORTED_H
#define WILCO_SORTED_H

#include <stdbool.h>
#include <stddef.h>

/* Returns how many of the elements, `size` bytes each, come before what is looked for: its index,
 * or the one that it would have.  It is inline so that `before` is no call. */
static inline size_t sorted_place(const void *at, size_t count, size_t size,
	bool (*before)(const void *element, const void *sought), const void *sought)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (before((const char *)at + mid * size, sought))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#endif
