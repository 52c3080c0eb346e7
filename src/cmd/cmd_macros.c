/* cmd_macros.c - .macros: lists the macros of the folder. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_macros = {
	.verb = {.name = "macros",
		.places = PLACE_PROMPT,
		.help = "list the macros of the folder, each with its first comment",
		.examples = ".macros"},
	.at_once = true,
	.run = run,
};

struct listing {
	struct shell *shell;
	size_t count;
};

static bool list_one(void *arg, const char *name, struct slice comment)
{
	struct listing *l = arg;
	struct bytes safe;
	l->count++;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, comment, TEXT_PLAIN);
	shell_print(l->shell, UI_OUTPUT, comment.len ? "%-20s %s" : "%s", name, bytes_str(&safe));
	bytes_free(&safe);
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct listing l = {sh, 0};
	(void)call;
	if (!macros_each(list_one, &l, err))
		return false;
	char *folder = macros_folder();
	if (!l.count)
		shell_print(sh, UI_NOTE, "there are no macros%s%s yet: .record NAME makes one",
			folder ? " in " : "", folder ? shell_paste(sh, folder) : "");
	free(folder);
	return true;
}
