/* term.h - terminal mode without its screen: a device has the line to itself, key by key, and what
 * passes goes into the record.  The screen (src/console/) shows the bytes and gives the keys. */
#ifndef WILCO_TERM_H
#define WILCO_TERM_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct shell;
struct session;
struct term;

/* Begins it for the current device, which is told the size of the terminal where it can be.  A
 * command that waits is given up, and lines that wait are dropped; came() gets what the device
 * says.  gone() is told the exit status of a command with a terminal that has ended, -1 where there
 * is none: it is not started again, and who hears that ends the mode, but not inside of the call.
 * NULL: err says why not. */
struct term_events {
	void (*came)(void *owner, struct slice bytes);
	void (*gone)(void *owner, int status);
};
struct term *term_begin(struct shell *sh, unsigned columns, unsigned rows,
	const struct term_events *events, void *owner, struct error *err);
void term_end(struct term *t); /* NULL is allowed */
/* Ends it behind gone(): the command is started again by the next one for it, or by .open. */
void term_end_closed(struct term *t);
/* Sends the file of this path, or receives into this folder (xmodem: into this file), as
 * transfer_upload() and transfer_download() do it: until over() is called, which gets what was said
 * of it, the emulation gets nothing.  False: err says why it does not begin. */
bool term_transfer(struct term *t, bool upload, struct slice protocol, struct slice path,
	void (*over)(void *owner, struct slice said), struct error *err);
struct session *term_session(const struct term *t);

#endif
