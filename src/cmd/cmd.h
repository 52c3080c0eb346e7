/* cmd.h - the console's commands.  Each is a file (cmd_NAME.c) that begins with its struct cmd;
 * cmd.c has the table. */
#ifndef WILCO_CMD_H
#define WILCO_CMD_H

#include "base/table.h"
#include "cmd/advice.h"
#include "cmd/context.h"
#include "cmd/history.h"
#include "cmd/overview.h"
#include "cmd/queue.h"
#include "cmd/shell.h"
#include "loop/loop.h"
#include "record/record.h"
#include <wilco/macro.h>

enum { CMD_ARGS_MAX = 6 };

struct cmd_call {
	struct slice rest;               /* what follows the verb, verbatim */
	struct slice args[CMD_ARGS_MAX]; /* split, unless the command takes the rest */
	int count;
};

/* A word to complete. */
struct completion {
	const struct shell *shell;
	struct slice word;   /* as far as it is typed */
	struct slice before; /* the arguments in front of it, */
	size_t nth;          /* so many words; none of them is offered again */
	void (*add)(void *arg, const char *candidate);
	void *arg;
};

/* On failure the place in err counts from the beginning of the rest. */
typedef bool cmd_run(struct shell *sh, const struct cmd_call *call, struct error *err);
typedef bool cmd_configure(struct context *c, struct slice rest, struct error *err);
typedef void cmd_complete(const struct completion *c);

struct cmd {
	struct verb verb; /* the first member, so that cmd_of() can cast it */
	cmd_run *run;
	/* Adds the bytes that it would send, for the preview; NULL: it sends none. */
	bool (*wire)(struct shell *sh, const struct cmd_call *call, struct bytes *out,
		struct error *err);
	cmd_configure *configure; /* runs it as a line of the configuration (PLACE_CONFIG) */
	cmd_complete *complete;   /* adds what could be an argument; NULL: nothing is known */
	int8_t most; /* most arguments it takes; with takes_rest, that completion knows (0: all) */
	bool takes_rest; /* arguments are not split */
	bool patterns;   /* an argument in slashes is a pattern, verbatim */
	bool at_once;    /* runs even while a command waits for its reply */
	bool chooses;    /* it chooses the device of the lines after it, which wait for it */
	bool stays;      /* whoever browses goes on browsing after it */
	bool talks;      /* it talks to devices, or opens or closes their lines: in no role */
	bool as_if;      /* `wire` adds what the last command would be, and nothing is sent */
};

/* What a shell is that sends no lines to a device, because it only listens.  A member that is NULL
 * does not belong to it. */
struct role {
	const char *name; /* the prompt, and what messages call it: "tap" */
	bool file;        /* it shows a file, in which nothing happens any more */
	void (*free)(struct shell *sh);
	/* Add what bar and status say, text that is not safe yet. */
	void (*title)(const struct shell *sh, struct bytes *out);
	void (*status)(const struct shell *sh, struct bytes *out);
	/* Takes what is typed instead of a command for a device.  wire: only says what it would
	 * send, and adds that; NULL: sends it. */
	bool (*line)(struct shell *sh, const struct order *o, struct slice text, struct bytes *wire,
		struct error *err);
	/* As session_log(), session_log_path() and session_reopen_log(). */
	bool (*log)(struct shell *sh, const char *name, struct error *err);
	const char *(*log_path)(const struct shell *sh, size_t index);
	bool (*reopen_log)(struct shell *sh);
	void (*settings)(struct shell *sh); /* those of the session were changed */
	/* The console ends: says whether it has to wait for what goes out; NULL: it need not. */
	bool (*finish)(struct shell *sh);
	/* Adds what was done here, for who leaves; false: nothing was.  NULL: commands count. */
	bool (*summary)(const struct shell *sh, struct bytes *out);
	/* Adds what stands before the line, as safe text; NULL, or false: the role's name. */
	bool (*prompt)(const struct shell *sh, struct bytes *out);
	/* Returns what an empty line does, or one with bytes on it; NULL: nothing of its own. */
	const char *(*hint)(const struct shell *sh, bool empty);
	/* A line is over: puts the next one there, if it has one.  What it put there stands aside,
	 * because a person types something else, or gives it up; false: it put nothing there. */
	void (*offer)(struct shell *sh);
	bool (*aside)(struct shell *sh);
	/* A recording begins, or ends (all): what passed before is recorded now. */
	void (*settle)(struct shell *sh, bool all);
	/* For the verbs of a tap; wire: as above. */
	bool (*inject)(struct shell *sh, struct slice rest, struct bytes *wire, struct error *err);
	bool (*hold)(struct shell *sh, struct slice rest, struct error *err);
	bool (*drop)(struct shell *sh, struct error *err);
};

/* Returns the command of a verb; NULL for a verb of the language, and for NULL. */
const struct cmd *cmd_of(const struct verb *verb);

/* The groups in which help lists the verbs of the table in cmd.c, by their index there. */
enum verb_group {
	GROUP_LINES,
	GROUP_SENDING,
	GROUP_SEEING,
	GROUP_FILES,
	GROUP_TAP,
	GROUP_WILCO,
	GROUP_MACROS, /* the language of files */
	GROUP_COUNT
};
enum verb_group verb_group(size_t index);
const char *verb_group_name(enum verb_group group);

/* Returns the index-th setting that belongs to no line; NULL at the end. */
const char *general_setting(size_t index, const char **help);

/* Says whether this is the console of a tap; if not, err says that the verb needs it. */
bool cmd_in_tap(const struct shell *sh, const struct verb *verb, struct error *err);

/* A device that was opened, even if its line is closed again. */
struct opened {
	struct shell *shell;
	struct session *session;
	struct history *history;
	struct record_device *recorded;
	size_t index; /* in the shell's array; people count from 1 */
	bool unseen;  /* something came since it was the current one */
	/* Of `wilco demo`: what it answers; borrowed; NULL: nobody knows. */
	const struct sim_script *answers;
	bool opening; /* whether opening succeeds is not known yet */
	struct advice advice;
	struct watch *gave_up; /* the watch whose command was the last one given up: a late reply
				  belongs to it; NULL: none */
	struct heard heard;    /* what it said last */
	struct piped *piped;   /* a program has its line; NULL: none has */
};

enum { AWAY_MAX = 1000 };

struct shell {
	struct loop *loop;
	const struct sim_script *demo; /* what the demo's devices answer; borrowed; NULL: no demo */
	const char *demo_at;           /* the address of the first one; borrowed */
	struct context *context;
	struct ui *ui;
	struct opened **devices; /* each is allocated by itself, because others point to it */
	size_t device_count, device_room;
	/* Devices that were taken away, at most AWAY_MAX, while entries of the record name them, or
	 * until shell_rest(). */
	struct opened **away;
	size_t away_count, away_room;
	size_t current;                  /* an index; device_count or more: none was opened yet */
	struct history *no_device;       /* the history of a console without a device */
	struct offer *offer;             /* what that offers; NULL: nothing */
	bool keep_history, history_told; /* told: the user knows that it cannot be kept */
	bool unlogged;                   /* a log lacks something that was said or that came */
	enum status worst;
	bool hinted; /* the default frame was explained once */
	bool welcomed;
	bool told_apart; /* what goes to the device, and what to wilco */
	bool quitting;
	uint64_t skipped;       /* lines of expected replies in a pipe or a paste */
	struct queue queue;     /* lines typed while something was under way */
	struct line_read *read; /* the line that was read last; NULL: there is none */
	char *asking;           /* the line that waits for a secret, typed at asking_at; NULL */
	struct opened *asking_at;
	bool login_asks; /* for a secret of its own */
	bool by_when;    /* the line that is run is one of a `.when` */
	bool on_sheet;   /* output goes to one (shell_sheet()) */
	bool together;   /* lines of a paste are run: .quit waits for the lines before it */
	struct loop_timer wait_timer;
	struct watch *watches;
	struct export *export;     /* the file that is being written; NULL: none */
	struct recorder *recorder; /* NULL: no recording runs */
	const struct role *role;   /* NULL: lines are for devices */
	struct tapped *tapped;     /* of the role of a tap; NULL: it has another one, or none */
	struct shell_when *whens;  /* what .when waits for; owned */
	struct played *played;     /* the macro that runs; NULL: none does */
	struct probing *probing;   /* the probe that runs; NULL: none does */
	struct rollout *rollout;   /* the fleet that runs; NULL: none does */
	struct next *next;         /* waits for a port that is plugged in; NULL: none does */
	struct bytes lines;        /* typed from .repeat or .every on, until .end comes */
	int lines_open;            /* .end lines that are missing */
	struct bytes text;         /* for shell_prompt() and one line of output at a time */
	struct bytes pasted;       /* for shell_paste() */
};

/* Returns the current device; NULL: none was opened yet. */
static inline struct opened *shell_current(const struct shell *sh)
{
	return sh->current < sh->device_count ? sh->devices[sh->current] : NULL;
}

/* Returns the current device's session; NULL: there is none. */
static inline struct session *shell_now(const struct shell *sh)
{
	struct opened *device = shell_current(sh);
	return device ? device->session : NULL;
}

/* The files of the shell do this for each other (shell.c: its life, typed.c: what a line means,
 * turns.c: which lines wait, opened.c: devices). */
void shell_raise_status(struct shell *sh, enum status status);
void shell_run_soon(struct shell *sh); /* runs lines that wait, from the loop */
void shell_set_current(struct shell *sh, const struct opened *device);
struct history *shell_begin_history(struct shell *sh, const char *name);
/* Says whether a new line has to wait; has it wait for its turn; runs what waits for the timer. */
bool shell_is_busy(const struct shell *sh);
void shell_queue_line(struct shell *sh, struct slice text, bool now);
void shell_on_wait_over(void *shell);
/* Runs a line at this device (NULL: where none is open).  from_queue: it has its turn. */
void shell_run_line_at(struct shell *sh, struct opened *device, struct slice text, bool from_queue);
/* A login lacks a secret: asks a person for it; false: nobody can be asked now. */
bool shell_ask_for_login(void *shell);

/* Commands may do this to the shell. */
void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Has what is printed from here on stand on a sheet over the transcript, with this title, until
 * that is called with NULL; without a split screen it is printed as ever. */
void shell_sheet(struct shell *sh, const char *title);
/* Adds an item to the sheet: its name (empty: the text is a heading), and what it is.
 * False: there is no sheet. */
bool shell_item(struct shell *sh, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says what was just done: in the status where there is one, else as a note. */
void shell_say(struct shell *sh, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the recording, which runs, and says so; writes a note into it, where one runs. */
bool shell_end_recording(struct shell *sh, struct error *err);
void shell_record_note(struct shell *sh, struct slice safe);
/* Spells the name of a file or a device so that it can be pasted into a shell (base/paste.h).  The
 * result is valid until the next call. */
const char *shell_paste(struct shell *sh, const char *name);
/* Says that a command failed; says nothing if it did not. */
void shell_show_failure(struct shell *sh, const struct session *s, const struct exchange *x);
/* Says that the prompt, a session's state or what is under way may have changed. */
void shell_refresh(struct shell *sh);
/* Give hints.  A hint that would be a nuisance is given only once (show.c). */
void shell_explain_first(struct shell *sh);
void shell_explain_bare(struct shell *sh, const struct exchange *x);
void shell_explain_default_frame(const struct opened *device);
void shell_explain_lines(struct shell *sh);
/* Says whether there are keys; if not, err says that this verb needs them. */
bool shell_has_keys(const struct shell *sh, const struct verb *verb, struct error *err);
/* Drops the lines that wait for this device (NULL: for any) and says so; false: there were none. */
bool shell_forget(struct shell *sh, const struct opened *device);
void shell_complain(struct shell *sh, const struct error *err, struct slice line);
/* Finds an open device by name or number; NULL: err lists the open ones. */
struct opened *shell_find(struct shell *sh, struct slice name, struct error *err);
/* Closes a device's line and log, gives up what waits for it, and takes it from the open devices.
 * What happened there stays. */
void shell_take_away(struct shell *sh, struct opened *device);
void opened_free(struct opened *device);
/* Prints the open devices, a line each. */
void shell_list_opened(struct shell *sh, enum ui_kind kind);
void shell_use(struct shell *sh, struct opened *device);
/* Send a command as if it were typed at this device, or say whether it could be sent. */
bool shell_ask(struct opened *device, struct slice text, exchange_told *ended, void *asker,
	struct error *err);
/* Returns the charset of what is typed for this device (NULL: none is open), enum charset. */
unsigned shell_charset(const struct shell *sh, const struct opened *device);
bool shell_can_ask(struct opened *device, struct slice text, struct error *err);
/* Opens a device in a shell that only listens: its line is never opened. */
struct opened *shell_listen(struct shell *sh, const char *name, const struct target *target);
/* Shows an exchange, which the record owns from then on, and records nothing. */
void shell_show(struct opened *device, struct exchange *x);
/* Writes the exchange into the recording, where one runs. */
void shell_record(struct shell *sh, struct session *s, const struct exchange *x);
/* Shows an exchange at the device whose session it is; as exchange_told. */
bool shell_show_exchange(struct shell *sh, struct session *s, struct exchange *x);
/* Shows how a person's command ended; asker: the struct opened. */
exchange_told shell_answered;
/* The same for a line that a `.when` ran: what answers it runs none, because that would never end.
 */
exchange_told when_answered;
/* Returns the current session; NULL: err says how to get one. */
struct session *shell_session(struct shell *sh, struct error *err);

/* Offer candidates that begin with what is typed: a word or NAME=VALUE; all names of a table, the
 * settings of a session (NULL: of any line), what keys do, the frame's fields, files, macros and
 * files, open devices. */
void complete_add(const struct completion *c, const char *candidate);
void complete_pair(const struct completion *c, const char *name, const char *value);
void complete_names(const struct completion *c, table_names names, const void *table);
void complete_settings(const struct completion *c, const struct session *s);
cmd_complete complete_actions, complete_fields, complete_files, complete_macros, complete_opened,
	complete_ports;

#endif
