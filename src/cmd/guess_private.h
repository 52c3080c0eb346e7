/* guess_private.h - the parts of guessing a frame; see guess.h. */
#ifndef WILCO_CMD_GUESS_PRIVATE_H
#define WILCO_CMD_GUESS_PRIVATE_H

#include "cmd/guess.h"

/* ---- guess.c ---- */

/* Adds bytes as literals of the notation. */
void guess_add_literals(struct bytes *out, struct slice s);
/* Adds what was sent, with its end. */
void guess_add_sent(const struct guess_seen *seen, struct bytes *out);
/* Adds what a person who has this payload would type, where that is not what was given. */
void guess_add_typed(const struct guess_seen *seen, struct slice payload, struct bytes *because);

/* Returns the delimiter at the end of the reply; empty: there is none. */
struct slice guess_delimiter(struct slice reply);
/* Returns a prompt: a few characters after the last line end that end as prompts do, or with which
 * the device was waiting for the command (`said`).  Empty: there is none. */
struct slice guess_prompt(struct slice reply, struct slice said);
/* Says where the echo of the command ends; 0: there is none. */
size_t guess_echo_size(const struct guess_seen *seen);
/* Returns the reply without the echo.  A terminal's echo ends in CR LF; where no line ends, that
 * stands before a prompt. */
struct slice guess_behind_echo(const struct guess_seen *seen, size_t echo);
/* Adds the side of the replies.  echoes: the CR of an empty line may have gone with the echo.
 * False: nothing fits. */
bool guess_add_reply(const struct guess_seen *seen, struct slice reply, bool echoes,
	struct bytes *notation, struct bytes *because);

/* ---- guess_tried.c ---- */

/* Says whether every byte is in a whole frame of the reply's side.  This costs as much as splitting
 * it.  `last` gets the payload of the last frame; NULL: it is not wanted. */
bool guess_reads(const struct frame *frame, struct slice bytes, struct bytes *last);
/* Says whether the notation compiles and holds for `payload`. */
bool guess_try(const struct frame_book *book, struct slice notation, const struct guess_seen *seen,
	struct slice payload);

/* ---- guess_known.c ---- */

/* Adds the name of the frame in the book that the bytes prove: what was sent and what came have the
 * lengths and checks that it has, or the device greets as its devices do.  False: there is none. */
bool guess_known(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

/* ---- guess_length.c ---- */

/* Adds a notation for binary frames with a length, which is where it is right for what was sent and
 * what came.  False: there is none. */
bool guess_length(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

#endif
