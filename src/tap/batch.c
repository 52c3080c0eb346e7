/* batch.c - see batch.h. */
#include "tap/batch.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include "session/exchange.h"
#include "session/pairing.h"
#include <stdlib.h>
#include <wilco/limits.h>

/* How long the device is silent when what it said is taken for all. */
static const int64_t QUIET = 500ll * NS_PER_MS;
/* A batch that has become so large is over at the next frame, whatever answers what: at the first
 * number, where the last command is no longer so young that all of them may be its reply. */
enum { BATCH_FRAMES = 1000, BATCH_FRAMES_MOST = 100000, BATCH_BYTES = 16 * 1024 * 1024 };
/* One of so many bytes, or of BATCH_FRAMES_MOST, is over wherever it is: a side may have begun a
 * frame that never ends, while the other one goes on talking. */
enum { BATCH_BYTES_MOST = 2 * BATCH_BYTES };
static const int64_t YOUNG = 5ll * NS_PER_S;

struct batch {
	struct batch_config config;
	struct pairing *pairing; /* NULL: nothing came since the last one */
	struct loop_timer quiet;
	enum frame_side spoke; /* last */
	uint64_t pieces;
	size_t bytes, frames[2];
	int64_t asked_at; /* when the last command came; 0: none has */
	bool begun; /* there was a batch before: what the device says is no greeting any more */
};

static void batch_on_quiet(void *arg);

struct batch *batch_new(const struct batch_config *config)
{
	struct batch *b = mem_new(sizeof *b);
	b->config = *config;
	frame_ref(config->frame);
	loop_timer_init(&b->quiet, config->loop, batch_on_quiet, b);
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
		b->config.take(b->config.owner, p[i].x);
	}
	b->begun = true;
	pairing_free(b->pairing);
	b->pairing = NULL;
	b->bytes = b->frames[0] = b->frames[1] = 0;
	loop_timer_stop(&b->quiet);
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	batch_end(b);
	loop_timer_stop(&b->quiet);
	frame_unref(b->config.frame);
	free(b);
}

/* Says when what is added now came; there is a pairing for it then. */
static struct pairing_at batch_now(struct batch *b)
{
	if (!b->pairing)
		b->pairing = pairing_new(b->config.frame, b->config.runs);
	return (struct pairing_at){++b->pieces, loop_wall(b->config.loop), false};
}

static bool has_begun(const struct batch *b, enum frame_side side)
{
	return decode_pending(b->config.sides[side]);
}

/* Says whether a batch is over before the side speaks. */
static bool is_over(const struct batch *b, enum frame_side side)
{
	size_t frames = b->frames[SIDE_COMMAND] + b->frames[SIDE_REPLY];
	bool whole = !has_begun(b, SIDE_COMMAND) && !has_begun(b, SIDE_REPLY);
	bool turn = side == SIDE_COMMAND && b->spoke == SIDE_REPLY;
	bool answered = turn && b->frames[SIDE_REPLY] >= b->frames[SIDE_COMMAND];
	bool young = b->asked_at && loop_now(b->config.loop) - b->asked_at < YOUNG;
	bool large = b->bytes > BATCH_BYTES || frames >= (young ? BATCH_FRAMES_MOST : BATCH_FRAMES);
	bool too_large = b->bytes > BATCH_BYTES_MOST || frames >= BATCH_FRAMES_MOST;
	return too_large || (whole && (answered || large)) ||
	       (b->config.runs && b->bytes > BATCH_BYTES);
}

static void batch_add(struct batch *b, enum frame_side side, struct slice bytes)
{
	const struct pairing_at at = batch_now(b);
	pairing_bytes(b->pairing, side, bytes, &at);
}

/* Ends a batch; what has begun goes into the next one, but for what the device said before it
 * became quiet. */
static void batch_cut(struct batch *b, bool quiet)
{
	struct bytes rests[2];
	for (enum frame_side side = SIDE_COMMAND; side <= SIDE_REPLY; side++) {
		bytes_init(&rests[side], LIMIT_PENDING);
		if (!b->config.runs && has_begun(b, side) && !(quiet && side == SIDE_REPLY))
			bytes_add(&rests[side], pairing_rest(b->pairing, side));
	}
	batch_end(b);
	for (enum frame_side side = SIDE_COMMAND; side <= SIDE_REPLY; side++) {
		if (rests[side].len)
			batch_add(b, side, bytes_slice(&rests[side]));
		bytes_free(&rests[side]);
	}
}

void batch_settle(struct batch *b, bool all)
{
	if (b && b->pairing && (all || b->frames[SIDE_REPLY] >= b->frames[SIDE_COMMAND]))
		batch_cut(b, false);
}

static void batch_on_quiet(void *arg)
{
	batch_cut(arg, true);
}

void batch_bytes(struct batch *b, enum frame_side side, struct slice bytes)
{
	if (b->pairing && is_over(b, side))
		batch_cut(b, false);
	batch_goes_on(b, side, bytes);
}

void batch_goes_on(struct batch *b, enum frame_side side, struct slice bytes)
{
	batch_add(b, side, bytes);
	b->spoke = side;
	b->asked_at = side == SIDE_COMMAND ? loop_now(b->config.loop) : b->asked_at;
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
	struct exchange *x = exchange_new(b->config.frame, loop_wall(b->config.loop));
	x->status = EXCHANGE_UNSOLICITED;
	x->ended_at = (int64_t)x->time.tv_sec * NS_PER_S + x->time.tv_nsec;
	x->closed = true;
	b->config.take(b->config.owner, x);
}

void batch_closed(struct batch *b, enum frame_side side)
{
	if (!b->pairing && b->begun && side == SIDE_REPLY &&
		!frame_half_closes(b->config.frame, SIDE_REPLY)) {
		take_close(b);
		return;
	}
	const struct pairing_at at = batch_now(b);
	pairing_closed(b->pairing, side, &at);
	loop_timer_stop(&b->quiet); /* what waited for it is known when the link is gone */
}
