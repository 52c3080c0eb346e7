/* guess.h - finds the frame notation that would carry a command and its reply. */
#ifndef WILCO_CMD_GUESS_H
#define WILCO_CMD_GUESS_H

#include <wilco/frame.h>

/* What happened on the line. */
struct guess_seen {
	bool asked;           /* a command was sent; else `reply` is what it says by itself */
	struct slice command; /* without its end */
	struct slice end;     /* what was sent after it */
	bool half_close;      /* our side was closed after it */
	struct slice said;    /* what came before anything was sent */
	struct slice reply;   /* all bytes that came then */
	bool closed;          /* the peer closed after it */
	bool datagrams;       /* a reply is a datagram */
	bool cut;             /* more came before `reply` */
	bool endless;         /* more came behind it */
	bool varies;          /* another command may have another number of lines */
	int64_t silence;      /* ns of quiet that were taken for the end of the reply */
};

/* Gives the name of a frame or a notation in `notation`, and in `because` in plain words what it
 * was concluded from.  It was tried on these bytes: it encodes what was sent, and takes what came
 * for one whole reply.  False: nothing fits, and both are empty. */
bool guess_frame(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

/* Says whether a session with this frame would have sent what was sent, as `payload` with these
 * fields (NULL: none), and would have taken what came for one whole reply. */
bool guess_holds(const struct frame *frame, const struct guess_seen *seen, struct slice payload,
	const struct field_value *fields);
/* Adds a notation that sends what was sent, and takes whatever comes, until it is quiet. */
void guess_add_any(const struct guess_seen *seen, struct bytes *notation);

/* Says whether these bytes are text: no control bytes but those that text has. */
bool guess_is_text(struct slice s);
/* Says whether a terminal that shows what was sent, and nothing else, would have shown this, or
 * this much of it. */
bool guess_is_echo(struct slice sent, struct slice came);

/* Adds to the notation the clause for what the device said before anything was sent; false: that is
 * not made of whole frames. */
bool guess_greeting(const struct frame_book *book, struct slice said, struct bytes *notation);

/* The last bytes of a reply that guess_other() needs to see. */
enum { GUESS_MOST = 16 * 1024 };
/* A command that got no whole reply in its frame, or one that is only the beginning of what came.
 */
struct guess_missed {
	const struct frame *frame;
	struct slice payload, sent; /* the command, and its bytes on the wire */
	struct slice came;
	bool cut;        /* more came before that */
	bool closed;     /* the device closed the line behind it */
	int64_t silence; /* ns of quiet behind it */
};
/* Finds a frame that sends the same bytes and takes what came for one whole reply: it ends in a
 * delimiter, in a prompt, or, where that is text, in silence or with the line.  False: nothing was
 * found that would help. */
bool guess_other(
	const struct frame_book *book, const struct guess_missed *missed, struct bytes *notation);
/* Puts the name of a frame for plain lines in the place of the notation where it holds as well. */
void guess_name(const struct frame_book *book, const struct guess_seen *seen, struct slice payload,
	struct bytes *notation);

#endif
