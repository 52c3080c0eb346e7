/* tap.c - wilco tap LISTEN DEVICE: shows what a program and a device say to each other. */
#include "cmd/tapping.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/record.h"
#include "cmd/recorder.h"
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct tap_lines {
	struct cli *cli;
	struct tapping *tapping;
	struct recorder *recorder; /* NULL: nothing is recorded, or no more */
	struct session *session;   /* for the recorder alone; NULL: there is none */
	struct loop_watch *input;  /* whether somebody writes lines to it; NULL: nobody can */
	enum status status;
	bool ending, at_once; /* a signal came, and another one */
};

static const char marks[] = {[TAP_PROGRAM] = '>', [TAP_DEVICE] = '<'};

static void lines_raise(struct tap_lines *t, enum status status)
{
	if (status > t->status)
		t->status = status;
}

/* ---- frames ---- */

/* A frame on its way out. */
struct tapped {
	const struct tap_lines *lines;
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
	const struct frame *frame = tapping_target(f->lines->tapping)->frame;
	struct out_head head = {.inside = false};
	char clock[CLOCK_TEXT_MAX];
	snprintf(head.text, sizeof head.text, "%s %llu %c%c", clock_text(&f->time, true, clock),
		(unsigned long long)f->link->number, marks[f->from], is_whole(e) ? ' ' : '!');
	struct shown shown = {.frame = is_whole(e) ? frame : NULL,
		.side = f->from == TAP_PROGRAM ? SIDE_COMMAND : SIDE_REPLY,
		.payload = e->kind == SPLIT_FRAME ? e->payload : e->raw,
		.raw = e->raw,
		.flags = out_spelling() | frame_spelling(frame)};
	format->bytes(format, &shown, out_headed_part, &head);
}

static const char *status_name(const struct split_event *e)
{
	static const char names[][12] = {[SPLIT_FRAME] = "ok",
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

/* Says what went wrong on purpose. */
static void json_harm(struct json *o, const struct tap_harm *h)
{
	json_open(o, "faults", '[');
	for (size_t i = 0; h && i < h->count; i++)
		json_canon(o, NULL, h->faults[i]);
	json_close(o, ']');
	if (h && h->changed)
		json_hex(o, "sent_hex", h->sent);
	else
		json_none(o, "sent_hex");
}

static void json_frame(struct json *o, const void *arg)
{
	const struct tapped *f = arg;
	const struct split_event *e = f->event;
	const char direction[] = {marks[f->from], 0};
	char time[TIME_TEXT_MAX], text[SPLIT_TEXT_MAX];
	json_text(o, "time", slice_str(time_text(&f->time, time)));
	json_uint(o, "connection", f->link->number);
	json_text(o, "device", slice_str(f->lines->cli->words[1]));
	json_text(o, "direction", slice_str(direction));
	json_text(o, "frame", slice_str(frame_name(tapping_target(f->lines->tapping)->frame)));
	json_text(o, "status", slice_str(status_name(e)));
	json_payload(o, e);
	json_hex(o, "raw_hex", e->raw);
	out_fields(o, tapping_target(f->lines->tapping)->frame,
		e->kind == SPLIT_FRAME ? e->values : NULL);
	json_harm(o, f->link->harm);
	if (*split_error_text(e, text))
		json_text(o, "error", slice_str(text));
	else
		json_none(o, "error");
}

/* ---- what the tap tells ---- */

static void tapping_on_note(void *owner, const struct tap_link *l, bool warning, const char *text)
{
	struct tap_lines *t = owner;
	if (!warning && !t->cli->options.verbose)
		return;
	out_flush(); /* keeps the order with standard output */
	if (l)
		cli_note(t->cli, "%llu: %s", (unsigned long long)l->number, text);
	else
		cli_note(t->cli, "%s", text);
}

static void tapping_on_frame(void *owner, const struct tap_link *l, enum tap_side from,
	struct split_event *e, const char *fault)
{
	struct tap_lines *t = owner;
	struct tapped f = {t, l, from, e, loop_wall(t->cli->loop)};
	if (out_room())
		out_result(&(struct result){plain_frame, json_frame, &f});
	if (fault)
		tapping_on_note(owner, l, true, fault);
}

static void tapping_on_closed(void *owner, const struct tap_link *l)
{
	tapping_on_note(owner, l, false, "closed");
}

static void tapping_on_failed(void *owner, const struct error *err)
{
	struct tap_lines *t = owner;
	lines_raise(t, cli_error(err, SLICE("")));
	loop_stop(t->cli->loop);
}

/* The program and its device notice nothing of it. */
static void lines_on_log_failed(void *owner, const struct error *err)
{
	struct tap_lines *t = owner;
	struct error said = *err;
	error_hint(&said, "nothing more is logged; the tap goes on");
	lines_raise(t, cli_error(&said, SLICE("")));
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
static bool begin_recording(struct tap_lines *t, struct error *err)
{
	static const struct session_events none = {.unasked = nobody_asked};
	const struct target *target = tapping_target(t->tapping);
	const struct session_config config = {.loop = t->cli->loop,
		.name = t->cli->words[1],
		.address = &target->address,
		.settings = &target->address.settings,
		.frame = target->frame,
		.events = &none};
	if (!t->cli->options.record)
		return true;
	t->session = session_new(&config);
	return cli_record_begin(&t->cli->options, RECORD_EXACT, &t->recorder, err);
}

static void tapping_on_exchange(void *owner, struct tap_link *l, struct exchange *x)
{
	struct tap_lines *t = owner;
	(void)l;
	tapping_learn(t->session, x);
	lines_raise(t, cli_record(&t->recorder, t->session, x));
}

#define LINES_EVENTS                                                                     \
	.frame = tapping_on_frame, .note = tapping_on_note, .closed = tapping_on_closed, \
	.log_failed = lines_on_log_failed, .failed = tapping_on_failed
static const struct tapping_events events = {LINES_EVENTS};
static const struct tapping_events recording = {LINES_EVENTS, .exchange = tapping_on_exchange};

/* ---- beginning and end ---- */

static void say_listening(const struct tap_lines *t)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_add_str(&line, "listening on ");
	paste_add(&line, slice_str(tap_address(tapping_tap(t->tapping))), cli_stderr_spelling());
	bytes_add_str(&line, " for ");
	paste_add(&line, slice_str(t->cli->words[1]), cli_stderr_spelling());
	cli_say(bytes_shown(&line));
	bytes_free(&line);
}

static void say_summary(const struct tap_lines *t, const struct tap_counts *c)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	tapping_summary(c, &line);
	cli_note(t->cli, "%s", bytes_str(&line));
	bytes_free(&line);
}

static void lines_on_signal(void *arg)
{
	struct tap_lines *t = arg;
	t->at_once = t->ending;
	t->ending = true;
	loop_stop(t->cli->loop);
}

/* Begins the log anew, also one that could not be written any more. */
static bool lines_reopen(void *arg)
{
	struct tap_lines *t = arg;
	const struct options *o = &t->cli->options;
	struct error err;
	if (tapping_reopen_log(t->tapping))
		return true;
	if (tapping_log(t->tapping, o->log, o->capture, &err))
		cli_note(t->cli, "logging again to %s", tapping_log_path(t->tapping, 0));
	else
		lines_raise(t, cli_error(&err, SLICE("")));
	return true;
}

static bool check_output(const struct options *o, struct error *err)
{
	return !o->output->binary ||
	       error_set(err, STATUS_USAGE,
		       "-o raw cannot say which side the bytes are of; -o hex, dump, anatomy and "
		       "json do");
}

static bool lines_open(struct tap_lines *t, struct slice *wrong, struct error *err)
{
	const struct options *o = &t->cli->options;
	if (!check_output(o, err))
		return false;
	t->tapping = tapping_open(t->cli->loop, t->cli->context, t->cli->words[0], t->cli->words[1],
		o->record ? &recording : &events, t, wrong, err);
	return t->tapping && begin_recording(t, err);
}

/* ---- standard input ---- */

/* Refuses lines for a tap that has no console.  They are not read: they may be meant for what runs
 * behind it. */
static void refuse_input(void *arg, int ready)
{
	struct tap_lines *t = arg;
	int waiting = 0;
	(void)ready;
	if (t->input)
		loop_watch_set(t->input, 0);
	if (ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0)
		cli_note(t->cli,
			"standard input is not read: .hold and .inject need a terminal for "
			"standard input and output");
}

static void watch_input(struct tap_lines *t)
{
	struct stat is;
	struct error unwatched;
	if (fstat(STDIN_FILENO, &is) < 0)
		return;
	if (S_ISREG(is.st_mode))
		refuse_input(t, 0);
	else if (S_ISFIFO(is.st_mode) || S_ISSOCK(is.st_mode))
		t->input =
			loop_watch_shared(t->cli->loop, STDIN_FILENO, refuse_input, t, &unwatched);
	if (t->input)
		loop_watch_set(t->input, WATCH_READ);
}

static void lines_run(struct tap_lines *t)
{
	out_let_go("frame", t->cli->options.quiet);
	watch_input(t);
	/* Before it is said that we listen: who reads that may end us. */
	cli_watch_signals(t->cli->loop, lines_on_signal, t);
	if (options_log(&t->cli->options))
		cli_reopen_on_hangup(lines_reopen);
	say_listening(t);
	tapping_tell(t->tapping);
	loop_run(t->cli->loop);
	t->ending = true;
	while (tap_finish(tapping_tap(t->tapping)) && !t->at_once)
		loop_step(t->cli->loop, true);
	cli_unwatch_signals();
	loop_watch_free(t->input);
}

static enum status run(struct cli *cli)
{
	struct tap_lines t = {.cli = cli};
	struct slice wrong = SLICE("");
	struct error err;
	struct tap_counts counts;
	if (cli_has_console() && cli->options.output->view) /* no console shows JSON */
		return cli_console_as(cli, "--tap");
	bool good = lines_open(&t, &wrong, &err);
	if (good)
		lines_run(&t);
	else
		t.status = cli_error(&err, wrong);
	if (t.tapping && !tapping_close(t.tapping, &counts, &err))
		lines_raise(&t, cli_error(&err, SLICE("")));
	if (good)
		say_summary(&t, &counts);
	lines_raise(&t, cli_record_end(&t.recorder));
	session_free(t.session);
	return t.status ? t.status : cli_signalled();
}

const struct cli_command cli_tap = {.name = "tap",
	.args = "LISTEN DEVICE",
	.help = "stand between a program and its device",
	.about = "Listens at LISTEN, passes bytes on to DEVICE and back, and shows what both say.",
	.example = "tap -f modbus-tcp 127.0.0.1:1502 10.0.0.5:502",
	.least = 2,
	.most = 2,
	.by = BY_TAP,
	.words = {WORD_ANY, WORD_DEVICE},
	.run = run};
