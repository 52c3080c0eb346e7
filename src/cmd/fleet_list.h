/* fleet_list.h - the targets of a fleet and its commands: read, and checked before anything is
 * sent, for `wilco fleet` and for `.fleet`. */
#ifndef WILCO_FLEET_LIST_H
#define WILCO_FLEET_LIST_H

#include "cmd/context.h"
#include "fleet/fleet.h"
#include "fleet/gateways.h"
#include "fleet/targets.h"

/* The commands as a frame reads them: those of a binary frame are lists of bytes. */
struct fleet_plan {
	struct frame *frame; /* a reference */
	unsigned charset;
	struct order *orders; /* as many as there are commands */
};

struct fleet_list_config {
	struct loop *loop;
	const struct context *context; /* borrowed, as are the commands */
	char **commands;
	size_t command_count;
	size_t per_gateway; /* devices behind one address at a time; 0: any number */
	bool typed; /* at a prompt: TARGETS is no standard input, no pipe, and not too long */
	bool utf8;  /* errors may have characters beyond ASCII */
	/* Tells an error: lines, which the callee may change. */
	void (*tell)(void *owner, struct bytes *shown, enum status status);
	void *owner;
};

struct fleet_list {
	struct fleet_list_config config;
	struct targets targets;
	const char *file; /* which lines are meant; NULL: none */
	struct fleet_plan *plans;
	size_t plan_count;
	size_t descriptors; /* the most that one device takes */
	struct gateways gateways;
	struct targets hosts; /* names that have to be looked up, with the line of the first use */
	unsigned errors;      /* that were told */
};

/* Reads TARGETS and checks all of it, and that each device can get each command.  Tells what is
 * wrong; false: something was. */
bool fleet_list_open(
	struct fleet_list *l, const struct fleet_list_config *config, const char *targets);
void fleet_list_close(struct fleet_list *l);
/* Tells an error of a line (0: of no file); false: enough was told. */
bool fleet_list_tell(struct fleet_list *l, unsigned line, const struct error *err);
/* Makes the session of a target.  Call it only after fleet_list_open(). */
struct session *fleet_list_session(const struct fleet_list *l, size_t target,
	const struct session_events *events, void *owner);
/* The events of one that is not opened. */
extern const struct session_events fleet_list_unopened;
/* Returns the orders for such a session. */
const struct order *fleet_list_orders(const struct fleet_list *l, const struct session *s);
/* Fills the place of a target in the list: address, frame, fields. */
bool fleet_list_target(
	const struct fleet_list *l, size_t target, struct target *t, struct error *err);
/* Lowers *limit, of devices at a time, to what this process has descriptors for, after asking for
 * as many as the system allows.  Returns how many it has; 0: they are enough. */
size_t fleet_list_fit(const struct fleet_list *l, size_t *limit);

#endif
