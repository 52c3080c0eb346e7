/* select.c - selects and seeks entries; see pane.h. */
#include "pane/pane_private.h"

#include "base/number.h"
#include <stdlib.h>

enum { ROWS_ABOVE = 2 };

struct entry *pane_selected(struct pane *p)
{
	pane_leave_past(p);
	return p->selecting ? record_find(p->record, p->selected) : NULL;
}

/* Moves the window as little as it must. */
static void show_selected(struct pane *p)
{
	size_t rows = 0, top = pane_index(p, p->top), selected = pane_index(p, p->selected);
	if (selected < top || (selected == top && p->top_row)) {
		p->follow = false;
		p->top = p->selected;
		p->top_row = 0;
		return;
	}
	/* Rows of entries far away are not counted: there may be a million. */
	bool far = selected - top > p->height;
	for (size_t i = top; i <= selected && !far; i++)
		rows += pane_rows_of(p, i);
	if (!far && rows <= p->height + p->top_row)
		return;
	/* Commands that wait take rows of a window that follows. */
	p->follow = !p->record->source && selected == p->record->count - 1;
	pane_end_at(p, selected);
	if (p->top == p->selected && p->top_row) {
		p->follow = false;
		p->top_row = 0; /* show its beginning */
	}
}

/* Finds the row of the entry that has this byte, if the byte is shown. */
static bool row_of(struct pane *p, const struct entry *e, const uint8_t *place, size_t *row)
{
	struct rows rows;
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	rows.sought = place;
	entry_rows(e, &p->look, NULL, NULL, &rows);
	*row = rows.met_at;
	rows_free(&rows);
	return rows.met;
}

void pane_open_entry(struct entry *e, bool open)
{
	e->open = open;
	e->parts = e->parts && open;
	e->stamp = 0;
}

/* Returns the number of places before the one at which somebody is; 0, too, where that is in
 * another entry. */
static size_t places_before(const struct pane *p, const struct entry *e)
{
	return e->id == p->here ? p->here_before : 0;
}

/* Returns the row of that place in the entry; `opens` lets it open a folded entry.  0: no place is
 * shown. */
static size_t found_row(struct pane *p, struct entry *e, bool opens)
{
	struct entry_place place;
	bool was_open = e->open;
	size_t row;
	if (!entry_find(e, &p->find, &p->look, places_before(p, e), &place))
		return 0;
	if (row_of(p, e, place.shown, &row))
		return row;
	if (!opens)
		return 0;
	pane_open_entry(e, true);
	if (row_of(p, e, place.shown, &row))
		return row;
	pane_open_entry(e, was_open);
	return 0;
}

/* Moves the window down in a tall entry to the place, with a few rows above it. */
static void show_found(struct pane *p, bool opens)
{
	size_t i = pane_index(p, p->selected), room = pane_room(p);
	size_t row = found_row(p, &p->record->at[i], opens) + pane_lead_rows(p, i);
	show_selected(p);
	if (p->top != p->selected || row < room)
		return;
	size_t most = pane_rows_of(p, i) - room;
	size_t first = room > 2 * ROWS_ABOVE ? row - ROWS_ABOVE : row;
	p->follow = false;
	p->top_row = first < most ? first : most;
}

bool pane_selected_in_sight(struct pane *p)
{
	size_t i = pane_index(p, p->top), rows = 0, selected = pane_index(p, p->selected);
	if (!p->selecting || selected < i || selected >= p->record->count)
		return false;
	for (; i < selected && rows < p->height + p->top_row; i++)
		rows += pane_rows_of(p, i);
	if (i == selected && pane_is_found(p, i))
		rows += found_row(p, &p->record->at[i], false);
	return rows >= p->top_row && rows < p->height + p->top_row;
}

void pane_show_selected(struct pane *p)
{
	pane_place(p);
	size_t i = pane_index(p, p->selected);
	if (i >= p->record->count)
		return; /* the filter of a file lets nothing through from there on */
	if (pane_is_found(p, i))
		show_found(p, false);
	else
		show_selected(p);
}

struct entry *pane_chosen(struct pane *p)
{
	struct entry *e = pane_selected(p);
	return e ? e : record_find(p->record, p->record->newest);
}

void pane_select(struct pane *p, bool on)
{
	const struct record *r = p->record;
	p->selecting = on && r->count;
	if (!p->selecting)
		return;
	pane_place(p);
	/* This selects the last exchange in sight, or else the last message. */
	size_t rows = 0, last = PANE_NONE;
	for (size_t i = pane_index(p, p->top); i < r->count && rows < p->height + p->top_row; i++)
		if (pane_shows(p, i)) {
			rows += pane_rows_of(p, i);
			if (r->at[i].kind == ENTRY_EXCHANGE || last == PANE_NONE ||
				r->at[last].kind != ENTRY_EXCHANGE)
				last = i;
		}
	p->selecting = last != PANE_NONE;
	p->selected = p->selecting ? pane_id(p, last) : 0;
}

void pane_select_by(struct pane *p, long entries)
{
	size_t count = p->record->count, step = entries < 0 ? (size_t)-1 : 1;
	pane_place(p);
	if (!p->selecting) {
		pane_select(p, true);
		return;
	}
	size_t i = pane_index(p, p->selected);
	for (long n = labs(entries); n > 0; n--) {
		size_t next = i + step;
		while (next < count && !pane_shows(p, next))
			next += step;
		if (next >= count && pane_reach(p, entries < 0)) { /* indices are others now */
			i = pane_index(p, p->selected);
			count = p->record->count;
			n++;
			continue;
		}
		if (next >= count)
			break;
		i = next;
		p->selected = pane_id(p, i);
	}
	p->selected = pane_id(p, i);
	show_selected(p);
}

bool pane_is_wrong(struct pane *p, size_t i)
{
	return p->record->at[i].wrong;
}

bool pane_is_command(struct pane *p, size_t i)
{
	return p->record->at[i].command;
}

bool pane_is_found(struct pane *p, size_t i)
{
	struct entry *e = &p->record->at[i];
	if (e->searched != p->search) {
		size_t count = entry_count(e, &p->find, &p->look);
		e->searched = p->search;
		e->found = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
		p->tested++;
	}
	return e->found > 0;
}

/* ---- seeking ---- */

static void seek_end(struct pane *p, size_t i, pane_test *test)
{
	pane_place(p);
	p->selecting = true;
	p->selected = pane_id(p, i);
	if (test == pane_is_found)
		show_found(p, true);
	else
		show_selected(p);
}

/* Goes to a place in entry i. */
static bool go_to_place(struct pane *p, size_t i, size_t before)
{
	struct entry_place place = {0};
	struct entry *e = &p->record->at[i];
	entry_find(e, &p->find, &p->look, before, &place);
	p->here = e->id;
	p->here_before = before;
	p->look.marking.here = place.bytes;
	pane_again(p); /* for the mark */
	seek_end(p, i, pane_is_found);
	return true;
}

bool pane_at_found(struct pane *p, size_t i, bool back)
{
	return pane_is_found(p, i) && go_to_place(p, i, back ? p->record->at[i].found - 1 : 0);
}

/* Goes to the next place in the selected entry.  Who came there by other ways is before its first
 * place. */
static bool seek_inside(struct pane *p, bool back)
{
	size_t i = pane_index(p, p->selected);
	if (!p->selecting || i >= p->record->count || pane_id(p, i) != p->selected ||
		!pane_shows(p, i) || !pane_is_found(p, i))
		return false;
	bool here = p->here == p->selected;
	if (back)
		return here && p->here_before && go_to_place(p, i, p->here_before - 1);
	size_t next = here ? p->here_before + 1 : 0;
	return next < p->record->at[i].found && go_to_place(p, i, next);
}

bool pane_seek(struct pane *p, bool back, pane_test *test)
{
	size_t count = p->record->count, step = back ? (size_t)-1 : 1;
	pane_leave_past(p);
	if (test == pane_is_found && seek_inside(p, back))
		return true;
	size_t from = p->selecting ? pane_index(p, p->selected) : back ? count : PANE_NONE;
	for (size_t i = from + step; i < count; i += step) {
		if (!pane_shows(p, i) || !test(p, i))
			continue;
		if (test == pane_is_found)
			return pane_at_found(p, i, back);
		seek_end(p, i, test);
		return true;
	}
	return false;
}

/* Writes the local time, exact to the quarter of an hour, and returns the seconds since that began.
 * The system is asked only once for each quarter: time zones do not change within one. */
static long local_quarter(time_t time, struct tm *tm)
{
	enum { QUARTER = 15 * 60 };
	static time_t known = -1;
	static struct tm local;
	time_t quarter = time - time % QUARTER;
	if (quarter != known) {
		localtime_r(&quarter, &local);
		known = quarter;
	}
	*tm = local;
	return (long)(time - quarter);
}

static long second_of_day(time_t time)
{
	struct tm tm;
	long more = local_quarter(time, &tm);
	return tm.tm_hour * 3600L + tm.tm_min * 60 + tm.tm_sec + more;
}

/* ---- days ---- */

bool pane_begins_day(struct pane *p, size_t i)
{
	struct tm before, now;
	size_t above = pane_above(p, i);
	time_t time = p->record->at[i].time.tv_sec;
	if (above == PANE_NONE || !time || !p->record->at[above].time.tv_sec)
		return false;
	local_quarter(p->record->at[above].time.tv_sec, &before);
	local_quarter(time, &now);
	return before.tm_yday != now.tm_yday || before.tm_year != now.tm_year;
}

void pane_day_row(const struct pane *p, const struct entry *e, struct rows *out)
{
	enum { DAY_MAX = 32 };
	char day[DAY_MAX];
	struct tm tm;
	struct slice dash = p->look.utf8 ? SLICE("\u2500") : SLICE("-");
	local_quarter(e->time.tv_sec, &tm);
	strftime(day, sizeof day, " %a %Y-%m-%d ", &tm);
	styled_repeat(&out->line, STYLE_DIM, dash, 2);
	styled_add(&out->line, STYLE_DIM, slice_str(day));
	if (out->width > out->line.cells)
		styled_repeat(&out->line, STYLE_DIM, dash, out->width - out->line.cells);
	rows_end(out);
}

long pane_ms_of_day(const struct timespec *time)
{
	return second_of_day(time->tv_sec) * 1000 + time->tv_nsec / NS_PER_MS;
}

size_t pane_at_time(struct pane *p, long ms)
{
	size_t found = PANE_NONE;
	if (p->record->source)
		p->record->source->time(p->record->source_arg, ms);
	for (size_t i = p->record->count; i-- > 0;) {
		if (!pane_shows(p, i))
			continue;
		if (pane_ms_of_day(&p->record->at[i].time) >= ms)
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
	if (!p->record->source) /* which would bring what was there before */
		pane_place(p);
	p->follow = false;
	p->selecting = true;
	p->top = p->selected = pane_id(p, found);
	p->top_row = 0;
	return true;
}
