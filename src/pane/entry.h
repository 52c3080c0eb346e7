/* entry.h - one thing that happened, as rows in a view. */
#ifndef WILCO_PANE_ENTRY_H
#define WILCO_PANE_ENTRY_H

#include "pane/find.h"
#include "pane/rows.h"
#include "pane/view.h"
#include <time.h>

enum entry_kind {
	ENTRY_EXCHANGE,
	ENTRY_OUTPUT, /* what a command of wilco's own printed */
	ENTRY_NOTE,
	ENTRY_ERROR,
};

struct entry {
	enum entry_kind kind;
	bool open;                       /* long parts are not folded */
	bool lent;                       /* has just ended: it is in no transcript yet */
	const struct session *session;   /* ENTRY_EXCHANGE: whose; else NULL */
	const struct exchange *exchange; /* lives in the session's transcript */
	uint64_t ordinal;                /* in that transcript, of all that ever were in it */
	char *text;                      /* of the other kinds; safe; owned */
	struct timespec time;            /* of its first line, and ns until its last */
	int64_t took;
};

/* How entries look. */
struct look {
	enum view view;
	bool utf8;
	bool labels;             /* say whose it is */
	bool only_sent;          /* commands without what answered them */
	size_t fold;             /* rows of a part before it is folded; 0: never */
	bool lines;              /* not on a screen: what is folded cannot be opened */
	const struct find *find; /* what is marked; NULL: nothing */
};

/* Whether the exchange is still in its transcript; other kinds always are. */
bool entry_there(const struct entry *e);
/* Whether it was there and had to go. */
bool entry_gone(const struct entry *e);
/* Where frames of an answer of many begin, here and there; as the rows are made they are added, and
 * the next time those in front of the window are passed over. */
struct places {
	struct place {
		const struct reply *reply;
		size_t row;
	} * at;
	size_t count, room;
};
/* Adds the entry's rows, none of one that is not there; `before`: the time of the line above, NULL:
 * none.  It does not change how many they are.  places: of this entry in this look; NULL: none. */
void entry_rows(const struct entry *e, const struct look *look, const struct timespec *before,
	struct places *places, struct rows *out);
/* When the last line of the entry was there. */
struct timespec entry_end(const struct entry *e, const struct look *look);
/* A command that waits for its line, or for its reply; waited: ns so far. */
void entry_waiting(const struct session *s, const struct exchange *x, int64_t waited,
	const struct look *look, struct rows *out);
/* Damaged, lost, timed out, refused. */
bool exchange_is_wrong(const struct exchange *x);
/* Whether what is searched for is in a command, a frame, or what wilco said; and the byte of its
 * first place among those that the view shows.  place NULL: that is not asked. */
bool entry_find(const struct entry *e, const struct find *f, enum view view, const uint8_t **place);
/* The last reply that counts; an empty slice: none. */
struct slice entry_reply(const struct entry *e);

#endif
