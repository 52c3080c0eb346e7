/* probe_plan.h - what a probe sends, and in which order: `wilco check --probe` walks it over lines
 * of its own (src/cli/probe.c), `.probe` over the line of an open session (probing.c). */
#ifndef WILCO_CMD_PROBE_PLAN_H
#define WILCO_CMD_PROBE_PLAN_H

#include <wilco/transport.h>

struct order;

enum probe_end_name {
	PROBE_NOTHING,
	PROBE_CR,
	PROBE_LF,
	PROBE_CR_LF,
	PROBE_NUL,
	PROBE_ETX,
	PROBE_ENDS
};
enum { PROBE_END_MOST = 2 };
/* What is sent behind a command. */
struct probe_end {
	char name[8], bytes[PROBE_END_MOST + 1];
	size_t size;
};
extern const struct probe_end probe_ends[PROBE_ENDS];

/* One attempt.  It goes on with the line, on which only what is missing is sent, unless it is
 * `fresh`. */
struct probe_attempt {
	enum probe_end_name end;
	bool fresh, half; /* half: our side is closed after it */
};
struct probe_plan {
	size_t count, halves; /* the attempts, and those behind them that half-close */
	struct probe_attempt at[8];
};
/* For a line on which a person types: what came first only repeated the command. */
extern const struct probe_plan probe_plan_typed;
/* For one command at another speed of a serial line. */
extern const struct probe_plan probe_plan_speed;
/* Several lines are opened one after the other. */
extern const struct probe_plan probe_plan_lines;

/* Returns the plan for this address.  own: the command brings its end, or is binary and has none;
 * same_line: all attempts have to be made on one line. */
const struct probe_plan *probe_plan_for(const struct address *a, bool own, bool same_line);
size_t probe_plan_attempts(const struct probe_plan *plan, const struct address *a);

/* What a probe asks. */
struct probe_asked {
	struct bytes command;        /* without its end */
	const struct probe_end *own; /* the end with which it was given; NULL: find one */
};
/* Reads the command like a COMMAND of send, but without a frame, as that is sought. */
bool probe_read(struct slice text, struct order *o, struct error *err);
/* Takes the command; if it brings its own end, that one is used.  Binary bytes have none. */
void probe_asked_init(struct probe_asked *asked, struct slice command);
void probe_asked_free(struct probe_asked *asked);
const struct probe_end *probe_end_of(
	const struct probe_asked *asked, const struct probe_attempt *attempt);
/* Adds the bytes of the attempt. */
void probe_add(
	const struct probe_asked *asked, const struct probe_attempt *attempt, struct bytes *out);
/* Names the attempt: "CR LF", or "CR LF, half-close". */
enum { PROBE_NAME_MAX = 40 };
const char *probe_name(const struct probe_asked *asked, const struct probe_attempt *attempt,
	char out[PROBE_NAME_MAX]);
/* Says whether what came is what was sent, as the line repeats it, or the beginning of it. */
bool probe_only_echo(
	const struct probe_asked *asked, const struct probe_attempt *attempt, struct slice reply);
/* Cuts a reply that has no end behind its last line. */
struct slice probe_whole_lines(struct slice reply, bool endless);

#endif
