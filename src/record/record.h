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
	bool parts;           /* it shows the parts of its frames, whatever the view */
	bool dated;           /* another day begins with it, as far as is shown */
	uint32_t found;       /* how often the searched text is in it */
	uint32_t searched;    /* the search to which `found` belongs */
	uint32_t rows, stamp; /* its height, and the look to which that belongs */
};

/* Whoever has the entries that are not in memory: a file that is viewed. */
struct record_source {
	/* Brings entries in front of the first one, or behind the last; false: there are none, or
	 * they come later. */
	bool (*more)(void *arg, bool back);
	/* Bring the first entries, the last ones, or those of a time of day (ms). */
	void (*top)(void *arg);
	void (*end)(void *arg);
	void (*time)(void *arg, long ms);
	/* The filter is another one: it was asked while entries were brought. */
	void (*filter)(void *arg);
};

struct record {
	struct entry *at;
	size_t count;
	uint64_t ever;   /* entries ever made: the id of the next one */
	uint64_t newest; /* the exchange that ended last; RECORD_NONE */
	size_t held, cap;
	struct record_device **devices; /* the first is wilco itself */
	size_t device_count;
	struct entry *store;                /* the memory of which `at` is a part */
	size_t room;                        /* entries that fit into it */
	const struct record_source *source; /* NULL: all entries there are are here */
	void *source_arg;
};
#define RECORD_NONE UINT64_MAX

void record_init(struct record *r); /* gives it the default cap */
void record_free(struct record *r);
/* Makes a device whose exchanges will come.  It lives as long as the record, which does not look at
 * the session; or until it is forgotten, when no entry is left of it. */
struct record_device *record_device(struct record *r, const struct session *s);
void record_device_forget(struct record *r, struct record_device *device);
/* Takes the exchange over.  It becomes entry `at`, and the entries from there on get the next
 * ids. */
void record_exchange(struct record *r, struct record_device *device, struct exchange *x, size_t at);
void record_text(struct record *r, enum entry_kind kind, struct slice safe);
/* The same of something that began a while ago. */
void record_text_at(
	struct record *r, enum entry_kind kind, struct slice safe, const struct timespec *at);
/* For a source, which gives entries the numbers that it likes, in order: */
struct record_added {
	uint64_t id;
	struct record_device *device;
	struct exchange *exchange; /* taken over; NULL: `text` is a note */
	struct slice text;         /* copied; safe */
	struct timespec time;
	bool wrong; /* whatever the exchange says */
};
/* Adds entries in front of all others, or behind them; their numbers ascend. */
void record_add(struct record *r, bool front, const struct record_added *added, size_t count);
/* Drops those of the entries from index `from` on that keep() does not want. */
void record_sieve(struct record *r, size_t from, size_t count,
	bool (*keep)(void *arg, size_t index), void *arg);
/* Drops so many entries at the front, or at the end. */
void record_cut(struct record *r, bool front, size_t count);

/* Returns the index of the first entry whose number is `id` or higher; r->count where there is
 * none. */
size_t record_index(const struct record *r, uint64_t id);
/* Returns the entry, or NULL where it is gone. */
struct entry *record_find(const struct record *r, uint64_t id);
uint64_t record_gone(const struct record *r); /* the number of entries that had to go */

#endif
