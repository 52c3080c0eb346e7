/* source.h - the lines of a macro, which can be read again from any of them.
 *
 * Little of it is in memory.  What cannot be read twice (a pipe) is first copied into a file
 * without a name.
 */
#ifndef WILCO_SOURCE_H
#define WILCO_SOURCE_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct source;

/* Opens a file; "-" is standard input.  stream: it may be a pipe, of which it waits for the end.
 * NULL: err says why. */
struct source *source_open(const char *path, bool stream, struct error *err);
/* Makes a source of these lines; NULL: err says why. */
struct source *source_text(struct slice text, struct error *err);
void source_close(struct source *s); /* NULL is allowed */
/* Says whether the file is another than when it was opened, or has other content. */
bool source_changed(const struct source *s);
/* Takes what was added to the file since: more lines can be read.  False: it is shorter now. */
bool source_grow(struct source *s);
const char *source_name(const struct source *s);
const char *source_path(const struct source *s);                  /* as it was opened */
bool source_same(const struct source *a, const struct source *b); /* they are one file */

/* Returns the file itself, which can be read at any place by whoever does not want its lines. */
int source_descriptor(const struct source *s);

enum source_state { SOURCE_LINE, SOURCE_END, SOURCE_FAILED };
/* Gives the next line without its end, valid until the next call.  FAILED: the beginning of one
 * that is too long, or nothing. */
enum source_state source_next(struct source *s, struct slice *line, struct error *err);

/* Goes on behind a line that is too long, for which source_next() failed; false: it failed for
 * another reason, or the file cannot be read on. */
bool source_skip(struct source *s);

/* Returns the first byte of the next line, perhaps its end; -1: that is not known. */
int source_peek(const struct source *s);

/* Where a line begins. */
struct source_place {
	uint64_t offset;
	unsigned line; /* its number, from 1 */
};
struct source_place source_here(const struct source *s);  /* of the line that was given last */
struct source_place source_ahead(const struct source *s); /* of the next one */
/* Makes a file without a name, on the disk if that can be; -1: errno says why not. */
int source_nameless(void);
/* Makes the line at this place the next one. */
void source_go(struct source *s, struct source_place place);
void source_rewind(struct source *s);
/* Gives the line that was given last once more. */
void source_unread(struct source *s);

#endif
