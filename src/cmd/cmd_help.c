/* cmd_help.c - .help: from the table of verbs. */
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <stdio.h>

static const unsigned at_prompt = PLACE_PROMPT;

static const char *complete(const struct shell *sh, size_t index)
{
	(void)sh;
	return verb_name(&at_prompt, index);
}

static void usage(const struct verb *v, char *out, size_t size)
{
	snprintf(out, size, ".%s%s%s%s%s", v->name, v->alias ? " or ." : "",
		v->alias ? v->alias : "", *v->args ? " " : "", v->args);
}

static void list(struct shell *sh)
{
	char left[120];
	for (int i = 0; i < VERB_COUNT; i++)
		if (verbs[i].places & PLACE_PROMPT) {
			usage(&verbs[i], left, sizeof left);
			shell_print(sh, UI_OUTPUT, "%s", left);
			shell_print(sh, UI_OUTPUT, "    %s", verbs[i].help);
		}
	shell_print(sh, UI_OUTPUT,
		"anything else is sent to the device; escapes: \\r \\n \\t \\e \\xHH \\u{HEX} "
		"\\<ESC 1b>");
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->count) {
		list(sh);
		return true;
	}
	struct slice word = call->args[0];
	char left[120];
	if (slice_starts(word, SLICE(".")))
		word = slice_cut(word, 1, word.len);
	int found = table_prefix(word, verb_name, &at_prompt);
	const char *near = table_near(word, verb_name, &at_prompt);
	if (found < 0)
		return error_set(err, STATUS_USAGE, "no command .%s; %s%s%s", quote(word).text,
			near ? "did you mean ." : ".help lists them", near ? near : "",
			near ? "?" : "");
	usage(&verbs[found], left, sizeof left);
	shell_print(sh, UI_OUTPUT, "%s\n    %s\nfor example:", left, verbs[found].help);
	struct slice examples = slice_str(verbs[found].examples), line;
	while (slice_line(&examples, &line))
		shell_print(sh, UI_OUTPUT, "    %.*s", SLICE_ARG(line));
	return true;
}

const struct cmd cmd_help = {
	.verb = VERB_HELP, .most = 1, .at_once = true, .run = run, .complete = complete};
