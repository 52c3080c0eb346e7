/* console.c - wilco [DEVICE]: starts the console program, or without a terminal runs the pipe. */
#include "base/mem.h"
#include "cli/cli.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Beside this program first, so that a build runs in place. */
static void exec_console(char **argv)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "/wilco-console");
	if (n > 0) {
		path[n] = 0;
		char *slash = strrchr(path, '/');
		snprintf(slash ? slash : path, sizeof "/wilco-console", "/wilco-console");
		execv(path, argv);
	}
	execv(PKGLIBEXECDIR "/wilco-console", argv);
}

static enum status start(struct cli *cli, const char *device)
{
	char port[8];
	char *argv[20];
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
		argv[n++] = (char *)output_name(o->output);
	}
	if (o->log) {
		argv[n++] = (char *)(o->capture ? "--pcap" : "--log");
		argv[n++] = (char *)o->log;
	}
	if (o->verbose)
		argv[n++] = (char *)"-v";
	if (o->plain)
		argv[n++] = (char *)"--plain";
	if (o->demo)
		argv[n++] = (char *)"--demo";
	argv[n++] = (char *)"--";
	if (device)
		argv[n++] = (char *)device;
	argv[n] = NULL;
	exec_console(argv);
	struct error err;
	error_set(
		&err, STATUS_USAGE, "cannot start the console, wilco-console: %s", strerror(errno));
	return cli_error(&err, SLICE(""));
}

enum status cli_console(struct cli *cli)
{
	const char *device = cli->count ? cli->words[0] : NULL;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return start(cli, device);
	return cli_pipe(cli, device ? device : cli->context.device);
}
