/* captured.h - walks the packets of a capture through the table of its streams. */
#ifndef WILCO_CAPTURED_H
#define WILCO_CAPTURED_H

#include "adapter/capture.h"
#include "capture/streams.h"
#include <wilco/error.h>

/* Says whether a file, which can be read at any place, is a capture. */
bool captured_is(int fd);

struct captured_walk {
	const struct capture_functions *functions;
	struct capture_reader *reader; /* owned */
	struct streams *streams;       /* borrowed */
	int link;
	bool follows;                 /* the capture grows: what has not been told waits for more */
	char broke[CAPTURE_TEXT_MAX]; /* why it breaks off in its middle; empty: it does not */
};
/* Begins a walk; false: it is no capture that can be read, and err says why. */
bool captured_begin(struct captured_walk *w, capture_read *read, void *arg, struct streams *s,
	struct error *err);
/* Takes a packet.  False: that was all, of which what has not been told is told now. */
bool captured_step(struct captured_walk *w);
void captured_end(struct captured_walk *w); /* NULL readers are allowed */

/* Reads all packets.  False: it is no capture that can be read, and err says why.  Where it breaks
 * off in its middle, all before that counts, and broke[] says what is wrong (else it is empty). */
bool captured_walk(capture_read *read, void *arg, struct streams *s, char broke[CAPTURE_TEXT_MAX],
	struct error *err);
/* Adds the index-th sentence about what the walk left out; false: there are no more. */
bool captured_left_out(const struct streams *s, const char broke[CAPTURE_TEXT_MAX], size_t index,
	struct bytes *out);
/* Returns the end of a stream that is the device: the one with this port, or where `port` is 0 or
 * at both ends the one that got the SYN; -1: nobody knows. */
int captured_device(const struct stream *s, uint16_t port);
/* Says that nobody knows, and what to do. */
bool captured_unknown(const struct stream *s, size_t number, struct error *err);

#endif
