/* tap.c - wilco tap LISTEN DEVICE: shows what a program and a device say to each other. */
#include "tap/tap.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/record.h"
#include "session/log.h"
#include <stdio.h>
#include <time.h>

struct tapping {
	struct cli *cli;
	struct target target;
	struct tap *tap;
	struct log *log;           /* NULL: there is none */
	struct recorder *recorder; /* NULL: nothing is recorded, or no more */
	struct session *session;   /* for the recorder alone; NULL: there is none */
	enum status status;
};

static const char marks[] = {[TAP_PROGRAM] = '>', [TAP_DEVICE] = '<'};

static void tapping_raise(struct tapping *t, enum status status)
{
	if (status > t->status)
		t->status = status;
}

/* ---- frames ---- */

/* A frame on its way out. */
struct tapped {
	const struct tapping *tapping;
	const struct tap_link *link;
	enum tap_side from;
	const struct split_event *event;
	struct timespec time;
};

static bool is_whole(const struct split_event *e)
{
	return e->kind == SPLIT_FRAME || e->kind == SPLIT_ACK;
}

static void plain_frame(const struct output *format, const void *arg)
{
	const struct tapped *f = arg;
	const struct split_event *e = f->event;
	const struct frame *frame = f->tapping->target.frame;
	struct out_head head = {.inside = false};
	char clock[CLOCK_TEXT_MAX];
	snprintf(head.text, sizeof head.text, "%s %llu %c%c", clock_text(&f->time, true, clock),
		(unsigned long long)f->link->number, marks[f->from], is_whole(e) ? ' ' : '!');
	struct shown shown = {.frame = is_whole(e) ? frame : NULL,
		.side = f->from == TAP_PROGRAM ? SIDE_COMMAND : SIDE_REPLY,
		.payload = e->kind == SPLIT_FRAME ? e->payload : e->raw,
		.raw = e->raw,
		.flags = text_charset(out_utf8()) | frame_spelling(frame)};
	format->bytes(format, &shown, out_headed_part, &head);
}

static const char *status_name(const struct split_event *e)
{
	static const char *const names[] = {[SPLIT_FRAME] = "ok",
		[SPLIT_DAMAGED] = "damaged",
		[SPLIT_PARTIAL] = "partial",
		[SPLIT_OVERSIZE] = "oversize",
		[SPLIT_STRAY] = "stray",
		[SPLIT_ACK] = "ack"};
	return names[e->kind];
}

static void json_payload(struct json *o, const struct split_event *e)
{
	if (e->has_payload && e->kind != SPLIT_STRAY && e->kind != SPLIT_ACK) {
		json_canon(o, "payload", e->payload);
		json_hex(o, "payload_hex", e->payload);
	} else {
		json_none(o, "payload");
		json_none(o, "payload_hex");
	}
}

static void json_frame(struct json *o, const void *arg)
{
	const struct tapped *f = arg;
	const struct split_event *e = f->event;
	const char direction[] = {marks[f->from], 0};
	char time[TIME_TEXT_MAX], text[SPLIT_TEXT_MAX];
	json_text(o, "time", slice_str(time_text(&f->time, time)));
	json_uint(o, "connection", f->link->number);
	json_text(o, "device", slice_str(f->tapping->cli->words[1]));
	json_text(o, "direction", slice_str(direction));
	json_text(o, "frame", slice_str(frame_name(f->tapping->target.frame)));
	json_text(o, "status", slice_str(status_name(e)));
	json_payload(o, e);
	json_hex(o, "raw_hex", e->raw);
	out_fields(o, f->tapping->target.frame, e->kind == SPLIT_FRAME ? e->values : NULL);
	if (*split_error_text(e, text))
		json_text(o, "error", slice_str(text));
	else
		json_none(o, "error");
}

/* ---- what the tap tells ---- */

/* Says whose the next lines of the log are. */
static struct log *log_of(struct tapping *t, struct tap_link *l)
{
	if (t->log)
		log_use(t->log, l ? l->mine : NULL);
	return t->log;
}

static void write_log(struct tapping *t)
{
	MEM_UNSET struct error err;
	if (!t->log || log_flush(t->log, &err))
		return;
	tapping_raise(t, cli_error(&err, SLICE("")));
	loop_stop(t->cli->loop);
}

static void tapping_on_note(void *owner, struct tap_link *l, bool warning, const char *text)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_note(t->log, text);
	if (!warning && !t->cli->options.verbose)
		return;
	out_flush(); /* keeps the order with standard output */
	if (l)
		cli_note(t->cli, "%llu: %s", (unsigned long long)l->number, text);
	else
		cli_note(t->cli, "%s", text);
}

static void tapping_on_called(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	char text[ERROR_WHAT_MAX];
	if (t->log)
		l->mine = log_line_new(t->log, l->lane);
	snprintf(text, sizeof text, "called by %s", quote(slice_str(l->program)).text);
	tapping_on_note(owner, l, true, text);
}

static void tapping_on_opened(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_connected(t->log, l->device);
}

static void tapping_on_bytes(
	void *owner, struct tap_link *l, enum tap_side from, struct slice bytes)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_bytes(t->log, from == TAP_PROGRAM, bytes, frame_rules(t->target.frame)->bin);
}

static void tapping_on_frame(
	void *owner, struct tap_link *l, enum tap_side from, struct split_event *e)
{
	struct tapping *t = owner;
	struct tapped f = {t, l, from, e, loop_wall(t->cli->loop)};
	out_result(&(struct result){plain_frame, json_frame, &f});
	write_log(t);
}

/* ---- the recording ---- */

static bool nobody_asked(void *asker, struct session *s, struct exchange *x)
{
	(void)asker;
	(void)s;
	(void)x;
	return false;
}

/* Begins the recording, and the session of which it takes the device's name and settings; it is
 * never opened. */
static bool begin_recording(struct tapping *t, struct error *err)
{
	static const struct session_events none = {.unasked = nobody_asked};
	const struct session_config config = {.loop = t->cli->loop,
		.name = t->cli->words[1],
		.address = &t->target.address,
		.settings = &t->target.address.settings,
		.frame = t->target.frame,
		.events = &none};
	if (!t->cli->options.record)
		return true;
	t->session = session_new(&config);
	return cli_record_begin(&t->cli->options, &t->recorder, err);
}

static void tapping_on_exchange(void *owner, struct tap_link *l, struct exchange *x)
{
	struct tapping *t = owner;
	struct error ignored;
	(void)l;
	if (x->status == EXCHANGE_GREETING &&
		!frame_greets(x->frame)) /* so that it is waited for */
		session_set(t->session, SLICE("greet"), SLICE("1s"), &ignored);
	tapping_raise(t, cli_record(&t->recorder, t->session, x));
}

static void tapping_on_closed(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	if (t->cli->options.verbose)
		cli_note(t->cli, "%llu: closed", (unsigned long long)l->number);
	if (!log_of(t, l))
		return;
	log_disconnected(t->log);
	log_use(t->log, NULL);
	log_line_free(l->mine);
	write_log(t);
}

static void tapping_on_failed(void *owner, const struct error *err)
{
	struct tapping *t = owner;
	tapping_raise(t, cli_error(err, SLICE("")));
	loop_stop(t->cli->loop);
}

#define TAPPING_EVENTS                                                                       \
	.called = tapping_on_called, .opened = tapping_on_opened, .bytes = tapping_on_bytes, \
	.frame = tapping_on_frame, .closed = tapping_on_closed, .note = tapping_on_note,     \
	.failed = tapping_on_failed
static const struct tap_events events = {TAPPING_EVENTS};
static const struct tap_events recording = {TAPPING_EVENTS, .exchange = tapping_on_exchange};

/* ---- beginning and end ---- */

static void say_listening(const struct tapping *t)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_add_str(&line, "listening on ");
	paste_add(&line, slice_str(tap_address(t->tap)), text_charset(cli_stderr_utf8()));
	bytes_add_str(&line, " for ");
	paste_add(&line, slice_str(t->cli->words[1]), text_charset(cli_stderr_utf8()));
	cli_say(bytes_shown(&line));
	bytes_free(&line);
}

static void add_side(const struct tap_counts *c, enum tap_side side, struct bytes *line)
{
	bytes_addf(line, "; %c %llu frame%s, %llu byte%s", marks[side],
		(unsigned long long)c->frames[side], plural(c->frames[side]),
		(unsigned long long)c->bytes[side], plural(c->bytes[side]));
	if (c->broken[side])
		bytes_addf(line, ", %llu broken", (unsigned long long)c->broken[side]);
}

static void say_summary(const struct tapping *t, const struct tap_counts *c)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line, "%llu connection%s", (unsigned long long)c->links, plural(c->links));
	add_side(c, TAP_PROGRAM, &line);
	add_side(c, TAP_DEVICE, &line);
	cli_note(t->cli, "%s", bytes_str(&line));
	bytes_free(&line);
}

static void tapping_on_signal(void *arg)
{
	loop_stop(arg);
}

static bool tapping_reopen(void *arg)
{
	struct tapping *t = arg;
	if (t->log)
		log_reopen(t->log);
	return t->log;
}

static bool is_stream(const struct address *a, const char *text, struct error *err)
{
	return !address_datagrams(a) ||
	       error_set(err, STATUS_USAGE, "a tap stands in a stream of bytes; %s has datagrams",
		       quote(slice_str(text)).text);
}

/* Finds the device.  Without a frame what each side says in one go is a frame. */
static bool find_device(struct tapping *t, struct slice *wrong, struct error *err)
{
	struct cli *cli = t->cli;
	struct slice device = slice_str(cli->words[1]);
	if (!context_target(&cli->context, device, NAMED_BY_ARGUMENT, &t->target, wrong, err))
		return false;
	*wrong = SLICE("");
	if (!is_stream(&t->target.address, cli->words[1], err))
		return false;
	if (!t->target.default_frame)
		return true;
	frame_unref(t->target.frame);
	t->target.frame = frame_find(cli->context.book, SLICE("raw"), err);
	return t->target.frame != NULL;
}

static bool check_output(const struct options *o, struct error *err)
{
	return !o->output->binary ||
	       error_set(err, STATUS_USAGE,
		       "-o raw cannot say which side the bytes are of; -o hex, dump, anatomy and "
		       "json do");
}

static bool tapping_open(struct tapping *t, struct slice *wrong, struct error *err)
{
	const struct options *o = &t->cli->options;
	struct address at;
	if (!check_output(o, err) || !find_device(t, wrong, err))
		return false;
	*wrong = slice_str(t->cli->words[0]);
	if (!address_parse_local(*wrong, o->port, &at, err))
		return false;
	*wrong = SLICE("");
	bool good = is_stream(&at, t->cli->words[0], err);
	if (good && o->log)
		t->log = log_open(o->log, o->capture, t->cli->words[1], &t->target.address, err);
	if (good && (!o->log || t->log) && begin_recording(t, err))
		t->tap = tap_open(
			t->cli->loop, &at, &t->target, o->record ? &recording : &events, t, err);
	address_free(&at);
	return t->tap != NULL;
}

static void tapping_run(struct tapping *t)
{
	say_listening(t);
	cli_watch_signals(t->cli->loop, tapping_on_signal, t->cli->loop);
	if (t->log)
		cli_reopen_on_hangup(tapping_reopen);
	loop_run(t->cli->loop);
	cli_unwatch_signals();
}

static enum status run(struct cli *cli)
{
	struct tapping t = {.cli = cli};
	struct slice wrong = SLICE("");
	struct error err;
	struct tap_counts counts;
	if (tapping_open(&t, &wrong, &err)) {
		tapping_run(&t);
		tap_close(t.tap, &counts);
		say_summary(&t, &counts);
	} else {
		t.status = cli_error(&err, wrong);
	}
	tapping_raise(&t, cli_record_end(&t.recorder));
	session_free(t.session);
	if (!log_close(t.log, &err))
		tapping_raise(&t, cli_error(&err, SLICE("")));
	target_free(&t.target);
	return t.status ? t.status : cli_signalled();
}

const struct cli_command cli_tap = {
	"tap", "LISTEN DEVICE", "stand between a program and its device, and show both", 2, 2, run};
