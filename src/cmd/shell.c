/* shell.c - what a typed line means; see shell.h.
 *
 * A device does one thing at a time.  Lines typed while it is busy are queued and run in order,
 * each at the device at which it was typed, except those that a person needs at once (.close,
 * .help).  `.wait` holds the lines of all devices.
 */
#include "cmd/shell.h"

#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/watch.h"
#include "pane/pane.h"
#include <stdlib.h>

/* ---- output ---- */

void shell_refresh(struct shell *sh)
{
	if (sh->ui->ops->refresh)
		sh->ui->ops->refresh(sh->ui);
}

void shell_raise_status(struct shell *sh, enum status status)
{
	if (status > sh->worst)
		sh->worst = status;
}

void shell_complain(struct shell *sh, const struct error *err, struct slice line)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	error_show(err, NULL, line, sh->ui->utf8, &shown);
	struct slice rest = bytes_slice(&shown), each;
	while (slice_line(&rest, &each))
		sh->ui->ops->line(sh->ui, UI_ERROR, each, SLICE(""));
	bytes_free(&shown);
	shell_raise_status(sh, err->status);
}

/* ---- lines ---- */

/* The next line runs from the loop, not from inside the session. */
void shell_run_soon(struct shell *sh)
{
	if (sh->queue.count && !loop_timer_running(&sh->wait_timer))
		loop_timer_set(&sh->wait_timer, 0);
}

/* Without a person a line is waited for; not one that is called, which may take for ever. */
static bool waits_for(const struct shell *sh, const struct session *s)
{
	return session_pending(s) ||
	       (!sh->ui->interactive && session_state(s) == SESSION_CONNECTING &&
		       !address_listens(session_address(s)));
}

static bool any_pending(const struct shell *sh)
{
	for (const struct opened *each = sh->opened; each; each = each->next)
		if (waits_for(sh, each->session))
			return true;
	return false;
}

static bool waits(const struct shell *sh)
{
	return loop_timer_running(&sh->wait_timer) || sh->queue.count || any_pending(sh);
}

bool shell_busy(const struct shell *sh)
{
	return waits(sh) || shell_exporting(sh);
}

bool shell_exporting(const struct shell *sh)
{
	return sh->export != NULL;
}

bool shell_screen(
	struct shell *sh, enum verb_id verb, const struct cmd_call *call, struct error *err)
{
	if (sh->ui->ops->screen)
		return sh->ui->ops->screen(sh->ui, (int)verb, call->rest, err);
	return error_set(err, STATUS_USAGE, ".%s is for the console: there are no keys here",
		verbs[verb].name);
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

/* The fields of `.with`, where the line has some: *with is NULL else. */
static bool fields_of(struct session *s, struct line *line, unsigned flags,
	struct frame_values *store, const struct frame_values **with, struct error *err)
{
	bool fields = line->kind == LINE_VERB && line->verb == VERB_WITH;
	*with = fields ? store : NULL;
	return !fields || line_with(line, session_frame(s), PLACE_PROMPT, flags, store, err);
}

static bool send_payload(struct session *s, struct line *line, unsigned flags, struct error *err)
{
	struct frame_values store;
	const struct frame_values *with;
	if (!fields_of(s, line, flags, &store, &with, err))
		return false;
	session_send_with(s, bytes_slice(line->payload), line->wire, with);
	return true;
}

/* What it would send. */
static bool preview_payload(
	struct session *s, struct line *line, unsigned flags, struct bytes *wire, struct error *err)
{
	struct frame_values store;
	const struct frame_values *with;
	return fields_of(s, line, flags, &store, &with, err) &&
	       session_preview(s, bytes_slice(line->payload), line->wire, with, wire, err);
}

static bool sends(const struct line *line)
{
	return line->has_payload || (line->kind == LINE_VERB && line->verb == VERB_WITH);
}

/* A person works with several devices at once: only the one that is busy is waited for.  Lines of a
 * file run one after the other, whatever device they are for. */
static bool is_busy(const struct shell *sh)
{
	if (!sh->ui->interactive)
		return waits(sh);
	return loop_timer_running(&sh->wait_timer) ||
	       (sh->current && (waits_for(sh, sh->current->session) ||
				       queue_count(&sh->queue, sh->current)));
}

/* The command of wilco's own that a line is; NULL: none. */
static const struct cmd *own_command(const struct line *line)
{
	return line->kind == LINE_VERB && !sends(line) ? cmd_find(line->verb) : NULL;
}

static bool must_wait(const struct shell *sh, const struct line *line)
{
	const struct cmd *cmd = own_command(line);
	bool chooses = line->verb == VERB_OPEN || line->verb == VERB_USE;
	bool at_once = cmd && cmd->at_once && (!sh->together || chooses);
	return line->kind != LINE_NOTHING && !at_once && is_busy(sh);
}

static void queue_line(struct shell *sh, struct slice text)
{
	if (queue_add(&sh->queue, sh->current, text))
		return;
	shell_print(sh, UI_ERROR, "%d lines wait already: not sent", LIMIT_COMMANDS);
	shell_raise_status(sh, STATUS_USAGE);
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
		good = shell_session(sh, &err) && send_payload(sh->session, &line, flags, &err);
	else if (good && line.kind == LINE_VERB)
		good = run_verb(sh, &line, &err);
	if (!good)
		shell_complain(sh, &err, text);
	bytes_free(&payload);
}

bool shell_send(
	struct shell *sh, struct opened *device, struct slice text, bool check, struct error *err)
{
	struct bytes payload, wire;
	struct line line;
	struct session *s = device->session;
	unsigned flags = frame_rules(session_frame(s))->bin ? LINE_BIN : 0;
	(void)sh;
	bytes_init(&payload, LIMIT_LINE);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bool good = line_parse(text, PLACE_PROMPT, flags, &payload, &line, err);
	if (good && !sends(&line))
		good = error_at(err, 0, text.len, "that is no command to send");
	if (good)
		good = check ? preview_payload(s, &line, flags, &wire, err)
			     : send_payload(s, &line, flags, err);
	bytes_free(&wire);
	bytes_free(&payload);
	return good;
}

static enum preview preview_verb(const struct line *line, struct bytes *out)
{
	const struct verb *v = &verbs[line->verb];
	bytes_addf(out, ".%s%s%s: %s", v->name, *v->args ? " " : "", v->args, v->help);
	return PREVIEW_VERB;
}

enum preview shell_preview(
	struct shell *sh, struct slice text, struct bytes *wire, struct error *err)
{
	struct bytes payload;
	struct line line;
	enum preview result = PREVIEW_WRONG;
	bool bin = sh->session && frame_rules(session_frame(sh->session))->bin;
	unsigned flags = bin ? LINE_BIN : 0;
	bytes_init(&payload, LIMIT_LINE);
	if (line_parse(text, PLACE_PROMPT, flags, &payload, &line, err)) {
		if (line.kind == LINE_NOTHING)
			result = PREVIEW_NOTHING;
		else if (!sends(&line))
			result = preview_verb(&line, wire);
		else if (shell_session(sh, err) &&
			 preview_payload(sh->session, &line, flags, wire, err))
			result = PREVIEW_BYTES;
	}
	bytes_free(&payload);
	return result;
}

bool shell_stays(struct slice text)
{
	struct bytes payload;
	struct line line;
	struct error err;
	bytes_init(&payload, LIMIT_LINE);
	bool good = line_parse(text, PLACE_PROMPT, 0, &payload, &line, &err);
	const struct cmd *cmd = good ? own_command(&line) : NULL;
	bytes_free(&payload);
	return cmd && cmd->stays;
}

void shell_line(struct shell *sh, struct slice text)
{
	run_line(sh, text, false);
}

void shell_line_together(struct shell *sh, struct slice text)
{
	sh->together = true;
	run_line(sh, text, false);
	sh->together = false;
}

void shell_set_current(struct shell *sh, struct opened *device)
{
	sh->current = device;
	sh->session = device ? device->session : NULL;
	sh->history = device ? device->history : sh->no_device;
}

/* A line means the device that was the current one when it was typed. */
static void run_line_at(struct shell *sh, struct opened *device, struct slice text, bool from_queue)
{
	struct opened *now = sh->current;
	if (device && device != now)
		shell_set_current(sh, device);
	run_line(sh, text, from_queue);
	if (device && device != now && sh->current == device)
		shell_set_current(sh, now);
}

void shell_line_at(struct shell *sh, const struct session *session, struct slice text)
{
	struct opened *device = sh->opened;
	while (device && device->session != session)
		device = device->next;
	run_line_at(sh, device, text, false);
}

static bool may_run(const void *arg, const struct opened *device)
{
	const struct shell *sh = arg;
	if (sh->quitting || loop_timer_running(&sh->wait_timer))
		return false;
	return sh->ui->interactive ? !device || !waits_for(sh, device->session) : !any_pending(sh);
}

static void run_queue(struct shell *sh)
{
	struct queued_line *line;
	while ((line = queue_take(&sh->queue, may_run, sh))) {
		run_line_at(sh, line->device, slice_str(line->text), true);
		queued_free(line);
	}
}

bool shell_forget(struct shell *sh, const struct opened *device)
{
	size_t dropped = queue_drop(&sh->queue, device);
	if (dropped)
		shell_print(sh, UI_NOTE, "%zu waiting line%s not sent", dropped,
			dropped == 1 ? "" : "s");
	return dropped > 0;
}

/* Of one device; NULL: of all.  Nobody waits for what a watch asked. */
static bool give_up(struct shell *sh, const struct opened *device)
{
	bool waited = shell_forget(sh, device);
	for (struct opened *each = sh->opened; each; each = each->next)
		if ((!device || each == device) && !watch_alone(each))
			waited |= session_cancel(each->session);
	return waited;
}

bool shell_interrupt(struct shell *sh)
{
	bool waited = export_give_up(sh);
	waited |= loop_timer_running(&sh->wait_timer);
	loop_timer_stop(&sh->wait_timer);
	waited |= give_up(sh, sh->ui->interactive ? sh->current : NULL);
	waited = waited || give_up(sh, NULL);
	shell_run_soon(sh);
	return waited;
}

static void on_wait_over(void *arg)
{
	struct shell *sh = arg;
	run_queue(sh);
	shell_refresh(sh);
}

void shell_wait(struct shell *sh, int64_t ns)
{
	loop_timer_set(&sh->wait_timer, ns);
}

/* The timer runs for no time, too: when a line is to be taken from the queue. */
int64_t shell_waits_until(const struct shell *sh)
{
	bool waits = loop_timer_running(&sh->wait_timer) && sh->wait_timer.due > loop_now(sh->loop);
	return waits ? sh->wait_timer.due : 0;
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

/* ---- what the screen asks ---- */

struct history *shell_begin_history(struct shell *sh, const char *name)
{
	struct error err = {0};
	struct history *h = history_open(sh->keep_history ? name : NULL, &err);
	if (err.what[0] && !sh->history_told)
		shell_print(sh, UI_NOTE, "the history is not kept: %s", err.what);
	sh->history_told = sh->history_told || err.what[0];
	return h;
}

const char *shell_prompt(struct shell *sh)
{
	bytes_clear(&sh->text);
	struct slice name = slice_str(sh->session ? session_name(sh->session) : "wilco");
	text_add(&sh->text, name, sh->ui->utf8 ? 0 : TEXT_ASCII);
	bytes_add_str(&sh->text, "> ");
	return bytes_str(&sh->text);
}

size_t shell_queued(const struct shell *sh)
{
	return queue_count(&sh->queue, sh->current);
}

size_t shell_unsent(const struct shell *sh)
{
	return sh->queue.count;
}

const struct watch *shell_watch(const struct shell *sh, size_t index)
{
	const struct watch *w = sh->watches;
	while (w && index--)
		w = w->next;
	return w;
}

enum view shell_view(const struct shell *sh)
{
	return sh->context->view;
}

void shell_set_view(struct shell *sh, enum view view)
{
	sh->context->view = view;
	pane_view(sh->ui->pane, view);
	shell_refresh(sh);
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
	sh->history = sh->no_device = shell_begin_history(sh, "");
	pane_view(ui->pane, context->view);
	return sh;
}

void shell_free(struct shell *sh)
{
	if (!sh)
		return;
	queue_drop(&sh->queue, NULL);
	export_give_up(sh);
	watch_stop_all(sh);
	loop_timer_stop(&sh->wait_timer);
	while (sh->opened) {
		struct opened *next = sh->opened->next;
		session_free(sh->opened->session);
		history_close(sh->opened->history);
		free(sh->opened);
		sh->opened = next;
	}
	history_close(sh->no_device);
	bytes_free(&sh->text);
	free(sh);
}
