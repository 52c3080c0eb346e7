/* gate.c - see gate.h. */
#include "tap/gate.h"

#include "base/mem.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <wilco/limits.h>

/* A frame that waits, or bytes between frames. */
struct gated {
	struct gated *next;
	uint64_t number; /* 0: no frame */
	struct gate_way way;
	int64_t came; /* monotonic ns */
	struct bytes bytes;
	size_t sent; /* of them */
};

struct gate {
	struct loop *loop;
	const struct gate_events *events;
	void *owner;
	unsigned asked; /* so many want whole frames */
	bool stopped, stalled;
	bool running;
	/* Bytes that are in no frame yet: those of `kept` from `taken` on, of which the first is at
	 * `offset` in the stream. */
	struct bytes kept;
	size_t taken;
	uint64_t offset;
	struct gated *first, **end;
	size_t count, size; /* of what waits, which `kept` is not: frames, bytes */
	struct bytes after; /* bytes of our own that go behind the frame that has begun */
	uint64_t numbers;
	struct loop_timer timer;
};

static void gate_run(struct gate *g);

static void gate_on_time(void *arg)
{
	gate_run(arg);
}

struct gate *gate_new(struct loop *loop, const struct gate_events *events, void *owner)
{
	struct gate *g = mem_new(sizeof *g);
	g->loop = loop;
	g->events = events;
	g->owner = owner;
	g->end = &g->first;
	bytes_init(&g->kept, LIMIT_PENDING + LIMIT_GATHERED);
	bytes_init(&g->after, LIMIT_WIRE);
	loop_timer_init(&g->timer, loop, gate_on_time, g);
	return g;
}

/* ---- what waits ---- */

static void gate_pop(struct gate *g)
{
	struct gated *f = g->first;
	g->first = f->next;
	if (!g->first)
		g->end = &g->first;
	g->count--;
	g->size -= f->bytes.len;
	bytes_free(&f->bytes);
	free(f);
}

static struct gated *gate_push(struct gate *g, struct slice bytes)
{
	struct gated *f = mem_new(sizeof *f);
	f->came = loop_now(g->loop);
	bytes_init(&f->bytes, bytes.len);
	bytes_add(&f->bytes, bytes);
	*g->end = f;
	g->end = &f->next;
	g->count++;
	g->size += bytes.len;
	return f;
}

/* Takes the bytes before this offset out of those that are in no frame. */
static struct slice take_kept(struct gate *g, uint64_t until)
{
	size_t n = (size_t)(until - g->offset);
	struct slice bytes = slice_cut(bytes_slice(&g->kept), g->taken, g->taken + n);
	g->taken += bytes.len;
	g->offset += bytes.len;
	return bytes;
}

/* Returns the offset behind all that came. */
static uint64_t gate_here(const struct gate *g)
{
	return g->offset + g->kept.len - g->taken;
}

static void push_kept(struct gate *g, uint64_t until)
{
	struct slice bytes = take_kept(g, until);
	if (bytes.len)
		gate_push(g, bytes);
}

static void push_after(struct gate *g)
{
	if (g->after.len)
		gate_push(g, bytes_slice(&g->after));
	bytes_free(&g->after);
}

void gate_stop(struct gate *g)
{
	while (g->first)
		gate_pop(g);
	bytes_free(&g->kept);
	bytes_free(&g->after);
	g->taken = 0;
	g->stopped = true;
	loop_timer_stop(&g->timer);
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	gate_stop(g);
	free(g);
}

/* ---- going on ---- */

/* Sends the next piece of the frame. */
static void gate_piece(struct gate *g, struct gated *f)
{
	struct slice left = slice_cut(bytes_slice(&f->bytes), f->sent, f->bytes.len);
	size_t n = left.len;
	if (f->way.pause && f->way.paced)
		n = 1;
	else if (f->way.pause && !f->sent)
		n = (left.len + 1) / 2;
	f->sent += n;
	g->events->send(g->owner, slice_cut(left, 0, n));
}

/* Ends what the way of the first frame, which has been sent, asks for. */
static void gate_gone(struct gate *g)
{
	struct gate_way way = g->first->way;
	gate_pop(g);
	if (!way.stall && !way.close && !way.reset)
		return;
	g->stalled = way.stall;
	gate_stop(g);
	if (!way.stall)
		g->events->cut(g->owner, way.reset);
}

/* Says whether the first frame has to wait; its pieces are sent when they are due. */
static bool gate_must_wait(struct gate *g)
{
	struct gated *f = g->first;
	int64_t due = f->came + f->way.delay - loop_now(g->loop);
	if (f->way.held)
		return true;
	if (due > 0) {
		loop_timer_set(&g->timer, due);
		return true;
	}
	if (f->way.drop || f->way.stall)
		return false;
	if (f->sent < f->bytes.len)
		gate_piece(g, f);
	if (f->sent == f->bytes.len)
		return false;
	loop_timer_set(&g->timer, f->way.pause);
	return true;
}

/* Lets bytes pass again when nothing asks for frames and nothing waits. */
static void gate_open(struct gate *g)
{
	if (g->asked || g->first || g->after.len || g->stopped)
		return;
	struct slice left = take_kept(g, gate_here(g));
	if (left.len)
		g->events->send(g->owner, left);
	bytes_free(&g->kept);
	g->taken = 0;
}

static void gate_run(struct gate *g)
{
	size_t before = g->count;
	if (g->running)
		return;
	g->running = true;
	while (g->first && !loop_timer_running(&g->timer) && !gate_must_wait(g))
		gate_gone(g);
	gate_open(g);
	g->running = false;
	if (g->count < before)
		g->events->left(g->owner);
}

void gate_ask(struct gate *g, bool on)
{
	g->asked += on ? 1 : -1u;
	for (struct gated *f = g->first; f && !g->asked; f = f->next)
		f->way.held = false;
	gate_run(g);
}

/* ---- what comes ---- */

static bool gate_passes(const struct gate *g)
{
	return !g->asked && !g->first && !g->after.len;
}

void gate_bytes(struct gate *g, struct slice bytes)
{
	if (g->stopped) {
		g->offset += bytes.len;
	} else if (gate_passes(g)) {
		g->offset += bytes.len;
		g->events->send(g->owner, bytes);
	} else {
		bytes_drop(&g->kept, g->taken);
		g->taken = 0;
		bytes_add(&g->kept, bytes);
	}
}

bool gate_takes(const struct gate *g, uint64_t offset)
{
	return g->asked && !g->stopped && offset >= g->offset;
}

static void gate_set(
	struct gate *g, struct gated *f, const struct gate_way *way, const struct slice *changed)
{
	f->way = *way;
	if (!changed)
		return;
	g->size += changed->len - f->bytes.len;
	bytes_free(&f->bytes);
	bytes_init(&f->bytes, changed->len);
	bytes_add(&f->bytes, *changed);
}

uint64_t gate_frame(struct gate *g, uint64_t offset, size_t len, const struct gate_way *way,
	const struct slice *changed)
{
	uint64_t end = offset + len, number = 0;
	bool passed = end <= g->offset;
	if (g->stopped || (passed && !g->after.len))
		return 0;
	if (!passed && gate_takes(g, offset)) {
		push_kept(g, offset);
		struct gated *f = gate_push(g, take_kept(g, end));
		f->number = number = ++g->numbers;
		gate_set(g, f, way, changed);
	} else if (!passed) {
		push_kept(g, end);
	}
	push_after(g);
	gate_run(g);
	return number;
}

void gate_begun(struct gate *g, size_t len)
{
	if (g->stopped || g->kept.len - g->taken <= len)
		return;
	push_kept(g, gate_here(g) - len);
	gate_run(g);
}

bool gate_release(struct gate *g, uint64_t number, bool drop, const struct slice *changed)
{
	struct gated *f = g->first;
	while (f && (f->number != number || !f->way.held))
		f = f->next;
	if (!f)
		return false;
	struct gate_way way = f->way;
	way.held = false;
	way.drop = drop || (way.drop && !changed);
	gate_set(g, f, &way, changed);
	f->came = loop_now(g->loop);
	gate_run(g);
	return true;
}

bool gate_has_room(const struct gate *g, size_t len, bool within)
{
	return within ? len <= LIMIT_WIRE - g->after.len : g->size <= LIMIT_WIRE;
}

bool gate_inject(struct gate *g, struct slice bytes, bool within)
{
	if (!gate_has_room(g, bytes.len, within))
		return false;
	if (g->stopped)
		return true;
	if (within)
		return bytes_add(&g->after, bytes);
	gate_push(g, bytes);
	gate_run(g);
	return true;
}

void gate_end(struct gate *g)
{
	if (g->stopped)
		return;
	push_kept(g, gate_here(g));
	push_after(g);
	gate_run(g);
}

/* ---- questions ---- */

bool gate_idle(const struct gate *g)
{
	return !g->first && g->kept.len == g->taken;
}

bool gate_full(const struct gate *g)
{
	return g->size > GATE_BYTES || g->count > GATE_FRAMES;
}

bool gate_stalled(const struct gate *g)
{
	return g->stalled;
}

bool gate_stopped(const struct gate *g)
{
	return g->stopped;
}
