/* tapped_private.h - the console of a tap, in parts.
 *
 *   tapped.c       what passes, and the role
 *   tapped_send.c  frames of one's own: .inject
 *   tapped_hold.c  frames that are held: .hold
 */
#ifndef WILCO_TAPPED_PRIVATE_H
#define WILCO_TAPPED_PRIVATE_H

#include "cmd/cmd.h"
#include "cmd/tapped.h"
#include "cmd/tapping.h"
#include "pane/find.h"

/* What is known of a connection. */
struct tapped_link {
	struct tapped_link *next;
	uint64_t number;
	struct frame_values sent; /* the fields of the program's last frame */
};

/* A frame that is held, the oldest first. */
struct held {
	struct held *next;
	uint64_t link, number;
	enum tap_side from;
	char *text; /* as a line of the language */
	struct bytes raw;
	struct frame_values fields; /* that it came with */
};

struct tapped {
	struct shell *shell;
	struct tapping *tapping;
	struct opened *device; /* has what passes; its own line is never opened */
	struct tapped_link *links;
	struct find sought[2]; /* in frames of a side, which are held; FIND_NOTHING: in all */
	bool holding[2];
	struct held *held;
	bool offered;            /* the first of them is on the line, */
	struct loop_timer retry; /* or is put there when nobody types any more */
};

static inline struct frame *tapped_frame(const struct tapped *t)
{
	return session_frame(t->device->session);
}

static inline enum frame_side tapped_frame_side(enum tap_side from)
{
	return from == TAP_PROGRAM ? SIDE_COMMAND : SIDE_REPLY;
}

static inline char tapped_mark(enum tap_side from)
{
	return from == TAP_PROGRAM ? '>' : '<';
}

/* ---- tapped.c ---- */

/* Returns NULL where nothing is known of the connection. */
struct tapped_link *tapped_link_find(const struct tapped *t, uint64_t number);
/* Shows bytes of our own as the frames that they are.  note: what was done. */
void tapped_show_bytes(
	struct tapped *t, uint64_t link, enum tap_side from, struct slice wire, const char *note);

/* ---- tapped_send.c ---- */

/* Says no to a secret. */
bool tapped_may_send(const struct order *o, struct error *err);
/* Adds the bytes of the order on the wire.  sent: as for frame_encode(). */
bool tapped_encode(struct tapped *t, enum tap_side from, const struct order *o,
	const struct field_value *set, const struct frame_values *sent, struct bytes *wire,
	struct error *err);
/* Does what struct role says. */
bool tapped_inject(struct shell *sh, struct slice rest, struct bytes *wire, struct error *err);

/* ---- tapped_hold.c ---- */

void tapped_on_retry(void *arg);
/* As in struct tapping_events. */
bool tapped_on_holds(
	void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e);
void tapped_on_held(void *owner, struct tap_link *l, enum tap_side from,
	const struct split_event *e, uint64_t number);
/* Forgets what was held of a connection that is closed. */
void tapped_forget_held(struct tapped *t, uint64_t link);
/* Takes the line in place of the first frame that is held; one that was not changed goes on as it
 * came. */
bool tapped_take_held(struct tapped *t, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err);
/* Takes a line that says nothing: an empty one drops the frame that was on it, and the comment that
 * stands for one too long to be edited sends it. */
void tapped_take_empty(struct tapped *t, struct slice text, const struct bytes *wire);
/* Do what struct role says. */
void tapped_offer(struct shell *sh);
bool tapped_aside(struct shell *sh);
bool tapped_prompt(const struct shell *sh, struct bytes *out);
const char *tapped_hint(const struct shell *sh, bool empty);
bool tapped_drop(struct shell *sh, struct error *err);
bool tapped_hold(struct shell *sh, struct slice rest, struct error *err);

#endif
