/* cmd_close.c - .close: closes the line, which then stays closed. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_close = {
	.verb = {.name = "close",
		.places = PLACE_PROMPT,
		.help = "close the line to the device; a command in flight is given up",
		.examples = ".close"},
	.at_once = true,
	.talks = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	shell_forget(sh, shell_current(sh));
	shell_current(sh)->opening = false; /* closing is no failure to open */
	session_close(s);
	shell_print(sh, UI_NOTE, "%s: closed; .open opens it again", session_name(s));
	return true;
}
