/* paths.h - where wilco's files are (XDG base directories); folders 0700, files 0600. */
#ifndef WILCO_PATHS_H
#define WILCO_PATHS_H

#include <sys/types.h>
#include <wilco/bytes.h>
#include <wilco/error.h>

enum path_kind { PATH_CONFIG, PATH_DATA, PATH_STATE };

/* Returns "$XDG_STATE_HOME/wilco/NAME", or the default below $HOME, as a new string; NULL when
 * neither variable is set. */
char *path_of(enum path_kind kind, const char *name);
/* Returns a file's name as a person writes it, as a new string: "~/x" is below $HOME. */
char *path_named(struct slice name);
/* Makes the folders above `path`. */
bool path_make_parents(const char *path, struct error *err);
enum path_source {
	/* Only a regular file, because a FIFO, a device or a terminal would make a start wait. */
	PATH_FILE,
	PATH_STREAM, /* whatever a person named, such as /dev/stdin, up to its end */
};
/* Reads all of it, at most `max` bytes.  Returns -1 with err, 0 when the file does not exist, else
 * 1. */
int path_read(
	const char *path, enum path_source from, size_t max, struct bytes *out, struct error *err);
/* Returns false with err where the path is something else than a regular file.  A path where
 * nothing is, is no error. */
bool path_check_file(const char *path, struct error *err);
enum path_mode {
	PATH_APPEND, /* appends to the file, which is made (0600) where there is none */
	PATH_NEW,    /* makes a file that does not exist yet */
};
/* Writes all of the text, or nothing to a regular file (but see path_cancel()).  Never waits for a
 * reader. */
bool path_write(const char *path, enum path_mode mode, struct slice text, struct error *err);
/* Puts the text into the place of a regular file that exists, which keeps its mode: whoever reads
 * it meanwhile finds the one or the other whole.  A link stays a link. */
bool path_replace(const char *path, struct slice text, struct error *err);
/* Writes piece by piece what is too long to be written at once.  Until path_end() succeeds, a
 * failure leaves a regular file as it was before path_begin(), and removes a file that was made. */
struct path_file {
	char *path; /* owned */
	int fd;
	bool made, regular;
	off_t before, added; /* its size at path_begin(), and what was written since */
};
bool path_begin(struct path_file *f, const char *path, enum path_mode mode, struct error *err);
/* Writes what can be written now and takes it off the front of the text; the rest is for later,
 * because a reader may be slow.  A failure does what path_cancel() does. */
bool path_add(struct path_file *f, struct slice *text, struct error *err);
bool path_end(struct path_file *f, struct error *err);
/* Takes back what was written.  Returns false where a part stays in a regular file, because others
 * wrote to it meanwhile and would lose their text.  Where a function above fails so, err's hint
 * says it. */
bool path_cancel(struct path_file *f);
#define PATH_PART_STAYS "a part of it stays in the file, because others wrote to the file, too"

#endif
