/* out_json.c - an exchange as a JSON object; see out.h. */
#include "cli/out.h"

#include "base/number.h"
#include "pane/view.h"
#include <math.h>

static void json_field(struct json *o, const char *name, const struct field_value *v)
{
	struct slice text = slice_of(v->text, v->len);
	struct bytes number;
	if (v->form == FIELD_TEXT) {
		json_canon(o, name, text);
	} else if (v->form == FIELD_BYTES) {
		json_hex(o, name, text);
	} else if (!isfinite(frame_field_number(v))) {
		json_none(o, name);
	} else {
		bytes_init(&number, LIMIT_MESSAGE);
		frame_field_text(v, &number);
		json_number(o, name, bytes_slice(&number));
		bytes_free(&number);
	}
}

void out_fields(struct json *o, const struct frame *frame, const struct field_value *fields)
{
	if (!fields) {
		json_none(o, "fields");
		return;
	}
	json_open(o, "fields", '{');
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		const struct field_value *v = &fields[i];
		const char *name = frame_field_name(frame, i);
		if (v->set)
			json_field(o, name, v);
	}
	json_close(o, '}');
}

void out_bytes(struct json *o, const char *key, bool hidden, struct slice bytes)
{
	if (hidden)
		json_none(o, key);
	else
		json_hex(o, key, bytes);
}

void out_payload(struct json *o, const char *key, const char *hex_key, const struct reply *r)
{
	if (r && r->has_payload) {
		json_canon(o, key, r->payload);
		out_bytes(o, hex_key, r->hidden, r->payload);
	} else {
		json_none(o, key);
		json_none(o, hex_key);
	}
}

static void json_payload(struct json *o, const struct reply *r)
{
	out_payload(o, "reply", "reply_hex", r);
}

static void json_str(struct json *o, const char *key, const char *text)
{
	if (text)
		json_text(o, key, slice_str(text));
	else
		json_none(o, key);
}

static void json_replies(struct json *o, const struct exchange *x)
{
	static const char *const marks[] = {[MARK_ASYNC] = "async",
		[MARK_NOT_OURS] = "not-ours",
		[MARK_ECHO] = "echo",
		[MARK_INSIDE] = "inside",
		[MARK_GREETING] = "greeting"};
	char end[SPLIT_TEXT_MAX];
	json_open(o, "replies", '[');
	for (const struct reply *r = x->replies; r; r = r->next) {
		if (r->kind == SPLIT_ACK)
			continue;
		json_open(o, NULL, '{');
		json_payload(o, r);
		out_bytes(o, "raw_hex", r->hidden, r->raw);
		out_fields(o, x->frame, r->fields);
		json_str(o, "end", reply_end(r, end));
		json_str(o, "error", r->error);
		json_str(o, "mark", r->mark == MARK_NONE ? NULL : marks[r->mark]);
		json_close(o, '}');
	}
	json_close(o, ']');
}

/* What the device said of the transmission alone: acknowledgements, and leave to send. */
static void json_handshake(struct json *o, const struct exchange *x)
{
	struct bytes all;
	bytes_init(&all, LIMIT_FRAME_MOST);
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->kind == SPLIT_ACK)
			bytes_add(&all, r->raw);
	json_hex(o, "handshake_hex", bytes_slice(&all));
	bytes_free(&all);
}

static void json_address(struct json *o, const struct session *s)
{
	struct bytes url;
	bytes_init(&url, LIMIT_MESSAGE);
	address_place(session_address(s), &url);
	json_text(o, "address", bytes_shown(&url));
	bytes_free(&url);
}

static void json_command(struct json *o, const struct exchange *x)
{
	struct bytes text;
	if (!x->command) {
		json_none(o, "command");
		return;
	}
	bytes_init(&text, x->payload.len * 4 + 8);
	exchange_spell(x, &text);
	json_text(o, "command", bytes_shown(&text));
	bytes_free(&text);
}

/* A reply that came and differs is no failure of the exchange. */
static const char *status_name(const struct exchange *x, const struct step_result *step)
{
	bool differs = step && step->status == STATUS_DIFFERS;
	return differs ? "mismatch" : exchange_status_name(x->status);
}

static void json_expected(struct json *o, const struct step_result *r)
{
	struct slice line;
	if (!r || !r->expects) {
		json_none(o, "expected");
		return;
	}
	json_open(o, "expected", '[');
	for (size_t i = 0; step_expected(r, i, &line); i++)
		json_text(o, NULL, line);
	json_close(o, ']');
}

static void json_step(struct json *o, const struct step_result *r)
{
	json_uint(o, "step", r->step);
	json_text(o, "file", slice_str(r->file));
	json_uint(o, "line", r->line);
	if (r->iteration)
		json_uint(o, "iteration", r->iteration);
	else
		json_none(o, "iteration");
	json_open(o, "differences", '[');
	for (size_t i = 0; i < r->differences->count; i++) {
		const struct difference *d = &r->differences->at[i];
		json_open(o, NULL, '{');
		json_str(o, "at", d->at);
		json_str(o, "expected", d->expected);
		json_str(o, "got", d->got);
		json_close(o, '}');
	}
	json_close(o, ']');
}

void out_members(struct json *o, const struct session *s, const struct exchange *x,
	const struct step_result *step, uint64_t round)
{
	const struct reply *last = view_answer(x);
	char time[TIME_TEXT_MAX], end[SPLIT_TEXT_MAX];
	if (x->time.tv_sec) /* 0: nothing was sent */
		json_text(o, "time", slice_str(time_text(&x->time, time)));
	else
		json_none(o, "time");
	json_text(o, "device", slice_str(session_name(s)));
	json_address(o, s);
	json_text(o, "frame", slice_str(frame_name(x->frame)));
	json_command(o, x);
	out_bytes(o, "sent_hex", !x->sent_at || x->hidden || x->file, x->sent);
	if (x->file) {
		json_canon(o, "file", slice_str(x->file->name));
		json_uint(o, "bytes", x->file->arrived);
	}
	json_text(o, "status", slice_str(status_name(x, step)));
	json_str(o, "end", exchange_end_text(x, end));
	json_payload(o, last);
	out_fields(o, x->frame, last ? last->fields : NULL);
	json_replies(o, x);
	json_handshake(o, x);
	out_bytes(o, "stray_hex", x->hides && x->stray.len, x->stray);
	if (exchange_rtt(x) >= 0)
		json_ms(o, "rtt_ms", exchange_rtt(x));
	else
		json_none(o, "rtt_ms");
	if (x->sent_at && x->replies)
		json_ms(o, "end_ms", x->ended_at - x->sent_at);
	else
		json_none(o, "end_ms");
	json_expected(o, step);
	json_str(o, "error", x->error);
	if (step)
		json_step(o, step);
	if (round)
		json_uint(o, "round", round);
}
