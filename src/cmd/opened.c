/* opened.c - opens and chooses devices, and hears what their sessions tell. */
#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/piped.h"
#include "cmd/played.h"
#include "cmd/probing.h"
#include "cmd/recorder.h"
#include "cmd/watch.h"
#include "cmd/when.h"
#include "pane/pane.h"
#include "play/login.h"
#include <stdlib.h>

/* ---- the session's events ---- */

/* A line that could not be opened changes the exit status, though no command asked for it. */
static void judge_opening(struct opened *device, enum session_state state)
{
	struct shell *sh = device->shell;
	bool failed = state == SESSION_RETRYING || state == SESSION_CLOSED;
	if (device->opening && failed && !sh->ui->interactive)
		shell_raise_status(sh, STATUS_CONNECT);
	device->opening = state == SESSION_CONNECTING;
}

static void opened_on_state(void *owner, struct session *s)
{
	struct shell *sh = ((struct opened *)owner)->shell;
	judge_opening(owner, session_state(s));
	played_state(((struct opened *)owner)->shell);
	piped_state(owner);
	shell_refresh(sh);
}

static void opened_on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct opened *device = owner;
	struct shell *sh = device->shell;
	(void)warning;
	if (watch_gave_up(device))
		return; /* a watch's notes are shown once; the log has all of them */
	shell_print(sh, UI_NOTE, "%s: %s", session_name(s), text);
}

/* Shows an exchange.  Where lines are printed, the filter decides about each as it comes, but a
 * failed command is always reported. */
static void show_exchange(struct opened *device, const struct session *s, struct exchange *x)
{
	struct shell *sh = device->shell;
	struct ui *ui = sh->ui;
	/* Printed lines cannot be reordered, and entries that are being counted must not be. */
	ui->pane->by_time = ui->window && !shell_exporting(sh);
	pane_add_exchange(ui->pane, device->recorded, x);
	if (!ui->window && !pane_shows_new(ui->pane)) {
		shell_show_failure(sh, s, x);
		shell_refresh(sh);
	} else if (ui->ops->exchange)
		ui->ops->exchange(ui, s, x, sh->device_count > 1);
}

/* ---- the recording ---- */

bool shell_recording(const struct shell *sh)
{
	return sh->recorder != NULL;
}

bool shell_end_recording(struct shell *sh, struct error *err)
{
	struct recorder *r = sh->recorder;
	uint64_t count = recorder_count(r);
	char *path = mem_str(recorder_path(r));
	sh->recorder = NULL;
	bool good = recorder_close(r, err);
	if (good)
		shell_print(sh, UI_NOTE, "recorded %llu command%s to %s", (unsigned long long)count,
			plural(count), shell_paste(sh, path));
	free(path);
	shell_refresh(sh);
	return good;
}

/* Ends a recording that cannot be written; all else goes on. */
static void recording_failed(struct shell *sh, struct error *err)
{
	struct error ignored;
	recorder_close(sh->recorder, &ignored);
	sh->recorder = NULL;
	error_hint(err, "the recording has ended");
	shell_complain(sh, err, SLICE(""));
	shell_refresh(sh);
}

void shell_record_note(struct shell *sh, struct slice safe)
{
	struct error err;
	if (sh->recorder && !recorder_note(sh->recorder, safe, &err))
		recording_failed(sh, &err);
}

void shell_record(struct shell *sh, struct session *s, const struct exchange *x)
{
	struct error err;
	if (sh->recorder && !recorder_exchange(sh->recorder, s, x, &err))
		recording_failed(sh, &err);
}

/* Shows an exchange, which the record owns from then on. */
static void opened_show(struct opened *device, struct session *s, struct exchange *x)
{
	struct shell *sh = device->shell;
	device->unseen = device->unseen || device != shell_current(sh);
	shell_record(sh, s, x);
	show_exchange(device, s, x);
}

static bool opened_on_unasked(void *owner, struct session *s, struct exchange *x)
{
	struct opened *device = owner;
	bool shown = !watch_takes_late(device, x);
	for (const struct reply *r = x->replies; r && device->shell->whens; r = r->next)
		when_frame_came(device, r);
	advice_unasked(device, x);
	enum zmodem_start file = advice_look(device, x);
	probing_unasked(device, x);
	overview_frame(device, x, x->last);
	if (shown && played_unasked(device->shell, s, x))
		return true;
	if (shown)
		opened_show(device, s, x);
	if (file)
		advice_file(device, file);
	if (x->lost)
		shell_raise_status(device->shell, STATUS_DAMAGED);
	return shown;
}

static void opened_on_frame(void *owner, struct session *s, const struct exchange *x)
{
	struct opened *device = owner;
	advice_heard(device);
	overview_frame(device, x, x->last);
	if (device->shell->whens && x->ended != when_answered)
		when_frame_came(device, x->last);
	played_frame(device->shell, s, x);
}

bool shell_show_exchange(struct shell *sh, struct session *s, struct exchange *x)
{
	for (size_t i = 0; i < sh->device_count; i++)
		if (sh->devices[i]->session == s) {
			opened_show(sh->devices[i], s, x);
			return true;
		}
	return false;
}

bool shell_answered(void *asker, struct session *s, struct exchange *x)
{
	struct opened *device = asker;
	struct shell *sh = device->shell;
	device->gave_up = NULL;
	overview_ended(device, x);
	shell_raise_status(sh, exchange_exit(x->status));
	opened_show(device, s, x);
	if (x->status == EXCHANGE_TIMEOUT || x->status == EXCHANGE_LOST)
		shell_explain_default_frame(device);
	advice_ended(device, x);
	shell_explain_bare(sh, x);
	shell_run_soon(sh);
	return true;
}

/* Ends a script, which would not notice that a log lacks something; a person was told. */
static void stop_unlogged(struct shell *sh, enum status status)
{
	sh->unlogged = true;
	shell_raise_status(sh, status);
	if (!sh->ui->interactive)
		shell_quit(sh);
}

static void opened_on_log_failed(void *owner, struct session *s, const struct error *err)
{
	struct shell *sh = ((struct opened *)owner)->shell;
	shell_print(sh, UI_ERROR, "%s: %s; nothing more is %s", session_name(s), err->what,
		sh->ui->interactive ? "logged" : "sent");
	stop_unlogged(sh, err->status);
	queue_drop(&sh->queue, NULL);
}

bool shell_reopen_logs(struct shell *sh)
{
	bool any = sh->role && sh->role->reopen_log && sh->role->reopen_log(sh);
	for (size_t i = 0; i < sh->device_count; i++)
		any |= session_reopen_log(sh->devices[i]->session);
	return any;
}

static const struct session_events session_events = {
	.log_failed = opened_on_log_failed,
	.state = opened_on_state,
	.note = opened_on_note,
	.frame = opened_on_frame,
	.unasked = opened_on_unasked,
};

/* ---- the devices ---- */

struct history *shell_history(const struct shell *sh)
{
	struct opened *device = shell_current(sh);
	return device ? device->history : sh->no_device;
}

void shell_use(struct shell *sh, struct opened *device)
{
	struct pane *pane = sh->ui->pane;
	shell_set_current(sh, device);
	device->unseen = false;
	if (pane->filter == FILTER_SESSION && pane->current != device->session)
		pane_filter(pane, FILTER_SESSION, device->session);
	shell_refresh(sh);
}

static const char *opened_name_at(const void *shell, size_t index)
{
	const struct shell *sh = shell;
	return index < sh->device_count ? session_name(sh->devices[index]->session) : NULL;
}

static struct opened *opened_find_name(struct shell *sh, struct slice name)
{
	int found = table_exact(name, opened_name_at, sh);
	return found < 0 ? NULL : sh->devices[found];
}

/* Finds the only one whose name begins so; *several gets the names of all that do. */
static struct opened *opened_find_start(struct shell *sh, struct slice start, struct bytes *several)
{
	struct opened *found = NULL;
	size_t count = 0;
	for (size_t i = 0; start.len && i < sh->device_count; i++) {
		const char *name = session_name(sh->devices[i]->session);
		if (!slice_starts(slice_str(name), start))
			continue;
		bytes_addf(several, "%s%s", count++ ? ", " : "", quote(slice_str(name)).text);
		found = sh->devices[i];
	}
	return count == 1 ? found : NULL;
}

struct opened *shell_find(struct shell *sh, struct slice name, struct error *err)
{
	struct opened *found = opened_find_name(sh, name);
	struct error ignored;
	struct bytes several;
	uint64_t number;
	char list[512];
	if (!found && number_parse(name, "", 1, sh->device_count, &number, &ignored))
		found = sh->devices[number - 1];
	bytes_init(&several, LIMIT_MESSAGE);
	if (!found)
		found = opened_find_start(sh, name, &several);
	if (!found && !sh->device_count)
		error_set(err, STATUS_USAGE, "no device is open: .open HOST opens one");
	else if (!found && several.len)
		error_set(err, STATUS_USAGE, "several open devices begin with '%s': %s",
			quote(name).text, bytes_str(&several));
	else if (!found)
		error_set(err, STATUS_USAGE, "no open device '%s'; open are %s", quote(name).text,
			table_list(SLICE(""), opened_name_at, sh, list, sizeof list));
	if (!found && devices_find(&sh->context->devices, name))
		error_hint(err, "it is in the device book: .open %s", quote(name).text);
	bytes_free(&several);
	return found;
}

static struct opened *add_opened(struct shell *sh)
{
	struct opened *device = mem_new(sizeof *device);
	sh->devices =
		mem_more(sh->devices, sh->device_count, &sh->device_room, sizeof(struct opened *));
	device->shell = sh;
	device->index = sh->device_count;
	sh->devices[sh->device_count++] = device;
	advice_init(device);
	return device;
}

/* Says whether there are entries of a device that was taken away, and has another name than the
 * only one that is open. */
static bool another_spoke(const struct shell *sh)
{
	for (size_t i = 0; sh->device_count && i < sh->away_count; i++)
		if (sh->away[i]->recorded->held && strcmp(session_name(sh->away[i]->session),
							   session_name(sh->devices[0]->session)))
			return true;
	return false;
}

/* Has entries say whose they are, where they are of several devices. */
static void label(struct shell *sh)
{
	pane_labels(sh->ui->pane, sh->device_count > 1 || another_spoke(sh));
}

void shell_take_away(struct shell *sh, struct opened *device)
{
	struct error none;
	size_t at = device->index;
	bool current = at == sh->current;
	watch_stop_of(sh, device);
	shell_forget(sh, device);
	piped_stop(device);
	probing_stop(sh, device);
	device->opening = false;
	session_close(device->session);
	session_log(device->session, NULL, NULL, &none);
	sh->device_count--;
	for (size_t i = at; i < sh->device_count; i++) {
		sh->devices[i] = sh->devices[i + 1];
		sh->devices[i]->index = i;
	}
	device->index = SIZE_MAX;
	sh->away = mem_more(sh->away, sh->away_count, &sh->away_room, sizeof(struct opened *));
	sh->away[sh->away_count++] = device;
	label(sh);
	if (!current)
		sh->current -= sh->current > at && sh->current != SIZE_MAX;
	else if (sh->device_count)
		shell_use(sh, sh->devices[at < sh->device_count ? at : at - 1]);
	else
		shell_set_current(sh, NULL);
	shell_refresh(sh);
}

void opened_free(struct opened *device)
{
	piped_stop(device);
	advice_free(device);
	session_free(device->session);
	history_close(device->history);
	free(device);
}

bool shell_rest(struct shell *sh)
{
	struct pane *p = sh->ui->pane;
	size_t kept = 0, count = sh->away_count;
	/* These may be about one of them. */
	if (!count || sh->export || sh->played || sh->asking)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct opened *device = sh->away[i];
		if (device->recorded->held) {
			sh->away[kept++] = device;
			continue;
		}
		p->current = p->current == device->session ? NULL : p->current;
		record_device_forget(p->record, device->recorded);
		opened_free(device);
	}
	sh->away_count = kept;
	return kept < count;
}

void shell_show(struct opened *device, struct exchange *x)
{
	show_exchange(device, device->session, x);
}

static struct opened *open_target(
	struct shell *sh, const char *name, const struct target *target, bool keep_open)
{
	struct opened *device = add_opened(sh);
	struct session_config config = {.loop = sh->loop,
		.name = name,
		.address = &target->address,
		.settings = &target->address.settings,
		.frame = target->frame,
		.fields = target->fields.at,
		.keep_open = keep_open,
		.verbose = sh->context->options.verbose,
		.events = &session_events,
		.owner = device};
	device->session = session_new(&config);
	device->recorded = record_device(sh->ui->pane->record, device->session);
	device->history = shell_begin_history(sh, name);
	label(sh);
	shell_use(sh, device);
	return device;
}

struct opened *shell_listen(struct shell *sh, const char *name, const struct target *target)
{
	return open_target(sh, name, target, false);
}

/* Begins the log of a device: that of --log, else that of the configuration. */
static bool begin_log(struct shell *sh, struct error *err)
{
	const struct options *o = &sh->context->options;
	if (options_log(o))
		return session_log(shell_now(sh), o->log, o->capture, err);
	if (!sh->context->log)
		return true;
	char *path = path_named(slice_str(sh->context->log));
	bool good = session_log(shell_now(sh), path, NULL, err);
	free(path);
	return good;
}

/* A console begins with plain lines where people are used to type: at a serial port, at a command
 * that has a terminal, and by telnet, whose lines end CR LF.  False: there is a frame, or the line
 * is another one. */
static bool begin_with_lines(const struct shell *sh, struct target *t)
{
	struct error ignored;
	const struct address *a = &t->address;
	bool telnet = address_breaks(a) && !address_byte_time(a);
	bool typed = address_breaks(a) || address_has_terminal(a);
	if (!sh->ui->interactive || !t->default_frame || !typed)
		return false;
	const char *name = telnet ? "tty-crlf" : "tty";
	struct frame *frame = frame_find(sh->context->book, slice_str(name), &ignored);
	if (frame && session_frame_fits(a, frame, &ignored)) {
		frame_unref(t->frame);
		t->frame = frame;
		return true;
	}
	frame_unref(frame);
	return false;
}

bool shell_is_demo(const char *name)
{
	return strcmp(name, SHELL_DEMO) == 0 || strcmp(name, SHELL_DEMO_SECOND) == 0;
}

bool shell_open(struct shell *sh, const char *name, struct slice device, enum named_by by,
	struct error *err)
{
	struct target target;
	struct slice wrong;
	struct opened *again = opened_find_name(sh, slice_str(name));
	if (again) {
		shell_use(sh, again);
		session_open(again->session);
		return true;
	}
	if (sh->demo && strcmp(name, SHELL_DEMO) == 0)
		device = slice_str(sh->demo_at);
	if (!context_target(sh->context, device, by, &target, &wrong, err)) {
		err->placed = err->placed && wrong.at == device.at;
		return false;
	}
	if (!login_check(sh->loop, &target, err)) {
		target_free(&target);
		return false;
	}
	bool lines = begin_with_lines(sh, &target);
	open_target(sh, name, &target, sh->ui->interactive);
	if (shell_is_demo(name))
		shell_current(sh)->answers = sh->demo;
	/* A console keeps its lines open anyway; for a pipe listening begins here. */
	if (!sh->ui->interactive)
		session_open(shell_now(sh));
	bool good = begin_log(sh, err);
	if (!good)
		stop_unlogged(sh, err->status);
	shell_explain_first(sh);
	if (lines)
		shell_explain_lines(sh);
	else if (target.default_frame)
		shell_explain_default_frame(shell_current(sh));
	target_free(&target);
	return good;
}

bool shell_open_demo(
	struct shell *sh, const struct sim_script *script, const char *address, struct error *err)
{
	sh->welcomed = true;
	sh->demo = script;
	sh->demo_at = address;
	if (!shell_open(sh, SHELL_DEMO, SLICE(SHELL_DEMO), NAMED_BY_ARGUMENT, err))
		return false;
	shell_print(
		sh, UI_NOTE, "try HELP, STATUS, SPEED? or Tab; .help lists more, Ctrl-D leaves");
	return true;
}

bool shell_device(const struct shell *sh, size_t index, struct shell_device *out)
{
	if (index >= sh->device_count)
		return false;
	const struct opened *device = sh->devices[index];
	*out = (struct shell_device){.number = index + 1,
		.session = device->session,
		.current = index == sh->current,
		.unseen = device->unseen};
	return true;
}

size_t shell_current_index(const struct shell *sh)
{
	return sh->current;
}

bool shell_use_next(struct shell *sh)
{
	if (sh->device_count < 2)
		return false;
	shell_use(sh, sh->devices[(sh->current + 1) % sh->device_count]);
	return true;
}
