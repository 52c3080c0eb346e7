/* request.h - what an order asks a session for, and what is told of one that is not tried. */
#ifndef WILCO_MACRO_REQUEST_H
#define WILCO_MACRO_REQUEST_H

#include <wilco/macro.h>
#include <wilco/session.h>

/* Makes a request, which borrows from the order.  It is inline because every command passes it. */
static inline struct request order_request(const struct order *o, exchange_told *ended, void *asker)
{
	return (struct request){.payload = bytes_slice(&o->payload),
		.wire = o->wire,
		.hidden = o->secret,
		.shown = bytes_slice(&o->shown),
		.tell = o->tell,
		.now = o->now,
		.with = o->fields ? o->with.at : NULL,
		.file = o->file,
		.ended = ended,
		.asker = asker};
}

/* Makes the exchange of an order that nobody tries; the caller owns it.  now: monotonic ns. */
struct exchange *order_skipped(
	const struct order *o, struct frame *frame, int64_t now, const char *why);

#endif
