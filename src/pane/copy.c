/* copy.c - copies and lists entries outside of the window; see pane.h. */
#include "base/text.h"
#include "pane/pane.h"
#include <stdlib.h>

enum { COPIED_ROWS = 4096 };

void entry_replies(const struct entry *e, struct bytes *out)
{
	bool exchange = e->kind == ENTRY_EXCHANGE;
	for (const struct reply *r = exchange ? e->exchange->replies : NULL; r; r = r->next) {
		if (!view_counts(r))
			continue;
		text_add(out, view_bytes(r),
			frame_spelling(e->exchange->frame) | e->exchange->charset * TEXT_CHARSET);
		bytes_add_str(out, "\n");
	}
}

static void add_row(void *arg, const struct styled *row)
{
	struct bytes *out = arg;
	bytes_add(out, bytes_slice(&row->text));
	bytes_add_str(out, "\n");
}

void pane_copy_begin(struct entry_copy *c, const struct pane *p, const struct entry *e)
{
	*c = (struct entry_copy){.entry = *e, .look = p->look, .width = p->width};
	c->look.fold = 0;
	c->look.breaks = false; /* it shows all bytes */
	c->look.find = NULL;    /* a copy has no marks */
}

bool pane_copy_next(struct entry_copy *c, struct bytes *out)
{
	struct rows rows;
	rows_init(&rows, c->width, c->row, COPIED_ROWS, add_row, out);
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
	entry_rows(&p->record->at[i], &look, &before, NULL, &rows);
	rows_free(&rows);
}
