/* catalog.h - the frames that come with wilco, by group. */
#ifndef WILCO_CATALOG_H
#define WILCO_CATALOG_H

#include <stddef.h>

struct catalog_frame {
	const char *group, *name, *notation;
	const char *what; /* who uses it, in a few words */
};

/* Returns NULL at the end. */
const struct catalog_frame *catalog_frame(size_t index);

#endif
