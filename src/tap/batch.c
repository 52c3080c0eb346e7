/* batch.c - see batch.h. */
#include "tap/batch.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include "session/exchange.h"
#include "session/pairing.h"
#include <stdlib.h>

/* How long the device is silent when what it said is taken for all. */
static const int64_t QUIET = 500ll * NS_PER_MS;
/* A batch that has become so large is over at the next frame, whatever answers what: at the first
 * number, where the last command is no longer so young that all of them may be its reply. */
enum { BATCH_FRAMES = 1000, BATCH_FRAMES_MOST = 100000, BATCH_BYTES = 16 * 1024 * 1024 };
static const int64_t YOUNG = 5ll * NS_PER_S;

struct batch {
	struct loop *loop;
	struct frame *frame;
	bool runs;
	batch_take *take;
	void *owner;
	struct pairing *pairing; /* NULL: nothing came since the last one */
	struct loop_timer quiet;
	enum frame_side spoke; /* last */
	uint64_t pieces;
	size_t bytes, frames[2];
	int64_t asked_at; /* when the last command came; 0: none has */
	bool begun; /* there was a batch before: what the device says is no greeting any more */
};

static void batch_on_quiet(void *arg);

struct batch *batch_new(
	struct loop *loop, struct frame *frame, bool runs, batch_take *take, void *owner)
{
	struct batch *b = mem_new(sizeof *b);
	b->loop = loop;
	b->frame = frame_ref(frame);
	b->runs = runs;
	b->take = take;
	b->owner = owner;
	loop_timer_init(&b->quiet, loop, batch_on_quiet, b);
	return b;
}

static void batch_end(struct batch *b)
{
	size_t count;
	if (!b->pairing)
		return;
	struct paired *p = pairing_end(b->pairing, &count);
	for (size_t i = 0; i < count; i++) {
		pairing_give_fields(p[i].x);
		if (b->begun && p[i].x->status == EXCHANGE_GREETING)
			p[i].x->status = EXCHANGE_UNSOLICITED;
		b->take(b->owner, p[i].x);
	}
	b->begun = true;
	pairing_free(b->pairing);
	b->pairing = NULL;
	b->bytes = b->frames[0] = b->frames[1] = 0;
	loop_timer_stop(&b->quiet);
}

static void batch_on_quiet(void *arg)
{
	batch_end(arg);
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	batch_end(b);
	loop_timer_stop(&b->quiet);
	frame_unref(b->frame);
	free(b);
}

/* Says whether a batch is over before the side speaks. */
static bool is_over(const struct batch *b, enum frame_side side, bool whole)
{
	size_t frames = b->frames[SIDE_COMMAND] + b->frames[SIDE_REPLY];
	bool turn = side == SIDE_COMMAND && b->spoke == SIDE_REPLY;
	bool answered = turn && b->frames[SIDE_REPLY] >= b->frames[SIDE_COMMAND];
	bool young = b->asked_at && loop_now(b->loop) - b->asked_at < YOUNG;
	bool large = b->bytes > BATCH_BYTES || frames >= (young ? BATCH_FRAMES_MOST : BATCH_FRAMES);
	return (whole && (answered || large)) || (b->runs && b->bytes > BATCH_BYTES);
}

static void batch_now(struct batch *b, struct pairing_at *at)
{
	*at = (struct pairing_at){++b->pieces, loop_wall(b->loop), false};
	if (!b->pairing)
		b->pairing = pairing_new(b->frame, b->runs);
}

void batch_bytes(struct batch *b, enum frame_side side, struct slice bytes, bool whole)
{
	struct pairing_at at;
	if (b->pairing && is_over(b, side, whole))
		batch_end(b);
	batch_now(b, &at);
	pairing_bytes(b->pairing, side, bytes, &at);
	b->spoke = side;
	b->asked_at = side == SIDE_COMMAND ? loop_now(b->loop) : b->asked_at;
	b->bytes += bytes.len;
	if (side == SIDE_REPLY)
		loop_timer_set(&b->quiet, QUIET);
	else
		loop_timer_stop(&b->quiet);
}

void batch_frame(struct batch *b, enum frame_side side)
{
	b->frames[side]++;
}

/* A device that closes later than its last reply is taken for whole: nothing else came. */
static void take_close(struct batch *b)
{
	struct exchange *x = exchange_new(b->frame, loop_wall(b->loop));
	x->status = EXCHANGE_UNSOLICITED;
	x->ended_at = (int64_t)x->time.tv_sec * NS_PER_S + x->time.tv_nsec;
	x->closed = true;
	b->take(b->owner, x);
}

void batch_closed(struct batch *b, enum frame_side side)
{
	struct pairing_at at;
	if (!b->pairing && b->begun && side == SIDE_REPLY &&
		!frame_half_closes(b->frame, SIDE_REPLY)) {
		take_close(b);
		return;
	}
	batch_now(b, &at);
	pairing_closed(b->pairing, side, &at);
	loop_timer_stop(&b->quiet); /* what waited for it is known when the link is gone */
}
