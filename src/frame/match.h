/* match.h - matches one candidate with one variant. */
#ifndef WILCO_MATCH_H
#define WILCO_MATCH_H

#include "frame/frame_private.h"

enum match {
	MATCH_FRAME,
	MATCH_BAD,  /* its end was found, but a check or length in it is wrong */
	MATCH_MORE, /* it can still become a frame */
	MATCH_OUT,  /* a literal, a digit or a limit rules it out */
};

/* How far one candidate was compared with one variant.  An incomplete
 * frame goes on where it stopped, so bytes that come one by one cost no more than all at once. */
struct split_try {
	uint8_t variant, item;    /* to go on with */
	size_t at;                /* where that item begins */
	size_t scanned[8];        /* by level: no end begins before this offset */
	size_t undone;            /* wire bytes already undone of the transform in progress */
	size_t filled;            /* where the fillers of item `filler` end so far */
	size_t wanted;            /* with fewer bytes than this nothing changes */
	uint64_t absent, decided; /* optional groups */
	uint64_t tied;            /* for the event to come, as the three below */
	uint8_t end, mark, other; /* for the event to come */
	uint8_t filler;
	struct slice end_bytes;
	size_t from[LIMIT_ITEMS]; /* where each item begins on its level */
	size_t size[LIMIT_ITEMS];
	uint64_t number[LIMIT_ITEMS];
	/* Where the level's plain bytes are in the scratch buffer. */
	size_t level_at[8], level_len[8];
};

struct matching {
	const struct variant *v;
	struct slice in;          /* all bytes that are there, from the candidate's first */
	bool gap, silent, closed; /* nothing more came lately, comes now, will come */
	bool last;                /* no other variant is left */
	bool strict;              /* a wrong check rules the candidate out as soon as it is known */
	bool compare;             /* compare bare names with `sent` */
	size_t max;               /* most bytes of a frame */
	struct split_try *t;      /* in and out */
	struct bytes *scratch;
	const struct field_value *sent;
	struct field_value *values; /* out */
	struct split_event *event;  /* out: payload, end, fault, mark */
	size_t size;                /* out: size of the frame */
	size_t reached;             /* out: MATCH_OUT: bytes up to the place where it broke */
	size_t seen;                /* out: bytes that decided it */
	size_t missing;             /* out: MATCH_MORE: bytes missing at least; 0: unknown */
	struct slice absorb;        /* out: what may follow and belongs to no frame */
	char absorb_times;
};

/* Begins anew with a variant. */
void match_begin(struct split_try *t, size_t variant);
enum match match_run(struct matching *r);
/* match_find.c: finds where the level's item of unknown size, which begins at `at`, ends. */
enum match match_find(
	struct matching *r, const struct level *l, size_t at, bool whole, size_t *size);
/* Returns what a len says about `target`: its value undone, less everything else that it covers.
 * In an optional group: 0 if the group is not there.  False: no size gives this value. */
bool match_solve(const struct matching *r, size_t len, size_t target, uint64_t *size);
/* verify.c: compares every length and check of a delimited frame: MATCH_FRAME or MATCH_BAD. */
enum match match_verify(struct matching *r);
/* Returns how many hex digits show a check; 0: it is shown in decimal. */
uint8_t match_hex_digits(const struct item *item);
/* Compares the check or length at `index`; false: it is wrong, and is added to the event. */
bool match_verify_one(struct matching *r, size_t index, uint64_t *expected);

/* Matches the items of a level from *first on, at *at; both say where it stopped.  whole: all bytes
 * of the level are there. */
enum match match_items(struct matching *r, size_t level, size_t *first, size_t *at, bool whole);
/* match_inside.c: match the transform at item `index`, whose wire bytes begin at `at`: one of known
 * size, one whose content alone shows its size, and chunk[n]. */
enum match match_inside(struct matching *r, const struct level *l, size_t index, size_t at);
enum match match_content(
	struct matching *r, const struct level *l, size_t index, size_t at, bool whole);
enum match match_chunks(struct matching *r, const struct level *l, size_t index, size_t at);

/* Says whether the size of the variable item was found by walking back from its end. */
static inline bool match_walks_back(const struct level *l)
{
	return l->variable != NONE && l->back &&
	       (l->ends_by == ENDS_SEARCH || l->ends_by == ENDS_ENCLOSING);
}

/* frame_parts() needs this, too. */
struct slice match_level_bytes(const struct matching *r, size_t level);
enum match match_out(struct matching *r, const struct level *l, enum split_fault fault, size_t at);
enum match match_more(
	struct matching *r, const struct level *l, bool whole, size_t at, size_t missing);

/* Notes that the decision needed the bytes of level 0 up to `at`. */
static inline void match_see(struct matching *r, const struct level *l, size_t at)
{
	if (l->parent == NONE && at > r->seen)
		r->seen = at;
}

static inline bool match_is_absent(const struct split_try *t, const struct item *item)
{
	return item->group && t->absent >> item->group & 1;
}

#endif
