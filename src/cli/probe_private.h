/* probe_private.h - what a probe knows (probe.c), and how it tells that (probe_tell.c). */
#ifndef WILCO_CLI_PROBE_PRIVATE_H
#define WILCO_CLI_PROBE_PRIVATE_H

#include "base/number.h"
#include "cli/check.h"
#include "cmd/guess.h"
#include "cmd/probe_plan.h"

static const int64_t PROBE_QUIET = NS_PER_S / 2; /* ends an answer */

enum phase { OPENING, LISTENING, ASKING, ANSWERING, COMPLETING, DOUBTING };

struct probe {
	const struct cli *cli;
	const char *device; /* as it was given */
	struct bytes place; /* the same in what is proposed, with telnet:// where it is that */
	struct address address;
	struct transport *line;
	struct loop_timer timer;
	enum phase phase;
	struct probe_asked command;
	bool asks; /* there is a command */
	const struct probe_plan *plan;
	size_t attempt;
	struct bytes sent;                 /* of this attempt, on this line */
	bool same_line;                    /* all attempts are on one line */
	bool heard;                        /* it was listened before anything was sent */
	bool banner;                       /* the device speaks first and keeps the line open */
	int64_t began, asked, first, last; /* connecting, sending, first and last bytes */
	int64_t listened;
	struct bytes spoke; /* the beginning of what it says when it is connected */
	struct bytes reply; /* its first REPLY_MOST bytes */
	size_t came;        /* the length of the whole reply */
	bool closed, answered, reached;
	bool doubts, doubted;       /* is it what the device says by itself, late? */
	bool talks;                 /* it did not stop in time */
	bool closes;                /* it closed the line instead of an answer */
	bool any;                   /* something came, at some time */
	char broke[ERROR_WHAT_MAX]; /* how the line broke, if nobody closed it */
	bool echoes;                /* an answer to some attempt only repeated it */
};

int64_t probe_now(const struct probe *p);
/* Returns the attempt that is made. */
const struct probe_attempt *probe_attempt(const struct probe *p);

/* ---- probe_tell.c ---- */

void probe_tell(struct probe *p, const char *step, const char *where, bool good, int64_t took,
	const char *result);
/* Tells how the attempt went: why it was not answered; what came. */
void probe_tell_silence(struct probe *p, const char *why);
void probe_tell_answer(struct probe *p);
/* Tells what the device said, or not, before anything was sent. */
void probe_tell_banner(struct probe *p);
/* Says what the bytes are of that came; true: no frame is to be sought in them. */
bool probe_tell_protocol(struct probe *p);
/* Tells the frame to try. */
void probe_tell_frame(struct probe *p);
/* Says what may be the reason when no attempt was answered. */
void probe_tell_reason(struct probe *p);
bool probe_is_telnet(struct slice came);

#endif
