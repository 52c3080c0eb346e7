/* cmd_probe.c - .probe: finds the line end and the frame of a device over its open line. */
#include "cmd/cmd.h"
#include "cmd/probing.h"

static cmd_run run;
static bool cmd_probe_wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err);

const struct cmd cmd_probe = {
	.verb = {.name = "probe",
		.places = PLACE_PROMPT,
		.args = "[COMMAND]",
		.help = "send COMMAND with one line end after the other until something answers, "
			"and propose the frame that fits; without COMMAND only listen",
		.examples = ".probe STATUS?\n.probe"},
	.takes_rest = true,
	.talks = true,
	.run = run,
	.wire = cmd_probe_wire,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return probing_start(sh, call->rest, err);
}

static bool cmd_probe_wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err)
{
	return shell_session(sh, err) && probing_wire(call->rest, out, err);
}
