/* main.c - wilco: options, and what all sub-commands need. */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/paste.h"
#include "base/secret.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/ansible.h"
#include "cli/ask.h"
#include "cli/out.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FEW = 32 }; /* words that need no memory of their own */

/* ---- running ---- */

static APART enum status main_check_words(
	const struct cli_command *command, char **words, int count)
{
	if (count >= command->least && (command->most < 0 || count <= command->most))
		return STATUS_OK;
	struct error err;
	const char *gap = command->args[0] ? " " : "";
	if (count < command->least)
		error_set(&err, STATUS_USAGE, "too few words: wilco %s%s%s", command->name, gap,
			command->args);
	else
		error_set(&err, STATUS_USAGE, "too many words: wilco %s%s%s, and then '%s'",
			command->name, gap, command->args,
			quote(slice_str(words[command->most])).text);
	return cli_error(&err, SLICE(""));
}

/* Refuses words that are neither a sub-command nor a device alone. */
static APART enum status not_a_command(const char *word)
{
	const char *near = table_near(slice_str(word), cli_command_name, NULL);
	struct error err;
	error_set(&err, STATUS_USAGE, "'%s' is not a sub-command; did you mean wilco %s%s?",
		quote(slice_str(word)).text, near ? near : "send ",
		near ? "" : paste(slice_str(word)).text);
	return cli_error(&err, SLICE(""));
}

void cli_close(struct cli *cli, enum status status)
{
	if (cli->loop && loop_busy_threads(cli->loop))
		_exit((int)status); /* exit() would wait for it */
	if (cli->loop)
		loop_free(cli->loop);
	secret_forget();
	if (cli->context && cli->context->book)
		context_close(cli->context);
	free(cli->context);
}

bool cli_open(struct cli *cli, struct bytes *shown, struct error *err)
{
	cli->context = mem_new(sizeof *cli->context);
	return context_open(cli->context, &cli->options, shown, err);
}

static APART enum status run(struct cli *cli, const struct cli_command *command)
{
	struct error err;
	struct bytes shown;
	enum status status;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (!cli_open(cli, &shown, &err)) {
		status = shown.len ? cli_shown(&shown, STATUS_USAGE) : cli_error(&err, SLICE(""));
	} else if (!(cli->loop = loop_new(&err))) {
		status = cli_error(&err, SLICE(""));
	} else {
		struct slice warnings = bytes_shown(&cli->context->warnings), line;
		while (slice_line(&warnings, &line))
			cli_note(cli, "%.*s", SLICE_ARG(line));
		out_open(cli->loop, cli->options.output);
		cli_ask_secrets(cli);
		status = out_close(command ? command->run(cli) : cli_console(cli));
	}
	bytes_free(&shown);
	cli_close(cli, status);
	return status;
}

/* Takes `wilco help`, `wilco help SUB` and `wilco version`, which people try first, as options. */
static void take_words(struct cli *cli)
{
	int named;
	if (!cli->count)
		return;
	struct slice word = slice_str(cli->words[0]);
	bool help = slice_is(word, "help");
	if (help && cli->count > 1 && cli_command_find(cli->words + 1, cli->count - 1, &named)) {
		cli->words++;
		cli->count--;
	} else if (cli->count > 1) {
		return;
	}
	cli->options.help |= help;
	cli->options.version |= slice_is(word, "version");
}

static enum status tell(const struct cli *cli, const struct cli_command *command)
{
	out_open(NULL, &output_text);
	if (cli->options.version)
		out_only(SLICE("wilco " PACKAGE_VERSION "\n"));
	else if (command)
		cli_help_command(command);
	else
		cli_help();
	return out_close(STATUS_OK);
}

static enum status dispatch(struct cli *cli)
{
	int named;
	struct error err;
	if (cli->count > 1 && strcmp(cli->words[0], "__complete") == 0)
		return cli_complete(cli);
	take_words(cli);
	const struct cli_command *part = cli_command_find(cli->words, cli->count, &named);
	if (cli->options.version || cli->options.help)
		return tell(cli, part);
	if (!part && cli->count > 1)
		return not_a_command(cli->words[0]);
	if (!cli_takes_options(&cli->options, part, &err))
		return cli_error(&err, SLICE(""));
	const struct cli_command *command = part && part->part_of ? part->part_of : part;
	if (command) {
		cli->words++;
		cli->count--;
		enum status status = main_check_words(command, cli->words, cli->count);
		if (status)
			return status;
	}
	return run(cli, command);
}

/* Opens descriptors 0 to 2 where they are closed, so that no socket becomes standard output. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		/* Using it fails, so that a closed standard input is not read as empty. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_OUTPUT);
}

/* Ends at once.  The system takes back what exit() would free, and only for that exit() would touch
 * pages of libraries, which is a tenth of a short start.  AddressSanitizer looks for leaks there.
 */
static _Noreturn void leave(enum status status)
{
#ifdef __SANITIZE_ADDRESS__
	exit((int)status);
#else
	_exit((int)status);
#endif
}

int main(int argc, char **argv)
{
	char *few[FEW];
	struct cli cli = {.program = argc ? argv[0] : "wilco", .arguments = argv};
	struct error err;
	keep_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (ansible_called(argc, argv))
		leave(ansible_main(argv[1]));
	char **words = argc < FEW ? few : mem_new(((size_t)argc + 1) * sizeof *words);
	cli.words = words;
	enum status status = options_parse(argc, argv, &cli.options, cli.words, &cli.count, &err)
				     ? dispatch(&cli)
				     : cli_error(&err, SLICE(""));
	if (words != few)
		free(words);
	leave(status);
}
