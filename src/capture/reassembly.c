/* reassembly.c - see reassembly.h. */
#include "capture/reassembly.h"

#include "base/mem.h"
#include <wilco/limits.h>

struct kept_segment {
	uint64_t offset;
	size_t len;
	uint8_t *bytes; /* owned */
	struct packet_at at;
};

/* A segment while it is taken, and where to tell about it. */
struct feeding {
	struct reassembly *r;
	struct reassembly_room *room;
	const struct reassembly_events *events;
	void *arg;
	uint64_t offset; /* of `bytes` */
	struct slice bytes;
	struct packet_at at;
};

/* No window is larger (RFC 7323): a number beyond it belongs to no segment of this connection. */
enum { WINDOW_MOST = 1 << 30 };

void reassembly_begin(struct reassembly *r, uint32_t seq)
{
	if (!r->begun)
		r->first = seq;
	r->begun = true;
}

int64_t reassembly_offset(const struct reassembly *r, uint32_t seq)
{
	int32_t from_next = (int32_t)(seq - (r->first + (uint32_t)r->next));
	return (int64_t)r->next + from_next;
}

static bool is_near(const struct reassembly *r, int64_t offset)
{
	return offset <= (int64_t)r->next + WINDOW_MOST;
}

void reassembly_reaches(struct reassembly *r, int64_t offset)
{
	if (is_near(r, offset) && offset > (int64_t)r->end)
		r->end = (uint64_t)offset;
}

void reassembly_acked(struct reassembly *r, int64_t offset)
{
	if (is_near(r, offset) && offset > (int64_t)r->acked)
		r->acked = (uint64_t)offset;
}

/* ---- telling ---- */

static void tell(struct feeding *f, struct slice bytes, const struct packet_at *at)
{
	struct packet_at told = *at;
	if (told.number < f->r->number) /* it waited for the packet before it */
		told.number = f->r->number;
	f->events->bytes(f->arg, f->r->next, bytes, &told);
	f->r->next += bytes.len;
	f->r->number = told.number;
}

static void tell_missing(struct feeding *f, uint64_t up_to)
{
	f->events->missing(f->arg, f->r->next, up_to - f->r->next);
	f->r->next = up_to;
}

/* Tells the first of the segments that are kept. */
static void tell_kept(struct feeding *f)
{
	struct reassembly *r = f->r;
	struct kept_segment first = r->kept[0];
	r->count--;
	memmove(r->kept, r->kept + 1, r->count * sizeof *r->kept);
	tell(f, slice_of(first.bytes, first.len), &first.at);
	f->room->left += first.len;
	free(first.bytes);
}

/* Tells those that are kept and come next. */
static void tell_next(struct feeding *f)
{
	while (f->r->count && f->r->kept[0].offset == f->r->next)
		tell_kept(f);
}

/* ---- keeping ---- */

static void advance(struct feeding *f, uint64_t n)
{
	f->bytes = slice_cut(f->bytes, (size_t)n, f->bytes.len);
	f->offset += n;
}

static bool has_room(const struct feeding *f)
{
	return f->r->count < LIMIT_SEGMENTS_KEPT && f->bytes.len <= f->room->left;
}

/* Returns the place of the first segment that ends behind the offset. */
static size_t place_of(const struct reassembly *r, uint64_t offset)
{
	size_t i = r->count;
	while (i && r->kept[i - 1].offset + r->kept[i - 1].len > offset)
		i--;
	return i;
}

static void insert(struct feeding *f, size_t place, size_t len)
{
	struct reassembly *r = f->r;
	r->kept = mem_more(r->kept, r->count, &r->room, sizeof *r->kept);
	memmove(r->kept + place + 1, r->kept + place, (r->count - place) * sizeof *r->kept);
	r->kept[place] = (struct kept_segment){.offset = f->offset,
		.len = len,
		.bytes = (uint8_t *)mem_strn(f->bytes.at, len),
		.at = f->at};
	r->count++;
	f->room->left -= len;
}

/* Keeps the parts of a segment that no other one has brought; false: there is no room. */
static bool keep(struct feeding *f)
{
	while (f->bytes.len) {
		size_t i = place_of(f->r, f->offset);
		const struct kept_segment *next = i < f->r->count ? &f->r->kept[i] : NULL;
		if (next && next->offset <= f->offset) {
			advance(f, next->offset + next->len - f->offset);
			continue;
		}
		if (!has_room(f))
			return false;
		size_t len = next && next->offset - f->offset < f->bytes.len
				     ? (size_t)(next->offset - f->offset)
				     : f->bytes.len;
		insert(f, i, len);
		advance(f, len);
	}
	return true;
}

/* Tells a segment that comes next, or the part of it that does.  Where it overlaps with one that
 * is kept, that one came first. */
static void take_next(struct feeding *f)
{
	struct reassembly *r = f->r;
	if (f->offset < r->next)
		advance(f, r->next - f->offset);
	uint64_t up_to = r->count ? r->kept[0].offset - f->offset : f->bytes.len;
	struct slice part = slice_cut(f->bytes, 0, (size_t)up_to);
	if (part.len)
		tell(f, part, &f->at);
	advance(f, part.len);
	tell_next(f);
}

/* Gives up the hole in front of what comes next. */
static void give_up(struct feeding *f)
{
	const struct reassembly *r = f->r;
	uint64_t up_to = r->count && r->kept[0].offset < f->offset ? r->kept[0].offset : f->offset;
	tell_missing(f, up_to);
	tell_next(f);
}

void reassembly_feed(struct reassembly *r, uint32_t seq, struct slice bytes,
	const struct packet_at *at, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg)
{
	int64_t offset = reassembly_offset(r, seq);
	struct feeding f = {r, room, events, arg, 0, bytes, *at};
	if (offset < 0) { /* what was before the first byte that counts */
		uint64_t before = (uint64_t)-offset;
		f.bytes = slice_cut(
			bytes, before < bytes.len ? (size_t)before : bytes.len, bytes.len);
		offset = 0;
	}
	if (r->finished || !f.bytes.len || !is_near(r, offset))
		return;
	f.offset = (uint64_t)offset;
	reassembly_reaches(r, offset + (int64_t)f.bytes.len);
	while (f.bytes.len && f.offset + f.bytes.len > r->next) {
		if (f.offset <= r->next)
			take_next(&f);
		else if (!keep(&f))
			give_up(&f);
	}
}

void reassembly_confirmed(struct reassembly *r, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg)
{
	struct feeding f = {.r = r, .room = room, .events = events, .arg = arg};
	while (r->count && r->acked > r->kept[0].offset) {
		tell_missing(&f, r->kept[0].offset);
		tell_next(&f);
	}
}

void reassembly_end(struct reassembly *r, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg)
{
	struct feeding f = {.r = r, .room = room, .events = events, .arg = arg};
	if (r->acked > r->end + 1) /* one more may have been a FIN, which is not in the capture */
		r->end = r->acked;
	while (r->count) {
		tell_missing(&f, r->kept[0].offset);
		tell_next(&f);
	}
	if (r->end > r->next)
		tell_missing(&f, r->end);
	r->finished = true;
	reassembly_free(r);
}

void reassembly_free(struct reassembly *r)
{
	while (r->count)
		free(r->kept[--r->count].bytes);
	free(r->kept);
	r->kept = NULL;
	r->room = 0;
}
