/* record.h - what happened, of all devices of a program, in the order in which it is shown.
 *
 * The record owns the exchanges that sessions hand over, and the texts of wilco's own.  One cap
 * limits all that is in memory.  Beyond it a device that has more than a fair share loses its
 * oldest entries first, so that a flood of one device does not push out what the others said.  The
 * newest exchange always stays.  A log (session_log) gets everything, whatever the cap.
 *
 * An entry keeps its number (id) while it lives, and numbers ascend: the number of an entry that is
 * gone stands for the next entry that is there.  Pointers and indices are valid until something is
 * added.
 */
#ifndef WILCO_RECORD_H
#define WILCO_RECORD_H

#include <wilco/session.h>

enum entry_kind {
	ENTRY_EXCHANGE,
	ENTRY_OUTPUT, /* printed by a command of wilco's own */
	ENTRY_NOTE,
	ENTRY_ERROR,
};

struct record_device {
	const struct session *session; /* NULL: wilco itself */
	size_t held;                   /* bytes of its entries */
	uint64_t commands_gone;        /* commands that are no longer in memory */
};

struct entry {
	uint64_t id;
	struct record_device *device;
	union {
		struct exchange *exchange; /* ENTRY_EXCHANGE */
		char *text;                /* owned; for the other kinds; safe to show */
	};
	struct timespec time; /* of its first line */
	uint32_t size;        /* bytes of memory, its own included */
	enum entry_kind kind : 8;
	bool command, wrong;
	/* An entry does not change any more, so whoever shows it remembers here what was asked of
	 * it (pane/pane.h). */
	bool open;            /* long parts are not folded */
	bool found;           /* the searched text is in it */
	uint32_t searched;    /* the search to which `found` belongs */
	uint32_t rows, stamp; /* its height, and the look to which that belongs */
};

struct record {
	struct entry *at;
	size_t count;
	uint64_t ever;   /* entries ever made: the id of the next one */
	uint64_t newest; /* the exchange that ended last; RECORD_NONE */
	size_t held, cap;
	struct record_device **devices; /* the first is wilco itself */
	size_t device_count;
	struct entry *store; /* the memory of which `at` is a part */
	size_t room;         /* entries that fit into it */
};
#define RECORD_NONE UINT64_MAX

void record_init(struct record *r); /* gives it the default cap */
void record_free(struct record *r);
/* Makes a device whose exchanges will come.  It lives as long as the record, which does not look at
 * the session. */
struct record_device *record_device(struct record *r, const struct session *s);
/* Takes the exchange over.  It becomes entry `at`, and the entries from there on get the next
 * ids. */
void record_exchange(struct record *r, struct record_device *device, struct exchange *x, size_t at);
void record_text(struct record *r, enum entry_kind kind, struct slice safe);
/* Returns the index of the first entry whose number is `id` or higher; r->count where there is
 * none. */
size_t record_index(const struct record *r, uint64_t id);
/* Returns the entry, or NULL where it is gone. */
struct entry *record_find(const struct record *r, uint64_t id);
uint64_t record_gone(const struct record *r); /* the number of entries that had to go */

#endif
