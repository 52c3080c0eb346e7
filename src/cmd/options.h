/* options.h - the options that wilco and wilco-console share: one table, one parser. */
#ifndef WILCO_OPTIONS_H
#define WILCO_OPTIONS_H

#include "cmd/output.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

enum { OPTIONS_SET_MAX = 32, OPTIONS_JOBS_MAX = 64 };

/* An option that may be given several times. */
struct option_list {
	const char *at[OPTIONS_SET_MAX];
	size_t count;
};

struct options {
	const char *frame;   /* -f; NULL: that of the device */
	uint16_t port;       /* -p; 0: not said */
	const char *timeout; /* -t; NULL: not said */
	const char *log;     /* --log or --pcap; NULL: none */
	bool capture;        /* --pcap */
	const char *record;  /* --record; NULL: none */
	const struct output *output;
	bool output_said;
	bool dry_run, verbose, quiet, plain, help, version, timing;
	bool no_exec;                              /* no address may run a command */
	bool hex, reply, command, count, force;    /* wilco frame */
	bool raw;                                  /* wilco frame decode */
	const char *stream;                        /* wilco import; NULL: not said */
	bool probe;                                /* wilco check */
	bool check;                                /* wilco fmt */
	const char *idle_limit;                    /* wilco simulate; NULL: not said */
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
};

/* Takes the options out of argv, up to "--"; what is left is in words[0..*count), an array with
 * room for argc that the caller lends.  A "-" alone is a word. */
bool options_parse(
	int argc, char **argv, struct options *o, char **words, int *count, struct error *err);
/* Reads --seed, which is 1 where it was not given. */
bool options_seed(const struct options *o, uint64_t *seed, struct error *err);
/* Adds the lines of --help. */
void options_help(struct bytes *out);

#endif
