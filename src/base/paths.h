/* paths.h - where wilco's files are (XDG base directories); folders 0700, files 0600. */
#ifndef WILCO_PATHS_H
#define WILCO_PATHS_H

#include <sys/types.h>
#include <wilco/bytes.h>
#include <wilco/error.h>

enum path_kind { PATH_CONFIG, PATH_DATA, PATH_STATE };

/* "$XDG_STATE_HOME/wilco/NAME" or the default below $HOME; a new string, NULL when neither
 * variable is set. */
char *path_of(enum path_kind kind, const char *name);
/* A file's name as a person writes it: "~/x" is below $HOME.  A new string. */
char *path_named(struct slice name);
/* Makes the folders above `path`. */
bool path_make_parents(const char *path, struct error *err);
/* Reads a whole file of at most `max` bytes; -1 and err, 0 when it does not exist, else 1. */
int path_read(const char *path, size_t max, struct bytes *out, struct error *err);
enum path_mode {
	PATH_APPEND, /* to the end of the file, which is made (0600) where there is none */
	PATH_NEW,    /* a file that is not there yet */
};
/* Writes all of the text, or nothing to a regular file (but see path_cancel()); never waits for a
 * reader. */
bool path_write(const char *path, enum path_mode mode, struct slice text, struct error *err);
/* The same piece by piece, for what is too long to be written at once.  Until path_end() a failure
 * leaves a regular file as it was before path_begin(), and one that was made is gone again. */
struct path_file {
	char *path; /* owned */
	int fd;
	bool made, regular;
	off_t before, added; /* its size then; what was written since */
};
bool path_begin(struct path_file *f, const char *path, enum path_mode mode, struct error *err);
/* Takes from the front of the text what can be written now: a reader may be slow.  After a failure
 * it is as after path_cancel(). */
bool path_add(struct path_file *f, struct slice *text, struct error *err);
bool path_end(struct path_file *f, struct error *err);
/* False: a part of a regular file's text stays in it, because others wrote to it meanwhile and
 * would lose theirs.  Where one of the functions above fails, err's hint says so. */
bool path_cancel(struct path_file *f);
#define PATH_PART_STAYS "a part of it stays in the file, to which others wrote, too"

#endif
