/* cmd_bind.c - .bind and .do: keys, and what they do; both belong to the console. */
#include "cmd/cmd.h"

static bool run_bind(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return shell_screen(sh, VERB_BIND, call, err);
}

static bool run_do(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return shell_screen(sh, VERB_DO, call, err);
}

/* What a key may do. */
static const char *complete_action(const struct shell *sh, size_t index)
{
	return sh->ui->ops->action ? sh->ui->ops->action(NULL, index) : NULL;
}

const struct cmd cmd_bind = {.verb = VERB_BIND,
	.takes_rest = true,
	.at_once = true,
	.run = run_bind,
	.complete = complete_action};
const struct cmd cmd_do = {.verb = VERB_DO,
	.takes_rest = true,
	.at_once = true,
	.run = run_do,
	.complete = complete_action};
