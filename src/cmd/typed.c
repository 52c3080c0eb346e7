/* typed.c - what a typed line means: it is read, shown before it is sent, and run; see shell.h. */
#include "cmd/shell.h"

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/line_read.h"
#include "cmd/offer.h"
#include "cmd/played.h"
#include "cmd/probing.h"
#include "cmd/rollout.h"
#include "cmd/runner.h"
#include "cmd/when.h"
#include "play/login.h"
#include <stdlib.h>

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
	return o->kind <= ORDER_MACRO && o->kind != ORDER_NOTHING && !at_once && shell_is_busy(sh);
}

/* Keeps a line of a loop, which is read when the loop runs. */
static void keep_line(struct shell *sh, struct slice text, bool from_queue)
{
	struct error err;
	if (!from_queue && shell_is_busy(sh))
		shell_queue_line(sh, text, false);
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
bool shell_ask_for_login(void *shell)
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
	*good = (o->kind == ORDER_SEND && !o->file) || o->kind == ORDER_NOTHING
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
	if (!from_queue && (good ? must_wait(sh, o) : shell_is_busy(sh) && played_will_collect(sh)))
		shell_queue_line(sh, text, good && o->now);
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
	if (o->file)
		return preview_verb(o, wire);
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

/* Runs a line at the device that was the current one when it was typed. */
void shell_run_line_at(struct shell *sh, struct opened *device, struct slice text, bool from_queue)
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
		shell_run_line_at(sh, sh->devices[i], text, false);
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
		shell_run_line_at(sh, sh->asking_at, slice_str(line), true);
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
