/* part.c - see part.h.
 *
 * What a stream says is paired in spans, each of which begins where nothing is open.  A span is
 * over where nothing is open any more, when it is long enough, and at the latest when it is too
 * long.
 */
#include "viewed/part.h"

#include "base/mem.h"
#include <stdlib.h>

/* A span is over at the next turn behind so many pieces; behind so many, whatever is open. */
enum { SPAN = 64, SPAN_LONG = 1024, SPAN_MOST = 4096, SPAN_BYTES = 16 * 1024 * 1024 };
/* Pieces behind a part among which the replies to its last commands are sought. */
enum { TAIL_MOST = 64 * 1024 };
/* Pieces that are read at a time. */
enum { STEP = 512 };

/* A stream, while something of it is open. */
struct span {
	struct pairing *pairing;   /* NULL: nothing is open */
	struct frame *frame;       /* the pieces'; NULL: the part's */
	struct pieces_place place; /* where it begins, */
	uint64_t from;             /* and with which piece */
	size_t pieces, bytes;
	enum frame_side spoke;
	unsigned closed; /* sides that say no more, as bits */
	bool carried;    /* it began before the part */
	uint64_t carried_from;
	bool tail; /* behind the part: it is read on */
};

struct part {
	struct pieces *pieces;
	struct frame *frame;
	bool runs;
	struct part_size size;
	struct span **spans; /* by stream; NULL: it says nothing in this part; owned */
	size_t room;
	size_t *used; /* streams that have one */
	size_t used_count, used_room;
	struct part_entry *entries;
	size_t count, entries_room;
	uint64_t begin, end; /* the last pieces in front of it, and in it; end 0: not known yet */
	size_t bytes, tails;
	bool complete, last;
	struct mark next;
};

void mark_copy(struct mark *to, const struct mark *from)
{
	*to = *from;
	to->carried = mem_grow(NULL, from->count + 1, sizeof *to->carried);
	if (from->count)
		memcpy(to->carried, from->carried, from->count * sizeof *to->carried);
}

void mark_free(struct mark *m)
{
	free(m->carried);
	*m = (struct mark){0};
}

struct part *part_new(
	struct pieces *pieces, struct frame *frame, bool runs, const struct part_size *size)
{
	struct part *p = mem_new(sizeof *p);
	p->pieces = pieces;
	p->frame = frame_ref(frame);
	p->runs = runs;
	p->size = *size;
	p->complete = true;
	return p;
}

static void forget(struct part *p)
{
	for (size_t i = 0; i < p->used_count; i++) {
		struct span **s = &p->spans[p->used[i]];
		pairing_free((*s)->pairing);
		free(*s);
		*s = NULL;
	}
	p->used_count = 0;
	for (size_t i = 0; i < p->count; i++)
		if (p->entries[i].what.x)
			exchange_free(p->entries[i].what.x);
	p->count = 0;
	mark_free(&p->next);
}

void part_free(struct part *p)
{
	if (!p)
		return;
	forget(p);
	free(p->spans);
	free(p->used);
	free(p->entries);
	frame_unref(p->frame);
	free(p);
}

static struct span *span_of(struct part *p, size_t stream)
{
	if (stream >= p->room) {
		size_t room = 2 * stream + 16;
		p->spans = mem_grow(p->spans, room, sizeof(struct span *));
		memset(p->spans + p->room, 0, (room - p->room) * sizeof(struct span *));
		p->room = room;
	}
	if (p->spans[stream])
		return p->spans[stream];
	p->used = mem_more(p->used, p->used_count, &p->used_room, sizeof *p->used);
	p->used[p->used_count++] = stream;
	return p->spans[stream] = mem_new(sizeof(struct span));
}

static void begin(struct part *p, const struct mark *mark)
{
	forget(p);
	p->begin = mark ? mark->number : 0;
	p->end = 0;
	p->bytes = p->tails = 0;
	p->complete = p->last = false;
	for (size_t i = 0; mark && i < mark->count; i++) {
		struct span *s = span_of(p, mark->carried[i].stream);
		s->carried = true;
		s->carried_from = mark->carried[i].from;
	}
	if (mark)
		pieces_go(p->pieces, &mark->place);
	else
		pieces_rewind(p->pieces);
}

void part_begin(struct part *p, const struct mark *mark)
{
	struct mark copy = {0};
	if (mark) /* it may be that of this part's end */
		mark_copy(&copy, mark);
	begin(p, mark ? &copy : NULL);
	mark_free(&copy);
}

/* ---- spans ---- */

/* What a device says before the first command is a greeting only where the stream begins. */
static void set_status(
	const struct part *p, size_t stream, const struct span *s, struct exchange *x)
{
	if (x->status == EXCHANGE_GREETING && s->from != pieces_stream(p->pieces, stream)->first)
		x->status = EXCHANGE_UNSOLICITED;
	x->tell = false; /* nobody knows what the program expected */
	if (x->command && !x->sent_at)
		x->sent_at = 1; /* nobody says when, but it was sent */
	for (struct reply *r = x->replies; r && p->runs && !s->frame; r = r->next)
		r->ended_by = END_TURN;
	pairing_give_fields(x);
}

static void end_span(struct part *p, size_t stream)
{
	struct span *s = p->spans[stream];
	size_t count;
	if (!s->pairing)
		return;
	struct paired *what = pairing_end(s->pairing, &count);
	for (size_t i = 0; i < count; i++) {
		bool inside = what[i].began > p->begin && (!p->end || what[i].began <= p->end);
		if (!inside)
			continue;
		if (what[i].x)
			set_status(p, stream, s, what[i].x);
		p->entries = mem_more(p->entries, p->count, &p->entries_room, sizeof *p->entries);
		p->entries[p->count++] = (struct part_entry){stream, what[i]};
		what[i].x = NULL;
	}
	pairing_free(s->pairing);
	s->pairing = NULL;
	s->carried = false;
	p->tails -= s->tail;
	s->tail = false;
}

/* Says whether a span is over before the piece. */
static bool is_over(const struct part *p, const struct span *s, const struct piece *piece)
{
	bool turn = piece->side == PIECES_PROGRAM && s->spoke == SIDE_REPLY;
	if (piece->begins || s->frame != piece->frame)
		return true;
	if (s->pieces >= SPAN_MOST || s->bytes >= SPAN_BYTES)
		return true;
	return turn && (s->pieces >= SPAN || p->end) &&
	       (s->pieces >= SPAN_LONG || pairing_rests(s->pairing));
}

static void begin_span(const struct part *p, struct span *s, const struct piece *piece,
	const struct pieces_place *place)
{
	bool carried = s->carried;
	uint64_t from = s->carried_from;
	struct frame *frame = piece->frame ? piece->frame : p->frame;
	*s = (struct span){.pairing = pairing_new(frame, p->runs && !piece->frame),
		.frame = piece->frame,
		.place = *place,
		.from = piece->number,
		.carried = carried,
		.carried_from = from};
}

static void feed(struct span *s, const struct piece *piece)
{
	const struct pairing_at at = {piece->number, piece->time, piece->apart};
	enum frame_side side = piece->side == PIECES_DEVICE ? SIDE_REPLY : SIDE_COMMAND;
	if (piece->kind == SAID_BYTES) {
		pairing_bytes(s->pairing, side, piece->bytes, &at);
		s->spoke = side;
	} else if (piece->kind == SAID_MISSING) {
		pairing_missing(s->pairing, side, piece->offset, piece->missing, &at);
	} else {
		for (enum frame_side each = SIDE_COMMAND; each <= SIDE_REPLY; each++)
			if (piece->both || each == side) {
				pairing_closed(s->pairing, each, &at);
				s->closed |= 1u << each;
			}
	}
	s->pieces++;
	s->bytes += piece->bytes.len;
}

/* Gives a piece to its stream, if it is read now. */
static void take(struct part *p, const struct piece *piece, const struct pieces_place *place)
{
	struct span *s = span_of(p, piece->stream);
	bool before = piece->number <= p->begin;
	if (before && !(s->carried && piece->number >= s->carried_from))
		return;
	if (s->pairing && is_over(p, s, piece))
		end_span(p, piece->stream);
	if (p->end && !s->tail)
		return;
	if (!s->pairing)
		begin_span(p, s, piece, place);
	feed(s, piece);
	if (s->closed == 3)
		end_span(p, piece->stream);
}

/* ---- the end of a part ---- */

/* Notes where the next part begins, and of which streams something is open. */
static void mark_end(struct part *p, uint64_t number)
{
	size_t room = 0;
	struct mark *m = &p->next;
	pieces_here(p->pieces, &m->place);
	m->number = p->end = number;
	for (size_t i = 0; i < p->used_count; i++) {
		struct span *s = p->spans[p->used[i]];
		if (!s->pairing)
			continue;
		if (number - s->from >= TAIL_MOST) { /* it is not waited for for ever */
			end_span(p, p->used[i]);
			continue;
		}
		m->carried = mem_more(m->carried, m->count, &room, sizeof *m->carried);
		m->carried[m->count++] = (struct carried){p->used[i], s->from};
		if (s->place.number < m->place.number)
			m->place = s->place;
		s->tail = true;
		p->tails++;
	}
}

static int compare(const void *one, const void *other)
{
	const struct part_entry *a = one, *b = other;
	if (a->what.began != b->what.began)
		return a->what.began < b->what.began ? -1 : 1;
	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return a->what.item < b->what.item ? -1 : a->what.item > b->what.item;
}

static void complete(struct part *p)
{
	for (size_t i = 0; i < p->used_count; i++)
		end_span(p, p->used[i]);
	if (p->count)
		qsort(p->entries, p->count, sizeof *p->entries, compare);
	p->complete = true;
}

/* Takes a piece; false: the part is complete. */
static bool take_piece(struct part *p, const struct piece *piece, const struct pieces_place *place)
{
	take(p, piece, place);
	if (piece->number > p->begin && !p->end) {
		p->bytes += piece->bytes.len;
		if (piece->number - p->begin >= p->size.pieces || p->bytes >= p->size.bytes)
			mark_end(p, piece->number);
	}
	return !p->end || (p->tails && piece->number - p->end < TAIL_MOST);
}

bool part_step(struct part *p)
{
	struct piece piece;
	struct pieces_place place;
	for (int n = 0; n < STEP && !p->complete; n++) {
		pieces_here(p->pieces, &place);
		enum pieces_state state = pieces_next(p->pieces, &piece);
		if (state == PIECES_LATER)
			break;
		p->last = state == PIECES_END && !p->end;
		if (state == PIECES_END || !take_piece(p, &piece, &place))
			complete(p);
	}
	return !p->complete;
}

struct part_entry *part_entries(struct part *p, size_t *count)
{
	*count = p->count;
	return p->entries;
}

bool part_is_last(const struct part *p, const struct mark **next)
{
	*next = &p->next;
	return p->last;
}
