/* cmd_history.c - .history: lists the lines typed at this device. */
#include "base/number.h"
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_history = {
	.verb = {.name = "history",
		.places = PLACE_PROMPT,
		.args = "[COUNT]",
		.help = "list the lines typed at this device",
		.examples = ".history\n.history 20"},
	.most = 1,
	.at_once = true,
	.run = run,
};

enum { SHOWN = 50 };

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct history *h = shell_history(sh);
	uint64_t count = SHOWN;
	if (call->count && !number_parse(call->args[0], "the number of lines", 1, HISTORY_LINES_MAX,
				   &count, err))
		return false;
	size_t all = history_count(h);
	char when[HISTORY_TIME_MAX];
	for (size_t i = all > count ? all - (size_t)count : 0; i < all; i++)
		shell_print(sh, UI_OUTPUT, "%5zu  %s  %.*s", i + 1, history_time_text(h, i, when),
			SLICE_ARG(history_line(h, i)));
	return true;
}
