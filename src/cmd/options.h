/* options.h - the options that wilco and wilco-console share: one table, one parser. */
#ifndef WILCO_OPTIONS_H
#define WILCO_OPTIONS_H

#include "pane/view.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

/* Views, and forms that are not for people. */
enum output {
	OUTPUT_TEXT = VIEW_TEXT,
	OUTPUT_HEX = VIEW_HEX,
	OUTPUT_DUMP = VIEW_DUMP,
	OUTPUT_ANATOMY = VIEW_ANATOMY,
	OUTPUT_RAW = VIEW_COUNT,
	OUTPUT_JSON
};

enum { OPTIONS_SET_MAX = 32 };

struct options {
	const char *frame;   /* -f; NULL: the device's */
	uint16_t port;       /* -p; 0: not said */
	const char *timeout; /* -t; NULL: not said */
	const char *log;     /* --log or --pcap; NULL: none */
	bool capture;        /* --pcap */
	enum output output;
	bool output_said;
	bool dry_run, verbose, quiet, plain, help, version;
	bool hex, reply, command, count, force; /* wilco frame */
	bool probe;                             /* wilco check */
	const char *ask;                        /* wilco check --command; NULL: only listen */
	const char *set[OPTIONS_SET_MAX];       /* --set */
	size_t set_count;
	bool demo; /* wilco-console only: open the built-in device */
};

/* Takes the options out of argv, up to "--"; what is left stands in words[0..*count), which the
 * caller lends with room for argc.  A "-" alone is a word. */
bool options_parse(
	int argc, char **argv, struct options *o, char **words, int *count, struct error *err);
/* The lines of --help. */
void options_help(struct bytes *out);
bool output_parse(struct slice name, enum output *output, struct error *err);
const char *output_name(enum output output);

#endif
