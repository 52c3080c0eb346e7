/* out.c - see out.h. */
#include "cli/out.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "pane/view.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_FULL = 64 * 1024, NOTE_MAX = 2048 };
static const int64_t FLUSH_AFTER = 50ll * NS_PER_MS;

static void take_part(void *arg, struct slice part);
static const struct bytes_drain drain = {take_part, NULL};

static struct {
	struct bytes buffer; /* a stream */
	struct loop *loop;
	struct loop_timer timer;
	const struct output *format;
	bool by_line, utf8;
	int error; /* errno of the first write that failed */
} out;

static void on_timer(void *arg)
{
	(void)arg;
	out_flush();
}

void out_open(struct loop *loop, const struct output *format)
{
	bool terminal = isatty(STDOUT_FILENO);
	out.loop = loop;
	out.format = format;
	out.by_line = terminal;
	out.utf8 = !terminal || text_locale_utf8();
	out.error = 0;
	bytes_stream(&out.buffer, BUFFER_FULL, &drain);
	if (loop)
		loop_timer_init(&out.timer, loop, on_timer, NULL);
}

void out_view(const struct view *view)
{
	if (out.format->view)
		out.format = output_of(view);
}

static void take_part(void *arg, struct slice part)
{
	(void)arg;
	if (out.error || spool_takes(SPOOL_OUT, part) || fd_write(STDOUT_FILENO, part, FD_FOR_EVER))
		return;
	out.error = errno;
	if (out.loop)
		loop_stop(out.loop);
}

bool out_flush(void)
{
	bytes_pass(&out.buffer);
	if (out.loop)
		loop_timer_stop(&out.timer);
	return !out.error;
}

void out_to(struct spool *s)
{
	if (spool_in_use() == s)
		return;
	bytes_pass(&out.buffer);
	spool_use(s);
}

static void flush_soon(void)
{
	if (out.by_line)
		out_flush();
	else if (out.loop && !loop_timer_running(&out.timer))
		loop_timer_set(&out.timer, FLUSH_AFTER);
}

void out_write(struct slice bytes)
{
	bytes_add(&out.buffer, bytes);
	flush_soon();
}

struct bytes *out_begin(void)
{
	return &out.buffer;
}

void out_end(void)
{
	bytes_add_byte(&out.buffer, '\n');
	flush_soon();
}

bool out_objects(void)
{
	return out.format == &output_json;
}

void out_line(struct slice text)
{
	bytes_add(out_begin(), text);
	out_end();
}

void out_part(void *unused, struct slice part, bool ends)
{
	(void)unused;
	if (part.len < BUFFER_FULL / 8) {
		bytes_add(out_begin(), part);
	} else { /* a large part need not be copied */
		bytes_pass(out_begin());
		take_part(NULL, part);
	}
	if (ends)
		out_end();
	else
		flush_soon();
}

void out_headed_part(void *head, struct slice part, bool ends)
{
	struct out_head *h = head;
	if (!h->inside)
		bytes_add_str(out_begin(), h->text);
	h->inside = !ends;
	out_part(NULL, part, ends);
}

void out_result(const struct result *r)
{
	out.format->write(out.format, r, out_begin());
	flush_soon();
}

bool out_failed(void)
{
	return out.error != 0;
}

bool out_utf8(void)
{
	return out.utf8;
}

bool out_by_line(void)
{
	return out.by_line;
}

bool out_binary_fits(struct error *err)
{
	return !out.format->binary || !out.by_line ||
	       error_set(err, STATUS_USAGE,
		       "-o raw writes a device's bytes as they are, which may upset a terminal: "
		       "redirect standard output");
}

enum status out_close(enum status status)
{
	out_flush();
	if (out.loop)
		loop_timer_stop(&out.timer);
	bytes_free(&out.buffer);
	if (!out.error)
		return status;
	if (out.error == EPIPE) /* whoever closed the pipe, as `head` does, knows that */
		return STATUS_OUTPUT;
	struct error err;
	error_set(&err, STATUS_OUTPUT, "cannot write to standard output: %s", strerror(out.error));
	return cli_error(&err, SLICE(""));
}

/* ---- exchanges ---- */

/* Puts the device's name before each line where that is needed. */
struct labelling {
	const char *device; /* NULL: it is not needed */
	bool inside;        /* the beginning of the line has been written */
};

static void sink(void *arg, struct slice part, bool ends)
{
	struct labelling *l = arg;
	if (l->device && !l->inside) {
		struct bytes *to = out_begin();
		bytes_add_str(to, quote(slice_str(l->device)).text);
		bytes_add_byte(to, '\t');
	}
	l->inside = !ends;
	out_part(NULL, part, ends);
}

/* A note shows the beginning of a line, and counts the rest. */
struct note {
	const char *label;
	struct bytes line;
	size_t more; /* bytes */
};

static void note_sink(void *arg, struct slice part, bool ends)
{
	struct note *n = arg;
	struct slice begin = text_cut(part, n->more ? 0 : n->line.max - n->line.len);
	bytes_add(&n->line, begin);
	n->more += part.len - begin.len;
	if (!ends)
		return;
	struct bytes all;
	bytes_init(&all, LIMIT_MESSAGE);
	bytes_addf(&all, "wilco: %s: ", n->label);
	bytes_add(&all, bytes_slice(&n->line));
	if (n->more)
		bytes_addf(&all, "... (%zu more characters; -o json has them all)", n->more);
	bytes_add_byte(&all, '\n');
	cli_stderr(bytes_shown(&all));
	bytes_free(&all);
	bytes_clear(&n->line);
	n->more = 0;
}

/* Writes what answers no command to standard error, so that standard output has only answers. */
static void note_bytes(const struct session *s, const char *what, struct slice bytes)
{
	char label[ERROR_WHAT_MAX];
	struct note note = {.label = label};
	snprintf(label, sizeof label, "%s: %s", quote(slice_str(session_name(s))).text, what);
	bytes_init(&note.line, NOTE_MAX);
	struct shown shown = {
		.payload = bytes, .raw = bytes, .flags = text_charset(cli_stderr_utf8())};
	output_notes(out.format)->lines(&shown, note_sink, &note);
	bytes_free(&note.line);
}

/* An exchange on its way out. */
struct going {
	const struct session *session;
	const struct exchange *exchange;
	bool quiet, labelled;
	const struct step_result *step; /* NULL: it is no step of a macro */
	uint64_t round;                 /* of a fleet; 0: there are none */
};

static void text_exchange(const struct output *format, const void *arg)
{
	const struct going *g = arg;
	const struct session *s = g->session;
	const struct exchange *x = g->exchange;
	unsigned charset = out.by_line ? x->charset * TEXT_CHARSET : 0;
	unsigned flags = text_charset(out.utf8) | frame_spelling(x->frame) | charset;
	bool answers = x->command && x->status == EXCHANGE_OK;
	struct labelling l = {.device = g->labelled && format->view ? session_name(s) : NULL};
	for (const struct reply *r = x->replies; r; r = r->next) {
		struct shown shown = view_shown(x->frame, r, flags);
		if (answers && view_counts(r))
			format->bytes(format, &shown, sink, &l);
		else if (!g->quiet && r->mark != MARK_ECHO && r->kind != SPLIT_ACK)
			note_bytes(s, r->error ? r->error : exchange_status_name(x->status),
				view_bytes(r));
	}
	if (!g->quiet && x->stray.len)
		note_bytes(s, "stray bytes", x->stray);
}

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

/* Bytes that are not known, or hold a secret, are null. */
static void json_bytes(struct json *o, const char *key, bool hidden, struct slice bytes)
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
		json_bytes(o, hex_key, r->hidden, r->payload);
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
		json_bytes(o, "raw_hex", r->hidden, r->raw);
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
static const char *status_name(const struct going *g)
{
	bool differs = g->step && g->step->status == STATUS_DIFFERS;
	return differs ? "mismatch" : exchange_status_name(g->exchange->status);
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

static void json_exchange(struct json *o, const void *arg)
{
	const struct going *g = arg;
	const struct session *s = g->session;
	const struct exchange *x = g->exchange;
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
	json_bytes(o, "sent_hex", !x->sent_at || x->hidden, x->sent);
	json_text(o, "status", slice_str(status_name(g)));
	json_str(o, "end", exchange_end_text(x, end));
	json_payload(o, last);
	out_fields(o, x->frame, last ? last->fields : NULL);
	json_replies(o, x);
	json_handshake(o, x);
	json_bytes(o, "stray_hex", x->hides && x->stray.len, x->stray);
	if (exchange_rtt(x) >= 0)
		json_ms(o, "rtt_ms", exchange_rtt(x));
	else
		json_none(o, "rtt_ms");
	if (x->sent_at && x->replies)
		json_ms(o, "end_ms", x->ended_at - x->sent_at);
	else
		json_none(o, "end_ms");
	json_expected(o, g->step);
	json_str(o, "error", x->error);
	if (g->step)
		json_step(o, g->step);
	if (g->round)
		json_uint(o, "round", g->round);
}

/* Says whether a person is told that it failed: whoever gave it up, or did not try it, knows. */
static bool is_told(const struct exchange *x)
{
	bool known = x->status == EXCHANGE_CANCELLED || x->status == EXCHANGE_SKIPPED;
	return exchange_failed(x) && (!known || x->lost);
}

static APART void tell_failure(const struct session *s, const struct exchange *x)
{
	struct bytes failure;
	bytes_init(&failure, LIMIT_MESSAGE);
	view_failure(session_name(s), x, &failure);
	cli_say(bytes_shown(&failure));
	bytes_free(&failure);
}

void out_failure(const struct session *s, const struct exchange *x)
{
	if (is_told(x))
		tell_failure(s, x);
}

void out_exchange(const struct session *s, const struct exchange *x, bool quiet, bool labelled)
{
	const struct going going = {s, x, quiet, labelled, NULL, 0};
	out_result(&(struct result){text_exchange, json_exchange, &going});
	if (is_told(x))
		tell_failure(s, x);
}

void out_step(const struct step_result *r, uint64_t round)
{
	const struct going going = {r->session, r->exchange, true, false, r, round};
	out_result(&(struct result){text_exchange, json_exchange, &going});
}

void out_object(struct json *o, const struct session *s, const struct exchange *x,
	const struct step_result *r)
{
	const struct going going = {s, x, true, false, r, 0};
	json_open(o, NULL, '{');
	json_exchange(o, &going);
	json_close(o, '}');
}

void out_round(const struct session *s, const struct exchange *x, bool quiet, uint64_t round)
{
	const struct going going = {s, x, quiet, true, NULL, round};
	out_result(&(struct result){text_exchange, json_exchange, &going});
	out_failure(s, x);
}

/* ---- what would be sent ---- */

struct unsent {
	const struct session *session;
	struct slice payload, wire;
	bool labelled, hidden;
};

static void unsent_json(struct json *o, const void *arg)
{
	const struct unsent *u = arg;
	const struct frame *frame = session_frame(u->session);
	json_text(o, "device", slice_str(session_name(u->session)));
	json_text(o, "frame", slice_str(frame_name(frame)));
	json_canon(o, "command", u->payload);
	json_bytes(o, "sent_hex", u->hidden, u->wire);
	json_bool(o, "half_close", frame_half_closes(frame, SIDE_COMMAND));
}

static void unsent_plain(const struct output *format, const void *arg)
{
	const struct unsent *u = arg;
	bool labelled = u->labelled && format->view;
	struct labelling l = {.device = labelled ? session_name(u->session) : NULL};
	struct shown shown = {.frame = session_frame(u->session),
		.side = SIDE_COMMAND,
		.payload = u->hidden ? u->payload : u->wire,
		.raw = u->wire,
		.hidden = u->hidden,
		.flags = text_charset(out.utf8)};
	format->bytes(format, &shown, sink, &l);
}

void out_wire(const struct session *s, const struct order *o, struct slice wire, bool labelled)
{
	struct slice payload = bytes_slice(o->secret ? &o->shown : &o->payload);
	const struct unsent unsent = {s, payload, wire, labelled, o->secret};
	out_result(&(struct result){unsent_plain, unsent_json, &unsent});
}
