/* cmd_help.c - .help: prints what the tables say: of verbs, settings, frames and keys. */
#include "base/table.h"
#include "base/text.h"
#include "cmd/topics.h"
#include "frame/catalog.h"

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_help = {
	.verb = {.name = "help",
		.places = PLACE_PROMPT,
		.args = "[VERB | WORD | keys | settings | frames]",
		.help = "list the commands, explain one, or say where a word is known: commands, "
			"settings, frames, keys",
		.examples = ".help\n.help frame\n.help modbus\n.help keys"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete,
};

static const struct verb_names at_prompt = {verbs, PLACE_PROMPT}, anywhere = {verbs, ~0u};

static const struct slice NO_WORD = {0};

/* ---- all ---- */

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

#define TEXT_IS_SENT                                                                    \
	"anything else is sent to the device; escapes: \\r \\n \\t \\e \\xHH \\u{HEX} " \
	"\\<ESC 1b>"

/* Prints all that is known, on a sheet. */
static void fill_sheet(struct shell *sh)
{
	if (sh->ui->ops->brief)
		sh->ui->ops->brief(sh->ui);
	topic_common(sh);
	topic_keys(sh, NO_WORD, TOPIC_KEYS_NOW);
	topic_verbs(sh, NO_WORD);
	shell_print(sh, UI_OUTPUT, TEXT_IS_SENT);
	topic_settings(sh, NO_WORD);
	topic_frames(sh, NO_WORD);
	topic_keys(sh, NO_WORD, TOPIC_KEYS_OTHER);
}

static void list(struct shell *sh)
{
	char left[USAGE_MAX];
	for (size_t i = 0; verbs[i]; i++)
		if (verbs[i]->places & PLACE_PROMPT) {
			topic_usage(verbs[i], left);
			shell_print(sh, UI_OUTPUT, "%s", left);
			shell_print(sh, UI_OUTPUT, "    %s", verbs[i]->help);
		}
	shell_print(sh, UI_OUTPUT, TEXT_IS_SENT);
	list_others(sh);
}

/* ---- a word ---- */

static void explain(struct shell *sh, const struct verb *v)
{
	char left[USAGE_MAX], places[PLACE_NAMES_MAX];
	topic_usage(v, left);
	shell_print(sh, UI_OUTPUT, "%s\n    %s\n    (%s)\nfor example:", left, v->help,
		place_names(v->places, places));
	struct slice examples = slice_str(v->examples), line;
	while (slice_line(&examples, &line))
		shell_print(sh, UI_OUTPUT, "    %.*s", SLICE_ARG(line));
}

static size_t all_keys(struct shell *sh, struct slice word)
{
	return topic_keys(sh, word, TOPIC_KEYS_ALL);
}

static const struct topic {
	const char *name;
	size_t (*print)(struct shell *sh, struct slice word);
} topics[] = {{"commands", topic_verbs}, {"settings", topic_settings}, {"frames", topic_frames},
	{"keys", all_keys}};
enum { TOPICS = sizeof topics / sizeof topics[0] };

static const char *topic_name(const void *unused, size_t index)
{
	(void)unused;
	return index < TOPICS ? topics[index].name : NULL;
}

/* Prints everything that has the word in it; false: nothing has. */
static bool tell_of(struct shell *sh, struct slice word)
{
	size_t count = 0;
	for (size_t i = 0; i < TOPICS; i++)
		count += topics[i].print(sh, word);
	return count > 0;
}

/* Explains a verb; where there is room, with the settings, frames and keys that are called so. */
static void tell_verb(struct shell *sh, const struct verb *v)
{
	struct slice name = slice_str(v->name);
	explain(sh, v);
	if (!sh->on_sheet)
		return;
	topic_settings(sh, name);
	topic_frames(sh, name);
	topic_keys(sh, name, TOPIC_KEYS_ALL);
}

/* Returns the verb that the word means; NULL: it means none. */
static const struct verb *verb_meant(struct slice word)
{
	if (slice_starts(word, SLICE(".")))
		word = slice_cut(word, 1, word.len);
	for (size_t i = 0; verbs[i]; i++)
		if (verbs[i]->alias && slice_is(word, verbs[i]->alias))
			return verbs[i];
	int found = table_prefix(word, verb_name, &at_prompt);
	if (found < 0)
		found = table_prefix(word, verb_name, &anywhere);
	return found < 0 ? NULL : verbs[found];
}

static bool tell(struct shell *sh, struct slice word, struct error *err)
{
	int topic = table_exact(word, topic_name, NULL);
	const struct verb *verb = topic < 0 ? verb_meant(word) : NULL;
	if (topic >= 0 && topics[topic].print(sh, NO_WORD))
		return true;
	if (topic >= 0)
		return error_set(
			err, STATUS_USAGE, "there are no keys: wilco is not at a terminal");
	if (verb) {
		tell_verb(sh, verb);
	} else if (!tell_of(sh, word)) {
		const char *near = table_near(word, verb_name, &anywhere);
		error_set(err, STATUS_USAGE,
			"nothing is known about '%s': no command, setting, frame or key has it",
			quote(word).text);
		return near ? error_hint(err, "did you mean .%s?", near) : false;
	}
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	bool good = true;
	struct slice word = slice_trim(call->rest);
	shell_sheet(sh, "help");
	if (word.len)
		good = tell(sh, word, err);
	else if (sh->on_sheet)
		fill_sheet(sh);
	else
		list(sh);
	shell_sheet(sh, NULL);
	return good;
}

static void complete(const struct completion *c)
{
	const struct catalog_frame *f;
	complete_names(c, verb_name, &at_prompt);
	complete_names(c, topic_name, NULL);
	if (!c->word.len)
		return;
	for (size_t i = 0; setting_name(i); i++)
		complete_add(c, setting_name(i));
	for (size_t i = 0; (f = catalog_frame(i)); i++)
		complete_add(c, f->name);
}
