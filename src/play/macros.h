/* macros.h - the folder of macros.
 *
 * A name without a slash that does not end in .wilco is a macro of the folder; anything else is a
 * file. */
#ifndef WILCO_MACROS_H
#define WILCO_MACROS_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { MACROS_NAME_MAX = 200 };

/* Returns the path of a file or a macro as a new string; NULL: err says why it can be none. */
char *macros_path(struct slice name, struct error *err);
/* The same for one that will be written: the folder is made. */
char *macros_path_to_write(struct slice name, struct error *err);
/* Returns the path of a macro of the folder that exists; NULL: there is none. */
char *macros_find(struct slice name);
/* Returns the path of a file of this name, or else of a macro of the folder, as a new string. There
 * may be neither. */
char *macros_file(struct slice name);
/* Returns the folder as a new string; NULL: nothing says where it is. */
char *macros_folder(void);

/* Calls `told` with the name of each macro of the folder, in order, and the text of its first
 * comment (empty: it has none), until it returns false.  Returns false where the folder cannot be
 * read; one that is not there yet is empty. */
bool macros_each(bool (*told)(void *arg, const char *name, struct slice comment), void *arg,
	struct error *err);

#endif
