/* cmd.h - the console's commands: one file each (cmd_NAME.c), its entry first, one table. */
#ifndef WILCO_CMD_H
#define WILCO_CMD_H

#include "cmd/context.h"
#include "cmd/history.h"
#include "cmd/shell.h"
#include "loop/loop.h"
#include <wilco/macro.h>
#include <wilco/session.h>

enum { CMD_ARGS_MAX = 4 };

struct cmd_call {
	struct slice rest;               /* behind the verb, verbatim */
	struct slice args[CMD_ARGS_MAX]; /* split, unless the command takes the rest */
	int count;
};

struct cmd {
	enum verb_id verb;
	bool takes_rest; /* arguments are not split */
	int most;        /* arguments at most */
	bool at_once;    /* runs even while a command waits for its reply */
	/* Errors are placed in the rest. */
	bool (*run)(struct shell *sh, const struct cmd_call *call, struct error *err);
	/* The index-th word that could stand as argument; NULL: none (more). */
	const char *(*complete)(const struct shell *sh, size_t index);
};

/* NULL for the verbs that only send. */
const struct cmd *cmd_find(enum verb_id verb);

struct queued_line {
	struct queued_line *next;
	char *text;
};

struct shell {
	struct loop *loop;
	struct context *context;
	struct ui *ui;
	struct session *session; /* NULL: none was opened yet */
	struct history *history;
	bool keep_history;
	enum status worst;
	bool hinted; /* the default frame was explained once */
	bool quitting;
	struct queued_line *lines, *last_line; /* typed while something was under way */
	size_t line_count;
	struct loop_timer wait_timer;
	struct bytes text; /* for shell_prompt() and one line of output at a time */
};

/* What commands may do to the shell. */
void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void shell_wait(struct shell *sh, int64_t ns);
void shell_quit(struct shell *sh);
/* The session, or an error that says how to get one. */
struct session *shell_session(struct shell *sh, struct error *err);

#endif
