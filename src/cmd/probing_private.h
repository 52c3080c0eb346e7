/* probing_private.h - what a probe of a session knows (probing.c), and what it says about that
 * (probing_tell.c). */
#ifndef WILCO_CMD_PROBING_PRIVATE_H
#define WILCO_CMD_PROBING_PRIVATE_H

#include "cmd/cmd.h"
#include "cmd/probe_plan.h"
#include "cmd/probing.h"

/* Speeds that are tried, the usual ones first. */
enum { PROBE_SPEEDS = 8 };
extern const int64_t probing_speeds[PROBE_SPEEDS];

enum probing_phase { PROBE_BEGINS, PROBE_ASKS, PROBE_LISTENS, PROBE_WAITS_FOR_YES, PROBE_FINISHES };

struct probing {
	struct shell *shell;
	struct opened *device;
	struct frame *before; /* a reference */
	struct settings before_settings, settings;
	bool was_shut;           /* a person had closed the line, or nobody had opened it */
	struct loop_timer timer; /* goes on from the loop, not from inside the session */
	enum probing_phase phase;
	struct probe_asked asked;
	bool same_line;
	const struct probe_plan *plan;
	size_t attempt;
	struct bytes sent;  /* of this attempt, on this line */
	size_t speed;       /* the next one to try; PROBE_SPEEDS: there is none */
	bool other_speeds;  /* the plan is walked at other speeds */
	bool unasked;       /* the question could not be put yet */
	struct bytes reply; /* its first REPLY_MOST bytes */
	enum exchange_status status;
	bool closed, endless;
	bool opened, greets; /* a line was opened; the device greeted */
	bool noise;          /* something came that is no text */
	bool echoes;         /* something came that only repeated the command */
	unsigned listened;   /* turns of waiting for the line to open */
	bool found, stopped;
	char why[ERROR_WHAT_MAX]; /* why it cannot go on; empty: it can */
	enum status exit;         /* then */
};

static inline struct session *probing_session(const struct probing *p)
{
	return p->device->session;
}
static inline const struct probe_attempt *probing_attempt(const struct probing *p)
{
	return &p->plan->at[p->attempt];
}
bool probing_is_serial(const struct probing *p);
long long probing_baud(const struct probing *p); /* at which it is tried now */
size_t probing_attempts(const struct probing *p);

/* ---- probing_tell.c ---- */

void probing_say(const struct probing *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Says what will be sent, and how often at most. */
void probing_tell_beginning(const struct probing *p);
void probing_tell_attempt(const struct probing *p);
/* Says which other speeds there are. */
void probing_tell_speeds(const struct probing *p);
/* Says why nothing may have answered. */
void probing_tell_reason(const struct probing *p);
/* Says what answered, and proposes what to type; one key takes that over. */
void probing_tell_proposal(struct probing *p, const char *notation, const char *because, bool fits);

#endif
