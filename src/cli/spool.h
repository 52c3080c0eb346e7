/* spool.h - keeps what is printed until its turn comes, in a file without a name. */
#ifndef WILCO_SPOOL_H
#define WILCO_SPOOL_H

#include <wilco/bytes.h>

struct spool;
enum spool_kind { SPOOL_OUT, SPOOL_ERR }; /* standard output, standard error */

struct spool *spool_new(void);
void spool_free(struct spool *s); /* NULL is allowed */
/* Chooses who takes what is printed; out_to() calls it. */
void spool_use(struct spool *s);
struct spool *spool_in_use(void);
/* Says whether the spool in use took it.  What goes over LIMIT_KEPT is lost. */
bool spool_takes(enum spool_kind kind, struct slice part);
/* Gives what was kept, in its order; false: some of it was lost. */
bool spool_give(struct spool *s, void (*give)(enum spool_kind kind, struct slice part));

#endif
