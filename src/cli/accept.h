/* accept.h - `wilco play --accept`: writes the replies that came into the macro. */
#ifndef WILCO_ACCEPT_H
#define WILCO_ACCEPT_H

#include "cli/cli.h"
#include "play/play.h"

/* What the steps of one file were answered. */
struct accept;
struct accept *accept_new(const char *path);
void accept_free(struct accept *a); /* NULL is allowed */
/* Hears of a step that has ended.  Only blocks that differ change, and only in what a complete
 * reply says: patterns that match stay, and so does what a timeout, a lost line or damage left
 * open. */
void accept_step(struct accept *a, const struct step_result *r);
/* Says which blocks stay, and writes the others, unless a person says no. */
enum status accept_over(const struct accept *a, const struct cli *cli);
/* Says whether it can be asked for here; if not, err says why. */
bool accept_can_ask(const struct cli *cli, struct error *err);
#endif
