/* main.c - wilco: options, the table of sub-commands, and what every one of them needs. */
#include "cli/cli.h"

#include "base/table.h"
#include "base/text.h"
#include "cli/output.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct cli_command *const commands[] = {
	&cli_send, &cli_check, &cli_simulate, &cli_frame, &cli_demo, NULL};

static const char *command_name(const void *unused, size_t index)
{
	(void)unused;
	return commands[index] ? commands[index]->name : NULL;
}

/* ---- standard error ---- */

bool cli_stderr_utf8(void)
{
	return !isatty(STDERR_FILENO) || text_locale_utf8();
}

void cli_stderr(struct slice text)
{
	while (text.len) {
		ssize_t n = write(STDERR_FILENO, text.at, text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text = slice_cut(text, (size_t)n, text.len);
	}
}

enum status cli_shown(struct bytes *shown, enum status status)
{
	cli_stderr(SLICE("wilco: "));
	cli_stderr(bytes_slice(shown));
	return status;
}

enum status cli_error(const struct error *err, struct slice text)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	error_show(err, NULL, text, cli_stderr_utf8(), &shown);
	cli_shown(&shown, err->status);
	bytes_free(&shown);
	return err->status;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	struct error note = {0};
	va_list args;
	if (cli->options.quiet)
		return;
	va_start(args, format);
	vsnprintf(note.what, sizeof note.what, format, args);
	va_end(args);
	cli_error(&note, SLICE(""));
}

/* ---- signals ---- */

static struct {
	struct loop_signal *watches[3];
	struct loop *loop;
	void (*hook)(void *arg);
	void *arg;
	int signo;
} signals;

static void on_signal(void *arg, int signo)
{
	(void)arg;
	signals.signo = signo;
	if (signals.hook)
		signals.hook(signals.arg);
	loop_stop(signals.loop);
}

void cli_watch_signals(struct loop *loop, void (*hook)(void *arg), void *arg)
{
	static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
	signals.loop = loop;
	signals.hook = hook;
	signals.arg = arg;
	for (size_t i = 0; i < 3; i++)
		signals.watches[i] = loop_signal_new(loop, watched[i], on_signal, NULL);
}

void cli_unwatch_signals(void)
{
	for (size_t i = 0; i < 3; i++)
		loop_signal_free(signals.watches[i]);
}

enum status cli_signalled(void)
{
	return signals.signo ? (enum status)(128 + signals.signo) : STATUS_OK;
}

/* ---- help ---- */

static void help(void)
{
	struct bytes out;
	bytes_init(&out, LIMIT_MESSAGE);
	bytes_add_str(&out, "wilco - talks to devices in their own bytes\n\n"
			    "  wilco [DEVICE]                 the console\n");
	for (size_t i = 0; commands[i]; i++) {
		char left[48];
		snprintf(left, sizeof left, "wilco %s %s", commands[i]->name, commands[i]->args);
		bytes_addf(&out, "  %-30s %s\n", left, commands[i]->help);
	}
	bytes_add_str(&out, "\n");
	options_help(&out);
	bytes_add_str(&out,
		"\nDEVICE   HOST, HOST:PORT, [::1]:PORT, tcp://HOST:PORT?timeout=2s, "
		"listen://:PORT\n"
		"COMMAND  text with the escapes \\r \\n \\t \\e \\xHH \\<ESC 1b>, or .hex BYTES\n"
		"FRAME    such as  payload CR LF   or  ESC payload CR -> payload NUL\n"
		"\nman wilco says it all; wilco demo shows it.\n");
	out_write(bytes_slice(&out));
	bytes_free(&out);
}

/* ---- running ---- */

static enum status check_words(const struct cli_command *command, int count)
{
	if (count >= command->least && (command->most < 0 || count <= command->most))
		return STATUS_OK;
	struct error err;
	error_set(&err, STATUS_USAGE, "%s: wilco %s %s",
		count < command->least ? "too few words" : "too many words", command->name,
		command->args);
	return cli_error(&err, SLICE(""));
}

/* More than a device, and no sub-command. */
static enum status not_a_command(const char *word)
{
	const char *near = table_near(slice_str(word), command_name, NULL);
	struct quoted q = quote(slice_str(word));
	struct error err;
	error_set(&err, STATUS_USAGE, "'%s' is not a sub-command; did you mean wilco %s%s?", q.text,
		near ? near : "send ", near ? "" : q.text);
	return cli_error(&err, SLICE(""));
}

/* An option that would silently do nothing is refused: --dry-run must never send. */
static enum status check_options(const struct cli *cli, const struct cli_command *command)
{
	const struct options *o = &cli->options;
	struct error err;
	if (o->dry_run && command != &cli_send)
		error_set(&err, STATUS_USAGE,
			"--dry-run goes with wilco send; the console shows the "
			"bytes above the line before Enter sends them");
	else if (o->log && command && command != &cli_send)
		error_set(
			&err, STATUS_USAGE, "--log and --pcap go with wilco send and the console");
	else
		return STATUS_OK;
	return cli_error(&err, SLICE(""));
}

static enum status run(struct cli *cli, const struct cli_command *command)
{
	struct error err;
	struct bytes shown;
	enum status status;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (!context_open(&cli->context, &cli->options, &shown, &err)) {
		status = shown.len ? cli_shown(&shown, STATUS_USAGE) : cli_error(&err, SLICE(""));
	} else {
		struct slice warnings = bytes_slice(&cli->context.warnings), line;
		while (slice_line(&warnings, &line))
			cli_note(cli, "%.*s", SLICE_ARG(line));
		cli->loop = loop_new();
		out_open(cli->loop, cli->options.output);
		status = out_close(command ? command->run(cli) : cli_console(cli));
		if (loop_busy_threads(cli->loop))
			_exit((int)status); /* exit() would wait for a lookup that may take minutes
					     */
		loop_free(cli->loop);
	}
	context_close(&cli->context);
	bytes_free(&shown);
	return status;
}

static enum status dispatch(struct cli *cli)
{
	if (cli->options.version || cli->options.help) {
		out_open(NULL, OUTPUT_TEXT);
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
		status = status ? status : check_words(command, cli->count);
	}
	return status ? status : run(cli, command);
}

/* Descriptors 0 to 2 are always something, so that no socket becomes standard output. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		/* One that cannot be used as it should: what was closed is not read as empty. */
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
	char **words = calloc((size_t)argc + 1, sizeof *words);
	if (!words)
		return STATUS_OUTPUT;
	cli.words = words;
	enum status status = options_parse(argc, argv, &cli.options, cli.words, &cli.count, &err)
				     ? dispatch(&cli)
				     : cli_error(&err, SLICE(""));
	free(words);
	return (int)status;
}
