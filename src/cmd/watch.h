/* watch.h - numbers to look at: a query that is sent again and again, and its answers.
 *
 * The shell sends it while the line is open and its last answer has come.  Its exchanges are in the
 * session's log; the screen shows only the number, whatever became of them.
 */
#ifndef WILCO_WATCH_H
#define WILCO_WATCH_H

#include "cmd/measure.h"
#include "loop/loop.h"
#include <time.h>
#include <wilco/session.h>

enum { WATCHES_MAX = 8, SAMPLES_MAX = 86400 };

struct sample {
	struct timespec time;
	double value; /* NaN: a gap in the chart, because none came or an outage began */
};

struct shell;
struct opened;

struct watch {
	struct watch *next;
	struct shell *shell;
	struct opened *device;
	char *name, *command;
	int64_t every; /* ns */
	bool waiting;  /* the answer has not come yet */
	struct measure *measure;
	struct loop_timer timer;
	struct sample *samples; /* oldest first; the older half goes when there are too many */
	size_t count, room;
	uint64_t total;                /* numbers ever taken */
	uint64_t missed;               /* numbers that did not come since the last one */
	double last, least, most, sum; /* of all numbers ever taken */
};

/* Starts a watch at the current device, which asks every so many ns; it replaces a watch of this
 * name. */
bool watch_start(struct shell *sh, struct slice name, int64_t every, struct slice command,
	const struct measure_words *words, struct error *err);
bool watch_stop(struct shell *sh, struct slice name, struct error *err);
/* Stops the watches of a device; NULL: all of them. */
void watch_stop_of(struct shell *sh, const struct opened *device);
/* Says whether the last reply that was given up is a watch's, and not its first in a row. */
bool watch_gave_up(const struct opened *device);
/* Says whether the device is waited for only because of a watch. */
bool watch_alone(const struct opened *device);
/* Takes back what watches asked of a device and has not left, because a typed line waits for it. */
void watches_give_way(struct opened *device);
/* Takes the answer to a watch; asker: the watch. */
exchange_told watch_answered;
/* Says whether this late exchange answers a watch's command, the last one given up. */
bool watch_takes_late(const struct opened *device, const struct exchange *x);
/* Says whether a watch asked this command, even one that has ended since. */
bool watch_asked(const struct exchange *x);
/* Gives a word of what is known, the most important first: "1450" or "no number yet", "3 missed" or
 * "paused" (empty: neither), "min 1400", "max 1500", "mean 1450.5"; false: that was all. */
enum watch_word { WATCH_LAST, WATCH_TROUBLE, WATCH_MIN, WATCH_MAX, WATCH_MEAN };
enum { WATCH_WORD_MAX = 40 };
bool watch_word(const struct watch *w, enum watch_word which, char out[WATCH_WORD_MAX]);

#endif
