/* viewed.h - a file that is shown in a pane, a part of it at a time.
 *
 * The file is read through once, behind the first screen; of each part an index keeps where it
 * begins. Only the parts around the window are in the pane's record.  A file that fits into it is
 * there as a whole, and all that the pane does is done at once.  In a larger one the filter is
 * asked while parts are read, and what is sought beyond the window is sought in the background.
 */
#ifndef WILCO_VIEWED_H
#define WILCO_VIEWED_H

#include "pane/pane.h"
#include "viewed/part.h"

struct loop;
struct viewed;

struct viewed_events {
	void (*changed)(void *owner); /* entries came, or the progress is another */
	/* What viewed_seek() sought: it is selected; or it is not there. */
	void (*sought)(void *owner, bool found);
	/* The file was read through; what was left out is a sentence, NULL: nothing was. */
	void (*read)(void *owner, const char *left_out);
};

struct viewed_config {
	struct loop *loop;
	struct pieces *file;             /* it is taken over */
	struct frame *frame;             /* a reference is taken */
	bool runs;                       /* that is only to write down what was said (part.h) */
	const struct settings *settings; /* borrowed */
	struct pane *pane;               /* borrowed; it shows the file from now on */
	struct part_size part;           /* zeroes: the usual size */
	size_t index;                    /* marks that are kept; 0: VIEWED_INDEX */
	const struct viewed_events *events;
	void *owner;
};
enum { VIEWED_INDEX = 16384 };

struct viewed *viewed_open(const struct viewed_config *config);
/* Says whether anything that was read so far has a time. */
bool viewed_is_timed(const struct viewed *v);
void viewed_free(struct viewed *v); /* NULL is allowed */
/* Shows only this stream, by its number; 0: all of them.  False: err says why not. */
bool viewed_stream(struct viewed *v, size_t number, struct error *err);
/* Returns the number of the stream of an entry; 0: it has none. */
size_t viewed_stream_of(const struct viewed *v, const struct entry *e);
/* Has the file shown by another pane from now on. */
void viewed_move(struct viewed *v, struct pane *pane);
/* Seeks beyond what is in memory, as pane_seek() does in it; events->sought() tells the end of it.
 * False: there is nothing beyond. */
bool viewed_seek(struct viewed *v, bool back, pane_test *test);
/* Gives up what is sought; false: nothing is. */
bool viewed_stop(struct viewed *v);
/* Says whether all that there is of the file is in memory. */
bool viewed_is_whole(const struct viewed *v);
/* Compares an entry, which may not be in memory, with another one, as entry_compare(). */
void viewed_compare(struct viewed *v, uint64_t id, const struct entry *with, struct bytes *out);
/* Adds "entry 12 of 345"; adds how far something is: "reading 34 %"; false: there is nothing to
 * say. */
bool viewed_where(const struct viewed *v, uint64_t id, struct bytes *out);
bool viewed_progress(const struct viewed *v, struct bytes *out);
bool viewed_changed(const struct viewed *v); /* the file, since it was opened */
/* Has what was added to the file read, too.  Returns why that cannot be; NULL: it can. */
const char *viewed_grow(struct viewed *v);
const char *viewed_kind(const struct viewed *v);
const struct frame *viewed_frame(const struct viewed *v);
size_t viewed_only(const struct viewed *v); /* the stream that is shown; 0: all are */
/* Returns how many entries the file has, as far as it was read, and the marks that are kept. */
uint64_t viewed_entries(const struct viewed *v);
size_t viewed_marks(const struct viewed *v);

#endif
