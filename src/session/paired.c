/* paired.c - see pairing.h: finds out which replies answer which commands. */
#include "base/mem.h"
#include "session/pairing_private.h"
#include <stdlib.h>

/* A command whose reply is not complete. */
struct waiting {
	size_t item;
	struct reply_tracker tracker;
};

struct walk {
	struct pairing *p;
	struct waiting *waits; /* those from `first` on wait, the oldest first */
	size_t first, count, room;
	bool near;   /* replies belong to the last commands before them */
	bool hole;   /* bytes of the device are missing since it spoke last */
	bool left;   /* a command was left over although the device went on talking */
	bool gaps;   /* bytes of either side are missing, and perhaps its end */
	bool ended;  /* the program says nothing more */
	size_t said; /* what the device said last, counted from 1; 0: it has to say something */
	size_t last_reply;
};

/* With how many commands that wait it is tried which of them has no reply; and how many wait at
 * most: each is compared with each reply. */
enum { SKIPS_TRIED = 64, WAITING_MOST = 4096 };

static struct pairing_item *item_of(const struct walk *w, const struct waiting *waiting)
{
	return &w->p->items[waiting->item];
}

static struct split_event event_of(const struct pairing_item *item)
{
	const struct reply *r = item->x->replies;
	return (struct split_event){.kind = r ? r->kind : SPLIT_STRAY,
		.mark = r ? r->mark : MARK_NONE,
		.payload = r ? r->payload : SLICE(""),
		.values = r ? r->fields : NULL};
}

/* Takes a frame, and says whether the reply is complete.  What is damaged ends it. */
static bool completes(struct reply_tracker *t, const struct pairing_item *item)
{
	struct split_event e = event_of(item);
	if (item->cut)
		return true;
	if (e.kind != SPLIT_FRAME)
		return e.kind == SPLIT_DAMAGED || e.kind == SPLIT_OVERSIZE;
	return reply_take(t, &e) == REPLY_DONE;
}

/* Says whether the counters and bare names of a reply are those of a command. */
static bool ties(const struct walk *w, const struct pairing_item *command, const struct reply *r)
{
	const struct frame *f = w->p->frame;
	for (size_t i = 0; r && r->fields && command->fields && i < frame_field_count(f); i++) {
		const struct field_value *sent = &command->fields[i], *came = &r->fields[i];
		if (frame_field_ties(f, i) && sent->set && came->set &&
			!field_value_same(sent, came))
			return false;
	}
	return true;
}

/* Returns the command that a frame answers; w->count: none. */
static size_t find_command(const struct walk *w, const struct pairing_item *item)
{
	size_t i = w->first;
	while (i < w->count && !ties(w, item_of(w, &w->waits[i]), item->x->replies))
		i++;
	return i;
}

/* Notes whether the oldest one is left over. */
static void see_left(struct walk *w)
{
	w->left |= w->first < w->count && w->waits[w->first].item < w->last_reply;
}

/* Nobody waits for the first n any more. */
static void give_up(struct walk *w, size_t n)
{
	for (; n && w->first < w->count; n--, w->first++)
		item_of(w, &w->waits[w->first])->unknown |= w->hole;
}

static void push(struct walk *w, size_t at)
{
	struct pairing_item *item = &w->p->items[at];
	struct waiting waiting = {.item = at};
	reply_begin(&waiting.tracker, w->p->frame, item->x->payload, item->fields);
	if (!item->cut && reply_answers_none(&waiting.tracker)) {
		return;
	}
	if (w->count - w->first == WAITING_MOST) {
		see_left(w);
		give_up(w, 1);
	}
	w->waits = mem_more(w->waits, w->count, &w->room, sizeof *w->waits);
	w->waits[w->count++] = waiting;
}

static void pop(struct walk *w, size_t place)
{
	if (place == w->first) {
		w->first++;
		return;
	}
	w->count--;
	memmove(w->waits + place, w->waits + place + 1, (w->count - place) * sizeof *w->waits);
}

/* Returns where the frames end that follow each other without a command between them. */
static size_t run_end(const struct pairing *p, size_t at)
{
	while (at < p->count && p->items[at].kind != ITEM_COMMAND)
		at++;
	return at;
}

/* Says whether the run completes the replies to all commands behind the first `skip`. */
static bool fits(const struct walk *w, size_t skip, size_t from, size_t to)
{
	size_t next = w->first + skip;
	struct reply_tracker tracker = w->waits[next].tracker;
	for (size_t i = from; i < to; i++) {
		const struct pairing_item *item = &w->p->items[i];
		if (item->kind != ITEM_REPLY || item->async)
			continue;
		if (next == w->count)
			return false;
		if (completes(&tracker, item) && ++next < w->count)
			tracker = w->waits[next].tracker;
	}
	return next == w->count;
}

/* Returns how many of the commands that wait are not answered by the run. */
static size_t skip_of(const struct walk *w, size_t from)
{
	size_t waiting = w->count - w->first, to = run_end(w->p, from);
	for (size_t skip = 0; waiting <= SKIPS_TRIED && skip < waiting; skip++)
		if (fits(w, skip, from, to))
			return skip;
	return waiting ? waiting - 1 : 0;
}

static void take_reply(struct walk *w, size_t at)
{
	struct pairing_item *item = &w->p->items[at];
	bool begins = !at || item[-1].kind == ITEM_COMMAND || w->hole;
	if (item->async)
		return;
	if (begins && (w->near || w->hole))
		give_up(w, skip_of(w, at));
	w->hole = false;
	w->last_reply = at;
	size_t found = find_command(w, item);
	if (found == w->count)
		return;
	item->answers = (ptrdiff_t)w->waits[found].item;
	if (completes(&w->waits[found].tracker, item))
		pop(w, found);
}

/* What waited when the device closed by itself is lost; all the same for the last command only,
 * which it may have closed for. */
static void take_closed(struct walk *w, size_t at)
{
	int64_t time = w->p->items[at].closed_at;
	if (w->p->items[at].side == SIDE_COMMAND) {
		w->ended = true;
		return;
	}
	struct pairing_item *item = NULL;
	if (!w->ended && !w->hole && w->first < w->count) {
		item = item_of(w, &w->waits[w->count - 1]);
		item->lost = true;
	} else if (!w->ended && !w->gaps && w->said) {
		item = &w->p->items[w->said - 1];
		item->closed = true;
	}
	if (item)
		item->closed_at = time;
	see_left(w);
	give_up(w, w->count);
}

static void take_command(struct walk *w, size_t at)
{
	if (w->hole) /* its program had got all that is missing */
		give_up(w, w->count);
	w->hole = w->ended = false;
	w->said = 0;
	push(w, at);
}

static void take_item(struct walk *w, size_t at)
{
	const struct pairing_item *item = &w->p->items[at];
	switch (item->kind) {
	case ITEM_COMMAND:
		take_command(w, at);
		break;
	case ITEM_REPLY:
		take_reply(w, at);
		w->said = at + 1;
		break;
	case ITEM_MISSING:
		w->hole |= item->side == SIDE_REPLY;
		w->gaps = true;
		break;
	case ITEM_CLOSED:
		take_closed(w, at);
		break;
	}
}

/* Walks all items; says whether a command was left over. */
static bool walk_items(struct pairing *p, bool near)
{
	struct walk w = {.p = p, .near = near};
	for (size_t i = 0; i < p->count; i++) {
		p->items[i].lost = p->items[i].unknown = p->items[i].closed = false;
		p->items[i].answers = NO_ITEM;
	}
	for (size_t i = 0; i < p->count; i++)
		take_item(&w, i);
	see_left(&w);
	if (w.hole)
		give_up(&w, w.count);
	free(w.waits);
	return w.left;
}

void pairing_assign(struct pairing *p)
{
	bool left = walk_items(p, false);
	if (left && !frame_matches_replies(p->frame))
		walk_items(p, true);
}
