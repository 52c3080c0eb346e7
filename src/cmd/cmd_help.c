/* cmd_help.c - .help: prints what the table of verbs says about commands. */
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <stdio.h>

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_help = {
	.verb = {.name = "help",
		.places = PLACE_PROMPT,
		.args = "[VERB]",
		.help = "list the commands, or explain one",
		.examples = ".help\n.help frame"},
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete,
};

static const struct verb_names at_prompt = {verbs, PLACE_PROMPT}, anywhere = {verbs, ~0u};

static void usage(const struct verb *v, char *out, size_t size)
{
	snprintf(out, size, ".%s%s%s%s%s", v->name, v->alias ? " or ." : "",
		v->alias ? v->alias : "", v->args ? " " : "", v->args ? v->args : "");
}

/* Names the verbs that stand only in files. */
static void list_others(struct shell *sh)
{
	struct bytes names;
	bytes_init(&names, LIMIT_MESSAGE);
	for (size_t i = 0; verbs[i]; i++)
		if (!(verbs[i]->places & PLACE_PROMPT))
			bytes_addf(&names, " .%s", verbs[i]->name);
	shell_print(
		sh, UI_OUTPUT, "in files only (.help VERB explains them):%s", bytes_str(&names));
	bytes_free(&names);
}

static void list(struct shell *sh)
{
	char left[120];
	for (size_t i = 0; verbs[i]; i++)
		if (verbs[i]->places & PLACE_PROMPT) {
			usage(verbs[i], left, sizeof left);
			if (shell_item(sh, left, "%s", verbs[i]->help))
				continue;
			shell_print(sh, UI_OUTPUT, "%s", left);
			shell_print(sh, UI_OUTPUT, "    %s", verbs[i]->help);
		}
	shell_print(sh, UI_OUTPUT,
		"anything else is sent to the device; escapes: \\r \\n \\t \\e \\xHH \\u{HEX} "
		"\\<ESC 1b>");
	list_others(sh);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->count) {
		shell_sheet(sh, "help");
		list(sh);
		shell_sheet(sh, NULL);
		return true;
	}
	struct slice word = call->args[0];
	char left[120], places[PLACE_NAMES_MAX];
	if (slice_starts(word, SLICE(".")))
		word = slice_cut(word, 1, word.len);
	int found = table_prefix(word, verb_name, &at_prompt);
	if (found < 0)
		found = table_prefix(word, verb_name, &anywhere);
	const char *near = table_near(word, verb_name, &anywhere);
	if (found < 0)
		return error_set(err, STATUS_USAGE, "no command .%s; %s%s%s", quote(word).text,
			near ? "did you mean ." : ".help lists them", near ? near : "",
			near ? "?" : "");
	usage(verbs[found], left, sizeof left);
	shell_sheet(sh, "help");
	shell_print(sh, UI_OUTPUT, "%s\n    %s\n    (%s)\nfor example:", left, verbs[found]->help,
		place_names(verbs[found]->places, places));
	struct slice examples = slice_str(verbs[found]->examples), line;
	while (slice_line(&examples, &line))
		shell_print(sh, UI_OUTPUT, "    %.*s", SLICE_ARG(line));
	shell_sheet(sh, NULL);
	return true;
}

static void complete(const struct completion *c)
{
	complete_names(c, verb_name, &at_prompt);
}
