/* pane.c - the list of entries and the window over it; see pane.h. */
#include "pane/pane.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

enum { FOLD_ROWS = 8, WAITING_ROWS = 3, PRUNE = 2 };

const char *filter_name(const void *unused, size_t index)
{
	static const char *const names[] = {"all", "session", "sent", "damaged", "found"};
	(void)unused;
	return index < FILTER_COUNT ? names[index] : NULL;
}

void pane_init(struct pane *p, bool utf8)
{
	*p = (struct pane){
		.follow = true, .stamp = 1, .width = 80, .height = 20, .marked = PANE_NONE};
	p->look = (struct look){.utf8 = utf8, .fold = FOLD_ROWS};
	bytes_init(&p->find.needle, LIMIT_LINE);
}

void pane_free(struct pane *p)
{
	struct error err;
	pane_find(p, SLICE(""), &err);
	for (size_t i = 0; i < p->count; i++)
		free(p->slots[i].entry.text);
	free(p->slots);
	p->slots = NULL;
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
	for (size_t i = 0; i < gone; i++) {
		char *text = p->slots[i].entry.text;
		p->text_held -= text ? strlen(text) : 0;
		free(text);
	}
	memmove(p->slots, p->slots + gone, (p->count - gone) * sizeof *p->slots);
	p->count -= gone;
	p->dropped += gone;
	p->top = less(p->top, gone);
	p->selected = less(p->selected, gone);
	p->marked = p->marked < gone ? PANE_NONE : less(p->marked, gone);
}

static struct entry *add(struct pane *p, enum entry_kind kind)
{
	while (p->count >= PANE_ENTRIES_MAX || (p->text_held > PANE_TEXT_MAX && p->count > 1))
		prune(p);
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->slots = mem_grow(p->slots, p->room, sizeof *p->slots);
	}
	struct slot *slot = &p->slots[p->count++];
	*slot = (struct slot){.entry = {.kind = kind}};
	return &slot->entry;
}

void pane_add_exchange(struct pane *p, const struct session *s, const struct exchange *x)
{
	const struct transcript *t = session_transcript(s);
	struct entry *e = add(p, ENTRY_EXCHANGE);
	e->session = s;
	e->exchange = x;
	e->ordinal = t->dropped + t->count;
	e->time = x->time;
}

void pane_add_text(struct pane *p, enum entry_kind kind, struct slice safe)
{
	struct entry *e = add(p, kind);
	clock_gettime(CLOCK_REALTIME, &e->time);
	e->text = mem_strn(safe.at, safe.len);
	p->text_held += safe.len;
}

/* ---- heights ---- */

static bool visible(const struct pane *p, size_t i)
{
	const struct entry *e = &p->slots[i].entry;
	switch (p->filter) {
	case FILTER_SESSION:
		return !e->session || e->session == p->current;
	case FILTER_SENT:
		return pane_is_command(p, e);
	case FILTER_WRONG:
		return entry_is_wrong(e);
	case FILTER_FOUND:
		return pane_is_found(p, e);
	default:
		return true;
	}
}

static const struct timespec *time_before(const struct pane *p, size_t i)
{
	return i ? &p->slots[i - 1].entry.time : NULL;
}

static size_t rows_of(struct pane *p, size_t i)
{
	struct slot *slot = &p->slots[i];
	struct rows rows;
	if (slot->stamp == p->stamp)
		return slot->rows;
	slot->stamp = p->stamp;
	slot->rows = 0;
	if (!visible(p, i))
		return 0;
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	entry_rows(&slot->entry, &p->look, time_before(p, i), &rows);
	slot->rows = (uint32_t)rows.made;
	rows_free(&rows);
	return slot->rows;
}

static void looks_changed(struct pane *p)
{
	p->stamp++;
	p->top_row = 0;
}

void pane_size(struct pane *p, size_t width, size_t height)
{
	if (width != p->width)
		looks_changed(p);
	p->width = width;
	p->height = height;
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
	p->current = current;
	p->look.only_sent = filter == FILTER_SENT;
	looks_changed(p);
	if (p->top < p->count && !visible(p, p->top))
		pane_end(p);
}

/* ---- the window ---- */

static size_t waiting_rows(const struct pane *p)
{
	return p->waiting_count < WAITING_ROWS ? p->waiting_count : WAITING_ROWS;
}

static size_t room(const struct pane *p)
{
	size_t taken = p->follow ? waiting_rows(p) : 0;
	return p->height > taken ? p->height - taken : 1;
}

/* The window whose last row is the last of entry `last`. */
static void end_at(struct pane *p, size_t last)
{
	size_t want = room(p), i = last + 1;
	p->top = p->top_row = 0;
	while (i > 0) {
		size_t rows = rows_of(p, --i);
		if (rows >= want) {
			p->top = i;
			p->top_row = rows - want;
			return;
		}
		want -= rows;
	}
}

static void place(struct pane *p)
{
	if (p->follow && p->count)
		end_at(p, p->count - 1);
	if (p->top >= p->count)
		p->top = p->count ? p->count - 1 : 0;
}

void pane_end(struct pane *p)
{
	p->follow = true;
	place(p);
}

void pane_top(struct pane *p)
{
	place(p);
	p->follow = false;
	p->top = p->top_row = 0;
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
		p->top_row = rows_of(p, --p->top);
	}
}

static void scroll_on(struct pane *p, size_t rows)
{
	while (p->top < p->count) {
		size_t left = rows_of(p, p->top) - p->top_row;
		if (rows < left) {
			p->top_row += rows;
			return;
		}
		rows -= left;
		p->top_row = 0;
		p->top++;
	}
}

void pane_show_from(struct pane *p, size_t before)
{
	size_t rows = 0;
	for (size_t i = before; i < p->count; i++) {
		if (p->slots[i].entry.kind == ENTRY_EXCHANGE)
			return;
		rows += rows_of(p, i);
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
	for (size_t i = p->top; i < p->count && rows <= p->height + p->top_row; i++)
		rows += rows_of(p, i);
	return rows <= p->height + p->top_row;
}

void pane_scroll(struct pane *p, long rows)
{
	place(p);
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

/* ---- drawing ---- */

struct drawing {
	struct pane *pane;
	void (*row)(void *arg, size_t y, const struct styled *s, bool selected);
	void *arg;
	size_t y;
	bool head; /* the next row begins the selected entry */
};

static void mark(const struct styled *row, size_t from, size_t len, struct styled *out)
{
	for (size_t i = 0; i < row->run_count; i++) {
		const struct run *r = &row->runs[i];
		size_t end = r->from + r->len, a = from > r->from ? from : r->from,
		       b = from + len < end ? from + len : end;
		if (a >= b)
			a = b = end;
		styled_add(out, r->style, slice_of(row->text.at + r->from, a - r->from));
		styled_add(out, STYLE_FOUND, slice_of(row->text.at + a, b - a));
		styled_add(out, r->style, slice_of(row->text.at + b, end - b));
	}
}

/* The first place of the search in the row; false: none. */
static bool found_in(const struct find *f, struct bytes *text, size_t *from, size_t *len)
{
	regmatch_t match;
	const char *line = bytes_str(text), *at = NULL;
	if (f->kind == FIND_TEXT) {
		const char *needle = (const char *)f->needle.at;
		at = f->any_case ? strcasestr(line, needle) : strstr(line, needle);
		*len = f->needle.len - 1;
	} else if (f->kind == FIND_REGEX && regexec(&f->regex, line, 1, &match, 0) == 0) {
		at = line + match.rm_so;
		*len = (size_t)(match.rm_eo - match.rm_so);
	}
	*from = at ? (size_t)(at - line) : 0;
	return at != NULL;
}

static void draw_row(void *arg, const struct styled *row)
{
	struct drawing *d = arg;
	struct styled marked;
	size_t from, len;
	styled_init(&marked);
	bytes_add(&marked.text, bytes_slice(&row->text));
	if (d->y < d->pane->height && found_in(&d->pane->find, &marked.text, &from, &len)) {
		styled_clear(&marked);
		mark(row, from, len, &marked);
		d->row(d->arg, d->y, &marked, d->head);
	} else if (d->y < d->pane->height) {
		d->row(d->arg, d->y, row, d->head);
	}
	d->y++;
	d->head = false;
	styled_free(&marked);
}

static void draw_waiting(struct pane *p, struct drawing *d)
{
	for (size_t i = 0; i < waiting_rows(p); i++) {
		struct look look = p->look;
		struct rows rows;
		look.view = VIEW_TEXT;
		look.fold = 1;
		rows_init(&rows, p->width, 0, 1, draw_row, d);
		entry_waiting(p->waiting[i].session, p->waiting[i].exchange, p->waiting[i].waited,
			&look, &rows);
		rows_free(&rows);
	}
}

void pane_draw(struct pane *p,
	void (*row)(void *arg, size_t y, const struct styled *s, bool selected), void *arg)
{
	struct drawing d = {.pane = p, .row = row, .arg = arg};
	struct styled empty;
	place(p);
	size_t most = room(p);
	for (size_t i = p->top; i < p->count && d.y < most; i++) {
		struct rows rows;
		size_t skip = i == p->top ? p->top_row : 0;
		if (!rows_of(p, i))
			continue;
		d.head = p->selecting && i == p->selected && !skip;
		rows_init(&rows, p->width, skip, most - d.y, draw_row, &d);
		entry_rows(&p->slots[i].entry, &p->look, time_before(p, i), &rows);
		rows_free(&rows);
	}
	if (p->follow)
		draw_waiting(p, &d);
	styled_init(&empty);
	for (; d.y < p->height; d.y++)
		row(arg, d.y, &empty, false);
	styled_free(&empty);
}

/* ---- selecting ---- */

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
	for (size_t i = p->top; i <= p->selected; i++)
		rows += rows_of(p, i);
	if (rows - p->top_row <= p->height)
		return;
	p->follow = p->selected == p->count - 1;
	end_at(p, p->selected);
	if (p->top == p->selected)
		p->top_row = 0; /* of one that is taller the beginning */
}

void pane_select(struct pane *p, bool on)
{
	p->selecting = on && p->count;
	if (!p->selecting)
		return;
	place(p);
	size_t rows = 0, last = p->top;
	for (size_t i = p->top; i < p->count && rows < p->height + p->top_row; i++)
		if (visible(p, i)) {
			rows += rows_of(p, i);
			last = i;
		}
	p->selected = last;
}

void pane_select_by(struct pane *p, long entries)
{
	size_t step = entries < 0 ? (size_t)-1 : 1, i = p->selected;
	for (long n = labs(entries); n > 0; n--) {
		size_t next = i + step;
		while (next < p->count && !visible(p, next))
			next += step;
		if (next >= p->count)
			break;
		i = next;
	}
	p->selected = i;
	show_selected(p);
}

bool pane_is_wrong(const struct pane *p, const struct entry *e)
{
	(void)p;
	return entry_is_wrong(e);
}

bool pane_is_command(const struct pane *p, const struct entry *e)
{
	(void)p;
	return e->kind == ENTRY_EXCHANGE && entry_there(e) && e->exchange->command;
}

bool pane_seek(struct pane *p, bool back, bool (*test)(const struct pane *p, const struct entry *e))
{
	size_t step = back ? (size_t)-1 : 1;
	size_t from = p->selecting ? p->selected : back ? p->count : (size_t)-1;
	for (size_t i = from + step; i < p->count; i += step)
		if (visible(p, i) && test(p, &p->slots[i].entry)) {
			place(p);
			p->selecting = true;
			p->selected = i;
			show_selected(p);
			return true;
		}
	return false;
}

static long second_of_day(const struct entry *e)
{
	struct tm tm;
	localtime_r(&e->time.tv_sec, &tm);
	return tm.tm_hour * 3600L + tm.tm_min * 60 + tm.tm_sec;
}

bool pane_seek_time(struct pane *p, long seconds)
{
	size_t found = PANE_NONE;
	for (size_t i = p->count; i-- > 0;) {
		if (!visible(p, i))
			continue;
		if (second_of_day(&p->slots[i].entry) >= seconds)
			found = i;
		else if (found != PANE_NONE)
			break;
	}
	if (found == PANE_NONE)
		return false;
	place(p);
	p->follow = false;
	p->selecting = true;
	p->selected = found;
	p->top = found;
	p->top_row = 0;
	return true;
}

void pane_fold(struct pane *p, bool all)
{
	struct entry *e = pane_selected(p);
	if (all) {
		p->look.fold = p->look.fold ? 0 : FOLD_ROWS;
		looks_changed(p);
	} else if (e) {
		e->open = !e->open;
		p->slots[p->selected].stamp = 0;
		if (p->top == p->selected)
			p->top_row = 0;
	}
}
