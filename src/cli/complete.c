/* complete.c - `wilco __complete -- WORD...`, which the completion of the shells runs
 * (src/completion): what could stand in the place of the last word of `wilco WORD...`.
 *
 * The first line says whether files could ("files"), or not ("words"); each other line is a word,
 * and behind a TAB what it is.  Nothing is opened but the configuration and the folder of macros,
 * and no line holds anything but printable characters.  The tables are those that run the program,
 * so that the shells are never behind them.
 */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/out.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include "transport/ports.h"
#include <stdio.h>
#include <stdlib.h>

/* What stands in front of the last word. */
struct typed {
	char *const *words; /* those that are none of an option, and no arguments of one */
	int count;
	bool words_only;                   /* `--` came: no option follows */
	const struct option *awaited;      /* whose argument the last word is; NULL: it is none */
	const struct cli_command *command; /* NULL: none yet, or none at all */
	int named;                         /* words that name it */
};

/* What is offered: words that begin with `begin`, in which they follow `head`. */
struct offering {
	struct cli *cli;
	struct slice head, begin;
	bool opened; /* the configuration was read */
};

static void offer(const struct offering *o, const char *word, struct slice what)
{
	if (!slice_starts(slice_str(word), o->begin) || !text_is_plain(slice_str(word)) ||
		!text_is_plain(o->head))
		return;
	bytes_addf(out_begin(), "%.*s%s\t", SLICE_ARG(o->head), word);
	text_add(out_begin(), what, TEXT_PLAIN | out_spelling());
	out_end();
}

static void offer_names(
	const struct offering *o, table_names names, const void *table, const char *what)
{
	const char *name;
	for (size_t i = 0; (name = names(table, i)); i++)
		offer(o, name, slice_str(what));
}

/* ---- by kind ---- */

/* Reads the configuration.  What is wrong in it is not said here; what comes before it is offered.
 */
static struct context *configured(struct offering *o)
{
	struct error unsaid;
	struct bytes shown;
	if (!o->opened) {
		bytes_init(&shown, LIMIT_MESSAGE);
		cli_open(o->cli, &shown, &unsaid);
		bytes_free(&shown);
	}
	o->opened = true;
	return o->cli->context;
}

static void offer_devices(struct offering *o)
{
	const struct devices *d = &configured(o)->devices;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	for (size_t i = 0; i < d->count; i++) {
		bytes_clear(&text);
		address_text(&d->at[i]->address, &text);
		offer(o, d->at[i]->name, bytes_shown(&text));
	}
	bytes_free(&text);
}

static void offer_ports(struct offering *o)
{
	struct ports ports;
	struct error unsaid;
	struct bytes word;
	if (!slice_starts(o->begin, SLICE("serial:")) || !ports_list(&ports, &unsaid))
		return;
	bytes_init(&word, LIMIT_MESSAGE);
	for (size_t i = 0; i < ports.count; i++) {
		const struct port_info *p = &ports.at[i];
		bytes_clear(&word);
		bytes_addf(&word, "serial:%s", port_address(p));
		offer(o, bytes_str(&word), slice_str(p->model ? p->model : p->path));
	}
	bytes_free(&word);
	ports_free(&ports);
}

static void offer_frames(struct offering *o)
{
	const struct frame_book *book = configured(o)->book;
	const char *name, *group, *what;
	for (size_t i = 0; (name = frame_book_name(book, i, &group, &what)); i++)
		offer(o, name, slice_str(what ? what : group));
}

/* Offers the verbs that a COMMAND may begin with. */
static void offer_verbs(const struct offering *o)
{
	for (size_t i = 0; verbs[i]; i++) {
		char dotted[32] = ".";
		strncat(dotted, verbs[i]->name, sizeof dotted - 2);
		if (verbs[i]->places & PLACE_COMMAND)
			offer(o, dotted, slice_str(verbs[i]->help));
	}
}

static bool offer_macro(void *arg, const char *name, struct slice comment)
{
	offer(arg, name, comment);
	return true;
}

static void offer_kind(struct offering *o, unsigned kind)
{
	struct error unsaid;
	if (kind & WORD_DEVICE) {
		offer_devices(o);
		offer_ports(o);
	}
	if (kind & WORD_GROUP)
		offer_names(o, group_name_at, &configured(o)->groups, "a group");
	if (kind & WORD_FRAME)
		offer_frames(o);
	if (kind & WORD_COMMAND)
		offer_verbs(o);
	if (kind & WORD_NAME)
		macros_each(offer_macro, o, &unsaid);
	if (kind & WORD_OUTPUT)
		offer_names(o, output_name, NULL, "");
	if (kind & WORD_CRC)
		offer(o, "crc", SLICE("the CRCs"));
}

/* ---- by place ---- */

static void offer_options(const struct offering *o, const struct cli_command *command)
{
	const struct option *option;
	unsigned by = command ? command->by : BY_CONSOLE;
	char dashed[48], names[TABLE_NAMES_MAX];
	for (size_t i = 0; (option = option_at(i)); i++) {
		if (option_hidden(option) || !(option->by & by || (!command && option->common)))
			continue;
		snprintf(dashed, sizeof dashed, "--%s", option->name);
		offer(o, dashed, slice_str(option_help(i, by, names)));
	}
}

static void offer_commands(const struct offering *o)
{
	for (size_t i = 0; cli_command_at(i); i++)
		offer(o, cli_command_at(i)->name, slice_str(cli_command_at(i)->help));
}

/* Offers the words of an argument such as N|all; what stands for a value is in capitals. */
static void offer_alternatives(const struct offering *o, const char *argument)
{
	while (*argument) {
		size_t n = strcspn(argument, "|");
		char *word = mem_strn(argument, n);
		if (is_letter((uint8_t)word[0]) && word[0] >= 'a')
			offer(o, word, SLICE(""));
		free(word);
		argument += argument[n] ? n + 1 : n;
	}
}

/* Offers the sub-commands that could stand there. */
static void offer_place(const struct offering *o, const struct typed *t)
{
	const struct cli_command *const *parts = t->command ? t->command->parts : NULL;
	if (!t->count)
		offer(o, "help", SLICE("what a sub-command takes"));
	if (!t->count || (t->count == 1 && strcmp(t->words[0], "help") == 0))
		offer_commands(o);
	for (size_t i = 0; parts && t->count == t->named && parts[i]; i++)
		offer(o, parts[i]->name, slice_str(parts[i]->help));
}

static unsigned kind_at(const struct typed *t)
{
	const struct cli_command *command = t->command;
	int at = t->count - t->named;
	if (!command)
		return t->count ? WORD_ANY : WORD_DEVICE;
	if (command->most >= 0 && t->count > command->most)
		return WORD_ANY;
	return command->words[at < CLI_WORDS ? at : CLI_WORDS - 1];
}

/* Cuts "--option=" off the word, of which the rest is the option's argument; NULL: it has none. */
static const struct option *cut_option(struct slice *word, const char *first)
{
	const uint8_t *equals = memchr(word->at, '=', word->len);
	size_t n = equals ? (size_t)(equals - word->at) : 0;
	if (!equals || !slice_starts(*word, SLICE("--")))
		return NULL;
	char *name = mem_strn(word->at, n);
	const struct option *option = option_awaits(name, first);
	if (option)
		*word = slice_cut(*word, n + 1, word->len);
	free(name);
	return option;
}

/* Cuts what stands before the last comma of a list off the word. */
static bool cut_list(struct slice *word)
{
	size_t n = word->len;
	while (n && word->at[n - 1] != ',')
		n--;
	*word = slice_cut(*word, n, word->len);
	return n > 0;
}

static void offer_last(struct offering *o, const struct typed *t, struct slice word)
{
	const struct option *option = t->awaited;
	bool dash = !t->words_only && !option && slice_starts(word, SLICE("-"));
	o->begin = word;
	if (dash)
		option = cut_option(&o->begin, t->count ? t->words[0] : NULL);
	unsigned kind = option ? option->word : dash ? WORD_ANY : kind_at(t);
	if (kind == WORD_TARGETS && cut_list(&o->begin))
		kind &= ~(unsigned)WORD_FILE;
	o->head = slice_cut(word, 0, word.len - o->begin.len);
	out_line(kind & WORD_FILE ? SLICE("files") : SLICE("words"));
	if (!option && dash)
		offer_options(o, t->command);
	else if (!option)
		offer_place(o, t);
	else
		offer_alternatives(o, option->argument);
	offer_kind(o, kind);
}

/* Sorts the words in front of the last one; those that are kept go to `kept`. */
static void read_typed(struct typed *t, char **words, int count, char **kept)
{
	*t = (struct typed){.words = kept};
	for (int i = 0; i < count; i++) {
		const char *word = words[i];
		if (t->awaited)
			t->awaited = NULL;
		else if (t->words_only || word[0] != '-' || !word[1])
			kept[t->count++] = words[i];
		else if (strcmp(word, "--") == 0)
			t->words_only = true;
		else
			t->awaited = option_awaits(word, t->count ? kept[0] : NULL);
	}
	t->command = cli_command_find(kept, t->count, &t->named);
}

enum status cli_complete(struct cli *cli)
{
	struct typed typed;
	struct offering o = {.cli = cli};
	int before = cli->count - 2; /* without the sub-command and the last word */
	char **kept = mem_new((size_t)cli->count * sizeof *kept);
	read_typed(&typed, cli->words + 1, before, kept);
	out_open(NULL, &output_text);
	offer_last(&o, &typed, slice_str(cli->words[cli->count - 1]));
	enum status status = out_close(STATUS_OK);
	free(kept);
	cli_close(cli, status);
	return status;
}
