/* stream.h - lines over libuv's streams (TCP, Unix sockets, pipes, serial ports): reading, queued
 * writes, half-close and a graceful end, the same for all of them.
 *
 * A kind's struct begins with struct stream.  It opens its handles as it likes and hands them over
 * by stream_start(); from then on the stream owns them.
 */
#ifndef WILCO_TRANSPORT_STREAM_H
#define WILCO_TRANSPORT_STREAM_H

#include "transport/transport_private.h"

struct stream {
	struct transport base;
	uv_stream_t *in, *out; /* the same handle for a socket; NULL until it is open */
	size_t queued;         /* bytes handed to libuv and not yet to the kernel */
	bool shut;             /* our side is closed behind what is queued */
	bool reading;
	struct loop_timer grace;
	/* What the kind still holds; called once, by close.  The struct stays until the turn is
	 * over.  NULL: nothing. */
	void (*let_go)(struct stream *s);
	/* Called in place of the owner when the peer has closed its side.  NULL: the owner is. */
	void (*on_end)(struct stream *s);
};

void stream_init(struct stream *s, const struct transport_kind *kind, struct loop *loop);
/* The line is open, to base.peer: says so, reads, and calls the owner. */
void stream_start(struct stream *s, uv_stream_t *in, uv_stream_t *out);
/* Takes the handles over, says nothing. */
void stream_take(struct stream *s, uv_stream_t *in, uv_stream_t *out);
/* The line could not be opened, or broke; `where` may be "". */
void stream_fail(struct stream *s, enum status status, const char *why, const char *where);
/* Closes a handle that mem_new() made, and frees it. */
void stream_handle_close(uv_handle_t *handle);
/* Why a call of libuv failed, in words that say what to do. */
const char *stream_reason(int code, char *buffer, size_t size);

/* Members of struct transport_kind. */
void stream_send(struct transport *t, struct slice bytes, bool half_close);
size_t stream_queued(const struct transport *t);
void stream_read(struct transport *t, bool on);
void stream_close(struct transport *t);
void stream_finish(struct transport *t, int64_t grace);
#define STREAM_OPERATIONS                                                                         \
	.send = stream_send, .queued = stream_queued, .read = stream_read, .close = stream_close, \
	.finish = stream_finish

#endif
