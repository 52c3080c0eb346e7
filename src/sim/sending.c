/* sending.c - sends the answers that wait for a client, with their delays and faults. */
#include "sim/sim_private.h"

#include "base/mem.h"
#include "base/number.h"

/* An answer that was made for one command ends with it. */
void client_drop_answer(struct client *c)
{
	const struct sim_block *b = c->answers[c->first];
	if (b->made)
		sim_block_free((struct sim_block *)b);
	c->first = (c->first + 1) % ANSWERS_MAX;
	c->count--;
}

/* Adds the bytes of a step that is a frame. */
static void answer_add(struct client *c, const struct step *step, struct bytes *wire)
{
	struct bytes scratch;
	struct error err;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(c->sim->script->frame, SIDE_REPLY, step->payload,
		step_fields(step), c->received.at, 0, &scratch, wire, &err);
	client_log(c, good ? '<' : '!', good ? step->payload : slice_str(err.what));
	bytes_free(&scratch);
}

static void take_step(struct client *c, const struct step *step, struct bytes *wire)
{
	if (step_is_framed(step)) {
		answer_add(c, step, wire);
	} else if (step->kind == EXPECT_LOST) {
		client_log(c, '!', SLICE("closed: (lost)"));
		c->lost = true;
	} else if (step->kind != EXPECT_NONE) {
		client_log(c, '<', step->payload);
		bytes_add(wire, step->payload);
	}
}

/* Sends what the steps added; the peer sees where datagrams and silences divide it. */
static void send_added(struct client *c, struct bytes *wire)
{
	bool ends = frame_half_closes(c->sim->script->frame, SIDE_REPLY);
	transport_send(c->line, bytes_slice(wire), SEND_ANSWER | (ends ? SEND_END : 0));
	bytes_clear(wire);
}

/* Says whether frames can go out in one piece: whoever reads the first then has the next, too,
 * before the next command. */
static bool goes_together(const struct client *c)
{
	const struct frame *frame = c->sim->script->frame;
	return !c->door->datagrams && !frame_gap_within(frame, SIDE_REPLY).present &&
	       !frame_half_closes(frame, SIDE_REPLY);
}

bool client_congested(const struct client *c)
{
	return c->count == ANSWERS_MAX || transport_queued(c->line) > LIMIT_ANSWERS;
}

/* ---- faults ---- */

static void plan_add(struct client *c, const struct sim_fault *f)
{
	for (; f; f = f->next) {
		struct bytes said;
		if (!faults_happens(&c->sim->faults, f))
			continue;
		fault_plan_add(&c->plan, &f->fault);
		bytes_init(&said, LIMIT_LINE + 8);
		bytes_add_str(&said, "fault: ");
		bytes_add(&said, f->text);
		client_log(c, '!', bytes_slice(&said));
		bytes_free(&said);
	}
}

/* Finds out once for each reply what goes wrong with it. */
static void plan_step(struct client *c)
{
	if (c->planned)
		return;
	c->planned = true;
	c->plan = (struct fault_plan){0};
	if (!step_is_sent(c->step))
		return;
	plan_add(c, c->sim->script->general);
	plan_add(c, c->step->faults);
}

/* Sends the next piece of a reply: a byte, or of two pieces the first or the second. */
static void send_piece(struct client *c, bool first)
{
	bool ends = frame_half_closes(c->sim->script->frame, SIDE_REPLY);
	size_t n = c->plan.paced ? 1 : first ? (c->held.len + 1) / 2 : c->held.len;
	ends = ends && n == c->held.len;
	transport_send(c->line, slice_cut(bytes_slice(&c->held), 0, n),
		SEND_ANSWER | (ends ? SEND_END : 0));
	bytes_drop(&c->held, n);
}

/* Sends the reply, which is what is in `wire` from `from` on, as its plan has it. */
static void send_planned(struct client *c, struct bytes *wire, size_t from)
{
	faults_change(&c->sim->faults, &c->plan, wire, from);
	if (!c->plan.pause || wire->len == from)
		return;
	transport_send(c->line, slice_cut(bytes_slice(wire), 0, from), SEND_ANSWER);
	bytes_add(&c->held, slice_cut(bytes_slice(wire), from, wire->len));
	bytes_clear(wire);
	send_piece(c, true);
}

/* Says whether so many ns have passed; if not, the client works again when they have. */
static bool has_waited(struct client *c, int64_t ns)
{
	bool over = !ns || c->delayed;
	if (over)
		c->delayed = false;
	else if (!loop_timer_running(&c->delay_timer))
		loop_timer_set(&c->delay_timer, ns);
	return over;
}

/* Goes on with a reply with which something goes wrong.  False: it has to wait. */
static bool go_on(struct client *c)
{
	if (!c->held.len) {
		c->lost = true; /* its plan closes the line */
		return true;
	}
	if (!has_waited(c, c->plan.pause))
		return false;
	send_piece(c, false);
	return true;
}

/* Says whether the reply before `step` is not over yet: it has pieces, or closes the line. */
static bool is_over(const struct client *c)
{
	bool closes = !c->planned && !c->stalled && (c->plan.close || c->plan.reset);
	return !c->held.len && !closes;
}

/* ---- sending ---- */

/* Takes the next step, after its delay. */
static void send_step(struct client *c, struct bytes *wire, bool together)
{
	const struct step *step = c->step;
	size_t before = wire->len;
	c->step = step->next;
	c->planned = false;
	c->stalled = c->stalled || c->plan.stall;
	if (c->plan.drop || c->plan.stall)
		return;
	take_step(c, step, wire);
	send_planned(c, wire, before);
	if (!together && wire->len > before)
		send_added(c, wire);
}

/* Says whether more may be added; what is there is sent when it has become so much.  The line says
 * that it has drained only where something had to wait. */
static bool has_room(struct client *c, struct bytes *wire)
{
	if (transport_queued(c->line) + wire->len <= LIMIT_ANSWERS)
		return true;
	if (wire->len)
		send_added(c, wire);
	return transport_queued(c->line) <= LIMIT_ANSWERS;
}

void client_send_due(struct client *c)
{
	struct bytes wire;
	bool together = goes_together(c);
	bytes_init(&wire, LIMIT_WIRE);
	while (c->count && !c->lost && has_room(c, &wire)) {
		if (!is_over(c)) {
			if (!go_on(c))
				break;
			continue;
		}
		if (!c->step || c->stalled) { /* the oldest answer is complete */
			client_drop_answer(c);
			c->step = c->count ? c->answers[c->first]->steps : NULL;
			continue;
		}
		plan_step(c);
		if (!has_waited(c, c->step->delay + c->plan.delay))
			break;
		send_step(c, &wire, together);
	}
	if (wire.len)
		send_added(c, &wire);
	bytes_free(&wire);
}
