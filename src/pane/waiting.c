/* waiting.c - the rows of commands that wait, below the others; see pane.h. */
#include "base/mem.h"
#include "pane/pane_private.h"

enum { WAITING_ROWS = 3, COMMAND_ROWS = 2 };

struct look pane_waiting_look(const struct pane *p)
{
	struct look look = p->look;
	look.view = &view_text;
	look.fold = 1;
	return look;
}

static size_t rows_of(const struct pane *p, const struct waiting *w, const struct look *look,
	void (*add)(const struct waiting *w, const struct look *look, struct rows *out))
{
	MEM_UNSET struct rows rows;
	rows_init(&rows, p->width, 0, (size_t)-1, NULL, NULL);
	add(w, look, &rows);
	rows_free(&rows);
	return rows.made;
}

/* Returns the frame with which to begin: those of a long reply that are above the window are not
 * walked through again. */
static const struct reply *first_shown(struct pane *p, const struct exchange *x)
{
	struct coming_from *from = &p->coming_from;
	size_t count = 0;
	if (from->of != x || from->sent_at != x->sent_at)
		*from = (struct coming_from){.of = x, .sent_at = x->sent_at};
	if (!from->at)
		from->at = x->replies;
	for (const struct reply *r = from->at; r; r = r->next)
		count++;
	if (count > 2 * p->height)
		for (; count > p->height; count--)
			from->at = from->at->next;
	return from->at;
}

/* Has at most `most` rows shown: the last ones. */
static void show_end(struct waiting_rows *r, size_t rows, size_t most)
{
	r->coming = rows < most ? rows : most;
	r->above = rows - r->coming;
}

/* A window has a row for something else at least. */
void pane_wait(
	struct pane *p, const struct waiting *waiting, size_t count, const struct session *current)
{
	size_t left = p->height ? p->height - 1 : 0;
	p->waiting_count = count < WAITING_ROWS ? count : WAITING_ROWS;
	if (!count)
		return;
	const struct look look = pane_waiting_look(p);
	for (size_t i = 0; i < p->waiting_count; i++) {
		struct waiting *w = &p->waiting[i];
		struct waiting_rows *r = &p->waiting_rows[i];
		*w = waiting[i];
		size_t rows = rows_of(p, w, &look, entry_waiting), most = COMMAND_ROWS;
		most = left < most ? left : most;
		*r = (struct waiting_rows){.command = rows < most ? rows : most};
		left -= r->command;
		if (w->session != current && w->coming.bytes && left)
			show_end(r, rows_of(p, w, &p->look, entry_coming), 1);
		left -= r->coming;
	}
	for (size_t i = 0; i < p->waiting_count; i++) {
		struct waiting *w = &p->waiting[i];
		if (w->session != current || !w->coming.bytes)
			continue;
		w->from = first_shown(p, w->exchange);
		show_end(&p->waiting_rows[i], rows_of(p, w, &p->look, entry_coming), left);
	}
}
