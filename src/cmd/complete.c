/* complete.c - the words that could stand at the cursor: verbs, then what the verb's own command
 * offers (shell_complete() of shell.h). */
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

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

/* All that begins so. */
static char *glob_pattern(const char *begin)
{
	char *pattern = mem_grow(NULL, strlen(begin) * 2 + 2, 1), *to = pattern;
	for (; *begin; begin++) {
		if (strchr("*?[\\", *begin))
			*to++ = '\\';
		*to++ = *begin;
	}
	strcpy(to, "*");
	return pattern;
}

/* What stands for ~ is written so again. */
static void add_file(char *path, size_t home, void (*add)(void *, const char *), void *arg)
{
	if (home) {
		path += home;
		*path = '~';
	}
	if (text_is_utf8(slice_str(path)))
		add(arg, path);
}

/* Names of files that begin so. */
static void complete_file(struct slice word, void (*add)(void *, const char *), void *arg)
{
	glob_t found;
	char *name = path_named(word), *pattern = glob_pattern(name);
	size_t home = strlen(name) - word.len; /* longer by it than what was typed */
	if (glob(pattern, GLOB_MARK, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_file(found.gl_pathv[i], home, add, arg);
		globfree(&found);
	}
	free(pattern);
	free(name);
}

static void complete_device(
	const struct shell *sh, struct slice word, void (*add)(void *, const char *), void *arg)
{
	for (const struct opened *each = sh->opened; each; each = each->next)
		if (slice_starts(slice_str(session_name(each->session)), word))
			add(arg, session_name(each->session));
}

static bool word_in(struct slice list, struct slice word)
{
	struct slice each;
	while (slice_line(&list, &each))
		if (slice_equal(each, word))
			return true;
	return false;
}

/* Words that were sent to this device before, the newest first. */
static void complete_word(
	const struct shell *sh, struct slice word, void (*add)(void *, const char *), void *arg)
{
	struct bytes seen;
	bytes_init(&seen, LIMIT_MESSAGE);
	for (size_t i = history_count(sh->history); word.len && i-- > 0;) {
		struct slice line = history_line(sh->history, i), each;
		while ((each = slice_word(&line)).len) {
			if (each.at[0] == '.' || each.len == word.len ||
				!slice_starts(each, word) || word_in(bytes_slice(&seen), each))
				continue;
			size_t at = seen.len;
			bytes_addf(&seen, "%.*s\n", SLICE_ARG(each));
			char *copy = mem_strn(each.at, each.len);
			if (seen.len > at)
				add(arg, copy);
			free(copy);
		}
	}
	bytes_free(&seen);
}

static void add_pair(const char *name, const char *value, struct slice word,
	void (*add)(void *, const char *), void *arg)
{
	char *pair;
	if (asprintf(&pair, "%s=%s", name, value) < 0)
		return;
	if (slice_starts(slice_str(pair), word))
		add(arg, pair);
	free(pair);
}

/* `.with unit=17 ...`: the fields of the frame. */
static void complete_field(
	const struct shell *sh, struct slice word, void (*add)(void *, const char *), void *arg)
{
	const struct frame *frame = sh->session ? session_frame(sh->session) : NULL;
	for (size_t i = 0; frame && i < frame_field_count(frame); i++)
		add_pair(frame_field_name(frame, i), "", word, add, arg);
}

/* `.set timeout=2s`: those of the line; without one, all. */
static void complete_setting(
	const struct session *s, struct slice word, void (*add)(void *, const char *), void *arg)
{
	const struct transport_kind *kind = s ? session_address(s)->kind : NULL;
	for (size_t i = 0; setting_name(i); i++)
		if (setting_applies(kind, i))
			add_pair(setting_name(i), "", word, add, arg);
}

/* `frame=` first, then the names that could stand behind it. */
static void complete_frame(
	const struct shell *sh, struct slice word, void (*add)(void *, const char *), void *arg)
{
	const char *group, *name;
	if (!slice_starts(word, SLICE("frame=")))
		add_pair("frame", "", word, add, arg);
	for (size_t i = 0; slice_starts(word, SLICE("frame=")) &&
			   (name = frame_book_name(sh->context->book, i, &group, NULL));
		i++)
		add_pair("frame", name, word, add, arg);
}

static void complete_view(struct slice word, void (*add)(void *, const char *), void *arg)
{
	const char *name;
	for (size_t i = 0; (name = view_name(NULL, i)); i++)
		add_pair("view", name, word, add, arg);
}

/* Words of the form NAME=VALUE. */
static void complete_pair(const struct shell *sh, int verb, struct slice word,
	void (*add)(void *, const char *), void *arg)
{
	if (verb == VERB_WITH || verb == VERB_SET)
		complete_field(sh, word, add, arg);
	if (verb == VERB_SET || verb == VERB_DEVICE)
		complete_setting(verb == VERB_SET ? sh->session : NULL, word, add, arg);
	if (verb == VERB_SET)
		complete_view(word, add, arg);
	if (verb == VERB_DEVICE)
		complete_frame(sh, word, add, arg);
}

void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg)
{
	struct slice rest = slice_cut(line, 0, cursor), first = slice_word(&rest);
	*start = word_start(line, cursor);
	struct slice word = slice_cut(line, *start, cursor);
	if (!first.len || first.at[0] != '.') {
		complete_word(sh, word, add, arg);
		return;
	}
	if (first.at + first.len == line.at + cursor) {
		complete_verb(word, add, arg);
		return;
	}
	int verb = verb_of(slice_cut(first, 1, first.len));
	const struct cmd *cmd = verb < 0 ? NULL : cmd_find((enum verb_id)verb);
	const char *candidate;
	complete_pair(sh, verb, word, add, arg);
	if (cmd && cmd->files)
		complete_file(word, add, arg);
	if (cmd && cmd->devices)
		complete_device(sh, word, add, arg);
	for (size_t i = 0; cmd && cmd->complete && (candidate = cmd->complete(sh, i)); i++)
		if (slice_starts(slice_str(candidate), word))
			add(arg, candidate);
}
