/* help.c - `wilco --help`, and `wilco SUB --help` for each sub-command. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include <stdio.h>

/* Columns of the screen, and those at which the two parts of a row begin. */
enum { COLUMNS = 80, LEFT = 2, RIGHT = 33 };

/* Adds words, broken into lines; `at` is the column at which they begin, which is reached first. */
static void add_words(struct bytes *out, size_t column, size_t at, const char *text)
{
	struct slice rest = slice_str(text), word;
	bool first = true;
	if (at && column >= at) {
		bytes_add_byte(out, '\n');
		column = 0;
	}
	while ((word = slice_word(&rest)).len) {
		if (!first && column + 1 + word.len > COLUMNS) {
			bytes_add_byte(out, '\n');
			column = 0;
			first = true;
		}
		size_t blanks = first ? at - column : 1;
		bytes_addf(out, "%*s%.*s", (int)blanks, "", SLICE_ARG(word));
		column += blanks + word.len;
		first = false;
	}
	bytes_add_byte(out, '\n');
}

static void add_row(struct bytes *out, const char *left, const char *right)
{
	bytes_addf(out, "%*s%s", LEFT, "", left);
	add_words(out, LEFT + strlen(left), RIGHT, right);
}

static void add_option(struct bytes *out, size_t index, unsigned by)
{
	char left[64], letter[5] = "    ", names[TABLE_NAMES_MAX];
	const struct option *o = option_at(index);
	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument[0] ? " " : "",
		o->argument);
	add_row(out, left, option_help(index, by, names));
}

static void add_command(struct bytes *out, const struct cli_command *command)
{
	char left[64];
	snprintf(left, sizeof left, "wilco %s%s%s %s",
		command->part_of ? command->part_of->name : "", command->part_of ? " " : "",
		command->name, command->args);
	add_row(out, left, command->help);
}

/* ---- what the words in capitals are ---- */

static const struct {
	enum word_kind kind;
	const char *text;
} notes[] = {
	{WORD_DEVICE, "DEVICE   a name of the device book, or HOST, HOST:PORT, [::1]:PORT,\n"
		      "         tcp://HOST:PORT?timeout=2s, /dev/ttyUSB0, listen://:PORT\n"},
	{WORD_COMMAND,
		"COMMAND  text with the escapes \\r \\n \\t \\e \\xHH \\<ESC 1b>, or .hex BYTES\n"},
	{WORD_FRAME, "FRAME    a name, such as line, or  payload CR LF  or\n"
		     "         ESC payload CR -> payload NUL\n"},
};

static bool has_word(const struct cli_command *command, enum word_kind kind)
{
	const struct option *o;
	for (size_t i = 0; i < CLI_WORDS; i++)
		if (command->words[i] == kind)
			return true;
	for (size_t i = 0; (o = option_at(i)); i++)
		if (o->by & command->by && o->word == kind && !option_hidden(o))
			return true;
	return false;
}

/* command: NULL for all notes. */
static void add_notes(struct bytes *out, const struct cli_command *command)
{
	bool any = false;
	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
		if (!command || has_word(command, notes[i].kind)) {
			bytes_add_str(out, any ? "" : "\n");
			bytes_add_str(out, notes[i].text);
			any = true;
		}
}

/* ---- the two kinds of help ---- */

void cli_help(void)
{
	struct bytes *out = out_begin();
	const struct option *o;
	bytes_add_str(out, "wilco - talks to devices in their own bytes\n\n");
	add_row(out, "wilco [DEVICE]", "the console");
	for (size_t i = 0; cli_command_at(i); i++)
		add_command(out, cli_command_at(i));
	bytes_add_str(
		out, "\nThe commonest options; wilco SUB --help has those of a sub-command:\n");
	for (size_t i = 0; (o = option_at(i)); i++)
		if (o->common)
			add_option(out, i, BY_ALL);
	add_notes(out, NULL);
	bytes_add_str(out, "\nman wilco explains everything; wilco demo shows it.");
	out_end();
}

void cli_help_command(const struct cli_command *command)
{
	struct bytes *out = out_begin();
	const struct option *o;
	bytes_add_str(out, "wilco ");
	cli_command_add_name(out, command);
	bytes_addf(out, "%s%s [OPTION...]\n\n", *command->args ? " " : "", command->args);
	if (command->about)
		add_words(out, 0, 0, command->about);
	else
		bytes_addf(out, "%s\n", command->help);
	for (size_t i = 0; command->parts && command->parts[i]; i++) {
		bytes_add_str(out, i ? "" : "\n");
		add_command(out, command->parts[i]);
	}
	bytes_add_byte(out, '\n');
	for (size_t i = 0; (o = option_at(i)); i++)
		if (o->by & command->by && !option_hidden(o))
			add_option(out, i, command->by);
	add_notes(out, command);
	bytes_addf(out, "\nFor example:\n  wilco %s\n\nman wilco explains everything.",
		command->example);
	out_end();
}
