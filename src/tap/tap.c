/* tap.c - see tap.h. */
#include "tap/tap_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

static void tap_note(struct tap *t, struct link *l, bool warning, const char *text)
{
	t->events->note(t->owner, l ? &l->shown : NULL, warning, text);
}

void link_note(struct link *l, bool warning, const char *format, ...)
{
	char text[ERROR_WHAT_MAX];
	va_list args;
	va_start(args, format);
	text_format(text, sizeof text, format, args);
	va_end(args);
	tap_note(l->tap, l, warning, text);
}

const char *side_name(enum tap_side side)
{
	return side == TAP_PROGRAM ? "program" : "device";
}

/* How long what waits for a side may go out when the tap ends. */
static const int64_t FINISH = NS_PER_S;

/* ---- what passes ---- */

enum frame_side frame_side_of(enum tap_side side)
{
	return side == TAP_PROGRAM ? SIDE_COMMAND : SIDE_REPLY;
}

static void tap_on_exchange(void *owner, struct exchange *x)
{
	struct link *l = owner;
	x->link = (uint32_t)l->shown.number;
	l->tap->events->exchange(l->tap->owner, &l->shown, x);
}

/* Says which side broke a frame, and why; NULL: neither did. */
static const char *fault_of(const struct link *l, enum tap_side from, const struct split_event *e,
	char out[ERROR_WHAT_MAX])
{
	char text[SPLIT_TEXT_MAX];
	if (l->over || e->kind == SPLIT_FRAME || e->kind == SPLIT_ACK)
		return NULL;
	if (e->kind == SPLIT_STRAY)
		snprintf(out, ERROR_WHAT_MAX, "%zu byte%s of the %s belong%s to no frame",
			e->raw.len, plural(e->raw.len), side_name(from),
			e->raw.len == 1 ? "s" : "");
	else
		snprintf(out, ERROR_WHAT_MAX, "the %s broke a frame: %s", side_name(from),
			split_error_text(e, text));
	return out;
}

static bool may_hold(const struct link *l, enum tap_side from, const struct split_event *e)
{
	return l->tap->holding[from] && !l->over &&
	       (e->kind == SPLIT_FRAME || e->kind == SPLIT_DAMAGED) && e->raw.len &&
	       gate_takes(relay_gate(l->relay, from), e->offset);
}

/* Lets the frame go on, or holds it. */
static void pass_frame(
	struct link *l, enum tap_side from, const struct split_event *e, const struct harm *h)
{
	struct tap *t = l->tap;
	struct gate_way way = {0};
	if (l->over)
		return;
	if (h) {
		faults_note(l, from, h);
		way = faults_way(h);
	}
	way.held = l->shown.held;
	uint64_t number = gate_frame(relay_gate(l->relay, from), e->offset, e->raw.len, &way,
		h && h->shown.changed ? &h->shown.sent : NULL);
	if (!l->shown.held)
		return;
	l->held++;
	t->events->held(t->owner, &l->shown, from, e, number);
}

static void take_event(struct link *l, enum tap_side from, struct split_event *e)
{
	struct tap *t = l->tap;
	char fault[ERROR_WHAT_MAX];
	inject_frame(l, from, e);
	const struct harm *h = faults_meet(l, from, e);
	t->counts.frames[from] += e->kind == SPLIT_FRAME;
	t->counts.broken[from] += e->kind != SPLIT_FRAME && e->kind != SPLIT_ACK;
	patience_frame(l, from, e);
	if (l->batch)
		batch_frame(l->batch, frame_side_of(from));
	l->shown.harm = h ? &h->shown : NULL;
	l->shown.held = may_hold(l, from, e) && t->events->holds(t->owner, &l->shown, from, e);
	t->events->frame(t->owner, &l->shown, from, e, fault_of(l, from, e, fault));
	l->shown.harm = NULL;
	pass_frame(l, from, e, h);
	inject_goes(l, from);
}

static void tap_on_command(void *owner, struct split_event *e)
{
	take_event(owner, TAP_PROGRAM, e);
}

static void tap_on_reply(void *owner, struct split_event *e)
{
	take_event(owner, TAP_DEVICE, e);
}

static void tap_on_passed(void *owner, enum tap_side from, struct slice bytes)
{
	struct link *l = owner;
	struct tap *t = l->tap;
	t->counts.bytes[from] += bytes.len;
	decode_turn(l->sides[tap_other(from)]);
	inject_begin(l, from, bytes);
	decode_bytes(l->sides[from], bytes);
	inject_end(l, from);
	gate_begun(relay_gate(l->relay, from), decode_pending(l->sides[from]));
	patience_bytes(l);
}

static void tap_on_boundary(void *owner, enum tap_side from)
{
	struct link *l = owner;
	decode_boundary(l->sides[from]);
}

static void tap_on_stuck(void *owner, enum tap_side side, size_t bytes)
{
	struct link *l = owner;
	if (bytes)
		link_note(l, false,
			"the %s does not read, and %zu bytes wait for it: the %s is not read",
			side_name(side), bytes, side_name(tap_other(side)));
	else
		link_note(l, false, "the %s has read what waited for it", side_name(side));
}

/* ---- a link ---- */

static void tell_lost(struct link *l)
{
	size_t count = relay_lost(l->relay);
	if (count)
		link_note(l, true,
			"%zu datagram%s of the program %s lost: more than %d came before the "
			"device's line was open",
			count, plural(count), count == 1 ? "was" : "were", RELAY_EARLY);
}

static void link_free(struct link *l)
{
	struct tap *t = l->tap;
	l->over = true;
	tell_lost(l);
	for (size_t i = 0; i < 2; i++) /* shows what has begun on a side that never closed */
		decode_end(l->sides[i], true);
	inject_close(l);
	batch_free(l->batch);
	t->events->closed(t->owner, &l->shown);
	*l->place = l->next;
	if (l->next)
		l->next->place = l->place;
	patience_end(l);
	loop_timer_stop(&l->idle);
	relay_close(l->relay);
	for (size_t i = 0; i < 2; i++)
		decode_free(l->sides[i]);
	free(l->shown.program);
	free(l->shown.device);
	free(l);
}

static void tap_on_step(void *owner, enum transport_step step, const char *text)
{
	struct link *l = owner;
	if (step == STEP_CONNECTED) /* `opened` tells it */
		return;
	struct bytes line; /* the text may come from a peer or a command */
	bytes_init(&line, LIMIT_MESSAGE);
	text_add(&line, slice_str(text), TEXT_PLAIN);
	link_note(l, step >= STEP_WARNING || step == STEP_LISTENING, "%s %s",
		transport_step_text(step), bytes_str(&line));
	bytes_free(&line);
}

static void tap_on_opened(void *owner)
{
	struct link *l = owner;
	l->silent_since = loop_now(l->tap->loop);
	l->shown.device = mem_str(relay_peer(l->relay));
	l->tap->events->opened(l->tap->owner, &l->shown);
	tell_lost(l);
}

static void tap_on_ended(void *owner, enum tap_side side, const struct error *why)
{
	struct link *l = owner;
	decode_end(l->sides[side], why != NULL);
	if (l->batch)
		batch_closed(l->batch, frame_side_of(side));
	patience_end(l); /* who waits for it, is told so by the end */
	l->tap->events->ended(l->tap->owner, &l->shown, side, why != NULL);
	if (why && why->status == STATUS_CONNECT)
		link_note(l, true, "cannot connect to the device: %s", why->what);
	else if (why)
		link_note(l, true, "the line of the %s broke: %s", side_name(side), why->what);
	else
		link_note(l, !l->ended, "the %s closed its side", side_name(side));
	l->ended = true;
}

static void tap_on_unreachable(void *owner, const struct error *why)
{
	struct link *l = owner;
	link_note(l, !l->unreachable, "cannot connect to the device: %s; it is tried every second",
		why->what);
	l->unreachable = true;
}

static void tap_on_lost(void *owner, enum tap_side side, size_t bytes)
{
	struct link *l = owner;
	link_note(l, true, "%zu byte%s for the %s %s lost: it took nothing any more", bytes,
		plural(bytes), side_name(side), bytes == 1 ? "is" : "are");
}

static void tap_on_over(void *owner)
{
	link_free(owner);
}

static const struct relay_events relay_events = {.step = tap_on_step,
	.open = tap_on_opened,
	.passed = tap_on_passed,
	.boundary = tap_on_boundary,
	.stuck = tap_on_stuck,
	.unreachable = tap_on_unreachable,
	.lost = tap_on_lost,
	.ended = tap_on_ended,
	.over = tap_on_over};

/* Bytes do not restart this timer: whether the time is really over is checked when it fires. */
static void tap_on_idle(void *arg)
{
	struct link *l = arg;
	char limit[DURATION_TEXT_MAX];
	int64_t left = l->silent_since + l->tap->idle_limit - loop_now(l->tap->loop);
	if (left > 0) {
		loop_timer_set(&l->idle, left);
		return;
	}
	link_note(l, false, "nothing came for %s", duration_text(l->tap->idle_limit, limit));
	link_free(l);
}

static void idle_begin(struct link *l)
{
	loop_timer_init(&l->idle, l->tap->loop, tap_on_idle, l);
	l->silent_since = loop_now(l->tap->loop);
	if (l->tap->datagrams && l->tap->idle_limit)
		loop_timer_set(&l->idle, l->tap->idle_limit);
}

/* ---- programs ---- */

static bool lane_is_used(const struct tap *t, unsigned lane)
{
	for (const struct link *l = t->links; l; l = l->next)
		if (l->shown.lane == lane)
			return true;
	return false;
}

size_t tap_links(const struct tap *t)
{
	size_t n = 0;
	for (const struct link *l = t->links; l; l = l->next)
		n++;
	return n;
}

/* Says whether there is room for one more; a program that has said all it wants makes room. */
static bool has_room(struct tap *t)
{
	if (t->single && t->links && relay_program_ended(t->links->relay))
		link_free(t->links);
	return tap_links(t) < (t->single ? 1 : TAP_LINKS_MAX);
}

static void batch_begin(struct link *l)
{
	const struct tap *t = l->tap;
	const struct batch_config config = {.loop = t->loop,
		.frame = t->device->frame,
		.runs = t->device->default_frame,
		.sides = l->sides,
		.take = tap_on_exchange,
		.owner = l};
	l->batch = batch_new(&config);
}

static void link_new(struct tap *t, struct transport *program)
{
	struct link *l = mem_new(sizeof *l);
	const struct address *a = &t->device->address;
	const struct relay_device device = {a, address_patience(a), t->port};
	l->tap = t;
	l->shown = (struct tap_link){.number = ++t->counts.links,
		.lane = 1,
		.program = mem_str(transport_peer(program))};
	while (lane_is_used(t, l->shown.lane))
		l->shown.lane++;
	l->next = t->links;
	l->place = &t->links;
	if (l->next)
		l->next->place = &l->next;
	t->links = l;
	patience_begin(l);
	idle_begin(l);
	inject_init(l);
	l->sides[TAP_PROGRAM] = decode_new(t->loop, t->device, SIDE_COMMAND, tap_on_command, l);
	l->sides[TAP_DEVICE] = decode_new(t->loop, t->device, SIDE_REPLY, tap_on_reply, l);
	if (t->events->exchange)
		batch_begin(l);
	t->events->called(t->owner, &l->shown);
	l->relay = relay_new(t->loop, program, &device, &relay_events, l);
	for (size_t i = 0; i < 2; i++)
		for (int n = (t->faults[i].first != NULL) + t->holding[i]; n > 0; n--)
			gate_ask(relay_gate(l->relay, (enum tap_side)i), true);
}

static void tap_on_caller(void *owner, struct transport *line)
{
	struct tap *t = owner;
	char text[ERROR_WHAT_MAX];
	if (has_room(t)) {
		link_new(t, line);
		return;
	}
	snprintf(text, sizeof text, "%s called and was turned away: %s", transport_peer(line),
		t->single ? "the device has one line, which is in use"
			  : "there are too many programs already");
	tap_note(t, NULL, true, text);
	transport_reset(line);
}

static void tap_on_failed(void *owner, const struct error *err)
{
	struct tap *t = owner;
	t->events->failed(t->owner, err);
}

static void tap_on_refused(void *owner, const char *text)
{
	tap_note(owner, NULL, true, text);
}

struct tap *tap_open(struct loop *loop, const struct address *at, const struct target *device,
	const struct tap_events *events, void *owner, struct error *err)
{
	struct tap *t = mem_new(sizeof *t);
	t->loop = loop;
	t->device = device;
	t->events = events;
	t->owner = owner;
	t->datagrams = address_datagrams(&device->address);
	t->idle_limit = 60ll * NS_PER_S;
	t->port = address_is_local(at) && address_listens(at);
	t->single = address_byte_time(&device->address) || address_listens(&device->address);
	faults_init(t);
	t->listener = listener_open(loop, at, tap_on_caller, tap_on_failed, t, err);
	if (t->listener) {
		listener_on_refused(t->listener, tap_on_refused);
		return t;
	}
	free(t);
	return NULL;
}

/* Only wakes whoever asks. */
static void tap_on_finish(void *arg)
{
	(void)arg;
}

static bool link_waits(const struct link *l)
{
	return relay_waiting(l->relay, TAP_PROGRAM) || relay_waiting(l->relay, TAP_DEVICE);
}

bool tap_finish(struct tap *t)
{
	bool first = !t->finish_by, waits = false;
	int64_t now = loop_now_fresh(t->loop);
	if (first) {
		t->finish_by = now + FINISH;
		loop_timer_init(&t->finish, t->loop, tap_on_finish, t);
		loop_timer_set(&t->finish, FINISH);
	}
	for (struct link *l = t->links; l; l = l->next) {
		if (!link_waits(l))
			continue;
		waits = true;
		if (first)
			relay_finish(l->relay);
	}
	return waits && now < t->finish_by;
}

/* Says what a side did not take before the tap ended. */
static void tell_dropped(struct link *l)
{
	for (enum tap_side side = TAP_PROGRAM; side <= TAP_DEVICE; side++) {
		size_t left = relay_waiting(l->relay, side);
		if (left)
			link_note(l, true,
				"%zu byte%s for the %s %s dropped: the tap ended before it took "
				"them",
				left, plural(left), side_name(side), left == 1 ? "was" : "were");
	}
}

void tap_close(struct tap *t, struct tap_counts *counts)
{
	listener_close(t->listener);
	if (t->finish_by)
		loop_timer_stop(&t->finish);
	while (t->links) {
		tell_dropped(t->links);
		link_free(t->links);
	}
	*counts = t->counts;
	faults_free(t);
	bytes_free(&t->harm.bytes);
	free(t);
}

const char *tap_address(const struct tap *t)
{
	return listener_address(t->listener);
}

void tap_limit_idle(struct tap *t, int64_t ns)
{
	t->idle_limit = ns;
}

bool tap_is_port(const struct tap *t)
{
	return t->port;
}

const char *tap_certificate(const struct tap *t)
{
	return listener_certificate(t->listener);
}

const struct tap_counts *tap_counted(const struct tap *t)
{
	return &t->counts;
}

void tap_each(struct tap *t, void (*each)(void *arg, struct tap_link *l), void *arg)
{
	for (struct link *l = t->links; l; l = l->next)
		each(arg, &l->shown);
}

struct link *link_find(const struct tap *t, uint64_t number, struct error *err)
{
	struct link *l = t->links;
	while (l && l->shown.number != number)
		l = l->next;
	if (!l)
		error_set(err, STATUS_USAGE, "connection %llu is not open",
			(unsigned long long)number);
	return l;
}

void tap_settle(struct tap *t, bool all)
{
	for (struct link *l = t->links; l; l = l->next)
		batch_settle(l->batch, all);
}

void tap_hold(struct tap *t, enum tap_side from, bool on)
{
	if (t->holding[from] == on)
		return;
	t->holding[from] = on;
	for (struct link *l = t->links; l; l = l->next)
		gate_ask(relay_gate(l->relay, from), on);
}

/* Says what became of a frame that was held, where a log has it otherwise. */
static void tell_released(
	struct link *l, enum tap_side from, bool drop, const struct slice *changed)
{
	struct bytes line;
	if (!drop && !changed)
		return;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line, "a held frame towards the %s ", side_name(tap_other(from)));
	bytes_add_str(&line, drop ? "did not go on" : "went on as ");
	if (!drop)
		text_add(&line, *changed, TEXT_EDGES | frame_spelling(l->tap->device->frame));
	tap_note(l->tap, l, false, bytes_str(&line));
	bytes_free(&line);
}

bool tap_release(struct tap *t, uint64_t link, enum tap_side from, uint64_t number, bool drop,
	const struct slice *changed)
{
	struct error ignored;
	struct link *l = link_find(t, link, &ignored);
	if (!l || !gate_release(relay_gate(l->relay, from), number, drop, changed))
		return false;
	l->held--;
	tell_released(l, from, drop, changed);
	return true;
}
