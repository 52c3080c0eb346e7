/* tapped_send.c - frames of one's own in the console of a tap. */
#include "base/number.h"
#include "cmd/tapped_private.h"

bool tapped_may_send(const struct order *o, struct error *err)
{
	return !(o->secret || o->later) ||
	       error_set(err, STATUS_USAGE,
		       "a line with a secret is not sent from a tap, which shows all bytes");
}

/* Reads a line that is not sent by this device's session; its errors are placed in it. */
static bool read_line(struct tapped *t, struct slice line, struct order *o, struct error *err)
{
	const struct reading reading = {.verbs = verbs,
		.place = PLACE_PROMPT,
		.frame = tapped_frame(t),
		.names = secret_names(),
		.charset = shell_charset(t->shell, t->device)};
	return order_read(o, line, &reading, err) && order_sends(o, line, err) &&
	       tapped_may_send(o, err);
}

bool tapped_encode(struct tapped *t, enum tap_side from, const struct order *o,
	const struct field_value *set, const struct frame_values *sent, struct bytes *wire,
	struct error *err)
{
	struct frame *frame = tapped_frame(t);
	struct frame_values with = {0}, before = *sent;
	struct bytes scratch;
	if (o->wire)
		return bytes_add(wire, bytes_slice(&o->payload));
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		if (set)
			with.at[i] = set[i];
		if (o->fields && o->with.at[i].set)
			with.at[i] = o->with.at[i];
	}
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(frame, tapped_frame_side(from), bytes_slice(&o->payload), with.at,
		before.at, 0, &scratch, wire, err);
	bytes_free(&scratch);
	err->placed = false; /* it is in the payload, not in the line */
	return good;
}

/* The connections that are open. */
struct open_links {
	size_t count;
	uint64_t last;
	struct bytes text; /* "1, 3" */
};

static void add_open(void *arg, struct tap_link *l)
{
	struct open_links *open = arg;
	bytes_addf(&open->text, "%s%llu", open->count++ ? ", " : "", (unsigned long long)l->number);
	open->last = l->number;
}

/* Chooses the connection that is open alone. */
static bool choose_link(struct tapped *t, char mark, uint64_t *number, struct error *err)
{
	struct open_links open = {0};
	bytes_init(&open.text, 64);
	tap_each(tapping_tap(t->tapping), add_open, &open);
	if (!open.count)
		error_set(err, STATUS_USAGE, "no program is connected");
	else if (open.count > 1)
		error_set(err, STATUS_USAGE,
			"%zu connections are open (%s): .inject %c%llu LINE names one", open.count,
			bytes_str(&open.text), mark, (unsigned long long)open.last);
	bytes_free(&open.text);
	*number = open.last;
	return open.count == 1;
}

/* Takes `>|<[N] ` from the front of the text. */
static bool take_way(struct tapped *t, struct slice *text, enum tap_side *from, uint64_t *number,
	struct error *err)
{
	struct slice word = slice_word(text);
	char mark = word.len ? (char)word.at[0] : 0;
	*from = mark == '>' ? TAP_PROGRAM : TAP_DEVICE;
	if (mark != '>' && mark != '<')
		return error_at(err, 0, word.len,
			"> sends to the device and < to the program: .inject > LINE");
	if (word.len == 1)
		return choose_link(t, mark, number, err);
	return number_parse(
		slice_cut(word, 1, word.len), "the connection", 1, UINT32_MAX, number, err);
}

bool tapped_inject(struct shell *sh, struct slice rest, struct bytes *wire, struct error *err)
{
	struct tapped *t = sh->tapped;
	static const struct frame_values none;
	enum tap_side from;
	uint64_t number;
	struct slice line = rest;
	struct order o;
	struct bytes bytes;
	if (!take_way(t, &line, &from, &number, err))
		return false;
	order_init(&o);
	bytes_init(&bytes, LIMIT_WIRE);
	const struct tapped_link *l = tapped_link_find(t, number);
	bool good = read_line(t, line, &o, err);
	if (!good && err->placed)
		err->column += (size_t)(line.at - rest.at);
	good = good && tapped_encode(t, from, &o, session_fields(t->device->session),
			       l ? &l->sent : &none, wire ? wire : &bytes, err);
	if (good && !wire &&
		(good = tap_inject(
			 tapping_tap(t->tapping), number, from, bytes_slice(&bytes), err)))
		tapped_show_bytes(t, number, from, bytes_slice(&bytes), "injected");
	order_free(&o);
	bytes_free(&bytes);
	return good;
}
