/* watch.h - numbers to look at: a query that is sent again and again, and what it answered.
 *
 * The shell sends it while the line is open and nothing of the last one is missing; its exchanges
 * are in the session's transcript and log, but the screen shows the number only, whatever became of
 * them.
 */
#ifndef WILCO_WATCH_H
#define WILCO_WATCH_H

#include "adapter/pattern.h"
#include "loop/loop.h"
#include <time.h>
#include <wilco/session.h>

enum { WATCHES_MAX = 8, SAMPLES_MAX = 86400 };

struct sample {
	struct timespec time;
	double value; /* NaN: none came, or an outage of the line began: a gap in the chart */
};

struct shell;
struct opened;

struct watch {
	struct watch *next;
	struct shell *shell;
	struct opened *device;
	char *name, *command;
	int64_t every;    /* ns */
	uint64_t waiting; /* the number of the command that has no answer yet; 0: none */
	bool gave_up;     /* of the last one: what comes late is its answer */
	struct pattern *pattern;
	bool chosen; /* by the user */
	struct loop_timer timer;
	struct sample *samples; /* oldest first; the oldest half goes when there is no room */
	size_t count, room;
	uint64_t total;                /* numbers ever taken */
	uint64_t missed;               /* that did not come since the last one */
	double last, least, most, sum; /* of all ever taken */
};

/* Starts one at the current device; a watch of this name ends. */
bool watch_start(struct shell *sh, struct slice name, int64_t every, struct slice command,
	struct slice pattern, struct error *err);
bool watch_stop(struct shell *sh, struct slice name, struct error *err);
void watch_stop_all(struct shell *sh);
/* All that the device is waited for is the answer to a watch. */
bool watch_alone(const struct opened *device);
/* Whether this is the answer to a watch of the device; then it is taken. */
bool watch_takes(struct opened *device, const struct exchange *x);
/* Whether a watch asked this command, also one that has ended since. */
bool watch_asked(const struct shell *sh, const struct session *s, const struct exchange *x);
/* What is known, the most important first: "1450" or "no number yet", "3 missed" or "paused"
 * (empty: neither), "min 1400", "max 1500", "mean 1450.5"; false: that was all. */
enum watch_word { WATCH_LAST, WATCH_TROUBLE, WATCH_MIN, WATCH_MAX, WATCH_MEAN };
enum { WATCH_WORD_MAX = 40 };
bool watch_word(const struct watch *w, enum watch_word which, char out[WATCH_WORD_MAX]);

#endif
