/* resync.c - finds what a damaged frame hides.
 *
 * A damaged frame was reported at once.  Frames that begin inside it are still looked for, from its
 * second byte on: starts that may become a frame are watched, while decoding goes on after it.  The
 * first complete good frame wins, wherever it began; "first" means the stream offset at which it
 * was complete, so the pieces in which bytes come make no difference.  At most SPLIT_WATCHES starts
 * are watched at a time: no byte is checked more often than that, and the length of a hostile
 * stream bounds its cost.  If there are more, the search is given up.
 */
#include "frame/split_private.h"

#include "base/mem.h"

void resync_begin(struct split *s, uint64_t start, uint64_t behind)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	if (!side->resync)
		return;
	if (!s->watching) {
		s->watching = true;
		s->watch_count = 0;
		s->inside = s->watched = start + 1;
	} else if (s->watched < start + 1) {
		s->watched = start + 1; /* this start was the candidate itself */
	}
	s->behind = behind;
}

/* Matches a candidate inside with the variants that have a literal at a fixed place. */
static enum match look_inside(struct split *s, struct split_watch *w, struct matching *r,
	struct split_try *t, struct split_event *event)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	size_t start = (size_t)(w->start - s->base);
	split_run(s, r, t, event);
	r->in = slice_of(s->pending->at + start, s->pending->len - start);
	r->strict = true;
	event->check_count = 0;
	size_t seen = w->seen;
	for (size_t i = w->variant; i < side->count; i++) {
		if (!side->variants[i].anchored)
			continue;
		match_begin(t, i);
		t->scanned[0] = i == w->variant ? w->scanned : 0;
		t->filled = i == w->variant ? w->filled : 0;
		t->filler = w->filler;
		r->v = &side->variants[i];
		r->last = i + 1 == side->count;
		enum match m = match_run(r);
		if (seen > r->seen)
			r->seen = seen; /* this ruled out the variants before it */
		seen = r->seen;
		w->variant = (uint8_t)i;
		w->scanned = t->scanned[0];
		w->filled = t->filled;
		w->filler = t->filler;
		if (m != MATCH_OUT)
			return m;
		w->scanned = w->filled = 0;
		w->seen = seen;
	}
	r->seen = seen;
	return MATCH_OUT;
}

static void evaluate(struct split *s, struct split_watch *w)
{
	struct split_try t;
	struct split_event event = {0};
	struct matching r;
	uint64_t there = s->base + s->pending->len;
	bool ended = s->silent || s->closed;
	if (w->decided != UINT64_MAX || (there < w->wanted && !s->gap && !ended))
		return;
	enum match m = look_inside(s, w, &r, &t, &event);
	w->good = m == MATCH_FRAME && r.size <= s->max;
	if (m == MATCH_MORE && !ended && r.in.len <= s->max)
		w->wanted = there + (r.missing ? r.missing : 1);
	else if (m == MATCH_MORE)
		w->decided = there;
	else
		w->decided = w->start + (m == MATCH_OUT || r.seen > r.size ? r.seen : r.size);
}

/* Forgets starts that turned out to be nothing. */
static void prune(struct split *s, uint64_t at)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->watch_count; i++)
		if (s->watches[i].good || s->watches[i].decided > at)
			s->watches[kept++] = s->watches[i];
	s->watch_count = kept;
}

static struct split_watch *best_of(struct split *s)
{
	struct split_watch *best = NULL;
	for (size_t i = 0; i < s->watch_count; i++) {
		struct split_watch *w = &s->watches[i];
		if (w->good && (!best || w->decided < best->decided))
			best = w;
	}
	return best;
}

/* Returns the next place that can be a start, from `at` on; `behind` if there is none. */
static uint64_t next_start(const struct split *s, uint64_t at)
{
	const struct side *side = frame_side_of(s->frame, s->side);
	size_t from = (size_t)(at - s->base) + side->anchor_at;
	size_t to = (size_t)(s->behind - s->base) + side->anchor_at;
	if (to > s->pending->len)
		to = s->pending->len;
	if (!side->anchor.len)
		return at;
	if (from >= to) /* the anchor is not there yet: look again when it is */
		return at;
	const uint8_t *p = memchr(s->pending->at + from, side->anchor.at[0], to - from);
	if (p)
		return s->base + (size_t)(p - s->pending->at) - side->anchor_at;
	return s->base + to - side->anchor_at;
}

/* Watches every start in the reported bytes; false: there are too many at a time. */
static bool look_at_starts(struct split *s)
{
	for (; s->watched < s->behind; s->watched++) {
		s->watched = next_start(s, s->watched);
		if (s->watched >= s->behind)
			break;
		const struct split_watch *best = best_of(s);
		if (best && best->decided <= s->watched)
			return true; /* nothing that begins here can be complete earlier */
		prune(s, s->watched);
		struct split_watch w = {.start = s->watched, .decided = UINT64_MAX};
		evaluate(s, &w);
		if (w.decided <= s->watched + 1 && !w.good)
			continue;
		if (s->watch_count == SPLIT_WATCHES)
			return false;
		if (!s->watches)
			s->watches = mem_new(SPLIT_WATCHES * sizeof w);
		s->watches[s->watch_count++] = w;
	}
	return true;
}

/* Makes the good frame the event; the search goes on after it. */
static void resync_take(struct split *s, struct split_watch *w, struct split_event *event)
{
	struct matching r;
	struct split_watch copy = *w;
	uint64_t stray_end = s->base + s->pos + s->stray;
	copy.variant = 0;
	copy.scanned = copy.filled = copy.seen = 0;
	for (size_t i = 0; i < s->frame->field_count; i++)
		s->values[i].set = false;
	look_inside(s, &copy, &r, &s->state, event);
	uint64_t end = copy.start + r.size;
	bool was_reported = copy.start < s->behind;
	split_fill_event(s, event, SPLIT_FRAME, (size_t)(copy.start - s->base), r.size);
	if (was_reported && event->mark == MARK_NONE)
		event->mark = MARK_INSIDE;
	s->begun = false;
	s->watch_count = 0;
	s->watching = end < s->behind;
	s->inside = s->watched = end;
	if (!s->watching) {
		s->pos = (size_t)(end - s->base);
		s->stray = stray_end > end ? (size_t)(stray_end - end) : 0;
		s->absorb = r.absorb;
		s->absorb_times = r.absorb_times;
	}
}

static void stop(struct split *s)
{
	s->watching = false;
	s->watch_count = 0;
}

/* Waits, because nothing can be said now.  A start that turned out to be nothing counts among those
 * watched at a time until the place where that was known is passed, however late that is. */
static enum resync wait_or_stop(struct split *s)
{
	bool undecided = false;
	s->inside = s->base + s->pos;
	for (size_t i = 0; i < s->watch_count; i++) {
		if (s->watches[i].decided != UINT64_MAX)
			continue;
		undecided = true;
		if (s->watches[i].start < s->inside)
			s->inside = s->watches[i].start;
	}
	prune(s, s->watched);
	bool ended = (s->silent || s->closed) && !undecided;
	if (!ended && s->stray <= s->max && (s->watch_count || s->watched < s->behind))
		return RESYNC_WAIT;
	stop(s);
	return RESYNC_AGAIN;
}

enum resync resync_next(struct split *s, struct split_event *event)
{
	size_t scratch = s->scratch->len;
	if (!look_at_starts(s)) {
		stop(s);
		s->begun = false;
		s->given_up = true;
		return RESYNC_AGAIN;
	}
	for (size_t i = 0; i < s->watch_count; i++)
		evaluate(s, &s->watches[i]);
	if (scratch)
		s->begun = false; /* what the candidate had decoded so far is overwritten */
	struct split_watch *best = best_of(s);
	struct outcome o = {.what = OUTCOME_WAITS};
	split_take_fillers(s);
	uint64_t start = s->base + s->pos + s->stray;
	if (s->pos + s->stray < s->pending->len)
		o = split_look(s, event);
	if (best && (o.what == OUTCOME_WAITS || o.what == OUTCOME_FILL ||
			    best->decided <= start + o.decided)) {
		resync_take(s, best, event);
		return RESYNC_EVENT;
	}
	if (o.what != OUTCOME_WAITS) {
		if (s->stray && o.what == OUTCOME_EVENT) {
			struct outcome stray = {
				.what = OUTCOME_EVENT, .kind = SPLIT_STRAY, .size = s->stray};
			s->stray = 0;
			event->mark = MARK_NONE;
			event->fault = FAULT_NONE;
			split_commit(s, &stray, event);
			event->values = NULL;
			return RESYNC_EVENT;
		}
		return split_commit(s, &o, event) ? RESYNC_EVENT : RESYNC_AGAIN;
	}
	return wait_or_stop(s);
}
