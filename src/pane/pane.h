/* pane.h - what happened in all sessions, as a window of rows that moves: the console's transcript
 * without its terminal.
 *
 * Entries are kept in the order in which they came (order.c); exchanges live in their sessions'
 * transcripts and are only pointed to.  Only rows in the window are formatted, and the height of an
 * entry is remembered, so that a long transcript scrolls in no time.
 */
#ifndef WILCO_PANE_H
#define WILCO_PANE_H

#include "pane/entry.h"

enum { PANE_ENTRIES_MAX = 256 * 1024, PANE_TEXT_MAX = 16 * 1024 * 1024, PANE_WAITING_MAX = 8 };

enum filter { FILTER_NONE, FILTER_SESSION, FILTER_SENT, FILTER_WRONG, FILTER_FOUND, FILTER_COUNT };
/* "all", "session", "sent", "damaged", "found"; NULL at the end. */
const char *filter_name(const void *unused, size_t index);

/* An exchange does not change any more: what is asked of each again and again is remembered. */
struct slot {
	struct entry entry;
	uint32_t rows, stamp; /* height, as of this look */
	bool gone;            /* no longer in memory, */
	uint32_t run;         /* first or last of so many that are gone; see past.c */
	bool command, wrong;  /* what it is, */
	bool many;            /* and whether frames answered by the hundred */
	bool early;           /* it stands in front of what ended before it did */
	bool found;           /* whether what is searched for is in it, */
	uint32_t searched;    /* as of this search */
};

/* What stands in a row of the window. */
enum seen_what { SEEN_NOTHING, SEEN_PAST, SEEN_ENTRY, SEEN_WAITING, SEEN_EMPTY };
struct seen {
	enum seen_what what;
	uint32_t row, stamp; /* of the entry; of the look */
	bool head, open;
	uint64_t ordinal; /* the entry, of all that ever were in the pane; how many are past */
	uint64_t above;   /* the one above, from 1; 0: none */
};

struct waiting {
	const struct session *session;
	const struct exchange *exchange;
	int64_t waited; /* ns */
};

struct pane {
	struct slot *slots;
	size_t count, room, text_held;
	bool by_time;       /* commands stand where they were sent, not where they ended */
	uint64_t newest;    /* the exchange that ended last, of all entries that ever were */
	uint64_t dropped;   /* entries that had to go */
	struct past *pasts; /* of each session; see past.c */
	size_t past_count;
	size_t gone; /* entries that are here, but no longer in memory */
	struct look look;
	uint32_t stamp;
	size_t width, height;
	enum filter filter;
	const struct session *current; /* of FILTER_SESSION */
	uint64_t filtered;             /* entries there had been when the filter was chosen */
	struct find find;
	uint32_t search; /* of each search another number */
	uint64_t tested; /* entries in which something was searched for, ever */
	bool follow;
	uint64_t followed;   /* entries there had been when the window last followed them */
	size_t top, top_row; /* the first entry in the window, and how many of its rows are above */
	size_t top_of;       /* the entry's rows in the look that top_row is of; 0: in this one */
	bool selecting;
	size_t selected;
	size_t marked; /* to compare with; PANE_NONE */
	struct waiting waiting[PANE_WAITING_MAX];
	size_t waiting_count;
	struct seen
		*seen; /* seen_count rows of the window, as they were drawn; then as they will */
	size_t seen_count;
	struct places places; /* of the entry that these rows are of, */
	struct seen placed;   /* which was tall when it was last drawn */
};
#define PANE_NONE ((size_t)-1)

void pane_init(struct pane *p, bool utf8);
void pane_free(struct pane *p);

/* The exchange is about to be added to its session's transcript. */
void pane_add_exchange(struct pane *p, const struct session *s, const struct exchange *x);
void pane_add_text(struct pane *p, enum entry_kind kind, struct slice safe);

/* How many of the session's commands were in the list and had to go. */
uint64_t pane_dropped_commands(const struct pane *p, const struct session *s);

void pane_size(struct pane *p, size_t width, size_t height);
void pane_view(struct pane *p, enum view view);
void pane_labels(struct pane *p, bool labels);
void pane_filter(struct pane *p, enum filter filter, const struct session *current);
/* Whether the filter lets entry i through; the same for the exchange that was just added. */
bool pane_shows(struct pane *p, size_t i);
bool pane_shows_new(struct pane *p);
struct pane_drawer {
	/* Row y of the window; selected: it begins the selected entry. */
	void (*row)(void *arg, size_t y, const struct styled *s, bool selected);
	/* All rows move up by `rows` (down by -rows); NULL: they cannot. */
	void (*scroll)(void *arg, long rows);
};
/* What changed in the window since the last time. */
void pane_draw(struct pane *p, const struct pane_drawer *to, void *arg);
/* The next time is as the first: what was drawn is not there any more. */
void pane_again(struct pane *p);
/* Where texts that came since there were `before` entries do not fit into the window, it begins
 * with the first of them. */
void pane_show_from(struct pane *p, size_t before);

/* Moving; rows < 0: back.  At the end the window follows what comes. */
void pane_scroll(struct pane *p, long rows);
void pane_top(struct pane *p);
void pane_end(struct pane *p);
/* How many entries came since the window does not follow. */
uint64_t pane_unfollowed(const struct pane *p);
/* The selection: begins at the last exchange in the window. */
void pane_select(struct pane *p, bool on);
void pane_select_by(struct pane *p, long entries);
/* Whether entry i is one of those that are sought. */
typedef bool pane_test(struct pane *p, size_t i);
bool pane_is_wrong(struct pane *p, size_t i);
bool pane_is_command(struct pane *p, size_t i);
bool pane_is_found(struct pane *p, size_t i);
/* The next entry from the selection (or the window) for which the test holds; false: none. */
bool pane_seek(struct pane *p, bool back, pane_test *test);
/* The first entry at or after this time of day (milliseconds), of the last day that has one. */
bool pane_seek_time(struct pane *p, long ms);
size_t pane_at_time(struct pane *p, long ms); /* PANE_NONE: there is none */
/* The entry above that the filter lets through; PANE_NONE. */
size_t pane_above(struct pane *p, size_t i);
/* NULL: nothing is selected. */
struct entry *pane_selected(struct pane *p);
/* That, or else the last exchange. */
struct entry *pane_chosen(struct pane *p);
/* Opens or folds the selected entry (all: every entry's long parts). */
void pane_fold(struct pane *p, bool all);

/* `text`: words, /REGEX/, or .x BYTES; an empty one ends the search. */
bool pane_find(struct pane *p, struct slice text, struct error *err);
/* How many entries there are, and which of them is selected (0: none). */
size_t pane_found(struct pane *p, size_t *which);

/* ---- what is done with an entry (keep.c) ---- */

/* As lines of the language: the command and the replies that are expected. */
void entry_lines(const struct entry *e, struct bytes *out);
/* The same part by part (the command, each frame, what is said about the end), for who does not
 * want all of a long one at once: begins as zeroes.  False: that was all. */
struct entry_at {
	unsigned stage;
	const struct reply *reply;
};
bool entry_next_lines(const struct entry *e, struct entry_at *at, struct bytes *out);
/* The payloads that came, a line each. */
void entry_replies(const struct entry *e, struct bytes *out);
/* As it is shown, and what can be shown of it unfolded. */
void pane_as_shown(const struct pane *p, const struct entry *e, struct bytes *out);
/* The same piece by piece. */
struct entry_copy {
	struct entry entry;
	struct look look;
	size_t width, row;
	struct places places;
};
void pane_copy_begin(struct entry_copy *c, const struct pane *p, const struct entry *e);
bool pane_copy_next(struct entry_copy *c, struct bytes *out); /* false: that was all */
void pane_copy_end(struct entry_copy *c);
/* Entry i as lines; of long parts the beginning. */
void pane_list(
	struct pane *p, size_t i, void (*row)(void *arg, const struct styled *row), void *arg);
/* The bytes of two replies side by side, what differs marked, below what the left and the right one
 * answered; lines of at most `width` cells.  Of what cannot be compared it says so. */
void entry_compare(const struct entry *a, const struct entry *b, size_t width, struct bytes *out);

#endif
