/* send.c - wilco send DEVICE COMMAND...: each in turn over one session. */
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "pane/view.h"
#include <stdio.h>
#include <wilco/macro.h>

/* The walk over the commands; one is under way at a time. */
struct send {
	struct cli *cli;
	struct session *session;
	struct frame *frame;
	struct input *input; /* while `-` is the command */
	int index;           /* of the next word; words[0] is the device */
	struct bytes payload;
	struct loop_timer wait_timer;
	bool fields; /* the command has its own, by .with: */
	struct frame_values with;
	enum status status;
	bool ended;
};

static void next(struct send *s);

static void raise_status(struct send *s, enum status status)
{
	if (status > s->status)
		s->status = status;
}

static void end(struct send *s)
{
	s->ended = true;
	loop_stop(s->cli->loop);
}

static bool parse(
	struct send *s, struct slice text, unsigned flags, struct line *line, struct error *err)
{
	if (frame_rules(s->frame)->bin)
		flags |= LINE_BIN;
	s->fields = false;
	if (!line_parse(text, PLACE_COMMAND, flags, &s->payload, line, err))
		return false;
	s->fields = line->kind == LINE_VERB && line->verb == VERB_WITH;
	return !s->fields || line_with(line, s->frame, PLACE_COMMAND, flags, &s->with, err);
}

static bool parse_wait(const struct line *line, int64_t *ns, struct error *err)
{
	if (duration_parse(slice_trim(line->rest), ".wait", ns, err))
		return true;
	return false;
}

/* ---- --dry-run ---- */

static void dry_line(void *arg, struct slice text)
{
	(void)arg;
	out_line(text);
}

static void dry_json(struct send *s, struct slice wire)
{
	struct bytes o;
	bytes_init(&o, LIMIT_FRAME_MOST);
	json_open(&o, NULL, '{');
	json_text(&o, "device", slice_str(s->cli->words[0]));
	json_text(&o, "frame", slice_str(frame_name(s->frame)));
	json_canon(&o, "command", bytes_slice(&s->payload));
	json_hex(&o, "sent_hex", wire);
	json_bool(&o, "half_close", frame_half_closes(s->frame, SIDE_COMMAND));
	json_close(&o, '}');
	out_line(bytes_slice(&o));
	bytes_free(&o);
}

static bool dry_run(struct send *s, const struct line *line, struct error *err)
{
	struct bytes wire;
	enum output format = s->cli->options.output;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bool good = session_preview(s->session, bytes_slice(&s->payload), line->wire,
		s->fields ? &s->with : NULL, &wire, err);
	if (good && format == OUTPUT_RAW)
		out_write(bytes_slice(&wire));
	else if (good && format == OUTPUT_JSON)
		dry_json(s, bytes_slice(&wire));
	else if (good)
		view_lines((enum view)format, bytes_slice(&wire), out_utf8() ? 0 : TEXT_ASCII,
			dry_line, NULL);
	bytes_free(&wire);
	return good;
}

/* ---- one command after the other ---- */

/* Starts a command; false when there was nothing to wait for. */
static bool start(struct send *s, const struct line *line, struct error *err)
{
	int64_t ns;
	if (line->kind == LINE_NOTHING)
		return false;
	if (!line->has_payload) {
		if (!parse_wait(line, &ns, err))
			raise_status(s, cli_error(err, SLICE("")));
		else if (!s->cli->options.dry_run) {
			loop_timer_set(&s->wait_timer, ns);
			return true;
		}
		return false;
	}
	if (!s->cli->options.dry_run) {
		session_send_with(s->session, bytes_slice(&s->payload), line->wire,
			s->fields ? &s->with : NULL);
		return true;
	}
	if (!dry_run(s, line, err))
		raise_status(s, cli_error(err, SLICE("")));
	return false;
}

static bool start_text(struct send *s, struct slice text, unsigned flags)
{
	struct line line;
	struct error err;
	if (!parse(s, text, flags, &line, &err)) {
		raise_status(s, cli_error(&err, text));
		return false;
	}
	return start(s, &line, &err);
}

/* Lines of standard input until one has to be waited for; false at its end. */
static bool next_input(struct send *s)
{
	struct slice text;
	struct error err;
	for (;;) {
		switch (input_line(s->input, &text, &err)) {
		case INPUT_LINE:
			if (start_text(s, text, 0))
				return true;
			break;
		case INPUT_WAIT:
			out_flush();
			return true;
		case INPUT_FAILED:
			raise_status(s, cli_error(&err, SLICE("")));
			break;
		case INPUT_END:
			input_close(s->input);
			s->input = NULL;
			return false;
		}
		if (out_failed())
			return false;
	}
}

static void on_input(void *arg)
{
	next(arg);
}

static void next(struct send *s)
{
	while (!s->ended && !out_failed()) {
		if (s->input && next_input(s))
			return;
		if (s->input)
			continue;
		if (s->index == s->cli->count)
			break;
		const char *word = s->cli->words[s->index++];
		if (strcmp(word, "-") == 0)
			s->input = input_open(s->cli->loop, on_input, s);
		else if (start_text(s, slice_str(word), LINE_EXACT))
			return;
	}
	end(s);
}

static void on_wait_over(void *arg)
{
	next(arg);
}

static void on_exchange(void *owner, struct session *session, const struct exchange *x)
{
	struct send *s = owner;
	out_exchange(session, x, s->cli->options.quiet, false);
	if (!x->command)
		return;
	raise_status(s, exchange_exit(x->status));
	/* Without a line the others would only fail one by one, each after its own time. */
	if (x->status == EXCHANGE_CONNECT)
		end(s);
	else
		next(s);
}

static void on_note(void *owner, struct session *session, bool warning, const char *text)
{
	struct send *s = owner;
	if (warning || address_listens(session_address(session)) || s->cli->options.verbose)
		cli_note(s->cli, "%s: %s", session_name(session), text);
}

static void on_log_failed(void *owner, struct session *session, const struct error *err)
{
	struct send *s = owner;
	(void)session;
	raise_status(s, cli_error(err, SLICE("")));
	end(s);
}

static const struct session_events events = {
	.note = on_note, .log_failed = on_log_failed, .exchange = on_exchange};

/* All COMMANDs that are arguments must be sendable, or none is sent. */
static bool check_words(struct send *s)
{
	struct line line;
	struct error err;
	int64_t ns;
	for (int i = 1; i < s->cli->count; i++) {
		struct slice text = slice_str(s->cli->words[i]);
		struct bytes wire;
		if (slice_is(text, "-"))
			continue;
		bytes_init(&wire, LIMIT_FRAME_MOST);
		bool good = parse(s, text, LINE_EXACT, &line, &err);
		if (good && !line.has_payload)
			good = parse_wait(&line, &ns, &err);
		else if (good)
			good = session_preview(s->session, bytes_slice(&s->payload), line.wire,
				s->fields ? &s->with : NULL, &wire, &err);
		bytes_free(&wire);
		if (!good) {
			raise_status(s, cli_error(&err, text));
			return false;
		}
	}
	return true;
}

static void on_signal(void *arg)
{
	struct send *s = arg;
	end(s);
	session_cancel(s->session);
}

static bool begin(struct send *s)
{
	struct cli *cli = s->cli;
	struct error err;
	struct target target;
	struct slice device = slice_str(cli->words[0]), wrong;
	if (!context_target(&cli->context, device, NAMED_BY_ARGUMENT, &target, &wrong, &err)) {
		s->status = cli_error(&err, wrong);
		return false;
	}
	struct session_config config = {.loop = cli->loop,
		.name = cli->words[0],
		.address = &target.address,
		.settings = &target.address.settings,
		.frame = target.frame,
		.fields = &target.fields,
		.verbose = cli->options.verbose,
		.events = &events,
		.owner = s};
	s->session = session_new(&config);
	s->frame = frame_ref(target.frame);
	target_free(&target);
	const struct options *o = &cli->options;
	if (!o->log || o->dry_run || session_log(s->session, o->log, o->capture, &err))
		return true;
	s->status = cli_error(&err, SLICE(""));
	return false;
}

static enum status run(struct cli *cli)
{
	struct send s = {.cli = cli, .index = 1};
	if (cli->options.output == OUTPUT_RAW && out_by_line()) {
		struct error err;
		error_set(&err, STATUS_USAGE,
			"-o raw writes a device's bytes as they are and refuses a terminal: "
			"redirect it");
		return cli_error(&err, SLICE(""));
	}
	bytes_init(&s.payload, LIMIT_LINE);
	loop_timer_init(&s.wait_timer, cli->loop, on_wait_over, &s);
	if (begin(&s) && check_words(&s)) {
		cli_watch_signals(cli->loop, on_signal, &s);
		next(&s);
		if (!s.ended)
			loop_run(cli->loop);
		cli_unwatch_signals();
	}
	loop_timer_stop(&s.wait_timer);
	input_close(s.input);
	session_free(s.session);
	frame_unref(s.frame);
	bytes_free(&s.payload);
	return cli_signalled() ? cli_signalled() : s.status;
}

const struct cli_command cli_send = {"send", "DEVICE COMMAND...",
	"send each COMMAND in turn, print each reply; - reads commands from stdin", 2, -1, run};
