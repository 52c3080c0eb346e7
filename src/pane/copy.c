/* copy.c - copies and lists entries outside of the window; see pane.h. */
#include "base/text.h"
#include "pane/pane_private.h"
#include <stdlib.h>

enum { COPIED_ROWS = 4096 };

/* Returns the length of the line end at the front: LF with the CRs before it, or CRs at the end,
 * whose LF is the delimiter's.  0: there is none. */
static size_t copy_line_end(struct slice rest)
{
	size_t crs = 0;
	while (crs < rest.len && rest.at[crs] == '\r')
		crs++;
	return crs == rest.len ? crs : rest.at[crs] == '\n' ? crs + 1 : 0;
}

static void copy_readable(struct slice payload, unsigned charset, struct bytes *out)
{
	const unsigned flags = TEXT_PLAIN | TEXT_MARKS | charset * TEXT_CHARSET;
	size_t from = 0, at = 0, cells;
	while (at < payload.len) {
		struct slice rest = slice_cut(payload, at, payload.len);
		size_t ends = *rest.at < ' ' ? copy_line_end(rest) : 0;
		bool tab = *rest.at == '\t';
		if (!ends && !tab) {
			at += text_step(rest, flags, &cells);
			continue;
		}
		text_add(out, slice_cut(payload, from, at), flags);
		at += tab ? 1 : ends;
		from = at;
		if (tab || at < payload.len)
			bytes_add_byte(out, tab ? '\t' : '\n');
	}
	text_add(out, slice_cut(payload, from, at), flags);
	bytes_add_byte(out, '\n');
}

void entry_readable(const struct entry *e, struct bytes *out)
{
	const struct exchange *x = e->kind == ENTRY_EXCHANGE ? e->exchange : NULL;
	unsigned bin = x ? frame_spelling(x->frame) : 0;
	for (const struct reply *r = x ? x->replies : NULL; r; r = r->next) {
		struct slice payload = view_bytes(r);
		if (!view_counts(r))
			continue;
		if (bin || view_auto.choose(x->frame, payload, x->charset) != &view_text) {
			text_add(out, payload, bin | TEXT_MARKS | x->charset * TEXT_CHARSET);
			bytes_add_byte(out, '\n');
		} else {
			copy_readable(payload, x->charset, out);
		}
	}
}

static void add_row(void *arg, const struct styled *row)
{
	const struct entry_copy *c = arg;
	bytes_addf(c->out, "%*s", (int)c->indent, "");
	bytes_add(c->out, bytes_slice(&row->text));
	bytes_add_str(c->out, "\n");
}

void pane_copy_begin(struct entry_copy *c, const struct pane *p, const struct entry *e)
{
	*c = (struct entry_copy){.entry = *e, .look = p->look, .width = p->width};
	c->look.fold = 0;
	c->look.marks = true;
	c->look.breaks = false;                /* it shows all bytes */
	c->look.marking = (struct marking){0}; /* a copy has no marks */
}

bool pane_copy_next(struct entry_copy *c, struct bytes *out)
{
	struct rows rows;
	c->out = out;
	rows_init(&rows, c->width, c->row, COPIED_ROWS, add_row, c);
	entry_rows(&c->entry, &c->look, NULL, &c->places, &rows);
	bool more = rows_enough(&rows);
	c->row += COPIED_ROWS;
	rows_free(&rows);
	return more;
}

void pane_copy_end(struct entry_copy *c)
{
	free(c->places.at);
}

void pane_as_shown(const struct pane *p, const struct entry *e, struct bytes *out)
{
	struct entry_copy c;
	pane_copy_begin(&c, p, e);
	while (pane_copy_next(&c, out))
		;
	pane_copy_end(&c);
}

void pane_list(struct pane *p, size_t i, size_t fold,
	void (*row)(void *arg, const struct styled *row), void *arg)
{
	struct rows rows;
	struct look look = p->look;
	size_t above = pane_above(p, i);
	struct timespec before = {0};
	if (above != PANE_NONE)
		before = entry_end(&p->record->at[above], &p->look);
	look.fold = fold;
	look.lines = true;
	rows_init(&rows, p->width, 0, (size_t)-1, row, arg);
	if (p->look.breaks && pane_begins_day(p, i))
		pane_day_row(p, &p->record->at[i], &rows);
	entry_rows(&p->record->at[i], &look, &before, NULL, &rows);
	rows_free(&rows);
}
