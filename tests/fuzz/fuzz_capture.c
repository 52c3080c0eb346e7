/* Any segments in any order: what is told is what the first of them brought, byte by byte, and what
 * nobody brought is missing.  Any bytes as packets of any link type: each side of a stream is told
 * without gaps, and everything is freed. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "capture/streams.h"

enum { MODEL = 4096 };

/* What was told, and what should be. */
struct model {
	uint8_t bytes[MODEL];
	bool brought[MODEL];
	size_t told, end;
	uint64_t number;
};

static void check_bytes(void *arg, uint64_t offset, struct slice bytes, const struct packet_at *at)
{
	struct model *m = arg;
	MUST(offset == m->told && bytes.len && offset + bytes.len <= m->end);
	MUST(at->number >= m->number);
	m->number = at->number;
	for (size_t i = 0; i < bytes.len; i++)
		MUST(m->brought[offset + i] && m->bytes[offset + i] == bytes.at[i]);
	m->told += bytes.len;
}

static void check_missing(void *arg, uint64_t offset, uint64_t count)
{
	struct model *m = arg;
	MUST(offset == m->told && count && offset + count <= m->end);
	for (size_t i = 0; i < count; i++)
		MUST(!m->brought[offset + i]);
	m->told += (size_t)count;
}

/* Each segment: where (two bytes), and a run of bytes. */
static void check_reassembly(struct slice in)
{
	static const struct reassembly_events events = {check_bytes, check_missing};
	static struct model m;
	struct reassembly r = {0};
	struct reassembly_room room = {1 << 20}; /* for all of it: no hole is given up early */
	struct packet_at at = {0};
	uint32_t first = 0u - input_byte(&in) * 16u;
	m = (struct model){0};
	reassembly_begin(&r, first);
	while (in.len) {
		size_t offset = (input_byte(&in) << 8 | input_byte(&in)) % (MODEL - 256);
		struct slice bytes = input_run(&in);
		for (size_t i = 0; i < bytes.len; i++)
			if (!m.brought[offset + i]) {
				m.brought[offset + i] = true;
				m.bytes[offset + i] = bytes.at[i];
			}
		if (bytes.len && offset + bytes.len > m.end)
			m.end = offset + bytes.len;
		at.number++;
		reassembly_feed(&r, first + (uint32_t)offset, bytes, &at, &room, &events, &m);
	}
	reassembly_end(&r, &room, &events, &m);
	MUST(m.told == m.end && room.left == 1 << 20);
}

/* ---- packets ---- */

/* Where each side of the first streams is. */
enum { FOLLOWED = 64 };
struct followed {
	uint64_t offsets[FOLLOWED][2];
	bool closed[FOLLOWED][2];
};

static void follow(struct followed *f, size_t stream, int side, uint64_t offset, uint64_t count)
{
	if (stream >= FOLLOWED)
		return;
	MUST(f->offsets[stream][side] == offset);
	f->offsets[stream][side] += count;
}

static void follow_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	(void)at;
	follow(arg, stream, side, offset, bytes.len);
}

static void follow_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	follow(arg, stream, side, offset, count);
}

static void follow_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	struct followed *f = arg;
	(void)at;
	if (stream < FOLLOWED) {
		MUST(!f->closed[stream][side]);
		f->closed[stream][side] = true;
	}
}

static void check_streams(struct slice in, bool end)
{
	static const int links[] = {LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_COOKED, LINK_COOKED2};
	static const struct streams_events events = {follow_bytes, follow_missing, follow_closed};
	static struct followed f;
	struct packet p;
	struct timespec time = {0};
	int link = links[input_byte(&in) % 5];
	f = (struct followed){0};
	struct streams *s = streams_new(&events, &f);
	for (; in.len; time.tv_sec++) {
		size_t more = input_byte(&in);
		struct slice bytes = input_run(&in);
		enum packet_kind kind = packet_read(link, bytes, bytes.len + more, &p);
		MUST(!p.data.len ||
			(p.data.at >= bytes.at && p.data.at + p.data.len <= bytes.at + bytes.len));
		streams_packet(s, kind, &p, &time);
	}
	if (end)
		streams_end(s);
	streams_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	unsigned what = input_byte(&in);
	if (size > 20000)
		return 0;
	if (what & 1)
		check_reassembly(in);
	else
		check_streams(in, what & 2);
	return 0;
}
