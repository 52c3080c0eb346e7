/* viewed_private.h - a file that is viewed: viewed.c reads through it, viewed_load.c has parts of
 * it in the record. */
#ifndef WILCO_VIEWED_PRIVATE_H
#define WILCO_VIEWED_PRIVATE_H

#include "viewed/viewed.h"

#include "loop/loop.h"

/* Of a part of the file: where it begins. */
struct indexed {
	struct mark mark;
	uint64_t id;          /* of its first entry */
	struct timespec time; /* of that; tv_sec 0: it has none */
};

/* A part that is in the record, and the number of its first entry. */
struct loaded {
	size_t part;
	uint64_t id;
};

struct viewed_device {
	struct session *session; /* owned; NULL: it shares one */
	struct record_device *recorded;
};

struct viewed {
	struct viewed_config config;
	struct pieces *pieces;
	struct pane *pane;
	struct record *before;       /* the pane's, which it gets back */
	struct record record, other; /* other: a part that is only looked at */
	struct loop_timer timer;
	int64_t told_at;

	struct part *scan; /* the part behind those that were read through */
	struct pieces_place
		place; /* where that goes on, when the pieces were used for another part */
	bool moved;
	size_t parts; /* that were read through */
	bool ended;   /* these are all */
	uint64_t entries;

	struct indexed *index; /* of each stride-th part */
	size_t count, room, stride;

	struct part *read;     /* a part that is read again */
	struct loaded *loaded; /* the parts in the record, in order */
	size_t loaded_count, loaded_room;
	int want; /* entries in front of (-1) or behind (1) the record: somebody waits for them */

	struct viewed_device **devices; /* by stream; NULL: nothing was shown of it yet */
	size_t device_room;
	size_t stream; /* only this one, from 1 */
	bool several;  /* something was shown of more than one */

	struct {
		bool on, back;
		pane_test *test;
		size_t next; /* part */
	} seek;
};

/* ---- viewed_load.c ---- */

/* Puts the entries of a part into a record, all those of the stream that is shown. */
size_t viewed_put(struct viewed *v, struct record *r, bool front, struct part_entry *entries,
	size_t count, uint64_t id);
/* Takes a part into the record; says whether any of its entries is shown. */
bool viewed_load(struct viewed *v, bool front, size_t part, struct part_entry *entries,
	size_t count, uint64_t id);
/* Takes the parts from this one on out of it. */
void viewed_unload_from(struct viewed *v, size_t part);
/* Takes all parts out of it. */
void viewed_unload(struct viewed *v);

#endif
