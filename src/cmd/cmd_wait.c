/* cmd_wait.c - .wait: the lines behind it run when the time is over. */
#include "base/number.h"
#include "cmd/cmd.h"

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	int64_t ns;
	if (!duration_parse(call->rest, ".wait", &ns, err))
		return false;
	shell_wait(sh, ns);
	return true;
}

const struct cmd cmd_wait = {.verb = VERB_WAIT, .takes_rest = true, .run = run};
