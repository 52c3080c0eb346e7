/* cmd_download.c - .download: receives files from the device with ZMODEM, YMODEM or XMODEM. */
#include "cmd/cmd.h"
#include "cmd/transfer.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_download = {
	.verb = {.name = "download",
		.places = PLACE_PROMPT,
		.args = "[zmodem | ymodem | xmodem NAME] [into FOLDER]",
		.help = "receive files that a device sends with sz or the like (zmodem); no file "
			"is "
			"replaced; Ctrl-C ends it",
		.examples = ".download\n.download ymodem into ~/logs\n.download xmodem dump.bin"},
	.most = 4,
	.talks = true,
	.run = run,
	.complete = complete,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice words[] = {SLICE(""), SLICE("")}, folder = SLICE("");
	int count = call->count;
	if (count > 1 && slice_is(call->args[count - 2], "into")) {
		folder = call->args[count - 1];
		count -= 2;
	}
	if (count > 2 || (count && slice_is(call->args[count - 1], "into")))
		return error_set(err, STATUS_USAGE,
			".download takes a protocol, a name for xmodem, and: into FOLDER");
	for (int i = 0; i < count; i++)
		words[i] = call->args[i];
	return transfer_download(sh, words[0], words[1], folder, NULL, NULL, err);
}

static void complete(const struct completion *c)
{
	complete_names(c, transfer_protocol, NULL);
	complete_add(c, "into");
	complete_files(c);
}
