/* fragments.c - see fragments.h. */
#include "capture/fragments.h"

#include "base/mem.h"
#include <stdlib.h>
#include <wilco/limits.h>

/* Fragments begin at multiples of a unit, so a bit for each unit says what is there. */
enum { UNIT = 8, IP_MOST = 65535, UNITS = IP_MOST / UNIT + 1 };

/* A packet of which fragments came. */
struct joined {
	struct packet head; /* whose it is; of its first fragment */
	struct timespec time;
	uint64_t age;
	size_t size; /* 0: its last fragment has not come */
	size_t end;  /* behind what came */
	uint8_t bytes[IP_MOST];
	bool there[UNITS];
};

struct fragments {
	struct joined *at[LIMIT_FRAGMENTED];
	size_t count;
	uint64_t age;
	struct joined *given; /* whose bytes the caller has */
};

struct fragments *fragments_new(void)
{
	return mem_new(sizeof(struct fragments));
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		free(f->at[i]);
	free(f->given);
	free(f);
}

static bool is_of(const struct joined *j, const struct packet *p)
{
	return j->head.fragment.id == p->fragment.id &&
	       j->head.fragment.protocol == p->fragment.protocol &&
	       packet_end_equal(&j->head.from, &p->from) && packet_end_equal(&j->head.to, &p->to);
}

static size_t find(const struct fragments *f, const struct packet *p)
{
	size_t i = 0;
	while (i < f->count && !is_of(f->at[i], p))
		i++;
	return i;
}

bool fragments_has_room(const struct fragments *f, const struct packet *p)
{
	return f->count < LIMIT_FRAGMENTED || find(f, p) < f->count;
}

static void take_bytes(struct joined *j, const struct packet *p)
{
	size_t offset = p->fragment.offset, end = offset + p->data.len + p->cut;
	bool last = !p->fragment.more;
	if (last && !j->size)
		j->size = end;
	j->end = end > j->end ? end : j->end;
	for (size_t at = 0; at < p->data.len; at += UNIT) {
		size_t n = p->data.len - at < UNIT ? p->data.len - at : UNIT;
		size_t unit = (offset + at) / UNIT;
		bool whole = n == UNIT || (last && offset + at + n == j->size);
		if (!j->there[unit] && whole)
			memcpy(j->bytes + offset + at, p->data.at + at, n);
		j->there[unit] |= whole;
	}
}

/* Returns how many bytes are there from the beginning on. */
static size_t begun(const struct joined *j)
{
	size_t unit = 0, most = j->size ? j->size : j->end;
	while (unit * UNIT < most && j->there[unit])
		unit++;
	return unit * UNIT < most ? unit * UNIT : most;
}

/* Gives a packet to the caller. */
static void give(struct fragments *f, size_t place, struct packet *p)
{
	free(f->given);
	f->given = f->at[place];
	f->at[place] = f->at[--f->count];
	*p = f->given->head;
}

enum packet_kind fragments_take(struct fragments *f, struct packet *p, const struct timespec *time)
{
	size_t place = find(f, p);
	if (p->fragment.offset + p->data.len + p->cut > IP_MOST || place == LIMIT_FRAGMENTED)
		return PACKET_CUT;
	if (place == f->count) {
		f->at[f->count++] = mem_new(sizeof(struct joined));
		f->at[place]->head = *p;
		f->at[place]->time = *time;
		f->at[place]->age = ++f->age;
	}
	struct joined *j = f->at[place];
	take_bytes(j, p);
	if (!j->size || begun(j) < j->size)
		return PACKET_FRAGMENT;
	give(f, place, p);
	return packet_inside(slice_of(j->bytes, j->size), j->size, p);
}

bool fragments_give_up(
	struct fragments *f, struct packet *p, enum packet_kind *kind, struct timespec *time)
{
	size_t oldest = 0;
	for (size_t i = 1; i < f->count; i++)
		if (f->at[i]->age < f->at[oldest]->age)
			oldest = i;
	if (!f->count)
		return false;
	const struct joined *j = f->at[oldest];
	size_t there = begun(j), size = j->size ? j->size : j->end;
	give(f, oldest, p);
	*time = j->time;
	*kind = there ? packet_inside(slice_of(j->bytes, there), size, p) : PACKET_FRAGMENT;
	return true;
}
