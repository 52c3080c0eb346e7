/* cmd_log.c - .log: writes everything of this device from now on to a file. */
#include "base/paths.h"
#include "cmd/cmd.h"
#include <stdlib.h>

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_log = {
	.verb = {.name = "log",
		.places = PLACE_PROMPT | PLACE_DEVICE | PLACE_PLAY,
		.args = "[FILE | off]",
		.help = "write everything from now on to a file: text, or a capture if it ends in "
			".pcap; \\{device} and \\{date} are filled in",
		.examples = ".log pump1.log\n.log \\{device}-\\{date}.pcap\n.log off"},
	.takes_rest = true,
	.most = 1,
	.run = run,
	.complete = complete,
};

static bool begin(struct shell *sh, struct session *s, const char *name, struct error *err)
{
	return sh->role && sh->role->log ? sh->role->log(sh, name, err)
					 : session_log(s, name, NULL, err);
}

static bool cmd_log_show(struct shell *sh, const struct session *s)
{
	const char *path;
	for (size_t i = 0; (path = shell_log_path(sh, s, i)) != NULL; i++)
		shell_print(sh, UI_OUTPUT, "%s", shell_paste(sh, path));
	if (!shell_log_path(sh, s, 0))
		shell_print(sh, UI_OUTPUT, "off");
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	if (!call->rest.len)
		return cmd_log_show(sh, s);
	if (slice_is(call->rest, "off"))
		return begin(sh, s, NULL, err);
	char *name = path_named(call->rest);
	bool good = begin(sh, s, name, err);
	free(name);
	if (good)
		shell_print(sh, UI_NOTE, "%s: logging to %s", session_name(s),
			shell_paste(sh, shell_log_path(sh, s, 0)));
	return good;
}

static void complete(const struct completion *c)
{
	complete_add(c, "off");
	complete_files(c);
}
