/* rollout.h - a fleet that runs from the shell (.fleet): the same commands to many devices, while
 * lines for the open devices go on. */
#ifndef WILCO_ROLLOUT_H
#define WILCO_ROLLOUT_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct shell;
struct rollout;

/* Begins "[--yes] TARGETS COMMAND..."; false: err says why not, or it was told. */
bool rollout_start(struct shell *sh, struct slice rest, struct error *err);
bool rollout_runs(const struct shell *sh);
/* Adds how far it is; false: none runs. */
bool rollout_progress(const struct shell *sh, struct bytes *out);
/* Begins no other device; once more it gives up those that are under way.  False: none runs. */
bool rollout_interrupt(struct shell *sh);
void rollout_free(struct shell *sh);
/* A person was asked by it; the answer; it asks what could not be asked before. */
bool rollout_asks(const struct shell *sh);
void rollout_answer(struct shell *sh, bool given);
void rollout_asks_again(struct shell *sh);

#endif
