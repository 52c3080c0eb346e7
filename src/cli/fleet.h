/* fleet.h - the parts of `wilco fleet`: macros, and what is told. */
#ifndef WILCO_CLI_FLEET_H
#define WILCO_CLI_FLEET_H

#include "cli/cli.h"
#include "cmd/fleet_list.h"
#include "fleet/answers.h"
#include "fleet/baseline.h"
#include "fleet/fleet.h"
#include "fleet/tally.h"

/* Looks all names of hosts up (fleet_names.c), and tells which are not known; false: some are not.
 */
bool fleet_names_check(struct fleet_list *l);

/* A macro for each device (fleet_play.c). */
struct fleet_plays;
/* Reads the macro for each target, sends nothing; false: what is wrong was told. */
struct fleet_plays *fleet_plays_open(struct cli *cli, struct fleet_list *l, const char *macro);
void fleet_plays_close(struct fleet_plays *p);
/* round: its number, 0: there are none. */
void *fleet_play_new(struct fleet_plays *p, size_t target, uint64_t round, void *member);
void fleet_play_run(void *job);
void fleet_play_stop(void *job);
void fleet_play_free(void *job);
/* Returns the exit status of what was played so far. */
enum status fleet_plays_status(const struct fleet_plays *p);

/* What a fleet tells people: results as they come, or groups of equal answers (fleet_report.c). */
struct fleet_report {
	struct cli *cli;
	const struct fleet_list *list;
	struct answers *answers; /* NULL: nobody asks for them */
	struct pattern *only, *without;
	struct baseline *baseline; /* NULL: nothing is compared with answers from before */
	struct compared compared;
	bool differs;   /* something is not as it was before */
	bool groups;    /* answers are shown in groups, not one by one */
	uint64_t round; /* the present one; 0: there are none */
	struct loop_timer timer;
	struct tally tally;
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
/* One more round begins: what was waited for it is no part of its time. */
void fleet_report_round_begins(struct fleet_report *r);
/* Shows the groups and the summary, and begins anew. */
void fleet_report_round(struct fleet_report *r);

#endif
