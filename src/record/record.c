/* record.c - see record.h. */
#include "record/record.h"

#include "base/mem.h"
#include "base/sorted.h"
#include <stdlib.h>

/* PART: this part of the cap goes at once, so that removing entries costs little. */
enum { PART = 16, ROOM_LEAST = 64 };
/* Entries ahead: what goes has left the processor's caches long ago, and is fetched beforehand. */
enum { AHEAD = 8 };

void record_init(struct record *r)
{
	*r = (struct record){.cap = LIMIT_TRANSCRIPT, .newest = RECORD_NONE};
	record_device(r, NULL);
}

struct record_device *record_device(struct record *r, const struct session *s)
{
	struct record_device *device = mem_new(sizeof *device);
	device->session = s;
	r->devices = mem_grow(r->devices, r->device_count + 1, sizeof(struct record_device *));
	r->devices[r->device_count++] = device;
	return device;
}

void record_device_forget(struct record *r, struct record_device *device)
{
	size_t i = 0;
	while (r->devices[i] != device)
		i++;
	r->devices[i] = r->devices[--r->device_count];
	free(device);
}

/* ---- what has to go ---- */

static void record_drop(struct record *r, struct entry *e)
{
	if (e->kind == ENTRY_EXCHANGE)
		exchange_free(e->exchange);
	else
		free(e->text);
	e->device->commands_gone += e->command;
	e->device->held -= e->size;
	r->held -= e->size;
	e->size = 0;
}

/* Returns how much each device may keep of `most` bytes: what devices with less do not need is
 * shared by the others. */
static size_t fair_share(const struct record *r, size_t most)
{
	size_t share = 0, next = most / r->device_count;
	while (next > share) {
		size_t left = most, over = 0;
		share = next;
		for (size_t i = 0; i < r->device_count; i++) {
			bool has_more = r->devices[i]->held > share;
			left -= has_more ? 0 : r->devices[i]->held;
			over += has_more;
		}
		next = over ? left / over : share;
	}
	return share;
}

static void record_make_room(struct record *r, uint64_t added)
{
	size_t most = r->cap - r->cap / PART, share = fair_share(r, most), end = 0;
	for (; end < r->count && r->held > most; end++) {
		struct entry *e = &r->at[end];
		if (end + AHEAD < r->count)
			__builtin_prefetch(r->at[end + AHEAD].exchange);
		if (e->device->held > share && e->id != added && e->id != r->newest)
			record_drop(r, e);
	}
	size_t to = end;
	while (end-- > 0)
		if (r->at[end].size)
			r->at[--to] = r->at[end];
	r->at += to;
	r->count -= to;
}

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->count; i++)
		record_drop(r, &r->at[i]);
	for (size_t i = 0; i < r->device_count; i++)
		free(r->devices[i]);
	free(r->devices);
	free(r->store);
	*r = (struct record){0};
}

/* ---- adding ---- */

static void find_place(struct record *r)
{
	size_t before = (size_t)(r->at - r->store);
	if (before + r->count < r->room)
		return;
	if (before > r->room / 2) {
		memmove(r->store, r->at, r->count * sizeof *r->at);
		before = 0;
	} else {
		r->room = r->room ? r->room * 2 : ROOM_LEAST;
		r->store = mem_grow(r->store, r->room, sizeof *r->store);
	}
	r->at = r->store + before;
}

static struct entry *insert(struct record *r, size_t at, enum entry_kind kind,
	struct record_device *device, size_t size)
{
	find_place(r);
	struct entry *e = &r->at[at];
	uint64_t id = at < r->count ? e->id : r->ever;
	for (size_t i = r->count++; i > at; i--) {
		r->at[i] = r->at[i - 1];
		r->at[i].id++;
	}
	r->ever++;
	*e = (struct entry){
		.id = id, .device = device, .kind = kind, .size = (uint32_t)(sizeof *e + size)};
	device->held += e->size;
	r->held += e->size;
	return e;
}

void record_exchange(struct record *r, struct record_device *device, struct exchange *x, size_t at)
{
	struct entry *e = insert(r, at, ENTRY_EXCHANGE, device, exchange_size(x));
	e->exchange = x;
	e->time = x->time;
	if (!x->time.tv_sec) /* the command was not sent */
		clock_gettime(CLOCK_REALTIME, &e->time);
	e->command = x->command;
	e->wrong = exchange_is_wrong(x);
	r->newest = e->id;
	if (r->held > r->cap)
		record_make_room(r, e->id);
}

void record_text_at(
	struct record *r, enum entry_kind kind, struct slice safe, const struct timespec *at)
{
	struct entry *e = insert(r, r->count, kind, r->devices[0], safe.len + 1);
	e->text = mem_strn(safe.at, safe.len);
	e->wrong = kind == ENTRY_ERROR;
	e->time = *at;
	if (r->held > r->cap)
		record_make_room(r, e->id);
}

void record_text(struct record *r, enum entry_kind kind, struct slice safe)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	record_text_at(r, kind, safe, &now);
}

/* ---- entries of a source ---- */

/* Makes room for so many entries in front of the first one, or behind the last, as much again being
 * left there for the next ones. */
static void make_gap(struct record *r, bool front, size_t count)
{
	size_t before = (size_t)(r->at - r->store), behind = r->room - before - r->count;
	if ((front ? before : behind) >= count)
		return;
	size_t more = count + r->count + ROOM_LEAST;
	struct entry *store =
		mem_grow(NULL, r->count + more + (front ? behind : before), sizeof *store);
	size_t at = front ? more : before;
	if (r->count)
		memcpy(store + at, r->at, r->count * sizeof *store);
	free(r->store);
	r->room = r->count + more + (front ? behind : before);
	r->store = store;
	r->at = store + at;
}

static void add_one(struct record *r, struct entry *e, const struct record_added *a)
{
	size_t size = a->exchange ? exchange_size(a->exchange) : a->text.len + 1;
	*e = (struct entry){.id = a->id,
		.device = a->device,
		.kind = a->exchange ? ENTRY_EXCHANGE : ENTRY_NOTE,
		.time = a->time,
		.size = (uint32_t)(sizeof *e + size),
		.command = a->exchange && a->exchange->command,
		.wrong = a->wrong || (a->exchange && exchange_is_wrong(a->exchange))};
	if (a->exchange)
		e->exchange = a->exchange;
	else
		e->text = mem_strn(a->text.at, a->text.len);
	if (a->exchange)
		r->newest = a->id;
	e->device->held += e->size;
	r->held += e->size;
}

void record_add(struct record *r, bool front, const struct record_added *added, size_t count)
{
	make_gap(r, front, count);
	r->at -= front ? count : 0;
	struct entry *e = front ? r->at : r->at + r->count;
	for (size_t i = 0; i < count; i++)
		add_one(r, &e[i], &added[i]);
	r->count += count;
	r->ever = r->count ? r->at[r->count - 1].id + 1 : 0;
}

void record_sieve(struct record *r, size_t from, size_t count,
	bool (*keep)(void *arg, size_t index), void *arg)
{
	size_t to = from;
	uint8_t *kept = mem_new(count + 1); /* nothing moves while somebody looks */
	for (size_t i = 0; i < count; i++)
		kept[i] = keep(arg, from + i);
	for (size_t i = 0; i < count; i++)
		if (kept[i])
			r->at[to++] = r->at[from + i];
		else
			record_drop(r, &r->at[from + i]);
	memmove(r->at + to, r->at + from + count, (r->count - from - count) * sizeof *r->at);
	r->count -= from + count - to;
	r->ever = r->count ? r->at[r->count - 1].id + 1 : 0;
	free(kept);
}

void record_cut(struct record *r, bool front, size_t count)
{
	struct entry *e = front ? r->at : r->at + r->count - count;
	for (size_t i = 0; i < count; i++)
		record_drop(r, &e[i]);
	r->at += front ? count : 0;
	r->count -= count;
	r->ever = r->count ? r->at[r->count - 1].id + 1 : 0;
}

/* ---- finding ---- */

static bool is_older(const void *entry, const void *id)
{
	return ((const struct entry *)entry)->id < *(const uint64_t *)id;
}

size_t record_index(const struct record *r, uint64_t id)
{
	return sorted_place(r->at, r->count, sizeof *r->at, is_older, &id);
}

struct entry *record_find(const struct record *r, uint64_t id)
{
	size_t i = record_index(r, id);
	return i < r->count && r->at[i].id == id ? &r->at[i] : NULL;
}

uint64_t record_gone(const struct record *r)
{
	return r->source ? 0 : r->ever - r->count;
}
