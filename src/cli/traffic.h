/* traffic.h - reads a file of what programs and devices said to each other: a capture, a log, or
 * text (capture/told.h), stream by stream.
 */
#ifndef WILCO_CLI_TRAFFIC_H
#define WILCO_CLI_TRAFFIC_H

#include "adapter/capture.h"
#include "capture/talk.h"
#include <wilco/error.h>

struct cli;

/* One connection of a capture, or all of one device in a log. */
struct traffic_stream {
	size_t number; /* from 1; of a capture's streams those that say nothing count, too */
	char *device;  /* as an address; empty: nobody said it; owned */
	char *program; /* its end; empty: nobody said it; owned */
	bool known;    /* which of the two is which */
	bool taken;    /* it was chosen: `talk` has what was said */
	uint64_t bytes[2], missing[2]; /* of the program, of the device */
	struct timespec first, last;
	struct talk talk; /* side 0 is the program, 1 the device */
};

enum { STREAM_NONE = 0, STREAM_ALL = UINT32_MAX };
struct traffic {
	struct traffic_stream *streams;
	size_t count, room;
	bool whole; /* nothing was left out, but for what is missing in the streams */
};

/* Reads a file, `-` is standard input.  choice: the number of the stream that is wanted, or
 * STREAM_ALL; STREAM_NONE: the only one.  port: that of the device, 0: not said.  Notes say what is
 * left out.  False: err says why; where several streams are to be chosen from, t->count is more
 * than 1.  traffic_free() in any case. */
bool traffic_read(struct traffic *t, const struct cli *cli, const char *file, uint32_t choice,
	uint16_t port, struct error *err);
void traffic_free(struct traffic *t);
/* Says what the walk through a capture left out, in notes; false: something. */
struct streams;
bool traffic_whole(
	const struct cli *cli, const struct streams *s, const char broke[CAPTURE_TEXT_MAX]);

#endif
