/* match.h - one candidate against one variant. */
#ifndef WILCO_MATCH_H
#define WILCO_MATCH_H

#include "frame/frame_private.h"

enum match {
	MATCH_FRAME,
	MATCH_BAD,  /* it could be delimited, but a check or length in it is wrong */
	MATCH_MORE, /* so far it can become a frame */
	MATCH_OUT,  /* ruled out by a literal, a digit, a limit */
};

struct run {
	const struct variant *v;
	struct slice in;          /* all that is there from the candidate's first byte */
	bool gap, silent, closed; /* nothing more came, comes, will come */
	bool last;                /* no other variant is left */
	bool strict;              /* a wrong check in front rules the candidate out at once */
	bool compare;             /* bare names are compared with `sent` */
	size_t max;               /* bytes of a frame */
	struct split_try *t;      /* in and out */
	struct bytes *scratch;
	const struct frame_values *sent;
	struct frame_values *values; /* out */
	struct split_event *event;   /* out: payload, end, fault, mark */
	size_t size;                 /* out: of the frame */
	size_t reached;              /* out: MATCH_OUT: bytes up to where it broke */
	size_t seen;                 /* out: bytes that were needed to decide */
	size_t missing;              /* out: MATCH_MORE: at least so many bytes; 0: unknown */
	struct slice absorb;         /* out: what may follow that is no frame's */
	char absorb_times;
};

/* Begins afresh with the variant. */
void match_begin(struct split_try *t, size_t variant);
enum match match_run(struct run *r);
/* match_find.c: where the item of unknown size of a level ends, that begins at `at`. */
enum match match_find(struct run *r, const struct level *l, size_t at, bool whole, size_t *size);
/* What a len says about `target`: its value undone, without everything else that it covers.  In an
 * optional group: 0 when the group is not there.  False: no size gives this value. */
bool match_solve(const struct run *r, size_t len, size_t target, uint64_t *size);
/* verify.c: every length and check of a delimited frame; MATCH_FRAME or MATCH_BAD. */
enum match match_verify(struct run *r);
/* The check or length at `index` compared; false, and added to the event, when it is wrong. */
/* As how many hex digits a check is said; 0: in decimal. */
uint8_t match_hex_digits(const struct item *item);
bool match_verify_one(struct run *r, size_t index, uint64_t *expected);

/* Items *first.. of a level, from *at on; both say where it stopped.  whole: the level's bytes are
 * all there. */
enum match match_items(struct run *r, size_t level, size_t *first, size_t *at, bool whole);
/* match_inside.c: the transform at item `index`, whose wire bytes begin at `at`: of known size; of
 * a size that only its content says; chunk[n]. */
enum match match_inside(
	struct run *r, const struct level *l, size_t index, struct slice wire, size_t at);
enum match match_content(struct run *r, const struct level *l, size_t index, struct slice wire,
	size_t at, bool whole);
enum match match_chunks(struct run *r, size_t index, struct slice wire, size_t at);

/* For the parts. */
struct slice match_level_bytes(const struct run *r, size_t level);
enum match match_out(struct run *r, const struct level *l, enum split_fault fault, size_t at);
enum match match_more(struct run *r, const struct level *l, bool whole, size_t at, size_t missing);

/* What is decided needed the bytes of level 0 up to `at`. */
static inline void match_see(struct run *r, const struct level *l, size_t at)
{
	if (l->parent == NONE && at > r->seen)
		r->seen = at;
}

static inline bool match_is_absent(const struct split_try *t, const struct item *item)
{
	return item->group && t->absent >> item->group & 1;
}

#endif
