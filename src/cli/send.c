/* send.c - wilco send DEVICE COMMAND...: sends each command in turn over one session. */
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "cmd/runner.h"
#include "pane/view.h"
#include "play/login.h"
#include <stdio.h>
#include <wilco/macro.h>

/* The walk over the commands, of which one is under way at a time, or as many as the setting
 * `ahead` says. */
struct send {
	struct cli *cli;
	struct session *session;
	struct runner runner;
	struct frame *frame;
	struct recorder *recorder; /* NULL: nothing is recorded, or no more */
	struct input *input;       /* while `-` is the command */
	int index;                 /* the next word's; words[0] is the device */
	struct order order;        /* the command that was read last */
	struct loop_timer wait_timer;
	enum status status;
	size_t under_way, most; /* commands, and how many may be (ahead) */
	unsigned holds;         /* why no other order is read, of enum hold */
	bool walking;
	bool tried;               /* opening the line was tried for this `.wait` */
	bool files;               /* --file is to be sent */
	struct progress progress; /* of a file */
	struct loop_timer progress_timer;
};
enum hold {
	HOLD_ENDED = 1,
	HOLD_WAIT = 2,   /* a `.wait` */
	HOLD_BEHIND = 4, /* the order that was read waits until the commands before it have ended */
	HOLD_LINE = 8,   /* its `.wait` begins when the line is open, or could not be opened */
};

static void next(struct send *s);
static bool send_on_answer(void *asker, struct session *session, struct exchange *x);

static void raise_status(struct send *s, enum status status)
{
	if (status > s->status)
		s->status = status;
}

static void end(struct send *s)
{
	s->holds |= HOLD_ENDED;
	loop_stop(s->cli->loop);
}

/* ---- --file ---- */

static const int64_t PROGRESS_NS = NS_PER_S / 10;

/* The file goes first.  Where no COMMAND follows, our side of the line is closed behind it: many
 * devices begin to work only then. */
static void make_file_order(struct send *s)
{
	order_make_file(&s->order, s->cli->options.file, s->cli->count == 1);
}

static void send_on_progress(void *arg)
{
	struct send *s = arg;
	const struct exchange *x = session_current(s->session);
	if (x && x->file)
		progress_file(&s->progress, s->cli, s->session, x);
	loop_timer_set(&s->progress_timer, PROGRESS_NS);
}

static bool send_on_file(void *asker, struct session *session, struct exchange *x)
{
	struct send *s = asker;
	cli_row_end();
	loop_timer_stop(&s->progress_timer);
	s->runner.answered = send_on_answer;
	return send_on_answer(asker, session, x);
}

/* Other commands do not ask whether there is a row to take away. */
static APART void begin_file(struct send *s)
{
	s->runner.answered = send_on_file;
	if (s->progress.on)
		loop_timer_set(&s->progress_timer, PROGRESS_NS);
}

static bool read_order(struct send *s, struct slice text, unsigned flags, struct error *err)
{
	struct reading reading = {.verbs = verbs,
		.place = PLACE_COMMAND,
		.flags = flags,
		.frame = s->frame,
		.names = secret_names()};
	if (flags & ORDER_EXACT) /* a word of the command line is typed, other lines are a file's */
		reading.charset = (unsigned)session_settings(s->session)->at[SET_CHARSET].value;
	return order_read(&s->order, text, &reading, err);
}

/* ---- --dry-run ---- */

static APART enum run_state dry_run(struct send *s, struct error *err)
{
	struct bytes wire;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bool good = runner_check(&s->runner, &s->order, &wire, err);
	if (good && s->order.kind == ORDER_SEND)
		out_wire(s->session, &s->order, bytes_slice(&wire), false);
	bytes_free(&wire);
	return good ? RUN_OVER : RUN_REFUSED;
}

/* ---- one command after the other ---- */

/* Opens the line before a `.wait`, because a board that restarts when its port is opened needs that
 * time before the first command. */
static bool send_hold(struct send *s)
{
	bool opens = s->order.kind == ORDER_WAIT && !s->tried && !s->cli->options.dry_run &&
		     session_state(s->session) != SESSION_OPEN;
	s->tried = opens;
	if (!opens)
		return false;
	s->holds |= HOLD_LINE;
	session_open(s->session);
	return true;
}

/* Says whether the next order can be read. */
static bool may_go_on(const struct send *s)
{
	return s->under_way < s->most && !s->holds;
}

static enum run_state send_run(struct send *s)
{
	MEM_UNSET struct error err;
	enum run_state run = s->cli->options.dry_run ? dry_run(s, &err)
						     : runner_run(&s->runner, &s->order, &err);
	if (run == RUN_REFUSED)
		raise_status(s, cli_error(&err, SLICE("")));
	return run;
}

/* Starts what is no command, when all commands before it have ended. */
static void start_other(struct send *s)
{
	bool waits = s->order.kind == ORDER_WAIT || s->order.kind == ORDER_VERB;
	s->holds &= ~(unsigned)HOLD_BEHIND;
	if (s->under_way && waits)
		s->holds |= HOLD_BEHIND;
	else if (!send_hold(s) && send_run(s) == RUN_GOES_ON)
		s->holds |= HOLD_WAIT;
}

/* Starts the order; whether the next one can be read then, may_go_on() says. */
static inline __attribute__((always_inline)) void send_start(struct send *s)
{
	if (s->order.kind != ORDER_SEND) {
		start_other(s);
		return;
	}
	s->tried = false;
	s->under_way++;
	if (s->order.file)
		begin_file(s);
	if (send_run(s) != RUN_GOES_ON)
		s->under_way--;
}

static APART void start_file(struct send *s)
{
	s->files = false;
	make_file_order(s);
	send_start(s);
}

static void start_text(struct send *s, struct slice text, unsigned flags)
{
	MEM_UNSET struct error err;
	if (read_order(s, text, flags, &err))
		send_start(s);
	else
		raise_status(s, cli_error(&err, text));
}

static void on_input(void *arg)
{
	next(arg);
}

static bool send_on_line(void *arg, struct slice text)
{
	start_text(arg, text, 0);
	return may_go_on(arg);
}

static void send_on_input_failed(void *arg, const struct error *err)
{
	raise_status(arg, cli_error(err, SLICE("")));
}

static const struct input_events input_events = {
	.ready = on_input, .line = send_on_line, .failed = send_on_input_failed};

/* Starts what can be started; false: there is nothing more. */
static bool walk(struct send *s)
{
	while (may_go_on(s)) {
		if (s->input && input_walk(s->input))
			return true;
		input_close(s->input);
		s->input = NULL;
		if (out_failed())
			return false;
		if (s->files) {
			start_file(s);
			continue;
		}
		if (s->index == s->cli->count)
			return s->under_way;
		const char *word = s->cli->words[s->index++];
		if (strcmp(word, "-") == 0)
			s->input = input_open(s->cli->loop, &input_events, s);
		else
			start_text(s, slice_str(word), ORDER_EXACT);
	}
	return true;
}

/* A command may end while it is started: the walk that started it goes on. */
static void next(struct send *s)
{
	if (s->walking)
		return;
	s->walking = true;
	if (s->most > 1)
		session_gather(s->session, true);
	if (s->holds & HOLD_BEHIND && !s->under_way)
		start_other(s);
	if (!walk(s))
		end(s);
	s->walking = false;
	if (s->most > 1)
		session_gather(s->session, false);
}

static void send_on_wait_over(void *arg)
{
	struct send *s = arg;
	s->holds &= ~(unsigned)HOLD_WAIT;
	next(s);
}

static bool send_on_unasked(void *owner, struct session *session, struct exchange *x)
{
	struct send *s = owner;
	cli_row_end();
	out_exchange(session, x, s->cli->options.quiet, false);
	if (s->recorder)
		raise_status(s, cli_record(&s->recorder, session, x));
	if (x->lost)
		raise_status(s, STATUS_DAMAGED);
	return false;
}

static bool send_on_answer(void *asker, struct session *session, struct exchange *x)
{
	struct send *s = asker;
	s->under_way--;
	if (x->status == EXCHANGE_CONNECT && s->holds & HOLD_ENDED)
		return false; /* it was not tried, as those that were not read yet */
	out_exchange(session, x, s->cli->options.quiet, false);
	if (s->recorder)
		raise_status(s, cli_record(&s->recorder, session, x));
	raise_status(s, exchange_exit(x->status));
	/* Without a line each of the others would only fail, after its own time. */
	if (x->status == EXCHANGE_CONNECT)
		end(s);
	else
		next(s);
	return false;
}

/* Starts the `.wait`.  If the line could not be opened, the next command tries it and says why. */
static void send_on_state(void *owner, struct session *session)
{
	struct send *s = owner;
	enum session_state state = session_state(session);
	if (!(s->holds & HOLD_LINE) || (state != SESSION_OPEN && state != SESSION_CLOSED))
		return;
	s->holds &= ~(unsigned)HOLD_LINE;
	start_other(s);
	next(s);
}

static void send_on_note(void *owner, struct session *session, bool warning, const char *text)
{
	struct send *s = owner;
	cli_row_end();
	if (warning || address_listens(session_address(session)) || s->cli->options.verbose)
		cli_note(s->cli, "%s: %s", session_name(session), text);
}

static void send_on_log_failed(void *owner, struct session *session, const struct error *err)
{
	struct send *s = owner;
	(void)session;
	raise_status(s, cli_error(err, SLICE("")));
	end(s);
}

static const struct session_events events = {.state = send_on_state,
	.note = send_on_note,
	.log_failed = send_on_log_failed,
	.unasked = send_on_unasked};

/* Checks --file and all COMMANDs that are arguments: if one cannot be sent, none is. */
static bool send_check_words(struct send *s)
{
	struct error err;
	if (s->cli->options.file) {
		make_file_order(s);
		if (!runner_check(&s->runner, &s->order, NULL, &err)) {
			raise_status(s, cli_error(&err, SLICE("")));
			return false;
		}
	}
	for (int i = 1; i < s->cli->count; i++) {
		struct slice text = slice_str(s->cli->words[i]);
		if (slice_is(text, "-") || (read_order(s, text, ORDER_EXACT, &err) &&
						   runner_check(&s->runner, &s->order, NULL, &err)))
			continue;
		raise_status(s, cli_error(&err, text));
		return false;
	}
	return true;
}

static void send_on_signal(void *arg)
{
	struct send *s = arg;
	end(s);
	session_cancel(s->session);
}

static bool send_reopen(void *arg)
{
	struct send *s = arg;
	return session_reopen_log(s->session);
}

static bool send_begin(struct send *s)
{
	struct cli *cli = s->cli;
	struct error err;
	struct target target;
	struct slice device = slice_str(cli->words[0]), wrong;
	if (!context_target(cli->context, device, NAMED_BY_ARGUMENT, &target, &wrong, &err)) {
		s->status = cli_error(&err, wrong);
		return false;
	}
	if (!cli->options.dry_run && !login_check(cli->loop, &target, &err)) {
		target_free(&target);
		s->status = cli_error(&err, SLICE(""));
		return false;
	}
	cli_note_settings(cli, cli->words[0]);
	struct session_config config = {.loop = cli->loop,
		.name = cli->words[0],
		.address = &target.address,
		.settings = &target.address.settings,
		.frame = target.frame,
		.fields = target.fields.at,
		.verbose = cli->options.verbose,
		.events = &events,
		.owner = s};
	s->session = session_new(&config);
	s->runner = (struct runner){.session = s->session,
		.answered = send_on_answer,
		.asker = s,
		.wait = &s->wait_timer};
	s->most = (size_t)target.address.settings.at[SET_AHEAD].value;
	s->frame = frame_ref(target.frame);
	target_free(&target);
	const struct options *o = &cli->options;
	bool logs = options_log(o) && !o->dry_run;
	if ((!logs || session_log(s->session, o->log, o->capture, &err)) &&
		cli_record_begin(o, 0, &s->recorder, &err))
		return true;
	s->status = cli_error(&err, SLICE(""));
	return false;
}

/* Standard input is one thing: a file, or commands. */
static bool send_has_work(const struct cli *cli, struct error *err)
{
	const char *file = cli->options.file;
	if (!file && cli->count < 2)
		return error_set(err, STATUS_USAGE,
			"too few words: wilco send DEVICE COMMAND..., or wilco send DEVICE "
			"--file FILE");
	for (int i = 1; file && strcmp(file, "-") == 0 && i < cli->count; i++)
		if (strcmp(cli->words[i], "-") == 0)
			return error_set(err, STATUS_USAGE,
				"standard input is the file (--file -) and cannot have the "
				"commands, too");
	return true;
}

static enum status run(struct cli *cli)
{
	struct send s = {.cli = cli, .index = 1, .files = cli->options.file};
	MEM_UNSET struct error err;
	if (!out_binary_fits(&err) || !send_has_work(cli, &err))
		return cli_error(&err, SLICE(""));
	order_init(&s.order);
	loop_timer_init(&s.wait_timer, cli->loop, send_on_wait_over, &s);
	loop_timer_init(&s.progress_timer, cli->loop, send_on_progress, &s);
	progress_begin(&s.progress, cli);
	if (send_begin(&s) && send_check_words(&s)) {
		cli_watch_signals(cli->loop, send_on_signal, &s);
		if (options_log(&cli->options)) /* no other start asks about its terminal */
			cli_reopen_on_hangup(send_reopen);
		next(&s);
		if (!(s.holds & HOLD_ENDED))
			loop_run(cli->loop);
		cli_unwatch_signals();
	}
	loop_timer_stop(&s.wait_timer);
	loop_timer_stop(&s.progress_timer);
	input_close(s.input);
	if (s.session)
		session_tell_rest(s.session);
	raise_status(&s, cli_record_end(&s.recorder));
	session_free(s.session);
	frame_unref(s.frame);
	order_free(&s.order);
	return cli_signalled() ? cli_signalled() : s.status;
}

const struct cli_command cli_send = {.name = "send",
	.args = "DEVICE COMMAND...",
	.help = "send each COMMAND, print each reply",
	.about = "Sends each COMMAND in turn over one session and prints each reply. "
		 "The COMMAND - reads them from standard input.  With --file a file goes first, as "
		 "it is, and no COMMAND is needed.",
	.example = "send -f line 10.0.0.5:5025 '*IDN?' 'MEAS:VOLT?'",
	.least = 1,
	.most = -1,
	.by = BY_SEND,
	.words = {WORD_DEVICE, WORD_COMMAND},
	.run = run};
