/* match.h - the pattern of `.on`, which commands match.
 *
 *   .on PATTERN (re)    .on GLOB (glob)    .on \<05 ??>    .on /SEARCHED/
 */
#ifndef WILCO_SIM_MATCH_H
#define WILCO_SIM_MATCH_H

#include "macro/variables.h"
#include <wilco/macro.h>

struct sim_match;

/* Reads what follows `.on`.  NULL: err is placed in the text. */
struct sim_match *match_new(struct slice text, const struct reading *r, struct error *err);
void match_free(struct sim_match *m); /* NULL is allowed */
/* Says to a check of the block which groups there are, as arguments that come later. */
void match_declare(const struct sim_match *m, struct variables *v);
/* Says whether a command matches; then its groups are the arguments. */
bool match_take(const struct sim_match *m, struct slice command, struct variables *v);

#endif
