/* cmd_log.c - .log: everything of this device from now on, in a file. */
#include "base/paths.h"
#include "cmd/cmd.h"
#include <stdlib.h>

static bool show(struct shell *sh, const struct session *s)
{
	const char *path = session_log_path(s);
	if (path)
		shell_print(sh, UI_OUTPUT, "%s", path);
	else
		shell_print(sh, UI_OUTPUT, "off");
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	if (!call->rest.len)
		return show(sh, s);
	if (slice_is(call->rest, "off"))
		return session_log(s, NULL, false, err);
	char *name = path_named(call->rest);
	bool good = session_log(s, name, false, err);
	free(name);
	if (good)
		shell_print(sh, UI_NOTE, "%s: logging to %s", session_name(s), session_log_path(s));
	return good;
}

const struct cmd cmd_log = {.verb = VERB_LOG, .files = true, .takes_rest = true, .run = run};
