/* complete.c - offers the words that could stand at the cursor: verbs, then what the verb's own
 * command offers (shell_complete() of shell.h). */
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include "sim/sim.h"
#include "transport/ports.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static size_t word_start(struct slice line, size_t cursor)
{
	while (cursor > 0 && line.at[cursor - 1] != ' ' && line.at[cursor - 1] != '\t')
		cursor--;
	return cursor;
}

/* Says whether an argument was typed already, of NAME=VALUE the name. */
static bool was_typed(const struct completion *c, struct slice candidate)
{
	struct slice rest = c->before, each;
	const uint8_t *equals = memchr(candidate.at, '=', candidate.len);
	struct slice name =
		slice_cut(candidate, 0, equals ? (size_t)(equals - candidate.at) + 1 : 0);
	while ((each = slice_word(&rest)).len)
		if (slice_equal(each, candidate) || (name.len && slice_starts(each, name)))
			return true;
	return false;
}

/* Offers plain text only.  A line feed in a name, once typed, would begin a line of its own, which
 * Enter would run. */
static void offer(const struct completion *c, const char *candidate)
{
	if (text_is_plain(slice_str(candidate)) && !was_typed(c, slice_str(candidate)))
		c->add(c->arg, candidate);
}

void complete_add(const struct completion *c, const char *candidate)
{
	if (slice_starts(slice_str(candidate), c->word))
		offer(c, candidate);
}

void complete_pair(const struct completion *c, const char *name, const char *value)
{
	char *pair;
	if (asprintf(&pair, "%s=%s", name, value) < 0)
		return;
	complete_add(c, pair);
	free(pair);
}

void complete_names(const struct completion *c, table_names names, const void *table)
{
	const char *name;
	for (size_t i = 0; (name = names(table, i)); i++)
		complete_add(c, name);
}

void complete_opened(const struct completion *c)
{
	for (size_t i = 0; i < c->shell->device_count; i++)
		complete_add(c, session_name(c->shell->devices[i]->session));
}

/* Ports have names of their own, of which nobody wants to see all before the first letters. */
void complete_ports(const struct completion *c)
{
	struct ports ports;
	struct error none;
	struct bytes word;
	if (!slice_starts(c->word, SLICE("serial:")) || !ports_list(&ports, &none))
		return;
	bytes_init(&word, LIMIT_MESSAGE);
	for (size_t i = 0; i < ports.count; i++) {
		bytes_clear(&word);
		bytes_addf(&word, "serial:%s", port_address(&ports.at[i]));
		complete_add(c, bytes_str(&word));
	}
	bytes_free(&word);
	ports_free(&ports);
}

void complete_actions(const struct completion *c)
{
	const struct ui_ops *ops = c->shell->ui->ops;
	if (ops->action)
		complete_names(c, ops->action, NULL);
}

void complete_fields(const struct completion *c)
{
	const struct session *s = shell_now(c->shell);
	const struct frame *frame = s ? session_frame(s) : NULL;
	for (size_t i = 0; frame && i < frame_field_count(frame); i++)
		complete_pair(c, frame_field_name(frame, i), "");
}

void complete_settings(const struct completion *c, const struct session *s)
{
	const struct transport_kind *kind = s ? session_address(s)->kind : NULL;
	for (size_t i = 0; setting_name(i); i++)
		if (setting_applies(kind, i))
			complete_pair(c, setting_name(i), "");
}

/* Returns a pattern for glob() that matches everything that begins with this text. */
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

/* Offers a path, in which the home folder is written as ~ again. */
static void add_file(const struct completion *c, char *path, size_t home)
{
	if (home) {
		path += home;
		*path = '~';
	}
	offer(c, path);
}

void complete_files(const struct completion *c)
{
	glob_t found;
	char *name = path_named(c->word), *pattern = glob_pattern(name);
	size_t home = strlen(name) - c->word.len; /* bytes by which ~ grew */
	if (glob(pattern, GLOB_MARK, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_file(c, found.gl_pathv[i], home);
		globfree(&found);
	}
	free(pattern);
	free(name);
}

static bool add_macro(void *arg, const char *name, struct slice comment)
{
	(void)comment;
	complete_add(arg, name);
	return true;
}

void complete_macros(const struct completion *c)
{
	struct completion copy = *c;
	struct error unread;
	if (!c->nth)
		macros_each(add_macro, &copy, &unread);
	complete_files(c);
}

/* What was offered already; lines. */
static bool was_offered(struct bytes *seen, struct slice text)
{
	struct slice list = bytes_slice(seen), each;
	while (slice_line(&list, &each))
		if (slice_equal(each, text))
			return true;
	return false;
}

/* Offers what begins with the word and is longer, once. */
static void offer_once(const struct completion *c, struct slice text, struct bytes *seen)
{
	if (text.len == c->word.len || !slice_starts(text, c->word) || was_offered(seen, text))
		return;
	size_t at = seen->len;
	bytes_addf(seen, "%.*s\n", SLICE_ARG(text));
	char *copy = mem_strn(text.at, text.len);
	if (seen->len > at)
		offer(c, copy);
	free(copy);
}

/* Offers words that were sent to this device before, the newest first. */
static void complete_sent(const struct completion *c, struct bytes *seen)
{
	struct history *h = shell_history(c->shell);
	for (size_t i = history_count(h); c->word.len && i-- > 0;) {
		struct slice line = history_line(h, i), each;
		while ((each = slice_word(&line)).len)
			if (each.at[0] != '.')
				offer_once(c, each, seen);
	}
}

/* Offers the commands of the built-in device, also where nothing was typed yet. */
static void complete_known(const struct completion *c, struct bytes *seen)
{
	const struct opened *device = shell_current(c->shell);
	struct slice command;
	if (!device || !device->answers)
		return;
	for (size_t i = 0; (command = sim_command(device->answers, i)).len; i++)
		offer_once(c, command, seen);
}

/* Completes a line for the device.  first: the word is its first one. */
static void complete_command(const struct completion *c, bool first)
{
	struct bytes seen;
	bytes_init(&seen, LIMIT_MESSAGE);
	complete_sent(c, &seen);
	if (first)
		complete_known(c, &seen);
	bytes_free(&seen);
}

/* outer: `.now` or `.tell`. */
static bool may_stand_behind(const struct verb *outer, const struct verb *verb)
{
	bool now = outer == &verb_now;
	return verb != &verb_now && verb != &verb_sendfile &&
	       (verb->kind == ORDER_SEND ? now || verb != &verb_tell : now && verb->out_of_turn);
}

/* Completes a verb; the word begins with its dot.  outer: the verb in front of it, or NULL. */
static void complete_verb(const struct completion *c, const struct verb *outer)
{
	for (size_t i = 0; verbs[i]; i++) {
		char dotted[32] = ".";
		strncat(dotted, verbs[i]->name, sizeof dotted - 2);
		if (verbs[i]->places & PLACE_PROMPT &&
			(!outer || may_stand_behind(outer, verbs[i])))
			complete_add(c, dotted);
	}
}

/* Returns the verb with exactly this name or alias. */
static const struct verb *verb_named(struct slice word)
{
	for (size_t i = 0; verbs[i]; i++)
		if (slice_is(word, verbs[i]->name) ||
			(verbs[i]->alias && slice_is(word, verbs[i]->alias)))
			return verbs[i];
	return NULL;
}

static size_t word_count(struct slice text)
{
	size_t count = 0;
	while (slice_word(&text).len)
		count++;
	return count;
}

/* Completes what follows the verb, up to the cursor. */
static void complete_argument(
	const struct completion *c, const struct verb *verb, struct slice rest)
{
	const struct cmd *cmd = cmd_of(verb);
	struct completion argument = *c;
	argument.before = slice_cut(rest, 0, rest.len - c->word.len);
	argument.nth = word_count(argument.before);
	if (verb == &verb_with)
		complete_fields(&argument);
	if (verb == &verb_sendfile && !argument.nth)
		complete_files(&argument);
	if (!cmd || !cmd->complete || (cmd->most && argument.nth >= (size_t)cmd->most))
		return;
	cmd->complete(&argument);
}

/* Completes the end of the line.  A verb may have a whole line behind it. */
static void complete_line(const struct completion *c, struct slice line, const struct verb *outer)
{
	struct slice rest = line, first = slice_word(&rest);
	const struct verb *verb;
	if (!first.len || first.at[0] != '.')
		complete_command(c, first.at + first.len == line.at + line.len);
	else if (first.at + first.len == line.at + line.len)
		complete_verb(c, outer);
	else if ((verb = verb_named(slice_cut(first, 1, first.len))) == &verb_tell ||
		 verb == &verb_now)
		complete_line(c, rest, verb);
	else
		complete_argument(c, verb, rest);
}

void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg)
{
	*start = word_start(line, cursor);
	const struct completion c = {
		.shell = sh, .word = slice_cut(line, *start, cursor), .add = add, .arg = arg};
	complete_line(&c, slice_cut(line, 0, cursor), NULL);
}
