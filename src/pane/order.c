/* order.c - puts a command where it was sent.
 *
 * A command becomes an entry when it has ended; what came meanwhile then stands below it, but only
 * if all of that fits into the window.  After a flood an answer above the window would not be seen,
 * so the command stands at the end.
 */
#include "pane/pane_private.h"

#include "base/number.h"

/* Time stamps of one turn of the loop differ by the time that it took. */
enum { SAME_TURN_MS = 1000 };

static int64_t ns_from(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * (int64_t)NS_PER_S + to->tv_nsec - from->tv_nsec;
}

/* Says whether the clock was set: otherwise what was there came before the command ended. */
static bool clock_was_set(const struct entry *before, const struct exchange *x)
{
	return ns_from(&x->time, &before->time) - exchange_took(x) >
	       SAME_TURN_MS * (int64_t)NS_PER_MS;
}

/* Returns the place after the last entry that was there when the command was sent.  Hidden entries
 * count, because another filter may show them. */
static size_t sent_at(struct pane *p, const struct exchange *x)
{
	const struct record *r = p->record;
	size_t i = r->count, rows = 0;
	if (i > 0 && clock_was_set(&r->at[i - 1], x))
		return r->count;
	while (i > 0 && ns_from(&x->time, &r->at[i - 1].time) > 0) {
		size_t own = pane_rows_of(p, --i);
		rows += own ? own : 1;
		if (rows > p->height / 2)
			return r->count;
	}
	return i;
}

static void shift(uint64_t *id, uint64_t from)
{
	*id += *id != RECORD_NONE && *id >= from;
}

size_t pane_place_for(struct pane *p, const struct exchange *x)
{
	bool sent = x->command && x->time.tv_sec;
	size_t at = p->by_time && sent ? sent_at(p, x) : p->record->count;
	if (at == p->record->count)
		return at;
	uint64_t from = p->record->at[at].id;
	shift(&p->top, from);
	shift(&p->selected, from);
	shift(&p->marked, from);
	shift(&p->here, from);
	shift(&p->filtered, from);
	shift(&p->placed.id, from);
	/* Rows that were drawn for entries below stay where they are. */
	for (size_t y = 0; y < p->seen_count; y++)
		if (p->seen[y].what == SEEN_ENTRY || p->seen[y].what == SEEN_DAY) {
			shift(&p->seen[y].id, from);
			shift(&p->seen[y].above, from);
		}
	return at;
}
