/* cli.h - the sub-commands of wilco: one file each (NAME.c), one table in main.c. */
#ifndef WILCO_CLI_H
#define WILCO_CLI_H

#include "cmd/context.h"
#include "loop/loop.h"

/* What a sub-command gets; it returns the exit status. */
struct cli {
	const char *program; /* argv[0] */
	struct options options;
	struct context context;
	struct loop *loop;
	char **words; /* behind the sub-command's name */
	int count;
};

struct cli_command {
	const char *name;
	const char *args;
	const char *help;
	int least, most; /* words; most -1: any number */
	enum status (*run)(struct cli *cli);
};

extern const struct cli_command cli_send, cli_check, cli_simulate, cli_frame, cli_demo;
/* `wilco [DEVICE]`: the console, or without a terminal the pipe. */
enum status cli_console(struct cli *cli);
enum status cli_pipe(struct cli *cli, const char *device);

/* One message on standard error: "wilco: ..." */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum status cli_error(const struct error *err, struct slice text);
/* Text that error_show() made. */
enum status cli_shown(struct bytes *shown, enum status status);
void cli_stderr(struct slice text);
bool cli_stderr_utf8(void);

/* An interrupt or termination stops the loop; 0 when none came. */
enum status cli_signalled(void);
void cli_watch_signals(struct loop *loop, void (*hook)(void *arg), void *arg);
void cli_unwatch_signals(void);

#endif
