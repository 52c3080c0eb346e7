/* shell.c - what a typed line means; see shell.h.
 *
 * A device does one thing at a time.  Lines typed while it is busy are queued and run in order,
 * each at the device at which it was typed, except those that a person needs at once (.close,
 * .help).  `.wait` holds the lines of all devices.
 */
#include "cmd/shell.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/line_read.h"
#include "cmd/next.h"
#include "cmd/offer.h"
#include "cmd/played.h"
#include "cmd/probing.h"
#include "cmd/rollout.h"
#include "cmd/runner.h"
#include "cmd/watch.h"
#include "cmd/when.h"
#include "pane/pane.h"
#include "play/login.h"
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
	struct slice rest = bytes_shown(&shown), each;
	while (slice_line(&rest, &each))
		sh->ui->ops->line(sh->ui, UI_ERROR, each);
	bytes_free(&shown);
	shell_raise_status(sh, err->status);
}

/* ---- lines ---- */

/* Runs the next line from the loop, not from inside the session. */
void shell_run_soon(struct shell *sh)
{
	if (sh->queue.count && !loop_timer_running(&sh->wait_timer))
		loop_timer_set(&sh->wait_timer, 0);
}

/* Says whether lines wait for a session: in a script until its line is open, but not for a call. */
static bool waits_for(const struct shell *sh, const struct session *s)
{
	return session_pending(s) ||
	       (!sh->ui->interactive && session_state(s) == SESSION_CONNECTING &&
		       !address_listens(session_address(s)));
}

static bool any_pending(const struct shell *sh)
{
	for (size_t i = 0; i < sh->device_count; i++)
		if (waits_for(sh, sh->devices[i]->session))
			return true;
	return false;
}

static bool waits(const struct shell *sh)
{
	bool next = sh->next && !sh->ui->interactive;
	return sh->played || sh->rollout || next || sh->probing || sh->asking ||
	       loop_timer_running(&sh->wait_timer) || sh->queue.count || any_pending(sh);
}

/* Nobody waits for what only a watch asked: a script whose watches never rest would never end. */
static bool any_asked(const struct shell *sh)
{
	for (size_t i = 0; i < sh->device_count; i++)
		if (waits_for(sh, sh->devices[i]->session) && !watch_alone(sh->devices[i]))
			return true;
	return false;
}

bool shell_busy(const struct shell *sh)
{
	/* A person goes on while a fleet runs, or a port is waited for; a script waits. */
	bool behind = sh->rollout || sh->next;
	return sh->played || sh->probing || (behind && !sh->ui->interactive) ||
	       loop_timer_running(&sh->wait_timer) || sh->queue.count || any_asked(sh) ||
	       shell_exporting(sh);
}

bool shell_progress(const struct shell *sh, struct bytes *out)
{
	return export_progress(sh, out) || rollout_progress(sh, out) || probing_progress(sh, out) ||
	       next_progress(sh, out);
}

bool shell_exporting(const struct shell *sh)
{
	return sh->export != NULL;
}

bool shell_has_keys(const struct shell *sh, const struct verb *verb, struct error *err)
{
	return sh->ui->ops->bind ||
	       error_set(err, STATUS_USAGE, ".%s is for the console: there are no keys here",
		       verb->name);
}

struct session *shell_session(struct shell *sh, struct error *err)
{
	if (!shell_now(sh))
		error_set(err, STATUS_USAGE,
			sh->role && sh->role->file ? "a file is shown, and no device is open"
						   : "no device is open: .open HOST opens one");
	return shell_now(sh);
}

/* ---- what a line asks for ---- */

/* Takes the line that was read last away, because what runs may read lines itself. */
static struct line_read *take_read(struct shell *sh)
{
	struct line_read *l = sh->read ? sh->read : line_read_new();
	sh->read = NULL;
	return l;
}

static void give_read(struct shell *sh, struct line_read *l)
{
	line_read_free(sh->read);
	sh->read = l;
}

/* A pipe's lines are bytes, as those of any file. */
unsigned shell_charset(const struct shell *sh, const struct opened *device)
{
	bool typed = device && sh->ui->interactive;
	return typed ? (unsigned)session_settings(device->session)->at[SET_CHARSET].value : 0;
}

static const struct order *read_typed(struct line_read *l, const struct shell *sh,
	const struct opened *device, struct slice text, struct error *err)
{
	/* Lines that come together may be those of a file: expected replies, its own commands. */
	bool files = slice_starts(text, SLICE("  ")) || slice_starts(text, SLICE("."));
	const struct typed_for typed = {.frame = device ? session_frame(device->session) : NULL,
		.charset = shell_charset(sh, device),
		.piped = !sh->ui->interactive || (sh->together && files)};
	return line_read(l, device ? text : offer_line(sh->offer, text), &typed, err);
}

/* Makes a runner for this device; NULL: none is open. */
static struct runner runner_of(struct shell *sh, struct opened *device)
{
	return (struct runner){.session = device ? device->session : NULL,
		.answered = sh->by_when ? when_answered : shell_answered,
		.asker = device,
		.wait = &sh->wait_timer,
		.shell = sh};
}

/* Says whether a new line has to wait.  A person works with several devices at once, and waits only
 * for the current one.  Lines of a file run one after the other, whatever device they are for. */
static bool is_busy(const struct shell *sh)
{
	if (!sh->ui->interactive)
		return waits(sh);
	return sh->played || sh->asking || loop_timer_running(&sh->wait_timer) ||
	       (shell_current(sh) && (waits_for(sh, shell_current(sh)->session) ||
					     probing_at(shell_current(sh)) ||
					     queue_count(&sh->queue, shell_current(sh))));
}

/* Says whether a `.now` leaves its turn: a command waits, and in a paste no line does that it might
 * be meant for. */
static bool goes_now(const struct shell *sh, const struct order *o)
{
	const struct opened *device = shell_current(sh);
	return o->now && device && session_pending(device->session) &&
	       (!sh->together || !queue_count(&sh->queue, device));
}

static bool must_wait(const struct shell *sh, const struct order *o)
{
	const struct cmd *cmd = cmd_of(o->verb);
	bool at_once = (cmd && cmd->at_once && (!sh->together || cmd->chooses)) || goes_now(sh, o);
	return o->kind <= ORDER_MACRO && o->kind != ORDER_NOTHING && !at_once && is_busy(sh);
}

static void queue_line(struct shell *sh, struct slice text, bool now)
{
	if (queue_add(&sh->queue, shell_current(sh), text, now)) {
		if (shell_current(sh))
			watches_give_way(shell_current(sh));
		return;
	}
	shell_print(sh, UI_ERROR, "not sent: %d lines are waiting already", LIMIT_COMMANDS);
	shell_raise_status(sh, STATUS_USAGE);
}

/* Keeps a line of a loop, which is read when the loop runs. */
static void keep_line(struct shell *sh, struct slice text, bool from_queue)
{
	struct error err;
	if (!from_queue && is_busy(sh))
		queue_line(sh, text, false);
	else if (!played_collect(sh, text, &err))
		shell_complain(sh, &err, text);
}

/* Has the line wait for a secret that a person is asked for. */
static bool ask_first(struct shell *sh, struct slice text, struct error *err)
{
	if (sh->asking || !sh->ui->ops->secret(sh->ui))
		return error_set(err, STATUS_USAGE,
			"not sent: answer the question before, and then send it again");
	sh->asking = mem_strn(text.at, text.len);
	sh->asking_at = shell_current(sh);
	return true;
}

/* A login lacks a secret: a person is asked for it. */
static bool ask_for_login(void *shell)
{
	struct shell *sh = shell;
	if (!sh->asking && !sh->login_asks)
		sh->login_asks = sh->ui->ops->secret(sh->ui);
	return sh->login_asks;
}

/* Has the role, if there is one, take what would talk to a device.  Returns whether it did, or
 * refused; *good says which. */
static bool role_takes(struct shell *sh, const struct order *o, struct slice text,
	struct bytes *wire, bool *good, struct error *err)
{
	const struct cmd *cmd = cmd_of(o->verb);
	if (!sh->role || (o->kind == ORDER_VERB && !cmd->talks) || o->kind == ORDER_WAIT ||
		o->kind == ORDER_REPLY)
		return false;
	*good = o->kind == ORDER_SEND || o->kind == ORDER_NOTHING
			? sh->role->line(sh, o, text, wire, err)
			: error_set(err, STATUS_USAGE,
				  ".%s talks to a device, and a %s has none of its own: "
				  "wilco DEVICE opens a console that does",
				  o->verb->name, sh->role->name);
	return true;
}

/* Runs what was read; false: err says why not. */
static bool run_read(struct shell *sh, const struct order *o, struct slice text, struct error *err)
{
	const struct runner r = runner_of(sh, shell_current(sh));
	bool good;
	if (role_takes(sh, o, text, NULL, &good, err))
		return good;
	if (o->kind == ORDER_MACRO)
		return played_loop(sh, o->verb, text, err);
	if (o->later && sh->ui->ops->secret)
		return ask_first(sh, text, err);
	return runner_run(&r, o, err) != RUN_REFUSED;
}

static void shell_run_line(struct shell *sh, struct slice text, bool from_queue)
{
	struct error err;
	if (played_collects(sh)) {
		keep_line(sh, text, from_queue);
		return;
	}
	struct line_read *l = take_read(sh);
	const struct order *o = read_typed(l, sh, shell_current(sh), text, &err);
	bool good = o != NULL;
	if (!from_queue && (good ? must_wait(sh, o) : is_busy(sh) && played_will_collect(sh)))
		queue_line(sh, text, good && o->now);
	else if (!good || !run_read(sh, o, text, &err))
		shell_complain(sh, &err, text);
	else
		sh->skipped += o->kind == ORDER_REPLY;
	give_read(sh, l);
}

/* Reads the line as a command for this device; NULL: it is none. */
static const struct order *shell_read_command(
	struct line_read *l, const struct opened *device, struct slice text, struct error *err)
{
	const struct order *o = read_typed(l, device->shell, device, text, err);
	if (o && o->now) {
		error_at(err, 0, text.len, ".now stands at the beginning of a line");
		return NULL;
	}
	return o && order_sends(o, text, err) ? o : NULL;
}

bool shell_can_ask(struct opened *device, struct slice text, struct error *err)
{
	struct line_read *l = take_read(device->shell);
	const struct runner r = runner_of(device->shell, device);
	const struct order *o = shell_read_command(l, device, text, err);
	bool good = o && runner_check(&r, o, NULL, err);
	give_read(device->shell, l);
	return good;
}

bool shell_ask(struct opened *device, struct slice text, exchange_told *ended, void *asker,
	struct error *err)
{
	struct line_read *l = take_read(device->shell);
	const struct runner r = {.session = device->session, .answered = ended, .asker = asker};
	const struct order *o = shell_read_command(l, device, text, err);
	bool good = o && runner_run(&r, o, err) != RUN_REFUSED;
	give_read(device->shell, l);
	return good;
}

static enum preview preview_verb(const struct order *o, struct bytes *out)
{
	const struct verb *v = o->verb;
	bytes_addf(
		out, ".%s%s%s: %s", v->name, v->args ? " " : "", v->args ? v->args : "", v->help);
	return PREVIEW_VERB;
}

static enum preview preview(struct shell *sh, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	const struct runner r = runner_of(sh, shell_current(sh));
	bool good;
	if (o->kind == ORDER_NOTHING || o->kind == ORDER_REPLY)
		return PREVIEW_NOTHING;
	if (role_takes(sh, o, text, wire, &good, err))
		return good ? PREVIEW_BYTES : PREVIEW_WRONG;
	if (cmd_of(o->verb) && cmd_of(o->verb)->wire && slice_trim(o->rest).len) {
		good = runner_wire(sh, o, wire, err);
		bool as_if = cmd_of(o->verb)->as_if;
		if (good && as_if && !wire->len)
			return preview_verb(o, wire);
		return !good ? PREVIEW_WRONG : as_if ? PREVIEW_AS : PREVIEW_BYTES;
	}
	if (o->kind != ORDER_SEND)
		return preview_verb(o, wire);
	if (!runner_check(&r, o, wire, err))
		return PREVIEW_WRONG;
	if (o->secret || o->later) {
		bytes_clear(wire);
		bytes_add_str(wire, "there is a secret in it: its bytes are not shown");
		return PREVIEW_VERB;
	}
	bool none = frame_answers_none(session_frame(r.session), bytes_slice(&o->payload), NULL);
	return o->tell || none || goes_now(sh, o) ? PREVIEW_TELL : PREVIEW_BYTES;
}

enum preview shell_preview(
	struct shell *sh, struct slice text, struct bytes *wire, struct error *err)
{
	if (played_collects(sh)) {
		bytes_add_str(wire, "a line of the loop, which runs when .end is typed");
		return PREVIEW_VERB;
	}
	struct line_read *l = take_read(sh);
	const struct order *o = read_typed(l, sh, shell_current(sh), text, err);
	enum preview result = o ? preview(sh, o, text, wire, err) : PREVIEW_WRONG;
	give_read(sh, l);
	return result;
}

enum preview shell_preview_together(
	struct shell *sh, struct slice text, struct bytes *wire, struct error *err)
{
	sh->together = true;
	enum preview result = shell_preview(sh, text, wire, err);
	sh->together = false;
	return result;
}

bool shell_goes_now(struct shell *sh, struct slice text)
{
	MEM_UNSET struct error err;
	if (!text.len || !strchr(" .", text.at[0]))
		return false;
	struct line_read *l = take_read(sh);
	const struct order *o = read_typed(l, sh, shell_current(sh), text, &err);
	bool now = o && goes_now(sh, o);
	give_read(sh, l);
	return now;
}

bool shell_stays(struct shell *sh, struct slice text)
{
	struct line_read *l = take_read(sh);
	struct error err;
	const struct order *o = read_typed(l, sh, shell_current(sh), text, &err);
	const struct cmd *cmd = o ? cmd_of(o->verb) : NULL;
	bool stays = cmd && cmd->stays;
	give_read(sh, l);
	return stays;
}

struct slice shell_meant(const struct shell *sh, struct slice text)
{
	return shell_current(sh) ? text : offer_line(sh->offer, text);
}

void shell_line(struct shell *sh, struct slice text)
{
	shell_run_line(sh, text, false);
}

void shell_line_together(struct shell *sh, struct slice text)
{
	sh->together = true;
	shell_run_line(sh, text, false);
	sh->together = false;
}

void shell_set_current(struct shell *sh, const struct opened *device)
{
	sh->current = device ? device->index : SIZE_MAX;
}

/* Runs a line at the device that was the current one when it was typed. */
static void run_line_at(struct shell *sh, struct opened *device, struct slice text, bool from_queue)
{
	struct opened *now = shell_current(sh);
	if (device && device != now)
		shell_set_current(sh, device);
	shell_run_line(sh, text, from_queue);
	if (device && device != now && shell_current(sh) == device)
		shell_set_current(sh, now);
}

void shell_line_at(struct shell *sh, const struct session *session, struct slice text)
{
	size_t i = 0;
	while (i < sh->device_count && sh->devices[i]->session != session)
		i++;
	if (i < sh->device_count)
		run_line_at(sh, sh->devices[i], text, false);
	else
		shell_print(sh, UI_ERROR, "not sent: %s is no longer open", session_name(session));
}

void shell_secret(struct shell *sh, bool given)
{
	char *line = sh->asking;
	if (sh->login_asks) {
		sh->login_asks = false;
		logins_answer(given);
		return;
	}
	if (!line) {
		played_answer(sh, given, SLICE(""));
		return;
	}
	sh->asking = NULL;
	if (given)
		run_line_at(sh, sh->asking_at, slice_str(line), true);
	else
		shell_print(sh, UI_NOTE, "not sent: the secret was not given");
	free(line);
	shell_run_soon(sh);
}

void shell_answer(struct shell *sh, bool given, struct slice text)
{
	if (probing_asks(sh))
		probing_answer(sh, given);
	else if (rollout_asks(sh))
		rollout_answer(sh, given);
	else
		played_answer(sh, given, text);
}

void shell_asks_again(struct shell *sh)
{
	played_asks_again(sh);
	rollout_asks_again(sh);
	logins_ask_again();
	probing_asks_again(sh);
}

static bool may_run(const void *arg, const struct opened *device, bool now)
{
	const struct shell *sh = arg;
	if (sh->quitting || sh->asking || loop_timer_running(&sh->wait_timer))
		return false;
	if (now && device && session_pending(device->session))
		return true;
	if (sh->played)
		return false;
	return sh->ui->interactive
		       ? !device || !(waits_for(sh, device->session) || probing_at(device))
		       : !any_pending(sh) && !sh->rollout && !sh->probing && !sh->next;
}

static void run_queue(struct shell *sh)
{
	struct queued_line *line;
	while ((line = queue_take(&sh->queue, may_run, sh))) {
		sh->by_when = line->by_when;
		run_line_at(sh, line->device, slice_str(line->text), true);
		sh->by_when = false;
		queued_free(line);
	}
}

bool shell_forget(struct shell *sh, const struct opened *device)
{
	size_t dropped = queue_drop(&sh->queue, device);
	if (dropped)
		shell_print(sh, UI_NOTE, "%zu waiting line%s not sent", dropped, plural(dropped));
	return dropped > 0;
}

/* Gives up what one device (NULL: all) is waited for.  Nobody waits for what only a watch asked. */
static bool give_up(struct shell *sh, const struct opened *device)
{
	bool waited = shell_forget(sh, device);
	for (size_t i = 0; i < sh->device_count; i++) {
		struct opened *each = sh->devices[i];
		if ((!device || each == device) && !watch_alone(each))
			waited |= session_cancel(each->session);
	}
	return waited;
}

bool shell_interrupt(struct shell *sh)
{
	bool waited = export_give_up(sh);
	waited |= played_stop(sh);
	waited |= played_drop(sh);
	waited |= rollout_interrupt(sh);
	waited |= next_interrupt(sh);
	waited |= loop_timer_running(&sh->wait_timer);
	loop_timer_stop(&sh->wait_timer);
	const struct opened *first = sh->ui->interactive ? shell_current(sh) : NULL;
	waited |= probing_stop(sh, first);
	waited |= give_up(sh, first);
	waited = waited || probing_stop(sh, NULL) || give_up(sh, NULL);
	shell_run_soon(sh);
	return waited;
}

static void shell_on_wait_over(void *arg)
{
	struct shell *sh = arg;
	run_queue(sh);
	shell_refresh(sh);
}

/* Leaves out a timer that is due at once, which only takes a line from the queue. */
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

const char *shell_hint(const struct shell *sh, bool empty)
{
	return sh->role && sh->role->hint ? sh->role->hint(sh, empty) : NULL;
}

const char *shell_prompt(struct shell *sh)
{
	bytes_clear(&sh->text);
	if (sh->role && sh->role->prompt && sh->role->prompt(sh, &sh->text))
		return bytes_str(&sh->text);
	struct bytes name;
	bytes_init(&name, LIMIT_MESSAGE);
	if (!sh->role && shell_now(sh))
		shell_short_name(shell_now(sh), &name);
	else
		bytes_add_str(&name, sh->role ? sh->role->name : "wilco");
	text_add(&sh->text, bytes_slice(&name), text_charset(sh->ui->utf8));
	bytes_add_str(&sh->text, "> ");
	bytes_free(&name);
	return bytes_str(&sh->text);
}

bool shell_listens(const struct shell *sh)
{
	return sh->role != NULL;
}

void shell_short_name(const struct session *s, struct bytes *out)
{
	struct slice name = slice_str(session_name(s));
	if (slice_is_name(name))
		bytes_add(out, name);
	else
		address_short(session_address(s), out);
}

bool shell_title(const struct shell *sh, struct bytes *out)
{
	if (sh->role)
		sh->role->title(sh, out);
	return sh->role;
}

void shell_offer(struct shell *sh)
{
	if (sh->role && sh->role->offer)
		sh->role->offer(sh);
}

bool shell_status_text(const struct shell *sh, struct bytes *out)
{
	if (sh->role)
		sh->role->status(sh, out);
	return sh->role;
}

size_t shell_queued(const struct shell *sh)
{
	return queue_count(&sh->queue, shell_current(sh));
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

bool shell_uses_mouse(const struct shell *sh)
{
	return sh->context->mouse == MOUSE_WHEEL;
}

enum leave shell_leaves(const struct shell *sh)
{
	return sh->context->leave;
}

const struct view *shell_view(const struct shell *sh)
{
	return sh->context->view;
}

void shell_set_view(struct shell *sh, const struct view *view)
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
	bytes_init(&sh->pasted, LIMIT_MESSAGE);
	bytes_init(&sh->lines, LIMIT_FILE);
	loop_timer_init(&sh->wait_timer, loop, shell_on_wait_over, sh);
	sh->current = SIZE_MAX;
	sh->no_device = shell_begin_history(sh, "");
	pane_view(ui->pane, context->view);
	ui->pane->record->cap = context->transcript;
	if (ui->ops->secret)
		logins_on_ask(ask_for_login, sh);
	return sh;
}

/* Prints what has come of a frame that is not whole; a screen shows it anyway. */
static void tell_rests(struct shell *sh)
{
	for (size_t i = 0; i < sh->device_count && !sh->ui->interactive; i++)
		session_tell_rest(sh->devices[i]->session);
}

void shell_tell_skipped(struct shell *sh)
{
	if (sh->skipped)
		shell_print(sh, UI_NOTE, "skipped %llu line%s of expected replies",
			(unsigned long long)sh->skipped, plural(sh->skipped));
	sh->skipped = 0;
}

static void end_recording(struct shell *sh)
{
	struct error err;
	if (!sh->recorder || shell_end_recording(sh, &err))
		return;
	shell_complain(sh, &err, SLICE(""));
	sh->unlogged = true;
}

void shell_tell_unended(struct shell *sh)
{
	if (!played_drop(sh))
		return;
	shell_print(
		sh, UI_ERROR, "the last .repeat or .every has no .end below it: nothing was run");
	shell_raise_status(sh, STATUS_USAGE);
}

static void free_opened(struct opened **devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		advice_free(devices[i]);
		session_free(devices[i]->session);
		history_close(devices[i]->history);
		free(devices[i]);
	}
	free(devices);
}

bool shell_free(struct shell *sh)
{
	if (!sh)
		return true;
	sh->unlogged = false;
	tell_rests(sh);
	shell_tell_skipped(sh);
	played_free(sh);
	rollout_free(sh);
	probing_free(sh);
	next_stop(sh);
	if (sh->role)
		sh->role->free(sh);
	when_forget_all(sh);
	end_recording(sh);
	queue_drop(&sh->queue, NULL);
	export_give_up(sh);
	watch_stop_of(sh, NULL);
	loop_timer_stop(&sh->wait_timer);
	free_opened(sh->devices, sh->device_count);
	free_opened(sh->away, sh->away_count);
	history_close(sh->no_device);
	offer_free(sh->offer);
	line_read_free(sh->read);
	free(sh->asking);
	bytes_free(&sh->text);
	bytes_free(&sh->pasted);
	bool logged = !sh->unlogged;
	free(sh);
	return logged;
}
