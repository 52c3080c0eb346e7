/* expected.h - what a file says that a device answers: one reply line, and whether a frame is so.
 */
#ifndef WILCO_EXPECTED_H
#define WILCO_EXPECTED_H

#include "adapter/pattern.h"
#include <wilco/difference.h>
#include <wilco/macro.h>
#include <wilco/session.h>

/* How the bytes are given. */
enum expected_form {
	EXPECTED_EXACT,
	EXPECTED_MASK, /* \<01 ??>: some bytes may be any */
	EXPECTED_GLOB, /* ` (glob)` */
	EXPECTED_RE,   /* ` (re)` */
	EXPECTED_ANY,  /* ` (any)` */
};

/* A reply line; it may be read again and again, and keeps its memory. */
struct expected {
	enum expect_kind kind;
	enum expected_form form;
	bool later;           /* a name in it has no value yet */
	bool secret;          /* it has a secret in it */
	bool wire;            /* the bytes are those of the whole frame on the wire */
	struct bytes typed;   /* then: what stands behind the marks, with names; owned */
	struct bytes payload; /* the bytes, or what stands before the mark (re) or (any); owned */
	/* For each byte of a mask or glob what it is: EXPECTED_BYTE ...; owned. */
	struct bytes kinds;
	struct pattern *pattern; /* EXPECTED_RE; owned */
	struct bytes source;     /* of the pattern, with the values of names; owned */
	bool has_fields;         /* `with` holds fields of the reply */
	struct frame_values with;
};
enum { EXPECTED_BYTE, EXPECTED_ONE /* any byte */, EXPECTED_SOME /* any bytes, also none */ };

void expected_init(struct expected *e);
void expected_free(struct expected *e);
/* Reads a reply line without its two blanks.  r gives the frame of the fields (NULL: there can be
 * none), the charset and the names.  Errors are placed in the text. */
bool expected_read(
	struct expected *e, struct slice text, const struct reading *r, struct error *err);
/* Says whether the text is a line with which the reply above it goes on, and adds what it says. */
bool expected_goes_on(struct slice text);
bool expected_add(
	struct expected *e, struct slice text, const struct reading *r, struct error *err);
/* Says whether the frame is what is expected; if not, adds the difference.  `frame` is that of the
 * device.  `number` is the number of the frame among those of the block, 0 where there is only
 * one. */
bool expected_holds(const struct expected *e, const struct reply *r, const struct frame *frame,
	size_t number, struct differences *d);
/* Does the same for bytes: of (stray), or a payload alone.  `hex`: they are spelled as bytes. */
bool expected_holds_bytes(
	const struct expected *e, struct slice got, bool hex, size_t number, struct differences *d);
/* Adds what is expected as it stands in a file, with marks and the values of names; where there is
 * a secret in it, with the names. */
void expected_spell(const struct expected *e, const struct frame *frame, struct bytes *out);
/* Adds a payload, or bytes on the wire (`hex`), as an exact reply in a file is written. */
void expected_spell_bytes(struct slice bytes, bool hex, struct bytes *out);
/* Adds a frame as a reply line: with its mark where it is damaged. */
void expected_spell_reply(const struct reply *r, const struct frame *frame, struct bytes *out);

/* Finds the pattern /.../ at the front of `text` (which begins with a slash): adds what stands
 * between the slashes, in which \/ is a slash and names stand for their values, and returns the
 * length with both slashes, 0 on error. */
size_t pattern_word(
	struct slice text, struct names *names, struct bytes *source, struct error *err);
/* The steps that one search in one reply may take (adapter/pattern.h). */
enum { EXPECTED_STEPS = 1000 * 1000 };

#endif
