/* cli.h - the sub-commands of wilco: each is one file (NAME.c), and main.c has their table. */
#ifndef WILCO_CLI_H
#define WILCO_CLI_H

#include "cmd/context.h"
#include "loop/loop.h"

/* What a sub-command gets to run; it returns the exit status. */
struct cli {
	const char *program; /* argv[0] */
	char **arguments;    /* argv; NULL ends it */
	char **words;        /* those after the sub-command's name */
	int count;
	struct options options;
	struct context *context; /* NULL: the configuration was not read yet */
	struct loop *loop;
};

enum { CLI_WORDS = 2 };

struct cli_command {
	const char *name;
	const char *args;
	const char *help;    /* a few words */
	const char *about;   /* sentences; NULL: help says it all */
	const char *example; /* what follows "wilco " */
	enum status (*run)(struct cli *cli);
	/* Sub-commands of its own, which run() chooses from; NULL ends the list.  NULL: none. */
	const struct cli_command *const *parts;
	const struct cli_command *part_of; /* NULL: it is no part */
	unsigned by;                       /* whose options it takes, enum option_user */
	int8_t least, most;                /* numbers of words; most -1: any number */
	/* What its words are; the last kind is that of all words behind it, too. */
	uint8_t words[CLI_WORDS]; /* enum word_kind */
};

extern const struct cli_command cli_send, cli_check, cli_simulate, cli_frame, cli_demo, cli_play,
	cli_fmt, cli_fleet, cli_dump, cli_tap, cli_import, cli_view, cli_ports;

/* The sub-commands (commands.c): their index-th name, NULL at the end, as table_names; the
 * index-th, NULL at the end; the one, or its part, that words begin with, NULL: none, with the
 * number of words that name it. */
const char *cli_command_name(const void *unused, size_t index);
const struct cli_command *cli_command_at(size_t index);
const struct cli_command *cli_command_find(char *const *words, int count, int *named);
/* Adds "send", or "frame decode". */
void cli_command_add_name(struct bytes *out, const struct cli_command *command);
/* Returns whether the sub-command (NULL: the console) takes all options that were given; false: err
 * says who takes the one that does nothing there. */
bool cli_takes_options(
	const struct options *o, const struct cli_command *command, struct error *err);
/* Prints what could stand at the end of a command line, for the shell's completion (complete.c). */
enum status cli_complete(struct cli *cli);
/* Print the help of the program, and of a sub-command (help.c). */
void cli_help(void);
void cli_help_command(const struct cli_command *command);

/* Runs `wilco [DEVICE]`: the console, or the pipe where there is no terminal. */
enum status cli_console(struct cli *cli);
/* Says whether a person is there for a console. */
bool cli_has_console(void);
/* Starts the console with the arguments of this program; option: of the console, says what for. */
enum status cli_console_as(struct cli *cli, const char *option);
/* Returns the path of a macro, to be freed: a file, or one of the folder of macros. */
char *cli_macro_path(const char *word);
enum status cli_pipe(struct cli *cli, const char *device);
/* Reads the configuration; as context_open(). */
bool cli_open(struct cli *cli, struct bytes *shown, struct error *err);
/* Frees what the whole program has; where a lookup still runs, which takes minutes, it exits. */
void cli_close(struct cli *cli, enum status status);

/* Writes a message to standard error: "wilco: ..."; the text is escaped here. */
void cli_say(struct slice text);
/* Does the same, unless --quiet was given. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes which settings of an address, as it was typed, do nothing outside of terminal mode. */
void cli_note_settings(const struct cli *cli, const char *device);
enum status cli_error(const struct error *err, struct slice text);
/* Writes text that error_show() made. */
enum status cli_shown(struct bytes *shown, enum status status);
void cli_stderr(struct slice text);
/* Shows a row on the terminal of standard error.  The next row or message takes it away; before
 * something else is printed there, and at the end, cli_row_end() does. */
void cli_row(struct slice text);
void cli_row_end(void);
bool cli_stderr_utf8(void);
/* Returns the flags of text_add() for what is written there. */
unsigned cli_stderr_spelling(void);

/* Returns the status for an interrupt or termination, which stops the loop; 0: none came. */
enum status cli_signalled(void);
/* Says whether such a signal came, at once: also where the loop stands still. */
bool cli_ending(void);
void cli_watch_signals(struct loop *loop, void (*hook)(void *arg), void *arg);
/* At SIGHUP, has logs opened again instead of ending, unless the terminal is gone.  The callback
 * gets the arg of cli_watch_signals(); it returns false where there is no log. */
void cli_reopen_on_hangup(bool (*reopen)(void *arg));
void cli_unwatch_signals(void);

#endif
