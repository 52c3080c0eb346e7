/* draw.c - draws a pane; see pane.h.
 *
 * Formatting a row costs far more than knowing which one it is.  So it is planned first what stands
 * where; a row that stands there already is left alone, one that stands elsewhere is moved, and
 * only the others are formatted.
 */
#include "pane/pane_private.h"

#include "base/mem.h"
#include <stdlib.h>

/* ---- a row ---- */

struct drawing {
	struct pane *pane;
	const struct pane_drawer *to;
	void *arg;
	size_t y;
	bool head; /* the next row begins the selected entry */
};

static void draw_row(void *arg, const struct styled *row)
{
	struct drawing *d = arg;
	d->to->row(d->arg, d->y, row, d->head);
	d->y++;
	d->head = false;
}

/* ---- what is where ---- */

static struct seen seen_row(const struct pane *p, size_t i, size_t above, size_t row)
{
	const struct entry *e = &p->record->at[i];
	return (struct seen){.what = SEEN_ENTRY,
		.row = (uint32_t)row,
		.stamp = p->stamp,
		.head = row == 0 && p->selecting && e->id == p->selected,
		.open = e->open,
		.id = e->id,
		.above = above == PANE_NONE ? RECORD_NONE : pane_id(p, above)};
}

static struct seen past_row(const struct pane *p)
{
	return (struct seen){.what = SEEN_PAST, .stamp = p->stamp, .id = record_gone(p->record)};
}

static struct seen day_row(const struct pane *p, const struct entry *e)
{
	return (struct seen){.what = SEEN_DAY, .stamp = p->stamp, .id = e->id};
}

static bool same(const struct seen *a, const struct seen *b)
{
	if (a->what != b->what || a->what == SEEN_NOTHING || a->what == SEEN_WAITING)
		return false;
	return a->what == SEEN_EMPTY ||
	       (a->id == b->id && a->row == b->row && a->stamp == b->stamp && a->head == b->head &&
		       a->open == b->open && a->above == b->above);
}

static void plan(struct pane *p, struct seen *rows)
{
	size_t y = 0, most = pane_room(p), top = pane_index(p, p->top), above = pane_above(p, top);
	for (size_t i = top; i < p->record->count && y < most; i++) {
		size_t height = pane_rows_of(p, i), lead = pane_lead_rows(p, i);
		size_t past = pane_past_rows(p, i);
		for (size_t row = i == top ? p->top_row : 0; row < height && y < most; row++)
			rows[y++] = row < past   ? past_row(p)
				    : row < lead ? day_row(p, &p->record->at[i])
						 : seen_row(p, i, above, row - lead);
		above = height > lead ? i : above;
	}
	for (size_t i = 0; p->follow && i < pane_waiting_rows(p) && y < p->height; i++)
		rows[y++] = (struct seen){.what = SEEN_WAITING, .row = (uint32_t)i};
	for (; y < p->height; y++)
		rows[y] = (struct seen){.what = SEEN_EMPTY};
}

/* Returns how many rows up the window moved: it seeks the first row of each state in the other. */
static long moved(const struct seen *was, const struct seen *is, size_t height)
{
	for (size_t y = 1; y < height; y++) {
		if (is[0].what == SEEN_ENTRY && same(&was[y], &is[0]))
			return (long)y;
		if (was[0].what == SEEN_ENTRY && same(&was[0], &is[y]))
			return -(long)y;
	}
	return 0;
}

static void scroll(struct pane *p, long rows, const struct pane_drawer *to, void *arg)
{
	size_t n = (size_t)labs(rows), stay = p->height - n;
	struct seen *from = rows > 0 ? p->seen + n : p->seen,
		    *at = rows > 0 ? p->seen : p->seen + n;
	to->scroll(arg, rows);
	memmove(at, from, stay * sizeof *at);
	for (size_t i = 0; i < n; i++)
		p->seen[rows > 0 ? stay + i : i] = (struct seen){.what = SEEN_EMPTY};
}

/* ---- drawing ---- */

static void draw_entry(struct drawing *d, const struct seen *first, size_t count)
{
	struct pane *p = d->pane;
	size_t i = pane_index(p, first->id);
	const struct entry *above = record_find(p->record, first->above);
	struct timespec before = {0};
	MEM_UNSET struct rows rows;
	if (above)
		before = entry_end(above, &p->look);
	d->head = first->head;
	rows_init(&rows, p->width, first->row, count, draw_row, d);
	entry_rows(&p->record->at[i], &p->look, &before, pane_places(p, i), &rows);
	rows_free(&rows);
}

static void draw_empty(struct drawing *d)
{
	MEM_UNSET struct styled empty;
	styled_init(&empty);
	draw_row(d, &empty);
	styled_free(&empty);
}

/* Draws rows of what waits, in front of row `end`; add: entry_waiting or entry_coming. */
static void draw_part(struct drawing *d, const struct waiting *w, const struct look *look,
	size_t above, size_t count, size_t end,
	void (*add)(const struct waiting *w, const struct look *look, struct rows *out))
{
	MEM_UNSET struct rows rows;
	if (!count || d->y >= end)
		return;
	rows_init(
		&rows, d->pane->width, above, count < end - d->y ? count : end - d->y, draw_row, d);
	add(w, look, &rows);
	rows_free(&rows);
}

/* Draws all rows of commands that wait.  The look may have changed since they were counted. */
static void draw_waiting(struct drawing *d, size_t end)
{
	struct pane *p = d->pane;
	const struct look look = pane_waiting_look(p);
	for (size_t i = 0; i < p->waiting_count; i++) {
		const struct waiting *w = &p->waiting[i];
		const struct waiting_rows *r = &p->waiting_rows[i];
		draw_part(d, w, &look, 0, r->command, end, entry_waiting);
		draw_part(d, w, &p->look, r->above, r->coming, end, entry_coming);
	}
	while (d->y < end)
		draw_empty(d);
}

static void draw_past(struct drawing *d)
{
	MEM_UNSET struct styled row;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_add_str(&text, "- ");
	pane_past(d->pane, &text);
	if (text.len + strlen(PANE_PAST_HINT) <= d->pane->width)
		bytes_add_str(&text, PANE_PAST_HINT);
	styled_init(&row);
	styled_add(&row, STYLE_DIM, bytes_slice(&text));
	styled_cut(&row, d->pane->width);
	draw_row(d, &row);
	styled_free(&row);
	bytes_free(&text);
}

static void draw_day(struct drawing *d, uint64_t id)
{
	MEM_UNSET struct rows rows;
	rows_init(&rows, d->pane->width, 0, 1, draw_row, d);
	pane_day_row(d->pane, record_find(d->pane->record, id), &rows);
	rows_free(&rows);
}

/* Returns the number of rows of one entry, from y on, that must be drawn. */
static size_t run_at(const struct seen *was, const struct seen *is, size_t y, size_t height)
{
	size_t end = y;
	while (end < height && is[end].what == SEEN_ENTRY && is[end].id == is[y].id &&
		!same(&was[end], &is[end]))
		end++;
	return end - y;
}

void pane_draw(struct pane *p, const struct pane_drawer *to, void *arg)
{
	struct drawing d = {.pane = p, .to = to, .arg = arg};
	pane_place(p);
	if (p->follow)
		p->followed = p->record->ever;
	if (p->seen_count != p->height) {
		free(p->seen);
		p->seen = mem_new((p->height + 1) * sizeof *p->seen); /* SEEN_NOTHING */
		p->seen_count = p->height;
	}
	struct seen *is = mem_new((p->height + 1) * sizeof *is);
	plan(p, is);
	long up = to->scroll ? moved(p->seen, is, p->height) : 0;
	if (up)
		scroll(p, up, to, arg);
	for (size_t y = 0; y < p->height; y++) {
		size_t run = 1;
		d.y = y;
		if (same(&p->seen[y], &is[y]))
			continue;
		if (is[y].what == SEEN_ENTRY) {
			run = run_at(p->seen, is, y, p->height);
			draw_entry(&d, &is[y], run);
			while (d.y < y + run)
				draw_empty(&d);
		} else if (is[y].what == SEEN_PAST) {
			draw_past(&d);
		} else if (is[y].what == SEEN_DAY) {
			draw_day(&d, is[y].id);
		} else if (is[y].what == SEEN_WAITING) {
			while (y + run < p->height && is[y + run].what == SEEN_WAITING)
				run++;
			draw_waiting(&d, y + run);
		} else {
			draw_empty(&d);
		}
		y += run - 1;
	}
	free(p->seen);
	p->seen = is;
}

void pane_again(struct pane *p)
{
	free(p->seen);
	p->seen = NULL;
	p->seen_count = 0;
}
