/* cmd_quit.c - .quit */
#include "cmd/cmd.h"

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	(void)err;
	shell_quit(sh);
	return true;
}

const struct cmd cmd_quit = {.verb = VERB_QUIT, .at_once = true, .run = run};
