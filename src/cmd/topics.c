/* topics.c - see topics.h. */
#include "cmd/topics.h"

#include "frame/catalog.h"
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

enum { SHORT_WORD = 2 }; /* what is as short is in nearly every text */

static bool is_in_word(char c)
{
	return isalnum((unsigned char)c) || c == '\'';
}

/* Says whether a text has the word in it, a short one as a word of its own; without a word it has.
 */
static bool has(const char *text, struct slice word)
{
	size_t length = text ? strlen(text) : 0;
	if (!word.len)
		return true;
	for (size_t i = 0; i + word.len <= length; i++) {
		bool inside = (i && is_in_word(text[i - 1])) || is_in_word(text[i + word.len]);
		if (strncasecmp(text + i, (const char *)word.at, word.len) == 0 &&
			(word.len > SHORT_WORD || !inside))
			return true;
	}
	return false;
}

/* Says whether a name begins with the word. */
static bool begins(const char *name, struct slice word)
{
	return word.len && strncasecmp(name, (const char *)word.at, word.len) == 0;
}

/* Prints a heading before the first of `count` things. */
static void head(struct shell *sh, const char *text, size_t count)
{
	if (!count && !shell_item(sh, "", "%s", text))
		shell_print(sh, UI_OUTPUT, "%s:", text);
}

static void thing(struct shell *sh, const char *name, const char *does)
{
	if (!shell_item(sh, name, "%s", does))
		shell_print(sh, UI_OUTPUT, "  %-20s %s", name, does);
}

/* ---- keys ---- */

static void print_keys(struct shell *sh, const struct ui_keys *k)
{
	bool named = k->action[0];
	if (shell_item(sh, k->keys, "%s%s%s%s", k->does, named ? " (" : "", k->action,
		    named ? ")" : ""))
		return;
	if (named)
		shell_print(sh, UI_OUTPUT, "  %-27s %-17s %s", k->keys, k->action, k->does);
	else
		shell_print(sh, UI_OUTPUT, "  %-27s %s", k->keys, k->does);
}

size_t topic_keys(struct shell *sh, struct slice word, enum topic_keys which)
{
	const char *mode = "";
	struct ui_keys k;
	size_t count = 0;
	if (!sh->ui->ops->keys)
		return 0;
	for (size_t i = 0; sh->ui->ops->keys(sh->ui, i, &k); i++) {
		if ((which == TOPIC_KEYS_NOW && !k.now) || (which == TOPIC_KEYS_OTHER && k.now))
			continue;
		if (!has(k.keys, word) && !has(k.does, word) && !has(k.action, word))
			continue;
		if (strcmp(mode, k.mode) != 0) {
			char text[96];
			mode = k.mode;
			snprintf(text, sizeof text, "keys %s", mode);
			head(sh, text, 0);
		}
		print_keys(sh, &k);
		count++;
	}
	return count;
}

/* ---- verbs ---- */

void topic_usage(const struct verb *v, char out[USAGE_MAX])
{
	snprintf(out, USAGE_MAX, ".%s%s%s%s%s", v->name, v->alias ? " or ." : "",
		v->alias ? v->alias : "", v->args ? " " : "", v->args ? v->args : "");
}

static void print_verb(struct shell *sh, const struct verb *v)
{
	char usage[USAGE_MAX];
	topic_usage(v, usage);
	if (shell_item(sh, usage, "%s", v->help))
		return;
	shell_print(sh, UI_OUTPUT, "  %s", usage);
	shell_print(sh, UI_OUTPUT, "      %s", v->help);
}

/* Says whether the word stands in what is known of the verb: who looks for an alarm finds it in an
 * example. */
static bool knows(const struct verb *v, struct slice word)
{
	return has(v->name, word) || has(v->help, word) || has(v->examples, word);
}

/* Prints the verbs that begin with the word. */
static size_t verbs_beginning(struct shell *sh, struct slice word)
{
	char text[64];
	size_t count = 0;
	snprintf(text, sizeof text, "commands that begin with %.*s",
		word.len < 32 ? (int)word.len : 32, (const char *)word.at);
	for (size_t i = 0; verbs[i]; i++) {
		if (!begins(verbs[i]->name, word))
			continue;
		head(sh, text, count++);
		print_verb(sh, verbs[i]);
	}
	return count;
}

size_t topic_verbs(struct shell *sh, struct slice word)
{
	size_t all = verbs_beginning(sh, word);
	for (int group = 0; group < GROUP_COUNT; group++) {
		size_t count = 0;
		char text[64];
		snprintf(
			text, sizeof text, "commands: %s", verb_group_name((enum verb_group)group));
		for (size_t i = 0; verbs[i]; i++) {
			if ((int)verb_group(i) != group || begins(verbs[i]->name, word) ||
				!knows(verbs[i], word))
				continue;
			head(sh, text, count++);
			print_verb(sh, verbs[i]);
		}
		all += count;
	}
	return all;
}

/* Says whether the verb does something here. */
static bool is_of_use(const struct shell *sh, const struct verb *v)
{
	const struct cmd *cmd = cmd_of(v);
	if (!sh->role)
		return true;
	return cmd && !cmd->talks && !(sh->role->file && strcmp(v->name, "record") == 0);
}

/* Prints an example, and in a few words what it is for: they are to fit into a row. */
static void print_example(struct shell *sh, const struct verb *v, size_t which, const char *does)
{
	struct slice rest = slice_str(v->examples), line = {0};
	char example[USAGE_MAX];
	for (size_t i = 0; i <= which; i++)
		slice_line(&rest, &line);
	snprintf(example, sizeof example, "%.*s", SLICE_ARG(line));
	thing(sh, example, does);
}

void topic_common(struct shell *sh)
{
	static const struct {
		char verb[8];
		char does[36];
		uint8_t example; /* which of its examples */
		bool tap;        /* only there */
	} common[] = {{"hold", "hold frames, to change or drop them", 1, true},
		{"inject", "send a frame of one's own", 0, true},
		{"drop", "drop the frame that is held", 0, true},
		{"open", "open one more device", 0, false},
		{"frame", "choose how commands end", 1, false},
		{"view", "choose how replies are shown", 0, false},
		{"set", "change a setting; .set lists them", 1, false},
		{"find", "search the transcript", 0, false},
		{"filter", "show only a part of it", 0, false},
		{"save", "write commands to a file", 0, false},
		{"log", "write all that comes to a file", 0, false},
		{"watch", "ask for a number and draw it", 0, false},
		{"record", "make a macro of what follows", 0, false},
		{"play", "run a macro", 0, false}, {"goto", "go to a time of day", 0, false},
		{"copy", "copy the selected entry", 0, false}, {"quit", "leave", 0, false}};
	enum { COMMON = 10 };
	size_t count = 0;
	for (size_t i = 0; i < sizeof common / sizeof common[0] && count < COMMON; i++)
		for (size_t at = 0; verbs[at]; at++) {
			if (strcmp(verbs[at]->name, common[i].verb) != 0 ||
				(common[i].tap ? !sh->tapped : !is_of_use(sh, verbs[at])))
				continue;
			head(sh, "the commonest commands", count++);
			print_example(sh, verbs[at], common[i].example, common[i].does);
		}
}

/* ---- settings and frames ---- */

size_t topic_settings(struct shell *sh, struct slice word)
{
	size_t count = 0;
	const char *name, *help;
	for (size_t i = 0; (name = setting_name(i)); i++)
		if (has(name, word) || has(setting_help(i), word)) {
			head(sh, "settings (.set NAME=VALUE)", count++);
			thing(sh, name, setting_help(i));
		}
	for (size_t i = 0; (name = general_setting(i, &help)); i++)
		if (has(name, word) || has(help, word)) {
			head(sh, "settings (.set NAME=VALUE)", count++);
			thing(sh, name, help);
		}
	return count;
}

size_t topic_frames(struct shell *sh, struct slice word)
{
	size_t count = 0;
	const struct catalog_frame *f;
	for (size_t i = 0; (f = catalog_frame(i)); i++)
		if (has(f->name, word) || has(f->what, word)) {
			head(sh, "frames (.frame NAME)", count++);
			thing(sh, f->name, f->what);
		}
	return count;
}
