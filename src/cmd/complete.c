/* complete.c - the words that could stand at the cursor: verbs, then what the verb's own command
 * offers (shell_complete() of shell.h). */
#include "cmd/cmd.h"

static size_t word_start(struct slice line, size_t cursor)
{
	while (cursor > 0 && line.at[cursor - 1] != ' ' && line.at[cursor - 1] != '\t')
		cursor--;
	return cursor;
}

static void complete_verb(struct slice word, void (*add)(void *, const char *), void *arg)
{
	const unsigned places = PLACE_PROMPT;
	const char *name;
	for (size_t i = 0; (name = verb_name(&places, i)); i++) {
		char dotted[32] = ".";
		strncat(dotted, name, sizeof dotted - 2);
		if (*name && slice_starts(slice_str(dotted), word))
			add(arg, dotted);
	}
}

static int verb_of(struct slice word)
{
	for (int i = 0; i < VERB_COUNT; i++)
		if (slice_is(word, verbs[i].name) ||
			(verbs[i].alias && slice_is(word, verbs[i].alias)))
			return i;
	return -1;
}

void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg)
{
	struct slice rest = slice_cut(line, 0, cursor), first = slice_word(&rest);
	*start = word_start(line, cursor);
	struct slice word = slice_cut(line, *start, cursor);
	if (!first.len || first.at[0] != '.')
		return;
	if (first.at + first.len == line.at + cursor) {
		complete_verb(word, add, arg);
		return;
	}
	int verb = verb_of(slice_cut(first, 1, first.len));
	const struct cmd *cmd = verb < 0 ? NULL : cmd_find((enum verb_id)verb);
	const char *candidate;
	if (!cmd || !cmd->complete)
		return;
	for (size_t i = 0; (candidate = cmd->complete(sh, i)); i++)
		if (slice_starts(slice_str(candidate), word))
			add(arg, candidate);
}
