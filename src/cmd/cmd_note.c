/* cmd_note.c - .note: says something, and writes it into the recording as a comment. */
#include "base/text.h"
#include "cmd/cmd.h"

static cmd_run run;

const struct cmd cmd_note = {
	.verb = {.name = "note",
		.behind = BEHIND_VERBATIM,
		.places = PLACE_PROMPT | PLACE_DEVICE | PLACE_PLAY,
		.args = "TEXT",
		.help = "show a remark, and write it into the recording as a comment",
		.examples = ".note the door is open now"},
	.takes_rest = true,
	.run = run,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct bytes text;
	if (!call->rest.len)
		return error_set(err, STATUS_USAGE, ".note needs a text");
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, call->rest, TEXT_PLAIN);
	shell_print(sh, UI_NOTE, "%.*s", SLICE_ARG(call->rest));
	shell_record_note(sh, bytes_slice(&text));
	bytes_free(&text);
	return true;
}
