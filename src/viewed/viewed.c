/* viewed.c - see viewed.h. */
#include "viewed/viewed.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>

/* What is done in a turn of the loop, and for a key: longer things are done bit by bit. */
enum { TURN_MS = 8, KEY_MS = 30, TOLD_EVERY_MS = 200 };
/* Pieces and bytes of a part. */
enum { PART_PIECES = 4096, PART_BYTES = 512 * 1024 };
/* Streams that have a session of their own, which lines that are saved are for. */
enum { SESSIONS_MOST = 8192 };
enum { TEXT_SIZE = 128 };

/* Of a part of the file: where it begins. */
struct indexed {
	struct mark mark;
	uint64_t id;          /* of its first entry */
	struct timespec time; /* of that; tv_sec 0: it has none */
};

/* A part that is in the record, and the number of its first entry. */
struct loaded {
	size_t part;
	uint64_t id;
};

struct viewed_device {
	struct session *session; /* owned; NULL: it shares one */
	struct record_device *recorded;
};

struct viewed {
	struct viewed_config config;
	struct pieces *pieces;
	struct pane *pane;
	struct record *before;       /* the pane's, which it gets back */
	struct record record, other; /* other: a part that is only looked at */
	struct loop_timer timer;
	int64_t told_at;

	struct part *scan; /* the part behind those that were read through */
	struct pieces_place
		place; /* where that goes on, when the pieces were used for another part */
	bool moved;
	size_t parts; /* that were read through */
	bool ended;   /* these are all */
	uint64_t entries;

	struct indexed *index; /* of each stride-th part */
	size_t count, room, stride;

	struct part *read;     /* a part that is read again */
	struct loaded *loaded; /* the parts in the record, in order */
	size_t loaded_count, loaded_room;
	int want; /* entries in front of (-1) or behind (1) the record: somebody waits for them */

	struct viewed_device **devices; /* by stream; NULL: nothing was shown of it yet */
	size_t device_room;
	size_t stream; /* only this one, from 1 */
	bool several;  /* something was shown of more than one */

	struct {
		bool on, back;
		pane_test *test;
		size_t next; /* part */
	} seek;
};

/* ---- devices ---- */

static void no_state(void *owner, struct session *s)
{
	(void)owner, (void)s;
}

static void no_note(void *owner, struct session *s, bool warning, const char *text)
{
	(void)owner, (void)s, (void)warning, (void)text;
}

static bool not_taken(void *asker, struct session *s, struct exchange *x)
{
	(void)asker, (void)s, (void)x;
	return false;
}

/* Makes a session that is never opened: for its name, its address and its settings. */
static struct session *session_of(const struct viewed *v, const struct pieces_stream *s)
{
	static const struct session_events events = {
		.state = no_state, .note = no_note, .unasked = not_taken};
	struct address a;
	struct error ignored;
	if (!address_parse(slice_str(s->device), 0, &a, &ignored))
		address_parse(SLICE("127.0.0.1"), 0, &a, &ignored);
	const struct session_config config = {.loop = v->config.loop,
		.name = s->device,
		.address = &a,
		.settings = v->config.settings,
		.frame = v->config.frame,
		.events = &events};
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

/* Puts the entries of a part into a record, all those of the stream that is shown. */
static size_t put(struct viewed *v, struct record *r, bool front, struct part_entry *entries,
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

/* Takes a part into the record; says whether any of its entries is shown. */
static bool load(struct viewed *v, bool front, size_t part, struct part_entry *entries,
	size_t count, uint64_t id)
{
	struct record *r = &v->record;
	size_t added = put(v, r, front, entries, count, id), before = r->count - added;
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

static void unload(struct viewed *v)
{
	record_cut(&v->record, true, v->record.count);
	v->loaded_count = 0;
	v->want = 0;
}

/* ---- the index ---- */

/* Keeps only every other mark: there are too many. */
static void thin(struct viewed *v)
{
	size_t kept = 0;
	for (size_t i = 0; i < v->count; i++)
		if (i % 2)
			mark_free(&v->index[i].mark);
		else
			v->index[kept++] = v->index[i];
	v->count = kept;
	v->stride *= 2;
}

/* Notes where the next part begins; mark NULL: at the beginning of the file. */
static void index_add(struct viewed *v, size_t part, const struct mark *mark)
{
	if (part % v->stride)
		return;
	if (v->count == v->config.index) {
		thin(v);
		if (part % v->stride)
			return;
	}
	v->index = mem_more(v->index, v->count, &v->room, sizeof *v->index);
	struct indexed *i = &v->index[v->count++];
	*i = (struct indexed){.id = v->entries};
	if (mark)
		mark_copy(&i->mark, mark);
}

/* Reads a part from its mark, or if that was not kept, from the one before it. */
static struct part_entry *read_part(struct viewed *v, size_t part, size_t *count, uint64_t *id)
{
	size_t at = part / v->stride;
	struct mark mark;
	const struct mark *next;
	struct part_entry *entries;
	*id = v->index[at].id;
	if (!v->moved)
		pieces_here(v->pieces, &v->place);
	v->moved = true;
	mark_copy(&mark, &v->index[at].mark);
	for (size_t i = at * v->stride;; i++) {
		part_begin(v->read, i ? &mark : NULL);
		while (part_step(v->read))
			;
		entries = part_entries(v->read, count);
		if (i == part)
			break;
		*id += *count;
		part_is_last(v->read, &next);
		mark_free(&mark);
		mark_copy(&mark, next);
	}
	mark_free(&mark);
	return entries;
}

static bool load_part(struct viewed *v, bool front, size_t part)
{
	size_t count;
	uint64_t id;
	struct part_entry *entries = read_part(v, part, &count, &id);
	return load(v, front, part, entries, count, id);
}

/* ---- what the pane asks for ---- */

static void work_on(struct viewed *v)
{
	if (!loop_timer_running(&v->timer))
		loop_timer_set(&v->timer, 0);
}

/* Finds the part in front of the record, or behind it; false: there is none. */
static bool next_part(const struct viewed *v, bool back, size_t *part)
{
	if (!v->loaded_count)
		*part = 0;
	else if (back && !v->loaded[0].part)
		return false;
	else
		*part = back ? v->loaded[0].part - 1 : v->loaded[v->loaded_count - 1].part + 1;
	return *part < v->parts;
}

/* Loads parts until one has entries that are shown, for a while. */
static bool load_more(struct viewed *v, bool back, int ms)
{
	size_t part;
	int64_t until = loop_now_fresh(v->config.loop) + ms * (int64_t)NS_PER_MS;
	v->want = 0;
	while (next_part(v, back, &part)) {
		if (load_part(v, back, part))
			return true;
		if (loop_now_fresh(v->config.loop) < until)
			continue;
		v->want = back ? -1 : 1;
		work_on(v);
		return false;
	}
	return false;
}

static bool on_more(void *arg, bool back)
{
	struct viewed *v = arg;
	return !v->want && load_more(v, back, KEY_MS);
}

static void show_part(struct viewed *v, size_t part)
{
	unload(v);
	if (part < v->parts)
		load_part(v, false, part);
}

static void on_top(void *arg)
{
	struct viewed *v = arg;
	if (v->loaded_count && v->loaded[0].part)
		show_part(v, 0);
}

static void on_end(void *arg)
{
	struct viewed *v = arg;
	if (v->parts && (!v->loaded_count || v->loaded[v->loaded_count - 1].part + 1 < v->parts)) {
		show_part(v, v->parts - 1);
		if (!v->record.count)
			load_more(v, true, KEY_MS);
	}
}

/* Finds the first of the marks from which on all is at that time of day, or later. */
static void on_time(void *arg, long ms)
{
	struct viewed *v = arg;
	size_t found = v->count;
	for (size_t i = v->count; i-- > 0;) {
		if (!v->index[i].time.tv_sec)
			continue;
		if (pane_ms_of_day(&v->index[i].time) >= ms)
			found = i;
		else if (found < v->count)
			break;
	}
	if (viewed_is_whole(v) || !v->parts)
		return;
	size_t part = found < v->count ? found * v->stride : v->parts - 1;
	show_part(v, part < v->parts ? part : v->parts - 1);
	const struct record *r = &v->record;
	while (!r->count || pane_ms_of_day(&r->at[0].time) >= ms)
		if (!load_more(v, true, KEY_MS))
			break;
}

bool viewed_is_whole(const struct viewed *v)
{
	return v->ended && v->loaded_count == v->parts;
}

/* ---- reading through the file ---- */

static void tell(struct viewed *v, bool now)
{
	int64_t at = loop_now_fresh(v->config.loop);
	if (!now && at - v->told_at < TOLD_EVERY_MS * (int64_t)NS_PER_MS)
		return;
	v->told_at = at;
	v->config.events->changed(v->config.owner);
}

static void tell_end(struct viewed *v)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bool left = pieces_left_out(v->pieces, &text);
	v->config.events->read(v->config.owner, left ? bytes_str(&text) : NULL);
	bytes_free(&text);
}

/* Says whether the part that was just read through goes on with what is in the record, and belongs
 * there: the window is at the end, or there is room. */
static bool goes_on(const struct viewed *v)
{
	size_t last = v->loaded_count ? v->loaded[v->loaded_count - 1].part + 1 : 0;
	bool room = v->record.held < v->record.cap / 2 + v->record.cap / 4;
	return last == v->parts && (room || v->pane->follow || v->want > 0);
}

static void take_scanned(struct viewed *v)
{
	size_t count, part = v->parts;
	const struct mark *next;
	struct part_entry *entries = part_entries(v->scan, &count);
	uint64_t id = v->entries;
	if (count && part % v->stride == 0) {
		const struct exchange *x = entries[0].what.x;
		v->index[v->count - 1].time = x ? x->time : (struct timespec){0};
	}
	bool shown = goes_on(v) && load(v, false, part, entries, count, id);
	if (shown)
		v->want = v->want > 0 ? 0 : v->want;
	v->parts++;
	v->entries += count;
	v->ended = part_is_last(v->scan, &next);
	if (!v->ended) {
		index_add(v, v->parts, next);
		part_begin(v->scan, next);
	}
	tell(v, shown && part < 2);
	if (v->ended)
		tell_end(v);
}

static void scan(struct viewed *v)
{
	if (v->moved)
		pieces_go(v->pieces, &v->place);
	v->moved = false;
	if (!part_step(v->scan))
		take_scanned(v);
}

/* ---- seeking ---- */

/* Finds the entry of a part that is sought; false: it is not there. */
static bool seek_in(struct viewed *v, size_t part, uint64_t *id)
{
	struct pane *p = v->pane;
	size_t count;
	uint64_t first;
	bool found = false;
	struct part_entry *entries = read_part(v, part, &count, &first);
	put(v, &v->other, false, entries, count, first);
	p->record = &v->other;
	count = v->other.count;
	for (size_t n = 0; n < count && !found; n++) {
		size_t i = v->seek.back ? count - 1 - n : n;
		found = pane_shows(p, i) && v->seek.test(p, i);
		*id = v->other.at[i].id;
	}
	p->record = &v->record;
	record_cut(&v->other, true, count);
	return found;
}

static void seek_end(struct viewed *v, bool found)
{
	v->seek.on = false;
	v->config.events->sought(v->config.owner, found);
}

static void seek(struct viewed *v)
{
	uint64_t id;
	size_t part = v->seek.next;
	if (part >= v->parts) {
		if (v->ended)
			seek_end(v, false);
		else
			scan(v);
		return;
	}
	if (seek_in(v, part, &id)) {
		show_part(v, part);
		v->pane->follow = false;
		v->pane->selecting = true;
		v->pane->top = v->pane->selected = id;
		v->pane->top_row = v->pane->top_of = 0;
		pane_show_selected(v->pane);
		seek_end(v, true);
	} else if (v->seek.back && !part) {
		seek_end(v, false);
	} else {
		v->seek.next = v->seek.back ? part - 1 : part + 1;
	}
	tell(v, false);
}

bool viewed_seek(struct viewed *v, bool back, pane_test *test)
{
	size_t part = 0;
	if (!next_part(v, back, &part) && (back || v->ended))
		return false;
	v->seek.on = true;
	v->seek.back = back;
	v->seek.test = test;
	v->seek.next = part;
	work_on(v);
	return true;
}

bool viewed_stop(struct viewed *v)
{
	bool was = v->seek.on || v->want;
	v->seek.on = false;
	v->want = 0;
	return was;
}

/* ---- the loop ---- */

static bool has_work(const struct viewed *v)
{
	return v->seek.on || v->want || !v->ended;
}

static void on_turn(void *arg)
{
	struct viewed *v = arg;
	int64_t until = loop_now_fresh(v->config.loop) + TURN_MS * (int64_t)NS_PER_MS;
	while (has_work(v) && loop_now_fresh(v->config.loop) < until)
		if (v->seek.on)
			seek(v);
		else if (v->want && next_part(v, v->want < 0, &(size_t){0})) {
			if (load_more(v, v->want < 0, 0))
				tell(v, true);
		} else if (!v->ended)
			scan(v);
		else
			v->want = 0;
	tell(v, !has_work(v));
	if (has_work(v))
		work_on(v);
}

/* ---- what is shown ---- */

/* Reads anew what is around the window's first entry. */
static void show_again(struct viewed *v)
{
	struct pane *p = v->pane;
	uint64_t top = p->selecting ? p->selected : p->top;
	size_t part = v->loaded_count ? v->loaded[0].part : 0;
	for (size_t i = 0; i < v->loaded_count && v->loaded[i].id <= top; i++)
		part = v->loaded[i].part;
	show_part(v, part);
	if (!v->record.count && !load_more(v, false, KEY_MS))
		load_more(v, true, KEY_MS);
	p->follow = false;
	p->top = p->selected = top;
	p->top_row = p->top_of = 0;
	pane_again(p);
	if (p->selecting)
		pane_show_selected(p);
	pane_scroll(p, 0); /* the window is full, if it can be */
	tell(v, true);
}

static void on_filter(void *arg)
{
	show_again(arg);
}

bool viewed_stream(struct viewed *v, size_t number, struct error *err)
{
	size_t count = pieces_streams(v->pieces), i = 0;
	while (i < count && pieces_stream(v->pieces, i)->number != number)
		i++;
	if (number && i == count)
		return error_set(err, STATUS_USAGE, "there is no stream %zu%s", number,
			v->ended ? "" : " in what was read so far");
	v->stream = number;
	show_again(v);
	return true;
}

void viewed_move(struct viewed *v, struct pane *pane)
{
	v->pane = pane;
}

void viewed_compare(struct viewed *v, uint64_t id, const struct entry *with, struct bytes *out)
{
	struct entry *e = record_find(&v->record, id);
	size_t count, part = v->parts;
	uint64_t first;
	if (e) {
		entry_compare(e, with, v->pane->width, out);
		return;
	}
	for (size_t i = v->count; i-- > 0 && part == v->parts;)
		if (v->index[i].id <= id)
			part = i * v->stride;
	for (; part < v->parts && !e; part++) {
		struct part_entry *entries = read_part(v, part, &count, &first);
		put(v, &v->other, false, entries, count, first);
		e = record_find(&v->other, id);
		if (!e)
			record_cut(&v->other, true, v->other.count);
	}
	entry_compare(e, with, v->pane->width, out);
	record_cut(&v->other, true, v->other.count);
}

bool viewed_where(const struct viewed *v, uint64_t id, struct bytes *out)
{
	return v->entries && bytes_addf(out, "entry %llu of %llu%s", (unsigned long long)id + 1,
				     (unsigned long long)v->entries, v->ended ? "" : "+");
}

static unsigned percent(uint64_t part, uint64_t all)
{
	return all ? (unsigned)(part * 100 / all) : 0;
}

bool viewed_progress(const struct viewed *v, struct bytes *out)
{
	uint64_t read = pieces_read(v->pieces), size = pieces_size(v->pieces);
	size_t at = v->seek.next;
	if (v->seek.on)
		bytes_addf(out, "searching: %u %% of the file; Ctrl-C stops",
			v->parts ? percent(at * (read >> 7) / v->parts, size >> 7) : 0);
	else if (!v->ended)
		bytes_addf(out, "reading: %u %%", percent(read, size));
	else if (v->want)
		bytes_addf(out, "filtering: %u %% of the file",
			percent(v->loaded_count
					? v->loaded[v->want > 0 ? v->loaded_count - 1 : 0].part
					: 0,
				v->parts));
	return v->seek.on || !v->ended || v->want;
}

const struct frame *viewed_frame(const struct viewed *v)
{
	const struct frame *own = pieces_frame(v->pieces);
	return own ? own : v->config.frame;
}

size_t viewed_only(const struct viewed *v)
{
	return v->stream;
}

const char *viewed_kind(const struct viewed *v)
{
	return pieces_kind(v->pieces);
}

uint64_t viewed_entries(const struct viewed *v)
{
	return v->entries;
}

size_t viewed_marks(const struct viewed *v)
{
	return v->count;
}

/* ---- beginning and end ---- */

static const struct record_source source = {on_more, on_top, on_end, on_time, on_filter};

static void begin(struct viewed *v)
{
	bool runs = v->config.runs;
	v->scan = part_new(v->pieces, v->config.frame, runs, &v->config.part);
	v->read = part_new(v->pieces, v->config.frame, runs, &v->config.part);
	index_add(v, 0, NULL);
	part_begin(v->scan, NULL);
	loop_timer_init(&v->timer, v->config.loop, on_turn, v);
	v->before = v->pane->record;
	v->pane->record = &v->record;
	v->pane->by_time = false;
	v->pane->follow = false;
	work_on(v);
}

struct viewed *viewed_open(const struct viewed_config *config, struct error *err)
{
	struct viewed *v = mem_new(sizeof *v);
	v->config = *config;
	frame_ref(config->frame);
	v->stride = 1;
	v->pane = config->pane;
	if (!v->config.part.pieces)
		v->config.part = (struct part_size){PART_PIECES, PART_BYTES};
	v->config.index = config->index ? config->index : VIEWED_INDEX;
	record_init(&v->record);
	record_init(&v->other);
	v->record.source = &source;
	v->record.source_arg = v;
	v->record.cap = config->pane->record->cap;
	v->pieces = pieces_open(&config->file, err);
	if (v->pieces) {
		begin(v);
		return v;
	}
	viewed_free(v);
	return NULL;
}

void viewed_free(struct viewed *v)
{
	if (!v)
		return;
	if (v->before)
		v->pane->record = v->before;
	if (v->pieces)
		loop_timer_stop(&v->timer);
	part_free(v->scan);
	part_free(v->read);
	pieces_close(v->pieces);
	record_free(&v->other);
	record_free(&v->record);
	for (size_t i = 0; i < v->device_room; i++)
		if (v->devices[i]) {
			session_free(v->devices[i]->session);
			free(v->devices[i]);
		}
	for (size_t i = 0; i < v->count; i++)
		mark_free(&v->index[i].mark);
	free(v->devices);
	free(v->index);
	free(v->loaded);
	frame_unref(v->config.frame);
	free(v);
}
