/* cmd_play.c - .play: sends the commands of a macro and compares the replies. */
#include "cmd/cmd.h"
#include "cmd/played.h"

static cmd_run run;

const struct cmd cmd_play = {
	.verb = {.name = "play",
		.places = PLACE_PROMPT | PLACE_PLAY,
		.args = "NAME | FILE [ARGUMENT...]",
		.help = "send the commands of a macro and compare the replies; \\{1} in it is the "
			"first argument",
		.examples = ".play selftest\n.play ./selftest.wilco pump1"},
	.takes_rest = true,
	.talks = true,
	.run = run,
	.complete = complete_macros,
};

enum { PLAY_ARGS_MAX = 16 };

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice args[PLAY_ARGS_MAX];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(call->rest, NULL, &store, args, PLAY_ARGS_MAX, err);
	if (!count)
		error_set(err, STATUS_USAGE, ".play needs the name of a macro or file");
	bool good = count > 0 && played_start(sh, args[0], args + 1, (size_t)count - 1, err);
	bytes_free(&store);
	return good;
}
