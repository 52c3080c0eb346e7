/* records.c - see records.h: pcap-savefile(5), and pcapng, whose blocks say their length. */
#include "capture/records.h"

enum { PCAP_HEAD = 24, PCAP_RECORD = 16, BLOCK_LEAST = 12, SECTION_HEAD = 12 };
enum { SECTION = 0x0a0d0d0a, SECTION_BIG = 0x1a2b3c4d, PCAP_MICRO = 0xa1b2c3d4 };
static const uint32_t PCAP_NANO = 0xa1b23c4d;
/* A record that says to be longer is not waited for. */
static const uint32_t LONGEST = 256u * 1024 * 1024;

static uint32_t number(struct slice s, size_t at, bool big)
{
	uint32_t n = 0;
	for (size_t i = 0; i < 4; i++)
		n = n << 8 | s.at[at + (big ? i : 3 - i)];
	return n;
}

/* Looks at the first bytes of the file. */
static void records_begin(struct records *r, struct slice bytes)
{
	r->begun = true;
	if (bytes.len < PCAP_HEAD) {
		r->next = UINT64_MAX;
		return;
	}
	uint32_t magic = number(bytes, 0, true);
	r->blocks = magic == SECTION;
	r->big = magic == (uint32_t)PCAP_MICRO || magic == PCAP_NANO;
	r->next = r->blocks ? 0 : PCAP_HEAD;
}

/* Returns how long the header of the record is whose first bytes these are. */
static size_t head_of(const struct records *r, struct slice bytes)
{
	bool section = bytes.len >= 4 && number(bytes, 0, true) == SECTION;
	return !r->blocks ? PCAP_RECORD : section ? SECTION_HEAD : 8;
}

/* Returns how long the record is; 0: that makes no sense. */
static uint64_t length_of(struct records *r, struct slice bytes)
{
	uint32_t n;
	if (!r->blocks) {
		n = number(bytes, 8, r->big);
		return n > LONGEST ? 0 : (uint64_t)n + PCAP_RECORD;
	}
	if (number(bytes, 0, true) == SECTION)
		r->big = number(bytes, 8, true) == SECTION_BIG;
	n = number(bytes, 4, r->big);
	return n < BLOCK_LEAST || n > LONGEST ? 0 : n;
}

size_t records_whole(struct records *r, uint64_t at, struct slice bytes, uint64_t size)
{
	if (!r->begun)
		records_begin(r, bytes);
	while (r->next < at + bytes.len) {
		size_t from = (size_t)(r->next - at);
		struct slice rest = slice_cut(bytes, from, bytes.len);
		if (rest.len < head_of(r, rest))
			return from;
		uint64_t length = length_of(r, rest);
		if (length && r->next + length > size)
			return from;
		r->next = length ? r->next + length : UINT64_MAX;
	}
	return bytes.len;
}
