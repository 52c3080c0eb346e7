/* stream.h - lines over descriptors (TCP, Unix sockets, pipes, serial ports): reading, queued
 * writes, half-close and a graceful end, the same for all of them.
 *
 * A kind's struct begins with struct stream.  The kind opens its descriptors, which are not
 * blocking, in its own way and hands them over by stream_start(); from then on the stream owns
 * them.
 */
#ifndef WILCO_TRANSPORT_STREAM_H
#define WILCO_TRANSPORT_STREAM_H

#include "transport/transport_private.h"

struct stream {
	struct transport base;
	int in, out; /* the same descriptor for a socket or a port; -1 until it is open */
	/* What was not taken yet: the first piece goes out, the others are gathered.  NULL: none.
	 */
	struct write *writing, *waiting;
	struct loop_watch watch, out_watch; /* the second for an `out` of its own */
	bool shut;                          /* our side is closed after what is queued */
	bool wanted;                        /* the owner wants to read */
	bool over;                          /* nothing more comes, after the end or an error */
	bool reading;                       /* wanted, and nothing prevents it */
	bool full;                          /* the last read took all the room, */
	bool filled;                        /* and this turn has lasted long */
	bool overfull;
	bool was_reset;          /* a write was told so; reading is told only the end then */
	bool hangs_up;           /* EIO is the end: a program has left its terminal */
	bool outlives;           /* what the peer does not read ends nothing */
	bool tcp;                /* it is a TCP connection, whatever kind of line */
	bool sent;               /* something was sent on it, */
	bool eager;              /* and what is sent does not wait until that has arrived */
	struct loop_timer timer; /* ends the line when the grace is over or too much waits */
	/* Frees what the kind still holds; called once, by close.  The struct stays until the turn
	 * is over. NULL: nothing is held. */
	void (*let_go)(struct stream *s);
	/* Called with the bytes that came instead of the owner's `data`.  NULL: the owner's is
	 * called. */
	void (*on_bytes)(struct stream *s, uint8_t *at, size_t n);
	/* Called instead of the owner's `end` when the peer has closed its side.  NULL: the owner's
	 * is called. */
	void (*on_end)(struct stream *s);
};

void stream_init(struct stream *s, const struct transport_kind *kind, struct loop *loop);
/* Takes the descriptors over, without a report, and watches `in`.  Returns 0, or the negative errno
 * for which the kernel will not watch it; the stream owns them in either case. */
int stream_own(struct stream *s, int in, int out);
/* Called when the line to base.peer is open: takes the descriptors, reports, reads, and calls the
 * owner. */
void stream_start(struct stream *s, int in, int out);
/* Does the same with a socket that was watched while it was connecting. */
void stream_start_watched(struct stream *s, struct loop_watch *watch);
/* Called when the line could not be opened or broke; `where` may be "". */
void stream_fail(struct stream *s, enum status status, const char *why, const char *where);
/* Closes a handle of libuv's that mem_new() made, and frees it. */
void stream_handle_close(uv_handle_t *handle);
/* Returns why a call failed, in words that help a person; code: a negative errno, or libuv's. */
const char *stream_reason(int code, char *buffer, size_t size);

/* The members of struct transport_kind that a stream has. */
void stream_send(struct transport *t, struct slice bytes, unsigned how);
size_t stream_queued(const struct transport *t);
size_t stream_unsent(const struct transport *t);
/* Drops what is queued, and returns how many bytes that were. */
size_t stream_forget(struct transport *t);
void stream_read(struct transport *t, bool on);
bool stream_take(struct transport *t);
void stream_close(struct transport *t);
void stream_finish(struct transport *t, int64_t grace);
void stream_reset(struct transport *t);
#define STREAM_OPERATIONS                                                                         \
	.send = stream_send, .queued = stream_queued, .unsent = stream_unsent,                    \
	.read = stream_read, .take = stream_take, .close = stream_close, .finish = stream_finish, \
	.reset = stream_reset

#endif
