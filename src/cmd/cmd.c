/* cmd.c - the table of the words that may follow a dot at the beginning of a line; see cmd.h.
 *
 * COMMAND(name) is the command of cmd_NAME.c, LANGUAGE(name) a verb of the language (macro.h).
 */
#include "cmd/cmd.h"

/* The verbs are sorted by name. */
#define VERBS(COMMAND, LANGUAGE) \
	COMMAND(all)             \
	COMMAND(bind)            \
	COMMAND(break)           \
	LANGUAGE(capture)        \
	COMMAND(close)           \
	LANGUAGE(confirm)        \
	COMMAND(copy)            \
	LANGUAGE(delay)          \
	COMMAND(device)          \
	COMMAND(devices)         \
	COMMAND(do)              \
	COMMAND(drop)            \
	COMMAND(edit)            \
	LANGUAGE(else)           \
	LANGUAGE(end)            \
	LANGUAGE(every)          \
	LANGUAGE(expect)         \
	LANGUAGE(expect_not)     \
	LANGUAGE(fault)          \
	COMMAND(filter)          \
	COMMAND(find)            \
	COMMAND(fleet)           \
	COMMAND(frame)           \
	COMMAND(goto)            \
	LANGUAGE(greeting)       \
	COMMAND(group)           \
	COMMAND(help)            \
	LANGUAGE(hex)            \
	COMMAND(highlight)       \
	COMMAND(history)         \
	COMMAND(hold)            \
	LANGUAGE(include)        \
	COMMAND(inject)          \
	LANGUAGE(let)            \
	LANGUAGE(literal)        \
	COMMAND(log)             \
	COMMAND(macros)          \
	COMMAND(note)            \
	LANGUAGE(now)            \
	LANGUAGE(on)             \
	COMMAND(open)            \
	COMMAND(overview)        \
	COMMAND(play)            \
	COMMAND(ports)           \
	COMMAND(probe)           \
	COMMAND(quit)            \
	COMMAND(record)          \
	LANGUAGE(repeat)         \
	LANGUAGE(retry)          \
	COMMAND(save)            \
	COMMAND(set)             \
	LANGUAGE(tell)           \
	COMMAND(term)            \
	LANGUAGE(text)           \
	COMMAND(use)             \
	COMMAND(view)            \
	LANGUAGE(wait)           \
	COMMAND(watch)           \
	COMMAND(when)            \
	LANGUAGE(wire)           \
	LANGUAGE(with)           \
	LANGUAGE(within)

#define DECLARED(name) extern const struct cmd cmd_##name;
#define NOTHING(name)
VERBS(DECLARED, NOTHING)

#define OF_COMMAND(name)  &cmd_##name.verb,
#define OF_LANGUAGE(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(OF_COMMAND, OF_LANGUAGE) NULL};

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
