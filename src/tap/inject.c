/* inject.c - bytes of our own among those that pass.
 *
 * They are told where they go: behind a frame that has begun they wait until it is whole, and what
 * passed with its end is told in parts then.
 */
#include "tap/tap_private.h"

#include "base/number.h"

typedef void batch_take_bytes(struct batch *b, enum frame_side side, struct slice bytes);

static void tell(struct link *l, enum tap_side from, struct slice bytes, batch_take_bytes *take)
{
	struct tap *t = l->tap;
	if (!bytes.len)
		return;
	if (l->batch)
		take(l->batch, frame_side_of(from), bytes);
	t->events->bytes(t->owner, &l->shown, from, bytes);
}

static void tell_injected(
	struct link *l, enum tap_side from, struct slice bytes, batch_take_bytes *take)
{
	link_note(l, false, "injected, towards the %s:", side_name(tap_other(from)));
	tell(l, from, bytes, take);
	if (l->batch)
		batch_frame(l->batch, frame_side_of(from));
}

void inject_init(struct link *l)
{
	for (size_t i = 0; i < 2; i++)
		bytes_init(&l->after[i], LIMIT_WIRE);
}

void inject_begin(struct link *l, enum tap_side from, struct slice bytes)
{
	l->passed[from] += bytes.len;
	if (l->after[from].len)
		l->untold[from] = bytes;
	else
		tell(l, from, bytes, batch_bytes);
}

/* Tells so many bytes of what passed. */
static void tell_part(struct link *l, enum tap_side from, size_t len)
{
	struct slice all = l->untold[from];
	l->untold[from] = slice_cut(all, len, all.len);
	tell(l, from, slice_cut(all, 0, len), batch_goes_on);
}

void inject_frame(struct link *l, enum tap_side from, const struct split_event *e)
{
	uint64_t behind = l->passed[from] - (e->offset + e->raw.len);
	size_t untold = l->untold[from].len;
	if (untold > behind)
		tell_part(l, from, untold - (size_t)behind);
}

void inject_goes(struct link *l, enum tap_side from)
{
	struct bytes *after = &l->after[from];
	if (!after->len || l->over)
		return;
	if (gate_stopped(relay_gate(l->relay, from)))
		link_note(l, true, "%zu byte%s injected, and nothing goes to the %s any more",
			after->len, after->len == 1 ? " was" : "s were",
			side_name(tap_other(from)));
	else
		tell_injected(l, from, bytes_slice(after), batch_goes_on);
	bytes_free(after);
}

void inject_end(struct link *l, enum tap_side from)
{
	tell_part(l, from, l->untold[from].len);
}

void inject_close(struct link *l)
{
	for (size_t i = 0; i < 2; i++) {
		size_t left = l->after[i].len;
		if (left)
			link_note(l, true,
				"%zu byte%s injected behind a frame of the %s that did not end, "
				"and did not go out",
				left, left == 1 ? " was" : "s were", side_name((enum tap_side)i));
		bytes_free(&l->after[i]);
	}
}

bool tap_inject(
	struct tap *t, uint64_t number, enum tap_side from, struct slice bytes, struct error *err)
{
	struct link *l = link_find(t, number, err);
	if (!l)
		return false;
	struct gate *gate = relay_gate(l->relay, from);
	if (!relay_passes(l->relay, from))
		return error_set(err, STATUS_USAGE, "nothing goes to the %s on connection %llu: %s",
			side_name(tap_other(from)), (unsigned long long)number,
			gate_stalled(gate) ? "a fault stalls it"
			: l->shown.device  ? "that way is closed"
					   : "it is not open yet");
	bool within = decode_pending(l->sides[from]);
	if (!gate_has_room(gate, bytes.len, within))
		return error_set(err, STATUS_USAGE,
			"nothing was sent: %s on connection %llu, and at most %d MiB may",
			within ? "too much waits for the end of a frame that has begun"
			       : "too much waits behind a frame that is held",
			(unsigned long long)number, LIMIT_WIRE >> 20);
	if (within)
		bytes_add(&l->after[from], bytes);
	else
		tell_injected(l, from, bytes, batch_bytes);
	return gate_inject(gate, bytes, within);
}
