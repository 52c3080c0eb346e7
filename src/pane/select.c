/* select.c - the selected entry, and those that are sought; see pane.h. */
#include "pane/pane_private.h"

#include "base/number.h"
#include <stdlib.h>

enum { ROWS_ABOVE = 2 };

struct entry *pane_selected(struct pane *p)
{
	return p->selecting && p->selected < p->count ? &p->slots[p->selected].entry : NULL;
}

/* The window moves as little as it must. */
static void show_selected(struct pane *p)
{
	size_t rows = 0;
	if (p->selected < p->top || (p->selected == p->top && p->top_row)) {
		p->follow = false;
		p->top = p->selected;
		p->top_row = 0;
		return;
	}
	/* Of what is far away the rows between are not counted: there may be a million. */
	bool far = p->selected - p->top > p->height;
	for (size_t i = p->top; i <= p->selected && !far; i = pane_next(p, i))
		rows += pane_rows_of(p, i);
	if (!far && rows <= p->height + p->top_row)
		return;
	pane_end_at(p, p->selected);
	bool taller = p->top == p->selected && p->top_row;
	p->follow = p->selected == p->count - 1 && !taller;
	if (taller)
		p->top_row = 0; /* its beginning */
}

/* The row of its entry in which a byte is, if it is shown at all. */
static bool row_of(struct pane *p, size_t i, const uint8_t *place, size_t *row)
{
	struct rows rows;
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	rows.sought = place;
	entry_rows(&p->slots[i].entry, &p->look, NULL, NULL, &rows);
	*row = rows.met_at;
	rows_free(&rows);
	return rows.met;
}

void pane_open_entry(struct pane *p, size_t i, bool open)
{
	p->slots[i].entry.open = open;
	p->slots[i].stamp = 0;
}

/* The row of the first place in the entry, which is opened where that is folded (unless it is to
 * stay as it is); 0: it has none that is shown. */
static size_t found_row(struct pane *p, size_t i, bool opens)
{
	const uint8_t *place = NULL;
	bool was_open = p->slots[i].entry.open;
	size_t row;
	if (!entry_find(&p->slots[i].entry, &p->find, p->look.view, &place))
		return 0;
	if (row_of(p, i, place, &row))
		return row;
	if (!opens)
		return 0;
	pane_open_entry(p, i, true);
	if (row_of(p, i, place, &row))
		return row;
	pane_open_entry(p, i, was_open);
	return 0;
}

/* In a tall entry the window goes down to the place, with a little of what is above it. */
static void show_found(struct pane *p, bool opens)
{
	size_t row = found_row(p, p->selected, opens) + pane_past_rows(p, p->selected);
	size_t room = pane_room(p);
	show_selected(p);
	if (p->top != p->selected || row < room)
		return;
	size_t most = pane_rows_of(p, p->selected) - room;
	size_t first = room > 2 * ROWS_ABOVE ? row - ROWS_ABOVE : row;
	p->follow = false;
	p->top_row = first < most ? first : most;
}

bool pane_selected_in_sight(struct pane *p)
{
	size_t i = p->top, rows = 0;
	if (!p->selecting || p->selected < p->top || p->selected >= p->count)
		return false;
	for (; i < p->selected && rows < p->height + p->top_row; i = pane_next(p, i))
		rows += pane_rows_of(p, i);
	if (i == p->selected && pane_is_found(p, i))
		rows += found_row(p, i, false);
	return rows >= p->top_row && rows < p->height + p->top_row;
}

void pane_show_selected(struct pane *p)
{
	pane_place(p);
	if (pane_is_found(p, p->selected))
		show_found(p, false);
	else
		show_selected(p);
}

struct entry *pane_chosen(struct pane *p)
{
	struct entry *e = pane_selected(p);
	if (!e && p->past_count && p->newest >= p->dropped)
		e = &p->slots[p->newest - p->dropped].entry;
	return e;
}

void pane_select(struct pane *p, bool on)
{
	p->selecting = on && p->count;
	if (!p->selecting)
		return;
	pane_place(p);
	/* The last exchange, or else the last of what wilco said. */
	size_t rows = 0, last = PANE_NONE;
	for (size_t i = p->top; i < p->count && rows < p->height + p->top_row; i = pane_next(p, i))
		if (pane_shows(p, i)) {
			bool exchange = p->slots[i].entry.kind == ENTRY_EXCHANGE;
			rows += pane_rows_of(p, i);
			if (exchange || last == PANE_NONE ||
				p->slots[last].entry.kind != ENTRY_EXCHANGE)
				last = i;
		}
	p->selecting = last != PANE_NONE;
	p->selected = p->selecting ? last : 0;
}

void pane_select_by(struct pane *p, long entries)
{
	size_t (*step)(const struct pane *, size_t) = entries < 0 ? pane_before : pane_next;
	size_t i = p->selected;
	pane_place(p);
	for (long n = labs(entries); n > 0; n--) {
		size_t next = step(p, i);
		while (next < p->count && !pane_shows(p, next))
			next = step(p, next);
		if (next >= p->count)
			break;
		i = next;
	}
	p->selected = i;
	show_selected(p);
}

bool pane_is_wrong(struct pane *p, size_t i)
{
	return p->slots[i].wrong && entry_there(&p->slots[i].entry);
}

bool pane_is_command(struct pane *p, size_t i)
{
	return p->slots[i].command && entry_there(&p->slots[i].entry);
}

bool pane_is_found(struct pane *p, size_t i)
{
	struct slot *slot = &p->slots[i];
	if (slot->searched != p->search) {
		slot->searched = p->search;
		slot->found = entry_find(&slot->entry, &p->find, p->look.view, NULL);
		p->tested++;
	}
	return slot->found && entry_there(&slot->entry);
}

bool pane_seek(struct pane *p, bool back, pane_test *test)
{
	size_t (*step)(const struct pane *, size_t) = back ? pane_before : pane_next;
	pane_leave_past(p);
	size_t from = p->selecting ? p->selected : back ? p->count : PANE_NONE;
	for (size_t i = step(p, from); i < p->count; i = step(p, i))
		if (pane_shows(p, i) && test(p, i)) {
			pane_place(p);
			p->selecting = true;
			p->selected = i;
			if (test == pane_is_found)
				show_found(p, true);
			else
				show_selected(p);
			return true;
		}
	return false;
}

/* The system is asked once for a quarter of an hour: clocks are not set within one. */
static long second_of_day(time_t time)
{
	enum { QUARTER = 15 * 60 };
	static time_t known = -1;
	static long second;
	struct tm tm;
	if (known < 0 || time / QUARTER != known / QUARTER) {
		localtime_r(&time, &tm);
		known = time;
		second = tm.tm_hour * 3600L + tm.tm_min * 60 + tm.tm_sec;
	}
	return second + (time - known);
}

static long ms_of_day(const struct entry *e)
{
	return second_of_day(e->time.tv_sec) * 1000 + e->time.tv_nsec / NS_PER_MS;
}

size_t pane_at_time(struct pane *p, long ms)
{
	size_t found = PANE_NONE;
	for (size_t i = p->count; i-- > 0;) {
		if (!pane_shows(p, i))
			continue;
		if (ms_of_day(&p->slots[i].entry) >= ms)
			found = i;
		else if (found != PANE_NONE)
			break;
	}
	return found;
}

bool pane_seek_time(struct pane *p, long ms)
{
	size_t found = pane_at_time(p, ms);
	if (found == PANE_NONE)
		return false;
	pane_place(p);
	p->follow = false;
	p->selecting = true;
	p->selected = found;
	p->top = found;
	p->top_row = 0;
	return true;
}
