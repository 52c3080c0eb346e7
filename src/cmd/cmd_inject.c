/* cmd_inject.c - .inject: adds a frame to what passes through a tap. */
#include "cmd/cmd.h"

static cmd_run run;
static bool cmd_inject_wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err);

const struct cmd cmd_inject = {
	.verb = {.name = "inject",
		.places = PLACE_PROMPT,
		.args = ">|<[N] LINE",
		.help = "in a tap: send a frame to the device (>) as if the program had, or to the "
			"program (<); N is the connection, where there are several",
		.examples = ".inject > STATUS\n.inject <2 .hex 03 00 6b"},
	.takes_rest = true,
	.at_once = true,
	.run = run,
	.wire = cmd_inject_wire,
};

static bool cmd_inject_do(
	struct shell *sh, struct slice rest, struct bytes *wire, struct error *err)
{
	return cmd_in_tap(sh, &cmd_inject.verb, err) && sh->role->inject(sh, rest, wire, err);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return cmd_inject_do(sh, call->rest, NULL, err);
}

static bool cmd_inject_wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err)
{
	return cmd_inject_do(sh, call->rest, out, err);
}
