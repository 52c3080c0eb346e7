/* magic.c - see magic.h.  The numbers are those of pcap-savefile(5) and of the pcapng draft, where
 * a second number stands in front of the section because the first one is a line end in text. */
#include "capture/magic.h"

static const struct pattern {
	uint8_t size;
	uint8_t bytes[MAGIC_MOST];
	uint16_t any; /* a bit for each byte that may be anything */
} patterns[] = {
	{4, {0xa1, 0xb2, 0xc3, 0xd4}, 0},
	{4, {0xd4, 0xc3, 0xb2, 0xa1}, 0},
	{4, {0xa1, 0xb2, 0x3c, 0x4d}, 0},
	{4, {0x4d, 0x3c, 0xb2, 0xa1}, 0},
	{12, {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0x1a, 0x2b, 0x3c, 0x4d}, 0xf0},
	{12, {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a}, 0xf0},
};

static enum magic matches(const struct pattern *p, struct slice head)
{
	for (size_t i = 0; i < p->size && i < head.len; i++)
		if (!(p->any >> i & 1) && head.at[i] != p->bytes[i])
			return MAGIC_NONE;
	return head.len < p->size ? MAGIC_PERHAPS : MAGIC_CAPTURE;
}

enum magic magic_of(struct slice head)
{
	enum magic best = MAGIC_NONE;
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		enum magic is = matches(&patterns[i], head);
		best = is > best ? is : best;
	}
	return best;
}
