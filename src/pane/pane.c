/* pane.c - the window over the record; see pane.h. */
#include "base/mem.h"
#include "pane/pane_private.h"

#include <stdlib.h>

enum { FOLD_ROWS = 8, MANY_REPLIES = 256 };

const char *filter_name(const void *unused, size_t index)
{
	static const char names[][8] = {"all", "session", "sent", "damaged", "found"};
	(void)unused;
	return index < FILTER_COUNT ? names[index] : NULL;
}

const char *filter_says(enum pane_filter filter)
{
	static const char says[][32] = {"showing all", "showing only this session",
		"showing only what was sent", "showing only what was damaged",
		"showing only what was found"};
	return says[filter];
}

void pane_init(struct pane *p, struct record *record, bool utf8)
{
	*p = (struct pane){.record = record,
		.follow = true,
		.stamp = 1,
		.search = 1,
		.width = 80,
		.height = 20,
		.marked = RECORD_NONE,
		.here = RECORD_NONE};
	p->look = (struct look){
		.view = &view_text, .utf8 = utf8, .fold = FOLD_ROWS, .marking = {.find = &p->find}};
}

void pane_free(struct pane *p)
{
	find_end(&p->find);
	free(p->seen);
	free(p->places.at);
	p->places = (struct places){0};
	p->seen = NULL;
}

void pane_add_exchange(struct pane *p, struct record_device *device, struct exchange *x)
{
	record_exchange(p->record, device, x, pane_place_for(p, x));
}

/* ---- what is where ---- */

bool pane_reach(struct pane *p, bool back)
{
	const struct record *r = p->record;
	return r->source && r->source->more(r->source_arg, back);
}

size_t pane_index(const struct pane *p, uint64_t id)
{
	return record_index(p->record, id);
}

uint64_t pane_id(const struct pane *p, size_t i)
{
	return i < p->record->count ? p->record->at[i].id : p->record->ever;
}

bool pane_past(const struct pane *p, struct bytes *out)
{
	uint64_t gone = record_gone(p->record);
	return gone && bytes_addf(out, "%llu %s no longer in memory", (unsigned long long)gone,
			       gone == 1 ? "entry is" : "entries are");
}

size_t pane_past_rows(const struct pane *p, size_t i)
{
	return i == 0 && record_gone(p->record) > 0;
}

/* Returns an entry for this id: if it has gone, the next one that the filter lets through. */
static uint64_t still_shown(struct pane *p, uint64_t id)
{
	size_t i = pane_index(p, id);
	if (pane_id(p, i) == id)
		return id;
	while (i < p->record->count && !pane_shows(p, i))
		i++;
	return pane_id(p, i);
}

void pane_leave_past(struct pane *p)
{
	uint64_t top = still_shown(p, p->top);
	if (top != p->top)
		p->top_row = p->top_of = 0;
	p->top = top;
	if (!p->selecting)
		return;
	p->selected = still_shown(p, p->selected);
	if (p->selected == p->record->ever) {
		size_t last = pane_above(p, p->record->count);
		p->selecting = last != PANE_NONE;
		p->selected = p->selecting ? pane_id(p, last) : p->selected;
	}
}

/* ---- heights ---- */

/* Has rows counted anew.  In the middle of a long entry the window stays at the same part of it. */
static void looks_changed(struct pane *p)
{
	const struct entry *top = record_find(p->record, p->top);
	if (!p->top_of)
		p->top_of = top && top->stamp == p->stamp ? top->rows : 0;
	p->stamp++;
}

/* Makes top_row a row of this look. */
static void place_row(struct pane *p)
{
	size_t rows = p->top_row || p->top_of ? pane_rows_of(p, pane_index(p, p->top)) : 0;
	if (p->top_of)
		p->top_row = p->top_row * rows / p->top_of;
	p->top_of = 0;
	if (p->top_row >= rows)
		p->top_row = 0;
}

bool pane_shows(struct pane *p, size_t i)
{
	const struct entry *e = &p->record->at[i];
	/* Messages since the filter was chosen are shown, because somebody asked for them. */
	if (e->kind != ENTRY_EXCHANGE && e->id >= p->filtered)
		return true;
	switch (p->filter) {
	case FILTER_SESSION:
		return !e->device->session || e->device->session == p->current;
	case FILTER_SENT:
		return pane_is_command(p, i);
	case FILTER_WRONG:
		return pane_is_wrong(p, i);
	case FILTER_FOUND:
		return pane_is_found(p, i);
	default:
		return true;
	}
}

bool pane_shows_new(struct pane *p)
{
	return pane_shows(p, pane_index(p, p->record->newest));
}

size_t pane_above(struct pane *p, size_t i)
{
	do
		i--; /* it becomes PANE_NONE */
	while (i != PANE_NONE && !pane_shows(p, i));
	return i;
}

static bool has_many(const struct entry *e)
{
	size_t n = 0;
	if (e->kind == ENTRY_EXCHANGE)
		for (const struct reply *r = e->exchange->replies; r && n < MANY_REPLIES;
			r = r->next)
			n++;
	return n == MANY_REPLIES;
}

/* Keeps the places of one entry only: two such tall ones are seldom in the window. */
struct places *pane_places(struct pane *p, size_t i)
{
	const struct entry *e = &p->record->at[i];
	struct seen row = {.id = e->id, .stamp = p->stamp, .open = e->open};
	if (!has_many(e))
		return NULL;
	if (p->placed.id != row.id || p->placed.stamp != row.stamp || p->placed.open != row.open)
		p->places.count = 0;
	p->placed = row;
	return &p->places;
}

static size_t own_rows_of(struct pane *p, size_t i)
{
	struct entry *e = &p->record->at[i];
	MEM_UNSET struct rows rows;
	if (e->stamp == p->stamp)
		return e->rows;
	e->stamp = p->stamp;
	e->rows = 0;
	e->dated = false;
	if (!pane_shows(p, i))
		return 0;
	e->dated = pane_begins_day(p, i);
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	entry_rows(e, &p->look, NULL, pane_places(p, i), &rows);
	e->rows = (uint32_t)rows.made;
	rows_free(&rows);
	return e->rows;
}

size_t pane_rows_of(struct pane *p, size_t i)
{
	size_t own = own_rows_of(p, i);
	return own + pane_lead_rows(p, i);
}

size_t pane_lead_rows(struct pane *p, size_t i)
{
	own_rows_of(p, i); /* knows whether a day begins */
	return pane_past_rows(p, i) + p->record->at[i].dated;
}

/* The selection stays in the window if it was there. */
void pane_size(struct pane *p, size_t width, size_t height)
{
	bool changed = width != p->width || height != p->height;
	pane_leave_past(p);
	bool keep = changed && pane_selected_in_sight(p);
	if (width != p->width)
		looks_changed(p);
	if (height != p->height)
		pane_again(p);
	p->width = width;
	p->height = height;
	if (keep)
		pane_show_selected(p);
}

void pane_view(struct pane *p, const struct view *view)
{
	p->look.view = view;
	looks_changed(p);
}

void pane_labels(struct pane *p, bool labels)
{
	if (labels != p->look.labels)
		looks_changed(p);
	p->look.labels = labels;
}

void pane_filter(struct pane *p, enum pane_filter filter, const struct session *current)
{
	p->filter = filter;
	p->filtered = p->record->ever;
	p->current = current;
	if (p->look.only_sent != (filter == FILTER_SENT)) { /* replies are searched, or not */
		p->look.only_sent = filter == FILTER_SENT;
		p->here = RECORD_NONE;
		p->search++;
	}
	looks_changed(p);
	if (p->record->source) {
		p->filtered = RECORD_NONE;
		p->record->source->filter(p->record->source_arg);
		return;
	}
	pane_leave_past(p);
	size_t top = pane_index(p, p->top);
	if (top < p->record->count && !pane_rows_of(p, top))
		pane_end(p);
	if (p->selecting && !pane_shows(p, pane_index(p, p->selected)))
		pane_select(p, true);
}

/* ---- searching ---- */

bool pane_find(struct pane *p, struct slice text, struct error *err)
{
	struct find next;
	if (!find_begin(&next, text, p->charset, err)) {
		find_end(&next);
		return false;
	}
	find_end(&p->find);
	p->find = next;
	p->here = RECORD_NONE;
	p->look.marking.here = (struct slice){0};
	p->search++;
	if (p->filter == FILTER_FOUND)
		looks_changed(p);
	pane_again(p); /* for new marks */
	return true;
}

size_t pane_found(struct pane *p, size_t *which)
{
	size_t count = 0;
	*which = 0;
	for (size_t i = 0; i < p->record->count; i++)
		if (pane_shows(p, i) && pane_is_found(p, i)) {
			const struct entry *e = &p->record->at[i];
			if (p->selecting && e->id == p->selected && e->id == p->here)
				*which = count + p->here_before + 1;
			count += e->found;
		}
	return count;
}

/* ---- the window ---- */

size_t pane_waiting_rows(const struct pane *p)
{
	size_t rows = 0;
	for (size_t i = 0; i < p->waiting_count; i++)
		rows += p->waiting_rows[i].command + p->waiting_rows[i].coming;
	return rows;
}

size_t pane_room(const struct pane *p)
{
	size_t taken = p->follow ? pane_waiting_rows(p) : 0;
	return p->height > taken ? p->height - taken : 1;
}

/* Moves the window so that its last row is the last of entry `last`. */
void pane_end_at(struct pane *p, size_t last)
{
	size_t want = pane_room(p);
	p->top_row = p->top_of = 0;
	for (size_t i = last + 1; i-- > 0;) {
		size_t rows = pane_rows_of(p, i);
		p->top = pane_id(p, i);
		if (rows >= want) {
			p->top_row = rows - want;
			return;
		}
		want -= rows;
		if (!i && pane_reach(p, true))
			i = pane_index(p, p->top);
	}
}

/* Has entries come behind the last one.  *i, the index behind that, becomes that of the next one.
 */
static bool reach_on(struct pane *p, size_t *i)
{
	uint64_t next = p->record->ever;
	bool more = pane_reach(p, false);
	*i = more ? pane_index(p, next) : p->record->count;
	return more;
}

/* Has as many entries come as the window shows from its top on. */
static void fill_window(struct pane *p)
{
	size_t rows = 0, most = p->height + p->top_row, i = pane_index(p, p->top);
	do
		for (; i < p->record->count && rows <= most; i++)
			rows += pane_rows_of(p, i);
	while (rows <= most && reach_on(p, &i));
}

/* A filter may hide all from the top on, though it lets something through above. */
static bool has_rows(struct pane *p)
{
	size_t i = pane_index(p, p->top);
	do
		while (i < p->record->count && !pane_rows_of(p, i))
			i++;
	while (i == p->record->count && reach_on(p, &i));
	return i < p->record->count;
}

void pane_place(struct pane *p)
{
	pane_leave_past(p);
	bool shown = p->follow || !p->record->source || has_rows(p);
	if (p->record->source && !p->follow)
		fill_window(p);
	size_t count = p->record->count;
	if (count && (p->follow || !shown || !has_rows(p)))
		pane_end_at(p, count - 1);
	if (p->record->count)
		place_row(p);
}

uint64_t pane_unfollowed(const struct pane *p)
{
	return p->follow ? 0 : p->record->ever - p->followed;
}

void pane_end(struct pane *p)
{
	if (p->record->source)
		p->record->source->end(p->record->source_arg);
	p->follow = true;
	pane_place(p);
}

void pane_top(struct pane *p)
{
	if (p->record->source) {
		p->record->source->top(p->record->source_arg);
		p->top = pane_id(p, 0); /* what was there before is not brought again */
		p->follow = false;
	}
	pane_place(p);
	p->follow = false;
	p->top = p->selected = pane_id(p, 0);
	p->top_row = 0;
	if (p->selecting && p->record->count && !pane_shows(p, 0))
		pane_select_by(p, 1);
}

static void scroll_back(struct pane *p, size_t rows)
{
	size_t i = pane_index(p, p->top);
	while (rows) {
		if (p->top_row >= rows) {
			p->top_row -= rows;
			return;
		}
		rows -= p->top_row;
		p->top_row = 0;
		if (!i && pane_reach(p, true))
			i = pane_index(p, p->top);
		if (!i)
			return;
		p->top = pane_id(p, --i);
		p->top_row = pane_rows_of(p, i);
	}
}

static void scroll_on(struct pane *p, size_t rows)
{
	for (size_t i = pane_index(p, p->top); i < p->record->count;) {
		size_t left = pane_rows_of(p, i) - p->top_row;
		if (rows < left) {
			p->top_row += rows;
			return;
		}
		rows -= left;
		p->top_row = 0;
		if (++i == p->record->count)
			reach_on(p, &i);
		p->top = pane_id(p, i);
	}
}

void pane_show_from(struct pane *p, uint64_t before)
{
	size_t rows = 0;
	for (size_t i = pane_index(p, before); i < p->record->count; i++) {
		if (p->record->at[i].kind == ENTRY_EXCHANGE)
			return;
		rows += pane_rows_of(p, i);
	}
	if (rows <= p->height)
		return;
	p->follow = false;
	p->top = before;
	p->top_row = 0;
}

/* Says whether the window reaches the end. */
static bool at_end(struct pane *p)
{
	size_t rows = 0, most = p->height + p->top_row;
	size_t i = pane_index(p, p->top);
	do
		for (; i < p->record->count && rows <= most; i++)
			rows += pane_rows_of(p, i);
	while (rows <= most && p->record->source && reach_on(p, &i));
	return rows <= most;
}

/* The window has reached the end, which it follows.  In a file nobody else goes on. */
static void stay_at_end(struct pane *p)
{
	if (p->record->source)
		pane_end_at(p, p->record->count - 1);
	else
		pane_end(p);
}

void pane_scroll(struct pane *p, long rows)
{
	pane_place(p);
	if (!p->record->count)
		return;
	if (rows < 0) {
		uint64_t before = p->top;
		size_t before_row = p->top_row;
		p->follow = false;
		scroll_back(p, (size_t)-rows);
		if (before == p->top && before_row == p->top_row && at_end(p))
			p->follow = true; /* everything is in sight */
	} else {
		scroll_on(p, (size_t)rows);
		if (at_end(p))
			stay_at_end(p);
	}
}

/* ---- folding ---- */

/* Opens what is folded in an entry, or, where nothing is, the parts of its frames; false: all of it
 * is in sight. */
static bool open_entry(struct pane *p, struct entry *e)
{
	size_t i = pane_index(p, p->selected), folded = pane_rows_of(p, i);
	pane_open_entry(e, true);
	if (pane_rows_of(p, i) != folded)
		return true;
	e->parts = e->kind == ENTRY_EXCHANGE && p->look.view != &view_anatomy;
	pane_open_entry(e, e->parts);
	p->places.count = 0; /* they were those of the view */
	return e->parts;
}

bool pane_fold(struct pane *p, bool all)
{
	struct entry *e = pane_selected(p);
	bool opened = true;
	if (all) {
		p->look.fold = p->look.fold ? 0 : FOLD_ROWS;
		looks_changed(p);
	} else if (e) {
		if (e->open)
			pane_open_entry(e, false);
		else
			opened = open_entry(p, e);
		if (p->top == p->selected)
			p->top_row = 0;
		if (e->open && pane_rows_of(p, pane_index(p, p->selected)) > p->height) {
			p->follow = false; /* keep its head in sight */
			p->top = p->selected;
			p->top_row = 0;
		} else if (!e->open && at_end(p)) {
			stay_at_end(p); /* everything after it is in sight again */
		}
	}
	return opened;
}
