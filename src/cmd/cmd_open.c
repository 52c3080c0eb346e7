/* cmd_open.c - .open: another device, or the last one again. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include <stdlib.h>

static bool open_named(struct shell *sh, struct slice device, struct error *err)
{
	char *name = mem_strn(device.at, device.len);
	bool good = shell_open(sh, name, device, NAMED_BY_LINE, err);
	free(name);
	return good;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count)
		return open_named(sh, call->args[0], err);
	struct session *s = sh->session;
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

static const char *complete(const struct shell *sh, size_t index)
{
	return device_name_at(&sh->context->devices, index);
}

const struct cmd cmd_open = {
	.verb = VERB_OPEN, .most = 1, .at_once = true, .run = run, .complete = complete};
