/* probing.h - `.probe`: finds out over the open session how a device wants to be asked.
 *
 * Each attempt is a command of the session in a frame that takes whatever comes; so it is in the
 * record, in the log and on the screen as any other.  The frame and the settings of the session are
 * put back at the end, however that comes.  One probe runs at a time; lines that are typed for its
 * device meanwhile wait. */
#ifndef WILCO_CMD_PROBING_H
#define WILCO_CMD_PROBING_H

#include <wilco/session.h>

struct shell;
struct opened;

/* Begins to probe the current device.  command empty: only listens.  False: err says why not. */
bool probing_start(struct shell *sh, struct slice command, struct error *err);
bool probing_at(const struct opened *device); /* it is being probed */
/* Gives the probe up; false: none runs at this device (NULL: at any). */
bool probing_stop(struct shell *sh, const struct opened *device);
void probing_free(struct shell *sh);
/* Something came unasked while a probe may be listening. */
void probing_unasked(struct opened *device, const struct exchange *x);
/* Adds what is under way; false: nothing is. */
bool probing_progress(const struct shell *sh, struct bytes *out);
/* As of a rollout: it has asked; the answer; it asks what could not be asked before. */
bool probing_asks(const struct shell *sh);
void probing_answer(struct shell *sh, bool given);
void probing_asks_again(struct shell *sh);
/* Adds the bytes of the command that a probe would send. */
bool probing_wire(struct slice command, struct bytes *out, struct error *err);

#endif
