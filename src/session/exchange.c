/* exchange.c - see exchange.h and session.h. */
#include "session/exchange.h"

#include "base/mem.h"
#include "base/text.h"
#include "session/shelf.h"
#include <stdlib.h>

static const struct {
	const char *name;
	enum status exit;
} statuses[] = {
	[EXCHANGE_WAITING] = {"waiting", STATUS_REPLY},
	[EXCHANGE_OK] = {"ok", STATUS_OK},
	[EXCHANGE_REFUSED] = {"refused", STATUS_USAGE},
	[EXCHANGE_CONNECT] = {"connect", STATUS_CONNECT},
	[EXCHANGE_TIMEOUT] = {"timeout", STATUS_REPLY},
	[EXCHANGE_LOST] = {"lost", STATUS_REPLY},
	[EXCHANGE_DAMAGED] = {"damaged", STATUS_DAMAGED},
	[EXCHANGE_CANCELLED] = {"cancelled", STATUS_INTERRUPT},
	[EXCHANGE_UNSOLICITED] = {"unsolicited", STATUS_OK},
	[EXCHANGE_LATE] = {"late", STATUS_OK},
};

const char *exchange_status_name(enum exchange_status status)
{
	return statuses[status].name;
}

enum status exchange_exit(enum exchange_status status)
{
	return statuses[status].exit;
}

int64_t exchange_rtt(const struct exchange *x)
{
	return x->sent_at && x->ended_at && x->replies ? x->ended_at - x->sent_at : -1;
}

static struct slice slice_copy(struct slice s)
{
	return slice_of(mem_strn(s.at, s.len), s.len);
}

static void slice_free(struct slice s)
{
	free((void *)s.at);
}

static void begin(struct exchange *x, struct frame *frame, struct timespec time)
{
	x->frame = frame;
	bytes_init(&x->sent, LIMIT_FRAME_MOST);
	bytes_init(&x->stray, LIMIT_EXCHANGE);
	x->time = time;
}

struct exchange *exchange_new(struct frame *frame, struct timespec time)
{
	struct exchange *x = mem_new(sizeof *x);
	begin(x, frame_ref(frame), time);
	return x;
}

struct exchange *exchange_command(struct frame *frame, struct slice payload, bool wire)
{
	struct exchange *x = exchange_new(frame, (struct timespec){0});
	struct bytes spelled;
	bytes_init(&spelled, payload.len * 4 + 8);
	if (wire || frame_rules(frame)->bin)
		text_add_hex(&spelled, payload, true);
	else
		text_add(&spelled, payload, TEXT_EDGES);
	x->command = mem_strn(spelled.at, spelled.len);
	bytes_free(&spelled);
	x->payload = slice_copy(payload);
	x->wire = wire;
	return x;
}

static void reply_free(struct reply *r)
{
	free(r->error);
	free(r->fields);
	free(r);
}

void exchange_free(struct exchange *x)
{
	while (x->replies) {
		struct reply *next = x->replies->next;
		reply_free(x->replies);
		x->replies = next;
	}
	frame_unref(x->frame);
	slice_free(x->payload);
	free(x->with);
	bytes_free(&x->sent);
	bytes_free(&x->stray);
	free(x->command);
	free(x->end_text);
	free(x->error);
	free(x);
}

static struct field_value *fields_copy(const struct frame *frame, const struct frame_values *values)
{
	size_t count = frame_field_count(frame);
	if (!count || !values)
		return NULL;
	struct field_value *copy = mem_grow(NULL, count, sizeof *copy);
	memcpy(copy, values->at, count * sizeof *copy);
	return copy;
}

/* Whether the payload stands in the raw bytes as it is. */
static bool inside(struct slice payload, struct slice raw)
{
	return payload.at >= raw.at && payload.at + payload.len <= raw.at + raw.len;
}

static size_t reply_size(const struct split_event *event)
{
	bool shared = inside(event->payload, event->raw);
	return sizeof(struct reply) + event->raw.len + (shared ? 0 : event->payload.len);
}

/* With its bytes behind it, reply_size() in all. */
static void reply_fill(struct reply *r, const struct split_event *event, const char *end)
{
	struct slice raw = event->raw, payload = event->payload;
	bool shared = inside(payload, raw);
	uint8_t *bytes = (uint8_t *)(r + 1);
	*r = (struct reply){.kind = event->kind,
		.mark = event->mark,
		.has_payload = event->has_payload,
		.end = end};
	if (raw.len)
		memcpy(bytes, raw.at, raw.len);
	if (!shared && payload.len)
		memcpy(bytes + raw.len, payload.at, payload.len);
	r->raw = slice_of(bytes, raw.len);
	r->payload =
		slice_of(shared ? bytes + (payload.at - raw.at) : bytes + raw.len, payload.len);
}

/* One block with all its bytes, and why it ended behind them. */
static struct reply *reply_new(const struct frame *frame, const struct split_event *event)
{
	char text[SPLIT_TEXT_MAX];
	size_t size = reply_size(event), end_size = strlen(split_end_text(event, text)) + 1;
	struct reply *r = mem_grow(NULL, 1, size + end_size);
	char *end = (char *)r + size;
	memcpy(end, text, end_size);
	reply_fill(r, event, end);
	if (event->kind != SPLIT_FRAME)
		r->error = mem_str(split_error_text(event, text));
	r->fields = fields_copy(frame, event->values);
	return r;
}

static void link_reply(struct exchange *x, struct reply *r)
{
	*(x->last ? &x->last->next : &x->replies) = r;
	x->last = r;
}

static size_t held_by(const struct split_event *event)
{
	return event->raw.len + event->payload.len + sizeof(struct reply);
}

/* A good frame has no memory of its own, unless it has fields. */
static struct exchange *on_shelf(struct shelf *shelf, struct frame *frame, struct timespec time,
	const struct split_event *event)
{
	struct exchange *x = shelf_take(shelf, sizeof *x + reply_size(event));
	struct reply *r = (struct reply *)(x + 1);
	*x = (struct exchange){.shelved = true, .held = held_by(event)};
	begin(x, frame, time);
	reply_fill(r, event, shelf_end_text(shelf, event));
	link_reply(x, r);
	return x;
}

struct exchange *exchange_alone(struct transcript *t, struct frame *frame, struct timespec time,
	const struct split_event *event)
{
	struct shelf *shelf = NULL;
	if (event->kind == SPLIT_FRAME && !frame_field_count(frame))
		shelf = shelf_for(t, frame, sizeof(struct exchange) + reply_size(event));
	if (shelf)
		return on_shelf(shelf, frame, time, event);
	struct exchange *x = exchange_new(frame, time);
	exchange_take(x, event);
	return x;
}

bool exchange_take(struct exchange *x, const struct split_event *event)
{
	size_t size = held_by(event);
	if (event->kind == SPLIT_STRAY)
		return bytes_add(&x->stray, event->raw);
	/* The first always fits: its size is capped by `max`. */
	if (x->held && (size > LIMIT_EXCHANGE || x->held > LIMIT_EXCHANGE - size))
		return false;
	x->held += size;
	link_reply(x, reply_new(x->frame, event));
	return true;
}

void exchange_end(struct exchange *x, enum exchange_status status, int64_t now, const char *end,
	const char *error)
{
	x->status = status;
	x->ended_at = now;
	x->end_text = end ? mem_str(end) : NULL;
	x->end = end ? x->end_text : x->last ? x->last->end : NULL;
	x->error = error ? mem_str(error) : NULL;
}
