/* output.c - see output.h. */
#include "cli/output.h"

#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "pane/view.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_FULL = 64 * 1024, NOTE_MAX = 2048 };
static const int64_t FLUSH_AFTER = 50ll * NS_PER_MS;

static struct {
	struct bytes buffer;
	struct loop *loop;
	struct loop_timer timer;
	enum output format;
	bool by_line, utf8;
	int error; /* errno of the first write that failed */
} out;

static void on_timer(void *arg)
{
	(void)arg;
	out_flush();
}

void out_open(struct loop *loop, enum output format)
{
	bool terminal = isatty(STDOUT_FILENO);
	out.loop = loop;
	out.format = format;
	out.by_line = terminal;
	out.utf8 = !terminal || text_locale_utf8();
	out.error = 0;
	bytes_init(&out.buffer, LIMIT_FRAME_MOST);
	if (loop)
		loop_timer_init(&out.timer, loop, on_timer, NULL);
}

void out_view(enum output view)
{
	if (out.format != OUTPUT_JSON && out.format != OUTPUT_RAW)
		out.format = view;
}

bool out_flush(void)
{
	size_t done = 0;
	while (done < out.buffer.len && !out.error) {
		ssize_t n = write(STDOUT_FILENO, out.buffer.at + done, out.buffer.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			out.error = errno ? errno : EIO;
	}
	bytes_clear(&out.buffer);
	if (out.loop)
		loop_timer_stop(&out.timer);
	if (out.error && out.loop)
		loop_stop(out.loop);
	return !out.error;
}

void out_write(struct slice bytes)
{
	if (!bytes_add(&out.buffer, bytes) && !out.error)
		out.error = EFBIG;
	if (out.by_line || out.buffer.len >= BUFFER_FULL)
		out_flush();
	else if (out.loop && !loop_timer_running(&out.timer))
		loop_timer_set(&out.timer, FLUSH_AFTER);
}

void out_line(struct slice text)
{
	bool by_line = out.by_line;
	out.by_line = false;
	out_write(text);
	out.by_line = by_line;
	out_write(SLICE("\n"));
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

enum status out_close(enum status status)
{
	out_flush();
	if (out.loop)
		loop_timer_stop(&out.timer);
	bytes_free(&out.buffer);
	if (!out.error)
		return status;
	struct error err;
	error_set(&err, STATUS_OUTPUT, "cannot write to standard output: %s", strerror(out.error));
	return cli_error(&err, SLICE(""));
}

/* ---- exchanges ---- */

/* arg: the device, where a line has to say whose it is. */
static void sink(void *arg, struct slice text)
{
	if (arg) {
		bool by_line = out.by_line;
		out.by_line = false;
		out_write(slice_str(quote(slice_str(arg)).text));
		out_write(SLICE("\t"));
		out.by_line = by_line;
	}
	out_line(text);
}

/* The end of a text that is longer than anybody reads, not in the middle of a character. */
static struct slice note_cut(struct slice text)
{
	size_t n = text.len > NOTE_MAX ? NOTE_MAX : text.len;
	while (n < text.len && n && (text.at[n] & 0xc0) == 0x80)
		n--;
	return slice_cut(text, 0, n);
}

static void note_sink(void *arg, struct slice text)
{
	struct bytes line;
	struct slice begin = note_cut(text);
	bytes_init(&line, begin.len + LIMIT_MESSAGE);
	bytes_addf(&line, "wilco: %s: ", (const char *)arg);
	bytes_add(&line, begin);
	if (begin.len < text.len)
		bytes_addf(&line, "... (%zu more characters; -o json has them all)",
			text.len - begin.len);
	bytes_add_byte(&line, '\n');
	cli_stderr(bytes_slice(&line));
	bytes_free(&line);
}

/* What is no answer to a command goes to standard error, so that answers stay answers. */
static void note_bytes(const struct session *s, const char *what, struct slice bytes)
{
	char label[ERROR_WHAT_MAX];
	snprintf(label, sizeof label, "%s: %s", quote(slice_str(session_name(s))).text, what);
	view_lines(out.format == OUTPUT_DUMP || out.format == OUTPUT_HEX ? (enum view)out.format
									 : VIEW_TEXT,
		bytes, cli_stderr_utf8() ? 0 : TEXT_ASCII, note_sink, label);
}

static void text_exchange(
	const struct session *s, const struct exchange *x, bool quiet, bool labelled)
{
	unsigned flags = (out.utf8 ? 0 : TEXT_ASCII) | (frame_rules(x->frame)->bin ? TEXT_BIN : 0);
	bool answers = x->command && x->status == EXCHANGE_OK;
	for (const struct reply *r = x->replies; r; r = r->next) {
		if (answers && view_counts(r) && out.format == OUTPUT_RAW)
			out_write(r->payload);
		else if (answers && view_counts(r))
			view_reply((enum view)out.format, x->frame, r, flags, sink,
				labelled ? (void *)(uintptr_t)session_name(s) : NULL);
		else if (!quiet && r->mark != MARK_ECHO && r->kind != SPLIT_ACK)
			note_bytes(s, r->error ? r->error : exchange_status_name(x->status),
				view_bytes(r));
	}
	if (!quiet && x->stray.len)
		note_bytes(s, "stray bytes", bytes_slice(&x->stray));
}

void out_fields(struct bytes *o, const struct frame *frame, const struct field_value *fields)
{
	if (!fields) {
		json_null(o, "fields");
		return;
	}
	json_open(o, "fields", '{');
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		const struct field_value *v = &fields[i];
		const char *name = frame_field_name(frame, i);
		if (v->set && v->is_text)
			json_canon(o, name, slice_of(v->text, v->len));
		else if (v->set)
			json_uint(o, name, v->number);
	}
	json_close(o, '}');
}

static void json_payload(struct bytes *o, const struct reply *r)
{
	if (r && r->has_payload) {
		json_canon(o, "reply", r->payload);
		json_hex(o, "reply_hex", r->payload);
	} else {
		json_null(o, "reply");
		json_null(o, "reply_hex");
	}
}

static void json_str(struct bytes *o, const char *key, const char *text)
{
	if (text)
		json_text(o, key, slice_str(text));
	else
		json_null(o, key);
}

static void json_replies(struct bytes *o, const struct exchange *x)
{
	static const char *const marks[] = {[MARK_ASYNC] = "async",
		[MARK_NOT_OURS] = "not-ours",
		[MARK_ECHO] = "echo",
		[MARK_INSIDE] = "inside"};
	json_open(o, "replies", '[');
	for (const struct reply *r = x->replies; r; r = r->next) {
		json_open(o, NULL, '{');
		json_payload(o, r);
		json_hex(o, "raw_hex", r->raw);
		out_fields(o, x->frame, r->fields);
		json_str(o, "end", r->end);
		json_str(o, "error", r->error);
		json_str(o, "mark", r->mark == MARK_NONE ? NULL : marks[r->mark]);
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void json_address(struct bytes *o, const struct session *s)
{
	struct bytes url;
	bytes_init(&url, LIMIT_MESSAGE);
	address_place(session_address(s), &url);
	json_text(o, "address", bytes_slice(&url));
	bytes_free(&url);
}

/* The last frame that counts. */
static const struct reply *json_last(const struct exchange *x)
{
	const struct reply *last = NULL;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (view_counts(r))
			last = r;
	return last;
}

static void json_exchange(const struct session *s, const struct exchange *x)
{
	struct bytes o;
	const struct reply *last = json_last(x);
	char time[TIME_TEXT_MAX];
	bytes_init(&o, LIMIT_FRAME_MOST);
	json_open(&o, NULL, '{');
	json_text(&o, "time", slice_str(time_text(&x->time, time)));
	json_text(&o, "device", slice_str(session_name(s)));
	json_address(&o, s);
	json_text(&o, "frame", slice_str(frame_name(x->frame)));
	json_str(&o, "command", x->command);
	if (x->sent_at)
		json_hex(&o, "sent_hex", bytes_slice(&x->sent));
	else
		json_null(&o, "sent_hex");
	json_text(&o, "status", slice_str(exchange_status_name(x->status)));
	json_str(&o, "end", x->end);
	json_payload(&o, last);
	out_fields(&o, x->frame, last ? last->fields : NULL);
	json_replies(&o, x);
	json_hex(&o, "stray_hex", bytes_slice(&x->stray));
	if (exchange_rtt(x) >= 0)
		json_ms(&o, "rtt_ms", exchange_rtt(x));
	else
		json_null(&o, "rtt_ms");
	json_null(&o, "expected");
	json_str(&o, "error", x->error);
	json_close(&o, '}');
	out_line(bytes_slice(&o));
	bytes_free(&o);
}

void out_exchange(const struct session *s, const struct exchange *x, bool quiet, bool labelled)
{
	struct bytes failure;
	if (out.format == OUTPUT_JSON)
		json_exchange(s, x);
	else
		text_exchange(s, x, quiet, labelled);
	/* Who gave up knows that. */
	if (!x->command || x->status == EXCHANGE_OK || x->status == EXCHANGE_CANCELLED)
		return;
	bytes_init(&failure, LIMIT_MESSAGE);
	view_failure(session_name(s), x, &failure);
	struct error err;
	error_set(&err, exchange_exit(x->status), "%s", bytes_str(&failure));
	cli_error(&err, SLICE(""));
	bytes_free(&failure);
}
