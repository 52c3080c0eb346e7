/* terminal.h - the only owner of the terminal: its modes, its size, and every byte written to it.
 *
 * Writing goes through a non-blocking description of its own and a queue with a cap, so that a
 * stalled link stalls nothing else.  Every way out restores the modes: the end, errors, stops, and
 * fatal signals.
 */
#ifndef WILCO_TERMINAL_H
#define WILCO_TERMINAL_H

#include "loop/loop.h"
#include "pane/rows.h"

struct terminal;

/* What the terminal can do; an empty string: it cannot. */
struct terminal_can {
	const char *name; /* in terminfo; NULL: it is not known */
	bool cursor;      /* clear_eol and cursor movement */
	bool still;       /* nothing may move the cursor, by whatever bytes (--plain) */
	bool paste;       /* bracketed paste */
	bool mouse;       /* it reports the mouse's buttons */
	bool screen;      /* it can write rows anywhere, as screen.h needs */
	bool clipboard;   /* it accepts OSC 52, or ignores it */
	bool colours;     /* unless NO_COLOR refuses them */
	char clear_eol[16];
	char wipe[32];
	char dim[32], bold[32], red[32], magenta[32], normal[32];
	char marks[STYLE_COUNT][64]; /* what sets the styles of marks; others are empty */
};

/* keys(): bytes from the keyboard; closed(): it is gone; resized(): paint again.  plain: use no
 * control sequences at all.  terminal_open() gives NULL and err where there is no terminal. */
struct terminal_events {
	void (*keys)(void *owner, struct slice bytes);
	void (*closed)(void *owner);
	void (*resized)(void *owner);
	void (*drained)(void *owner);
	/* Writes what leaves the screen: the terminal is about to be given back for a while. */
	void (*leaving)(void *owner);
};
struct terminal *terminal_open(struct loop *loop, bool plain, const struct terminal_events *events,
	void *owner, struct error *err);
/* Restores the modes and writes what is queued, for at most a second. */
void terminal_close(struct terminal *t); /* NULL is allowed */

const struct terminal_can *terminal_can(const struct terminal *t);
size_t terminal_columns(const struct terminal *t);
size_t terminal_rows(const struct terminal *t);
/* Has the mouse's buttons reported as keys, or leaves the mouse to the terminal, where it selects
 * text.  It is restored as the modes are. */
void terminal_mouse(struct terminal *t, bool on);
/* Sets what is written in an emergency before the modes are restored; copied. */
void terminal_set_leave(struct terminal *t, const char *bytes);
/* Queues bytes and writes what the terminal takes; false: the queue is full, nothing was added. */
bool terminal_write(struct terminal *t, struct slice bytes);
bool terminal_busy(const struct terminal *t); /* something is queued */
bool terminal_gone(const struct terminal *t); /* it hung up */
void terminal_read(struct terminal *t, bool on);
/* Lends the terminal to another program, and takes it again.  Meanwhile nothing is read, what is
 * written waits, and it is busy. */
void terminal_lend(struct terminal *t);
void terminal_reclaim(struct terminal *t);
/* Gives the terminal back, stops this process, and takes it again when it is continued. */
void terminal_suspend(struct terminal *t);

#endif
