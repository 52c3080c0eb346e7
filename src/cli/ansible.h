/* ansible.h - wilco as a module of Ansible's: it is started with a file of parameters, does one
 * task with one device, and prints one object of JSON.
 *
 * Ansible copies the program to AnsiballZ_NAME in a folder of its own, and starts it there with the
 * name of a file as its only argument.  Under that name nobody else starts it.
 */
#ifndef WILCO_CLI_ANSIBLE_H
#define WILCO_CLI_ANSIBLE_H

#include "base/json.h"
#include "cli/cli.h"
#include "play/play.h"
#include <wilco/difference.h>
#include <wilco/session.h>

bool ansible_called(int argc, char **argv);
/* Does the task whose parameters are in the file. */
enum status ansible_main(const char *file);

/* ---- parameters (ansible_args.c) ---------------------------------------------------------- */

struct ansible_pair {
	char *name, *value;
};

struct ansible_pairs {
	struct ansible_pair *at;
	size_t count, room;
};

struct ansible_texts {
	char **at;
	size_t count, room;
};

/* All of it is owned. */
struct ansible_args {
	char *device, *frame, *timeout, *macro, *query, *want; /* NULL: not given */
	uint16_t port;                                         /* 0: not given */
	bool read_only, check_mode;
	struct ansible_texts command, expect; /* expect: none, one, or as many as commands */
	struct ansible_pairs settings, fields, vars;
};

/* Reads the JSON, and says what is wrong with it.  Secrets become known to base/secret.h. */
bool ansible_args_read(struct slice json, struct ansible_args *a, struct error *err);
void ansible_args_free(struct ansible_args *a);

/* ---- what the task returns (ansible_result.c) --------------------------------------------- */

struct ansible_result {
	struct json json;           /* of standard output: the results, as they come */
	struct bytes said;          /* replies, a line each */
	struct bytes warnings;      /* lines */
	struct bytes msg;           /* why it failed, or a remark */
	struct bytes before, after; /* how the device was and is; lines */
	char *query; /* spelled, about which these two are; NULL: nothing was asked */
	bool changed, skipped, differs; /* differs: before and after are known */
	enum status status;
	struct exchange *last; /* owned; NULL: none has ended */
};

void ansible_begin(struct ansible_result *r);
/* Writes the object and the end of the output; returns the exit status. */
enum status ansible_end(struct ansible_result *r);
/* Fails with this message, unless it failed before. */
void ansible_fail(struct ansible_result *r, enum status status, struct slice text);
void ansible_fail_with(struct ansible_result *r, const struct error *err);
void ansible_warn(struct ansible_result *r, struct slice text);
/* Adds an object to the results. */
void ansible_object(struct ansible_result *r, const struct session *s, const struct exchange *x,
	const struct step_result *step);
/* Notes what was answered. */
void ansible_said(struct ansible_result *r, const struct exchange *x);
/* Takes the exchange over: what it ended with is what the task ended with. */
void ansible_keep(struct ansible_result *r, struct exchange *x);
/* Fails because of what became of a command. */
void ansible_failed(struct ansible_result *r, const char *device, const struct exchange *x);

/* ---- the task ------------------------------------------------------------------------------ */

struct ansible {
	struct cli cli;
	struct ansible_args args;
	struct target target; /* with settings and fields of the task */
	struct ansible_result result;
};

/* Asks what the device is, if the task says how, and sends the commands (ansible_ask.c). */
void ansible_ask(struct ansible *a);

/* Plays the macro (ansible_play.c).  `ended` is called when it is over; not with `check`, where all
 * is over when ansible_play_go() returns. */
struct ansible_play;
struct ansible_play *ansible_play_new(
	struct ansible *a, bool check, void (*ended)(void *arg), void *arg);
/* Checks it, and runs it unless it is only checked. */
void ansible_play_go(struct ansible_play *p);
void ansible_play_stop(struct ansible_play *p);
void ansible_play_free(struct ansible_play *p); /* NULL is allowed */

/* ---- what is expected (ansible_expect.c) ---------------------------------------------------- */

struct ansible_expect;
struct ansible_expect *ansible_expect_new(const struct session *s);
void ansible_expect_free(struct ansible_expect *e); /* NULL is allowed */
/* Says whether the lines can be compared with a reply. */
bool ansible_expect_check(struct ansible_expect *e, const char *lines, struct error *err);
/* Says whether what came is what the lines say, each of them a frame; if not, adds where it
 * differs. */
bool ansible_expect_holds(struct ansible_expect *e, const char *lines, const struct exchange *x,
	struct differences *d);
/* Adds what came, as such lines. */
void ansible_expect_spell(const struct exchange *x, struct bytes *out);

#endif
