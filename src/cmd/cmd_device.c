/* cmd_device.c - .device: adds a device to the device book. */
#include "cmd/cmd.h"

static cmd_run run;
static cmd_configure cmd_device_configure;
static cmd_complete complete;

const struct cmd cmd_device = {
	.verb = {.name = "device",
		.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_PLAY,
		.args = "NAME ADDRESS [KEY=VALUE...]",
		.help = "put a device into the device book: frame=, settings, fields of its frame",
		.examples = ".device pump1 10.0.0.5 frame=esc-cr timeout=2s\n"
			    ".device plc 10.0.0.7:502 frame=modbus-tcp unit=17"},
	.takes_rest = true,
	.run = run,
	.configure = cmd_device_configure,
	.complete = complete,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return cmd_device_configure(sh->context, call->rest, err);
}

static bool cmd_device_configure(struct context *c, struct slice rest, struct error *err)
{
	return devices_define(&c->devices, rest, err);
}

/* Completes `frame=`, and after it the names of frames. */
static void complete(const struct completion *c)
{
	const char *group, *name;
	complete_settings(c, NULL);
	if (!slice_starts(c->word, SLICE("frame="))) {
		complete_pair(c, "frame", "");
		return;
	}
	for (size_t i = 0; (name = frame_book_name(c->shell->context->book, i, &group, NULL)); i++)
		complete_pair(c, "frame", name);
}
