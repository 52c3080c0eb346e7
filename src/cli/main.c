/* main.c - wilco: options, the table of sub-commands, and what all of them need. */
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

static const struct cli_command *const commands[] = {&cli_send, &cli_play, &cli_fleet, &cli_check,
	&cli_simulate, &cli_tap, &cli_import, &cli_frame, &cli_fmt, &cli_dump, &cli_demo, NULL};

static const char *command_name(const void *unused, size_t index)
{
	(void)unused;
	return commands[index] ? commands[index]->name : NULL;
}

/* ---- help ---- */

static void help(void)
{
	struct bytes *out = out_begin();
	bytes_add_str(out, "wilco - talks to devices in their own bytes\n\n"
			   "  wilco [DEVICE]                 the console\n");
	for (size_t i = 0; commands[i]; i++) {
		char left[48];
		snprintf(left, sizeof left, "wilco %s %s", commands[i]->name, commands[i]->args);
		bytes_addf(out, "  %-30s %s\n", left, commands[i]->help);
	}
	bytes_add_str(out, "\n");
	options_help(out);
	bytes_add_str(out,
		"\nDEVICE   HOST, HOST:PORT, [::1]:PORT, tcp://HOST:PORT?timeout=2s, "
		"listen://:PORT\n"
		"COMMAND  text with the escapes \\r \\n \\t \\e \\xHH \\<ESC 1b>, or .hex BYTES\n"
		"FRAME    such as  payload CR LF   or  ESC payload CR -> payload NUL\n"
		"\nman wilco explains everything; wilco demo shows it.");
	out_end();
}

/* ---- running ---- */

static enum status main_check_words(const struct cli_command *command, int count)
{
	if (count >= command->least && (command->most < 0 || count <= command->most))
		return STATUS_OK;
	struct error err;
	error_set(&err, STATUS_USAGE, "%s: wilco %s %s",
		count < command->least ? "too few words" : "too many words", command->name,
		command->args);
	return cli_error(&err, SLICE(""));
}

/* Refuses words that are neither a sub-command nor a device alone. */
static enum status not_a_command(const char *word)
{
	const char *near = table_near(slice_str(word), command_name, NULL);
	struct error err;
	error_set(&err, STATUS_USAGE, "'%s' is not a sub-command; did you mean wilco %s%s?",
		quote(slice_str(word)).text, near ? near : "send ",
		near ? "" : paste(slice_str(word)).text);
	return cli_error(&err, SLICE(""));
}

/* Returns the first option that is for wilco fleet alone; NULL: there is none. */
static const char *main_of_fleet(const struct options *o)
{
	const struct {
		const char *name, *value;
	} given[] = {{"--inventory", o->inventory}, {"--play", o->play}, {"--limit", o->limit},
		{"--rate", o->rate}, {"--every", o->every}, {"--failed", o->failed},
		{"--per-gateway", o->per_gateway}, {"--canary", o->canary},
		{"--stop-after", o->stop_after}, {"--group-by", o->group_by},
		{"--ignore", o->ignore}, {"--baseline", o->baseline}};
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		if (given[i].value)
			return given[i].name;
	return NULL;
}

/* Returns the first option that says what of a macro wilco play sends, and how often. */
static const char *main_of_play(const struct options *o)
{
	return o->times  ? "--times"
	       : o->from ? "--from"
	       : o->to   ? "--to"
	       : o->step ? "--step"
			 : NULL;
}

/* Refuses an option that would silently do nothing: --dry-run must never send. */
static enum status check_options(const struct cli *cli, const struct cli_command *command)
{
	const struct options *o = &cli->options;
	const char *of_fleet = command != &cli_fleet ? main_of_fleet(o) : NULL;
	const char *of_play = command != &cli_play ? main_of_play(o) : NULL;
	struct error err;
	if (of_fleet)
		error_set(&err, STATUS_USAGE, "%s works only with wilco fleet", of_fleet);
	else if (of_play)
		error_set(&err, STATUS_USAGE, "%s works only with wilco play", of_play);
	else if (o->dry_run && command != &cli_send && command != &cli_play &&
		 command != &cli_fleet)
		error_set(&err, STATUS_USAGE,
			"--dry-run works only with wilco send, play and fleet; the console shows "
			"the "
			"bytes above the line before Enter sends them");
	else if (o->log && command && command != &cli_send && command != &cli_tap)
		error_set(&err, STATUS_USAGE,
			"--log and --pcap work only with wilco send, tap and the console");
	else if (o->accept && command != &cli_play)
		error_set(&err, STATUS_USAGE, "--accept works only with wilco play");
	else if (o->check && command != &cli_fmt)
		error_set(&err, STATUS_USAGE, "--check works only with wilco fmt");
	else if (o->timing && !o->record && command != &cli_import)
		error_set(&err, STATUS_USAGE,
			"--timing goes with --record FILE, and with wilco import");
	else if (o->stream && command != &cli_import)
		error_set(&err, STATUS_USAGE, "--stream works only with wilco import");
	else if (o->raw && command != &cli_frame)
		error_set(&err, STATUS_USAGE, "--raw works only with wilco frame decode");
	else if (o->record && command != &cli_send && command != &cli_play && command != &cli_tap)
		error_set(&err, STATUS_USAGE,
			"--record works only with wilco send, play and tap; the console has "
			".record");
	else
		return STATUS_OK;
	return cli_error(&err, SLICE(""));
}

void cli_close(struct cli *cli, enum status status)
{
	if (cli->loop && loop_busy_threads(cli->loop))
		_exit((int)status); /* exit() would wait for it */
	if (cli->loop)
		loop_free(cli->loop);
	secret_forget();
	if (cli->context.book)
		context_close(&cli->context);
}

static enum status run(struct cli *cli, const struct cli_command *command)
{
	struct error err;
	struct bytes shown;
	enum status status;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (!context_open(&cli->context, &cli->options, &shown, &err)) {
		status = shown.len ? cli_shown(&shown, STATUS_USAGE) : cli_error(&err, SLICE(""));
	} else if (!(cli->loop = loop_new(&err))) {
		status = cli_error(&err, SLICE(""));
	} else {
		struct slice warnings = bytes_shown(&cli->context.warnings), line;
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

/* Takes `wilco help` and `wilco version`, which people try first, as options. */
static void take_words(struct cli *cli)
{
	struct slice word = slice_str(cli->count == 1 ? cli->words[0] : "");
	cli->options.help |= slice_is(word, "help");
	cli->options.version |= slice_is(word, "version");
}

static enum status dispatch(struct cli *cli)
{
	take_words(cli);
	if (cli->options.version || cli->options.help) {
		out_open(NULL, &output_text);
		if (cli->options.version)
			out_line(SLICE("wilco " PACKAGE_VERSION));
		else
			help();
		return out_close(STATUS_OK);
	}
	int found = cli->count ? table_exact(slice_str(cli->words[0]), command_name, NULL) : -1;
	const struct cli_command *command = found < 0 ? NULL : commands[found];
	if (!command && cli->count > 1)
		return not_a_command(cli->words[0]);
	enum status status = check_options(cli, command);
	if (command) {
		cli->words++;
		cli->count--;
		status = status ? status : main_check_words(command, cli->count);
	}
	return status ? status : run(cli, command);
}

/* Opens descriptors 0 to 2 where they are closed, so that no socket becomes standard output. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		/* Using it fails, so that a closed standard input is not read as empty. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_OUTPUT);
}

int main(int argc, char **argv)
{
	struct cli cli = {.program = argc ? argv[0] : "wilco"};
	struct error err;
	keep_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (ansible_called(argc, argv))
		return (int)ansible_main(argv[1]);
	char **words = cli.words = mem_new(((size_t)argc + 1) * sizeof *words);
	enum status status = options_parse(argc, argv, &cli.options, cli.words, &cli.count, &err)
				     ? dispatch(&cli)
				     : cli_error(&err, SLICE(""));
	free(words);
	return (int)status;
}
