/* view.c - wilco view FILE: a log, a capture, a macro or a text of others in the console. */
#include "cli/cli.h"

static enum status run(struct cli *cli)
{
	struct error err;
	if (cli_has_console() && !cli->options.plain)
		return cli_console_as(cli, "--view");
	error_set(&err, STATUS_USAGE,
		cli->options.plain ? "wilco view needs the whole screen, which --plain forbids"
				   : "wilco view needs a terminal");
	error_hint(&err, "wilco frame decode FRAME < FILE and wilco import FILE print what a file "
			 "says, wilco dump FILE its bytes");
	return cli_error(&err, SLICE(""));
}

const struct cli_command cli_view = {.name = "view",
	.args = "FILE",
	.help = "browse a capture, a log or a text of others",
	.about =
		"Opens a capture (pcap, pcapng), a log of wilco, a recording or another macro, the "
		"output of socat -x, or hex text in the console, which shows it as if it had just "
		"happened. Nothing is sent.",
	.example = "view -f modbus-tcp yesterday.pcapng",
	.least = 1,
	.most = 1,
	.by = BY_VIEW,
	.words = {WORD_FILE, WORD_ANY},
	.run = run};
