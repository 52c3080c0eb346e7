/* home.h - a home folder of its own for a fuzz target that reads and writes files. */
#ifndef WILCO_FUZZ_HOME_H
#define WILCO_FUZZ_HOME_H

#include <wilco/bytes.h>

/* The folder, made when first asked for and gone at the end; HOME and the XDG folders are in it,
 * and wilco/ is there in each. */
const char *fuzz_home(void);
/* Writes a file below it; reads one, which may be missing. */
void home_put(const char *name, struct slice content);
void home_get(const char *name, struct bytes *content);

#endif
