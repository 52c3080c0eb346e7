/* gateways.c - see gateways.h. */
#include "fleet/gateways.h"

#include "base/hash.h"
#include "base/mem.h"
#include <stdlib.h>

struct gateway_slot {
	uint64_t hash;
	uint32_t last; /* the last target behind this gateway, + 1; 0: the slot is free */
};

void gateways_init(struct gateways *g, size_t targets, size_t most)
{
	*g = (struct gateways){.most = most, .slot_count = 64};
	while (g->slot_count < 2 * targets)
		g->slot_count *= 2;
	g->slots = mem_new(g->slot_count * sizeof *g->slots);
	g->after = mem_grow(NULL, targets + 1, sizeof *g->after);
	g->before = mem_grow(NULL, targets + 1, sizeof *g->before);
}

void gateways_add(struct gateways *g, uint32_t target, struct slice gateway)
{
	uint64_t hash = hash_bytes(HASH_BEGIN, gateway);
	size_t at = hash & (g->slot_count - 1);
	while (g->slots[at].last && g->slots[at].hash != hash)
		at = (at + 1) & (g->slot_count - 1);
	uint32_t before = g->slots[at].last ? g->slots[at].last - 1 : GATEWAY_NONE;
	g->slots[at] = (struct gateway_slot){hash, target + 1};
	g->before[target] = before;
	for (size_t i = 1; i < g->most && before != GATEWAY_NONE; i++)
		before = g->before[before];
	g->after[target] = before;
}

void gateways_free(struct gateways *g)
{
	free(g->after);
	free(g->before);
	free(g->slots);
	*g = (struct gateways){0};
}
