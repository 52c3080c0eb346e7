/* cmd_break.c - .break: holds the line in the break state, which wakes some devices up. */
#include "base/number.h"
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_break = {
	.verb = {.name = "break",
		.places = PLACE_PROMPT | PLACE_PLAY,
		.args = "[DURATION]",
		.help = "hold a serial, telnet or rfc2217 line in the break state (250ms)",
		.examples = ".break\n.break 1s\n.now .break",
		.out_of_turn = true},
	.most = 1,
	.talks = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	int64_t ns = 250ll * NS_PER_MS;
	struct session *s = shell_session(sh, err);
	if (!s || (call->count && !duration_parse(call->args[0], ".break", &ns, err)))
		return false;
	return session_break(s, ns, err);
}
