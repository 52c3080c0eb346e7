/* opened.c - the devices that are open: opening and choosing them, and what their sessions tell. */
#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "pane/pane.h"

/* ---- the session's events ---- */

/* A line that could not be opened counts, though no command asked for it. */
static void judge_opening(struct opened *device, enum session_state state)
{
	struct shell *sh = device->shell;
	bool failed = state == SESSION_RETRYING || state == SESSION_CLOSED;
	if (device->opening && failed && !sh->ui->interactive)
		shell_raise_status(sh, STATUS_CONNECT);
	device->opening = state == SESSION_CONNECTING;
}

static void on_state(void *owner, struct session *s)
{
	struct shell *sh = ((struct opened *)owner)->shell;
	judge_opening(owner, session_state(s));
	shell_refresh(sh);
}

static void on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct shell *sh = ((struct opened *)owner)->shell;
	(void)warning;
	shell_print(sh, UI_NOTE, "%s: %s", session_name(s), text);
}

/* Where there are lines, the filter decides about them as they come; that a command failed is said
 * all the same. */
static void show_exchange(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct ui *ui = sh->ui;
	/* Not where lines were printed already, nor while entries are counted. */
	ui->pane->by_time = ui->window && !shell_exporting(sh);
	pane_add_exchange(ui->pane, s, x);
	if (!ui->window && !pane_shows_new(ui->pane)) {
		shell_show_failure(sh, s, x);
		shell_refresh(sh);
	} else if (ui->ops->exchange)
		ui->ops->exchange(ui, s, x, sh->labelled != NULL);
	else
		shell_show(sh, s, x);
}

static void on_exchange(void *owner, struct session *s, const struct exchange *x)
{
	struct opened *device = owner;
	struct shell *sh = device->shell;
	if (watch_takes(device, x)) {
		shell_run_soon(sh);
		return;
	}
	if (x->command)
		shell_raise_status(sh, exchange_exit(x->status));
	device->unseen = device->unseen || device != sh->current;
	sh->labelled = sh->opened->next ? device : NULL;
	show_exchange(sh, s, x);
	sh->labelled = NULL;
	if (x->status == EXCHANGE_TIMEOUT || x->status == EXCHANGE_LOST) {
		sh->hinted = sh->hinted && exchange_rtt(x) >= 0;
		shell_explain_default_frame(sh);
	}
	if (x->command && x->status == EXCHANGE_TIMEOUT)
		shell_explain_timeout(sh, s, x);
	if (x->command)
		shell_run_soon(sh);
}

static void on_log_failed(void *owner, struct session *s, const struct error *err)
{
	struct shell *sh = ((struct opened *)owner)->shell;
	shell_print(sh, UI_ERROR, "%s: %s; nothing more is logged", session_name(s), err->what);
	shell_raise_status(sh, err->status);
	queue_drop(&sh->queue, NULL);
}

static const struct session_events session_events = {
	.log_failed = on_log_failed,
	.state = on_state,
	.note = on_note,
	.exchange = on_exchange,
};

/* ---- the devices ---- */

struct history *shell_history(struct shell *sh)
{
	return sh->history;
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
	const struct opened *each = ((const struct shell *)shell)->opened;
	while (each && index--)
		each = each->next;
	return each ? session_name(each->session) : NULL;
}

static struct opened *find_name(struct shell *sh, struct slice name)
{
	for (struct opened *each = sh->opened; each; each = each->next)
		if (slice_is(name, session_name(each->session)))
			return each;
	return NULL;
}

struct opened *shell_find(struct shell *sh, struct slice name, struct error *err)
{
	struct opened *found = find_name(sh, name);
	struct error ignored;
	uint64_t number;
	char list[512];
	if (!found && number_parse(name, "", 1, LIMIT_COMMANDS, &number, &ignored))
		for (struct opened *each = sh->opened; each; each = each->next)
			if (each->number == number)
				found = each;
	if (!found && !sh->opened)
		error_set(err, STATUS_USAGE, "no device is open: .open HOST opens one");
	else if (!found)
		error_set(err, STATUS_USAGE, "no open device '%s'; open are %s", quote(name).text,
			table_list(SLICE(""), opened_name_at, sh, list, sizeof list));
	return found;
}

static struct opened *add_opened(struct shell *sh)
{
	struct opened *device = mem_new(sizeof *device), **link = &sh->opened;
	device->shell = sh;
	device->number = 1;
	for (; *link; link = &(*link)->next)
		device->number = (*link)->number + 1;
	*link = device;
	return device;
}

static void open_target(struct shell *sh, const char *name, const struct target *target)
{
	struct opened *device = add_opened(sh);
	struct session_config config = {.loop = sh->loop,
		.name = name,
		.address = &target->address,
		.settings = &target->address.settings,
		.frame = target->frame,
		.fields = &target->fields,
		.keep_open = sh->ui->interactive,
		.keep = true,
		.verbose = sh->context->options.verbose,
		.events = &session_events,
		.owner = device};
	device->session = session_new(&config);
	device->history = shell_begin_history(sh, name);
	pane_labels(sh->ui->pane, sh->opened->next != NULL);
	shell_use(sh, device);
	/* A console keeps its lines open anyway; for a pipe this is where listening begins. */
	if (!sh->ui->interactive)
		session_open(device->session);
}

bool shell_open(struct shell *sh, const char *name, struct slice device, enum named_by by,
	struct error *err)
{
	struct target target;
	struct slice wrong;
	struct opened *again = find_name(sh, slice_str(name));
	if (again) {
		shell_use(sh, again);
		session_open(again->session);
		return true;
	}
	if (!context_target(sh->context, device, by, &target, &wrong, err)) {
		err->placed = err->placed && wrong.at == device.at;
		return false;
	}
	open_target(sh, name, &target);
	const struct options *o = &sh->context->options;
	bool good = !o->log || session_log(sh->session, o->log, o->capture, err);
	shell_explain_first(sh);
	if (target.default_frame)
		shell_explain_default_frame(sh);
	target_free(&target);
	return good;
}

bool shell_device(const struct shell *sh, size_t index, struct shell_device *out)
{
	const struct opened *each = sh->opened;
	while (each && index--)
		each = each->next;
	if (each)
		*out = (struct shell_device){
			each->number, each->session, each == sh->current, each->unseen};
	return each != NULL;
}

bool shell_use_next(struct shell *sh)
{
	if (!sh->current || !sh->opened->next)
		return false;
	shell_use(sh, sh->current->next ? sh->current->next : sh->opened);
	return true;
}
