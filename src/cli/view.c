/* view.c - wilco view FILE: a log, a capture, a macro or a text of others in the console. */
#include "cli/cli.h"
#include <fcntl.h>
#include <unistd.h>

/* Says whether keys come from the terminal although standard input is the file. */
static bool has_other_keys(void)
{
	int fd = isatty(STDOUT_FILENO) ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	return fd >= 0 && close(fd) == 0;
}

static enum status run(struct cli *cli)
{
	struct error err;
	bool standard = strcmp(cli->words[0], "-") == 0, typed = standard && isatty(STDIN_FILENO);
	bool terminal = !typed && (standard ? has_other_keys() : cli_has_console());
	if (terminal && !cli->options.plain)
		return cli_console_as(cli, "--view");
	error_set(&err, STATUS_USAGE,
		typed                ? "- is standard input, which is the terminal here"
		: cli->options.plain ? "wilco view needs the whole screen, which --plain forbids"
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
		"happened. Nothing is sent. - is standard input, which is read to its end first.",
	.example = "view -f modbus-tcp yesterday.pcapng",
	.least = 1,
	.most = 1,
	.by = BY_VIEW,
	.words = {WORD_FILE, WORD_ANY},
	.run = run};
