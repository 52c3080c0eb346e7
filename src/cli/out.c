/* out.c - see out.h. */
#include "cli/out.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/outlet.h"
#include "pane/view.h"
#include <errno.h>
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
	/* Where nobody waits for a reader: */
	const char *what; /* is left out; NULL: somebody waits */
	bool quiet;
	bool leaves_out, told; /* this was said; that writing failed was */
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
	out.what = NULL;
	bytes_stream(&out.buffer, BUFFER_FULL, &drain);
	if (loop)
		loop_timer_init(&out.timer, loop, on_timer, NULL);
}

void out_view(const struct view *view)
{
	if (out.format->view)
		out.format = output_of(view);
}

/* ---- what cannot be written ---- */

/* Says that writing failed, except to who closed the pipe, as `head` does: they know it. */
static void out_say_failed(const char *then)
{
	struct error err;
	if (out.error != EPIPE && !out.told) {
		error_set(&err, STATUS_OUTPUT, "cannot write to standard output: %s%s",
			strerror(out.error), then);
		cli_error(&err, SLICE(""));
	}
	out.told = true;
}

static void out_fails(int code)
{
	out.error = code;
	if (out.what && code != EPIPE)
		out_say_failed("; no more is shown");
	else if (out.loop)
		loop_stop(out.loop);
}

static void take_part(void *arg, struct slice part)
{
	(void)arg;
	if (!out.error && !spool_takes(SPOOL_OUT, part) && !outlet_write(SPOOL_OUT, part))
		out_fails(errno);
}

static void out_on_failed(enum spool_kind of, int code)
{
	if (of == SPOOL_OUT && !out.error)
		out_fails(code);
}

void out_let_go(const char *what, bool quiet)
{
	out.what = what;
	out.quiet = quiet;
	outlet_let_go(out.loop, out_on_failed);
}

static void say_left_out(bool ends)
{
	char text[OUTLET_TEXT_MAX];
	if (!outlet_left_out(SPOOL_OUT, out.what, ends, text))
		return;
	out.leaves_out = false;
	if (!out.quiet)
		cli_say(slice_str(text));
}

bool out_room(void)
{
	char text[OUTLET_TEXT_MAX];
	if (outlet_room(SPOOL_OUT)) {
		say_left_out(false);
		return true;
	}
	snprintf(text, sizeof text, "nobody reads standard output: %ss are left out", out.what);
	if (!out.leaves_out && !out.quiet)
		cli_say(slice_str(text));
	out.leaves_out = true;
	return false;
}

/* ---- writing ---- */

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

void out_text(struct slice text)
{
	if (!out.by_line) {
		out_write(text);
		return;
	}
	while (text.len) {
		const uint8_t *lf = memchr(text.at, '\n', text.len);
		size_t end = lf ? (size_t)(lf - text.at) : text.len;
		text_add(&out.buffer, slice_cut(text, 0, end), TEXT_PLAIN | out_spelling());
		if (lf)
			bytes_add_byte(&out.buffer, '\n');
		text = slice_cut(text, end + (lf != NULL), text.len);
	}
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

void out_only(struct slice text)
{
	take_part(NULL, text);
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

unsigned out_spelling(void)
{
	return text_charset(out.utf8) | (out.by_line ? 0 : TEXT_MARKS);
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
	if (!outlet_finish(SPOOL_OUT) && !out.error)
		out.error = errno;
	say_left_out(true);
	if (out.error)
		out_say_failed("");
	outlet_finish(SPOOL_ERR);
	return out.error ? STATUS_OUTPUT : status;
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
		text_add(to, slice_str(l->device), out_spelling());
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
	struct shown shown = {.payload = bytes, .raw = bytes, .flags = cli_stderr_spelling()};
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

static void json_exchange(struct json *o, const void *arg)
{
	const struct going *g = arg;
	out_members(o, g->session, g->exchange, g->step, g->round);
}

static void text_exchange(const struct output *format, const void *arg)
{
	const struct going *g = arg;
	const struct session *s = g->session;
	const struct exchange *x = g->exchange;
	unsigned charset = out.by_line ? x->charset * TEXT_CHARSET : 0;
	unsigned flags = out_spelling() | frame_spelling(x->frame) | charset;
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

/* Says whether a person is told that it failed: whoever gave it up, or did not try it, knows, but
 * not how much of a file went out. */
static bool is_told(const struct exchange *x)
{
	if (!exchange_failed(x))
		return false;
	bool known = (x->status == EXCHANGE_CANCELLED && !x->file) || x->status == EXCHANGE_SKIPPED;
	return !known || x->lost;
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
	json_open(o, NULL, '{');
	out_members(o, s, x, r, 0);
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
	out_bytes(o, "sent_hex", u->hidden, u->wire);
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
		.flags = out_spelling()};
	format->bytes(format, &shown, sink, &l);
}

void out_wire(const struct session *s, const struct order *o, struct slice wire, bool labelled)
{
	struct slice payload = bytes_slice(o->secret ? &o->shown : &o->payload);
	const struct unsent unsent = {s, payload, wire, labelled, o->secret || o->file};
	out_result(&(struct result){unsent_plain, unsent_json, &unsent});
}
