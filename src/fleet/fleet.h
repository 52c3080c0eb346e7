/* fleet.h - asks many devices at once: each target gets all commands, in turn, over one session.
 *
 * Whatever happens, each target and command has exactly one result, in each round: an exchange that
 * ended, or one with EXCHANGE_SKIPPED that was never tried.  The fleet owns its sessions.  It is
 * told by callbacks of the loop, and must not be freed inside of one.
 */
#ifndef WILCO_FLEET_FLEET_H
#define WILCO_FLEET_FLEET_H

#include <wilco/macro.h>
#include <wilco/session.h>

struct fleet;

/* A session, not open yet, and the orders for it, which the owner keeps. */
struct fleet_device {
	struct session *session;
	const struct order *orders; /* as many as the fleet has commands */
	/* Instead of both: something that the owner runs, and that ends with fleet_job_over(). */
	void *job;
};

struct fleet_result {
	size_t target, command; /* indexes */
	uint64_t round;         /* from 1 */
	const struct session *session;
	const struct exchange *exchange;
	int64_t connect; /* ns that connecting took, with the first result of a line; else -1 */
};

/* How a target ended. */
struct fleet_outcome {
	size_t target;
	uint64_t round;
	enum exchange_status worst; /* of its results; EXCHANGE_OK: all are */
};

struct fleet_events {
	/* Makes the session of a target, with these events and this owner. */
	void (*begin)(void *owner, size_t target, const struct session_events *events,
		void *session_owner, struct fleet_device *device);
	void (*result)(void *owner, const struct fleet_result *r);
	/* A frame came that answers no command, or a line has to tell something. */
	void (*unasked)(void *owner, const struct session *s, const struct exchange *x);
	void (*note)(void *owner, const struct session *s, bool warning, const char *text);
	/* Only for jobs: runs one, gives it up, frees it; and a target is skipped, whose job was
	 * not made. */
	void (*job_run)(void *owner, void *job);
	void (*job_stop)(void *owner, void *job);
	void (*job_free)(void *owner, void *job);
	void (*job_skipped)(void *owner, size_t target, const char *why);
	/* All of a target's results were given. */
	void (*target_over)(void *owner, const struct fleet_outcome *outcome);
	/* The canaries are done: returns why no other is begun, borrowed; NULL: they are. */
	const char *(*canary_over)(void *owner);
	void (*round_begins)(void *owner);               /* the second one, and those behind it */
	void (*round_over)(void *owner, uint64_t round); /* of each target */
	void (*over)(void *owner);                       /* nothing more comes */
};

struct fleet_config {
	struct loop *loop;
	size_t targets, commands;
	size_t limit;  /* devices at a time */
	size_t canary; /* so many are begun first, and the others if these were good; 0: all */
	/* Of each target the one after whose end it may begin (gateways.h); borrowed; NULL: none */
	const uint32_t *after;
	int64_t pause; /* ns between two that are begun; 0: none */
	int64_t every; /* ns from round to round; 0: there is one */
	bool closes;   /* no line is kept for the next round: there are too few descriptors */
	/* A device's results are given together, when it is done with all of its commands. */
	bool together;
	bool jobs;                         /* devices have jobs, not orders */
	const struct fleet_events *events; /* borrowed */
	void *owner;
};

struct fleet *fleet_new(const struct fleet_config *config);
void fleet_free(struct fleet *f); /* NULL is allowed */
void fleet_start(struct fleet *f);
/* Begins no device any more: those that were not begun are skipped for this reason. */
void fleet_stop(struct fleet *f, const char *why);
/* Gives up even what is under way. */
void fleet_cancel(struct fleet *f, const char *why);
bool fleet_is_over(const struct fleet *f);
/* Says that a job is over; session_owner: that of `begin`. */
void fleet_job_over(void *session_owner, enum exchange_status worst);
size_t fleet_running(const struct fleet *f); /* devices */

#endif
