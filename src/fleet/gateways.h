/* gateways.h - devices behind one gateway, which go one after the other (--per-gateway). */
#ifndef WILCO_FLEET_GATEWAYS_H
#define WILCO_FLEET_GATEWAYS_H

#include <wilco/bytes.h>

#define GATEWAY_NONE UINT32_MAX

/* Of each target the one after whose end it may begin. */
struct gateways {
	uint32_t *after;  /* GATEWAY_NONE: it may begin at once; owned */
	uint32_t *before; /* of each target the one before it behind the same gateway */
	struct gateway_slot *slots;
	size_t slot_count, most;
};

/* most: the devices of a gateway that may go at a time. */
void gateways_init(struct gateways *g, size_t targets, size_t most);
/* Says behind which gateway the next target is; they come in order. */
void gateways_add(struct gateways *g, uint32_t target, struct slice gateway);
void gateways_free(struct gateways *g);

#endif
