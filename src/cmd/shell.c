/* shell.c - what a typed line means; see shell.h.
 *
 * One thing is under way at a time: a command that waits for its reply, or a `.wait`.  Lines typed
 * meanwhile are queued and run in order, except those that a person needs at once (.close, .help).
 */
#include "cmd/shell.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/view.h"
#include <stdio.h>
#include <stdlib.h>

static void run_queue(struct shell *sh);

/* ---- output ---- */

static void print(struct shell *sh, enum ui_kind kind, struct slice text, struct slice detail)
{
	sh->ui->ops->line(sh->ui, kind, text, detail);
}

void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
{
	struct bytes raw, safe;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	struct slice rest = bytes_slice(&raw), line;
	while (slice_line(&rest, &line)) {
		bytes_clear(&safe);
		text_add(&safe, line, TEXT_PLAIN | (sh->ui->utf8 ? 0 : TEXT_ASCII));
		print(sh, kind, bytes_slice(&safe), SLICE(""));
	}
	bytes_free(&raw);
	bytes_free(&safe);
}

static void raise_status(struct shell *sh, enum status status)
{
	if (status > sh->worst)
		sh->worst = status;
}

static void print_error(struct shell *sh, const struct error *err, struct slice line)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	error_show(err, NULL, line, sh->ui->utf8, &shown);
	struct slice rest = bytes_slice(&shown), each;
	while (slice_line(&rest, &each))
		print(sh, UI_ERROR, each, SLICE(""));
	bytes_free(&shown);
	raise_status(sh, err->status);
}

/* ---- the session's events ---- */

/* A reply on its way to the screen: the detail goes with its first line. */
struct showing {
	struct shell *sh;
	enum ui_kind kind;
	struct slice detail;
};

static void show_line(void *arg, struct slice text)
{
	struct showing *showing = arg;
	print(showing->sh, showing->kind, text, showing->detail);
	showing->detail = SLICE("");
}

static void show_bytes(struct shell *sh, enum ui_kind kind, struct slice bytes, struct slice detail,
	const struct frame *frame)
{
	struct showing showing = {sh, kind, detail};
	unsigned flags = sh->ui->utf8 ? 0 : TEXT_ASCII;
	if (frame_rules(frame)->bin)
		flags |= TEXT_BIN;
	view_lines(sh->context->view, bytes, flags, show_line, &showing);
}

static void show_exchange(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct bytes text;
	enum ui_kind kind = x->command ? UI_REPLY : UI_UNSOLICITED;
	bytes_init(&text, LIMIT_MESSAGE);
	for (const struct reply *r = x->replies; r; r = r->next) {
		bytes_clear(&text);
		view_detail(x, r, &text);
		if (r->mark != MARK_ECHO && r->kind != SPLIT_ACK)
			show_bytes(sh, r->kind == SPLIT_FRAME ? kind : UI_UNSOLICITED,
				view_bytes(r), bytes_slice(&text), x->frame);
	}
	if (x->stray.len)
		show_bytes(sh, UI_UNSOLICITED, bytes_slice(&x->stray), SLICE("stray"), x->frame);
	bytes_clear(&text);
	if (x->command && x->status != EXCHANGE_OK) {
		view_failure(session_name(s), x, &text);
		shell_print(sh, UI_ERROR, "%s", bytes_str(&text));
	}
	bytes_free(&text);
}

static void explain_default_frame(struct shell *sh)
{
	if (sh->hinted || !sh->ui->interactive ||
		strcmp(frame_name(session_frame(sh->session)), "esc-cr") != 0)
		return;
	sh->hinted = true;
	shell_print(sh, UI_NOTE,
		"esc-cr: sends ESC text CR and closes its side; \".frame esc-cr-nul\" keeps the "
		"line "
		"open, \".frame payload CR LF\" sends plain lines");
}

static void on_state(void *owner, struct session *s)
{
	struct shell *sh = owner;
	(void)s;
	if (sh->ui->ops->refresh)
		sh->ui->ops->refresh(sh->ui);
}

static void on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct shell *sh = owner;
	(void)warning;
	shell_print(sh, UI_NOTE, "%s: %s", session_name(s), text);
}

static void on_exchange(void *owner, struct session *s, const struct exchange *x)
{
	struct shell *sh = owner;
	if (x->command)
		raise_status(sh, exchange_exit(x->status));
	if (sh->ui->ops->exchange)
		sh->ui->ops->exchange(sh->ui, s, x);
	else
		show_exchange(sh, s, x);
	if (x->status == EXCHANGE_TIMEOUT || x->status == EXCHANGE_LOST) {
		sh->hinted = sh->hinted && exchange_rtt(x) >= 0;
		explain_default_frame(sh);
	}
	/* The next line runs from the loop, not from inside the session. */
	if (x->command && sh->lines)
		loop_timer_set(&sh->wait_timer, 0);
}

static const struct session_events session_events = {
	.state = on_state,
	.note = on_note,
	.exchange = on_exchange,
};

/* ---- lines ---- */

bool shell_busy(const struct shell *sh)
{
	return loop_timer_running(&sh->wait_timer) || sh->lines ||
	       (sh->session && session_pending(sh->session));
}

struct session *shell_session(struct shell *sh, struct error *err)
{
	if (!sh->session)
		error_set(err, STATUS_USAGE, "no device is open: .open HOST opens one");
	return sh->session;
}

static bool run_verb(struct shell *sh, const struct line *line, struct error *err)
{
	const struct cmd *cmd = cmd_find(line->verb);
	struct cmd_call call = {.rest = slice_trim(line->rest)};
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	bool good = true;
	if (!cmd->takes_rest) {
		call.count = args_split(line->rest, &store, call.args, cmd->most, err);
		good = call.count >= 0;
	}
	good = good && cmd->run(sh, &call, err);
	if (!good && err->placed)
		err->column += line->rest_at;
	bytes_free(&store);
	return good;
}

static bool send_payload(struct shell *sh, struct line *line, unsigned flags, struct error *err)
{
	struct session *s = shell_session(sh, err);
	struct frame_values with;
	bool fields = line->kind == LINE_VERB && line->verb == VERB_WITH;
	if (!s || (fields && !line_with(line, session_frame(s), PLACE_PROMPT, flags, &with, err)))
		return false;
	session_send_with(s, bytes_slice(line->payload), line->wire, fields ? &with : NULL);
	return true;
}

static bool sends(const struct line *line)
{
	return line->has_payload || (line->kind == LINE_VERB && line->verb == VERB_WITH);
}

static bool must_wait(const struct shell *sh, const struct line *line)
{
	const struct cmd *cmd =
		line->kind == LINE_VERB && !sends(line) ? cmd_find(line->verb) : NULL;
	return line->kind != LINE_NOTHING && !(cmd && cmd->at_once) && shell_busy(sh);
}

static void queue_line(struct shell *sh, struct slice text)
{
	if (sh->line_count == LIMIT_COMMANDS) {
		shell_print(sh, UI_ERROR, "too many lines wait already: not sent");
		raise_status(sh, STATUS_USAGE);
		return;
	}
	struct queued_line *q = mem_new(sizeof *q);
	q->text = mem_strn(text.at, text.len);
	*(sh->last_line ? &sh->last_line->next : &sh->lines) = q;
	sh->last_line = q;
	sh->line_count++;
}

static void run_line(struct shell *sh, struct slice text, bool from_queue)
{
	struct bytes payload;
	struct line line;
	struct error err;
	bool bin = sh->session && frame_rules(session_frame(sh->session))->bin;
	bytes_init(&payload, LIMIT_LINE);
	unsigned flags = bin ? LINE_BIN : 0;
	bool good = line_parse(text, PLACE_PROMPT, flags, &payload, &line, &err);
	if (good && !from_queue && must_wait(sh, &line))
		queue_line(sh, text);
	else if (good && sends(&line))
		good = send_payload(sh, &line, flags, &err);
	else if (good && line.kind == LINE_VERB)
		good = run_verb(sh, &line, &err);
	if (!good)
		print_error(sh, &err, text);
	bytes_free(&payload);
}

void shell_line(struct shell *sh, struct slice text)
{
	run_line(sh, text, false);
}

static void run_queue(struct shell *sh)
{
	while (sh->lines && !loop_timer_running(&sh->wait_timer) && !sh->quitting &&
		!(sh->session && session_pending(sh->session))) {
		struct queued_line *q = sh->lines;
		sh->lines = q->next;
		if (!sh->lines)
			sh->last_line = NULL;
		sh->line_count--;
		run_line(sh, slice_str(q->text), true);
		free(q->text);
		free(q);
	}
}

static size_t drop_queue(struct shell *sh)
{
	size_t dropped = sh->line_count;
	while (sh->lines) {
		struct queued_line *next = sh->lines->next;
		free(sh->lines->text);
		free(sh->lines);
		sh->lines = next;
	}
	sh->last_line = NULL;
	sh->line_count = 0;
	return dropped;
}

bool shell_interrupt(struct shell *sh)
{
	size_t dropped = drop_queue(sh);
	bool waited = loop_timer_running(&sh->wait_timer);
	loop_timer_stop(&sh->wait_timer);
	if (sh->session)
		waited |= session_cancel(sh->session);
	if (dropped)
		shell_print(sh, UI_NOTE, "%zu waiting line%s not sent", dropped,
			dropped == 1 ? "" : "s");
	return waited || dropped;
}

static void on_wait_over(void *arg)
{
	struct shell *sh = arg;
	run_queue(sh);
	if (sh->ui->ops->refresh)
		sh->ui->ops->refresh(sh->ui);
}

void shell_wait(struct shell *sh, int64_t ns)
{
	loop_timer_set(&sh->wait_timer, ns);
}

void shell_quit(struct shell *sh)
{
	sh->quitting = true;
	sh->ui->ops->quit(sh->ui, (int)sh->worst);
}

enum status shell_status(const struct shell *sh)
{
	return sh->worst;
}

/* ---- devices and history ---- */

static void history_begin(struct shell *sh, const char *name)
{
	struct error err = {0};
	history_close(sh->history);
	sh->history = history_open(sh->keep_history ? name : NULL, &err);
	if (err.what[0])
		shell_print(sh, UI_NOTE, "the history is not kept: %s", err.what);
}

struct history *shell_history(struct shell *sh)
{
	return sh->history;
}

bool shell_open(struct shell *sh, const char *name, struct slice device, struct error *err)
{
	struct address address;
	struct frame *frame;
	bool is_default;
	struct slice wrong;
	if (!context_device(sh->context, device, &address, &frame, &is_default, &wrong, err)) {
		err->placed = err->placed && wrong.at == device.at;
		return false;
	}
	struct session_config config = {.loop = sh->loop,
		.name = name,
		.address = &address,
		.settings = &address.settings,
		.frame = frame,
		.keep_open = sh->ui->interactive,
		.verbose = sh->context->options.verbose,
		.events = &session_events,
		.owner = sh};
	session_free(sh->session);
	sh->session = session_new(&config);
	history_begin(sh, name);
	frame_unref(frame);
	address_free(&address);
	if (is_default)
		explain_default_frame(sh);
	on_state(sh, sh->session);
	return true;
}

const char *shell_prompt(struct shell *sh)
{
	bytes_clear(&sh->text);
	struct slice name = slice_str(sh->session ? session_name(sh->session) : "wilco");
	text_add(&sh->text, name, sh->ui->utf8 ? 0 : TEXT_ASCII);
	bytes_add_str(&sh->text, "> ");
	return bytes_str(&sh->text);
}

struct shell *shell_new(struct loop *loop, struct context *context, struct ui *ui, bool history)
{
	struct shell *sh = mem_new(sizeof *sh);
	sh->loop = loop;
	sh->context = context;
	sh->ui = ui;
	sh->keep_history = history;
	bytes_init(&sh->text, LIMIT_MESSAGE);
	loop_timer_init(&sh->wait_timer, loop, on_wait_over, sh);
	history_begin(sh, "");
	return sh;
}

void shell_free(struct shell *sh)
{
	if (!sh)
		return;
	drop_queue(sh);
	loop_timer_stop(&sh->wait_timer);
	session_free(sh->session);
	history_close(sh->history);
	bytes_free(&sh->text);
	free(sh);
}
