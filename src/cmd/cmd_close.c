/* cmd_close.c - .close: the line is closed and stays closed. */
#include "cmd/cmd.h"

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	shell_forget(sh, sh->current);
	sh->current->opening = false; /* that it does not open now is no failure */
	session_close(s);
	shell_print(sh, UI_NOTE, "%s: closed; .open opens it again", session_name(s));
	return true;
}

const struct cmd cmd_close = {.verb = VERB_CLOSE, .at_once = true, .run = run};
