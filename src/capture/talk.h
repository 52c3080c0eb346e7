/* talk.h - what a program and a device said to each other, in the order in which it came,
 * whatever kind of file it was in.
 */
#ifndef WILCO_CAPTURE_TALK_H
#define WILCO_CAPTURE_TALK_H

#include "capture/reassembly.h"

enum said_kind {
	SAID_BYTES,
	SAID_MISSING, /* there were bytes here that the file does not have */
	SAID_CLOSE,   /* the side says nothing more */
};

struct said {
	enum said_kind kind;
	int side;              /* 0 or 1, until it is known which one is the device */
	bool apart;            /* a datagram: it does not go on with the bytes before it */
	uint64_t offset;       /* in all that the side said */
	uint64_t len;          /* bytes, or how many are missing */
	size_t at;             /* where they are in talk.bytes */
	struct packet_at when; /* time.tv_sec 0: the file does not say it */
};

struct talk {
	struct said *said; /* owned */
	size_t count, room;
	struct bytes bytes;
};
void talk_init(struct talk *t); /* of at most LIMIT_TRAFFIC bytes */
void talk_free(struct talk *t);
/* Adds something; false: there is no room.  `what.at` and, for bytes, `what.len` are set here. */
bool talk_add(struct talk *t, const struct said *what, struct slice bytes);
/* Puts it in order: bytes by their packets; what is missing stands where its receiver had got it,
 * as far as acknowledgements say so, else in front of what comes next. */
void talk_order(struct talk *t);
static inline struct slice talk_bytes(const struct talk *t, const struct said *s)
{
	return slice_of(t->bytes.at + s->at, s->kind == SAID_BYTES ? (size_t)s->len : 0);
}

#endif
