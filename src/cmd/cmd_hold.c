/* cmd_hold.c - .hold: stops frames that pass through a tap, so that they can be changed. */
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_hold = {
	.verb = {.name = "hold",
		.places = PLACE_PROMPT,
		.args = "[>|<] [TEXT | /REGEX/ | .x BYTES] | off",
		.help = "in a tap: stop each frame of the program (>) or the device (<) in which "
			"this is found; Enter sends it as the line has it then, an empty line "
			"drops it",
		.examples = ".hold\n.hold > SPEED\n.hold < /^ERR/\n.hold off"},
	.takes_rest = true,
	.at_once = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return cmd_in_tap(sh, &cmd_hold.verb, err) && sh->role->hold(sh, call->rest, err);
}
