/* cmd_ports.c - .ports: the serial ports of this machine. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/ports_shown.h"

static cmd_run run;

const struct cmd cmd_ports = {
	.verb = {.name = "ports",
		.places = PLACE_PROMPT,
		.help = "list the serial ports: names, driver, USB port, who uses them",
		.examples = ".ports"},
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
	(void)call;
	if (!ports_list(&ports, err))
		return false;
	ports_find_holders(&ports);
	for (size_t i = 0; i < ports.count; i++)
		show(sh, &ports.at[i]);
	if (!ports.count)
		shell_print(sh, UI_NOTE, "no serial port is there; .open next waits for one");
	else if (ports.unseen)
		shell_print(sh, UI_NOTE, "only root sees what the programs of others use");
	ports_free(&ports);
	return true;
}
