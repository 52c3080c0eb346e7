/* pairing.c - see pairing.h: cuts what both sides said into commands and frames. */
#include "base/mem.h"
#include "base/number.h"
#include "session/pairing_private.h"
#include <stdlib.h>

static overheard_event take;

struct pairing *pairing_new(struct frame *frame, bool runs)
{
	struct pairing *p = mem_new(sizeof *p);
	p->frame = frame_ref(frame);
	p->runs = runs;
	p->overheard = overheard_new(frame, runs, take, p);
	return p;
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	overheard_free(p->overheard); /* it may have borrowed a command */
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].x)
			exchange_free(p->items[i].x);
		free(p->items[i].fields);
	}
	for (size_t i = 0; p->result && i < p->count; i++)
		if (p->result[i].x)
			exchange_free(p->result[i].x);
	free(p->items);
	free(p->result);
	frame_unref(p->frame);
	free(p);
}

uint64_t pairing_damaged(const struct pairing *p)
{
	return p->damaged;
}

bool pairing_over(const struct pairing *p)
{
	return p->over;
}

bool pairing_rests(const struct pairing *p)
{
	bool reply = overheard_ends(p->overheard, SIDE_REPLY);
	return p->spoke == SIDE_REPLY && overheard_is_whole(p->overheard, SIDE_COMMAND) &&
	       overheard_is_whole(p->overheard, SIDE_REPLY) && p->answered + reply >= p->asked;
}

/* ---- items ---- */

static int64_t now_of(const struct pairing *p)
{
	return (int64_t)p->at.time.tv_sec * NS_PER_S + p->at.time.tv_nsec;
}

static struct pairing_item *add(
	struct pairing *p, enum pairing_kind kind, enum frame_side side, struct exchange *x)
{
	p->items = mem_more(p->items, p->count, &p->room, sizeof *p->items);
	struct pairing_item *item = &p->items[p->count++];
	*item = (struct pairing_item){.kind = kind,
		.side = side,
		.x = x,
		.number = p->at.number,
		.began = p->at.number,
		.answers = NO_ITEM};
	if (!x)
		return item;
	x->overheard = true;
	x->time = p->at.time;
	x->ended_at = now_of(p);
	return item;
}

static void add_command(struct pairing *p, const struct split_event *e)
{
	struct exchange *x = exchange_of_frame(p->frame, SIDE_COMMAND, e, p->runs);
	struct pairing_item *item = add(p, ITEM_COMMAND, SIDE_COMMAND, x);
	p->asked++;
	x->sent_at = x->ended_at;
	item->fields = exchange_fields_copy(p->frame, e->values);
	if (e->kind != SPLIT_FRAME)
		exchange_broken(x, e);
	x->torn = p->ends && e->kind == SPLIT_PARTIAL;
}

/* How many bytes of fillers are kept with the frame behind them: more of them come from a line that
 * is idle. */
enum { FILLERS_MOST = 4096 };

/* Adds the fillers that came before the frame, which are in no event.  A device that is made of the
 * frames says them, too. */
static void add_fillers(const struct pairing *p, const struct split_event *e, struct bytes *out)
{
	struct slice filler = frame_filler(p->frame, SIDE_REPLY);
	uint64_t behind = p->behind[SIDE_REPLY],
		 count = e->offset > behind ? e->offset - behind : 0;
	if (!filler.len || count % filler.len)
		return;
	while (count && out->len + filler.len <= FILLERS_MOST) {
		bytes_add(out, filler);
		count -= filler.len;
	}
}

static void add_reply(struct pairing *p, const struct split_event *e)
{
	struct exchange *x = exchange_new(p->frame, p->at.time);
	struct pairing_item *item = add(p, ITEM_REPLY, SIDE_REPLY, x);
	struct split_event whole = *e;
	struct bytes wire;
	bytes_init(&wire, e->raw.len + FILLERS_MOST);
	if (e->kind == SPLIT_FRAME)
		add_fillers(p, e, &wire);
	if (wire.len && bytes_add(&wire, e->raw))
		whole.raw = bytes_slice(&wire);
	exchange_take(x, &whole);
	bytes_free(&wire);
	item->async = e->mark == MARK_ASYNC;
	p->answered += !item->async;
}

/* Takes an end of what missing bytes have cut.  Its other end may have come before them. */
static void add_cut(struct pairing *p, enum frame_side side, struct slice bytes)
{
	enum pairing_kind kind = side == SIDE_COMMAND ? ITEM_COMMAND : ITEM_REPLY;
	struct pairing_item *before = p->count ? &p->items[p->count - 1] : NULL;
	struct bytes both;
	bool other_end = before && before->cut && before->kind == kind;
	bytes_init(&both, LIMIT_WIRE);
	if (other_end && side == SIDE_COMMAND)
		bytes_add(&both, before->x->sent);
	bytes_add(&both, bytes);
	struct slice raw = bytes_slice(&both);
	const struct split_event e = {
		.kind = SPLIT_FRAME, .has_payload = true, .payload = raw, .raw = raw};
	if (other_end && side == SIDE_REPLY) {
		exchange_take(before->x, &e); /* a second frame of it */
	} else if (other_end) {
		struct exchange *x = exchange_of_bytes(p->frame, raw);
		x->overheard = true;
		x->time = before->x->time;
		x->sent_at = x->ended_at = before->x->sent_at;
		exchange_free(before->x);
		before->x = x;
	} else {
		(side == SIDE_COMMAND ? add_command : add_reply)(p, &e);
		p->items[p->count - 1].cut = true;
	}
	bytes_free(&both);
}

static void take_event(struct pairing *p, enum frame_side side, struct split_event *e)
{
	p->over |= p->count >= LIMIT_PAIRED;
	if (e->kind == SPLIT_ACK || e->mark == MARK_ECHO || p->over)
		return;
	if (p->hole[side]) { /* its beginning may be missing */
		p->hole[side] = false;
		add_cut(p, side, e->raw);
		return;
	}
	p->damaged += e->kind != SPLIT_FRAME;
	if (side == SIDE_REPLY) {
		add_reply(p, e);
		return;
	}
	add_command(p, e);
	overheard_echo(p->overheard, p->items[p->count - 1].x->sent);
}

static void take(void *arg, enum frame_side side, struct split_event *e)
{
	struct pairing *p = arg;
	take_event(p, side, e);
	p->behind[side] = e->offset + e->raw.len;
}

/* ---- pieces ---- */

void pairing_bytes(
	struct pairing *p, enum frame_side side, struct slice bytes, const struct pairing_at *at)
{
	/* What ends because the other side was silent has the time of its last byte, still p->at.
	 */
	overheard_silence(p->overheard, other_side(side));
	p->hole[other_side(side)] = false; /* whoever speaks had got all that is missing */
	p->at = *at;
	p->spoke = side;
	overheard_bytes(p->overheard, side, bytes, &at->time, at->apart);
}

void pairing_missing(struct pairing *p, enum frame_side side, uint64_t offset, uint64_t count,
	const struct pairing_at *at)
{
	overheard_silence(p->overheard, other_side(side));
	struct slice rest = overheard_missing(p->overheard, side);
	p->at.number = at->number;
	struct pairing_item *item = add(p, ITEM_MISSING, side, NULL);
	item->offset = offset;
	item->missing = count;
	if (rest.len || side == SIDE_COMMAND)
		add_cut(p, side, rest);
	p->hole[side] = true;
}

struct slice pairing_rest(struct pairing *p, enum frame_side side)
{
	return overheard_rest(p->overheard, side);
}

static void end_side(struct pairing *p, enum frame_side side)
{
	overheard_closed(p->overheard, side);
	p->hole[side] = false;
	p->behind[side] = 0;
}

void pairing_closed(struct pairing *p, enum frame_side side, const struct pairing_at *at)
{
	overheard_silence(p->overheard, side);
	overheard_silence(p->overheard, other_side(side));
	p->at = *at;
	end_side(p, side);
	add(p, ITEM_CLOSED, side, NULL)->closed_at = now_of(p);
}

/* ---- the end ---- */

/* A field that has one value in all commands is set once. */
static void set_for_all(struct pairing *p, size_t field)
{
	const struct field_value *value = NULL;
	for (size_t i = 0; i < p->count; i++) {
		const struct exchange *x = p->items[i].x;
		if (p->items[i].kind != ITEM_COMMAND || !x || x->wire)
			continue;
		const struct field_value *now = x->with ? &x->with[field] : NULL;
		if (!now || !now->set || (value && !field_value_same(now, value)))
			return;
		value = now;
	}
	if (!value)
		return;
	for (size_t i = 0; i < p->count; i++) {
		struct exchange *x = p->items[i].x;
		if (p->items[i].kind != ITEM_COMMAND || !x || x->wire)
			continue;
		if (!x->set)
			x->set = mem_new(frame_field_count(p->frame) * sizeof *x->set);
		x->set[field] = x->with[field];
	}
}

/* Takes those out of each command that are set once. */
static void set_fields(struct pairing *p)
{
	size_t count = frame_field_count(p->frame);
	for (size_t i = 0; i < count; i++)
		set_for_all(p, i);
	for (size_t i = 0; i < p->count; i++) {
		struct exchange *x = p->items[i].kind == ITEM_COMMAND ? p->items[i].x : NULL;
		bool any = false;
		for (size_t f = 0; x && x->with && f < count; f++) {
			x->with[f].set &= !(x->set && x->set[f].set);
			any |= x->with[f].set;
		}
		if (x && !any) {
			free(x->with);
			x->with = NULL;
		}
	}
}

void pairing_give_fields(struct exchange *x)
{
	for (size_t i = 0; x->set && x->with && i < frame_field_count(x->frame); i++)
		if (x->with[i].set)
			x->set[i] = x->with[i];
	if (!x->set)
		return;
	free(x->with);
	x->with = x->set;
	x->set = NULL;
}

static int compare(const void *one, const void *other)
{
	const struct paired *a = one, *b = other;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

/* Gives a frame to its command, or makes it the next line of a greeting. */
static void give(struct exchange *to, struct exchange *from)
{
	struct reply *r = from->replies;
	*(to->last ? &to->last->next : &to->replies) = r;
	to->last = from->last ? from->last : to->last;
	to->held += from->held;
	to->came_at = to->ended_at = from->ended_at;
	exchange_stray(to, from->stray);
	from->replies = from->last = NULL;
	exchange_free(from);
}

static bool is_damaged(const struct exchange *x)
{
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->kind != SPLIT_FRAME)
			return true;
	return false;
}

static void finish_command(struct pairing_item *item)
{
	struct exchange *x = item->x;
	bool silent = !x->replies && !x->stray.len;
	x->status = is_damaged(x) ? EXCHANGE_DAMAGED : item->lost ? EXCHANGE_LOST : EXCHANGE_OK;
	x->closed_at = item->lost ? item->closed_at : 0;
	x->tell = silent && !item->lost && !item->unknown && !item->cut;
}

static void give_replies(struct pairing *p)
{
	struct pairing_item *greeting = NULL;
	bool asked = false;
	for (size_t i = 0; i < p->count; i++) {
		struct pairing_item *item = &p->items[i];
		asked |= item->kind == ITEM_COMMAND;
		if (item->kind != ITEM_REPLY)
			continue;
		struct pairing_item *to =
			item->answers == NO_ITEM ? NULL : &p->items[item->answers];
		if (to) {
			to->unknown |= item->cut;
			to->closed |= item->closed;
			to->closed_at = item->closed ? item->closed_at : to->closed_at;
			to->number = item->number;
		} else if (!asked && !item->cut) {
			to = greeting;
			greeting = greeting ? greeting : item;
		}
		item->x->status = asked ? EXCHANGE_UNSOLICITED : EXCHANGE_GREETING;
		if (!to)
			continue;
		give(to->x, item->x);
		item->x = NULL;
	}
}

struct paired *pairing_end(struct pairing *p, size_t *count)
{
	size_t n = 0;
	p->ends = true;
	for (enum frame_side side = SIDE_COMMAND; side <= SIDE_REPLY; side++)
		end_side(p, side);
	pairing_assign(p);
	set_fields(p);
	give_replies(p);
	p->result = mem_grow(NULL, p->count + 1, sizeof *p->result);
	for (size_t i = 0; i < p->count; i++) {
		struct pairing_item *item = &p->items[i];
		if (!item->x && item->kind != ITEM_MISSING)
			continue;
		if (item->kind == ITEM_COMMAND)
			finish_command(item);
		if (item->x && item->closed)
			item->x->closed_at = item->closed_at;
		if (item->x) /* a greeting is said to all, also to those who stay */
			item->x->closed = item->closed && item->x->status != EXCHANGE_GREETING &&
					  !frame_half_closes(p->frame, SIDE_REPLY);
		p->result[n++] = (struct paired){.x = item->x,
			.number = item->number,
			.began = item->began,
			.item = i,
			.cut = item->cut,
			.incomplete = item->unknown,
			.side = item->side,
			.offset = item->offset,
			.missing = item->missing};
		item->x = NULL;
	}
	qsort(p->result, n, sizeof *p->result, compare);
	*count = n;
	for (size_t i = n; i < p->count; i++)
		p->result[i].x = NULL;
	return p->result;
}
