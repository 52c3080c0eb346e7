/* fleet.h - the parts of `wilco fleet`: its list of targets (fleet_list.c), and what is told. */
#ifndef WILCO_CLI_FLEET_H
#define WILCO_CLI_FLEET_H

#include "cli/cli.h"
#include "fleet/answers.h"
#include "fleet/baseline.h"
#include "fleet/fleet.h"
#include "fleet/gateways.h"
#include "fleet/targets.h"
#include "fleet/times.h"
#include <wilco/macro.h>
#include <wilco/session.h>

/* The commands as a frame reads them: those of a binary frame are lists of bytes. */
struct fleet_plan {
	struct frame *frame; /* a reference */
	unsigned charset;
	struct order *orders; /* as many as there are commands */
};

struct fleet_list {
	struct cli *cli;
	struct targets targets;
	const char *file; /* which lines are meant; NULL: none */
	char **commands;
	size_t command_count;
	struct fleet_plan *plans;
	size_t plan_count;
	size_t descriptors; /* the most that one device takes */
	size_t per_gateway; /* devices behind one address at a time; 0: any number */
	struct gateways gateways;
	struct targets hosts; /* names that have to be looked up, with the line of the first use */
	unsigned errors;      /* that were told */
};

/* Reads TARGETS and checks all of it, and that each device can get each command.  Tells what is
 * wrong; false: something was. */
bool fleet_list_open(
	struct fleet_list *l, struct cli *cli, const char *targets, size_t per_gateway);
void fleet_list_close(struct fleet_list *l);
/* Tells an error of a line (0: of no file); false: enough was told. */
bool fleet_list_tell(struct fleet_list *l, unsigned line, const struct error *err);
/* Notes the name of a target's host, if it has one (fleet_names.c). */
void fleet_names_note(struct fleet_list *l, size_t index, const struct address *a);
/* Looks all names up, and tells which are not known; false: some are not. */
bool fleet_names_check(struct fleet_list *l);
/* Makes the session of a target.  Call it only after fleet_list_open(). */
struct session *fleet_list_session(const struct fleet_list *l, size_t target,
	const struct session_events *events, void *owner);
/* Returns the orders for such a session. */
const struct order *fleet_list_orders(const struct fleet_list *l, const struct session *s);

/* Fills the place of a target in the list: address, frame, fields. */
bool fleet_list_target(
	const struct fleet_list *l, size_t target, struct target *t, struct error *err);

/* A macro for each device (fleet_play.c). */
struct fleet_plays;
/* Reads the macro for each target, sends nothing; false: what is wrong was told. */
struct fleet_plays *fleet_plays_open(struct fleet_list *l, const char *macro);
void fleet_plays_close(struct fleet_plays *p);
void *fleet_play_new(struct fleet_plays *p, size_t target, void *member);
void fleet_play_run(void *job);
void fleet_play_stop(void *job);
void fleet_play_free(void *job);
/* Returns the exit status of what was played so far; `struct fleet_report` hides its progress. */
enum status fleet_plays_status(const struct fleet_plays *p);

/* What a fleet tells people: results as they come, or groups of equal answers (fleet_report.c). */
struct fleet_report {
	struct cli *cli;
	const struct fleet_list *list;
	struct answers *answers; /* NULL: nobody asks for them */
	struct pattern *only, *without;
	struct baseline *baseline; /* NULL: nothing is compared with answers from before */
	struct compared compared;
	bool differs; /* something is not as it was before */
	bool groups;  /* answers are shown in groups, not one by one */
	bool bar;     /* the progress is shown on the terminal, */
	bool shown;   /* and stands there */
	struct loop_timer timer;
	struct times connect, rtt;
	size_t counts[EXCHANGE_SKIPPED + 1]; /* targets by how they ended */
	size_t ended;
	int64_t began;
};
bool fleet_report_open(
	struct fleet_report *r, struct cli *cli, const struct fleet_list *list, struct error *err);
void fleet_report_close(struct fleet_report *r);
void fleet_report_result(struct fleet_report *r, const struct fleet_result *result);
void fleet_report_over(struct fleet_report *r, const struct fleet_outcome *outcome);
/* Says that a target whose macro was not played is skipped. */
void fleet_report_skipped(struct fleet_report *r, size_t target, const char *why);
/* Returns how many targets failed; what was skipped did not. */
size_t fleet_report_failed(const struct fleet_report *r);
/* Shows the groups and the summary, and begins anew. */
void fleet_report_round(struct fleet_report *r);
/* Takes the progress off the terminal, because something else is shown there. */
void fleet_report_hide(struct fleet_report *r);

/* Writes what each device would get, and sends nothing. */
enum status fleet_list_dry_run(const struct fleet_list *l);

#endif
