/* cmd_close.c - .close: closes the line, which then stays closed, or takes a device away. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/offer.h"
#include "cmd/probing.h"

static cmd_run run;

const struct cmd cmd_close = {
	.verb = {.name = "close",
		.places = PLACE_PROMPT,
		.args = "[NAME]",
		.help = "close the line to the device, giving up a command in flight; with a name "
			"or number that device is no longer open here",
		.examples = ".close\n.close pump1"},
	.most = 1,
	.at_once = true,
	.talks = true,
	.run = run,
	.complete = complete_opened,
};

static void tell_closed(struct shell *sh, const char *name)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	offer_spell(name, &line);
	shell_print(sh, UI_NOTE, "%s: closed; %s opens it again", name, bytes_str(&line));
	bytes_free(&line);
}

static bool take_away(struct shell *sh, struct slice name, struct error *err)
{
	struct opened *device = shell_find(sh, name, err);
	if (!device)
		return false;
	if (sh->away_count == AWAY_MAX)
		return error_set(err, STATUS_USAGE,
			"%d devices were taken away already whose entries the transcript has; "
			".use NAME and .close alone close the line",
			AWAY_MAX);
	if (sh->played)
		return error_set(err, STATUS_USAGE,
			"a macro runs, which may need %s; Ctrl-C ends it first",
			quote(slice_str(session_name(device->session))).text);
	tell_closed(sh, session_name(device->session));
	shell_take_away(sh, device);
	if (!sh->device_count)
		shell_print(sh, UI_NOTE, "no device is open: .open HOST opens one");
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count)
		return take_away(sh, call->args[0], err);
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	shell_forget(sh, shell_current(sh));
	probing_stop(sh, shell_current(sh)); /* it would open the line again */
	shell_current(sh)->opening = false;  /* closing is no failure to open */
	session_close(s);
	shell_print(sh, UI_NOTE, "%s: closed; .open opens it again", session_name(s));
	return true;
}
