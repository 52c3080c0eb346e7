/* pairing_private.h - what the two halves of pairing share: pairing.c cuts the bytes into items,
 * paired.c finds out which belong together. */
#ifndef WILCO_SESSION_PAIRING_PRIVATE_H
#define WILCO_SESSION_PAIRING_PRIVATE_H

#include "session/exchange.h"
#include "session/overheard.h"
#include "session/pairing.h"

enum pairing_kind { ITEM_COMMAND, ITEM_REPLY, ITEM_MISSING, ITEM_CLOSED };
enum { NO_ITEM = -1 };

struct pairing_item {
	enum pairing_kind kind;
	enum frame_side side;
	struct exchange *x;         /* of one command or one frame; owned; NULL: none */
	struct field_value *fields; /* of a command; owned; NULL: none */
	bool cut;                   /* a part of it is missing */
	bool async;                 /* a reply that answers nothing */
	uint64_t number, began, offset, missing;
	ptrdiff_t answers;  /* a reply: its command, or NO_ITEM */
	bool lost, unknown; /* a command: the device closed instead; its reply is missing */
	bool closed;        /* a reply: the device closed by itself behind it */
	int64_t closed_at;  /* ITEM_CLOSED, and those that it marks: ns; 0: nobody knows when */
};

struct pairing {
	struct frame *frame;
	bool runs;
	struct overheard *overheard;
	bool hole[2];       /* of a side: bytes in front of what comes next are missing */
	uint64_t behind[2]; /* offset in what a side said: where its last frame ended */
	struct pairing_at at;
	struct pairing_item *items;
	size_t count, room;
	struct paired *result;
	uint64_t damaged, asked, answered; /* answered: frames that may be replies */
	enum frame_side spoke;             /* last */
	bool over;                         /* there is no room for more items */
	bool ends;                         /* what is not whole now, nobody ended */
};

/* Finds out which replies answer which commands. */
void pairing_assign(struct pairing *p);

#endif
