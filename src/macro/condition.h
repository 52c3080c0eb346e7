/* condition.h - what .expect, .expect-not and .capture say about the last reply that counts.
 *
 *   .expect /RE/ [RANGE] | FIELD=RANGE ... | TYPE@OFFSET=RANGE ... | same | REPLY
 *   .capture NAME /RE/ | FIELD | TYPE@OFFSET
 */
#ifndef WILCO_CONDITION_H
#define WILCO_CONDITION_H

#include "macro/cut.h"
#include "macro/expected.h"
#include "macro/range.h"

enum condition_kind { CONDITION_PATTERN, CONDITION_NUMBERS, CONDITION_SAME, CONDITION_REPLY };
enum { CONDITION_ITEMS_MAX = 8 };

/* A field or a number in the bytes, and what it should be. */
struct condition_item {
	int field;                /* of the frame; -1: */
	struct cut cut;           /* a number in the payload */
	bool text;                /* the field is a text, which should be `value`, */
	bool hex;                 /* or bytes, in hex */
	struct slice name, value; /* in the words of the condition */
	struct range range;
};

/* What a line says; it may be read again and again, and keeps its memory. */
struct condition {
	enum condition_kind kind;
	bool negative; /* it holds where what it says is not so */
	bool later;    /* a name in it has no value yet: it is only checked */
	bool secret;
	struct bytes shown;      /* what it says, for messages; owned */
	struct bytes words;      /* owned */
	struct pattern *pattern; /* owned */
	struct bytes source;     /* of the pattern; owned */
	bool ranged;             /* the pattern is for a number */
	struct range range;
	struct condition_item items[CONDITION_ITEMS_MAX];
	size_t count;
	struct expected reply;
};

/* What it is about. */
struct condition_about {
	const struct reply *reply; /* the last that counts; NULL: none came */
	const struct frame *frame;
	const struct slice *before; /* payload of the device's reply before; NULL: there was none */
};

void condition_init(struct condition *c);
void condition_free(struct condition *c);
/* Reads what follows .expect, or .expect-not.  Errors are placed in the rest. */
bool condition_read(struct condition *c, struct slice rest, bool negative, const struct reading *r,
	struct error *err);
/* Reads what follows .capture; *name is in the rest. */
bool condition_read_capture(struct condition *c, struct slice rest, const struct reading *r,
	struct slice *name, struct error *err);
/* Says whether it holds; if not, adds the differences. */
bool condition_holds(
	struct condition *c, const struct condition_about *about, struct differences *d);
/* Adds the value that .capture takes.  Where there is none, adds a difference and returns false. */
bool condition_value(struct condition *c, const struct condition_about *about, struct bytes *out,
	struct differences *d);

#endif
