/* passed.c - makes exchanges of what a program and a device say to each other; see session.h. */
#include "session/exchange.h"

#include "base/number.h"

/* Says whether the frame makes these bytes of the payload and its fields. */
static bool encodes(const struct frame *frame, enum frame_side side, const struct split_event *e,
	const struct field_value *set)
{
	struct frame_values sent = {0};
	struct bytes scratch, wire;
	struct error ignored;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_WIRE);
	bool same =
		frame_encode(frame, side, e->payload, set, sent.at, 0, &scratch, &wire, &ignored) &&
		slice_equal(frame_without_fillers(frame, side, bytes_slice(&wire)), e->raw);
	bytes_free(&scratch);
	bytes_free(&wire);
	return same;
}

/* Leaves those fields that have to be given.  A counter has its value from the command before. */
static void keep_needed(const struct frame *frame, enum frame_side side,
	const struct split_event *e, struct frame_values *with)
{
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		with->at[i].set = false;
		bool needed = !encodes(frame, side, e, with->at);
		with->at[i].set = needed && e->values[i].set;
	}
	for (size_t i = 0; i < frame_field_count(frame); i++)
		with->at[i].set &= !frame_field_counts(frame, i);
}

static bool any_set(const struct frame *frame, const struct frame_values *values)
{
	for (size_t i = 0; i < frame_field_count(frame); i++)
		if (values->at[i].set)
			return true;
	return false;
}

static struct exchange *command_of(
	struct frame *frame, struct slice payload, struct slice raw, bool wire)
{
	struct exchange *x = exchange_command(frame, payload, wire);
	struct bytes sent;
	bytes_init(&sent, LIMIT_WIRE);
	bytes_add(&sent, raw);
	exchange_wire(x, &sent);
	bytes_free(&sent);
	return x;
}

struct exchange *exchange_of_bytes(struct frame *frame, struct slice raw)
{
	return command_of(frame, raw, raw, true);
}

struct exchange *exchange_of_frame(
	struct frame *frame, enum frame_side side, const struct split_event *e, bool as_is)
{
	struct frame_values with = {0};
	size_t count = frame_field_count(frame);
	if (e->values && count)
		memcpy(with.at, e->values, count * sizeof *e->values);
	if (e->kind != SPLIT_FRAME || !(as_is || encodes(frame, side, e, with.at)))
		return exchange_of_bytes(frame, e->raw);
	struct exchange *x = command_of(frame, e->payload, e->raw, false);
	if (e->values && count) {
		keep_needed(frame, side, e, &with);
		x->with = any_set(frame, &with) ? exchange_fields_copy(frame, with.at) : NULL;
	}
	return x;
}

struct exchange *exchange_passed(struct frame *frame, enum frame_side side, uint32_t link,
	struct timespec time, const struct split_event *event, bool broken)
{
	struct exchange *x = exchange_new(frame, time);
	x->passed = true;
	x->command = side == SIDE_COMMAND;
	x->link = link;
	x->status = broken ? EXCHANGE_DAMAGED : EXCHANGE_OK;
	x->ended_at = (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
	exchange_take(x, event);
	return x;
}
