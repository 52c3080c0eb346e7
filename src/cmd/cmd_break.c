/* cmd_break.c - .break: the line in the break state, for devices that wake up by it. */
#include "base/number.h"
#include "cmd/cmd.h"

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	int64_t ns = 250ll * NS_PER_MS;
	struct session *s = shell_session(sh, err);
	if (!s || (call->count && !duration_parse(call->args[0], ".break", &ns, err)))
		return false;
	return session_break(s, ns, err);
}

const struct cmd cmd_break = {.verb = VERB_BREAK, .most = 1, .run = run};
