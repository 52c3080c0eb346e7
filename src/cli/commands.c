/* commands.c - the table of the sub-commands, and which options each of them takes. */
#include "cli/cli.h"

#include "base/table.h"

static const struct cli_command *const commands[] = {&cli_send, &cli_play, &cli_fleet, &cli_check,
	&cli_simulate, &cli_tap, &cli_import, &cli_view, &cli_frame, &cli_fmt, &cli_dump,
	&cli_ports, &cli_demo, NULL};

const struct cli_command *cli_command_at(size_t index)
{
	return commands[index];
}

const char *cli_command_name(const void *unused, size_t index)
{
	(void)unused;
	return commands[index] ? commands[index]->name : NULL;
}

const struct cli_command *cli_command_find(char *const *words, int count, int *named)
{
	int found = count ? table_exact(slice_str(words[0]), cli_command_name, NULL) : -1;
	*named = found < 0 ? 0 : 1;
	if (found < 0)
		return NULL;
	for (size_t i = 0; count > 1 && commands[found]->parts && commands[found]->parts[i]; i++)
		if (strcmp(words[1], commands[found]->parts[i]->name) == 0) {
			*named = 2;
			return commands[found]->parts[i];
		}
	return commands[found];
}

void cli_command_add_name(struct bytes *out, const struct cli_command *command)
{
	if (command->part_of)
		bytes_addf(out, "%s ", command->part_of->name);
	bytes_add_str(out, command->name);
}

/* ---- who takes an option ---- */

enum { TAKERS_MAX = 32 };

/* Those who take an option; NULL stands for the console. */
struct takers {
	const struct cli_command *at[TAKERS_MAX];
	size_t count;
};

static void takers_find(struct takers *t, unsigned by)
{
	t->count = 0;
	for (size_t i = 0; commands[i]; i++) {
		const struct cli_command *const *parts = commands[i]->parts;
		bool whole = !parts || (commands[i]->by & ~by) == 0;
		if (whole && commands[i]->by & by)
			t->at[t->count++] = commands[i];
		for (size_t j = 0; !whole && parts[j]; j++)
			if (parts[j]->by & by)
				t->at[t->count++] = parts[j];
	}
	if (by & BY_CONSOLE)
		t->at[t->count++] = NULL;
}

/* Adds "wilco send, tap and the console". */
static void takers_add(struct bytes *out, unsigned by)
{
	struct takers t;
	takers_find(&t, by);
	for (size_t i = 0; i < t.count; i++) {
		bytes_add_str(out, i == 0 ? "" : i + 1 < t.count ? ", " : " and ");
		bytes_add_str(out, !t.at[i] ? "the console" : i ? "" : "wilco ");
		if (t.at[i])
			cli_command_add_name(out, t.at[i]);
	}
}

/* Says whether the sub-command has another option of that name, which is read only behind it. */
static bool takes_behind(const struct option *option, unsigned by)
{
	const struct option *other;
	for (size_t i = 0; (other = option_at(i)); i++)
		if (other->by & by && other != option && strcmp(other->name, option->name) == 0)
			return true;
	return false;
}

static bool refuse(
	const struct option *option, const struct cli_command *command, struct error *err)
{
	struct bytes takers;
	if (command && takes_behind(option, command->by))
		return error_set(err, STATUS_USAGE, "--%s must stand behind the word %s",
			option->name, command->name);
	bytes_init(&takers, LIMIT_MESSAGE);
	takers_add(&takers, option->by);
	error_set(err, STATUS_USAGE, "--%s works only with %s%s%s", option->name,
		bytes_str(&takers), !command && option->instead[0] ? "; the console has " : "",
		command ? "" : option->instead);
	bytes_free(&takers);
	return false;
}

bool cli_takes_options(
	const struct options *o, const struct cli_command *command, struct error *err)
{
	unsigned by = command ? command->by : BY_CONSOLE;
	const struct option *option;
	for (size_t i = 0; o->given >> i && (option = option_at(i)); i++)
		if (o->given >> i & 1 && !(option->by & by))
			return refuse(option, command, err);
	if (o->timing && !o->record && command != &cli_import)
		return error_set(err, STATUS_USAGE,
			"--timing goes with --record FILE, and with wilco import");
	return true;
}
