/* cmd_record.c - .record: writes each exchange from now on as lines of the language. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/recorder.h"

static cmd_run run;

const struct cmd cmd_record = {
	.verb = {.name = "record",
		.places = PLACE_PROMPT,
		.args = "[NAME | FILE [--append] | stop]",
		.help = "write each exchange from now on to a macro or a file, as commands and "
			"expected replies",
		.examples = ".record selftest\n.record ./selftest.wilco --append\n.record stop"},
	.most = 2,
	.run = run,
	.complete = complete_files,
};

static bool show_recording(struct shell *sh)
{
	shell_print(sh, UI_OUTPUT, "%s",
		sh->recorder ? shell_paste(sh, recorder_path(sh->recorder)) : "off");
	return true;
}

static bool stop(struct shell *sh, struct error *err)
{
	if (!sh->recorder)
		return error_set(err, STATUS_USAGE, "no recording runs: .record NAME begins one");
	return shell_end_recording(sh, err);
}

static bool start(struct shell *sh, struct slice name, bool append, struct error *err)
{
	if (sh->recorder)
		return error_set(err, STATUS_USAGE,
			"a recording runs already, to %s: .record stop ends it",
			shell_paste(sh, recorder_path(sh->recorder)));
	sh->recorder = recorder_open(name, append, err);
	if (sh->recorder)
		shell_print(sh, UI_NOTE, "recording to %s",
			shell_paste(sh, recorder_path(sh->recorder)));
	shell_refresh(sh);
	return sh->recorder != NULL;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	bool append = call->count == 2 && slice_is(call->args[1], "--append");
	if (!call->count)
		return show_recording(sh);
	if (call->count == 2 && !append)
		return error_set(err, STATUS_USAGE,
			"behind the name only --append may stand, not '%s'; a name with blanks is "
			"put in quotes",
			quote(call->args[1]).text);
	if (slice_is(call->args[0], "stop") && !append)
		return stop(sh, err);
	return start(sh, call->args[0], append, err);
}
