/* cmd_ports.c - .ports: the serial ports of this machine. */
#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/ports_shown.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_ports = {
	.verb = {.name = "ports",
		.places = PLACE_PROMPT,
		.args = "[NAME]",
		.help = "list the serial ports: names, driver, USB port, who uses them",
		.examples = ".ports\n.ports usb-FTDI*"},
	.most = 1,
	.at_once = true,
	.run = run,
};

static void show(struct shell *sh, const struct port_info *port)
{
	struct bytes text;
	struct slice rest, line;
	bytes_init(&text, LIMIT_MESSAGE);
	port_show(port, ui_spelling(sh->ui), &text);
	rest = bytes_shown(&text);
	while (slice_line(&rest, &line))
		sh->ui->ops->line(sh->ui, UI_NOTE, line);
	bytes_free(&text);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct ports ports;
	struct slice word = call->count ? call->args[0] : SLICE("");
	size_t prefix = port_prefix(word), count = 0;
	if (!ports_list(&ports, err))
		return false;
	char *pattern = mem_strn(word.at + prefix, word.len - prefix);
	ports_find_holders(&ports);
	for (size_t i = 0; i < ports.count; i++)
		if (port_is_meant(&ports.at[i], pattern)) {
			show(sh, &ports.at[i]);
			count++;
		}
	bool good = count || !*pattern || ports_none(&ports, pattern, err);
	if (good && !count)
		shell_print(sh, UI_NOTE, "no serial port is there; .open next waits for one");
	else if (good && ports.unseen)
		shell_print(sh, UI_NOTE, "only root sees what the programs of others use");
	free(pattern);
	ports_free(&ports);
	return good;
}
