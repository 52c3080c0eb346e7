/* cmd_record.c - .record: writes each exchange from now on as lines of the language. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/recorder.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_record = {
	.verb = {.name = "record",
		.places = PLACE_PROMPT,
		.args = "[NAME | FILE [--append] [--timing] | stop]",
		.help = "write each exchange from now on to a macro or a file, as commands and "
			"expected replies",
		.examples = ".record selftest\n.record ./selftest.wilco --append\n.record stop"},
	.most = 3,
	.run = run,
	.complete = complete,
};

static bool show_recording(struct shell *sh)
{
	shell_print(sh, UI_OUTPUT, "%s",
		sh->recorder ? shell_paste(sh, recorder_path(sh->recorder)) : "off");
	return true;
}

/* What was said so far is in the recording that ends, and in none that begins. */
static void settle(struct shell *sh)
{
	if (sh->role && sh->role->settle)
		sh->role->settle(sh, sh->recorder != NULL);
}

static bool stop(struct shell *sh, struct error *err)
{
	if (!sh->recorder)
		return error_set(err, STATUS_USAGE, "no recording runs: .record NAME begins one");
	settle(sh);
	return shell_end_recording(sh, err);
}

static bool start(struct shell *sh, struct slice name, unsigned how, struct error *err)
{
	if (sh->recorder)
		return error_set(err, STATUS_USAGE,
			"a recording runs already, to %s: .record stop ends it",
			shell_paste(sh, recorder_path(sh->recorder)));
	settle(sh);
	sh->recorder = recorder_open(name, how | (sh->tapped ? RECORD_EXACT : 0), err);
	if (sh->recorder)
		shell_print(sh, UI_NOTE, "recording to %s",
			shell_paste(sh, recorder_path(sh->recorder)));
	shell_refresh(sh);
	return sh->recorder != NULL;
}

/* Takes what stands behind the name. */
static bool take_how(const struct cmd_call *call, unsigned *how, struct error *err)
{
	*how = 0;
	for (int i = 1; i < call->count; i++) {
		unsigned flag = slice_is(call->args[i], "--append")   ? RECORD_APPEND
				: slice_is(call->args[i], "--timing") ? RECORD_TIMING
								      : 0;
		if (!flag)
			return error_set(err, STATUS_USAGE,
				"behind the name only --append and --timing may stand, not '%s'; a "
				"name with blanks is put in quotes",
				quote(call->args[i]).text);
		*how |= flag;
	}
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	unsigned how;
	if (!call->count)
		return show_recording(sh);
	if (slice_is(call->args[0], "stop") && call->count == 1)
		return stop(sh, err);
	if (sh->role && sh->role->file)
		return error_set(err, STATUS_USAGE,
			"a file is shown, and nothing happens that could be recorded; wilco import "
			"makes a macro of it");
	return take_how(call, &how, err) && start(sh, call->args[0], how, err);
}

static void complete(const struct completion *c)
{
	complete_add(c, "--append");
	complete_add(c, "--timing");
	if (c->nth)
		return;
	complete_add(c, "stop");
	complete_files(c);
}
