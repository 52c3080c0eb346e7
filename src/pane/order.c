/* order.c - a command stands where it was sent.
 *
 * It becomes an entry when it has ended; what came meanwhile then stands below it.  But only as
 * long as all of that is in sight together: after a flood an answer above the window would not be
 * seen, so the command stands at the end.
 */
#include "pane/pane_private.h"

#include "base/number.h"
#include <string.h>

/* Stamps of one turn of the loop may be apart by what it took. */
enum { SAME_TURN_MS = 1000 };

static int64_t ns_from(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * (int64_t)NS_PER_S + to->tv_nsec - from->tv_nsec;
}

/* What was there came before the command ended; else the clock was set meanwhile. */
static bool clock_was_set(const struct entry *before, const struct entry *e)
{
	return ns_from(&e->time, &before->time) - e->took > SAME_TURN_MS * (int64_t)NS_PER_MS;
}

/* Behind the last entry that was there when the command was sent.  What a filter hides may be shown
 * again, and counts. */
static size_t sent_at(struct pane *p, const struct entry *e)
{
	size_t last = p->count - 1, i = last, rows = 0;
	if (last > 0 && clock_was_set(&p->slots[last - 1].entry, e))
		return last;
	while (i > 0 && ns_from(&e->time, &p->slots[i - 1].entry.time) > 0) {
		size_t own = pane_rows_of(p, --i);
		rows += own ? own : 1;
		if (p->slots[i].gone || rows > p->height / 2)
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
