/* beside.h - code that lies beside the program: wilco-console and modules/.  A build runs in place
 * because of it.
 *
 * A program may also lie in /tmp or in a folder that others share, and be run by root from there.
 * So a file beside it is run only when the file and its folders belong to root or to the program's
 * owner, and nobody may write them who may not write the program: whoever can put a file there
 * could as well change the program. */
#ifndef WILCO_BESIDE_H
#define WILCO_BESIDE_H

#include <wilco/error.h>

/* Looks for `file` in the folder of the running program, or in the folder `folder` there (NULL:
 * none). Returns a descriptor of the folder (O_PATH, closed on exec) that the caller closes.  The
 * file must be used through that descriptor, because the path may lead elsewhere by then.  Returns
 * -1 where err says why the file must not be run; err->what is empty when there is no such file. */
int beside_open(const char *folder, const char *file, struct error *err);

#endif
