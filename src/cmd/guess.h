/* guess.h - finds the frame notation that would carry a command and its reply. */
#ifndef WILCO_CMD_GUESS_H
#define WILCO_CMD_GUESS_H

#include <wilco/frame.h>

/* What happened on the line. */
struct guess_seen {
	struct slice command; /* without its end */
	struct slice end;     /* what was sent after it */
	bool half_close;      /* our side was closed after it */
	struct slice reply;   /* all bytes that came */
	bool closed;          /* the peer closed after it */
	bool datagrams;       /* a reply is a datagram */
	bool cut;             /* more came before `reply` */
	int64_t silence;      /* ns of quiet that were taken for the end of the reply */
};

/* Adds the notation to `notation`, and to `because` in plain words what it was concluded from.  The
 * notation compiles and reads the reply; false: nothing fits. */
bool guess_frame(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

/* Adds to the notation the clause for what the device said before anything was sent; false: that is
 * not made of whole frames. */
bool guess_greeting(const struct frame_book *book, struct slice said, struct bytes *notation);

/* The last bytes of a reply that guess_other() needs to see. */
enum { GUESS_MOST = 16 * 1024 };
/* Finds a frame with the command side of `frame` and a reply side that fits what came, which must
 * end in a delimiter.  cut: more came before.  False: nothing was found that would help. */
bool guess_other(const struct frame_book *book, const struct frame *frame, struct slice came,
	bool cut, struct bytes *notation);

/* Adds the names of frames from the catalogue in which this reply has a correct check of at least
 * two bytes, separated by ", ". */
void guess_checked(const struct frame_book *book, struct slice reply, struct bytes *names);

#endif
