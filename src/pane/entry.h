/* entry.h - shows an entry of the record as rows in a view. */
#ifndef WILCO_PANE_ENTRY_H
#define WILCO_PANE_ENTRY_H

#include "pane/marks.h"
#include "pane/rows.h"
#include "pane/view.h"
#include "record/record.h"

/* How entries look. */
struct look {
	const struct view *view;
	bool utf8;
	bool marks;     /* combining marks stand behind their letters (TEXT_MARKS) */
	bool canonical; /* bytes are shown as in files, whatever charset the device has */
	bool breaks;    /* text is broken into its lines, and at words; else a frame is one line */
	bool unmarked;  /* without marks for what ended the lines */
	bool chooses;   /* `auto` chooses a view for each reply; else it is text */
	bool labels;    /* name the device */
	bool only_sent; /* show commands without their replies */
	size_t fold;    /* rows of a part that are shown before it is folded; 0: all */
	bool lines;     /* not in a window, which could open folds; failures are said in full */
	struct marking marking;
};

/* Where some frames of a reply with many begin.  They are added as rows are made, so that the next
 * time the frames in front of the window can be passed over. */
struct places {
	struct place {
		const struct reply *reply;
		size_t row;
	} * at;
	size_t count, room;
};
/* Adds the entry's rows.  before: the time of the line above (NULL: none), on which the number of
 * rows does not depend.  places: those of this entry in this look; NULL: none. */
void entry_rows(const struct entry *e, const struct look *look, const struct timespec *before,
	struct places *places, struct rows *out);
/* Returns when the last line of the entry came. */
struct timespec entry_end(const struct entry *e, const struct look *look);
/* A command that waits for its line, or for its reply. */
struct waiting {
	const struct session *session;
	const struct exchange *exchange;
	int64_t waited;   /* ns since it was sent */
	int64_t left;     /* ns until a late reply is given up and it is sent; 0: no late reply */
	const char *keys; /* for the device, which can be pressed now; NULL: none */
	struct session_coming coming;
	const struct reply *from; /* the first of its frames to show */
};
/* Add the command, and what has come of its reply. */
void entry_waiting(const struct waiting *w, const struct look *look, struct rows *out);
void entry_coming(const struct waiting *w, const struct look *look, struct rows *out);
/* Adds the end of what has come, or else the command, to a line of so many cells. */
void entry_waiting_line(
	const struct waiting *w, const struct look *look, size_t cells, struct styled *line);
/* Returns at how many places in commands, frames and messages the search finds something. */
size_t entry_count(const struct entry *e, const struct find *f, const struct look *look);
/* A place that was found. */
struct entry_place {
	struct slice bytes;   /* those that were found, as struct marking has them */
	const uint8_t *shown; /* the byte that the view shows there */
};
/* Finds the place that has `before` others before it; false: there are not so many. */
bool entry_find(const struct entry *e, const struct find *f, const struct look *look, size_t before,
	struct entry_place *place);
/* Returns the last reply that counts, or what passed with all its bytes; an empty slice: none. */
struct slice entry_reply(const struct entry *e);

#endif
