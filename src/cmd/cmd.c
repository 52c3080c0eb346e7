/* cmd.c - the table of the words that may follow a dot at the beginning of a line; see cmd.h.
 *
 * COMMAND(name, group) is the command of cmd_NAME.c, LANGUAGE(name, group) a verb of the language
 * (macro.h); help lists it in that group.
 */
#include "cmd/cmd.h"

/* The verbs are sorted by name. */
#define VERBS(COMMAND, LANGUAGE)     \
	COMMAND(all, LINES)          \
	COMMAND(bind, WILCO)         \
	COMMAND(break, SENDING)      \
	LANGUAGE(capture, MACROS)    \
	COMMAND(close, LINES)        \
	LANGUAGE(confirm, MACROS)    \
	COMMAND(copy, FILES)         \
	LANGUAGE(delay, MACROS)      \
	COMMAND(device, LINES)       \
	COMMAND(devices, LINES)      \
	COMMAND(do, WILCO)           \
	COMMAND(download, FILES)     \
	COMMAND(drop, TAP)           \
	COMMAND(edit, FILES)         \
	LANGUAGE(else, MACROS)       \
	LANGUAGE(end, SENDING)       \
	LANGUAGE(every, SENDING)     \
	LANGUAGE(expect, MACROS)     \
	LANGUAGE(expect_not, MACROS) \
	LANGUAGE(fault, MACROS)      \
	COMMAND(filter, SEEING)      \
	COMMAND(find, SEEING)        \
	COMMAND(fleet, LINES)        \
	COMMAND(frame, LINES)        \
	COMMAND(goto, SEEING)        \
	LANGUAGE(greeting, MACROS)   \
	COMMAND(group, LINES)        \
	COMMAND(help, WILCO)         \
	LANGUAGE(hex, SENDING)       \
	COMMAND(highlight, SEEING)   \
	COMMAND(history, SEEING)     \
	COMMAND(hold, TAP)           \
	LANGUAGE(include, MACROS)    \
	COMMAND(inject, TAP)         \
	LANGUAGE(let, SENDING)       \
	LANGUAGE(literal, SENDING)   \
	COMMAND(log, FILES)          \
	COMMAND(macros, FILES)       \
	COMMAND(note, FILES)         \
	LANGUAGE(now, SENDING)       \
	LANGUAGE(on, MACROS)         \
	COMMAND(open, LINES)         \
	COMMAND(overview, LINES)     \
	COMMAND(pipe, FILES)         \
	COMMAND(play, FILES)         \
	COMMAND(ports, LINES)        \
	COMMAND(probe, LINES)        \
	COMMAND(quit, WILCO)         \
	COMMAND(record, FILES)       \
	LANGUAGE(repeat, SENDING)    \
	LANGUAGE(retry, MACROS)      \
	COMMAND(save, FILES)         \
	LANGUAGE(sendfile, SENDING)  \
	COMMAND(set, LINES)          \
	LANGUAGE(tell, SENDING)      \
	COMMAND(term, SEEING)        \
	LANGUAGE(text, SENDING)      \
	COMMAND(upload, FILES)       \
	COMMAND(use, LINES)          \
	COMMAND(view, SEEING)        \
	LANGUAGE(wait, SENDING)      \
	COMMAND(watch, SEEING)       \
	COMMAND(when, SENDING)       \
	LANGUAGE(wire, SENDING)      \
	LANGUAGE(with, LINES)        \
	LANGUAGE(within, MACROS)

#define DECLARED(name, group) extern const struct cmd cmd_##name;
#define NOTHING(name, group)
VERBS(DECLARED, NOTHING)

#define OF_COMMAND(name, group)  &cmd_##name.verb,
#define OF_LANGUAGE(name, group) &verb_##name,
const struct verb *const verbs[] = {VERBS(OF_COMMAND, OF_LANGUAGE) NULL};

#define GROUP_OF(name, group) GROUP_##group,
static const enum verb_group groups[] = {VERBS(GROUP_OF, GROUP_OF)};

enum verb_group verb_group(size_t index)
{
	return groups[index];
}

const char *verb_group_name(enum verb_group group)
{
	static const char names[GROUP_COUNT][28] = {[GROUP_LINES] = "devices, lines and frames",
		[GROUP_SENDING] = "sending",
		[GROUP_SEEING] = "looking",
		[GROUP_FILES] = "files and macros",
		[GROUP_TAP] = "in a tap",
		[GROUP_WILCO] = "wilco itself",
		[GROUP_MACROS] = "in files"};
	return names[group];
}

const struct cmd *cmd_of(const struct verb *verb)
{
	return verb && verb->kind == ORDER_VERB ? (const struct cmd *)verb : NULL;
}

bool cmd_in_tap(const struct shell *sh, const struct verb *verb, struct error *err)
{
	return (sh->role && sh->role->inject) ||
	       error_set(err, STATUS_USAGE,
		       ".%s is for the console of a tap: wilco tap LISTEN DEVICE on a terminal",
		       verb->name);
}
