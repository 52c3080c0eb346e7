/* order.c - a command stands where it was sent.
 *
 * It becomes an entry when it has ended; what came meanwhile then stands below it.  But only as
 * long as all of that is in sight together: after a flood an answer above the window would not be
 * seen, so the command stands at the end.
 */
#include "pane/pane_private.h"

#include <string.h>

enum { BACK_MOST = 1024 }; /* entries, of which a filter may hide most */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Behind the last entry that was there when the command was sent. */
static size_t sent_at(struct pane *p, const struct entry *e)
{
	size_t last = p->count - 1, i = last, rows = 0;
	while (i > 0 && is_later(&p->slots[i - 1].entry.time, &e->time)) {
		i--;
		rows += pane_rows_of(p, i);
		if (p->slots[i].gone || rows > p->height / 2 || last - i > BACK_MOST)
			return last;
	}
	return i;
}

static void shift(size_t *index, size_t at)
{
	*index += *index != PANE_NONE && *index >= at;
}

/* What was drawn of entries below stands where it stood. */
static void shift_seen(struct pane *p, uint64_t at)
{
	for (size_t y = 0; y < p->seen_count; y++) {
		struct seen *s = &p->seen[y];
		if (s->what != SEEN_ENTRY)
			continue;
		s->ordinal += s->ordinal >= at;
		s->above += s->above > at;
	}
	p->placed.ordinal += p->placed.ordinal >= at;
}

size_t pane_put_in_order(struct pane *p)
{
	struct slot added = p->slots[p->count - 1];
	size_t at = sent_at(p, &added.entry);
	if (at == p->count - 1)
		return at;
	memmove(&p->slots[at + 1], &p->slots[at], (p->count - 1 - at) * sizeof *p->slots);
	p->slots[at] = added;
	p->slots[at].early = true;
	shift(&p->top, at);
	shift(&p->selected, at);
	shift(&p->marked, at);
	shift_seen(p, p->dropped + at);
	if (p->filtered > p->dropped + at)
		p->filtered++;
	pane_past_shift(p, at);
	return at;
}
