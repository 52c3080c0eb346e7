/* fleet.h - the parts of `wilco fleet`: its list of targets (fleet_list.c), and what is told. */
#ifndef WILCO_CLI_FLEET_H
#define WILCO_CLI_FLEET_H

#include "cli/cli.h"
#include "fleet/targets.h"
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
	unsigned errors;    /* that were told */
};

/* Reads TARGETS and checks all of it, and that each device can get each command.  Tells what is
 * wrong; false: something was. */
bool fleet_list_open(struct fleet_list *l, struct cli *cli, const char *targets);
void fleet_list_close(struct fleet_list *l);
/* Makes the session of a target.  Call it only after fleet_list_open(). */
struct session *fleet_list_session(const struct fleet_list *l, size_t target,
	const struct session_events *events, void *owner);
/* Returns the orders for such a session. */
const struct order *fleet_list_orders(const struct fleet_list *l, const struct session *s);

/* Writes what each device would get, and sends nothing. */
enum status fleet_list_dry_run(const struct fleet_list *l);

#endif
