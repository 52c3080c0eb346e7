/* streams.c - see streams.h. */
#include "capture/streams.h"

#include "base/hash.h"
#include "base/mem.h"
#include "capture/fragments.h"
#include <wilco/limits.h>

enum { BUCKETS = 16384 };

struct streams {
	const struct streams_events *events;
	void *arg;
	struct stream **all;
	size_t count, room;
	struct stream *newest[BUCKETS];
	struct reassembly_room behind_holes;
	struct streams_left_out left_out;
	uint64_t packets;
	struct fragments *fragments;
	bool at_once;
};

/* Whose bytes a reassembly tells. */
struct telling {
	struct streams *streams;
	struct stream *stream;
	int side;
};

/* ---- telling ---- */

static void tell_bytes(void *arg, uint64_t offset, struct slice bytes, const struct packet_at *at)
{
	const struct telling *t = arg;
	t->stream->bytes[t->side] += bytes.len;
	t->streams->events->bytes(t->streams->arg, t->stream->index, t->side, offset, bytes, at);
}

static void tell_missing(void *arg, uint64_t offset, uint64_t count)
{
	const struct telling *t = arg;
	t->stream->missing[t->side] += count;
	t->streams->events->missing(t->streams->arg, t->stream->index, t->side, offset, count);
}

static const struct reassembly_events telling_events = {tell_bytes, tell_missing};

static void tell_closed(struct streams *s, struct stream *x, int side, const struct packet_at *at)
{
	if (x->closed[side])
		return;
	x->closed[side] = true;
	s->events->closed(s->arg, x->index, side, at);
}

static void end_way(struct streams *s, struct stream *x, int side, const struct packet_at *at)
{
	struct telling t = {s, x, side};
	reassembly_end(&x->way[side], &s->behind_holes, &telling_events, &t);
	if (x->fin[side])
		tell_closed(s, x, side, at);
}

/* Nothing of the stream comes any more. */
static void end_stream(struct streams *s, struct stream *x)
{
	const struct packet_at last = {.number = s->packets, .time = x->last};
	for (int side = 0; side < 2; side++)
		end_way(s, x, side, &last);
}

/* ---- the table ---- */

/* Both directions have the same hash. */
static uint64_t hash_of(const struct packet *p)
{
	uint64_t sum = 0;
	const struct packet_end *ends[] = {&p->from, &p->to};
	for (int i = 0; i < 2; i++)
		sum += hash_number(
			hash_bytes(HASH_BEGIN, slice_of(ends[i]->host, 16)), ends[i]->port);
	return sum ^ sum >> 32;
}

/* Returns the side from which the packet comes; -1: it is of another stream. */
static int side_of(const struct stream *x, const struct packet *p, bool udp)
{
	if (x->udp != udp)
		return -1;
	if (packet_end_equal(&x->ends[0], &p->from) && packet_end_equal(&x->ends[1], &p->to))
		return 0;
	if (packet_end_equal(&x->ends[1], &p->from) && packet_end_equal(&x->ends[0], &p->to))
		return 1;
	return -1;
}

static struct stream *find(const struct streams *s, const struct packet *p, bool udp, int *side)
{
	uint64_t hash = hash_of(p);
	struct stream *x = s->newest[hash % BUCKETS];
	while (x && (x->hash != hash || (*side = side_of(x, p, udp)) < 0))
		x = x->older;
	return x;
}

static struct stream *add(
	struct streams *s, const struct packet *p, bool udp, const struct timespec *time)
{
	uint64_t hash = hash_of(p);
	if (s->count == LIMIT_STREAMS)
		return NULL;
	struct stream *x = mem_new(sizeof *x);
	*x = (struct stream){.ends = {p->from, p->to},
		.udp = udp,
		.device = -1,
		.first = *time,
		.index = s->count,
		.hash = hash,
		.older = s->newest[hash % BUCKETS]};
	s->all = mem_more(s->all, s->count, &s->room, sizeof(struct stream *));
	s->all[s->count++] = s->newest[hash % BUCKETS] = x;
	return x;
}

/* ---- packets ---- */

/* Says whether the SYN begins a connection between ends that had one before. */
static bool begins_another(const struct stream *x, const struct packet *p, int side)
{
	const struct reassembly *way = &x->way[side];
	return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && way->begun &&
	       way->first != p->seq + 1;
}

/* Notes what a packet says about the other side's bytes, and returns their number. */
static uint64_t take_ack(struct stream *x, const struct packet *p, int side)
{
	struct reassembly *other = &x->way[1 - side];
	if (!(p->flags & TCP_ACK))
		return 0;
	reassembly_begin(other, p->ack);
	int64_t acked = reassembly_offset(other, p->ack);
	reassembly_acked(other, acked);
	return acked > 0 ? (uint64_t)acked : 0;
}

static void take_tcp(struct streams *s, struct stream *x, const struct packet *p, int side,
	const struct timespec *time)
{
	struct telling t = {s, x, side};
	struct reassembly *way = &x->way[side];
	struct packet_at at = {.number = s->packets, .time = *time};
	if (p->flags & TCP_RST) { /* nothing that is missing comes any more */
		x->fin[side] = true;
		end_way(s, x, side, &at);
		return;
	}
	uint32_t seq = p->seq + (p->flags & TCP_SYN ? 1 : 0);
	if (p->flags & TCP_SYN)
		x->device = p->flags & TCP_ACK ? side : 1 - side;
	reassembly_begin(way, seq);
	at.acked = take_ack(x, p, side);
	if (s->at_once) {
		struct telling other = {s, x, 1 - side};
		reassembly_confirmed(&x->way[1 - side], &s->behind_holes, &telling_events, &other);
	}
	int64_t end = reassembly_offset(way, seq) + (int64_t)(p->data.len + p->cut);
	if (p->data.len || p->cut || p->flags & TCP_FIN)
		reassembly_reaches(way, end);
	else /* one number more may be that of the FIN */
		reassembly_acked(way, end);
	reassembly_feed(way, seq, p->data, &at, &s->behind_holes, &telling_events, &t);
	x->fin[side] |= (p->flags & TCP_FIN) != 0;
	if (x->fin[side] && way->next >= way->end)
		tell_closed(s, x, side, &at);
}

static void take_udp(struct streams *s, struct stream *x, const struct packet *p, int side,
	const struct timespec *time)
{
	struct telling t = {s, x, side};
	struct reassembly *way = &x->way[side];
	struct packet_at at = {.number = s->packets, .time = *time};
	tell_bytes(&t, way->next, p->data, &at);
	way->next += p->data.len;
	if (p->cut)
		tell_missing(&t, way->next, p->cut);
	way->next += p->cut;
}

static void take(struct streams *s, const struct packet *p, bool udp, const struct timespec *time)
{
	int side = 0;
	struct stream *x = find(s, p, udp, &side);
	if (x && !udp && begins_another(x, p, side)) {
		end_stream(s, x);
		x = NULL;
	}
	if (!x) {
		x = add(s, p, udp, time);
		side = 0;
	}
	if (!x) {
		s->left_out.over++;
		return;
	}
	x->packets++;
	x->last = *time;
	(udp ? take_udp : take_tcp)(s, x, p, side, time);
}

static void take_kind(struct streams *s, enum packet_kind kind, const struct packet *p,
	const struct timespec *time)
{
	s->left_out.cut += kind == PACKET_CUT;
	s->left_out.other += kind == PACKET_OTHER;
	if (kind == PACKET_TCP || kind == PACKET_UDP)
		take(s, p, kind == PACKET_UDP, time);
}

/* Takes what there is of the oldest packet whose fragments did not all come; false: there is none.
 */
static bool give_up(struct streams *s)
{
	struct packet p;
	enum packet_kind kind;
	struct timespec time;
	if (!fragments_give_up(s->fragments, &p, &kind, &time))
		return false;
	s->left_out.fragments += kind != PACKET_OTHER;
	take_kind(s, kind, &p, &time);
	return true;
}

void streams_packet(struct streams *s, enum packet_kind kind, const struct packet *p,
	const struct timespec *time)
{
	struct packet whole = *p;
	s->packets++;
	if (kind == PACKET_FRAGMENT) {
		if (!fragments_has_room(s->fragments, p))
			give_up(s);
		kind = fragments_take(s->fragments, &whole, time);
	}
	take_kind(s, kind, &whole, time);
}

void streams_end(struct streams *s)
{
	while (give_up(s))
		;
	for (size_t i = 0; i < s->count; i++)
		end_stream(s, s->all[i]);
}

/* ---- the table from outside ---- */

struct streams *streams_new(const struct streams_events *events, void *arg)
{
	struct streams *s = mem_new(sizeof *s);
	s->events = events;
	s->arg = arg;
	s->behind_holes.left = LIMIT_BEHIND_HOLES;
	s->fragments = fragments_new();
	return s;
}

void streams_at_once(struct streams *s)
{
	s->at_once = true;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		reassembly_free(&s->all[i]->way[0]);
		reassembly_free(&s->all[i]->way[1]);
		free(s->all[i]);
	}
	free(s->all);
	fragments_free(s->fragments);
	free(s);
}

size_t streams_count(const struct streams *s)
{
	return s->count;
}

const struct stream *streams_at(const struct streams *s, size_t stream)
{
	return s->all[stream];
}

struct streams_left_out streams_left_out(const struct streams *s)
{
	return s->left_out;
}
