/* shell.c - the life of the shell, what it prints, and what the screen asks; see shell.h. */
#include "cmd/shell.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/line_read.h"
#include "cmd/next.h"
#include "cmd/offer.h"
#include "cmd/piped.h"
#include "cmd/played.h"
#include "cmd/probing.h"
#include "cmd/rollout.h"
#include "cmd/watch.h"
#include "cmd/when.h"
#include "pane/pane.h"
#include "play/login.h"
#include <stdlib.h>

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

/* Says how far a file is that goes to the current device. */
static bool sending_progress(const struct shell *sh, struct bytes *out)
{
	char size[SIZE_TEXT_MAX];
	const struct exchange *x = shell_now(sh) ? session_current(shell_now(sh)) : NULL;
	const struct exchange_file *f = x ? x->file : NULL;
	if (!f)
		return false;
	bytes_addf(out, "sending %s: ", paste(slice_str(f->name)).text);
	if (f->sized)
		bytes_addf(out, "%u %%", exchange_file_percent(f));
	else
		bytes_addf(out, "%s", size_text(f->arrived, size));
	return bytes_add_str(out, "; Ctrl-C stops");
}

bool shell_progress(const struct shell *sh, struct bytes *out)
{
	return sending_progress(sh, out) || export_progress(sh, out) || rollout_progress(sh, out) ||
	       probing_progress(sh, out) || next_progress(sh, out) || piped_progress(sh, out);
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

void shell_set_current(struct shell *sh, const struct opened *device)
{
	sh->current = device ? device->index : SIZE_MAX;
}

void shell_quit(struct shell *sh)
{
	sh->quitting = true;
	sh->ui->ops->quit(sh->ui, (int)sh->worst);
}

void shell_leave(struct shell *sh)
{
	if (sh->ui->interactive && piped_any(sh))
		shell_print(sh, UI_ERROR,
			"a program still has a device's line (.upload, .download or .pipe): Ctrl-C "
			"stops it, and tells the device; .quit leaves then");
	else
		shell_quit(sh);
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
	text_add(&sh->text, bytes_slice(&name), ui_spelling(sh->ui));
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

const char *shell_log_path(const struct shell *sh, const struct session *s, size_t index)
{
	return sh->role && sh->role->log ? sh->role->log_path(sh, index)
					 : session_log_path(s, index);
}

bool shell_summary(const struct shell *sh, size_t commands, struct bytes *out)
{
	if (sh->role && sh->role->summary)
		return sh->role->summary(sh, out);
	bytes_addf(out, "%zu command%s", commands, plural(commands));
	return commands > 0;
}

void shell_offer(struct shell *sh)
{
	if (sh->role && sh->role->offer)
		sh->role->offer(sh);
}

bool shell_finishes(struct shell *sh)
{
	return sh->role && sh->role->finish && sh->role->finish(sh);
}

bool shell_aside(struct shell *sh)
{
	return sh->role && sh->role->aside && sh->role->aside(sh);
}

bool shell_status_text(const struct shell *sh, struct bytes *out)
{
	if (sh->role)
		sh->role->status(sh, out);
	return sh->role;
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
		logins_on_ask(shell_ask_for_login, sh);
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
	for (size_t i = 0; i < count; i++)
		opened_free(devices[i]);
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
