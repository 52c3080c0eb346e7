/* export.h - writes a file piece by piece: .save, .copy FILE, .watch --export.
 *
 * A piece is composed and written in each turn of the loop, so that nothing waits for the whole and
 * no more than a piece is in memory.  A short file is written at once.  A file is written whole or
 * left as it was when writing fails, the user gives it up, or wilco ends first; but not where
 * others wrote to it meanwhile (path_cancel()).
 */
#ifndef WILCO_EXPORT_H
#define WILCO_EXPORT_H

#include "base/paths.h"
#include "cmd/headway.h"
#include "loop/loop.h"

struct shell;
struct export;

/* The source of the text, which may be gone by the next call; that call then says so. */
struct export_source {
	/* Adds the next part, a frame or so, to e->piece; false: that was the last, or err says why
	 * it cannot go on. */
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
	uint64_t bytes;   /* bytes that are in the file */
	uint64_t at, all; /* progress, in the source's own units; all 0: the source cannot say */
	/* The source counts what is not in the file: */
	uint64_t gone;     /* commands that were no longer in memory, */
	uint64_t left_out; /* lines that are too long to be read again */
	struct loop_timer timer;
	struct headway progress;
	bool ended; /* the source has no more */
};

/* Begins a file and writes the first piece.  It takes `arg` over, even when it fails. */
bool export_begin(struct shell *sh, struct slice path, enum path_mode mode,
	const struct export_source *source, void *arg, struct error *err);
/* Adds "saving to x: 34 %" when writing takes long; false: there is nothing to say. */
bool export_progress(const struct shell *sh, struct bytes *out);
/* Gives up the file that is being written; false: there is none. */
bool export_give_up(struct shell *sh);

#endif
