/* written.h - writes exchanges one after the other into a file, as lines of the language: the form
 * of `.save` and of a recording.
 *
 * The lines say whose they are (.open, .use), with which settings, in which frame and with which
 * fields, wherever that changes.
 */
#ifndef WILCO_WRITTEN_H
#define WILCO_WRITTEN_H

#include <wilco/session.h>

struct written_device;
struct written {
	struct written_device *devices; /* of which the file has lines; owned */
	size_t count, current;          /* current: whose the lines above are; count: nobody's */
	bool open_line;                 /* the file's last line has no line end */
	bool times;                     /* when each was sent is a comment */
	bool pauses;                    /* how long nothing was sent is a .wait */
	/* A device of this file says to a program the same bytes: what the frame would make
	 * otherwise (another layout, another line end) is written as it was on the wire. */
	bool exact;
	struct slice end;     /* then: the end of the device's frames, where that is known before */
	bool headed;          /* there is a command or .greeting, to which replies belong, */
	uint32_t link;        /* by which that passed; 0: there is one connection only */
	struct timespec sent; /* when the last command was */
	int64_t ended_at;     /* when the last exchange ended, monotonic ns; 0: there was none */
	struct bytes now;     /* what went out while the next command waits, as lines */
};
/* Looks at what the file has already. */
void written_begin(struct written *w, const char *path);
void written_end(struct written *w);
/* Adds an exchange part by part (the command, each frame, how it ended), so that nobody needs a
 * long one at once.  The place begins as zeroes.  False: that was the last part. */
struct entry_at {
	unsigned stage;
	const struct reply *reply;
	bool any, told;    /* something answered; it shows how the exchange ended */
	bool comment;      /* it can belong to no command of the file */
	uint64_t left_out; /* lines that would be longer than can be read */
};
bool written_next(struct written *w, const struct session *s, const struct exchange *x,
	struct entry_at *at, struct bytes *out);
/* Returns how the first whole frame of the exchange ended; empty: by no delimiter. */
struct slice written_end_of(const struct exchange *x);
/* Adds what waits for a command that did not end. */
void written_rest(struct written *w, struct bytes *out);

#endif
