/* frame_capture.h - decodes both sides of all streams of a capture. */
#ifndef WILCO_CLI_FRAME_CAPTURE_H
#define WILCO_CLI_FRAME_CAPTURE_H

#include "cli/cli.h"
#include <wilco/frame.h>

/* Whose event it is. */
struct captured_side {
	size_t stream; /* from 1, as wilco import counts them */
	enum frame_side side;
};

struct frame_capture {
	const struct cli *cli; /* --port says which end is the device */
	struct frame *frame;
	/* Takes what was found; `offset` of an event counts in its side of the stream. */
	void (*event)(void *arg, const struct captured_side *of, struct split_event *e);
	void (*missing)(void *arg, const struct captured_side *of, uint64_t offset, uint64_t count);
	void *arg;
};
/* Reads standard input, of which `head` is read already.  On success *status says whether all was
 * there: STATUS_DAMAGED where bytes are missing, STATUS_USAGE where the device of a stream is not
 * known, which is said. */
bool frame_capture(
	const struct frame_capture *f, struct slice head, enum status *status, struct error *err);

#endif
