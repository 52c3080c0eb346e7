/* paths.h - where wilco's files are (XDG base directories); folders 0700, files 0600. */
#ifndef WILCO_PATHS_H
#define WILCO_PATHS_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum path_kind { PATH_CONFIG, PATH_DATA, PATH_STATE };

/* "$XDG_STATE_HOME/wilco/NAME" or the default below $HOME; a new string, NULL when neither
 * variable is set. */
char *path_of(enum path_kind kind, const char *name);
/* Makes the folders above `path`. */
bool path_make_parents(const char *path, struct error *err);
/* Reads a whole file of at most `max` bytes; -1 and err, 0 when it does not exist, else 1. */
int path_read(const char *path, size_t max, struct bytes *out, struct error *err);
enum path_mode {
	PATH_APPEND, /* to the end of the file, which is made (0600) where there is none */
	PATH_NEW,    /* a file that is not there yet */
};
/* Writes all of the text, or nothing to a regular file; never waits for a reader. */
bool path_write(const char *path, enum path_mode mode, struct slice text, struct error *err);

#endif
