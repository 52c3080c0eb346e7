/* console.c - wilco [DEVICE]: starts the console program; where there is no terminal, the pipe. */
#include "base/beside.h"
#include "base/mem.h"
#include "cli/cli.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Becomes the console beside this program, so that a build runs in place, else the installed one.
 */
static enum status exec_console(char **argv)
{
	struct error err, found, *why = &found;
	int folder = beside_open(NULL, "wilco-console", why);
	if (folder >= 0) {
		execveat(folder, "wilco-console", argv, environ, 0);
		error_set(why, STATUS_USAGE, "%s", strerror(errno));
		close(folder);
	}
	execv(PKGLIBEXECDIR "/wilco-console", argv);
	if (!why->what[0])
		error_set(
			why, STATUS_USAGE, "%s/wilco-console: %s", PKGLIBEXECDIR, strerror(errno));
	error_set(&err, STATUS_USAGE, "cannot start the console, wilco-console: %s", why->what);
	error_hint(&err, "%s", why->hint);
	return cli_error(&err, SLICE(""));
}

static enum status console_start(struct cli *cli, const char *device)
{
	char port[8];
	char *argv[24];
	int n = 0;
	const struct options *o = &cli->options;
	argv[n++] = (char *)"wilco-console";
	if (o->frame) {
		argv[n++] = (char *)"-f";
		argv[n++] = (char *)o->frame;
	}
	if (o->port) {
		snprintf(port, sizeof port, "%u", o->port);
		argv[n++] = (char *)"-p";
		argv[n++] = port;
	}
	if (o->timeout) {
		argv[n++] = (char *)"-t";
		argv[n++] = (char *)o->timeout;
	}
	if (o->output_said) {
		argv[n++] = (char *)"-o";
		argv[n++] = (char *)o->output->name;
	}
	if (o->log) {
		argv[n++] = (char *)"--log";
		argv[n++] = (char *)o->log;
	}
	if (o->capture) {
		argv[n++] = (char *)"--pcap";
		argv[n++] = (char *)o->capture;
	}
	if (o->verbose)
		argv[n++] = (char *)"-v";
	if (o->plain)
		argv[n++] = (char *)"--plain";
	if (o->no_exec)
		argv[n++] = (char *)"--no-exec";
	if (o->demo)
		argv[n++] = (char *)"--demo";
	if (o->term)
		argv[n++] = (char *)"--term";
	argv[n++] = (char *)"--";
	if (device)
		argv[n++] = (char *)device;
	argv[n] = NULL;
	return exec_console(argv);
}

bool cli_has_console(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

enum status cli_console_as(struct cli *cli, const char *option)
{
	size_t count = 1;
	while (cli->arguments[count])
		count++;
	char **argv = mem_new((count + 2) * sizeof *argv);
	argv[0] = (char *)"wilco-console";
	argv[1] = (char *)option;
	memcpy(argv + 2, cli->arguments + 1, (count - 1) * sizeof *argv);
	enum status status = exec_console(argv);
	free(argv);
	return status;
}

enum status cli_console(struct cli *cli)
{
	const char *device = cli->count ? cli->words[0] : NULL;
	if (cli_has_console())
		return console_start(cli, device);
	struct error err;
	if (cli->options.term) {
		error_set(&err, STATUS_USAGE,
			"--term needs a terminal: standard input and output are none");
		return cli_error(&err, SLICE(""));
	}
	return cli_pipe(cli, device ? device : cli->context->device);
}
