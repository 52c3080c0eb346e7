/* catalog.h - the frames that wilco ships, by group. */
#ifndef WILCO_CATALOG_H
#define WILCO_CATALOG_H

#include <stddef.h>

struct catalog_frame {
	const char *group, *name, *notation;
	const char *what; /* who speaks it, in a few words */
};

/* NULL at the end. */
const struct catalog_frame *catalog_frame(size_t index);

#endif
