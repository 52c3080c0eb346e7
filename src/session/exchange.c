/* exchange.c - see exchange.h and session.h. */
#include "session/exchange.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "session/shelf.h"
#include <stdlib.h>

enum { STRAY_LEAST = 64 };
/* For a payload of at most WIRE_SHORT bytes the exchange has room for WIRE_MORE more on the wire.
 */
enum { WIRE_SHORT = 256, WIRE_MORE = 16 };

static const struct {
	char name[12];
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
	[EXCHANGE_GREETING] = {"greeting", STATUS_OK},
	[EXCHANGE_MISMATCH] = {"mismatch", STATUS_DIFFERS},
	[EXCHANGE_SKIPPED] = {"skipped", STATUS_OK},
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
	return x->sent_at && x->came_at && x->replies ? x->came_at - x->sent_at : -1;
}

int64_t exchange_took(const struct exchange *x)
{
	return x->sent_at && x->ended_at > x->sent_at ? x->ended_at - x->sent_at : 0;
}

size_t exchange_size(const struct exchange *x)
{
	size_t with = frame_field_count(x->frame) * sizeof *x->with;
	with = (x->with ? with : 0) + (x->set ? with : 0);
	size_t broke = x->broke ? sizeof *x->broke + x->sent.len : 0;
	return sizeof *x + x->held + x->sent.len + x->stray.len + x->payload.len + with + broke;
}

bool exchange_failed(const struct exchange *x)
{
	return (x->command && x->status != EXCHANGE_OK) || x->lost;
}

bool exchange_is_wrong(const struct exchange *x)
{
	if (x->stray.len || x->broke || exchange_failed(x))
		return true;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->kind != SPLIT_FRAME && r->kind != SPLIT_ACK)
			return true;
	return false;
}

const char *reply_end(const struct reply *r, char out[SPLIT_TEXT_MAX])
{
	const struct split_event event = {
		.end = r->ended_by, .end_bytes = r->delimiter, .payload = r->payload};
	return split_end_text(&event, out);
}

const char *exchange_end_text(const struct exchange *x, char out[SPLIT_TEXT_MAX])
{
	return x->end ? x->end : x->last ? reply_end(x->last, out) : NULL;
}

void exchange_spell(const struct exchange *x, struct bytes *out)
{
	unsigned how = x->file ? 0 : x->wire ? TEXT_BIN : frame_spelling(x->frame);
	text_add(out, x->payload, TEXT_EDGES | how);
}

void exchange_sent_fields(const struct exchange *x, struct frame_values *values)
{
	struct bytes pending, scratch;
	struct split_event event;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s =
		split_new(x->frame, SIDE_COMMAND, NULL, values->at, 0, &pending, &scratch);
	split_feed(s, x->sent);
	split_close(s);
	split_next(s, &event);
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

static void exchange_begin(struct exchange *x, struct frame *frame, struct timespec time)
{
	x->frame = frame;
	x->time = time;
}

/* Makes an exchange with room for so many bytes after it. */
static struct exchange *new_with(struct frame *frame, struct timespec time, size_t more)
{
	struct exchange *x = mem_grow(NULL, 1, sizeof *x + more);
	*x = (struct exchange){0};
	exchange_begin(x, frame_ref(frame), time);
	return x;
}

struct exchange *exchange_new(struct frame *frame, struct timespec time)
{
	return new_with(frame, time, 0);
}

static size_t wire_room(size_t payload)
{
	return payload <= WIRE_SHORT ? payload + WIRE_MORE : 0;
}

/* Returns the place behind the payload of a command. */
static uint8_t *wire_place(struct exchange *x)
{
	return (uint8_t *)(x + 1) + x->payload.len;
}

struct exchange *exchange_command(struct frame *frame, struct slice payload, bool wire)
{
	struct exchange *x =
		new_with(frame, (struct timespec){0}, payload.len + wire_room(payload.len));
	slice_copy(x + 1, payload);
	x->payload = slice_of(x + 1, payload.len);
	x->command = true;
	x->wire = wire;
	return x;
}

static void drop_wire(struct exchange *x)
{
	if (x->sent.at != wire_place(x))
		mem_drop((void *)x->sent.at);
}

/* ---- files ---- */

void exchange_set_file(struct exchange *x, const struct request_file *file)
{
	struct exchange_file *f = mem_new(sizeof *f);
	f->path = mem_str(file->path);
	f->name = mem_str(file->name);
	f->rate = file->rate;
	f->standard = file->standard;
	f->ends = file->ends;
	x->file = f;
	x->tell = x->wire = true;
	exchange_file_label(x, false);
}

void exchange_file_label(struct exchange *x, bool ended)
{
	struct exchange_file *f = x->file;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "(file %s", f->name);
	if (ended && f->sized && f->arrived < f->size)
		bytes_addf(&text, ", %llu of %llu bytes", (unsigned long long)f->arrived,
			(unsigned long long)f->size);
	else if (ended)
		bytes_addf(
			&text, ", %llu byte%s", (unsigned long long)f->arrived, plural(f->arrived));
	bytes_add_str(&text, ")");
	free(f->label);
	f->label = mem_str(bytes_str(&text));
	x->payload = slice_str(f->label);
	bytes_free(&text);
}

static void file_drop(struct exchange_file *f)
{
	free(f->path);
	free(f->name);
	free(f->label);
	free(f);
}

/* ---- secrets ---- */

static struct slice copy_of(struct slice bytes)
{
	return slice_of(mem_strn(bytes.at, bytes.len), bytes.len);
}

static void wipe(struct slice bytes)
{
	if (bytes.len)
		explicit_bzero((void *)bytes.at, bytes.len);
}

void exchange_hide(struct exchange *x, struct slice shown)
{
	struct slice copy = copy_of(shown);
	x->hidden = mem_new(sizeof *x->hidden);
	x->hidden->payload = copy_of(x->payload);
	x->hidden->shown = (uint8_t *)copy.at;
	wipe(x->payload);
	x->payload = copy;
}

static void hidden_free(struct exchange_hidden *h)
{
	wipe(h->payload);
	wipe(h->sent);
	free((void *)h->payload.at);
	free((void *)h->sent.at);
	free(h->shown);
	free(h);
}

/* Returns the bytes with names instead of secrets, which the caller owns. */
static struct slice without_secrets(struct slice bytes)
{
	struct bytes text;
	bytes_init(&text, LIMIT_WIRE);
	secret_hide(bytes, &text);
	struct slice copy = copy_of(bytes_slice(&text));
	bytes_free(&text);
	return copy;
}

/* Hides a reply that contains a secret, or is the echo of one. */
static APART void reply_hide(struct exchange *x, struct reply *r)
{
	bool echo = x->hidden && r->mark == MARK_ECHO;
	if (!echo && !secret_in(r->raw) && !secret_in(r->payload))
		return;
	struct slice payload = echo ? copy_of(x->payload) : without_secrets(r->payload);
	wipe(r->payload);
	memset((void *)r->raw.at, 'x', r->raw.len);
	r->hidden = (uint8_t *)payload.at;
	r->payload = payload;
	x->hides = r->has_payload = true;
	for (size_t i = 0; r->fields && i < frame_field_count(x->frame); i++)
		if (field_is_text(&r->fields[i]))
			r->fields[i] = (struct field_value){0};
}

/* Hides what else might contain one, when the exchange ends. */
static APART void exchange_hide_rest(struct exchange *x)
{
	if (secret_in(x->stray)) {
		struct slice stray = without_secrets(x->stray);
		wipe(x->stray);
		free((void *)x->stray.at);
		x->stray = stray;
		x->hides = true;
	}
	if (x->error) {
		struct slice said = x->hidden && x->status == EXCHANGE_REFUSED
					    ? SLICE("not sent: the frame cannot carry it, with "
						    "its secret")
					    : slice_str(x->error);
		char *error = (char *)without_secrets(said).at;
		free(x->error);
		x->error = error;
	}
}

static void reply_free(struct reply *r)
{
	mem_drop(r->hidden);
	mem_drop(r->error);
	mem_drop(r->fields);
	free(r);
}

void exchange_free(struct exchange *x)
{
	if (x->shelf) {
		shelf_leave(x->shelf);
		return;
	}
	while (x->replies) {
		struct reply *next = x->replies->next;
		reply_free(x->replies);
		x->replies = next;
	}
	frame_unref(x->frame);
	if (x->hidden)
		hidden_free(x->hidden);
	if (x->file)
		file_drop(x->file);
	mem_drop(x->with);
	mem_drop(x->set);
	drop_wire(x);
	mem_drop((void *)x->stray.at);
	if (x->broke)
		reply_free(x->broke);
	mem_drop(x->end);
	mem_drop(x->error);
	free(x);
}

struct field_value *exchange_fields_copy(
	const struct frame *frame, const struct field_value *values)
{
	size_t count = frame_field_count(frame);
	if (!count || !values)
		return NULL;
	struct field_value *copy = mem_grow(NULL, count, sizeof *copy);
	memcpy(copy, values, count * sizeof *copy);
	return copy;
}

/* Says whether the payload is a part of the raw bytes. */
static bool inside(struct slice payload, struct slice raw)
{
	return payload.at >= raw.at && payload.at + payload.len <= raw.at + raw.len;
}

static size_t reply_size(const struct split_event *event)
{
	bool shared = inside(event->payload, event->raw);
	return sizeof(struct reply) + event->raw.len + (shared ? 0 : event->payload.len);
}

/* Fills in a reply whose bytes follow it, reply_size() in all. */
static void reply_fill(struct reply *r, const struct split_event *event)
{
	struct slice raw = event->raw, payload = event->payload;
	bool shared = inside(payload, raw);
	uint8_t *bytes = (uint8_t *)(r + 1);
	*r = (struct reply){.kind = event->kind,
		.mark = event->mark,
		.has_payload = event->has_payload,
		.ended_by = event->end,
		.delimiter = event->end_bytes};
	slice_copy(bytes, raw);
	if (!shared && payload.len)
		slice_copy(bytes + raw.len, payload);
	r->raw = slice_of(bytes, raw.len);
	r->payload =
		slice_of(shared ? bytes + (payload.at - raw.at) : bytes + raw.len, payload.len);
}

static APART char *error_of(const struct split_event *event)
{
	char text[SPLIT_TEXT_MAX];
	const char *error = split_error_text(event, text);
	return secret_any() ? (char *)without_secrets(slice_str(error)).at : mem_str(error);
}

/* Makes a reply, in one block with all its bytes. */
static struct reply *reply_new(const struct frame *frame, const struct split_event *event)
{
	struct reply *r = mem_grow(NULL, 1, reply_size(event));
	reply_fill(r, event);
	if (event->kind != SPLIT_FRAME)
		r->error = error_of(event);
	r->fields = exchange_fields_copy(frame, event->values);
	return r;
}

static void link_reply(struct exchange *x, struct reply *r)
{
	*(x->last ? &x->last->next : &x->replies) = r;
	x->last = r;
}

static size_t held_by(const struct frame *frame, const struct split_event *event)
{
	return event->raw.len + event->payload.len + sizeof(struct reply) +
	       frame_field_count(frame) * sizeof(struct field_value);
}

/* Makes an exchange on a shelf: a good frame without fields needs no memory of its own. */
static struct exchange *on_shelf(struct shelf *shelf, struct frame *frame, struct timespec time,
	const struct split_event *event)
{
	struct exchange *x = shelf_take(shelf, sizeof *x + reply_size(event));
	struct reply *r = (struct reply *)(x + 1);
	*x = (struct exchange){.shelf = shelf, .held = held_by(frame, event)};
	exchange_begin(x, frame, time);
	reply_fill(r, event);
	link_reply(x, r);
	return x;
}

struct exchange *exchange_alone(struct shelf **newest, struct frame *frame, struct timespec time,
	const struct split_event *event)
{
	struct shelf *shelf = NULL;
	if (event->kind == SPLIT_FRAME && !frame_field_count(frame) && !secret_any())
		shelf = shelf_for(newest, frame, sizeof(struct exchange) + reply_size(event));
	if (shelf)
		return on_shelf(shelf, frame, time, event);
	struct exchange *x = exchange_new(frame, time);
	exchange_take(x, event);
	return x;
}

void exchange_broken(struct exchange *x, const struct split_event *event)
{
	x->broke = reply_new(x->frame, event);
}

void exchange_wire(struct exchange *x, struct bytes *wire)
{
	if (x->hidden) {
		wipe(x->hidden->sent);
		mem_drop((void *)x->hidden->sent.at);
		x->hidden->sent = bytes_slice(wire);
		bytes_init(wire, LIMIT_WIRE);
		return;
	}
	drop_wire(x);
	x->sent = bytes_slice(wire);
	if (wire->len <= wire_room(x->payload.len)) {
		slice_copy(wire_place(x), x->sent);
		x->sent.at = wire_place(x);
		bytes_clear(wire);
	} else {
		bytes_init(wire, LIMIT_WIRE);
	}
}

/* Returns the memory for so many stray bytes, which doubles as they come. */
static size_t stray_room(size_t len)
{
	size_t room = len ? STRAY_LEAST : 0;
	while (room < len)
		room *= 2;
	return room;
}

bool exchange_stray(struct exchange *x, struct slice bytes)
{
	size_t had = x->stray.len, len = had + bytes.len;
	uint8_t *at = (uint8_t *)x->stray.at;
	if (!bytes.len)
		return true;
	if (bytes.len > LIMIT_EXCHANGE - had) {
		x->lost += bytes.len;
		return false;
	}
	if (stray_room(len) > stray_room(had))
		at = mem_grow(at, 1, stray_room(len));
	slice_copy(at + had, bytes);
	x->stray = slice_of(at, len);
	return true;
}

bool exchange_take(struct exchange *x, const struct split_event *event)
{
	size_t size = held_by(x->frame, event);
	if (event->kind == SPLIT_STRAY)
		return exchange_stray(x, event->raw);
	/* The first always fits, because `max` limits its size. */
	if (x->held && (size > LIMIT_EXCHANGE || x->held > LIMIT_EXCHANGE - size)) {
		x->lost += event->raw.len;
		return false;
	}
	x->held += size;
	link_reply(x, reply_new(x->frame, event));
	if (secret_any())
		reply_hide(x, x->last);
	return true;
}

/* Adds how many bytes were lost, whatever else went wrong. */
static char *add_lost(const struct exchange *x, const char *error)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "%s%s%zu byte%s more came than the %d MiB that are kept",
		error ? error : "", error ? "; " : "", x->lost, plural(x->lost),
		LIMIT_EXCHANGE >> 20);
	char *all = mem_str(bytes_str(&text));
	bytes_free(&text);
	return all;
}

void exchange_end(struct exchange *x, enum exchange_status status, int64_t now, const char *end,
	const char *error)
{
	x->status = status == EXCHANGE_OK && x->lost ? EXCHANGE_DAMAGED : status;
	x->ended_at = now;
	x->end = end ? mem_str(end) : NULL;
	x->error = x->lost ? add_lost(x, error) : error ? mem_str(error) : NULL;
	if (secret_any())
		exchange_hide_rest(x);
}
