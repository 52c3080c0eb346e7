/* cmd.h - the console's commands: one file each (cmd_NAME.c), its entry first, one table. */
#ifndef WILCO_CMD_H
#define WILCO_CMD_H

#include "cmd/context.h"
#include "cmd/history.h"
#include "cmd/queue.h"
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
	bool stays;      /* whoever looks at something goes on looking at it */
	/* Errors are placed in the rest. */
	bool (*run)(struct shell *sh, const struct cmd_call *call, struct error *err);
	bool files;   /* its arguments are names of files */
	bool devices; /* of open devices */
	/* The index-th word that could stand as argument; NULL: none (more). */
	const char *(*complete)(const struct shell *sh, size_t index);
};

/* NULL for the verbs that only send. */
const struct cmd *cmd_find(enum verb_id verb);

/* A device that was opened; its line may be closed again. */
struct opened {
	struct opened *next;
	struct shell *shell;
	struct session *session;
	struct history *history;
	unsigned number;    /* from 1 */
	bool unseen;        /* something came since it was the current one */
	bool opening;       /* and whether that succeeds is not known yet */
	uint64_t unwatched; /* the last command of a watch that ended before its answer was there */
};

struct shell {
	struct loop *loop;
	struct context *context;
	struct ui *ui;
	struct opened *opened;   /* in the order of their numbers */
	struct opened *current;  /* NULL: none was opened yet */
	struct session *session; /* of the current one; NULL */
	struct history *history; /* of the current one, or of a console without a device */
	struct history *no_device;
	const struct opened *labelled;   /* whose lines are printed now, NULL: without a label */
	bool keep_history, history_told; /* that it cannot be kept */
	enum status worst;
	bool hinted; /* the default frame was explained once */
	bool advised, welcomed;
	bool quitting;
	struct queue queue; /* lines typed while something was under way */
	bool together;      /* lines of a paste are run: .quit waits for those before it */
	struct loop_timer wait_timer;
	struct watch *watches;
	struct export *export; /* the file that is being written; NULL: none */
	struct bytes text;     /* for shell_prompt() and one line of output at a time */
};

/* What the files of the shell do for each other: shell.c (lines), opened.c (devices). */
void shell_raise_status(struct shell *sh, enum status status);
void shell_run_soon(struct shell *sh); /* lines that wait, from the loop */
void shell_set_current(struct shell *sh, struct opened *device);
struct history *shell_begin_history(struct shell *sh, const char *name);

/* What commands may do to the shell. */
void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What was just done: stands in the status, or is a note. */
void shell_say(struct shell *sh, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* That a command failed; nothing otherwise. */
void shell_show_failure(struct shell *sh, const struct session *s, const struct exchange *x);
/* The prompt, a session's state or what is under way may be another one now. */
void shell_refresh(struct shell *sh);
/* What of a command only a console with keys and a window does; an error where there are none. */
bool shell_screen(
	struct shell *sh, enum verb_id verb, const struct cmd_call *call, struct error *err);
/* Hints, each at most once where it would be a nuisance (show.c). */
void shell_explain_first(struct shell *sh);
void shell_explain_default_frame(struct shell *sh);
void shell_explain_timeout(struct shell *sh, const struct session *s, const struct exchange *x);
void shell_wait(struct shell *sh, int64_t ns);
/* Lines that wait for this device (NULL: for any) are not sent, and that is said; false: there were
 * none. */
bool shell_forget(struct shell *sh, const struct opened *device);
void shell_complain(struct shell *sh, const struct error *err, struct slice line);
/* A device that is open already, by name or number; or an error that lists them. */
struct opened *shell_find(struct shell *sh, struct slice name, struct error *err);
/* Prints them, a line each. */
void shell_list_opened(struct shell *sh);
void shell_use(struct shell *sh, struct opened *device);
/* Sends a command as if it were typed at this device; check: only whether it could be. */
bool shell_send(
	struct shell *sh, struct opened *device, struct slice text, bool check, struct error *err);
/* The session, or an error that says how to get one. */
struct session *shell_session(struct shell *sh, struct error *err);

#endif
