/* compared.h - what of a payload is compared: all, what a pattern finds, or all but that. */
#ifndef WILCO_FLEET_COMPARED_H
#define WILCO_FLEET_COMPARED_H

#include "adapter/pattern.h"
#include <wilco/session.h>

struct compared {
	const struct pattern *only;    /* only what it finds; borrowed; NULL: all */
	const struct pattern *without; /* not what it finds; borrowed; NULL: nothing is left out */
	struct bytes text;             /* owned */
};

void compared_init(struct compared *c, const struct pattern *only, const struct pattern *without);
void compared_free(struct compared *c);
/* Returns that part; valid until the next call. */
struct slice compared_part(struct compared *c, struct slice payload);
/* Says whether a frame is a part of the answer: an echo and an acknowledgement are not. */
bool compared_counts(const struct reply *r);

#endif
