/* cmd_open.c - .open: opens another device, or the line of the current one again. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/next.h"
#include <stdlib.h>

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_open = {
	.verb = {.name = "open",
		.places = PLACE_PROMPT | PLACE_DEVICE | PLACE_PLAY,
		.args = "[DEVICE | next]",
		.help = "open one more device, or open the line of the current one again; next: "
			"the serial port that is plugged in next",
		.examples = ".open 10.0.0.5\n"
			    ".open tcp://10.0.0.5:4001?timeout=2s\n"
			    ".open listen://:9100\n"
			    ".open next?baud=115200"},
	.most = 1,
	.at_once = true,
	.chooses = true,
	.talks = true,
	.run = run,
	.complete = complete,
};

static bool open_named(struct shell *sh, struct slice device, struct error *err)
{
	char *name = mem_strn(device.at, device.len);
	bool good = shell_open(sh, name, device, NAMED_BY_LINE, err);
	free(name);
	return good;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count && next_is(call->args[0]))
		return next_start(sh, call->args[0], err);
	if (call->count)
		return open_named(sh, call->args[0], err);
	struct session *s = shell_now(sh);
	if (!s && sh->context->device)
		return open_named(sh, slice_str(sh->context->device), err);
	if (!s)
		return error_set(
			err, STATUS_USAGE, ".open needs a device, such as .open 10.0.0.5:9100");
	if (session_state(s) == SESSION_OPEN)
		shell_print(sh, UI_NOTE, "%s: the line is open already", session_name(s));
	session_open(s);
	return true;
}

static void complete(const struct completion *c)
{
	complete_names(c, device_name_at, &c->shell->context->devices);
	complete_add(c, "next");
	complete_ports(c);
}
