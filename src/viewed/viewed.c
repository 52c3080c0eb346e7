/* viewed.c - see viewed.h. */
#include "viewed/viewed_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdlib.h>

/* What is done in a turn of the loop, and for a key: longer things are done bit by bit. */
enum { TURN_MS = 8, KEY_MS = 30, TOLD_EVERY_MS = 200 };
/* Pieces and bytes of a part. */
enum { PART_PIECES = 4096, PART_BYTES = 512 * 1024 };

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

/* Reads a part from its mark, or if that was not kept, from the one before it.  A file that was cut
 * off meanwhile ends before it. */
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
		if (i == part || part_is_last(v->read, &next))
			break;
		*id += *count;
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
	return viewed_load(v, front, part, entries, count, id);
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
	viewed_unload(v);
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
	bool shown = goes_on(v) && viewed_load(v, false, part, entries, count, id);
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
	viewed_put(v, &v->other, false, entries, count, first);
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
		if (v->seek.test != pane_is_found ||
			!pane_at_found(v->pane, record_index(&v->record, id), v->seek.back))
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

/* Keeps only the mark of the beginning. */
static void forget_marks(struct viewed *v)
{
	while (v->count > 1)
		mark_free(&v->index[--v->count].mark);
}

/* What ended with the file may go on now, so its last part is read again, from the last mark. */
const char *viewed_grow(struct viewed *v)
{
	bool anew;
	int64_t until = loop_now_fresh(v->config.loop) + KEY_MS * (int64_t)NS_PER_MS;
	if (!v->ended || v->seek.on) /* that comes first */
		return NULL;
	const char *why = pieces_grow(v->pieces, &anew);
	if (why)
		return why;
	if (anew)
		forget_marks(v);
	const struct indexed *last = &v->index[v->count - 1];
	size_t part = (v->count - 1) * v->stride;
	viewed_unload_from(v, part);
	v->parts = part;
	v->entries = last->id;
	v->ended = v->moved = false;
	part_begin(v->scan, part ? &last->mark : NULL);
	while (!v->ended && loop_now_fresh(v->config.loop) < until)
		scan(v);
	work_on(v);
	return NULL;
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
		viewed_put(v, &v->other, false, entries, count, first);
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

bool viewed_changed(const struct viewed *v)
{
	return pieces_changed(v->pieces);
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

struct viewed *viewed_open(const struct viewed_config *config)
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
	v->pieces = config->file;
	begin(v);
	return v;
}

bool viewed_is_timed(const struct viewed *v)
{
	return pieces_is_timed(v->pieces);
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
