/* runner.h - does what orders ask for: at a prompt, from a pipe and in `wilco send`.  These differ
 * only in where orders come from, and in who shows how they ended. */
#ifndef WILCO_RUNNER_H
#define WILCO_RUNNER_H

#include <wilco/macro.h>
#include <wilco/session.h>

struct loop_timer;
struct shell;

struct runner {
	struct session *session; /* of the device that the orders are for; NULL: none is open */
	exchange_told *answered; /* is told how a command ended */
	void *asker;
	struct loop_timer *wait; /* `.wait` sets it; the lines after it run when it is due */
	struct shell *shell;     /* runs wilco's own commands; NULL: this place has none */
};

enum run_state {
	RUN_REFUSED, /* err says why, placed in the line */
	RUN_OVER,
	RUN_GOES_ON, /* it ends when `answered` is called or `wait` is due */
};
enum run_state runner_run(const struct runner *r, const struct order *o, struct error *err);
/* Says whether a command can be sent, or a wait has a duration.  wire, if not NULL, gets the bytes
 * that would be sent. */
bool runner_check(
	const struct runner *r, const struct order *o, struct bytes *wire, struct error *err);

/* Adds the bytes that a command of wilco's own would send; it must have `wire`. */
bool runner_wire(struct shell *sh, const struct order *o, struct bytes *wire, struct error *err);

#endif
