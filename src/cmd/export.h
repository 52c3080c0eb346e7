/* export.h - a file that is written piece by piece: .save, .copy FILE, .watch --export.
 *
 * A piece is composed and written in each turn of the loop, so that nothing waits for the whole and
 * no more than a piece is in memory.  One that is short is written at once.  A file is written
 * whole or left as it was: when it fails, when the user gives it up, and when wilco ends first;
 * but not where others wrote to it meanwhile (path_cancel()).
 */
#ifndef WILCO_EXPORT_H
#define WILCO_EXPORT_H

#include "base/paths.h"
#include "loop/loop.h"

struct shell;
struct export;

/* Where the text comes from; it may be gone by the next call, which then says so. */
struct export_source {
	/* Adds to e->piece what comes next, a frame or so; false: that was all, or err says why it
	 * cannot go on. */
	bool (*next)(void *arg, struct export *e, struct error *err);
	void (*free)(void *arg);
	const char *doing, *done; /* "saving to", "saved to" */
};

struct export
{
	struct shell *shell;
	struct path_file file;
	const struct export_source *source;
	void *arg;
	struct bytes piece;
	size_t written;   /* bytes of the piece that are in the file */
	uint64_t bytes;   /* in the file */
	uint64_t at, all; /* how far it is, of the source's own units; all 0: it cannot say */
	/* What is not in the file; the source counts: */
	uint64_t gone;    /* commands that were no longer in memory, */
	uint64_t unasked; /* what answered no command */
	struct loop_timer timer;
	int64_t begun, told; /* ns; told: when progress was last said */
	bool ended;          /* the source has no more */
};

/* Takes `arg` over, also when it fails. */
bool export_begin(struct shell *sh, struct slice path, enum path_mode mode,
	const struct export_source *source, void *arg, struct error *err);
/* False: nothing was being written. */
bool export_give_up(struct shell *sh);

#endif
