/* pane.h - a window of rows that moves over the record: the console's transcript without its
 * terminal.
 *
 * It owns no entry.  Ids of entries say where it is, what is selected and what is marked; the id of
 * an entry that has gone means the next one that is shown.  Only rows in the window are formatted,
 * and the height of an entry is remembered, so that a long transcript scrolls in no time.
 */
#ifndef WILCO_PANE_H
#define WILCO_PANE_H

#include "pane/entry.h"

enum { PANE_WAITING_MAX = 8 };

enum pane_filter {
	FILTER_NONE,
	FILTER_SESSION,
	FILTER_SENT,
	FILTER_WRONG,
	FILTER_FOUND,
	FILTER_COUNT
};
/* Returns "all", "session", "sent", "damaged", "found"; NULL at the end. */
const char *filter_name(const void *unused, size_t index);
/* Returns "showing all", "showing only what was found", ... */
const char *filter_says(enum pane_filter filter);

/* The content of a row of the window. */
enum seen_what { SEEN_NOTHING, SEEN_PAST, SEEN_DAY, SEEN_ENTRY, SEEN_WAITING, SEEN_EMPTY };
struct seen {
	enum seen_what what;
	uint32_t row, stamp; /* of the entry; of the look */
	bool head, open;
	uint64_t id; /* of the entry; SEEN_PAST: how many are gone; SEEN_DAY: of the entry below */
	uint64_t above; /* the entry above; RECORD_NONE: none */
};

struct pane {
	struct record *record; /* borrowed */
	bool by_time;          /* commands stand where they were sent */
	struct look look;
	unsigned charset; /* of the words of a search, enum charset */
	uint32_t stamp;
	size_t width, height;
	enum pane_filter filter;
	const struct session *current; /* for FILTER_SESSION */
	uint64_t filtered;             /* number of entries ever, when the filter was chosen */
	struct find find;
	uint32_t search;    /* changes with each search */
	uint64_t here;      /* the entry with the place to which somebody went; RECORD_NONE: none */
	size_t here_before; /* places before that in the entry */
	uint64_t tested;    /* entries that were searched, ever */
	bool follow;
	uint64_t followed; /* number of entries ever, when the window last followed them */
	uint64_t top;      /* the first entry in the window, */
	size_t top_row;    /* how many of its rows are above the window, */
	size_t top_of;     /* and its rows in the look of top_row; 0: this look */
	bool selecting;
	uint64_t selected;
	uint64_t marked; /* for a comparison; RECORD_NONE: none */
	struct waiting waiting[PANE_WAITING_MAX];
	size_t waiting_count;
	/* Of those the rows that are shown: of the command, and the last ones of what has come of
	 * its reply, without `above`. */
	struct waiting_rows {
		size_t command, coming, above;
	} waiting_rows[PANE_WAITING_MAX];
	/* The frame with which what is shown of a reply that is coming begins. */
	struct coming_from {
		const struct exchange *of;
		int64_t sent_at;
		const struct reply *at;
	} coming_from;
	struct seen *seen; /* seen_count rows of the window as they were drawn */
	size_t seen_count;
	struct places places; /* places of the entry in `placed`, */
	struct seen placed;   /* which was tall when it was drawn last */
};
#define PANE_NONE ((size_t)-1)

void pane_init(struct pane *p, struct record *record, bool utf8);
void pane_free(struct pane *p);

/* Has these commands shown as waiting, while they are there; the reply to `current` may have many
 * rows (NULL: none has).  At most PANE_WAITING_MAX. */
void pane_wait(
	struct pane *p, const struct waiting *waiting, size_t count, const struct session *current);
/* Hands the exchange over to the record, in the order of the pane. */
void pane_add_exchange(struct pane *p, struct record_device *device, struct exchange *x);
/* Adds "3 entries are no longer in memory"; false: all entries are. */
bool pane_past(const struct pane *p, struct bytes *out);
#define PANE_PAST_HINT " (.set transcript= says how much is)"

void pane_size(struct pane *p, size_t width, size_t height);
void pane_view(struct pane *p, const struct view *view);
void pane_labels(struct pane *p, bool labels);
void pane_filter(struct pane *p, enum pane_filter filter, const struct session *current);
/* Say whether the filter lets entry i through, or the exchange that was just added. */
bool pane_shows(struct pane *p, size_t i);
bool pane_shows_new(struct pane *p);
struct pane_drawer {
	/* Draws row y of the window; selected: the selected entry begins there. */
	void (*row)(void *arg, size_t y, const struct styled *s, bool selected);
	/* Moves all rows up by `rows` (down by -rows); NULL: they cannot be moved. */
	void (*scroll)(void *arg, long rows);
};
/* Draws what changed in the window since the last time. */
void pane_draw(struct pane *p, const struct pane_drawer *to, void *arg);
/* Has everything drawn anew the next time: what was drawn is not there any more. */
void pane_again(struct pane *p);
/* Moves the window to the first text that came since there were `before` entries, if those texts do
 * not fit into it. */
void pane_show_from(struct pane *p, uint64_t before);

/* Move the window; rows < 0: back.  At the end it follows what comes. */
void pane_scroll(struct pane *p, long rows);
void pane_top(struct pane *p);
void pane_end(struct pane *p);
/* Returns how many entries came since the window stopped following. */
uint64_t pane_unfollowed(const struct pane *p);
/* Begins or ends the selection; it begins at the last exchange in the window. */
void pane_select(struct pane *p, bool on);
/* Moves the selection by so many entries; where nothing is selected, it begins. */
void pane_select_by(struct pane *p, long entries);
/* Goes to where the selection begins, or to what was found in it. */
void pane_show_selected(struct pane *p);
/* Says whether entry i is one of those that are sought. */
typedef bool pane_test(struct pane *p, size_t i);
bool pane_is_wrong(struct pane *p, size_t i);
bool pane_is_command(struct pane *p, size_t i);
bool pane_is_found(struct pane *p, size_t i);
/* Goes to the next entry from the selection (or the window) that passes the test; false: none. */
bool pane_seek(struct pane *p, bool back, pane_test *test);
/* Goes to the first entry at or after this time of day (ms), on the last day that has one. */
bool pane_seek_time(struct pane *p, long ms);
size_t pane_at_time(struct pane *p, long ms); /* PANE_NONE: there is none */
long pane_ms_of_day(const struct timespec *time);
/* Returns the next entry above that the filter lets through; PANE_NONE: there is none. */
size_t pane_above(struct pane *p, size_t i);
/* Returns NULL where nothing is selected. */
struct entry *pane_selected(struct pane *p);
/* Returns the selected entry, or else the last exchange. */
struct entry *pane_chosen(struct pane *p);
/* Opens or folds the selected entry (all: the long parts of every entry).  An entry that has
 * nothing folded opens into the parts of its frames.  False: all of it is in sight. */
bool pane_fold(struct pane *p, bool all);

/* Begins a search for `text`: words of a device with the charset of the pane, /REGEX/, or .x BYTES;
 * an empty text ends the search. */
bool pane_find(struct pane *p, struct slice text, struct error *err);
/* Returns how many places were found; *which is the number of the one to which somebody went (0:
 * none). */
size_t pane_found(struct pane *p, size_t *which);
/* Goes to the first place in entry i, or to its last one; false: there is none. */
bool pane_at_found(struct pane *p, size_t i, bool back);

/* ---- what can be done with an entry (language.c, copy.c, compare.c) ---- */

/* Adds the entry as lines of the language: the command and the expected replies. */
void entry_lines(const struct entry *e, struct bytes *out);
/* Adds the line that sends a frame once more that passed through a tap; false: it is none. */
bool entry_inject(const struct entry *e, struct bytes *out);
/* Adds the payloads that came, to be read: with their lines, without what a terminal would obey.
 * One that is mostly no text is a line. */
void entry_readable(const struct entry *e, struct bytes *out);
/* Adds the entry as it is shown, but unfolded. */
void pane_as_shown(const struct pane *p, const struct entry *e, struct bytes *out);
/* Adds the same piece by piece. */
struct entry_copy {
	struct entry entry;
	struct look look;
	size_t width, row;
	size_t indent; /* blanks in front of each row */
	struct places places;
	struct bytes *out; /* during pane_copy_next() */
};
void pane_copy_begin(struct entry_copy *c, const struct pane *p, const struct entry *e);
bool pane_copy_next(struct entry_copy *c, struct bytes *out); /* false: that was the last */
void pane_copy_end(struct entry_copy *c);
/* Prints entry i as rows where there is no window; a part has at most `fold` rows (0: all). */
void pane_list(struct pane *p, size_t i, size_t fold,
	void (*row)(void *arg, const struct styled *row), void *arg);
/* Adds the bytes of two replies side by side, with marks where they differ, below the commands;
 * lines have at most `width` cells.  It says so where an entry cannot be compared (NULL: it has
 * gone). */
void entry_compare(const struct entry *a, const struct entry *b, size_t width, struct bytes *out);
/* The same for any bytes.  Long ones show only rows that differ, as many as somebody reads. */
void compare_bytes(struct slice left, struct slice right, size_t width, struct bytes *out);

#endif
