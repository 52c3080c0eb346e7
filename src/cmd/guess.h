/* guess.h - from one command and its reply to the frame notation that would carry both. */
#ifndef WILCO_CMD_GUESS_H
#define WILCO_CMD_GUESS_H

#include <wilco/frame.h>

/* What was seen on the line. */
struct guess_seen {
	struct slice command; /* without its end */
	struct slice end;     /* what was sent behind it */
	bool half_close;      /* and our side was closed */
	struct slice reply;   /* all that came */
	bool closed;          /* the peer closed behind it */
	bool datagrams;       /* a reply is a datagram */
	int64_t silence;      /* ns of quiet that were taken for the end */
};

/* Adds the notation to `notation`, and in plain words what it was concluded from to `because`.
 * The notation compiles, and reads the reply; false: nothing fits. */
bool guess_frame(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

/* A frame with the command side of `frame` whose reply side fits what came; only from a reply that
 * ends in a delimiter.  False: nothing is seen that would help. */
bool guess_other(const struct frame_book *book, const struct frame *frame, struct slice came,
	struct bytes *notation);

/* Adds the names of catalogue frames with a check of at least two bytes that is right in this
 * reply, separated by ", ". */
void guess_checked(const struct frame_book *book, struct slice reply, struct bytes *names);

#endif
