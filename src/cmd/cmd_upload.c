/* cmd_upload.c - .upload: sends a file to the device with ZMODEM, YMODEM or XMODEM. */
#include "cmd/cmd.h"
#include "cmd/transfer.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_upload = {
	.verb = {.name = "upload",
		.places = PLACE_PROMPT,
		.args = "FILE [zmodem | ymodem | xmodem]",
		.help = "send a file to a device that receives with rz, loady or the like "
			"(zmodem); "
			"Ctrl-C ends it",
		.examples = ".upload firmware.bin\n.upload u-boot.img ymodem"},
	.most = 2,
	.talks = true,
	.run = run,
	.complete = complete,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->count)
		return error_set(err, STATUS_USAGE, ".upload needs a file");
	struct slice protocol = call->count > 1 ? call->args[1] : SLICE("");
	return transfer_upload(sh, call->args[0], protocol, NULL, NULL, err);
}

static void complete(const struct completion *c)
{
	complete_files(c);
	complete_names(c, transfer_protocol, NULL);
}
