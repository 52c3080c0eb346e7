/* baseline.h - what devices answered before, as JSON of `wilco fleet --json` has it. */
#ifndef WILCO_FLEET_BASELINE_H
#define WILCO_FLEET_BASELINE_H

#include "fleet/compared.h"

struct baseline;

/* Reads objects, one a line.  NULL: err says why, *line where. */
struct baseline *baseline_read(struct slice json, unsigned *line, struct error *err);
void baseline_free(struct baseline *b); /* NULL is allowed */

enum baseline_answer { BASELINE_SAME, BASELINE_CHANGED, BASELINE_NEW };
/* Compares a result with the one from before, which is told as seen.  BASELINE_CHANGED adds how it
 * differs. */
enum baseline_answer baseline_compare(struct baseline *b, const char *device,
	const struct exchange *x, struct compared *how, unsigned flags, struct bytes *out);
/* Gives the next result from before that was not compared: "DEVICE", "COMMAND"; false at the end.
 * *at begins at 0. */
bool baseline_missing(
	const struct baseline *b, size_t *at, struct slice *device, struct slice *command);
void baseline_begin(struct baseline *b); /* another round: nothing was compared yet */

#endif
