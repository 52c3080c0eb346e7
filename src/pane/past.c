/* past.c - entries whose exchanges the transcripts dropped.
 *
 * A flood drops them by the hundred thousand, and they lie among those of other sessions.  None of
 * them takes a row: one row above the first entry stands for all.  So that going past them costs
 * nothing, a run of them is known at both its ends; the first entry, which has that row, is in
 * none.
 */
#include "base/mem.h"
#include "pane/pane_private.h"

enum { SWEPT_BEHIND = 256 }; /* entries: more than half a window has */

/* A session's entries in front of `next` are gone. */
struct past {
	const struct session *session;
	size_t next;
	uint64_t commands; /* its commands that are not in the list any more */
};

/* NULL: it has none yet. */
static struct past *past_of(const struct pane *p, const struct session *s)
{
	for (size_t i = 0; i < p->past_count; i++)
		if (p->pasts[i].session == s)
			return &p->pasts[i];
	return NULL;
}

void pane_past_add(struct pane *p, const struct session *s, size_t i)
{
	if (past_of(p, s))
		return;
	p->pasts = mem_grow(p->pasts, p->past_count + 1, sizeof *p->pasts);
	p->pasts[p->past_count++] = (struct past){.session = s, .next = i};
}

void pane_past_shift(struct pane *p, size_t i)
{
	for (size_t n = 0; n < p->past_count; n++) {
		struct past *past = &p->pasts[n];
		if (past->next > i)
			past->next =
				past->session == p->slots[i].entry.session ? i : past->next + 1;
	}
}

void pane_past_count(struct pane *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (p->slots[i].command)
			past_of(p, p->slots[i].entry.session)->commands++;
}

uint64_t pane_dropped_commands(const struct pane *p, const struct session *s)
{
	const struct past *past = past_of(p, s);
	return past ? past->commands : 0;
}

/* The run of entry i with its neighbours. */
static void join(struct pane *p, size_t i)
{
	struct slot *s = p->slots;
	size_t before = i > 1 && s[i - 1].gone ? s[i - 1].run : 0;
	size_t behind = i + 1 < p->count && s[i + 1].gone ? s[i + 1].run : 0;
	s[i - before].run = s[i + behind].run = (uint32_t)(before + 1 + behind);
}

static void pass(struct pane *p, size_t i)
{
	p->slots[i].gone = true;
	p->gone++;
	if (i)
		join(p, i);
}

/* Behind a command that stands where it was sent are a few that go before it does: no more than
 * were in a window with it. */
static void sweep_behind(struct pane *p, size_t at)
{
	const struct entry *stays = &p->slots[at].entry;
	for (size_t i = at + 1; i < p->count && i - at <= SWEPT_BEHIND; i++) {
		const struct entry *e = &p->slots[i].entry;
		if (e->session == stays->session && e->ordinal > stays->ordinal)
			return;
		if (e->session == stays->session && entry_gone(e) && !p->slots[i].gone)
			pass(p, i);
	}
}

static void sweep_session(struct pane *p, struct past *past)
{
	for (; past->next < p->count; past->next++) {
		const struct slot *slot = &p->slots[past->next];
		if (slot->entry.session != past->session || slot->gone)
			continue;
		if (!entry_gone(&slot->entry)) {
			if (slot->early)
				sweep_behind(p, past->next);
			return;
		}
		pass(p, past->next);
	}
}

void pane_sweep(struct pane *p)
{
	for (size_t i = 0; i < p->past_count; i++)
		sweep_session(p, &p->pasts[i]);
}

void pane_past_cut(struct pane *p, size_t count)
{
	p->gone = 0;
	for (size_t i = 0; i < p->past_count; i++) {
		size_t *next = &p->pasts[i].next;
		*next = *next > count ? *next - count : 0;
	}
	for (size_t i = 0; i < p->count; i++) {
		p->gone += p->slots[i].gone;
		p->slots[i].run = 0;
	}
	for (size_t i = 1; i < p->count; i++)
		if (p->slots[i].gone)
			join(p, i);
}

uint64_t pane_past(const struct pane *p)
{
	return p->dropped + p->gone;
}

size_t pane_past_rows(const struct pane *p, size_t i)
{
	return i == 0 && pane_past(p) > 0;
}

size_t pane_next(const struct pane *p, size_t i)
{
	size_t next = i + 1;
	return next && next < p->count && p->slots[next].gone ? next + p->slots[next].run : next;
}

size_t pane_before(const struct pane *p, size_t i)
{
	size_t before = i - 1; /* PANE_NONE */
	return i > 1 && p->slots[before].gone ? before - p->slots[before].run : before;
}
