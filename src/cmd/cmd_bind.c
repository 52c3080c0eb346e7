/* cmd_bind.c - .bind: changes what keys do.  The keys belong to the console. */
#include "cmd/topics.h"

static cmd_run run;
static cmd_configure cmd_bind_configure;
static cmd_complete complete;

const struct cmd cmd_bind = {
	.verb = {.name = "bind",
		.places = PLACE_PROMPT | PLACE_CONFIG,
		.args = "[[browse] KEY ACTION | LINE | off]",
		.help = "list the keys, or give one something else to do: an action, or a line as "
			"if it were typed",
		.examples = ".bind\n.bind F5 STATUS\n.bind Ctrl-T view\n.bind browse x copy"},
	.takes_rest = true,
	.at_once = true,
	.run = run,
	.configure = cmd_bind_configure,
	.complete = complete,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!shell_has_keys(sh, &cmd_bind.verb, err))
		return false;
	if (call->rest.len)
		return sh->ui->ops->bind(sh->ui, call->rest, err);
	shell_sheet(sh, "keys");
	topic_keys(sh, call->rest, TOPIC_KEYS_ALL);
	shell_sheet(sh, NULL);
	return true;
}

/* Keeps the line for a console, because there may be no keys here, or none yet. */
static bool cmd_bind_configure(struct context *c, struct slice rest, struct error *err)
{
	(void)err;
	return bytes_addf(&c->binds, "%.*s\n", SLICE_ARG(rest));
}

static void complete(const struct completion *c)
{
	struct slice before = c->before;
	bool browse = slice_is(slice_word(&before), "browse");
	if (!c->nth)
		complete_add(c, "browse");
	if (c->nth != 1u + browse)
		return;
	complete_add(c, "off");
	complete_actions(c);
}
