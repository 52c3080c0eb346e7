/* pane.c - the list of entries and the window over it; see pane.h. */
#include "pane/pane_private.h"

#include "base/mem.h"
#include <stdlib.h>

enum { FOLD_ROWS = 8, WAITING_ROWS = 3, PRUNE = 2, MANY_REPLIES = 256 };

const char *filter_name(const void *unused, size_t index)
{
	static const char *const names[] = {"all", "session", "sent", "damaged", "found"};
	(void)unused;
	return index < FILTER_COUNT ? names[index] : NULL;
}

void pane_init(struct pane *p, bool utf8)
{
	*p = (struct pane){.follow = true,
		.stamp = 1,
		.search = 1,
		.width = 80,
		.height = 20,
		.marked = PANE_NONE};
	p->look = (struct look){.utf8 = utf8, .fold = FOLD_ROWS, .find = &p->find};
}

void pane_free(struct pane *p)
{
	find_end(&p->find);
	for (size_t i = 0; i < p->count; i++)
		free(p->slots[i].entry.text);
	free(p->slots);
	free(p->seen);
	free(p->pasts);
	free(p->places.at);
	p->places = (struct places){0};
	p->slots = NULL;
	p->seen = NULL;
	p->count = 0;
}

/* ---- adding ---- */

static size_t less(size_t index, size_t gone)
{
	return index == PANE_NONE ? index : index > gone ? index - gone : 0;
}

/* The oldest half goes at once, so that it costs little. */
static void prune(struct pane *p)
{
	size_t gone = p->count / PRUNE + 1;
	pane_past_count(p, gone);
	for (size_t i = 0; i < gone; i++) {
		char *text = p->slots[i].entry.text;
		p->text_held -= text ? strlen(text) : 0;
		free(text);
	}
	memmove(p->slots, p->slots + gone, (p->count - gone) * sizeof *p->slots);
	p->count -= gone;
	p->dropped += gone;
	pane_past_cut(p, gone);
	if (p->top < gone)
		p->top_row = p->top_of = 0;
	p->top = less(p->top, gone);
	p->selected = less(p->selected, gone);
	p->marked = p->marked < gone ? PANE_NONE : less(p->marked, gone);
}

static struct slot *add(struct pane *p, enum entry_kind kind)
{
	while (p->count >= PANE_ENTRIES_MAX || (p->text_held > PANE_TEXT_MAX && p->count > 1))
		prune(p);
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->slots = mem_grow(p->slots, p->room, sizeof *p->slots);
	}
	struct slot *slot = &p->slots[p->count++];
	*slot = (struct slot){.entry = {.kind = kind}, .wrong = kind == ENTRY_ERROR};
	return slot;
}

static bool has_many(const struct exchange *x)
{
	size_t n = 0;
	for (const struct reply *r = x->replies; r && n < MANY_REPLIES; r = r->next)
		n++;
	return n == MANY_REPLIES;
}

void pane_add_exchange(struct pane *p, const struct session *s, const struct exchange *x)
{
	const struct transcript *t = session_transcript(s);
	struct slot *slot = add(p, ENTRY_EXCHANGE);
	slot->entry.session = s;
	slot->entry.exchange = x;
	slot->entry.ordinal = t->dropped + t->count;
	slot->entry.time = x->time;
	if (!x->time.tv_sec) /* it was not sent */
		clock_gettime(CLOCK_REALTIME, &slot->entry.time);
	if (x->sent_at && x->ended_at > x->sent_at)
		slot->entry.took = x->ended_at - x->sent_at;
	slot->command = x->command;
	slot->wrong = exchange_is_wrong(x);
	slot->many = has_many(x);
	bool sent = x->command && x->time.tv_sec;
	size_t at = p->by_time && sent ? pane_put_in_order(p) : p->count - 1;
	pane_past_add(p, s, at);
	p->newest = p->dropped + at;
}

void pane_add_text(struct pane *p, enum entry_kind kind, struct slice safe)
{
	struct entry *e = &add(p, kind)->entry;
	clock_gettime(CLOCK_REALTIME, &e->time);
	e->text = mem_strn(safe.at, safe.len);
	p->text_held += safe.len;
}

/* ---- heights ---- */

/* Rows are counted anew; in the midst of a long entry the window stays at the same part of it. */
static void looks_changed(struct pane *p)
{
	const struct slot *top = p->top < p->count ? &p->slots[p->top] : NULL;
	if (!p->top_of)
		p->top_of = top && top->stamp == p->stamp ? top->rows : 0;
	p->stamp++;
}

/* The row of its entry at which the window begins is one of this look. */
static void place_row(struct pane *p)
{
	size_t rows = p->top_row || p->top_of ? pane_rows_of(p, p->top) : 0;
	if (p->top_of)
		p->top_row = p->top_row * rows / p->top_of;
	p->top_of = 0;
	if (p->top_row >= rows)
		p->top_row = 0;
}

static bool visible(struct pane *p, size_t i)
{
	const struct entry *e = &p->slots[i].entry;
	if (!entry_there(e))
		return false;
	/* What was asked for since is shown, whatever it is. */
	if (e->kind != ENTRY_EXCHANGE && p->dropped + i >= p->filtered)
		return true;
	switch (p->filter) {
	case FILTER_SESSION:
		return !e->session || e->session == p->current;
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

bool pane_shows(struct pane *p, size_t i)
{
	return visible(p, i);
}

bool pane_shows_new(struct pane *p)
{
	struct entry *e = &p->slots[p->count - 1].entry;
	e->lent = true;
	bool shows = visible(p, p->count - 1);
	e->lent = false;
	return shows;
}

size_t pane_above(struct pane *p, size_t i)
{
	do
		i = pane_before(p, i);
	while (i != PANE_NONE && !visible(p, i));
	return i;
}

/* Those of one entry are kept: seldom are two so tall in the window. */
struct places *pane_places(struct pane *p, size_t i)
{
	const struct slot *slot = &p->slots[i];
	struct seen row = {.ordinal = p->dropped + i, .stamp = p->stamp, .open = slot->entry.open};
	if (!slot->many)
		return NULL;
	if (p->placed.ordinal != row.ordinal || p->placed.stamp != row.stamp ||
		p->placed.open != row.open)
		p->places.count = 0;
	p->placed = row;
	return &p->places;
}

static size_t own_rows_of(struct pane *p, size_t i)
{
	struct slot *slot = &p->slots[i];
	struct rows rows;
	if (!entry_there(&slot->entry))
		return 0;
	if (slot->stamp == p->stamp)
		return slot->rows;
	slot->stamp = p->stamp;
	slot->rows = 0;
	if (!visible(p, i))
		return 0;
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	entry_rows(&slot->entry, &p->look, NULL, pane_places(p, i), &rows);
	slot->rows = (uint32_t)rows.made;
	rows_free(&rows);
	return slot->rows;
}

size_t pane_rows_of(struct pane *p, size_t i)
{
	return own_rows_of(p, i) + pane_past_rows(p, i);
}

/* What is selected stays in the window, if it was in it. */
void pane_size(struct pane *p, size_t width, size_t height)
{
	bool changed = width != p->width || height != p->height;
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

void pane_view(struct pane *p, enum view view)
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

void pane_filter(struct pane *p, enum filter filter, const struct session *current)
{
	p->filter = filter;
	p->filtered = p->dropped + p->count;
	p->current = current;
	p->look.only_sent = filter == FILTER_SENT;
	looks_changed(p);
	pane_sweep(p);
	if (p->top < p->count && !pane_rows_of(p, p->top))
		pane_end(p);
	if (p->selecting && !visible(p, p->selected))
		pane_select(p, true);
}

/* ---- searching ---- */

bool pane_find(struct pane *p, struct slice text, struct error *err)
{
	struct find next;
	if (!find_begin(&next, text, err)) {
		find_end(&next);
		return false;
	}
	find_end(&p->find);
	p->find = next;
	p->search++;
	if (p->filter == FILTER_FOUND)
		looks_changed(p);
	pane_again(p); /* what is marked */
	return true;
}

size_t pane_found(struct pane *p, size_t *which)
{
	size_t count = 0;
	*which = 0;
	for (size_t i = 0; i < p->count; i++)
		if (pane_is_found(p, i)) {
			count++;
			if (p->selecting && i == p->selected)
				*which = count;
		}
	return count;
}

/* ---- the window ---- */

size_t pane_waiting_rows(const struct pane *p)
{
	return p->waiting_count < WAITING_ROWS ? p->waiting_count : WAITING_ROWS;
}

size_t pane_room(const struct pane *p)
{
	size_t taken = p->follow ? pane_waiting_rows(p) : 0;
	return p->height > taken ? p->height - taken : 1;
}

/* The window whose last row is the last of entry `last`. */
void pane_end_at(struct pane *p, size_t last)
{
	size_t want = pane_room(p), i = last + 1;
	p->top = p->top_row = p->top_of = 0;
	while ((i = pane_before(p, i)) != PANE_NONE) {
		size_t rows = pane_rows_of(p, i);
		if (rows >= want) {
			p->top = i;
			p->top_row = rows - want;
			return;
		}
		want -= rows;
	}
}

/* What is no longer in memory cannot be at the top, and is not selected: the next is. */
void pane_leave_past(struct pane *p)
{
	size_t top = p->top;
	pane_sweep(p);
	while (p->top && p->top < p->count && p->slots[p->top].gone)
		p->top++;
	if (p->top != top)
		p->top_row = p->top_of = 0;
	while (p->selecting && p->selected < p->count && p->slots[p->selected].gone)
		p->selected++;
	p->selecting = p->selecting && p->selected < p->count;
}

void pane_place(struct pane *p)
{
	pane_leave_past(p);
	if (p->count && (p->follow || p->top >= p->count))
		pane_end_at(p, p->count - 1);
	if (p->count)
		place_row(p);
}

uint64_t pane_unfollowed(const struct pane *p)
{
	return p->follow ? 0 : p->dropped + p->count - p->followed;
}

void pane_end(struct pane *p)
{
	p->follow = true;
	pane_place(p);
}

void pane_top(struct pane *p)
{
	pane_place(p);
	p->follow = false;
	p->top = p->top_row = 0;
	p->selected = 0;
	if (p->selecting && p->count && !visible(p, 0))
		pane_select_by(p, 1);
}

static void scroll_back(struct pane *p, size_t rows)
{
	while (rows) {
		if (p->top_row >= rows) {
			p->top_row -= rows;
			return;
		}
		rows -= p->top_row;
		p->top_row = 0;
		if (!p->top)
			return;
		p->top = pane_before(p, p->top);
		p->top_row = pane_rows_of(p, p->top);
	}
}

static void scroll_on(struct pane *p, size_t rows)
{
	while (p->top < p->count) {
		size_t left = pane_rows_of(p, p->top) - p->top_row;
		if (rows < left) {
			p->top_row += rows;
			return;
		}
		rows -= left;
		p->top_row = 0;
		p->top = pane_next(p, p->top);
	}
}

void pane_show_from(struct pane *p, size_t before)
{
	size_t rows = 0;
	for (size_t i = before; i < p->count; i++) {
		if (p->slots[i].entry.kind == ENTRY_EXCHANGE)
			return;
		rows += pane_rows_of(p, i);
	}
	if (rows <= p->height)
		return;
	p->follow = false;
	p->top = before;
	p->top_row = 0;
}

/* Whether the window reaches to the end. */
static bool at_end(struct pane *p)
{
	size_t rows = 0;
	for (size_t i = p->top; i < p->count && rows <= p->height + p->top_row; i = pane_next(p, i))
		rows += pane_rows_of(p, i);
	return rows <= p->height + p->top_row;
}

void pane_scroll(struct pane *p, long rows)
{
	pane_place(p);
	if (!p->count)
		return;
	if (rows < 0) {
		size_t before = p->top, before_row = p->top_row;
		p->follow = false;
		scroll_back(p, (size_t)-rows);
		if (before == p->top && before_row == p->top_row && at_end(p))
			p->follow = true; /* all of it is in sight */
	} else {
		scroll_on(p, (size_t)rows);
		if (at_end(p))
			pane_end(p);
	}
}

/* ---- folding ---- */

void pane_fold(struct pane *p, bool all)
{
	struct entry *e = pane_selected(p);
	if (all) {
		p->look.fold = p->look.fold ? 0 : FOLD_ROWS;
		looks_changed(p);
	} else if (e) {
		pane_open_entry(p, p->selected, !e->open);
		if (p->top == p->selected)
			p->top_row = 0;
		if (e->open && pane_rows_of(p, p->selected) > p->height) {
			p->follow = false; /* its head stays in sight */
			p->top = p->selected;
			p->top_row = 0;
		} else if (!e->open && at_end(p)) {
			pane_end(p); /* all that comes after it is in sight again */
		}
	}
}
