/* progress.h - the row that shows how far a long run has come, on a terminal. */
#ifndef WILCO_PROGRESS_H
#define WILCO_PROGRESS_H

#include "cli/cli.h"
#include "play/play.h"

struct progress {
	bool on;       /* there is a terminal, and nobody asked for quiet or plain output */
	uint64_t all;  /* steps that were found when the file was checked */
	int64_t began; /* ns, of the run */
	int64_t drawn; /* when the row was drawn last */
};

void progress_begin(struct progress *p, const struct cli *cli);
/* A step was found; one begins. */
void progress_planned(struct progress *p);
void progress_step(struct progress *p, const struct cli *cli, const struct step_result *r);
/* Shows how far a file is that is sent. */
void progress_file(struct progress *p, const struct cli *cli, const struct session *s,
	const struct exchange *x);
/* Returns how wide the terminal is now. */
size_t progress_columns(void);

#endif
