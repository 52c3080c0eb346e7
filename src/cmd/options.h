/* options.h - the options that wilco and wilco-console share: one table, one parser. */
#ifndef WILCO_OPTIONS_H
#define WILCO_OPTIONS_H

#include "base/table.h"
#include "cmd/output.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

enum { OPTIONS_SET_MAX = 32, OPTIONS_JOBS_MAX = 64 };

/* An option that may be given several times. */
struct option_list {
	const char *at[OPTIONS_SET_MAX];
	size_t count;
};

/* Who takes an option: `wilco [DEVICE]`, and each sub-command. */
enum option_user {
	BY_CONSOLE = 1 << 0,
	BY_SEND = 1 << 1,
	BY_PLAY = 1 << 2,
	BY_FLEET = 1 << 3,
	BY_CHECK = 1 << 4,
	BY_SIMULATE = 1 << 5,
	BY_TAP = 1 << 6,
	BY_IMPORT = 1 << 7,
	BY_FRAME_LIST = 1 << 8,
	BY_FRAME_SHOW = 1 << 9,
	BY_FRAME_ENCODE = 1 << 10,
	BY_FRAME_DECODE = 1 << 11,
	BY_FMT = 1 << 12,
	BY_DUMP = 1 << 13,
	BY_DEMO = 1 << 14,
	BY_VIEW = 1 << 15,
	BY_PORTS = 1 << 16,
	BY_FRAME = BY_FRAME_LIST | BY_FRAME_SHOW | BY_FRAME_ENCODE | BY_FRAME_DECODE,
	BY_ALL = (1 << 17) - 1
};

/* What a word of the command line may be, for help and completion: bits. */
enum word_kind {
	WORD_ANY = 0, /* nothing is known */
	WORD_DEVICE = 1 << 0,
	WORD_GROUP = 1 << 1,
	WORD_COMMAND = 1 << 2,
	WORD_FRAME = 1 << 3,
	WORD_NAME = 1 << 4, /* of the folder of macros */
	WORD_FILE = 1 << 5,
	WORD_OUTPUT = 1 << 6,
	WORD_CRC = 1 << 7, /* the word `crc` */
	WORD_MACRO = WORD_NAME | WORD_FILE,
	WORD_TARGETS = WORD_DEVICE | WORD_GROUP | WORD_FILE, /* between commas */
};

/* An option, as help and completion show it.  It points nowhere, as each start reads the table of
 * them: an address in a table has to be written, and texts elsewhere are pages elsewhere. */
struct option {
	char name[16];
	char letter;       /* 0: it has none */
	char argument[32]; /* empty: it takes none */
	char help[80];     /* empty: option_help() knows more */
	unsigned by;       /* who takes it, enum option_user */
	unsigned word;     /* what its argument is, enum word_kind */
	bool common;       /* `wilco --help` shows it */
	/* What does the same in the console, which does not take the option; empty: nothing. */
	char instead[56];
};

struct options {
	uint64_t given;      /* which were given, by option_at() */
	const char *frame;   /* -f; NULL: that of the device */
	uint16_t port;       /* -p; 0: not said */
	const char *timeout; /* -t; NULL: not said */
	const char *log;     /* NULL: none */
	const char *capture; /* --pcap; NULL: none */
	const char *record;  /* --record; NULL: none */
	const char *file;    /* wilco send --file; NULL: none */
	const struct output *output;
	bool output_said;
	bool dry_run, verbose, quiet, plain, help, version, timing;
	bool no_exec;                              /* no address may run a command */
	bool hex, reply, command, count, force;    /* wilco frame */
	bool raw;                                  /* wilco frame decode */
	const char *stream;                        /* wilco import; NULL: not said */
	bool probe;                                /* wilco check */
	bool check;                                /* wilco fmt, simulate */
	bool once;                                 /* wilco simulate */
	const char *idle_limit;                    /* wilco simulate, tap; NULL: not said */
	const char *seed;                          /* wilco simulate, tap; NULL: 1 */
	struct option_list faults, toward;         /* wilco tap */
	const char *ask;                           /* wilco check --command; NULL: only listen */
	struct option_list set;                    /* --set */
	struct option_list devices;                /* wilco play, simulate --device */
	struct option_list vars;                   /* wilco play --var */
	bool accept;                               /* wilco play */
	const char *report_tap, *report_junit;     /* wilco play; NULL: none */
	const char *vars_file;                     /* wilco play; NULL: none */
	bool keep_going, strict, check_only, step; /* wilco play */
	uint32_t times, from, to, jobs;            /* wilco play; 0: not said */
	/* wilco fleet; NULL: not said */
	const char *inventory, *play, *limit, *rate, *every, *failed, *per_gateway, *canary,
		*stop_after;
	const char *group_by, *ignore, *baseline;
	bool yes;
	bool demo; /* wilco-console only: open the built-in device */
	bool tap;  /* wilco-console only: the words are those of wilco tap */
	bool term; /* begin in terminal mode */
	bool view; /* wilco-console only: the words are those of wilco view */
};

/* Takes the options out of argv, up to "--"; what is left is in words[0..*count), an array with
 * room for argc that the caller lends.  A "-" alone is a word. */
bool options_parse(
	int argc, char **argv, struct options *o, char **words, int *count, struct error *err);
/* Reads --idle-limit in ns, 0: off; *limit stays where it was not given. */
bool options_idle_limit(const struct options *o, int64_t *limit, struct error *err);
/* Reads --seed, which is 1 where it was not given. */
bool options_seed(const struct options *o, uint64_t *seed, struct error *err);
bool options_log(const struct options *o); /* what passes goes to a file, too: --log, --pcap */
/* Returns the index-th option of the table; NULL at the end. */
const struct option *option_at(size_t index);
bool option_hidden(const struct option *option); /* it is not for users */
/* Returns the option whose argument is the word behind this one; NULL: it is not.  first: the first
 * word that is none of an option, NULL: none came yet. */
const struct option *option_awaits(const char *word, const char *first);
/* Returns what an option does for these users, enum option_user. */
const char *option_help(size_t index, unsigned by, char names[TABLE_NAMES_MAX]);

#endif
