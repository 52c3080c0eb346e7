/* turns.c - whose turn it is; see shell.h.
 *
 * A device does one thing at a time.  Lines typed while it is busy are queued and run in order,
 * each at the device at which it was typed, except those that a person needs at once (.close,
 * .help).  `.wait` holds the lines of all devices.
 */
#include "cmd/shell.h"

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/next.h"
#include "cmd/piped.h"
#include "cmd/played.h"
#include "cmd/probing.h"
#include "cmd/rollout.h"
#include "cmd/watch.h"

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

static bool waits_for_device(const struct shell *sh, const struct opened *device)
{
	return waits_for(sh, device->session) || probing_at(device) || piped_at(device);
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
	return sh->played || sh->rollout || next || sh->probing || sh->asking || piped_any(sh) ||
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
	return sh->played || sh->probing || piped_any(sh) || (behind && !sh->ui->interactive) ||
	       loop_timer_running(&sh->wait_timer) || sh->queue.count || any_asked(sh) ||
	       shell_exporting(sh);
}

/* Says whether a new line has to wait.  A person works with several devices at once, and waits only
 * for the current one.  Lines of a file run one after the other, whatever device they are for. */
bool shell_is_busy(const struct shell *sh)
{
	if (!sh->ui->interactive)
		return waits(sh);
	return sh->played || sh->asking || loop_timer_running(&sh->wait_timer) ||
	       (shell_current(sh) && (waits_for_device(sh, shell_current(sh)) ||
					     queue_count(&sh->queue, shell_current(sh))));
}

void shell_queue_line(struct shell *sh, struct slice text, bool now)
{
	if (queue_add(&sh->queue, shell_current(sh), text, now)) {
		if (shell_current(sh))
			watches_give_way(shell_current(sh));
		return;
	}
	shell_print(sh, UI_ERROR, "not sent: %d lines are waiting already", LIMIT_COMMANDS);
	shell_raise_status(sh, STATUS_USAGE);
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
	return sh->ui->interactive ? !device || !waits_for_device(sh, device)
				   : !any_pending(sh) && !sh->rollout && !sh->probing &&
					     !sh->next && !piped_any(sh);
}

static void run_queue(struct shell *sh)
{
	struct queued_line *line;
	while ((line = queue_take(&sh->queue, may_run, sh))) {
		sh->by_when = line->by_when;
		shell_run_line_at(sh, line->device, slice_str(line->text), true);
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
	waited |= piped_interrupt(sh, first);
	waited |= give_up(sh, first);
	waited = waited || probing_stop(sh, NULL) || piped_interrupt(sh, NULL) || give_up(sh, NULL);
	shell_run_soon(sh);
	return waited;
}

void shell_on_wait_over(void *arg)
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

size_t shell_queued(const struct shell *sh)
{
	return queue_count(&sh->queue, shell_current(sh));
}

size_t shell_unsent(const struct shell *sh)
{
	return sh->queue.count;
}
