/* viewed_load.c - has parts of a file in the record: their devices and entries. */
#include "viewed/viewed_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

/* Streams that have a session of their own, which lines that are saved are for. */
enum { SESSIONS_MOST = 8192 };
enum { TEXT_SIZE = 128 };

/* ---- devices ---- */

/* Makes a session that is never opened: for its name, its address and its settings. */
static struct session *session_of(const struct viewed *v, const struct pieces_stream *s)
{
	struct address a;
	struct error ignored;
	if (!address_parse(slice_str(s->device), 0, &a, &ignored))
		address_parse(SLICE("127.0.0.1"), 0, &a, &ignored);
	const struct session_config config = {.loop = v->config.loop,
		.name = s->device,
		.address = &a,
		.settings = v->config.settings,
		.frame = v->config.frame,
		.events = &session_unheard};
	struct session *session = session_new(&config);
	address_free(&a);
	return session;
}

/* Several streams are told apart: those of a log by the names of their devices, those of a capture
 * by their numbers. */
static uint32_t link_of(const struct viewed *v, const struct pieces_stream *s)
{
	return v->several && *s->program ? (uint32_t)s->number : 0;
}

/* There is another stream than the first one. */
static void tell_apart(struct viewed *v)
{
	const struct pieces_stream *first = pieces_stream(v->pieces, 0);
	v->several = true;
	for (size_t i = 0; i < v->record.count; i++)
		if (v->record.at[i].kind == ENTRY_EXCHANGE)
			v->record.at[i].exchange->link = link_of(v, first);
	pane_labels(v->pane, !*first->program);
	pane_view(v->pane, v->pane->look.view); /* rows are others */
}

static struct viewed_device *device_of(struct viewed *v, size_t stream)
{
	if (stream >= v->device_room) {
		size_t room = 2 * stream + 16;
		v->devices = mem_grow(v->devices, room, sizeof(struct viewed_device *));
		memset(v->devices + v->device_room, 0,
			(room - v->device_room) * sizeof(struct viewed_device *));
		v->device_room = room;
	}
	struct viewed_device *d = v->devices[stream];
	if (d)
		return d;
	d = v->devices[stream] = mem_new(sizeof *d);
	const struct session *session = v->record.device_count > SESSIONS_MOST
						? v->record.devices[SESSIONS_MOST]->session
						: NULL;
	if (!session)
		session = d->session = session_of(v, pieces_stream(v->pieces, stream));
	d->recorded = record_device(&v->record, session);
	if (!v->several && v->record.device_count > 2) /* the first one is wilco itself */
		tell_apart(v);
	return d;
}

static size_t stream_of(const struct viewed *v, const struct record_device *device)
{
	size_t i = 0;
	while (i < v->device_room && (!v->devices[i] || v->devices[i]->recorded != device))
		i++;
	return i;
}

size_t viewed_stream_of(const struct viewed *v, const struct entry *e)
{
	size_t stream = e ? stream_of(v, e->device) : v->device_room;
	return stream < v->device_room ? pieces_stream(v->pieces, stream)->number : 0;
}

/* ---- entries ---- */

static struct slice missing_text(const struct paired *p, uint32_t link, char *out, size_t size)
{
	char stream[24] = "";
	if (link)
		snprintf(stream, sizeof stream, "%u ", link);
	snprintf(out, size, "%s%llu byte%s of the %s %s missing here (at %llu)", stream,
		(unsigned long long)p->missing, plural(p->missing),
		p->side == SIDE_REPLY ? "device" : "program", p->missing == 1 ? "is" : "are",
		(unsigned long long)p->offset);
	return slice_str(out);
}

static bool is_wanted(const struct viewed *v, const struct part_entry *e)
{
	return !v->stream || pieces_stream(v->pieces, e->stream)->number == v->stream;
}

size_t viewed_put(struct viewed *v, struct record *r, bool front, struct part_entry *entries,
	size_t count, uint64_t id)
{
	char(*texts)[TEXT_SIZE] = mem_grow(NULL, count + 1, sizeof *texts);
	struct record_added *added = mem_grow(NULL, count + 1, sizeof *added);
	struct timespec time = {0};
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (is_wanted(v, &entries[i]))
			device_of(v, entries[i].stream); /* that there are several is known first */
	for (size_t i = 0; i < count; i++) {
		struct paired *p = &entries[i].what;
		if (!is_wanted(v, &entries[i]))
			continue;
		struct viewed_device *d = device_of(v, entries[i].stream);
		uint32_t link = link_of(v, pieces_stream(v->pieces, entries[i].stream));
		added[n] = (struct record_added){.id = id + i,
			.device = d->recorded,
			.exchange = p->x,
			.wrong = !p->x || p->cut || p->incomplete};
		time = p->x ? p->x->time : time;
		added[n].time = time;
		if (p->x)
			p->x->link = link;
		else
			added[n].text = missing_text(p, link, texts[i], sizeof texts[i]);
		p->x = NULL;
		n++;
	}
	record_add(r, front, added, n);
	free(added);
	free(texts);
	return n;
}

static bool passes(void *arg, size_t index)
{
	struct viewed *v = arg;
	return pane_shows(v->pane, index);
}

/* Makes room at the other end, but for what the window shows. */
static void make_room(struct viewed *v, bool front)
{
	struct record *r = &v->record;
	while (r->held > r->cap && v->loaded_count > 1) {
		size_t drop = front ? v->loaded_count - 1 : 0;
		uint64_t from = v->loaded[front ? drop : 1].id, top = v->pane->top;
		if (front ? from <= top : from > top)
			return;
		size_t index = record_index(r, from);
		record_cut(r, !front, front ? r->count - index : index);
		memmove(v->loaded + drop, v->loaded + drop + 1,
			(v->loaded_count - drop - 1) * sizeof *v->loaded);
		v->loaded_count--;
	}
}

bool viewed_load(struct viewed *v, bool front, size_t part, struct part_entry *entries,
	size_t count, uint64_t id)
{
	struct record *r = &v->record;
	size_t added = viewed_put(v, r, front, entries, count, id), before = r->count - added;
	record_sieve(r, front ? 0 : before, added, passes, v);
	v->loaded = mem_more(v->loaded, v->loaded_count, &v->loaded_room, sizeof *v->loaded);
	size_t at = front ? 0 : v->loaded_count;
	memmove(v->loaded + at + 1, v->loaded + at, (v->loaded_count - at) * sizeof *v->loaded);
	v->loaded[at] = (struct loaded){part, id};
	v->loaded_count++;
	bool any = r->count > before;
	make_room(v, front);
	return any;
}

void viewed_unload_from(struct viewed *v, size_t part)
{
	struct record *r = &v->record;
	size_t kept = 0;
	while (kept < v->loaded_count && v->loaded[kept].part < part)
		kept++;
	if (kept < v->loaded_count)
		record_cut(r, false, r->count - record_index(r, v->loaded[kept].id));
	v->loaded_count = kept;
}

void viewed_unload(struct viewed *v)
{
	record_cut(&v->record, true, v->record.count);
	v->loaded_count = 0;
	v->want = 0;
}
