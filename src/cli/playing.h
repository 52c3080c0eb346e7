/* playing.h - what the files of `wilco play` share: one macro, or one after the other. */
#ifndef WILCO_PLAYING_H
#define WILCO_PLAYING_H

#include "cli/accept.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/spool.h"
#include "play/play.h"

struct recorder;
struct jobs;

/* The walk over the macros.  Of those that run at the same time each has one of its own. */
struct playing {
	struct cli *cli;
	struct play *play;
	struct context context; /* of this macro: what it defines ends with it */
	const char **instead;   /* of its devices */
	size_t instead_count;
	const char **vars; /* NAME=VALUE */
	size_t var_count;
	struct play_events events;
	struct progress progress;
	struct reports *reports;
	struct recorder *recorder; /* NULL: nothing is recorded, or no more */
	struct accept *accept;     /* NULL: files stay */
	struct spool *spool;       /* takes what is printed; NULL: it goes out */
	struct jobs *jobs;         /* several run at the same time; NULL: one does */
	bool silent;               /* standard output has a report */
	bool stopped;              /* steps of this macro were not run */
	enum status status;
	bool running; /* the loop runs */
	bool over;    /* this macro has ended */
};

/* How the macro is played: opened with these events and flags besides those of the options. */
struct play *playing_open(struct playing *a, const char *path, const struct play_events *events,
	variables_ask *ask, unsigned flags, struct error *err);
void playing_raise(struct playing *a, enum status status);
/* Begin and end what a macro defines: it must not be known to the next one. */
void playing_begin_context(struct playing *a);
void playing_end_context(struct playing *a);
variables_ask playing_ask;
/* Begins to play a macro; it may be over at once. */
void playing_start(struct playing *a, const char *word);
/* Says how it ended, when it is over. */
void playing_finish(struct playing *a, const char *word);
/* Gives each macro that is meant: those of a folder in the order of their names. */
void playing_each(
	struct playing *a, const char *word, void (*each)(struct playing *a, const char *word));

/* Plays macros, some at the same time (play_jobs.c). */
void jobs_play(struct playing *a, int count);
void jobs_stop(struct jobs *jobs);

#endif
